"""Whatever was done to a sealed trail is found, and where; what is whole is called whole."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from storage import checkpoints, keys, verifier
from storage.anchors import Anchors
from storage.checkpoints import Break, SealedCheckpoint
from storage.model import DAY
from storage.seal import KeyRing, MasterKey
from storage.verifier import Fault, Untold, without
from tests.raw import RawStore, snapshot
from tests.trails import TAG, alarms, chain, note, sealer, verdict

AUDIT, SEALS = keys.audit(TAG), keys.seals(TAG)
Entry = tuple[bytes, list[tuple[bytes, bytes]]]
Meddle = Callable[[RawStore], Awaitable[None]]


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    """One machine's DATA_DIR."""
    return Anchors(tmp_path)


@pytest.fixture
async def sealed(store_client: RawStore, ring: KeyRing, anchors: Anchors) -> RawStore:
    """Four checkpoints over five entries each, a minute apart, the oldest let go by age."""
    now, _ = await store_client.time()
    await note(store_client, 5, at_ms=(now - 100 * DAY) * 1000)
    for minutes in (30, 20, 10):
        await note(store_client, 5, at_ms=(now - minutes * 60) * 1000)
        await sealer(store_client, ring, anchors).seal()
        await store_client.delete(keys.sealer(TAG))
    await sealer(store_client, ring, anchors).seal()
    await store_client.delete(keys.sealer(TAG))
    return store_client


async def rewrite(redis: RawStore, key: str, change: Callable[[list[Entry]], list[Entry]]) -> None:
    """Write a stream anew, as somebody with a shell on the store can."""
    entries = [(name, list(fields.items())) for name, fields in await redis.xrange(key)]
    await redis.delete(key)
    for name, fields in change(entries):
        words = [word for pair in fields for word in pair]
        await redis.execute_command("XADD", key, name, *words)


def with_field(entry: Entry, name: bytes, value: bytes) -> Entry:
    """The entry with another value in one field."""
    return entry[0], [(key, value if key == name else old) for key, old in entry[1]]


async def change_who(redis: RawStore) -> None:
    """Another person did it."""
    await rewrite(
        redis, AUDIT, lambda all_: [*all_[:6], with_field(all_[6], b"by", b"U0EVE"), *all_[7:]]
    )


async def change_order_of_fields(redis: RawStore) -> None:
    """The same words, in another order."""
    await rewrite(redis, AUDIT, lambda all_: [(all_[0][0], all_[0][1][::-1]), *all_[1:]])


async def double_a_field(redis: RawStore) -> None:
    """A second value for a name, which a dictionary would fold away."""

    def doubled(entry: Entry) -> Entry:
        return entry[0], [(b"by", b"U0EVE"), *entry[1]]

    await rewrite(redis, AUDIT, lambda all_: [*all_[:2], doubled(all_[2]), *all_[3:]])


async def move_in_time(redis: RawStore) -> None:
    """An entry is dated a millisecond later."""

    def later(entry: Entry) -> Entry:
        ms, seq = entry[0].split(b"-")
        return b"%d-%d" % (int(ms) + 1, int(seq)), entry[1]

    await rewrite(redis, AUDIT, lambda all_: [*all_[:7], later(all_[7]), *all_[8:]])


async def swap(redis: RawStore) -> None:
    """Two entries change places."""

    def swapped(entries: list[Entry]) -> list[Entry]:
        (one, first), (two, second) = entries[6:8]
        return [*entries[:6], (one, second), (two, first), *entries[8:]]

    await rewrite(redis, AUDIT, swapped)


async def remove_one(redis: RawStore) -> None:
    """An entry in the middle is deleted."""
    name = (await redis.xrange(AUDIT))[7][0]
    await redis.xdel(AUDIT, name)


async def remove_the_oldest(redis: RawStore) -> None:
    """The front is trimmed as if age had done it."""
    await redis.xtrim(AUDIT, maxlen=12, approximate=False)


