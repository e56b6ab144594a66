"""Servers under test: started as their own processes, each bound to a core, with its own store."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine
from tests.bench.machine import CannotMeasure
from tests.deployment import ROOT, START, free_port
from tests.faults.stores import OwnStore, own_store

_POLL = 0.005


@dataclass(frozen=True, slots=True)
class Pins:
    """Which cores who runs on; None where the numbers mean nothing anyway."""

    beside: Sequence[int] | None = None
    """Generator and stores."""
    server: Sequence[int] | None = None
    """The servers under test."""
    everywhere: Sequence[int] | None = None
    """Where anybody may run who needs more than one."""

    @classmethod
    def apart(cls) -> "Pins":
        """The server alone on its core. Raises CannotMeasure."""
        usable = machine.cores()
        return cls(usable[:1], usable[1:2], usable)

    def stand_aside(self) -> None:
        """Leave the server's core, with all that is started from now on."""
        if self.beside:
            machine.pin(os.getpid(), self.beside)

    def spread(self) -> "Pins":
        """Let this program, and whoever is started from now on, run on every core."""
        if self.everywhere:
            machine.pin(os.getpid(), self.everywhere)
        return Pins()


@dataclass
class Program:
    """A running server and where it listens."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    @property
    def cpu(self) -> float:
        """CPU seconds so far."""
        return machine.cpu(self.process.pid)

    @property
    def memory(self) -> int:
        """Bytes held now."""
        return machine.memory(self.process.pid)

    async def listening(self) -> None:
        """Wait until it takes connections. Raises CannotMeasure."""
        for _ in range(int(START / _POLL)):
            if self.process.returncode is not None:
                break
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(_POLL)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise CannotMeasure(f"a server did not start:\n{self.log.read_text()[-2000:]}")

    async def stop(self) -> None:
        """End it as a supervisor does."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


@asynccontextmanager
async def running(
    arguments: Sequence[str],
    log: Path,
    *,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
    pins: Sequence[int] | None = None,
    python: Path | None = None,
) -> AsyncIterator[Program]:
    """Run a server until the end; it writes to ``log``. Raises CannotMeasure."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            str(python or sys.executable),
            *arguments,
            cwd=ROOT,
            env={"PATH": os.defpath, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    program = Program(process, port or 0, log)
    try:
        if port:
            await program.listening()
        if pins:
            machine.pin(process.pid, pins)
        yield program
    finally:
        await program.stop()


@asynccontextmanager
async def stored(
    folder: Path, pins: Sequence[int] | None, options: Mapping[str, str] | None = None
) -> AsyncIterator[OwnStore]:
    """Run a Valkey with the shipped settings, save those that ``options`` change."""
    async with own_store(folder, options=options) as store:
        assert store.process
        if pins:
            machine.pin(store.process.pid, pins)
        yield store


__all__ = ["Pins", "Program", "free_port", "running", "stored"]
