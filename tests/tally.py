"""Counts what was run for each requirement; as a pytest plugin, picks and reports by requirement.

A test belongs to the requirement in its name: ``test_a4_...``. ``test_a4_control_...`` is its
negative control, which bites when it passes. Fuzzing, planted defects and deployments go by their folders. Runs
are counted by ``tally``, else by what ``n`` gave the test, else a test is one run. Without the
plugin (``-p tests.tally``) nothing is counted.
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

_NAME = re.compile(r"(?:^|::)test_([a-g])(\d+)_")
_FOLDERS = {"tests/fuzz/": "fuzz", "tests/mutants/": "planted", "tests/deploy/": "deploy"}
_TOLD = "tally"
_DRAWN = "drawn"
_current: list[pytest.Item] = []


@dataclass(frozen=True)
class Result:
    """What one test says of its requirement."""

    requirement: str
    test: str
    outcome: str
    """As pytest says it: passed, failed, skipped."""
    control: bool
    runs: int
    violations: int
    note: str


def tally(requirement: str, *, runs: int, violations: int = 0, note: str = "") -> None:
    """Say how often a test tried, how often a promise broke, and what else is worth a word."""
    if _current:
        told = {"requirement": requirement, "runs": runs, "violations": violations, "note": note}
        _current[0].user_properties.append((_TOLD, told))


def drawn(requirement: str, number: int) -> None:
    """Remember how often a test means to try, should it not say how often it did."""
    if _current and requirement_of(_current[0].nodeid) == requirement:
        _current[0].user_properties.append((_DRAWN, number))


def requirement_of(test: str) -> str | None:
    """The requirement in a test's name or node id, else what its folder is for; None: neither."""
    if found := _NAME.search(test):
        return f"{found[1].upper()}{found[2]}"
    return next((name for folder, name in _FOLDERS.items() if test.startswith(folder)), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the plugin's options."""
    parser.addoption("--requirements", default="", help="run the tests of these, as A1,A2")
    parser.addoption("--tally", default="", help="write what was counted to this file")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the requirements that were asked for."""
    wanted = set(config.getoption("requirements").split(","))
    kept = [item for item in items if requirement_of(item.nodeid) in wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """From now on, what is counted is this test's."""
    _current[:] = [item]


_results: list[Result] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a test's end, in the process that hears of all of them."""
    if report.when == "call" or report.outcome != "passed":
        _results.append(_result(report))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results down; not in a worker, which has only its own."""
    target = session.config.getoption("tally")
    if target and not hasattr(session.config, "workerinput"):
        Path(target).write_text(json.dumps([asdict(one) for one in _results], indent=1))


def _result(report: pytest.TestReport) -> Result:
    told: list[Any] = [value for name, value in report.user_properties if name == _TOLD]
    meant: list[Any] = [value for name, value in report.user_properties if name == _DRAWN]
    name = report.nodeid.partition("[")[0]  # what is in there may hold anything
    skipped = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    # A test that fails has found something, though it may count nothing.
    failed = int(report.outcome == "failed")
    return Result(
        requirement=requirement_of(name) or "",
        test=report.nodeid,
        outcome=report.outcome,
        control="_control_" in name,
        runs=sum(one["runs"] for one in told) or sum(meant) or 1,
        violations=max(failed, sum(one["violations"] for one in told)),
        note="; ".join([*(one["note"] for one in told if one["note"]), *filter(None, [skipped])]),
    )
