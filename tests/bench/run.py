"""One run: everybody is started, raced, looked at more closely, and the figures are gathered."""

import os
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import contenders, machine, rows
from tests.bench.figures import Figure
from tests.bench.generator import drive
from tests.bench.peers import snappass
from tests.bench.plan import Plan
from tests.bench.programs import Pins
from tests.bench.race import Race
from tests.bench.trips import trips


@dataclass
class Report:
    """What a run has found."""

    plan: Plan
    figures: list[Figure] = field(default_factory=list)
    laps: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    elsewhere: float = 0.0
    """How much of the cores programs that are not ours took, of 1."""

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {
            "plan": self.plan.name,
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine.description(),
            "minutes": round(self.seconds / 60, 1),
            "requests": self.requests,
            "cores_used_by_others": round(self.elsewhere, 2),
            "figures": [one.as_json() for one in self.figures],
            "laps": self.laps,
        }


async def run(plan: Plan, *, apart: bool = True) -> Report:
    """Measure everything. ``apart``: the server alone on its core, else nobody is pinned.

    Raises CannotMeasure.
    """
    pins = Pins.apart() if apart else Pins()
    if pins.beside:
        machine.pin(os.getpid(), pins.beside)
    report = Report(plan)
    load, began = machine.Load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench ") as folder:
        await _raced(report, Path(folder), pins)
    report.seconds = time.monotonic() - began
    report.elsewhere = load.elsewhere()
    return report


async def _raced(report: Report, folder: Path, pins: Pins) -> None:
    """The race, and what needs the same servers."""
    plan = report.plan
    async with AsyncExitStack() as stack:
        us = await stack.enter_async_context(contenders.ours(folder, pins))
        no_file = contenders.ours(
            folder, pins, name=rows.NO_FILE, options={"appendonly": "no"}
        )  # fmt: skip
        page = drive([us.program.port], [contenders.page_request()], 1, keep=True).bodies[0]
        others = [
            contenders.bare(folder, pins, "ceiling", page),
            contenders.bare(folder, pins, "naive", page),
            no_file,
        ]
        people = [us, *[await stack.enter_async_context(one) for one in others]]
        if plan.peer:
            people.append(await stack.enter_async_context(snappass(folder, pins)))
        race = Race()
        race.run(people, plan)
        report.figures += [*rows.of_race(race, plan), *await trips(us)]
        report.laps, report.requests = race.medians(), race.requests
