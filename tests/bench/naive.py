"""The naive N: the bare server on redis-py's asyncio client with its pool, as its manual shows it.

``python -m tests.bench.naive PORT SOCKET PAGE``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from tests.bench.bare import Call, main


@asynccontextmanager
async def pooled(socket: str) -> AsyncIterator[Call]:
    """A connection of the pool for each command, back in it with the reply."""
    async with Redis(unix_socket_path=socket) as redis:
        yield redis.execute_command


if __name__ == "__main__":
    main(pooled)