async def add_one(redis: RawStore) -> None:
    """An entry is put between two."""

    def added(entries: list[Entry]) -> list[Entry]:
        ms, seq = entries[6][0].split(b"-")
        return [*entries[:7], (b"%d-%d" % (int(ms) + 500, int(seq)), entries[6][1]), *entries[7:]]

    await rewrite(redis, AUDIT, added)


async def add_before_all(redis: RawStore) -> None:
    """An entry is put where age had let go."""
    await rewrite(redis, AUDIT, lambda all_: [(b"5000-0", all_[0][1]), *all_])


async def cut_the_tail(redis: RawStore) -> None:
    """The newest sealed entries are deleted."""
    for name, _ in (await redis.xrange(AUDIT))[-2:]:
        await redis.xdel(AUDIT, name)


async def cut_tail_and_checkpoint(redis: RawStore) -> None:
    """The newest entries, and the checkpoint over them: the rest is a whole chain."""
    for name, _ in (await redis.xrange(AUDIT))[-5:]:
        await redis.xdel(AUDIT, name)
    await redis.xdel(SEALS, (await redis.xrange(SEALS))[-1][0])


async def remove_a_checkpoint(redis: RawStore) -> None:
    """One in the middle of the chain."""
    await redis.xdel(SEALS, (await redis.xrange(SEALS))[1][0])


async def remove_the_front(redis: RawStore) -> None:
    """The oldest checkpoints with their entries, as if age had let them go."""
    await redis.xtrim(AUDIT, maxlen=5, approximate=False)
    await redis.xtrim(SEALS, maxlen=1, approximate=False)


async def alter_a_checkpoint(redis: RawStore) -> None:
    """A byte of its mac."""

    def altered(entries: list[Entry]) -> list[Entry]:
        mac = dict(entries[2][1])[b"mac"]
        return [*entries[:2], with_field(entries[2], b"mac", mac[:-1] + b"?"), *entries[3:]]

    await rewrite(redis, SEALS, altered)


async def seal_anew_under_an_own_key(redis: RawStore) -> None:
    """The whole chain made again over other entries, under a key of the attacker's."""
    await change_who(redis)
    own, says = MasterKey.random(), await chain(redis)
    await redis.delete(SEALS)
    previous = says[0].previous
    for one in says:
        digest = checkpoints.Digest()
        for name, fields in await redis.xrange(AUDIT, f"({one.since}", str(one.until)):
            digest.add([(name, [word for pair in fields.items() for word in pair])])
        forged = checkpoints.seal(own, replace(one, previous=previous, digest=digest.value()))
        previous = forged.hash
        await redis.xadd(SEALS, {"part": forged.part, "mac": forged.mac}, id=f"{one.number}-0")


async def empty_the_trail(redis: RawStore) -> None:
    """The stream is gone, its checkpoints are not."""
    await redis.delete(AUDIT)


async def empty_the_store(redis: RawStore) -> None:
    """Everything is gone."""
    await redis.flushall()


MANIPULATIONS: dict[str, tuple[Meddle, set[Fault]]] = {
    "who": (change_who, {Fault.CHANGED}),
    "order of fields": (change_order_of_fields, {Fault.CHANGED}),
    "doubled field": (double_a_field, {Fault.CHANGED}),
    "time": (move_in_time, {Fault.CHANGED}),
    "order": (swap, {Fault.CHANGED}),
    "one removed": (remove_one, {Fault.REMOVED}),
    "front trimmed": (remove_the_oldest, {Fault.REMOVED}),
    "one added": (add_one, {Fault.ADDED}),
    "added in front": (add_before_all, {Fault.RETURNED}),
    "tail cut": (cut_the_tail, {Fault.CUT}),
    "tail and checkpoint cut": (cut_tail_and_checkpoint, {Fault.WENT_BACK}),
    "checkpoint removed": (remove_a_checkpoint, {Fault.CHECKPOINT_REMOVED}),
    "front with checkpoints": (remove_the_front, {Fault.CHECKPOINT_REMOVED}),
    "checkpoint altered": (alter_a_checkpoint, {Fault.CHECKPOINT_ALTERED}),
    "foreign key": (seal_anew_under_an_own_key, {Fault.FOREIGN_KEY, Fault.WENT_BACK}),
    "trail emptied": (empty_the_trail, {Fault.REMOVED, Fault.CUT}),
    "store emptied": (empty_the_store, {Fault.WENT_BACK}),
}


