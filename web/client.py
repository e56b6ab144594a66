"""Who is at the other end, as far as a web server can tell: the one function for all uses."""

import re
from ipaddress import IPv6Address, ip_address

from aiohttp import web

from storage.model import Reader

_MAX_AGENT = 1024
# Order matters: Edge and Opera say Chrome too, and Chrome says Safari.
_FAMILIES = (
    ("Edge", re.compile(r"Edg(e|A|iOS)?/")),
    ("Opera", re.compile(r"OPR/|Opera")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("Safari", re.compile(r"Safari/")),
)


def reader_of(request: web.Request) -> Reader:
    """Address and browser family for the audit trail.

    Headers are never believed for the address: anybody can send them.
    """
    return Reader(client_address(request), browser_family(request.headers.get("User-Agent", "")))


def client_address(request: web.Request) -> str:
    """The socket's peer, IPv4-mapped addresses normalised; "unix" for a Unix socket."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not isinstance(peer, tuple):
        return "unix"
    address = ip_address(str(peer[0]).partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def browser_family(agent: str) -> str:
    """A word for the trail, from a closed list: the header itself is the visitor's own text."""
    for name, pattern in _FAMILIES:
        if pattern.search(agent[:_MAX_AGENT]):
            return name
    return "other"
