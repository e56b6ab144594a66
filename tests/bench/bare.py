"""The bare server: a page, a create and a reveal, each with the least that aiohttp and one script take.

No check, limit, encryption, audit reader, header or log line. What differs between the ceiling and the naive
one is how a command reaches the store.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha1
from pathlib import Path

import msgspec
import uvloop
from aiohttp import web

# Sends one command and gives the store's reply.
Call = Callable[..., Awaitable[object]]
# Opens a store by the path of its socket.
Store = Callable[[str], AbstractAsyncContextManager[Call]]

HERE = Path(__file__).parent


class Put(msgspec.Struct):
    """What a create sends, as far as anybody looks."""

    id: str
    link_proof: str
    blob: str
    lifetime: int


class Open(msgspec.Struct):
    """What a reveal sends."""

    link_proof: str
    nonce: str


class Bare:
    """The three routes, on whatever carries their commands."""

    def __init__(self, call: Call, page: bytes) -> None:
        self._call = call
        self._page = page
        self._put = msgspec.json.Decoder(Put)
        self._open = msgspec.json.Decoder(Open)
        self._shas: dict[str, str] = {}

    async def load(self) -> None:
        """Have the store know both scripts."""
        for name in ("bare_put", "bare_open"):
            text = (HERE / f"{name}.lua").read_text()
            self._shas[name] = sha1(text.encode(), usedforsecurity=False).hexdigest()
            await self._call("SCRIPT", "LOAD", text)

    async def page(self, _request: web.Request) -> web.Response:
        """The same bytes for everybody."""
        return web.Response(body=self._page, content_type="text/html")

    async def create(self, request: web.Request) -> web.Response:
        """Store what was sent."""
        body = self._put.decode(await request.read())
        names = [*_names(body.id), "bare:index"]
        arguments = (body.id, body.link_proof, body.blob, body.lifetime)
        await self._call("EVALSHA", self._shas["bare_put"], 4, *names, *arguments)
        return web.Response(body=b'{"ok":true}', status=201, content_type="application/json")

    async def reveal(self, request: web.Request) -> web.Response:
        """Hand it out."""
        sid = request.match_info["id"]
        body = self._open.decode(await request.read())
        arguments = (sid, body.link_proof, body.nonce)
        stored = await self._call("EVALSHA", self._shas["bare_open"], 3, *_names(sid), *arguments)
        if not isinstance(stored, bytes):
            return web.Response(status=404)
        return web.Response(body=b'{"blob":"%b"}' % stored, content_type="application/json")


def _names(sid: str) -> list[str]:
    return [f"bare:{sid}", f"bare:{sid}:blob", "bare:audit"]


async def _serve(store: Store, port: int, socket: str, page: bytes) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with store(socket) as call:
        bare = Bare(call, page)
        await bare.load()
        app = web.Application()
        app.add_routes(
            [
                web.get("/s/{id}", bare.page),
                web.post("/api/secrets", bare.create),
                web.post("/api/secrets/{id}/reveal", bare.reveal),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stop.wait()
        await runner.cleanup()


def main(store: Store) -> None:
    """Serve on a port, from the store behind a socket, with the page in a file, until SIGTERM."""
    port, socket, page = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(store, int(port), socket, Path(page).read_bytes()))
