"""P10: from the start of a web process to its first answer, against importing the same libraries."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import contenders, machine
from tests.bench.figures import Figure, of_rounds
from tests.bench.generator import drive, request
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan
from tests.bench.programs import Pins, free_port, running, stored
from tests.bench.subjects import HEADERS
from tests.deployment import ROOT
from tests.faults.stores import OwnStore

_IMPORTED = re.compile(r"^import time: .*\| +([\w.]+)$", re.MULTILINE)
_OURS = re.compile(r"(bot|web|storage|__main__)(\.|$)")


async def measure(plan: Plan, folder: Path, pins: Pins) -> list[Figure]:
    """Both in turns, with warm disk caches: the first of each is not counted."""
    async with stored(folder / "starting", pins.beside) as store:
        names = await _libraries(folder, store, pins)
        ratios = []
        for number in range(plan.starts + 1):
            answered = await _first_answer(folder, store, pins)
            ratio = answered / await asyncio.to_thread(_imported, names, pins)
            if number:
                ratios.append(ratio)
    what = "start to first answer, against importing the same libraries"
    return [of_rounds("P10", what, ratios, goal=1.3)]


async def _first_answer(folder: Path, store: OwnStore, pins: Pins, *options: str) -> float:
    port = free_port()
    environ = contenders.environment(folder, store, port, "starting")
    began = time.perf_counter()
    async with running(
        [*options, "-m", "web"], folder / "starting.err", port=port, environ=environ,
        pins=pins.server,
    ):  # fmt: skip
        drive([port], [request("GET", "/healthz", HEADERS)], 1)
        return time.perf_counter() - began


async def _libraries(folder: Path, store: OwnStore, pins: Pins) -> list[str]:
    """Every module of others that a web process has loaded by its first answer, in order."""
    await _first_answer(folder, store, pins, "-X", "importtime")
    said = (folder / "starting.err").read_text()
    (folder / "starting.err").unlink()
    names = [name for name in _IMPORTED.findall(said) if not _OURS.match(name)]
    if not any(name.startswith("aiohttp") for name in names):
        raise CannotMeasure("what a web process imports is unknown")
    return names


def _imported(names: list[str], pins: Pins) -> float:
    # Imported one by one, as Python does; a name that can't be asked for alone came with another.
    program = (
        "import contextlib, importlib\n"
        f"for name in {names!r}:\n"
        "    with contextlib.suppress(ImportError): importlib.import_module(name)\n"
        "print(flush=True)\n"
    )
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        if pins.server:
            machine.pin(process.pid, pins.server)
        assert process.stdout
        done = process.stdout.readline()
        seconds = time.perf_counter() - began
    if not done:
        raise CannotMeasure("the libraries can't be imported by themselves")
    return seconds
