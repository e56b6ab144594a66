"""The bench itself, at its smallest: the same code as in ``make bench``, so that it does not rot."""

from tests.bench.figures import Figure, of_rounds, table
from tests.bench.plan import TINY
from tests.bench.run import run


async def test_every_goal_is_measured() -> None:
    """A run gives each row of the table its figures, and nobody was refused."""
    report = await run(TINY, apart=False)
    assert {one.row for one in report.figures} == {"P1", "P2", "P3", "P5", "P6", "P8"}
    assert all(one.measured > 0 for one in report.figures)
    one_trip = [one for one in report.figures if one.what.endswith("store calls")]
    assert [one.measured for one in one_trip] == [1.0, 1.0]
    assert report.requests > 100


def test_a_missed_goal_says_so() -> None:
    """The verdict is the median's, in the sense of the goal."""
    held = of_rounds("P1", "reveal", [0.7, 0.8, 0.95], goal=0.8, sense=">=")
    missed = of_rounds("P1", "reveal", [1.2, 1.3, 1.4], goal=1.25)
    assert (held.holds, missed.holds) == (True, False)
    assert "MISSED" in table([missed])
    assert Figure("P14", "bytes per secret", 2300, 2300, 2300, "bytes").holds is None
