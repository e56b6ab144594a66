"""E5: the address that limiter and audit see is the visitor's, whatever anybody writes."""

import random
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Self, cast

import pytest
from aiohttp import ClientSession, UnixConnector, web
from hypothesis import HealthCheck, find, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from structlog.testing import capture_logs

from storage import audit, keys, settings
from storage.errors import SettingsError
from storage.model import SecretId
from storage.seal import KeyRing
from storage.settings import Network, Proxy
from storage.vault import Vault
from storage.wire import b64u
from tests.links import Holder, share
from tests.numbers import SHARES, n
from tests.people import ANNA
from tests.raw import RawStore
from tests.site import OWN_PAGE, Site
from tests.tally import drawn
from tests.web.served import UNLIMITED, serve
from web.client_ip import (
    CLOUDFLARE,
    MAX_HOPS,
    MAX_LENGTH,
    NOTED_MAX,
    WORKERS,
    Address,
    ClientAddress,
    Explained,
    parse,
    peer_of,
)
from web.limits import bucket

FRONT = ip_address("10.0.0.1")
INNER = ip_network("10.0.0.0/8")
INNER6 = ip_network("2001:db8:aaaa::/48")
EDGE = ip_address("173.245.48.9")
WORKER = "2a06:98c0:3600::103"
TRUSTED: tuple[Proxy, ...] = (INNER, INNER6, "cloudflare")
LOOPBACK = ip_network("127.0.0.1/32")
VISITOR = "203.0.113.9"


def told(peer: Address | str, *lines: tuple[str, str], trusted: tuple[Proxy, ...] = TRUSTED) -> str:
    """What is decided about a request with these header lines."""
    return ClientAddress(trusted).of(peer, CIMultiDict(lines))


