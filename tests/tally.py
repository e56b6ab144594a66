"""Counts what was run for each requirement, for the table of ``make soak``.

A test belongs to the requirement in its name: ``test_a4_...``; ``test_a4_control_...`` is its
negative control, which bites when it passes. Runs are counted by ``tally``, else by what ``n`` gave
the test, else a test is one run.
"""

import pytest

PROPERTY = "tally"
_current: list[pytest.Item] = []


def begin(item: pytest.Item) -> None:
    """From now on what is counted is this test's."""
    _current[:] = [item]


def tally(requirement: str, *, runs: int, violations: int = 0, note: str = "") -> None:
    """Say how often a test tried, how often it failed, and what else is worth a word."""
    if _current:
        told = {"requirement": requirement, "runs": runs, "violations": violations, "note": note}
        _current[0].user_properties.append((PROPERTY, told))
