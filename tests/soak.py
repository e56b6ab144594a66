"""``make soak [PART=n]``: every requirement at its full numbers, and one table of what came out.

Each part is a pytest run of its own, under half an hour on two cores. Its results stay in
``build/soak``, so that parts that ran on different days make one table.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tally import Result

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "soak"
TABLE = ROOT / "build" / "soak.md"


@dataclass(frozen=True)
class Part:
    """What runs together. Where time is measured, nothing else runs: one worker."""

    title: str
    requirements: tuple[str, ...]
    workers: int = 2

    @property
    def number(self) -> int:
        """As PART names it, from 1."""
        return PARTS.index(self) + 1

    @property
    def results(self) -> Path:
        """Where its last run is written down."""
        return FOLDER / f"part-{self.number}.json"

    @property
    def took(self) -> Path:
        """Where it is written when that was, and how long it took."""
        return FOLDER / f"part-{self.number}.took.json"


PARTS = (
    Part("at most once", ("A1", "A7", "A8", "A9", "A10", "A12")),
    Part("kill -9 of web", ("A2",)),
    Part("kill -9 of the store", ("A3",)),
    Part("power cuts, replicas, restores", ("A4", "A5", "A6")),
    Part("the store", ("B1", "B2", "B3", "B4", "B5", "B6", "B7")),
    Part("cryptography", ("C1", "C2", "C3", "C4", "C5", "C6", "C7")),
    Part("proof and passphrase", ("D1", "D2", "D3", "D4", "D5", "D6"), workers=1),
    Part("web and Slack", ("E1", "F1", "F2", "F3", "F4", "F5", "F6"), workers=1),
    Part("browser and requests", ("E3", "E4", "G1", "G2", "G3", "G4")),
    Part("hostile texts in a browser", ("E2",)),
    Part("crashes in turn", ("A11",)),
    Part("fuzzing", ("fuzz",)),
    Part("defects planted in the scripts", ("planted",)),
    Part("a fresh Debian", ("deploy",), workers=1),
    Part("addresses and floods", ("E5", "E6")),
)
REQUIREMENTS = tuple(name for part in PARTS for name in part.requirements)


def run(part: Part) -> bool:
    """Run a part; False when a test failed."""
    print(f"Part {part.number} of {len(PARTS)}: {part.title} ({', '.join(part.requirements)})")
    FOLDER.mkdir(parents=True, exist_ok=True)
    part.results.unlink(missing_ok=True)
    part.took.unlink(missing_ok=True)
    # A store that TEST_REDIS_URL names is emptied by each test, so it gets one worker.
    workers = 0 if part.workers == 1 or os.environ.get("TEST_REDIS_URL") else part.workers
    started, computed = time.monotonic(), _computed()
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.tally"),
            *("-n", str(workers), "--dist", "worksteal"),
            *("--requirements", ",".join(part.requirements), "--tally", str(part.results)),
        ],
        cwd=ROOT,
        env={**os.environ, "SLASH_SECRET_SOAK": "1"},
        check=False,
    )
    minutes, busy = (time.monotonic() - started) / 60, (_computed() - computed) / 60
    day = time.strftime("%Y-%m-%d", time.gmtime())
    part.took.write_text(json.dumps([day, round(minutes, 1), round(busy, 1)]))
    print(f"Part {part.number} took {minutes:.1f} minutes, {busy:.1f} of them computing.\n")
    return ended.returncode == 0


def _computed() -> float:
    """Seconds of processor time of all that has been run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def results() -> list[Result]:
    """Everything that was written down, of whichever run."""
    return [one for part in PARTS if part.results.exists() for one in read(part.results)]


def read(file: Path) -> list[Result]:
    """What one run has written down."""
    return [Result(**one) for one in json.loads(file.read_text())]


def table(found: Sequence[Result]) -> str:
    """One row for each requirement, in Markdown."""
    lines = [
        "| Requirement | Tests | Runs | Violations | Control | Notes |",
        "|---|---|---|---|---|---|",
    ]
    names = sorted(REQUIREMENTS, key=lambda one: (one[0], int(one[1:] if one[1:].isdigit() else 0)))
    lines += [_row(name, [one for one in found if one.requirement == name]) for name in names]
    return "\n".join(lines)


def times() -> str:
    """One row for each part that ran, in Markdown."""
    lines = ["| Part | Requirements | Day | Minutes | Computing |", "|---|---|---|---|---|"]
    for part in PARTS:
        if part.took.exists():
            day, minutes, busy = json.loads(part.took.read_text())
            what = f"{part.number}: {part.title} | {', '.join(part.requirements)}"
            lines.append(f"| {what} | {day} | {minutes} | {busy} |")
    return "\n".join(lines)


def _row(name: str, found: Sequence[Result]) -> str:
    tests = [one for one in found if not one.control]
    if not tests:
        return f"| {name} | 0 | 0 | - | {_control(found)} | NOT RUN |"
    ran = [one for one in tests if one.outcome != "skipped"]
    notes = list(dict.fromkeys(one.note for one in ran if one.note))
    notes += sorted({f"SKIPPED: {one.note}" for one in tests if one.outcome == "skipped"})
    cells = (
        name,
        len(ran),
        sum(one.runs for one in ran),
        sum(one.violations for one in ran),
        _control(found),
        "; ".join(notes).replace("|", "/"),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _control(found: Iterable[Result]) -> str:
    outcomes = [one.outcome for one in found if one.control]
    if not outcomes:
        return "-"
    if "failed" in outcomes:
        return "DID NOT BITE"
    return "bit" if "passed" in outcomes else "skipped"


def main(arguments: Sequence[str]) -> int:
    """Run the part that is named, or all; print the table and keep it."""
    numbers = {str(part.number): part for part in PARTS}
    if not set(arguments) <= set(numbers):
        print(f"PART is a number from 1 to {len(PARTS)}.", file=sys.stderr)
        return 2
    chosen = [numbers[one] for one in arguments] or list(PARTS)
    passed = [run(part) for part in chosen]
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    text = (
        f"{when}, Python {platform.python_version()}, {os.cpu_count()} cores\n\n{table(results())}\n\n"
        f"{times()}"
    )
    TABLE.write_text(text + "\n")
    print(text)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