XFF, CF = "X-Forwarded-For", "CF-Connecting-IP"
CASES: list[tuple[str, Address | str, list[tuple[str, str]], str]] = [
    ("no header", FRONT, [], "10.0.0.1"),
    ("one hop", FRONT, [(XFF, VISITOR)], VISITOR),
    ("forged in front", FRONT, [(XFF, f"1.1.1.1, {VISITOR}")], VISITOR),
    ("garbage in front", FRONT, [(XFF, f"<script>, {VISITOR}")], VISITOR),
    ("our hops behind", FRONT, [(XFF, f"1.1.1.1, {VISITOR}, 10.1.1.1,10.2.2.2")], VISITOR),
    ("several lines", FRONT, [(XFF, f"1.1.1.1,{VISITOR}"), (XFF, "10.1.1.1")], VISITOR),
    ("nginx behind Cloudflare", FRONT, [(XFF, f"1.1.1.1, {VISITOR}, {EDGE}")], VISITOR),
    ("a port", FRONT, [(XFF, f"{VISITOR}:4711")], VISITOR),
    ("brackets", FRONT, [(XFF, "[2001:db8::7]")], "2001:db8::7"),
    ("brackets and port", FRONT, [(XFF, "[2001:DB8:0::7]:443")], "2001:db8::7"),
    ("IPv6 alone", FRONT, [(XFF, "2001:db8::7")], "2001:db8::7"),
    ("mapped", FRONT, [(XFF, f"::ffff:{VISITOR}")], VISITOR),
    ("mapped proxy", FRONT, [(XFF, f"{VISITOR}, ::ffff:10.9.9.9")], VISITOR),
    ("empty elements", FRONT, [(XFF, f" , {VISITOR}, ,"), (XFF, "")], VISITOR),
    ("only ours", FRONT, [(XFF, "10.1.1.1, 10.2.2.2")], "10.0.0.1"),
    ("garbage last", FRONT, [(XFF, f"{VISITOR}, unknown")], "10.0.0.1"),
    ("a scope is free text", FRONT, [(XFF, "fe80::1%<b>")], "10.0.0.1"),
    ("another kind of blank", FRONT, [(XFF, f"\u00a0{VISITOR}")], "10.0.0.1"),
    ("nothing but one", FRONT, [(XFF, f"{VISITOR},\u00a0")], "10.0.0.1"),
    ("a letter around it", FRONT, [(XFF, f"X{VISITOR}X")], "10.0.0.1"),
    ("nothing but a letter", FRONT, [(XFF, f"{VISITOR},X")], "10.0.0.1"),
    ("leading zeros", FRONT, [(XFF, "203.0.113.009")], "10.0.0.1"),
    ("other digits", FRONT, [(XFF, "٢٠٣.0.113.9")], "10.0.0.1"),
    ("32 hops", FRONT, [(XFF, ",".join(["x"] * 31 + [VISITOR]))], VISITOR),
    ("33 hops", FRONT, [(XFF, ",".join(["x"] * 32 + [VISITOR]))], "10.0.0.1"),
    ("1 KiB", FRONT, [(XFF, ("x" * 1012 + f", {VISITOR}")[-1024:])], VISITOR),
    ("over 1 KiB", FRONT, [(XFF, "x" * 1013 + f",{VISITOR}")], "10.0.0.1"),
    ("Cloudflare", EDGE, [(CF, VISITOR), (XFF, "1.1.1.1")], VISITOR),
    ("Cloudflare, IPv6", EDGE, [(CF, "2001:db8::7")], "2001:db8::7"),
    ("two values", EDGE, [(CF, "1.1.1.1"), (CF, "2.2.2.2"), (XFF, VISITOR)], VISITOR),
    ("two values in one", EDGE, [(CF, "1.1.1.1, 2.2.2.2"), (XFF, VISITOR)], VISITOR),
    ("passed on by another", FRONT, [(CF, "1.1.1.1"), (XFF, VISITOR)], VISITOR),
    ("passed on, nothing else", FRONT, [(CF, "1.1.1.1")], "10.0.0.1"),
    ("not read", FRONT, [("X-Real-IP", "1.1.1.1"), ("Forwarded", "for=1.1.1.1")], "10.0.0.1"),
    ("a stranger", ip_address("192.0.2.1"), [(CF, VISITOR), (XFF, VISITOR)], "192.0.2.1"),
    ("a Worker behind nginx", FRONT, [(XFF, f"1.1.1.1, {WORKER}, {EDGE}")], WORKER),
    ("a Worker at our door", ip_address(WORKER), [(CF, "1.1.1.1"), (XFF, "1.1.1.1")], WORKER),
    ("a Unix socket", "unix", [(XFF, VISITOR)], "unix"),
    ("nobody", "unknown", [(XFF, VISITOR)], "unknown"),
]


@pytest.mark.parametrize(("_name", "peer", "lines", "right"), CASES, ids=[c[0] for c in CASES])
def test_the_rules_one_by_one(
    _name: str, peer: Address | str, lines: list[tuple[str, str]], right: str
) -> None:
    """The protocol's "Client address", sentence by sentence."""
    assert told(peer, *lines) == right


@pytest.mark.parametrize(("_name", "peer", "lines", "right"), CASES, ids=[c[0] for c in CASES])
def test_what_is_decided_is_explained(
    _name: str, peer: Address | str, lines: list[tuple[str, str]], right: str
) -> None:
    """To the doctor: the same address, whether the peer is believed, which headers are there."""
    with capture_logs() as logged:
        found = ClientAddress(TRUSTED).explain(peer, CIMultiDict(lines))
    names = dict.fromkeys(name for name, _ in lines)
    order = (XFF, CF, "Forwarded", "X-Real-IP")
    there = tuple(name for name in order if name in names)
    assert found == Explained(str(peer), right, peer in {FRONT, EDGE}, there)
    assert logged == []


class _Asked:
    """What ``peer_of`` looks at in a request."""

    def __init__(self, remote: str | None, family: int | None) -> None:
        self.remote = remote
        self.transport = self if family is not None else None
        self.family = family

    def get_extra_info(self, name: str) -> Self | None:
        """Its own socket; 0 stands for one that has gone."""
        assert name == "socket"
        return self if self.family else None


