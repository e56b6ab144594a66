"""A web process that is told to stop cuts nobody off, and those who send requests here are told."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop
from aiohttp import web

from tests.site import Site
from web import stopping
from web.headers import security_headers
from web.reply import HEADERS, add_headers
from web.server import listening
from web.stopping import STOPPING, Stopping

BACKLOG = 50
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def app() -> web.Application:
    """A site whose one page takes as long as ``slow`` lets it."""
    made = web.Application()
    made[HEADERS], made[STOPPING] = security_headers(https=False), Stopping()
    made.on_response_prepare.append(add_headers)
    made.router.add_get("/", _home)
    made.router.add_get("/slow", _slow)
    return made


async def _home(_request: web.Request) -> web.Response:
    return web.Response(text="here")


async def _slow(_request: web.Request) -> web.Response:
    await asyncio.sleep(0.3)
    return web.Response(text="here")


async def test_a_request_under_way_is_finished(app: web.Application) -> None:
    """Its answer comes, and says that the connection ends with it."""
    async with listening(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.replace(b"GET /", b"GET /slow"))
        await asyncio.sleep(0.05)
    whole = await reader.read()
    assert whole.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in whole
    writer.close()


async def test_a_kept_connection_may_ask_once_more(app: web.Application) -> None:
    """What a proxy keeps open is ended by an answer, not under its next request."""
    async with listening(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        assert b"Connection" not in await reader.readuntil(b"here")
        stopped = asyncio.create_task(_after(0.1, writer, reader))
    assert b"Connection: close" in await stopped
    writer.close()


async def _after(
    seconds: float, writer: asyncio.StreamWriter, reader: asyncio.StreamReader
) -> bytes:
    await asyncio.sleep(seconds)
    writer.write(REQUEST)
    return await reader.read()


def _arrived(port: int) -> list[socket.socket]:
    """Visitors whom the kernel has let in, their request sent, and whom our loop has not seen."""
    visitors = []
    for _ in range(BACKLOG):
        visitor = socket.create_connection(("127.0.0.1", port))
        visitor.sendall(REQUEST)
        visitors.append(visitor)
    return visitors


async def _answers(app: web.Application) -> list[bytes]:
    """What those get who arrive at the moment of the end."""
    async with listening(app, "127.0.0.1", 0) as port:
        visitors = _arrived(port)
    return [_read(visitor) for visitor in visitors]


def _read(visitor: socket.socket) -> bytes:
    with visitor:
        visitor.settimeout(5)
        try:
            return visitor.recv(65536)
        except ConnectionResetError:
            return b""


LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])


@LOOPS
def test_whoever_was_let_in_is_answered(
    app: web.Application, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """Of those who had connected when the port was closed, nobody is cut off."""
    with asyncio.Runner(loop_factory=loop) as runner:
        answers = runner.run(_answers(app))
    assert [one[:12] for one in answers] == [b"HTTP/1.1 200"] * BACKLOG


@LOOPS
def test_control_a_socket_that_is_simply_closed_cuts_them_off(
    app: web.Application,
    loop: Callable[[], asyncio.AbstractEventLoop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same visitors get nothing when the port is closed over them."""

    async def simply(listener: asyncio.AbstractServer, _handler: object) -> None:
        listener.close()

    monkeypatch.setattr(stopping, "close", simply)
    with asyncio.Runner(loop_factory=loop) as runner:
        assert b"" in runner.run(_answers(app))


async def test_the_port_is_free_afterwards(app: web.Application) -> None:
    """A refusal comes at once, before a request is sent; and the next process may begin."""
    async with listening(app, "127.0.0.1", 0) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_in_use_is_said_to_be(app: web.Application) -> None:
    """Two processes never share a port by accident."""
    async with listening(app, "127.0.0.1", 0) as port:
        second = web.Application()
        second[HEADERS], second[STOPPING] = security_headers(https=False), Stopping()
        with pytest.raises(OSError, match="in use"):
            async with listening(second, "127.0.0.1", port):
                pass


async def test_readyz_is_the_first_to_say_so(site: Site) -> None:
    """An ending process is not ready, however well its store is; it lives all the same."""
    site.app[STOPPING].begin()
    async with site.client.get(f"{site.url}/readyz") as response:
        assert response.status == 503
        assert (await response.json())["checks"] == {"store": "not asked", "stopping": True}
        assert response.headers["Connection"] == "close"
    async with site.client.get(f"{site.url}/healthz") as response:
        assert response.status == 200


async def test_a_proxy_that_watches_is_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks /readyz again and again hears of the end before the port is closed."""
    monkeypatch.setattr(stopping, "LINGER", 0.3)
    monkeypatch.setattr(stopping, "_HASTE", 0.01)
    leaving, loop = Stopping(), asyncio.get_running_loop()
    for _ in range(3):
        assert not leaving.asked()
        await asyncio.sleep(0.02)
    began = loop.time()
    ended = asyncio.create_task(leaving.heard())
    await asyncio.sleep(0.02)
    assert leaving.asked()
    await ended
    assert loop.time() - began >= 0.29


@pytest.mark.parametrize("looks", [0, 1, 2])
async def test_a_look_now_and_then_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """A person's or a start script's look at /readyz is nobody's health check."""
    monkeypatch.setattr(stopping, "_HASTE", 0.0)
    leaving, loop = Stopping(), asyncio.get_running_loop()
    for _ in range(looks):
        leaving.asked()
    began = loop.time()
    await leaving.heard()
    assert loop.time() - began < 0.2
