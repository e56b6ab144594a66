"""Answers whose head is written as it was before: only its length and the date change.

aiohttp makes the head of each response anew, header by header, which costs as much as a reveal. Here
it is made once for each status and set of headers, and leaves with the body in one write. See
docs/adr/0019-a-short-way-through-aiohttp.md.
"""

import time
from email.utils import formatdate
from functools import lru_cache
from typing import cast

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict, CIMultiDictProxy

from web.headers import CSP_HEADER, NO_STORE
from web.stopping import STOPPING

HEADERS = web.AppKey("headers", CIMultiDictProxy[str])
_HEADS = 256


class Heads:
    """An application's heads save length and date, each made once."""

    def __init__(self, everybodys: CIMultiDictProxy[str]) -> None:
        self._everybodys = everybodys
        # Every value in them is ours, and there are few: no address, no id, no cookie.
        self.of = lru_cache(_HEADS)(self._made)

    def _made(self, status: int, reason: str, own: tuple[tuple[str, str], ...]) -> bytes:
        """Give the head for a status, its reason and an answer's own headers."""
        headers = CIMultiDict(own)
        _dress(headers, self._everybodys)
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {status} {reason}\r\n{named}".encode("ascii")


HEADS = web.AppKey("heads", Heads)


class Answer(web.Response):
    """A response whose body is there as a whole; its headers are what it has beside everybody's."""

    _written = False

    @property
    def keep_alive(self) -> bool | None:
        """As aiohttp asks after an answer."""
        return True if self._written else super().keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write all of it where nothing is out of the ordinary; else leave it to aiohttp."""
        if self._written:
            return None
        if not isinstance(request, web.Request) or not self._is_ordinary(request):
            return await super().prepare(request)
        app, writer = request.app, request.writer
        for receiver in app.on_response_prepare:
            if receiver is not add_headers:
                await receiver(request, self)
        body = cast("bytes", self.body)
        head = app[HEADS].of(self.status, self.reason, tuple(self.headers.items()))
        length = b"Content-Length: %d\r\n" % len(body)
        self._written = True
        whole = (head, length, _date(int(time.time())), b"" if request.method == "HEAD" else body)
        await writer.write(b"".join(whole))
        # Who takes in nothing is waited for: their next request is not looked at before.
        await writer.drain()
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """End it, if it has not gone as a whole."""
        if not self._written:
            await super().write_eof(data)

    def _is_ordinary(self, request: web.Request) -> bool:
        app = request.app
        return (
            request.version == HttpVersion11
            and request.keep_alive
            and self._keep_alive is None
            and self._cookies is None
            and HEADS in app
            and not app[STOPPING].begun
        )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the same headers on every response of the application, whoever made it."""
    _dress(response.headers, request.app[HEADERS])
    if request.app[STOPPING].begun:
        # Who keeps this connection for the next request is told not to, before it is gone.
        response.force_close()
        response.headers["Connection"] = "close"


def _dress(headers: CIMultiDict[str], everybodys: CIMultiDictProxy[str]) -> None:
    own = headers.get(CSP_HEADER)
    headers.update(everybodys)
    if own is not None:
        headers[CSP_HEADER] = own
    headers.setdefault("Cache-Control", NO_STORE)


@lru_cache(2)
def _date(second: int) -> bytes:
    """The last line of a head, and its end."""
    return f"Date: {formatdate(second, usegmt=True)}\r\n\r\n".encode("ascii")
