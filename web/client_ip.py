"""The address a request comes from. The rules are docs/protocol.md, "Client address"."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

import structlog
from aiohttp import web

from storage.settings import Network, Proxy

Address = IPv4Address | IPv6Address

# Published at https://www.cloudflare.com/ips/, as of 11 February 2026. A range that is missing here
# costs the visitors behind it their own address; a range that Cloudflare gave back would let its
# new owner forge one. So: compare with the page before each release.
CLOUDFLARE_DATED = "2026-02-11"
CLOUDFLARE = tuple(
    ip_network(text)
    for text in (
        "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22",
        "141.101.64.0/18", "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20",
        "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
        "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22",
        "2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32",
        "2405:8100::/32", "2a06:98c0::/29", "2c0f:f248::/32",
    )
)  # fmt: skip
# Anybody's program at Cloudflare asks from here (its "HTTP headers" page, CF-Connecting-IP, names
# ::103): a visitor who chose what X-Forwarded-For says, although in the ranges above.
WORKERS = IPv6Network("2a06:98c0:3600::/48")

UNIX = "unix"
UNKNOWN = "unknown"
MAX_HOPS = 32
MAX_LENGTH = 1024
NOTED_MAX = 1000

# What proxies add. Only the first two are ever read.
_FORWARDED = ("X-Forwarded-For", "CF-Connecting-IP", "Forwarded", "X-Real-IP")
# An address, its port if it has one. Only letters of addresses: a scope ("%eth0") is free text.
_HOP = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?"
    r"|(?P<v4>[0-9.]+)(?::[0-9]{1,5})?"
    r"|(?P<v6>[0-9A-Fa-f:.]+)"
)

_log = structlog.get_logger("web")


class Headers(Protocol):
    """Header lines by name, whatever their case: aiohttp's, or a test's."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """Every line of that name, in order."""

    def __contains__(self, key: object, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """Which ``address`` counts for a request, and why.

    ``believed``: the peer is one of TRUSTED_PROXIES. ``forwarded``: which of the headers that
    proxies add are there, read or not.
    """

    peer: str
    address: str
    believed: bool
    forwarded: tuple[str, ...]


class ClientAddress:
    """Decides which address counts. ``trusted`` is TRUSTED_PROXIES: whose headers are believed."""

    def __init__(self, trusted: Iterable[Proxy] = ()) -> None:
        words = tuple(trusted)
        self._unix = "unix" in words
        self._cloudflare: tuple[Network, ...] = CLOUDFLARE if "cloudflare" in words else ()
        listed = tuple(word for word in words if not isinstance(word, str))
        self._trusted = listed + self._cloudflare
        self._noted: set[str] = set()

    def of(self, peer: Address | str, headers: Headers) -> str:
        """Give the visitor's address as text; ``peer`` is the socket's, or "unix" or "unknown".

        Whoever is not listed can write into headers what they like, so theirs are not read.
        """
        if self._trusts(peer):
            return self._forwarded(peer, headers)
        address = str(peer)
        self._note(address, headers)
        return address

    def explain(self, peer: Address | str, headers: Headers) -> Explained:
        """Give what ``of`` gives, with the reasons; nothing is logged."""
        believed = self._trusts(peer)
        return Explained(
            str(peer),
            self._forwarded(peer, headers) if believed else str(peer),
            believed,
            tuple(name for name in _FORWARDED if name in headers),
        )

    def _forwarded(self, peer: Address | str, headers: Headers) -> str:
        """The address that a peer whom we believe asks for; its own where it says none."""
        found = self._from_cloudflare(peer, headers) or self._from_the_right(headers)
        return str(found or peer)

    def _trusts(self, peer: Address | str) -> bool:
        if isinstance(peer, str):
            return peer == UNIX and self._unix
        return _among(peer, self._trusted) and peer not in WORKERS

    def _from_cloudflare(self, peer: Address | str, headers: Headers) -> Address | None:
        """Read CF-Connecting-IP from Cloudflare itself only: any other proxy may pass it on."""
        if isinstance(peer, str) or not _among(peer, self._cloudflare):
            return None
        values = headers.getall("CF-Connecting-IP", [])
        return parse(values[0]) if len(values) == 1 else None

    def _from_the_right(self, headers: Headers) -> Address | None:
        """Walk X-Forwarded-For from the end that our own proxies wrote.

        The first address that is not one of theirs is the visitor; what stands left of it is the
        visitor's own text and is not looked at.
        """
        joined = ",".join(headers.getall("X-Forwarded-For", []))
        hops = joined.split(",")
        if len(joined) > MAX_LENGTH or len(hops) > MAX_HOPS:
            return None
        for hop in reversed(hops):
            if not hop.strip(" \t"):
                continue  # an empty element of a list says nothing (RFC 9110, 5.6.1.2)
            address = parse(hop)
            if not address or not self._trusts(address):
                return address
        return None

    def _note(self, peer: str, headers: Headers) -> None:
        """Tell the operator once for each peer; the header itself is a stranger's text."""
        if peer in self._noted or len(self._noted) >= NOTED_MAX:
            return
        if any(name in headers for name in _FORWARDED):
            self._noted.add(peer)
            _log.warning(
                "forwarded_header_ignored",
                peer=peer,
                remedy="if this is your proxy, list it in TRUSTED_PROXIES",
            )


def parse(hop: str) -> Address | None:
    """One address as proxies write it, without port and brackets; None when it is none."""
    match = _HOP.fullmatch(hop.strip(" \t"))
    if not match:
        return None
    try:
        return _plain(ip_address(match["bracketed"] or match["v4"] or match["v6"]))
    except ValueError:
        return None


def peer_of(request: web.Request) -> Address | str:
    """The socket's other end; "unix" for a Unix socket, "unknown" when it has gone already."""
    if request.remote:
        return _peer(request.remote)
    sock = request.transport.get_extra_info("socket") if request.transport else None
    return UNIX if sock is not None and sock.family == socket.AF_UNIX else UNKNOWN


@lru_cache(1024)  # a proxy's peers are few, and a visitor asks more than once
def _peer(text: str) -> Address:
    # The kernel's text, so its scope may be dropped without looking.
    return _plain(ip_address(text.partition("%")[0]))


def _plain(address: Address) -> Address:
    """One form for an IPv4 address, also where a socket listens for both versions."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _among(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
