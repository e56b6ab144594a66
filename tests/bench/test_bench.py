"""The bench itself, at its smallest: the same code as in ``make bench``, so that it does not rot."""

import pytest

from tests.bench.chart import drawn
from tests.bench.figures import Figure, of_rounds, table
from tests.bench.plan import TINY
from tests.bench.run import PARTS, run
from tests.numbers import has_its_turn

MEASURES = {
    "race": {"P1", "P2", "P3", "P5", "P6", "P8"},
    "two processes": {"P7"},
    "a million secrets": {"P9", "P14"},
    "start": {"P10"},
    "Slack": {"P11"},
    "browser": {"P12", "P13"},
}


def test_every_goal_has_its_part() -> None:
    """P1 to P14; P4 is left out of the smallest run, since its peer comes from PyPI."""
    rows = set().union(*MEASURES.values())
    assert rows | {"P4"} == {f"P{number}" for number in range(1, 15)}
    assert set(MEASURES) == set(PARTS)


# They start a dozen processes: one part or two a day, each within the week, all in the soak.
@pytest.mark.parametrize("part", [part for part in MEASURES if has_its_turn(part, of=4)])
async def test_every_goal_is_measured(part: str) -> None:
    """A run gives each of its rows a figure above nothing, and nobody was refused."""
    report = await run(TINY, [part], apart=False)
    assert report.missing == {}
    assert {one.row for one in report.figures} == MEASURES[part]
    assert all(one.measured > 0 for one in report.figures if one.goal != 0)
    if part == "race":
        calls = [one.measured for one in report.figures if one.what.endswith("store calls")]
        assert calls == [1.0, 1.0]
        assert "slash-secret" in drawn(report.as_json())


def test_a_missed_goal_says_so() -> None:
    """The verdict is the median's, in the sense of the goal."""
    held = of_rounds("P1", "reveal", [0.7, 0.8, 0.95], goal=0.8, sense=">=")
    missed = of_rounds("P1", "reveal", [1.2, 1.3, 1.4], goal=1.25)
    assert (held.holds, missed.holds) == (True, False)
    assert "MISSED" in table([missed])
    assert Figure("P14", "bytes per secret", 2300, 2300, 2300, "bytes").holds is None
