"""Who is at the other end, as far as a web server can tell: the one function for all uses."""

import re
from functools import lru_cache

from aiohttp import web

from storage.model import Reader
from web.client_ip import ClientAddress, peer_of

# The limiter and the audit trail both take it from here, so they can't disagree.
READER = web.RequestKey("reader", Reader)

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


def reader_of(request: web.Request, addresses: ClientAddress) -> Reader:
    """Address and browser family. Called once a request, by the middleware."""
    return Reader(
        addresses.of(peer_of(request), request.headers),
        browser_family(request.headers.get("User-Agent", "")),
    )


def browser_family(agent: str) -> str:
    """A word for the trail, from a closed list: the header itself is the visitor's own text."""
    return _family(agent[:_MAX_AGENT])


@lru_cache(256)
def _family(agent: str) -> str:
    for name, pattern in _FAMILIES:
        if pattern.search(agent):
            return name
    return "other"
