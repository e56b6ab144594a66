"""Slack's HTTP entrance: who is not Slack goes no further than this file."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.payload import SENT
from bot.shapes import is_documented

_log = structlog.get_logger("bot.http")

PATH = "/slack/events"
BODY_LIMIT = 1024 * 1024
WINDOW = 300
PATIENCE = 5.0
TIMESTAMP = "X-Slack-Request-Timestamp"
SIGNATURE = "X-Slack-Signature"
_DIGITS = re.compile(r"[0-9]{1,12}\Z")

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
Clock = Callable[[], float]


class TooLarge(Exception):
    """The body exceeds BODY_LIMIT."""


def signature(secret: bytes, timestamp: str, body: bytes) -> bytes:
    """Slack's signature, version 0: ``v0=`` and the hex HMAC-SHA256 of ``v0:timestamp:body``."""
    base = b"v0:" + timestamp.encode("ascii") + b":" + body
    return b"v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest().encode("ascii")


def is_signed(
    secret: bytes, timestamps: Sequence[str], signatures: Sequence[str], body: bytes, now: float
) -> bool:
    """Whether Slack sent these very bytes within five minutes of ``now``. Never raises.

    ``timestamps`` and ``signatures`` are all values of the two headers. Slack's documentation
    calls the scheme "Verifying requests from Slack", version v0.
    """
    # Exactly one of each: of two, a proxy in front and we could believe different ones.
    if len(timestamps) != 1 or len(signatures) != 1:
        return False
    # ASCII digits only, so that int() and encode() below cannot fail, and the text that was
    # signed is the number that is compared with the clock.
    if not _DIGITS.match(timestamps[0]):
        return False
    # An old request that somebody recorded is worthless to them after five minutes. A future one
    # would stay valid for longer than that, so it is no better.
    if abs(now - int(timestamps[0])) > WINDOW:
        return False
    # surrogateescape gives back whatever bytes the header had, non-ASCII ones included.
    claimed = signatures[0].encode("utf-8", "surrogateescape")
    # In constant time and on bytes: compare_digest refuses text that is not ASCII.
    return hmac.compare_digest(signature(secret, timestamps[0], body), claimed)


class SlackEvents:
    """The handler of ``POST /slack/events``. ``clock`` gives Unix seconds."""

    def __init__(self, signing_secret: str, dispatch: Dispatch, clock: Clock = time.time) -> None:
        self._secret = signing_secret.encode()
        self._dispatch = dispatch
        self._clock = clock

    async def handle(self, request: web.Request) -> web.Response:
        """Check, hand to Bolt, answer. Nothing of a body or a header is logged, whatever happens."""
        try:
            body = await _read(request)
        except TooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        # Before anything reads the body's content: whoever is not Slack has no say in what runs.
        if not self._is_signed(request, body):
            _log.warning("bad_signature")
            return web.Response(status=401)
        try:
            wanted = _bolt_request(body, request.headers)
        except (ValueError, RecursionError, AttributeError, TypeError, LookupError):
            # Signed, so Slack sent it, and still not what Slack documents.
            _log.warning("undecodable_request")
            return web.Response(status=400)
        return _response(await self._dispatch(wanted))

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        timestamps = request.headers.getall(TIMESTAMP, [])
        signatures = request.headers.getall(SIGNATURE, [])
        return is_signed(self._secret, timestamps, signatures, body, self._clock())


async def _read(request: web.Request) -> bytes:
    """The raw body. Raises TooLarge as soon as it is, TimeoutError when it trickles in.

    Both limits hold before the sender is known: a stranger can fill neither memory nor sockets.
    """
    body = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > BODY_LIMIT:
                raise TooLarge
    return bytes(body)


def _bolt_request(body: bytes, headers: Mapping[str, str]) -> AsyncBoltRequest:
    # Of the headers Bolt needs the type only; the ones that steer its internals stay outside.
    wanted = AsyncBoltRequest(
        body=body.decode("utf-8"),
        headers={"content-type": [headers.get("Content-Type", "")]},
        context={SENT: int(headers[TIMESTAMP])},
    )
    if not isinstance(wanted.body, dict) or not is_documented(wanted.body):
        raise TypeError("not a payload as Slack documents it")
    return wanted


def _response(answer: BoltResponse) -> web.Response:
    kind = "application/json" if answer.body.startswith("{") else "text/plain"
    return web.Response(status=answer.status, text=answer.body, content_type=kind)
