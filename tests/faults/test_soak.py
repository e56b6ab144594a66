"""What ``make soak`` counts and prints."""

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests import soak
from tests.soak import PARTS, REQUIREMENTS, ROOT, table
from tests.tally import Result, requirement_of

A_TEST = """
import pytest
from tests.numbers import n
from tests.tally import tally

def test_a1_counted():
    tally("A1", runs=500, note="two processes")

def test_a1_control_it_bites():
    pass

def test_a2_drawn_and_broken():
    for _ in range(n("A2", everyday=3, full=300)):
        assert False

def test_a2_control_that_does_not():
    assert False

@pytest.mark.skip(reason="NO COMPILER")
def test_a4_skipped(): pass

def test_b1_not_asked_for(): pass

@pytest.mark.parametrize("address", ["::1", "test_a1_control_x::"])
def test_b2_names_with_colons(address): pass
"""


# Each requirement's full numbers, one for each way in which it is to be tried.
FULL: dict[str, tuple[int, ...]] = {
    "A1": (500,), "A2": (300,), "A3": (200,), "A4": (200,), "A5": (50,), "A6": (100,),
    "A7": (200, 200), "A8": (10_000, 10_000), "A9": (100, 100), "A10": (250, 250), "A11": (300,),
    "B2": (3000,), "C4": (1000,), "C6": (1000,), "D1": (1000, 1000, 100), "D2": (5000,),
    "E2": (5000,), "E5": (100_000, 10_000, 1000), "E6": (1_000_000, 10_000),
    "F1": (200,), "F2": (200,), "F4": (1000, 1000, 1000), "G2": (500, 500),
}  # fmt: skip
CONTROLLED = ("A1", "A2", "A3", "A4", "A5", "A6", "B2", "C3", "D1", "E5", "E6", "F4", "F5", "G4")
FOLDERS = {"fuzz": "tests/fuzz", "planted": "tests/mutants", "deploy": "tests/deploy"}


@cache
def sources() -> dict[str, str]:
    """Every file of tests, by its path."""
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for path in (ROOT / "tests").rglob("test_*.py")
    }


def names() -> list[str]:
    """Every test that names a requirement."""
    texts = sources().values()
    return [name for text in texts for name in re.findall(r"def (test_[a-g]\d+_\w+)\(", text)]


def full_numbers(requirement: str) -> list[int]:
    """What ``n`` gives in the soak, wherever it is asked for this requirement; largest first."""
    call = re.compile(rf'\bn\(\s*"{requirement}",\s*everyday=[\d_]+,\s*full=([\d_]+)')
    found = [one for text in sources().values() for one in call.findall(text)]
    return sorted((int(one) for one in found), reverse=True)


def test_each_requirement_is_in_one_part() -> None:
    """A1 to G4, none twice and none left out; what goes by its folder besides."""
    sizes = {"A": 12, "B": 7, "C": 7, "D": 6, "E": 6, "F": 6, "G": 4}
    wanted = [f"{letter}{number + 1}" for letter, size in sizes.items() for number in range(size)]
    assert sorted(REQUIREMENTS) == sorted([*wanted, *FOLDERS])
    assert [part.number for part in PARTS] == list(range(1, len(PARTS) + 1))


def test_each_test_that_names_a_requirement_names_one_that_is_run() -> None:
    """A name with a slip of the pen would be counted nowhere."""
    assert {requirement_of(name) for name in names()} <= set(REQUIREMENTS)


def test_who_tries_a_requirement_has_its_name() -> None:
    """A docstring that begins with one belongs to a test that the soak picks, by its name."""
    test = re.compile(
        r'def (test_\w+)\((?:[^()]|\([^()]*\))*\) -> None:\n +"""((?:[A-G]\d+\b[, ]*)+):'
    )
    for text in sources().values():
        for name, named in test.findall(text):
            assert str(requirement_of(name)) in re.findall(r"\w+", named), name


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_requirement_has_tests_with_its_full_numbers(requirement: str) -> None:
    """Somebody tries it, as often as it asks for; and a control where it could hold by itself."""
    if folder := FOLDERS.get(requirement):
        assert any(path.startswith(folder) for path in sources())
        return
    tests = [name for name in names() if requirement_of(name) == requirement]
    assert any("_control_" not in name for name in tests)
    assert requirement not in CONTROLLED or any("_control_" in name for name in tests)
    wanted = sorted(FULL.get(requirement, ()), reverse=True)
    found = full_numbers(requirement)
    assert len(found) >= len(wanted)
    assert all(number >= least for number, least in zip(found, wanted, strict=False))


@pytest.mark.parametrize("workers", ["0", "1"])
def test_runs_violations_and_controls_are_counted(tmp_path: Path, workers: str) -> None:
    """From a test's own word, else from what it meant to do; in workers as in one process."""
    (tmp_path / "test_it.py").write_text(A_TEST)
    target = tmp_path / "results.json"
    options = ["-p", "tests.tally", "--requirements", "A1,A2,A4,B2", "--tally", str(target)]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers, *options, tmp_path / "test_it.py"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "SLASH_SECRET_SOAK": "1"},
    )
    found = soak.read(target)
    assert Counter(one.requirement for one in found) == {"A1": 2, "A2": 2, "A4": 1, "B2": 2}
    rows = {row.split(" | ")[0].strip("| "): row for row in table(found).splitlines()}
    assert rows["A1"] == "| A1 | 1 | 500 | 0 | bit | two processes |"
    assert rows["A2"] == "| A2 | 1 | 300 | 1 | DID NOT BITE |  |"
    assert "SKIPPED: " in rows["A4"]
    assert "NO COMPILER" in rows["A4"]
    assert rows["B2"] == "| B2 | 2 | 2 | 0 | - |  |"
    assert rows["B1"] == "| B1 | 0 | 0 | - | - | NOT RUN |"


def test_a_failed_setup_counts_as_a_violation() -> None:
    """A test that could not begin has shown nothing."""
    broken = Result("A5", "test_a5_x", "failed", control=False, runs=1, violations=1, note="")
    assert "| A5 | 1 | 1 | 1 | - |  |" in table([broken])


def test_what_each_part_took_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the table sees how long it takes, and on which day it was."""
    monkeypatch.setattr(soak, "FOLDER", tmp_path)
    PARTS[1].took.write_text('["2026-11-25", 12.5, 6.1]')
    assert soak.times().splitlines()[2:] == ["| 2: kill -9 of web | A2 | 2026-11-25 | 12.5 | 6.1 |"]
