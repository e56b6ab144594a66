"""Which client address is recorded: for a request as it came in, and for one that is described."""

import ipaddress
from collections.abc import Iterable, Mapping

from bot.doctor.asking import Lines
from bot.doctor.finding import Finding, error, ok, unchecked, warning
from storage.settings import Settings
from web.client_ip import UNIX, Address, ClientAddress, Explained

Peer = Address | str

NAME = "proxies"
# Of a network that is nobody's (RFC 5737): the doctor's own forgery.
FORGED = "192.0.2.77"
FORGERY: Mapping[str, str] = {
    "X-Forwarded-For": FORGED,
    "CF-Connecting-IP": FORGED,
    "X-Real-IP": FORGED,
    "Forwarded": f"for={FORGED}",
}


def described(config: Settings, peer: Peer, lines: Iterable[tuple[str, str]]) -> Finding:
    """Answer for a request from ``peer`` with these header lines."""
    seen = ClientAddress(config.trusted_proxies).explain(peer, Lines(lines))
    if seen.believed:
        return ok("address", f"{seen.address} is recorded; {seen.peer} is in TRUSTED_PROXIES")
    if seen.forwarded:
        return warning(
            "address",
            f"{seen.address} is recorded; {_headers(seen)} counts for nothing, since {seen.peer} "
            "is not in TRUSTED_PROXIES",
            f"if that is your proxy, add {seen.peer} to TRUSTED_PROXIES",
        )
    return ok("address", f"{seen.address} is recorded; no proxy's header is there")


def peer(text: str) -> Peer:
    """The other end of a socket, as --from names it. Raises ValueError."""
    if text == UNIX:
        return UNIX
    found = ipaddress.ip_address(text)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def served(told: Mapping[str, object] | None) -> Explained | None:
    """What a web process told of our request; None for anything else."""
    match told:
        case {
            "peer": str(peer),
            "address": str(address),
            "believed": bool(believed),
            "forwarded": list(forwarded),
        }:
            return Explained(peer, address, believed, tuple(map(str, forwarded)))
        case _:
            return None


def check(
    config: Settings, honest: Explained | None, forged: Explained | None, source: str
) -> Finding:
    """Judge what became of our own request through PUBLIC_URL, and of a forged one.

    ``source`` is the address that whatever stands at PUBLIC_URL sees us come from, or empty.
    """
    if honest is None:
        return unchecked(NAME, "no web process has answered through PUBLIC_URL with our keys")
    if honest.forwarded and source and _is_trusted(config, source):
        return unchecked(
            NAME,
            f"{honest.peer} says whom it speaks for, and this machine ({source}) is in "
            "TRUSTED_PROXIES itself, so it cannot see what visitors see",
            "open a link from elsewhere and look at its details in /secret history",
        )
    if forged and forged.address == FORGED:
        return error(
            NAME,
            "a visitor can choose the address that is recorded: a made-up X-Forwarded-For through "
            f"PUBLIC_URL was believed, from {forged.peer}",
            f"let the proxy at {forged.peer} write the header anew or append to it "
            "(docs/proxies.md); if none is there, take it out of TRUSTED_PROXIES",
        )
    return _honest(honest, https=config.https)


def _is_trusted(config: Settings, address: str) -> bool:
    return ClientAddress(config.trusted_proxies).explain(peer(address), Lines([])).believed


def _honest(seen: Explained, *, https: bool) -> Finding:
    recorded = f"this request through PUBLIC_URL was recorded as {seen.address}"
    if not seen.believed and seen.forwarded:
        return warning(
            NAME,
            f"{recorded}, and so is every visitor: {_headers(seen)} of {seen.peer} counts for "
            "nothing, since that is not in TRUSTED_PROXIES",
            f"if that is your proxy, add {seen.peer} to TRUSTED_PROXIES",
        )
    # We speak plain http, so behind an https address there is always a proxy.
    if https and seen.address == seen.peer:
        return warning(
            NAME,
            f"{recorded}, the proxy itself, and so is every visitor: it does not say whom it "
            "speaks for",
            "let it write X-Forwarded-For, and list it in TRUSTED_PROXIES (docs/proxies.md)",
        )
    return ok(NAME, recorded)


def _headers(seen: Explained) -> str:
    return ", ".join(seen.forwarded)