async def test_a_whole_trail_is_called_whole(
    sealed: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """The negative control of all below: nothing is found, and the unsealed end is named."""
    await note(sealed, 2)
    found = await verdict(sealed, ring, anchors)
    assert (found.findings, found.untold) == ((), None)
    assert (found.entries, found.unsealed, found.anchored) == (15, 2, True)


@pytest.mark.parametrize("name", MANIPULATIONS)
async def test_each_manipulation_is_found(
    name: str, sealed: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """By its kind, and in the interval where it was done."""
    meddle, faults = MANIPULATIONS[name]
    before = await chain(sealed)
    await meddle(sealed)
    found = await verdict(sealed, ring, anchors)
    assert {one.fault for one in found.findings} == faults
    if name in {"who", "order", "one removed", "one added"}:  # all in the second that is left
        (one,) = found.findings
        assert (one.since, one.until) == (before[2].since, before[2].until)


@pytest.mark.parametrize("name", sorted(set(MANIPULATIONS) - {"who", "order"}))
async def test_the_sealer_notices_what_it_can_and_goes_on(
    name: str, sealed: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """One alarm from the next look of whoever seals, then a chain that holds again behind it."""
    silent = {
        "order of fields",
        "doubled field",
        "time",
        "checkpoint removed",
        "checkpoint altered",
    }
    meddle, _ = MANIPULATIONS[name]
    await meddle(sealed)
    await note(sealed, 1)
    with capture_logs() as lines:
        await sealer(sealed, ring, anchors).seal()
        await sealer(sealed, ring, anchors).seal()
    assert len(alarms(lines)) == (name not in silent)
    await sealed.delete(keys.sealer(TAG))
    await note(sealed, 3)
    with capture_logs() as lines:
        await sealer(sealed, ring, anchors).seal()
    assert alarms(lines) == []
    found = await verdict(sealed, ring, anchors)
    assert found.findings
    assert found.unsealed == 0
    assert not [one for one in found.findings if one.since > (await chain(sealed))[-2].until]


async def test_a_restored_store_is_noticed_and_told(
    sealed: RawStore, ring: KeyRing, anchors: Anchors
) -> None:
    """What this machine knows of is newer: an alarm, and a finding also after sealing went on."""
    backup = {name: await sealed.dump(name) for name in await sealed.keys("ss:*")}
    await note(sealed, 3)
    await sealer(sealed, ring, anchors).seal()
    await sealed.flushall()
    for name, value in backup.items():
        await sealed.restore(name, 0, value)
    found = await verdict(sealed, ring, anchors)
    assert [one.fault for one in found.findings] == [Fault.WENT_BACK]
    await note(sealed, 1)
    with capture_logs() as lines:
        await sealer(sealed, ring, anchors).seal()
    assert alarms(lines) == ["audit_went_back"]
    found = await verdict(sealed, ring, anchors)
    assert [(one.fault, one.why) for one in found.findings] == [(Fault.BEGAN_ANEW, Break.WENT_BACK)]
    now, _ = await sealed.time()
    assert without(found, (now + 1) * 1000).findings == ()


async def test_without_an_anchor_a_restore_cannot_be_told(
    sealed: RawStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The negative control: a machine that knows nothing finds a whole chain, and says so."""
    await cut_tail_and_checkpoint(sealed)
    found = await verdict(sealed, ring, Anchors(tmp_path / "elsewhere"))
    assert (found.findings, found.anchored) == ((), False)


async def test_other_machines_learn_of_a_beginning_anew(
    sealed: RawStore, ring: KeyRing, anchors: Anchors, tmp_path: Path
) -> None:
    """The break is on record, so a second machine follows it without another alarm."""
    there = Anchors(tmp_path / "there")
    await sealer(sealed, ring, there).seal()
    await empty_the_store(sealed)
    await note(sealed, 2)
    with capture_logs() as lines:
        await sealer(sealed, ring, anchors).seal()
        await sealer(sealed, ring, there).seal()
    assert alarms(lines) == ["audit_went_back"]
    assert anchors.read(TAG) == there.read(TAG)


async def test_a_damaged_anchor_is_told_and_replaced(
    sealed: RawStore, ring: KeyRing, anchors: Anchors, tmp_path: Path
) -> None:
    """The file is authenticated: one that was altered is a finding, and proves nothing."""
    kept = anchors.read(TAG)
    assert kept
    (tmp_path / "audit" / f"{TAG}.anchor").write_bytes(
        bytes(SealedCheckpoint(kept.part, kept.mac[:-1] + b"?"))
    )
    found = await verdict(sealed, ring, anchors)
    assert [one.fault for one in found.findings] == [Fault.ANCHOR_ALTERED]
    with capture_logs() as lines:
        await sealer(sealed, ring, anchors).seal()
    assert alarms(lines) == ["audit_altered"]
    assert anchors.read(TAG) == kept


async def test_what_cannot_be_told_is_said(
    store_client: RawStore, ring: KeyRing, anchors: Anchors, tmp_path: Path
) -> None:
    """No trail, none that was sealed, a sealer that stopped, a key that is not ours."""
    assert (await verdict(store_client, ring, anchors)).untold is Untold.EMPTY
    now, _ = await store_client.time()
    await note(store_client, 1, at_ms=(now - 300) * 1000)
    assert (await verdict(store_client, ring, anchors)).untold is Untold.NOTHING_SEALED
    await sealer(store_client, ring, anchors).seal()
    await note(store_client, 1, at_ms=(now - 200) * 1000)
    assert (await verdict(store_client, ring, anchors)).untold is Untold.BEHIND
    other = KeyRing([MasterKey.random()])
    found = await verdict(store_client, other, Anchors(tmp_path / "elsewhere"))
    assert (found.untold, found.findings) == (Untold.NO_KEY, ())


async def test_control_a_verifier_that_compares_counts_only_misses_a_change(
    sealed: RawStore, ring: KeyRing, anchors: Anchors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the digest: without it a changed entry goes unseen."""
    monkeypatch.setattr(checkpoints.Digest, "value", lambda _self: b"same")
    made = await chain(sealed)
    assert made
    monkeypatch.setattr(
        checkpoints,
        "read",
        lambda one, tag, read=checkpoints.read: replace(read(one, tag), digest=b"same"),
    )
    await change_who(sealed)
    assert (await verdict(sealed, ring, anchors)).findings == ()


async def test_nothing_secret_is_in_a_checkpoint(sealed: RawStore) -> None:
    """It holds counts, names of entries, digests and a key's name, and nothing of an entry."""
    stored = await snapshot(sealed, SEALS)
    assert stored
    for _, fields in next(iter(stored.values())):
        assert set(fields) == {b"part", b"mac"}
        assert b"U0ANNA" not in fields[b"part"]


async def test_what_age_lets_go_during_the_reading_is_no_finding(
    store_client: RawStore, ring: KeyRing, anchors: Anchors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sealer goes on meanwhile: its trimming is told from a loss."""
    now, _ = await store_client.time()
    for days in (100, 95, 1):
        await note(store_client, 3, at_ms=(now - days * DAY) * 1000)
        await sealer(store_client, ring, anchors, retention=200 * DAY).seal()
        await store_client.delete(keys.sealer(TAG))
    floor, trimmed = verifier._floor, list[int]()

    async def then_trimmed(*args: object) -> object:
        found = await floor(*args)  # type: ignore[arg-type]
        if not trimmed:
            trimmed.append(await sealer(store_client, ring, anchors).seal())
        return found

    monkeypatch.setattr(verifier, "_floor", then_trimmed)
    found = await verdict(store_client, ring, anchors)
    assert trimmed == [1]
    assert (found.findings, found.untold, found.entries) == ((), None, 3)
