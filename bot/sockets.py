"""Socket Mode: Slack's requests over connections that we open, for servers nobody can reach.

There is no signature here; the app-level token is what Slack knows us by. Any request may come
through any connection, and nothing of a request is kept for the next, so several connections cost
nothing and close the gap that each leaves while Slack renews it.
"""

import asyncio
import contextlib
import logging
import re
import time

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from storage.health import Check

_log = structlog.get_logger("bot.sockets")

CONNECTIONS = 2
PING = 10.0
SILENT = 60.0
LOOK = 5.0
CONNECTING = 30.0
CLOSING = 3.0
PAUSE = 2.0


class _NoDetails(logging.Filter):
    """The SDK's lines go on with an exception's text, which may quote the address of a connection.

    That address holds a ticket: whoever has it can connect in our place and read what is typed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.split(r"[:(]", record.getMessage())[0].strip(), None
        return True


_sdk_log = logging.getLogger("slack_sdk.socket_mode")
_sdk_log.addFilter(_NoDetails())


class Sockets:
    """Keeps several connections to Slack open until ``run`` is cancelled."""

    def __init__(
        self, app: AsyncApp, app_token: str, api_url: str, *, silent: float = SILENT
    ) -> None:
        self._app = app
        self._token = app_token
        self._api_url = api_url
        self._silent = silent
        self._open: dict[int, SocketModeClient] = {}

    @property
    def connected(self) -> int:
        """How many connections have heard from Slack lately."""
        return sum(_is_alive(client, self._silent) for client in self._open.values())

    def check(self) -> Check:
        """For /readyz: one living connection is enough to answer every request."""
        return Check(
            "socket_mode", f"{self.connected} of {CONNECTIONS} connections", self.connected > 0
        )

    async def run(self) -> None:
        """Hold the connections. A fault of one is its own: it is opened again."""
        await asyncio.gather(*(self._hold(number) for number in range(CONNECTIONS)))

    async def _hold(self, number: int) -> None:
        while True:
            try:
                await self._once(number)
            except (SlackClientError, OSError, TimeoutError) as error:
                _log.warning("socket_failed", socket=number, error=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _once(self, number: int) -> None:
        """Open one connection and watch it until it falls silent."""
        handler = AsyncSocketModeHandler(
            self._app,
            self._token,
            logger=_sdk_log,
            web_client=AsyncWebClient(base_url=self._api_url),
            ping_interval=PING,
        )
        try:
            await asyncio.wait_for(handler.connect_async(), CONNECTING)  # type: ignore[no-untyped-call]
            self._open[number] = handler.client
            _log.info("socket_open", socket=number)
            while _is_alive(handler.client, self._silent):  # noqa: ASYNC110 - the SDK tells no event
                # The SDK renews what Slack closes. What it misses is a connection that stays
                # open and carries nothing any more.
                await asyncio.sleep(min(LOOK, self._silent / 2))
            _log.warning("socket_silent", socket=number)
        finally:
            self._open.pop(number, None)
            # Closing waits for Slack's goodbye, which may never come.
            with contextlib.suppress(TimeoutError, OSError):
                await asyncio.wait_for(handler.close_async(), CLOSING)  # type: ignore[no-untyped-call]


def _is_alive(client: SocketModeClient, silent: float) -> bool:
    heard = client.last_ping_pong_time
    return heard is None or time.time() - heard < silent
