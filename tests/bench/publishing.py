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
README = ROOT / "README.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_HEADER = "| Row | What | Goal | Measured | Spread | |\n|---|---|---|---|---|---|\n"
_PICTURE = (
    "![Requests a second on one core: the ceiling, slash-secret, the naive way and SnapPass, for "
    "page, create and reveal]({})\n"
)
_NOTHING = "No run has been published; `make bench PUBLISH=1` fills this in.\n"

Report = Mapping[str, Any]


def published() -> Report | None:
    """The report that docs/ shows; None when nobody has published one."""
    return json.loads(FIGURES.read_text()) if FIGURES.exists() else None


def publish(report: Report) -> None:
    """Put a report into docs/, and everything that is made of it."""
    FIGURES.write_text(json.dumps(report, indent=2) + "\n")
    CHART.write_text(drawn(report))
    PAGE.write_text(page(PAGE.read_text(), report))
    README.write_text(readme(README.read_text(), report))


def page(text: str, report: Report | None) -> str:
    """docs/performance.md with that report's chart, machine and table."""
    picture = _PICTURE.format("pictures/performance.svg") + "\n"
    return _between(text, picture + _said(report) if report else _NOTHING)


def readme(text: str, report: Report | None) -> str:
    """The README with the chart, if there is one."""
    return _between(text, _PICTURE.format("docs/pictures/performance.svg") if report else "")


def _between(text: str, new: str) -> str:
    before, rest = text.split(_BEGIN, 1)
    return before + _BEGIN + new + _END + rest.split(_END, 1)[1]


def _said(report: Report) -> str:
    where, spent = report["machine"], sum(report["minutes"].values())
    small = "" if report["plan"] == "full" else "Small numbers: a look, not a measurement. "
    said = (
        f"{small}Measured on {report['date']} in {spent:.0f} minutes, with "
        f"{report['requests']:,} requests in the race, on {where['cores']} cores ({where['cpu']}, "
        f"{where['system']}, Python {where['python']}). Other programs took "
        f"{report['cores_used_by_others']:.0%} of the cores meanwhile.\n\n"
    )
    return said + _HEADER + "".join(f"| {' | '.join(one.cells())} |\n" for one in figures(report))


def figures(report: Report) -> Sequence[Figure]:
    """The figures of a report as it was written down."""
    return [
        Figure(**{name: value for name, value in one.items() if name != "holds"})
        for one in report["figures"]
    ]
