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
from tests.bench.figures import table
from tests.bench.generator import Unanswered
from tests.bench.machine import CannotMeasure
from tests.bench.plan import FULL, QUICK
from tests.bench.run import Report, run
from tests.deployment import ROOT

_BUSY = 0.05


def main(arguments: Sequence[str]) -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, under 3 minutes")
    parser.add_argument("--publish", action="store_true", help="into docs/ as well")
    chosen = parser.parse_args(arguments)
    logs.configure("CRITICAL")
    try:
        report = asyncio.run(run(QUICK if chosen.quick else FULL))
    except (CannotMeasure, Unanswered, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    tell(report)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "bench.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return 0


def tell(report: Report) -> None:
    """The table, and what to think of it."""
    print(table(report.figures))
    print(f"{report.requests:,} requests, {report.seconds / 60:.1f} minutes.")
    if report.plan is not FULL:
        print(f"Small numbers (the {report.plan.name} plan): a look, not a measurement.")
    if report.elsewhere > _BUSY:
        print(
            f"Other programs took {report.elsewhere:.0%} of the cores meanwhile: what is measured "
            "in time says little."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
