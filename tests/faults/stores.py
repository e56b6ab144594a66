"""A store of a test's own: the shipped configuration, or one with a defect on purpose."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError

from storage import store
from storage.embedded import server_binary
from storage.errors import StoreUnavailable
from storage.keeper import command
from tests.raw import RawStore
from tests.storage.test_embedded import gone

START = 10.0


class OwnStore:
    """A Valkey on a folder, with the keeper's command line and ``options`` behind it."""

    def __init__(
        self,
        folder: Path,
        *,
        options: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._socket = folder.parent / f"{folder.name}.sock"  # no power cut touches it
        self._options = options or {}
        self._environ = environ or {}
        self.client: RawStore = store.connect("unix://" + quote(str(self._socket)))
        self.process: asyncio.subprocess.Process | None = None

    @property
    def redis(self) -> Redis:
        """The client, for the vault."""
        client: Redis = self.client
        return client

    @property
    def path(self) -> Path:
        """Where it listens."""
        return self._socket

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        extra = [part for name, value in self._options.items() for part in (f"--{name}", value)]
        log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            *command(server_binary(), str(self._socket)),
            *extra,
            cwd=self.folder,
            env={"PATH": os.defpath, **self._environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        await answering(self.client, within=START)

    async def kill(self) -> None:
        """``kill -9`` it, and with it the child that writes its file anew."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        assert await gone(self.folder)
        await self.client.connection_pool.disconnect()

    async def close(self) -> None:
        """End it and let go of it."""
        await self.client.aclose()
        if self.process and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()


@asynccontextmanager
async def own_store(
    folder: Path,
    *,
    options: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[OwnStore]:
    """Run one for a test."""
    made = OwnStore(folder, options=options, environ=environ)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def answering(client: RawStore, *, within: float = 15.0) -> None:
    """Wait until a store answers, its files loaded. Raises StoreUnavailable."""
    for _ in range(int(within / 0.02)):
        try:
            await client.ping()
        except (OSError, RedisError):
            await asyncio.sleep(0.02)
        else:
            return
    raise StoreUnavailable(f"no answer within {within:.0f} s")
