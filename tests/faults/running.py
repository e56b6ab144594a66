"""A deployment that loses a process now and then: killed, and started again by its supervisor."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from aiohttp import ClientSession, TCPConnector

from storage import store
from storage.embedded import EmbeddedStore
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.deployment import Deployment, free_port
from tests.faults.doors import HttpDoor
from tests.faults.stores import answering
from tests.raw import RawStore
from tests.storage.test_embedded import processes, program

KEY = "0123456789abcdef" * 4
WEB = ("-m", "web")
BOT = ("-m", "bot")


@dataclass
class Town:
    """Processes on one embedded store, its address, and the doors of those that serve."""

    folder: Path
    environ: Mapping[str, str]
    client: RawStore
    vault: Vault
    http: ClientSession
    chance: Random
    services: dict[str, Deployment] = field(default_factory=dict)
    doors: list[HttpDoor] = field(default_factory=list)
    _programs: dict[str, Sequence[str]] = field(default_factory=dict)
    _reviving: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def serve(self, name: str, program: Sequence[str] = WEB) -> None:
        """Start a web process on a port of its own, and let people in."""
        self._at(name, program, port=free_port())
        await self._start(name)
        self.doors.append(HttpDoor(self.services[name].url, self.http))

    async def work(self, name: str) -> None:
        """Start a bot process."""
        self._at(name, BOT, port=0)
        await self._start(name)

    def _at(self, name: str, program: Sequence[str], port: int) -> None:
        self.services[name] = Deployment(f"http://localhost:{port}", self.folder)
        self._programs[name] = program

    async def _start(self, name: str) -> None:
        service, program = self.services[name], self._programs[name]
        port = service.url.rpartition(":")[2]
        environ = {**self.environ, "PORT": port, "PUBLIC_URL": service.url}
        await service.start(name, list(program), environ)
        if program != BOT:
            await service.ready()

    async def kill(self, name: str) -> None:
        """``kill -9`` a process; it is started again while the others go on."""
        await self.whole(name)  # one that is only starting has nothing in hand
        process = self.services[name].processes[name]
        process.kill()
        await process.wait()
        self._reviving[name] = asyncio.create_task(self._start(name))

    async def restart(self, name: str) -> int:
        """Stop a process as its supervisor does, and start it again. Gives its exit status."""
        process = self.services[name].processes[name]
        process.send_signal(signal.SIGTERM)
        status = await process.wait()
        await self._start(name)
        return status

    async def kill_store(self) -> None:
        """``kill -9`` the store; its keeper starts it again."""
        for pid in processes(self.data_dir):
            if program(pid) == "valkey-server":
                os.kill(pid, signal.SIGKILL)
        await self.client.connection_pool.disconnect()
        await answering(self.client)

    @property
    def data_dir(self) -> Path:
        """DATA_DIR, with a space in its path."""
        return self.folder / "data dir"

    async def whole(self, name: str | None = None) -> None:
        """Wait until that process, or each, runs again."""
        names = [name] if name else list(self._reviving)
        for one in names:
            if task := self._reviving.pop(one, None):
                await task

    async def stop(self) -> None:
        """End everything, as a supervisor does; nobody waits any more for what is starting."""
        for task in self._reviving.values():
            task.cancel()
        await asyncio.gather(*self._reviving.values(), return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self.services.values()))


@asynccontextmanager
async def town(
    folder: Path, chance: Random, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Town]:
    """A DATA_DIR with its embedded store, and nobody else on it yet."""
    embedded = EmbeddedStore(folder / "data dir")
    await embedded.start()
    try:
        async with town_on(embedded.url, folder, chance, environ) as made:
            yield made
    finally:
        await embedded.stop()


@asynccontextmanager
async def town_on(
    url: str, folder: Path, chance: Random, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Town]:
    """The same on a store that is there, whichever kind ``url`` names."""
    client = store.connect(url)
    ring = KeyRing([MasterKey(bytes.fromhex(KEY))])
    settings = {"SECRETS_HMAC_KEY": KEY, "REVEALS_PER_MINUTE": "60000", **(environ or {})}
    try:
        # A fresh connection for each request: one that a kill cut must not look like an answer.
        async with ClientSession(connector=TCPConnector(limit=0, force_close=True)) as http:
            made = Town(folder, settings, client, Vault(client, ring), http, chance)
            try:
                yield made
            finally:
                await made.stop()
    finally:
        await client.aclose()
