"""The ceiling C: the bare server, whose commands share one connection and are written together.

``python -m tests.bench.ceiling PORT SOCKET PAGE``. Made for one purpose: it knows no deadline, no bound,
no second try.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import hiredis

from tests.bench.bare import Call, main


class Pipe(asyncio.Protocol):
    """One connection: what is asked in one turn of the loop goes out in one write."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Give each reply to whoever asked first."""
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            self._waiting.popleft().set_result(reply)

    def call(self, *command: str | int) -> "asyncio.Future[object]":
        """Send a command."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(hiredis.pack_command(command))  # type: ignore[arg-type] # it takes any length
        answer: asyncio.Future[object] = self._loop.create_future()
        self._waiting.append(answer)
        return answer

    def _flush(self) -> None:
        assert self._transport
        self._transport.write(b"".join(self._out))
        self._out.clear()


@asynccontextmanager
async def piped(socket: str) -> AsyncIterator[Call]:
    """Open the one connection."""
    transport, pipe = await asyncio.get_running_loop().create_unix_connection(Pipe, socket)
    yield pipe.call
    transport.close()


if __name__ == "__main__":
    main(piped)
