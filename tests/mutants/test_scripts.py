"""Mutation tests of the Lua scripts: every planted defect is noticed by the tests it is meant for."""

import asyncio
import json
import os
import random
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from storage.scripts import Script
from tests.mutants.planted import PLANTED, plant
from tests.mutants.table import MUTANTS, Mutant
from tests.numbers import has_its_turn, n
from tests.raw import RawStore

ROOT = Path(__file__).resolve().parent.parent.parent
# Another few each day; soak takes all. PYTEST_XDIST_TESTRUNUID is one for all workers of a run.
SAMPLE = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone")).sample(
    MUTANTS, min(len(MUTANTS), n("A10", everyday=1, full=len(MUTANTS)))
)


def scripts() -> list[str]:
    """Every script that runs, without what they share."""
    return sorted(
        path.name.removesuffix(".lua")
        for path in (files("storage") / "lua").iterdir()
        if path.name.endswith(".lua") and not path.name.startswith("_")
    )


def test_every_script_has_its_mutants() -> None:
    """No script is left out, and no defect is planted twice."""
    assert {mutant.script for mutant in MUTANTS} == {*scripts(), "_record"}
    assert len({(mutant.script, mutant.old, mutant.new) for mutant in MUTANTS}) == len(MUTANTS)


async def test_each_can_be_planted_and_runs(store_client: RawStore) -> None:
    """The place is there, once, and what comes out is a script: it must not die of its grammar."""
    for mutant in MUTANTS:
        for name in scripts() if mutant.script == "_record" else [mutant.script]:
            script = Script(name)
            plant(script, mutant.old, mutant.new)
            assert await store_client.script_load(script.text)


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda one: f"{one.script}: {one.why}")
async def test_it_is_noticed(mutant: Mutant) -> None:
    """The named test fails with the defect. That it passes without it is the rest of this run."""
    status, told = await run(mutant.killed_by, [mutant.script, mutant.old, mutant.new])
    # 1: tests failed. Anything else, an empty selection included, proves nothing.
    assert status == 1, told[-2000:]


async def test_control_a_change_that_changes_nothing_is_not_noticed() -> None:
    """The negative control: tests do not fail for being run like this."""
    if not has_its_turn("nothing is planted", of=3):
        pytest.skip("has its turn on another day")
    status, told = await run(
        MUTANTS[0].killed_by, ["open", "-- The claim.", "-- The claim, and nothing is planted."]
    )
    assert status == 0, told[-2000:]


async def run(test: str, planted: list[str]) -> tuple[int, str]:
    """Run a test in a process of its own with this defect; give its status and what it printed."""
    path, _, name = test.partition("::")
    choice = ["-k", name] if name and "[" not in name else []
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    command += ["-p", "tests.mutants.planted", *choice, path if choice else test]
    environ = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    environ.pop("SLASH_SECRET_SOAK", None)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environ | {PLANTED: json.dumps(planted)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode(errors="replace")