@pytest.mark.parametrize(
    ("remote", "family", "peer"),
    [
        ("192.0.2.1", socket.AF_INET, ip_address("192.0.2.1")),
        ("fe80::1%eth0", socket.AF_INET6, ip_address("fe80::1")),
        ("::ffff:192.0.2.1", socket.AF_INET6, ip_address("192.0.2.1")),
        (None, socket.AF_UNIX, "unix"),
        (None, socket.AF_INET, "unknown"),
        (None, 0, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_the_peer_is_the_sockets(
    remote: str | None, family: int | None, peer: Address | str
) -> None:
    """An address without its scope and in one form; a Unix socket; nobody, once it has gone."""
    assert peer_of(cast("web.Request", _Asked(remote, family))) == peer


def test_cloudflare_counts_only_where_it_is_listed() -> None:
    """Its ranges are strangers otherwise, and a listed range of ours is not Cloudflare."""
    lines = ((CF, VISITOR), (XFF, VISITOR))
    assert told(EDGE, *lines, trusted=()) == str(EDGE)
    listed: tuple[Proxy, ...] = (ip_network("173.245.48.0/20"),)
    assert told(EDGE, (CF, "1.1.1.1"), (XFF, VISITOR), trusted=listed) == VISITOR


def test_cloudflares_ranges_are_whole() -> None:
    """15 and 7 networks that do not overlap."""
    assert [len([x for x in CLOUDFLARE if x.version == v]) for v in (4, 6)] == [15, 7]
    for one in CLOUDFLARE:
        rest = [other for other in CLOUDFLARE if other != one and other.version == one.version]
        assert not any(one.overlaps(other) for other in rest)


# E5, property-based: the way of a request is made first, so the right answer is known.

FORGED: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(["", "1.1.1.1", "10.0.0.1", "::1", "unknown", "_hidden", "127.0.0.1:80", "%"]),
    st.ip_addresses().map(str),
    st.text(st.characters(exclude_characters=",\r\n\0"), max_size=40),
)


@dataclass(frozen=True)
class Passage:
    """A visitor who writes ``forged`` first, and the proxies that add what they see."""

    visitor: Address
    lines: tuple[str, ...]
    peer: Address

    def right(self) -> str:
        """The visitor, or the peer when the header is over a limit."""
        joined = ",".join(self.lines)
        over = len(joined) > MAX_LENGTH or joined.count(",") >= MAX_HOPS
        return str(self.peer if over else self.visitor)


def _inside(network: Network) -> st.SearchStrategy[Address]:
    return st.ip_addresses(network=network)


_OURS: st.SearchStrategy[Address] = st.one_of(
    _inside(INNER), _inside(INNER6), st.sampled_from(CLOUDFLARE).flatmap(_inside)
).filter(lambda address: address not in WORKERS)


def _is_ours(address: Address) -> bool:
    listed = any(address in network for network in (INNER, INNER6, *CLOUDFLARE))
    return listed and address not in WORKERS


def _is_plain(address: Address) -> bool:
    return not (isinstance(address, IPv6Address) and address.ipv4_mapped)


_VISITORS: st.SearchStrategy[Address] = st.one_of(st.ip_addresses(), _inside(WORKERS)).filter(
    lambda address: not _is_ours(address) and _is_plain(address)
)


@st.composite
def written(draw: st.DrawFn, address: Address) -> str:
    """An address in one of the ways that proxies write it."""
    text = str(address)
    port = draw(st.integers(0, 65535))
    if isinstance(address, IPv4Address):
        ways = [text, f"{text}:{port}", f"::ffff:{text}", f"[::ffff:{text}]:{port}"]
    else:
        ways = [text, text.upper(), address.exploded, f"[{text}]", f"[{text}]:{port}"]
    return draw(st.sampled_from(["", " ", "\t"])) + draw(st.sampled_from(ways))


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    """Any forgery, any visitor, up to four proxies of ours, lines joined or not."""
    visitor = draw(_VISITORS)
    hops = [visitor, *draw(st.lists(_OURS, max_size=3))]
    forged: list[str] = draw(st.lists(FORGED, max_size=36))
    lines = [",".join(forged)] if forged else []
    for hop in hops:
        text = draw(written(hop))
        joined = draw(st.booleans())
        if lines and joined:
            lines[-1] += "," + text
        else:
            lines.append(text)
    peer = draw(_inside(INNER))
    return Passage(visitor, tuple(lines), peer)


def _told_right(passage: Passage, addresses: ClientAddress) -> bool:
    headers = CIMultiDict([(XFF, line) for line in passage.lines])
    return addresses.of(passage.peer, headers) == passage.right()


_PASSAGES = n("E5", everyday=200, full=100_000)
_STRANGERS = n("E5", everyday=200, full=10_000)


def _examples(count: int) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.fixture
def _passages_counted() -> None:
    drawn("E5", _PASSAGES // SHARES)


@pytest.fixture
def _strangers_counted() -> None:
    drawn("E5", _STRANGERS)


@pytest.mark.usefixtures("_passages_counted")
@pytest.mark.parametrize("_share", range(SHARES))
@_examples(_PASSAGES // SHARES)
@given(passages())
def test_e5_the_address_is_always_the_visitors(_share: int, passage: Passage) -> None:
    """E5: from a trusted peer, whatever stands in front of what our proxies added."""
    assert _told_right(passage, ClientAddress(TRUSTED))


class _Leftmost(ClientAddress):
    """What many do: believe the first address of the header."""

    def _from_the_right(self, headers: object) -> Address | None:
        lines: list[str] = headers.getall(XFF, [])  # type: ignore[attr-defined]
        return parse(",".join(lines).split(",")[0])


def test_e5_control_the_leftmost_address_is_the_visitors_own_text() -> None:
    """E5's negative control: read from the left, and a forgery is soon believed."""
    found = find(passages(), lambda passage: not _told_right(passage, _Leftmost(TRUSTED)))
    assert _told_right(found, ClientAddress(TRUSTED))


@pytest.mark.usefixtures("_strangers_counted")
@_examples(_STRANGERS)
@given(
    st.lists(st.tuples(st.sampled_from([XFF, CF]), st.text(max_size=60)), max_size=6),
    st.sampled_from([FRONT, EDGE, ip_address("192.0.2.1"), "unix", "unknown"]),
)
def test_e5_no_input_is_an_exception(lines: list[tuple[str, str]], peer: Address | str) -> None:
    """E5: any text at all; what comes out is an address, in its one form, for both uses."""
    address = told(peer, *lines, trusted=(*TRUSTED, "unix"))
    assert address in {"unix", "unknown"} or address == str(ip_address(address))
    assert len(bucket(address)) in {0, 4, 8}


@pytest.mark.usefixtures("_strangers_counted")
@_examples(_STRANGERS)
@given(st.lists(st.tuples(st.sampled_from([XFF, CF]), FORGED), max_size=6), _VISITORS)
def test_e5_an_unlisted_peer_is_its_own_address(
    lines: list[tuple[str, str]], peer: Address
) -> None:
    """E5: nothing it writes changes that."""
    assert told(peer, *lines) == str(peer)


def _variants(count: int) -> list[list[tuple[str, str]]]:
    """Header sets that somebody tries who wants to be somebody else; the same at every run."""
    chance = random.Random(5)
    names = [XFF, CF, "x-forwarded-for", "X-Real-IP", "Forwarded", "True-Client-IP", "X-Client-IP"]
    values = [VISITOR, "127.0.0.1", "::1", "10.0.0.1, 10.0.0.2", "unknown", "for=1.1.1.1", "", ","]
    values += ["173.245.48.9", "[::ffff:1.1.1.1]:80", "x" * 2000, ",".join(["1.1.1.1"] * 40)]
    return [
        [(chance.choice(names), chance.choice(values)) for _ in range(chance.randint(1, 4))]
        for _ in range(count)
    ]


async def _opened_by(
    site: Site, redis: RawStore, ring: KeyRing, variants: list[list[tuple[str, str]]]
) -> set[str]:
    """Open a reusable secret with each set of headers; give every address in the audit stream."""
    holder = await share(site.vault, single_use=False)
    for lines in variants:
        answer = await _click(site.client, site.url, site.path(holder.id, "reveal"), holder, lines)
        assert answer == 200
    return await _recorded(redis, ring, holder.id)


async def _click(
    client: ClientSession, url: str, path: str, holder: Holder, lines: list[tuple[str, str]]
) -> int:
    headers = CIMultiDict([*OWN_PAGE.items(), *lines])
    body = {"link_proof": b64u(holder.proof.expose()), "nonce": b64u(b"n" * 16)}
    async with client.post(url + path, json=body, headers=headers) as answer:
        return answer.status


async def _recorded(redis: RawStore, ring: KeyRing, sid: SecretId) -> set[str]:
    found = set()
    for _, entry in await redis.xrange(keys.audit(sid.tag)):
        if entry[b"event"] == b"opened":
            reader = audit.readable(ring, sid, entry[b"reader"])
            assert reader
            found.add(reader.address)
    return found


async def test_e5_an_untrusted_peer_is_recorded_as_itself(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """E5: 1,000 variants over HTTP; every entry of the trail shows the socket's address."""
    variants = _variants(n("E5", everyday=60, full=1000))
    trusted: list[Proxy] = [INNER, "cloudflare"]
    async with serve(
        vault, store_client, trusted_proxies=trusted, reveals_per_minute=UNLIMITED
    ) as site:
        assert await _opened_by(site, store_client, ring, variants) == {"127.0.0.1"}


async def test_e5_control_a_believed_stranger_is_whoever_it_likes(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """E5's negative control: with its address listed, the same variants are recorded."""
    async with serve(
        vault, store_client, trusted_proxies=[LOOPBACK], reveals_per_minute=UNLIMITED
    ) as site:
        assert len(await _opened_by(site, store_client, ring, _variants(60))) > 3


async def test_e5_audit_and_limiter_agree(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """E5: each visitor behind a trusted peer has an allowance of their own, and their own name."""
    async with serve(vault, store_client, trusted_proxies=[LOOPBACK], reveals_per_minute=2) as site:
        holder = await share(vault, single_use=False)
        path = site.path(holder.id, "reveal")
        visitors = [f"198.51.100.{i}" for i in range(20)]
        for visitor in visitors:
            for i, right in enumerate((200, 200, 429)):
                lines = [(XFF, f"192.0.2.{i}, {visitor}")]
                assert await _click(site.client, site.url, path, holder, lines) == right
        assert await _recorded(store_client, ring, holder.id) == set(visitors)


@pytest.mark.parametrize(
    ("trusted", "right"), [((), "unix"), ((LOOPBACK,), "unix"), (("unix",), VISITOR)]
)
async def test_a_unix_socket_is_believed_only_when_listed(
    vault: Vault,
    store_client: RawStore,
    ring: KeyRing,
    tmp_path: Path,
    trusted: tuple[Proxy, ...],
    right: str,
) -> None:
    """A local proxy that speaks through a socket file."""
    where = str(tmp_path / "web.sock")
    async with (
        serve(vault, store_client, trusted_proxies=trusted, socket_path=where) as site,
        ClientSession(connector=UnixConnector(where)) as client,
    ):
        holder = await share(vault)
        path = site.path(holder.id, "reveal")
        assert await _click(client, "http://localhost", path, holder, [(XFF, VISITOR)]) == 200
        assert await _recorded(store_client, ring, holder.id) == {right}


def test_a_forwarded_header_from_an_unlisted_peer_is_logged_once() -> None:
    """Once for each peer, without the header's text, and for a bounded number of peers."""
    addresses = ClientAddress(TRUSTED)
    with capture_logs() as lines:
        for _ in range(5):
            addresses.of(ip_address("192.0.2.1"), CIMultiDict({XFF: "canary"}))
            addresses.of(ip_address("192.0.2.2"), CIMultiDict({"Forwarded": "canary"}))
            addresses.of(ip_address("192.0.2.3"), CIMultiDict({"Accept": "canary"}))
            addresses.of(FRONT, CIMultiDict({XFF: "canary"}))
    assert lines == [
        {
            "event": "forwarded_header_ignored",
            "log_level": "warning",
            "peer": peer,
            "remedy": "if this is your proxy, list it in TRUSTED_PROXIES",
        }
        for peer in ("192.0.2.1", "192.0.2.2")
    ]
    assert "canary" not in str(lines)
    with capture_logs() as lines:
        for i in range(5000):
            addresses.of(IPv4Address(0xC6000000 + i), CIMultiDict({XFF: "canary"}))
    assert len(lines) == NOTED_MAX - 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.0.0.0/0", "large part"),
        ("::/0", "large part"),
        ("10.0.0.1,0.0.0.0/1", "entry 2"),
        ("2000::/3", "large part"),
        ("::ffff:0:0/96", "large part"),
        ("proxy.example.com", "not looked up"),
        ("10.0.0.0/33", "entry 1"),
        ("10.0.0.256", "entry 1"),
        ("10.0.0.1/8", "first address"),
        ("fe80::1%eth0", "entry 1"),
        ("10.0.0.1,", "entry 2"),
        ("10.0.0.1 10.0.0.2", "entry 1"),
        ("cloudfront", "entry 1"),
    ],
)
def test_a_dangerous_or_broken_list_stops_the_start(value: str, words: str) -> None:
    """One sentence that names the variable and the entry, and repeats nothing."""
    with pytest.raises(SettingsError, match=f"^TRUSTED_PROXIES .*{words}") as caught:
        settings.load({"TRUSTED_PROXIES": value})
    assert str(caught.value).endswith(".")


def test_what_may_be_listed() -> None:
    """Addresses, networks, cloudflare and unix; nothing by default."""
    assert settings.load({}).trusted_proxies == ()
    given = "192.0.2.10, 10.0.0.0/8,2a06:98c0::/29,fc00::/7,::ffff:192.0.2.11,Cloudflare,unix"
    assert [str(one) for one in settings.load({"TRUSTED_PROXIES": given}).trusted_proxies] == [
        "192.0.2.10/32",
        "10.0.0.0/8",
        "2a06:98c0::/29",
        "fc00::/7",
        "192.0.2.11/32",
        "cloudflare",
        "unix",
    ]


@pytest.mark.parametrize("value", ["0", "-1", "60001", "many", "1.5"])
def test_a_broken_limit_stops_the_start(value: str) -> None:
    """REVEALS_PER_MINUTE is a number from 1 to 60000."""
    with pytest.raises(SettingsError, match=r"^REVEALS_PER_MINUTE "):
        settings.load({"REVEALS_PER_MINUTE": value})
    assert settings.load({}).reveals_per_minute == 60


async def test_the_details_show_the_visitor(vault: Vault, store_client: RawStore) -> None:
    """The way from the header to the team's audit trail."""
    async with serve(vault, store_client, trusted_proxies=[LOOPBACK]) as site:
        holder = await share(vault)
        lines = [(XFF, f"1.1.1.1, {VISITOR}")]
        path = site.path(holder.id, "reveal")
        assert await _click(site.client, site.url, path, holder, lines) == 200
    details = await vault.details(ANNA.workspace, holder.id)
    readers = {entry.reader.address for entry in details.trail if entry.reader}  # type: ignore[union-attr]
    assert readers == {VISITOR}
