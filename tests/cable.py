"""A wire between a client and a server, and whatever can happen to a wire. Bytes pass unchanged."""

import asyncio
import contextlib
from urllib.parse import unquote, urlsplit

_CHUNK = 65_536


class Cable:
    """A loopback port in front of a server: the store of a URL, or a port of this machine.

    ``delay`` in seconds holds up each reply. Of ``lose_requests`` and ``lose_replies`` each counts
    down: that many are swallowed, and their connection is cut. A ``half_open`` wire takes
    everything and brings nothing, as when the other end is gone without a word; once it is whole
    again, what had swallowed something is cut, since a stream never goes on with a gap in it.
    """

    def __init__(self, there: str | int) -> None:
        self._there = there
        self.port = 0
        self.delay = 0.0
        self.lose_requests = 0
        self.lose_replies = 0
        self.half_open = False
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._gaps: set[asyncio.StreamWriter] = set()  # to whom something was not brought
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def redis_url(self) -> str:
        """The store at the other end."""
        return f"redis://127.0.0.1:{self.port}"

    async def plug(self) -> int:
        """Let connections through; give the port, the same one as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def pull(self) -> None:
        """Break every connection and refuse new ones."""
        server, self._server = self._server, None
        if server:
            server.close()
        self._abort(*self._writers)
        self.thaw()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if server:
            await server.wait_closed()
        for _ in range(3):  # accepted in the last moment, and what it takes to close
            await asyncio.sleep(0)
            self._abort(*self._writers)

    def freeze(self) -> None:
        """Let nothing pass; what is under way waits."""
        self._open.clear()

    def thaw(self) -> None:
        """Let it all go on."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            there, back = await self._reach()
        except OSError:
            self._abort(writer)
            return
        self._writers.add(back)
        if not self._server:  # accepted just before it was pulled
            self._abort(writer, back)
            return
        both = [
            asyncio.create_task(self._requests(reader, back)),
            asyncio.create_task(self._replies(there, writer)),
        ]
        self._tasks |= set(both)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._abort(writer, back)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self._tasks -= set(both)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._there, int):
            return await asyncio.open_connection("127.0.0.1", self._there)
        if self._there.startswith("unix://"):
            path = unquote(self._there.removeprefix("unix://"))
            return await asyncio.open_unix_connection(path)
        parts = urlsplit(self._there)
        return await asyncio.open_connection(parts.hostname, parts.port or 6379)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                if self.lose_requests:
                    self.lose_requests -= 1
                    return
                if not self._carry(data, writer):
                    return

    async def _replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Bring them; one that is held up holds up none behind it for longer than itself."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        reading = asyncio.create_task(self._receive(reader, under_way))
        try:
            while data := (arrives := await under_way.get())[1]:
                await asyncio.sleep(arrives[0] - loop.time())
                await self._open.wait()
                if self.lose_replies:
                    self.lose_replies -= 1
                    return
                if not self._carry(data, writer):
                    return
        finally:
            reading.cancel()

    async def _receive(
        self, reader: asyncio.StreamReader, under_way: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        """Note when each is to arrive; no bytes are the end."""
        data = b"until the end"
        while data:
            data = b""
            with contextlib.suppress(ConnectionError):
                data = await reader.read(_CHUNK)
            under_way.put_nowait((asyncio.get_running_loop().time() + self.delay, data))

    def _carry(self, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the stream goes on: behind a gap nothing may come."""
        if self.half_open:
            self._gaps.add(writer)
        elif writer not in self._gaps:
            writer.write(data)
        else:
            return False
        return True

    def _abort(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            writer.transport.abort()
        self._writers -= set(writers)
        self._gaps -= set(writers)
