"""A primary with real replicas, whose network a test can stop, and one address that follows."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.exceptions import RedisError

from storage import store
from storage.embedded import server_binary
from tests.raw import RawStore

_PATIENCE = 30.0


class Relay:
    """The network between a replica and its primary. Frozen, it keeps what it has and moves nothing."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._moving = asyncio.Event()
        self._moving.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def freeze(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        self._moving.clear()

    def thaw(self) -> None:
        """Go on, with all that was kept."""
        self._moving.set()

    async def stop(self) -> None:
        """Drop what is on the way."""
        assert self._server
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _carry(self, near: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            far, away = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            to.close()
            return
        for reader, writer in ((near, away), (far, to)):
            task = asyncio.create_task(self._pump(reader, writer))
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65_536):
                    await self._moving.wait()
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()


class Server:
    """One Valkey of a group, as its operator should run it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port, self.socket = _free_port(), folder / "s"
        options = {
            "port": str(self.port), "bind": "127.0.0.1", "unixsocket": str(self.socket),
            "dir": str(folder), "appendonly": "yes", "appendfsync": "always", "save": "",
            "maxmemory-policy": "noeviction", "repl-diskless-sync-delay": "0",
            "loglevel": "warning",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [server_binary(), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.client: RawStore = store.connect(f"unix://{self.socket}")

    def kill(self) -> None:
        """Without a word, as a machine goes."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stop the process where it is; ``thaw`` lets it go on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


class Group:
    """A primary, its replicas each behind a relay, and an address that leads to the primary."""

    def __init__(self, folder: Path, replicas: int) -> None:
        self.primary = Server(folder / "p")
        self.replicas = [Server(folder / str(i)) for i in range(replicas)]
        self.relays = [Relay(self.primary.port) for _ in self.replicas]
        self._address = folder / "a"
        self._address.symlink_to(self.primary.socket)
        self.client: RawStore = store.connect(f"unix://{self._address}")

    async def start(self) -> None:
        """Wait until every replica follows."""
        for server in (self.primary, *self.replicas):
            await _until_it_answers(server.client)
        for relay, replica in zip(self.relays, self.replicas, strict=True):
            await relay.start()
            await replica.client.execute_command("REPLICAOF", "127.0.0.1", relay.port)
        async with asyncio.timeout(_PATIENCE):
            while await self._followers() < len(self.replicas):
                await asyncio.sleep(0.05)

    async def _followers(self) -> int:
        info = await self.primary.client.info("replication")
        return sum(info[f"slave{i}"]["state"] == "online" for i in range(info["connected_slaves"]))

    async def promote(self, which: int) -> None:
        """The primary dies, and a replica takes its place with what it has."""
        self.primary.kill()
        await self.relays[which].stop()
        await self.replicas[which].client.execute_command("REPLICAOF", "NO", "ONE")
        self._address.unlink()
        self._address.symlink_to(self.replicas[which].socket)

    async def stop(self) -> None:
        """End every process that was started."""
        for relay in self.relays:
            await relay.stop()
        await self.client.aclose()
        for server in (self.primary, *self.replicas):
            await server.client.aclose()
            server.thaw()
            server.kill()


@asynccontextmanager
async def group(replicas: int) -> AsyncIterator[Group]:
    """Run a primary with that many replicas."""
    folder = Path(tempfile.mkdtemp(prefix="ss"))  # short: a socket's path has a limit
    running = Group(folder, replicas)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _until_it_answers(client: RawStore) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            with contextlib.suppress(RedisError, OSError):
                await client.ping()
                return
            await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
