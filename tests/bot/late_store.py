"""The store behind a wire that can be slow or cut: bytes pass unchanged, later or not at all."""

import asyncio
import contextlib
from urllib.parse import unquote

from redis.asyncio import Redis

from storage import store


class LateStore:
    """A loopback port in front of the embedded store's socket. ``delay`` in seconds."""

    def __init__(self, url: str, direct: Redis) -> None:
        self._path = unquote(url.removeprefix("unix://"))
        self.direct = direct
        self.delay = 0.0
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._gone = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        if not hasattr(self, "client"):
            self.client = store.connect(f"redis://127.0.0.1:{self._port}")

    async def cut(self) -> None:
        """The store is gone: connections break, new ones are refused."""
        self._gone = True
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def mend(self) -> None:
        """The store is back."""
        await self.start()

    async def stop(self) -> None:
        """Let go of everything."""
        await self.client.aclose()
        await self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._path)
        self._writers |= {writer, back}
        if self._gone:  # accepted just before the cut
            for end in (writer, back):
                end.transport.abort()
            return
        both = [
            asyncio.create_task(_pass(reader, back)),
            asyncio.create_task(self._pass_late(there, writer)),
        ]
        self._tasks |= set(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, back):
            end.transport.abort()

    async def _pass_late(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                writer.write(data)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
