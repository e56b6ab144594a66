"""A Valkey of a test's own, whose files can be copied and put back: what a restore does."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from redis.exceptions import RedisError

from storage import store
from storage.embedded import server_binary
from storage.keeper import command

_FILES = "appendonlydir"
_PATIENCE = 10.0


class OwnStore:
    """A store with the production's settings, in a folder. ``redis`` goes on after a restore."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._backup = folder / "backup"
        self.url = "unix://" + quote(str(folder / "s"))
        self.redis = store.connect(self.url)

    async def start(self) -> None:
        """Start it on the files that are there."""
        self._process = await asyncio.create_subprocess_exec(
            *command(server_binary(), "s"),
            cwd=self.folder,
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(_PATIENCE):
            while not await self._answers():
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            return bool(await self.redis.ping())
        except (RedisError, OSError):
            return False

    async def stop(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        await self._process.wait()

    def copy(self) -> None:
        """Keep its files as they are on disk now, while nobody writes."""
        shutil.rmtree(self._backup, ignore_errors=True)
        shutil.copytree(self.folder / _FILES, self._backup)

    async def restore(self) -> None:
        """Go back to the copy."""
        await self.stop()
        shutil.rmtree(self.folder / _FILES)
        shutil.copytree(self._backup, self.folder / _FILES)
        await self.start()


@asynccontextmanager
async def own_store() -> AsyncIterator[OwnStore]:
    """Run one until the end."""
    # Of pytest's own folders' paths a Unix socket's would be too long.
    folder = Path(tempfile.mkdtemp(prefix="own "))
    running = OwnStore(folder)
    await running.start()
    try:
        yield running
    finally:
        await running.redis.aclose()
        await running.stop()
        shutil.rmtree(folder)
