"""One run: everybody is started, raced, looked at more closely, and the figures are gathered."""

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Error

from tests.bench import agents, clicks, contenders, machine, million, rows, scale, starting
from tests.bench.figures import Figure
from tests.bench.generator import Unanswered, drive
from tests.bench.machine import CannotMeasure
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
    """In the race alone."""
    minutes: dict[str, float] = field(default_factory=dict)
    """What each part took."""
    missing: dict[str, str] = field(default_factory=dict)
    """Parts that could not be measured, and why."""
    elsewhere: float = 0.0
    """How much of the cores programs that are not ours took, of 1."""

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(self.minutes.values()) * 60

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {
            "plan": self.plan.name,
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine.description(),
            "minutes": {name: round(spent, 1) for name, spent in self.minutes.items()},
            "requests": self.requests,
            "cores_used_by_others": round(self.elsewhere, 2),
            "figures": [one.as_json() for one in sorted(self.figures, key=lambda one: one.number)],
            "laps": self.laps,
        }


Part = Callable[[Report, Path, Pins], Awaitable[None]]


async def raced(report: Report, folder: Path, pins: Pins) -> None:
    """P1 to P6 and P8: the race, and what needs the same servers."""
    plan = report.plan
    async with AsyncExitStack() as stack:
        us = await stack.enter_async_context(contenders.ours(folder, pins))
        page = drive([us.program.port], [contenders.page_request()], 1, keep=True).bodies[0]
        no_file = {"appendonly": "no"}
        others = [
            contenders.bare(folder, pins, "ceiling", page),
            contenders.bare(folder, pins, "naive", page),
            contenders.ours(folder, pins, name=rows.NO_FILE, options=no_file),
            *([snappass(folder, pins)] if plan.peer else []),
        ]
        race = Race()
        race.run([us, *[await stack.enter_async_context(one) for one in others]], plan)
        report.figures += [*rows.of_race(race, plan), *await trips(us)]
        report.laps, report.requests = race.medians(), race.requests


async def scaled(report: Report, folder: Path, pins: Pins) -> None:
    """P7."""
    report.figures += await scale.measure(report.plan, folder, pins)


async def filled(report: Report, folder: Path, pins: Pins) -> None:
    """P9 and P14."""
    report.figures += await million.measure(report.plan, folder, pins)


async def started(report: Report, folder: Path, pins: Pins) -> None:
    """P10."""
    report.figures += await starting.measure(report.plan, folder, pins)


async def submitted(report: Report, folder: Path, pins: Pins) -> None:
    """P11."""
    report.figures += await agents.measure(report.plan, folder, pins)


async def clicked(report: Report, folder: Path, pins: Pins) -> None:
    """P12 and P13."""
    report.figures += [*await clicks.measure(report.plan, folder, pins), *await clicks.weigh()]


PARTS: dict[str, Part] = {
    "race": raced,
    "two processes": scaled,
    "a million secrets": filled,
    "start": started,
    "Slack": submitted,
    "browser": clicked,
}


async def run(plan: Plan, parts: Sequence[str] = tuple(PARTS), *, apart: bool = True) -> Report:
    """Measure everything, or these parts. ``apart``: the server alone on its core, else nobody is.

    A part that cannot be measured is among the report's ``missing``. Raises CannotMeasure without
    the cores for it.
    """
    pins = Pins.apart() if apart else Pins()
    report, load = Report(plan), machine.Load()
    for name in parts:
        print(f"{name} ...", flush=True)
        pins.stand_aside()
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="bench ") as folder:
                await PARTS[name](report, Path(folder), pins)
        except (CannotMeasure, Unanswered, OSError, Error) as error:
            # The others' minutes are not lost with it.
            report.missing[name] = f"{type(error).__name__}: {error}"
        report.minutes[name] = (time.monotonic() - began) / 60
    pins.spread()
    report.elsewhere = load.elsewhere()
    return report
