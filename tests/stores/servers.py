"""A store's server on loopback, in a folder of its own, with the settings of docs/operators.md.

Valkey is the embedded store's binary.
"""

import asyncio
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from storage.embedded import server_binary
from tests.raw import RawStore

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "repl-diskless-sync-delay": "0",
}


def free_port() -> int:
    """A port that nobody uses now, nor the one 10,000 above it (a cluster's bus)."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind((LOOPBACK, 0))
            port = int(one.getsockname()[1])
            try:
                other.bind((LOOPBACK, port + 10_000))
            except (OSError, OverflowError):
                continue
            return port


@dataclass
class Server:
    """One process. ``options`` are lines of its configuration file."""

    folder: Path
    options: dict[str, str]
    binary: str = field(default_factory=server_binary)
    mode: tuple[str, ...] = ()
    ssl: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        where = {"port": "0", "tls-port": str(self.port)} if self.ssl else {"port": str(self.port)}
        lines = where | {"bind": LOOPBACK, "loglevel": "warning"} | self.options
        text = "".join(f"{name} {value or chr(34) * 2}\n" for name, value in lines.items())
        (self.folder / "server.conf").write_text(text)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = self._spawn()
        await until(self._answers)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        command = [self.binary, "server.conf", *self.mode]
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)

    async def _answers(self) -> bool:
        async with self.admin() as admin:
            return bool(await admin.ping())

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[RawStore]:
        """Somebody with a shell on it."""
        client = Redis(host=LOOPBACK, port=self.port, protocol=2, **self.ssl)
        try:
            yield client
        finally:
            await client.aclose()

    def signal(self, number: signal.Signals) -> None:
        """Freeze, thaw or kill it."""
        assert self._process
        self._process.send_signal(number)

    def stop(self) -> None:
        """Kill it; its files stay for another start."""
        if self._process:
            self._process.kill()
            self._process.wait()


async def until(reached: Any, patience: float = PATIENCE) -> None:
    """Ask until it is so; a store that is not there yet is no."""
    async with asyncio.timeout(patience):
        while True:
            try:
                if await reached():
                    return
            except (RedisError, OSError):
                pass
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(options: dict[str, str] | None = None, **how: Any) -> AsyncIterator[Server]:
    """One durable server, with further options."""
    with tempfile.TemporaryDirectory(prefix="store ", ignore_cleanup_errors=True) as name:
        server = Server(Path(name) / "one", DURABLE | (options or {}), **how)
        try:
            await server.start()
            yield server
        finally:
            server.stop()
