"""What the page on performance says was measured is what was measured."""

from tests.bench.chart import drawn
from tests.bench.publishing import CHART, PAGE, README, figures, page, published, readme
from tests.docs.reading import rows

REPORT = published()
ROWS = [f"P{number}" for number in range(1, 15)]


def test_the_pages_show_the_published_figures() -> None:
    """Table, machine and chart are made of docs/performance.json by a command, never typed."""
    assert PAGE.read_text() == page(PAGE.read_text(), REPORT)
    assert README.read_text() == readme(README.read_text(), REPORT)
    assert CHART.exists() == bool(REPORT)
    if REPORT:
        assert CHART.read_text() == drawn(REPORT)


def test_every_row_is_explained() -> None:
    """P1 to P14 have their line, and what was published has figures for each."""
    explained = [row[0] for row in rows(PAGE.read_text(), "Row") if len(row) == 4]
    assert explained == ROWS
    if REPORT:
        assert {one.row for one in figures(REPORT)} == set(ROWS)


def test_verdicts_are_the_figures_own() -> None:
    """What the file calls held is what its numbers say."""
    if REPORT:
        written = [one["holds"] for one in REPORT["figures"]]
        assert written == [one.holds for one in figures(REPORT)]
