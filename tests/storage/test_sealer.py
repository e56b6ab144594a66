"""The trail is sealed by one of many, also through crashes, trimming, rotations and odd clocks."""

import asyncio
import random
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from storage import audit, keys
from storage.anchors import Anchors
from storage.ledger import Ledger
from storage.model import DAY, HOUR
from storage.notices import NEVER
from storage.seal import KeyRing, MasterKey
from storage.sealer import EVERY, LEASE_MS, SPAN_MS, WAIT_MS, Sealer
from storage.verifier import Fault
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore
from tests.trails import TAG, alarms, chain, note, sealer, verdict


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    """One machine's DATA_DIR."""
    return Anchors(tmp_path)


async def test_news_is_sealed_and_quiet_is_not(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """A checkpoint when there is news, none when there is none; each covers what came since."""
    one = sealer(store_client, ring, anchors)
    assert await one.seal() == 0
    await note(store_client, 3)
    assert [await one.seal(), await one.seal()] == [1, 0]
    await note(store_client, 2)
    assert await one.seal() == 1
    made = await chain(store_client)
    assert [(says.number, says.entries, says.present) for says in made] == [(1, 3, 3), (2, 2, 5)]
    assert made[1].since == made[0].until
    found = await verdict(store_client, ring, anchors)
    assert (found.findings, found.untold, found.entries) == ((), None, 5)


async def test_an_entry_waits_for_its_checkpoint_less_than_a_minute(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """Fresh news waits, and no look and no lease of a dead process holds it up for long."""
    one = Sealer(store_client, ring, TAG, anchors, 90 * DAY)
    await note(store_client, 1)
    assert await one.seal() == 0
    await store_client.delete(keys.audit(TAG))
    now, _ = await store_client.time()
    await note(store_client, 1, at_ms=now * 1000 - WAIT_MS)
    assert await one.seal() == 1
    assert max(WAIT_MS, LEASE_MS) + 2 * EVERY * 1000 <= 60_000


async def test_of_two_sealers_one_seals_and_both_know(
    store_client: RawStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The second machine makes no checkpoint, and keeps the first one's as its own anchor."""
    here, there = Anchors(tmp_path / "a"), Anchors(tmp_path / "b")
    first, second = (sealer(store_client, ring, each) for each in (here, there))
    await note(store_client, 2)
    assert [await first.seal(), await second.seal()] == [1, 0]
    assert here.read(TAG) == there.read(TAG) is not None
    await note(store_client, 2)
    assert await second.seal() == 0
    await store_client.delete(keys.sealer(TAG))  # the first one's process is gone
    assert await second.seal() == 1
    assert await first.seal() == 0
    assert here.read(TAG) == there.read(TAG)
    assert (await verdict(store_client, ring, here)).findings == ()


async def test_without_the_lease_the_comparison_still_lets_one_win(
    store_client: RawStore, ring: KeyRing, tmp_path: Path
) -> None:
    """Both believe that they hold it: one chain comes out, with every entry in it once."""

    async def run(name: str) -> int:
        one = sealer(store_client, ring, Anchors(tmp_path / name))
        made = 0
        for _ in range(20):
            await store_client.delete(keys.sealer(TAG))
            await note(store_client, 1)
            made += await one.seal()
        return made

    made = await asyncio.gather(*(run(name) for name in "abc"))
    await store_client.delete(keys.sealer(TAG))
    last = Anchors(tmp_path / "a")
    made.append(await sealer(store_client, ring, last).seal())
    numbers = [says.number for says in await chain(store_client)]
    assert numbers == list(range(1, sum(made) + 1))
    found = await verdict(store_client, ring, last)
    assert (found.findings, found.entries, found.unsealed) == ((), 60, 0)


@pytest.mark.parametrize("step", ["before", "after"])
async def test_a_sealer_that_dies_between_its_steps_leaves_a_whole_chain(
    store_client: RawStore,
    ring: KeyRing,
    anchors: Anchors,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Killed before the checkpoint is in the store, or between it and the file: no alarm, no gap."""
    await note(store_client, 2)
    await sealer(store_client, ring, anchors).seal()
    append = Ledger.append

    async def killed(self: Ledger, *args: object, **more: object) -> bool:
        if step == "after":
            await append(self, *args, **more)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    await note(store_client, 2)
    await store_client.delete(keys.sealer(TAG))
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            await sealer(store_client, ring, anchors).seal()
    await store_client.delete(keys.sealer(TAG))
    await note(store_client, 1)
    with capture_logs() as lines:
        await sealer(store_client, ring, anchors).seal()
    assert alarms(lines) == []
    found = await verdict(store_client, ring, anchors)
    assert (found.findings, found.entries, found.unsealed) == ((), 5, 0)


async def test_a_backlog_is_sealed_in_pieces(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """At most an hour and a thousand entries a checkpoint, all in one look."""
    now, _ = await store_client.time()
    start = (now - 10 * HOUR) * 1000
    for hour in range(4):
        await note(store_client, 3, at_ms=start + hour * 2 * SPAN_MS)
    await note(store_client, 2300)
    assert await sealer(store_client, ring, anchors).seal() == 7
    assert [says.entries for says in await chain(store_client)] == [3] * 4 + [1000, 1000, 300]
    found = await verdict(store_client, ring, anchors)
    assert (found.findings, found.entries) == ((), 2312)


async def test_age_lets_whole_checkpoints_go_and_the_rest_stays_proven(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """Retention trims behind a checkpoint that says so; what is left is checked from its start."""
    now, _ = await store_client.time()
    for days in (100, 95, 91, 10, 1):
        await note(store_client, 4, at_ms=(now - days * DAY) * 1000)
    one = sealer(store_client, ring, anchors, retention=200 * DAY)
    await one.seal()
    assert await store_client.xlen(keys.audit(TAG)) == 20
    before = await chain(store_client)
    await store_client.delete(keys.sealer(TAG))
    await sealer(store_client, ring, anchors).seal()
    assert await store_client.xlen(keys.audit(TAG)) == 8
    after = await chain(store_client)
    assert [says.number for says in after] == [3, 4, 5, 6]
    assert (after[-1].floor, after[-1].present) == (before[2].until, 8)
    found = await verdict(store_client, ring, anchors)
    assert (found.findings, found.entries) == ((), 8)
    with capture_logs() as lines:
        assert await sealer(store_client, ring, anchors).seal() == 0
    assert alarms(lines) == []


async def test_the_sweeper_leaves_a_sealed_trail_to_the_sealer(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """Trimmed in the middle of what a checkpoint covers, age would look like a hand."""
    now, _ = await store_client.time()
    await note(store_client, 4, at_ms=(now - 95 * DAY) * 1000)
    await sealer(store_client, ring, anchors, retention=200 * DAY).seal()
    await audit.trim(store_client, ANNA.workspace, 90 * DAY)
    assert await store_client.xlen(keys.audit(TAG)) == 4
    await store_client.delete(keys.seals(TAG))
    await audit.trim(store_client, ANNA.workspace, 90 * DAY)
    assert await store_client.xlen(keys.audit(TAG)) == 0


async def test_a_rotation_of_keys_breaks_nothing(store_client: RawStore, anchors: Anchors) -> None:
    """Old checkpoints stay proven by newer ones when their key is gone, also right away."""
    old, new = MasterKey.random(), MasterKey.random()
    with capture_logs() as lines:
        for masters in ([old], [new, old], [new]):
            await store_client.delete(keys.sealer(TAG))
            await note(store_client, 2)
            assert await sealer(store_client, KeyRing(masters), anchors).seal() == 1
    assert alarms(lines) == []
    assert [says.key_name for says in await chain(store_client)] == [old.name, new.name, new.name]
    found = await verdict(store_client, KeyRing([new]), anchors)
    assert (found.findings, found.untold, found.entries) == ((), None, 6)


async def test_a_key_that_vanishes_with_its_last_checkpoint_is_bridged_by_the_anchor(
    store_client: RawStore, anchors: Anchors
) -> None:
    """The file on this machine says that it was ours, so the next checkpoint binds it."""
    old, new = KeyRing([MasterKey.random()]), KeyRing([MasterKey.random()])
    await note(store_client, 2)
    await sealer(store_client, old, anchors).seal()
    await store_client.delete(keys.sealer(TAG))
    await note(store_client, 2)
    with capture_logs() as lines:
        assert await sealer(store_client, new, anchors).seal() == 1
    assert alarms(lines) == []
    assert (await verdict(store_client, new, anchors)).findings == ()


async def test_a_process_without_the_newest_key_leaves_the_sealing_to_others(
    store_client: RawStore, tmp_path: Path
) -> None:
    """In a rotation it waits, gives up the lease and raises no alarm."""
    old, new = MasterKey.random(), MasterKey.random()
    here, there = Anchors(tmp_path / "a"), Anchors(tmp_path / "b")
    await note(store_client, 1)
    await sealer(store_client, KeyRing([new, old]), here).seal()
    await store_client.delete(keys.sealer(TAG))
    late = sealer(store_client, KeyRing([old]), there)
    await note(store_client, 1)
    with capture_logs() as lines:
        assert [await late.seal(), await late.seal()] == [0, 0]
    assert alarms(lines) == []
    assert not await store_client.exists(keys.sealer(TAG))
    assert await sealer(store_client, KeyRing([new, old]), here).seal() == 1


async def test_two_workspaces_that_share_a_tag_share_a_chain(
    store_client: RawStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The trail is the tag's: either's process seals all of it."""
    await note(store_client, 1)
    await note(store_client, 1, workspace="T0OTHER")
    first = sealer(store_client, ring, Anchors(tmp_path / "a"))
    second = sealer(store_client, ring, Anchors(tmp_path / "b"))
    assert [await first.seal(), await second.seal()] == [1, 0]
    await store_client.delete(keys.sealer(TAG))
    await note(store_client, 1, workspace="T0OTHER")
    assert await second.seal() == 1
    found = await verdict(store_client, ring, Anchors(tmp_path / "a"))
    assert (found.findings, found.entries) == ((), 3)


async def test_a_clock_that_was_set_back_stops_nobody(
    store_client: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """Entries dated ahead are sealed, and a lease from the future is nobody's."""
    now, _ = await store_client.time()
    await note(store_client, 2, at_ms=(now + HOUR) * 1000)
    await store_client.hset(keys.sealer(TAG), mapping={"who": "gone", "until": (now + HOUR) * 1000})
    assert await sealer(store_client, ring, anchors).seal() == 1
    await note(store_client, 2)
    assert await sealer(store_client, ring, anchors).seal() == 0  # the first one holds the lease
    found = await verdict(store_client, ring, anchors)
    assert (found.findings, found.unsealed) == ((), 2)


async def test_a_key_that_nobody_has_is_an_alarm_and_sealing_begins_anew(
    store_client: RawStore, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nobody seals for ten minutes, it is no rotation. What was before is proven by nothing."""
    await note(store_client, 2)
    await sealer(store_client, KeyRing([MasterKey.random()]), Anchors(tmp_path / "a")).seal()
    await store_client.delete(keys.sealer(TAG))
    here = Anchors(tmp_path / "b")
    with capture_logs() as lines:
        for _ in range(2):
            await note(store_client, 1)
            await sealer(store_client, ring, here).seal()
    assert alarms(lines) == []
    monkeypatch.setattr("storage.witness.KEY_PATIENCE_MS", -1)
    with capture_logs() as lines:
        assert await sealer(store_client, ring, here).seal() == 1
    assert alarms(lines) == ["audit_key_missing"]
    found = await verdict(store_client, ring, here)
    assert {one.fault for one in found.findings} == {Fault.FOREIGN_KEY, Fault.BEGAN_ANEW}


async def test_whatever_the_sealers_do_is_no_alarm(
    store_client: RawStore, ring: KeyRing, tmp_path: Path
) -> None:
    """News, looks of three machines at once, old age, lost leases and restarts, in any order.

    After each round what stands in the store is whole, whichever machine's anchor it is held to.
    """
    chance = random.Random(6)
    now, _ = await store_client.time()
    at, places = (now - 100 * DAY) * 1000, [Anchors(tmp_path / name) for name in "abc"]
    age = 100 * DAY
    rounds = n("rounds of three sealers", everyday=20, full=150)
    with capture_logs() as lines:
        for _ in range(rounds):
            count = chance.randrange(4)
            await note(store_client, count, at_ms=at)
            at += 10_000 + chance.randrange(2 * SPAN_MS)
            if chance.random() < 0.4:
                age -= chance.randrange(HOUR)
            if chance.random() < 0.5:
                await store_client.delete(keys.sealer(TAG))
            made = chance.sample(places, chance.randrange(4))
            await asyncio.gather(
                *(sealer(store_client, ring, each, retention=age).seal() for each in made)
            )
            for each in places:
                found = await verdict(store_client, ring, each)
                assert found.findings == ()
    assert alarms(lines) == []
    floors = [says.floor for says in await chain(store_client)]
    assert floors == sorted(floors)
    assert floors[-1] > NEVER
