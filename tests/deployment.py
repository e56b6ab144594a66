"""The production processes, started as an operator starts them, on a fresh DATA_DIR."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).resolve().parent.parent
START = 120.0
"""Seconds that a process may take to be there, on a machine that is busy with other tests."""


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment:
    """Running processes, and everything they have written to their terminals."""

    url: str
    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        """DATA_DIR, with a space in its path."""
        return self.folder / "data dir"

    def logs(self) -> bytes:
        """Standard output and error of every process, at LOG_LEVEL=DEBUG."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("*.log")))

    async def start(self, name: str, arguments: list[str], environ: Mapping[str, str]) -> None:
        """Start a process of this checkout with no other setting than these."""
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=ROOT,
            env={"PATH": os.defpath, "DATA_DIR": str(self.data_dir), **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()

    async def ready(self) -> None:
        """Wait until /readyz says so."""
        deadline = time.monotonic() + START
        async with ClientSession() as client:
            while time.monotonic() < deadline:
                try:
                    async with client.get(self.url + "/readyz") as answer:
                        if answer.status == 200:
                            return
                except ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise TimeoutError(self.logs().decode(errors="replace")[-3000:])

    async def told(self, event: bytes) -> None:
        """Wait until a log line holds these words."""
        deadline = time.monotonic() + START
        while event not in self.logs():
            if time.monotonic() > deadline:
                raise TimeoutError(self.logs().decode(errors="replace")[-3000:])
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop what still runs, as a supervisor does."""
        for process in self.processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in self.processes.values()))


@asynccontextmanager
async def deployment(
    folder: Path, environ: Mapping[str, str], *, commands: Mapping[str, list[str]]
) -> AsyncIterator[Deployment]:
    """Run these processes together on a free port until the end."""
    port = free_port()
    running = Deployment(f"http://localhost:{port}", folder)
    everything = {
        "PORT": str(port),
        "PUBLIC_URL": running.url,
        "LOG_LEVEL": "DEBUG",
        **environ,
    }
    try:
        for name, arguments in commands.items():
            await running.start(name, arguments, everything)
        yield running
    finally:
        await running.stop()
