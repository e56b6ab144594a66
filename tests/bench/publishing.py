"""The published figures: docs/performance.json, and the page's table and chart that are made of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.chart import drawn
from tests.bench.figures import Figure
from tests.deployment import ROOT

DOCS = ROOT / "docs"
FIGURES = DOCS / "performance.json"
PAGE = DOCS / "performance.md"
CHART = DOCS / "pictures" / "performance.svg"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_HEADER = "| Row | What | Goal | Measured | Spread | |\n|---|---|---|---|---|---|\n"


def publish(report: Mapping[str, Any]) -> None:
    """Put a report into docs/, and everything that is made of it."""
    FIGURES.write_text(json.dumps(report, indent=2) + "\n")
    PAGE.write_text(filled(PAGE.read_text(), report))
    CHART.write_text(drawn(report))


def filled(page: str, report: Mapping[str, Any]) -> str:
    """The page with that report's table and machine."""
    before, rest = page.split(_BEGIN, 1)
    after = rest.split(_END, 1)[1]
    return before + _BEGIN + _said(report) + _END + after


def _said(report: Mapping[str, Any]) -> str:
    where, spent = report["machine"], sum(report["minutes"].values())
    quick = "" if report["plan"] == "full" else " QUICK=1"
    said = (
        f"Measured on {report['date']} by `make bench{quick}` in {spent:.0f} minutes, with "
        f"{report['requests']:,} requests in the race, on {where['cores']} cores ({where['cpu']}, "
        f"{where['system']}, Python {where['python']}). Other programs took "
        f"{report['cores_used_by_others']:.0%} of the cores meanwhile.\n\n"
    )
    return said + _HEADER + "".join(f"| {' | '.join(one.cells())} |\n" for one in figures(report))


def figures(report: Mapping[str, Any]) -> Sequence[Figure]:
    """The figures of a report as it was written down."""
    return [
        Figure(**{name: value for name, value in one.items() if name != "holds"})
        for one in report["figures"]
    ]
