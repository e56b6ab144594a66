"""``make bench [QUICK=1]``: every goal of docs/performance.md, measured in one run on this machine.

Prints the table, keeps it as JSON and as a chart in build/; ``--publish`` puts both into docs/,
with the page's table. Ends with 2 when something could not be measured, else with 0: whether a goal
holds is for the reader to see.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from storage import logs
from tests.bench.chart import drawn
from tests.bench.figures import table
from tests.bench.machine import CannotMeasure
from tests.bench.plan import FULL, QUICK
from tests.bench.publishing import publish
from tests.bench.run import PARTS, Report, run
from tests.deployment import ROOT

BUILD = ROOT / "build"
_BUSY = 0.05


def main(arguments: Sequence[str]) -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, under 3 minutes")
    parser.add_argument("--publish", action="store_true", help="into docs/ as well")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    chosen = parser.parse_args(arguments)
    if chosen.publish and chosen.part:
        parser.error("what is published is a whole run")
    logs.configure("CRITICAL")
    try:
        report = asyncio.run(run(QUICK if chosen.quick else FULL, chosen.part or list(PARTS)))
    except CannotMeasure as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    tell(report)
    keep(report, publishes=chosen.publish and not report.missing)
    for part, why in report.missing.items():
        print(f"Not measured: {part}: {why}", file=sys.stderr)
    return 2 if report.missing else 0


def keep(report: Report, *, publishes: bool) -> None:
    """Write the figures down, and draw them where there was a race."""
    written = report.as_json()
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(written, indent=2) + "\n")
    if report.laps:
        (BUILD / "bench.svg").write_text(drawn(written))
    if publishes:
        publish(written)


def tell(report: Report) -> None:
    """The table, and what to think of it."""
    print(table(report.figures))
    spent = ", ".join(f"{name} {minutes:.1f}" for name, minutes in report.minutes.items())
    print(f"{report.seconds / 60:.1f} minutes: {spent}. {report.requests:,} requests in the race.")
    if busy := [lap["server_core_busy"] for lap in report.laps if lap["clients"] > 1]:
        print(f"The server's core was busy for {min(busy):.0%} to {max(busy):.0%} of the time.")
    if report.plan is not FULL:
        print(f"Small numbers (the {report.plan.name} plan): a look, not a measurement.")
    if report.elsewhere > _BUSY:
        print(
            f"Other programs took {report.elsewhere:.0%} of the cores meanwhile: what is measured "
            "in time says little."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
