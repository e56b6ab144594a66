"""Socket Mode: the same answers over a socket, and connections that do not fall silent unseen."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import WSMsgType, web
from structlog.stdlib import ProcessorFormatter

from bot import app, sockets
from bot.sockets import Sockets
from storage.health import Check
from storage.vault import Vault
from tests import slack as payloads
from tests.bot.conftest import build
from tests.slack import FakeSlack

TICKET = "a-ticket-that-connects-in-our-place"


class SocketServer:
    """Slack's end of Socket Mode: hands out its address, sends requests, takes answers."""

    def __init__(self) -> None:
        self.connections: list[web.WebSocketResponse] = []
        self.answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.mute = False
        self.refuse = False
        self.opened = 0

    async def start(self) -> None:
        """Listen on a free port."""
        application = web.Application()
        application.router.add_post("/api/apps.connections.open", self._address)
        application.router.add_get("/link", self._link)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{self.port}/api/"

    async def stop(self) -> None:
        """Hang up."""
        await self._runner.cleanup()

    async def _address(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"ok": True, "url": f"ws://127.0.0.1:{self.port}/link?ticket={TICKET}"}
        )

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            return web.Response(status=503)
        link = web.WebSocketResponse(autoping=False)
        await link.prepare(request)
        self.connections.append(link)
        self.opened += 1
        await link.send_json({"type": "hello", "num_connections": 1})
        async for message in link:
            if message.type == WSMsgType.PING and not self.mute:
                await link.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                await self.answers.put(json.loads(message.data))
        return link

    async def ask(self, kind: str, payload: Any, *, through: int = 0) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        envelope = {"type": kind, "envelope_id": "e1", "payload": payload}
        await self.connections[through].send_json(envelope)
        answer = await asyncio.wait_for(self.answers.get(), 5)
        assert answer["envelope_id"] == "e1"
        return dict(answer.get("payload") or {})

    async def links(self, count: int) -> None:
        """Wait until that many connections were ever opened."""
        async with asyncio.timeout(15):
            while self.opened < count:
                await asyncio.sleep(0.02)


@pytest.fixture
async def socket_server() -> AsyncIterator[SocketServer]:
    """Slack's end."""
    server = SocketServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bot(vault: Vault, slack: FakeSlack) -> AsyncIterator[app.Bot]:
    """The Slack app, which knows its workspace."""
    built = build(vault, slack)
    await built.workspace.learn(built.slack)
    yield built
    await built.close()


async def test_a_command_over_a_socket_opens_the_modal(
    bot: app.Bot, socket_server: SocketServer, slack: FakeSlack
) -> None:
    """The same listeners answer; two connections are open, and either carries requests."""
    running = Sockets(bot.app, "xapp-1", socket_server.api_url)
    task = asyncio.create_task(running.run())
    await socket_server.links(2)
    for through in (0, 1):
        body = payloads.slash_command("", trigger=await slack.trigger())
        command = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        await socket_server.ask("slash_commands", command, through=through)
    assert len(slack.called("views.open")) == 2
    task.cancel()
    started = asyncio.get_running_loop().time()
    with suppress(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() - started < 2 * sockets.CLOSING + 1


async def test_a_silent_socket_is_opened_anew(
    bot: app.Bot, socket_server: SocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that carries nothing any more is noticed, told by /readyz, and replaced."""
    monkeypatch.setattr(sockets, "PING", 0.2)
    monkeypatch.setattr(sockets, "PAUSE", 0.05)
    running = Sockets(bot.app, "xapp-1", socket_server.api_url, silent=1.0)
    task = asyncio.create_task(running.run())
    await socket_server.links(2)
    async with asyncio.timeout(5):
        while running.connected < 2:
            await asyncio.sleep(0.05)
    assert running.check() == Check("socket_mode", "2 of 2 connections", ok=True)
    socket_server.mute = True
    async with asyncio.timeout(5):
        while running.check().ok:
            await asyncio.sleep(0.01)
    assert running.check().found == "0 of 2 connections"
    await socket_server.links(4)
    socket_server.mute = False
    async with asyncio.timeout(15):
        while running.connected < 2:
            await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_slack_away_is_waited_for(
    bot: app.Bot, socket_server: SocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that refuses connections is tried again until it answers."""
    monkeypatch.setattr(sockets, "PAUSE", 0.05)
    monkeypatch.setattr(sockets, "CONNECTING", 0.3)
    await socket_server.stop()
    task = asyncio.create_task(Sockets(bot.app, "xapp-1", socket_server.api_url).run())
    await asyncio.sleep(0.5)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_no_ticket_of_a_connection_is_logged(
    bot: app.Bot,
    socket_server: SocketServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Slack turns a handshake down: the log says so, without the address that holds the ticket."""
    monkeypatch.setattr(sockets, "PING", 0.1)
    socket_server.refuse = True
    task = asyncio.create_task(Sockets(bot.app, "xapp-1", socket_server.api_url).run())
    async with asyncio.timeout(10):
        while "Failed to connect" not in caplog.text:
            await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert TICKET not in _written(caplog)


async def test_without_the_filter_a_ticket_is_logged(
    bot: app.Bot,
    socket_server: SocketServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Negative control: the SDK's own line holds it."""
    monkeypatch.setattr(logging.getLogger("slack_sdk.socket_mode"), "filters", [])
    with pytest.raises(AssertionError):
        await test_no_ticket_of_a_connection_is_logged(bot, socket_server, monkeypatch, caplog)


def _written(caplog: pytest.LogCaptureFixture) -> str:
    """What our handler writes: of an exception, only its type and where it came from."""
    formatter = next(
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, ProcessorFormatter)
    )
    return "\n".join(map(formatter.format, caplog.records))
