"""A4: power cuts. What was acknowledged is on the disk, whatever a cut takes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from storage.model import WorkspaceId, tag_of
from storage.seal import KeyRing
from storage.vault import Vault
from tests.faults import powercut
from tests.faults.checker import violations
from tests.faults.doors import VaultDoor
from tests.faults.found import found, latest
from tests.faults.history import Deed
from tests.faults.load import OFTEN_BURNED, Load
from tests.faults.powercut import Disk, Unjudgeable
from tests.faults.stores import OwnStore
from tests.numbers import n
from tests.people import ANNA
from tests.tally import tally

ENOUGH = 10
"""Burns and creates before each cut."""
TAG = tag_of(WorkspaceId(ANNA.workspace))

needs_compiler = pytest.mark.skipif(
    powercut.compiler() is None,
    reason="POWER CUTS ARE NOT TESTED: there is no C compiler (cc) to build the shim with",
)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preloaded library, made for this run."""
    return powercut.build(tmp_path_factory.mktemp("shim"))


@dataclass
class Outcome:
    """What a number of cuts left."""

    creates: int = 0
    burns: int = 0
    dropped: int = 0
    broken: tuple[str, ...] = ()


async def _cuts(
    folder: Path,
    shim: Path,
    ring: KeyRing,
    count: int,
    *,
    fsync: str = "always",
    until_broken: bool = False,
) -> Outcome:
    """Cut the power under load, again and again, on one disk; look at everything after each."""
    chance, outcome = Random(4711), Outcome()
    disk = Disk(folder, shim, chance)
    store = OwnStore(folder, options={"appendfsync": fsync}, environ=disk.environ)
    try:
        await store.start()
        for number in range(count):
            since = await latest(store.client, TAG)
            vault = Vault(store.redis, ring)
            load = Load(vault, [VaultDoor(vault)], chance, scenes=OFTEN_BURNED)
            await load.enter()
            async with load.busy():
                await load.under_way(ENOUGH)
                await asyncio.sleep(chance.random() * 0.1)
                if number % 3 == 0:  # the power may also go while the file is written anew
                    await store.client.bgrewriteaof()
                    await asyncio.sleep(chance.random() * 0.1)
                await store.kill()
            disk.cut()
            await store.start()
            await load.read_back()
            history = load.history
            outcome.broken += tuple(
                violations(history, await found(store.client, history.facts, since=since))
            )
            outcome.creates += len(history.acknowledged(Deed.CREATE))
            outcome.burns += len(history.acknowledged(Deed.BURN))
            if until_broken and outcome.broken:
                break
    finally:
        await store.close()
    outcome.dropped = disk.dropped
    return outcome


@needs_compiler
async def test_a4_nothing_acknowledged_is_lost_in_a_power_cut(
    tmp_path: Path, shim: Path, ring: KeyRing
) -> None:
    """A4: no acknowledged burn comes back, no acknowledged create is lost; nor half an entry."""
    cuts = n("A4", everyday=3, full=200)
    outcome = await _cuts(tmp_path / "disk", shim, ring, cuts)
    tally(
        "A4",
        runs=cuts,
        violations=len(outcome.broken),
        note=f"{outcome.creates} creates, {outcome.burns} burns, {outcome.dropped} bytes dropped",
    )
    assert outcome.broken == ()
    assert outcome.creates >= cuts * ENOUGH
    assert outcome.burns >= cuts * ENOUGH


@needs_compiler
async def test_a4_control_everysec_loses_what_was_acknowledged(
    tmp_path: Path, shim: Path, ring: KeyRing
) -> None:
    """The same cuts, with a store that syncs once a second: burns come back, creates are lost."""
    outcome = await _cuts(tmp_path / "disk", shim, ring, 20, fsync="everysec", until_broken=True)
    assert any("refused as" in one or "acknowledged" in one for one in outcome.broken)
    assert outcome.dropped > 0


@needs_compiler
async def test_the_shim_drops_what_was_not_synced_and_keeps_what_was(
    tmp_path: Path, shim: Path
) -> None:
    """Bytes, torn bytes, replaced and removed names: each side of what a disk may show."""
    seen = set()
    for seed in range(24):
        disk = Disk(tmp_path / f"disk {seed}", shim, Random(seed))
        await _written(disk, _WRITER)
        disk.cut()
        names = {path.name: path.read_bytes() for path in disk.folder.iterdir()}
        assert names["log"].startswith(b"synced")
        assert names["kept"] == b"new"
        seen |= {("log", names["log"]), ("swapped", names["swapped"]), ("late", "late" in names)}
        seen.add(("removed", "removed" in names))
    assert {("log", b"synced"), ("log", b"synced, not synced")} < seen
    assert {("swapped", b"old"), ("swapped", b"new")} < seen
    assert {("late", True), ("late", False), ("removed", True), ("removed", False)} < seen
    assert len({content for name, content in seen if name == "log"}) > 2  # torn ones


_WRITER = """
import os

def write(name, content, sync=True):
    with open(name, "ab", buffering=0) as file:
        file.write(content)
        if sync:
            os.fsync(file)

def sync_folder():
    folder = os.open(".", os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)

write("log", b"synced")
write("kept", b"old")
write("swapped", b"old")
write("removed", b"here")
write("new", b"new")
os.rename("new", "kept")
sync_folder()
write("log", b", not synced", sync=False)
write("new", b"new")
os.rename("new", "swapped")
os.unlink("removed")
write("late", b"", sync=False)
"""


@needs_compiler
async def test_the_shim_judges_no_program_that_overwrites(tmp_path: Path, shim: Path) -> None:
    """Its notes are sizes: who writes into the middle of a file is found out, not misjudged."""
    disk = Disk(tmp_path / "disk", shim, Random(1))
    await _written(
        disk, 'import os\nf = os.open("x", 66)\nos.write(f, b"a" * 9)\nos.pwrite(f, b"b", 2)'
    )
    with pytest.raises(Unjudgeable):
        disk.cut()


async def _written(disk: Disk, program: str) -> None:
    python = await asyncio.create_subprocess_exec(
        "/usr/bin/env",
        "python3",
        "-S",
        "-c",
        program,
        cwd=disk.folder,
        env={"PATH": "/usr/bin:/bin", **disk.environ},
    )
    assert await python.wait() == 0
