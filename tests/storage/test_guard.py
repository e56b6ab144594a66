"""A store that went back in time shows nothing again (A6), and nothing else is taken for that."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from storage import alarms, keys
from storage.guard import Guard
from storage.journal import Entry, Journal, Mark
from storage.model import Event, Nonce, SecretId, State, Status, Submission, tag_of
from storage.outcomes import (
    Burned,
    Gone,
    Look,
    Opened,
    Submitted,
    Unavailable,
    Withdrawn,
)
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests import asking
from tests.links import READER, Holder, reveal, share
from tests.numbers import n
from tests.own_store import OwnStore, own_store
from tests.people import ANNA
from tests.raw import RawStore

TAG = tag_of(ANNA.workspace)
RETENTION = 90 * 24 * 3600
ALARM_WITHIN = 5.0


@pytest.fixture
async def own() -> AsyncIterator[OwnStore]:
    """A store that can be set back."""
    async with own_store() as running:
        yield running


@dataclass
class Process:
    """What one process of ours has."""

    guard: Guard
    vault: Vault


def process(own: OwnStore, ring: KeyRing, data_dir: Path) -> Process:
    """Start one with that DATA_DIR."""
    guard = Guard(own.redis, ring, data_dir, RETENTION)
    return Process(guard, Vault(own.redis, ring, watch=guard))


async def status_of(vault: Vault, sid: SecretId) -> Status:
    """What the team reads in the history."""
    details = await vault.details(ANNA.workspace, sid)
    assert not isinstance(details, Unavailable)
    return details.summary.status


async def events(redis: RawStore) -> list[str]:
    """The audit stream's events, oldest first."""
    found = await redis.xrange(keys.audit(TAG))
    return [fields[b"event"].decode() for _, fields in found]


# Each way in which something ends after the backup, and how somebody tries to get at it again.


@dataclass
class Subject:
    """Something that is alive in the backup, how it ends after it, and how it is tried again."""

    sid: SecretId
    end: Callable[[Vault], Awaitable[object]]
    again: Callable[[Vault], Awaitable[object]]


async def _burned(vault: Vault) -> Subject:
    holder = await share(vault)
    return Subject(holder.id, lambda v: v.burn(ANNA, holder.id), lambda v: reveal(v, holder))


async def _opened(vault: Vault) -> Subject:
    holder = await share(vault)
    return Subject(holder.id, lambda v: reveal(v, holder), lambda v: reveal(v, holder))


async def _collected(vault: Vault) -> Subject:
    question = await asking.answered(vault)
    by = await asking.session(vault, ANNA, request=question.id)

    def collect(again: Vault) -> Awaitable[object]:
        return asking.collect(again, question, by)

    return Subject(question.id, collect, collect)


async def _replaced(vault: Vault) -> Subject:
    first = await share(vault, submission=Submission("V1", "one"))
    return Subject(
        first.id,
        lambda v: share(v, submission=Submission("V1", "two")),
        lambda v: reveal(v, first),
    )


async def _withdrawn(vault: Vault) -> Subject:
    question = await asking.ask(vault)
    return Subject(
        question.id,
        lambda v: v.withdraw(question.id, question.submit, READER),
        lambda v: asking.answer(v, question),
    )


WAYS = (_burned, _opened, _collected, _replaced, _withdrawn)
GOOD = (Burned, Opened, Withdrawn, Holder, Submitted)

# From where somebody looks after the restore.
PLACES = ("the same process", "one that was restarted", "one that shares DATA_DIR")


async def set_back(
    own: OwnStore, ring: KeyRing, folder: Path, number: int
) -> tuple[Subject, Process]:
    """End something, set the store back to before; and the process that is asked next."""
    first, second = process(own, ring, folder), process(own, ring, folder)
    subject = await WAYS[number % len(WAYS)](first.vault)
    await second.guard.look()
    own.copy()
    assert isinstance(await subject.end(first.vault), GOOD)
    await own.restore()
    place = PLACES[number % len(PLACES)]
    if place == "the same process":
        return subject, first
    return subject, second if place == "one that shares DATA_DIR" else process(own, ring, folder)


async def test_a6_what_had_ended_stays_ended(own: OwnStore, ring: KeyRing, tmp_path: Path) -> None:
    """A6: a store set back to before a burn, DATA_DIR kept: not readable, and one alarm at once."""
    for number in range(n("A6", everyday=15, full=100)):
        subject, asked = await set_back(own, ring, tmp_path / str(number), number)
        before = alarms.raised["rollback"]
        outcome = await subject.again(asked.vault)
        assert isinstance(outcome, Gone), number
        assert outcome.reason is State.BURNED
        assert alarms.raised["rollback"] == before + 1
        assert not isinstance(await subject.again(asked.vault), GOOD)
        await own.redis.flushall()


async def test_a6_control_without_the_guard_it_is_readable(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The same, with nobody watching: everything can be had once more."""
    for number in range(len(WAYS)):
        subject, _ = await set_back(own, ring, tmp_path / str(number), number)
        assert isinstance(await subject.again(Vault(own.redis, ring)), GOOD), number
        await own.redis.flushall()


async def test_a6_control_without_data_dir_it_is_readable(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """On a disk that did not last the protection is gone; the start of the notes is said."""
    subject, _ = await set_back(own, ring, tmp_path / "gone", 0)
    assert isinstance(await subject.again(process(own, ring, tmp_path / "new").vault), GOOD)


async def test_a6_the_alarm_comes_while_nobody_asks(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """A6: within five seconds after the store is back, by the process's own look."""
    one = process(own, ring, tmp_path)
    holder = await share(one.vault)
    own.copy()
    watching = asyncio.create_task(one.guard.watch())
    assert isinstance(await reveal(one.vault, holder), Opened)
    before = alarms.raised["rollback"]
    await own.restore()
    back = time.monotonic()
    while alarms.raised["rollback"] == before:
        assert time.monotonic() - back < ALARM_WITHIN
        await asyncio.sleep(0.05)
    watching.cancel()
    # A process without any notes finds it held back.
    assert isinstance(await reveal(Vault(own.redis, ring), holder), Gone)


async def test_older_single_use_secrets_are_held_back_until_the_restore_is_accepted(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """They read Lost, "the store went back"; reusable and newer ones open; then all that live."""
    one = process(own, ring, tmp_path)
    unopened, ended = await share(one.vault), await share(one.vault)
    reusable = await share(one.vault, single_use=False)
    burned = await share(one.vault, single_use=False)
    waiting = await asking.ask(one.vault)
    own.copy()
    assert isinstance(await reveal(one.vault, ended), Opened)
    assert isinstance(await one.vault.burn(ANNA, burned.id), Burned)
    await own.restore()
    await one.guard.look()

    assert isinstance(await reveal(one.vault, unopened), Gone)
    assert isinstance(await asking.answer(one.vault, waiting), Gone)
    status = await status_of(one.vault, unopened.id)
    assert (status.state, status.went_back) == (State.LOST, True)
    looked = await one.vault.look(unopened.id, unopened.proof, READER)
    assert isinstance(looked, Gone)
    assert status.at == looked.at
    assert looked.reason is State.LOST
    assert isinstance(await reveal(one.vault, reusable), Opened)
    assert isinstance(await reveal(one.vault, burned), Gone)
    assert isinstance(await reveal(one.vault, await share(one.vault)), Opened)
    await one.vault.sweep(ANNA.workspace)
    assert [found.tag for found in await one.guard.quarantines()] == [TAG]

    assert [found.tag for found in await one.guard.accept_restore()] == [TAG]
    assert await one.guard.accept_restore() == []
    assert isinstance(await one.vault.look(unopened.id, unopened.proof, READER), Look)
    assert isinstance(await reveal(one.vault, unopened), Opened)
    assert isinstance(await asking.answer(one.vault, waiting), Submitted)
    assert (await status_of(one.vault, ended.id)).state is State.BURNED
    assert isinstance(await reveal(one.vault, ended), Gone)
    told = await events(own.redis)
    assert told.count(Event.WENT_BACK) == told.count(Event.RESTORE_ACCEPTED) == 1
    assert told.count(Event.ENDED_AGAIN) == 2


async def test_what_is_held_back_can_be_burned(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """By its creator; the accepted restore does not bring it back."""
    one = process(own, ring, tmp_path)
    holder, other = await share(one.vault), await share(one.vault)
    own.copy()
    await reveal(one.vault, other)
    await own.restore()
    assert isinstance(await one.vault.burn(ANNA, holder.id), Burned)
    await one.guard.accept_restore()
    assert isinstance(await reveal(one.vault, holder), Gone)


async def test_an_open_retry_window_does_not_come_back(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """A claim that was confirmed after the backup: also the nonce that had it gets nothing."""
    one, nonce = process(own, ring, tmp_path), Nonce.random()
    holder = await share(one.vault)
    # Elsewhere: the journal here does not know of it, and it is not ended again.
    assert isinstance(await reveal(Vault(own.redis, ring), holder, nonce), Opened)
    own.copy()
    await one.vault.ack(holder.id, holder.proof, nonce)
    await one.vault.burn(ANNA, (await share(one.vault)).id)
    await own.restore()
    assert isinstance(await reveal(one.vault, holder, nonce), Gone)


async def test_an_emptied_store_went_back(own: OwnStore, ring: KeyRing, tmp_path: Path) -> None:
    """Alarm, and the service goes on with what is made from now on."""
    one = process(own, ring, tmp_path)
    await reveal(one.vault, await share(one.vault))
    before = alarms.raised["rollback"]
    await own.redis.flushall()
    assert isinstance(await reveal(one.vault, await share(one.vault)), Opened)
    assert alarms.raised["rollback"] == before + 1


async def test_another_history_with_as_many_ends_is_found(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """A machine without the newest notes has gone on from the restored store, and further."""
    here, there = process(own, ring, tmp_path / "here"), process(own, ring, tmp_path / "there")
    holder, others = await share(here.vault), [await share(here.vault) for _ in range(3)]
    await there.guard.look()
    own.copy()
    await here.vault.burn(ANNA, holder.id)
    await own.restore()
    for other in others:
        assert isinstance(await reveal(there.vault, other), Opened)
    before = alarms.raised["rollback"]
    assert isinstance(await reveal(here.vault, holder), Gone)
    assert alarms.raised["rollback"] == before + 1
    assert isinstance(await reveal(there.vault, holder), Gone)


async def test_a_machine_with_other_notes_ends_its_own_again(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """Who hears of a quarantine that another machine made reads the own journal too."""
    here, there = process(own, ring, tmp_path / "here"), process(own, ring, tmp_path / "there")
    mine, theirs = await share(here.vault), await share(there.vault, single_use=False)
    own.copy()
    await there.vault.burn(ANNA, theirs.id)
    await reveal(here.vault, mine)
    await own.restore()
    await here.guard.look()
    await there.guard.look()
    assert isinstance(await reveal(here.vault, theirs), Gone)


async def test_no_alarm_where_nothing_went_back(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """Processes at once on one DATA_DIR and on two, slow replies, a killed store, a new key."""
    before = alarms.raised["rollback"]
    new = KeyRing([MasterKey.random(), *ring])
    everybody = [
        process(own, ring, tmp_path / "one"),
        process(own, ring, tmp_path / "one"),
        process(own, ring, tmp_path / "two"),
    ]

    async def busy(one: Process) -> None:
        for _ in range(n("A6 alarms", everyday=8, full=500)):
            assert isinstance(await reveal(one.vault, await share(one.vault)), Opened)
            await one.guard.look()

    await asyncio.gather(*(busy(one) for one in everybody for _ in range(2)))
    await own.stop()
    await own.start()
    everybody.append(process(own, new, tmp_path / "one"))
    await asyncio.gather(*(busy(one) for one in everybody))
    assert alarms.raised["rollback"] == before


async def test_it_is_noted_before_anything_leaves(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The journal has each claim when its reveal answers; many at once share their fsyncs."""
    one = process(own, ring, tmp_path)
    holders = [await share(one.vault) for _ in range(40)]
    journal = Journal(ring, tmp_path / "guard", TAG)
    writes = 0
    append = Journal.append

    def counted(self: Journal, entries: list[Entry]) -> None:
        nonlocal writes
        writes += 1
        append(self, entries)

    async def noted(holder: Holder) -> bool:
        assert isinstance(await reveal(one.vault, holder), Opened)
        return holder.id.value in {entry.id for entry in journal.entries()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "append", counted)
        assert all(await asyncio.gather(*map(noted, holders)))
    assert writes < len(holders) / 2


async def test_a_reader_who_leaves_ends_nobody_elses_note(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """Of reveals that wait for one fsync, some are cancelled: all are noted."""
    one = process(own, ring, tmp_path)
    holders = [await share(one.vault) for _ in range(12)]
    tasks = [asyncio.create_task(reveal(one.vault, holder)) for holder in holders]
    journal = Journal(ring, tmp_path / "guard", TAG)
    while journal.newest() is None:
        await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ended = {entry.id for entry in journal.entries()}
    assert {holder.id.value for holder in holders[1::2]} <= ended


async def test_a_data_dir_that_takes_no_notes_is_said_once(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """The start says so, and what is open can still be opened."""
    (tmp_path / "guard").write_text("a file where the folder should be")
    with capture_logs() as lines:
        one = process(own, ring, tmp_path)
        await one.guard.start()
        for _ in range(3):
            assert isinstance(await reveal(one.vault, await share(one.vault)), Opened)
    assert [line["event"] for line in lines if line["event"] == "guard_off"] == ["guard_off"]


async def test_the_notes_of_a_store_that_is_older_than_they_begin_with_a_word(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """A DATA_DIR that does not last is noticed at each start; a lasting one never again."""
    one = process(own, ring, tmp_path / "one")
    with capture_logs() as lines:
        await reveal(one.vault, await share(one.vault))
        again = process(own, ring, tmp_path / "one")
        await reveal(again.vault, await share(again.vault))
    assert not [line for line in lines if line["event"] == "guard_begins"]
    with capture_logs() as lines:
        other = process(own, ring, tmp_path / "two")
        await reveal(other.vault, await share(other.vault))
    assert [line["event"] for line in lines if line["event"] == "guard_begins"] == ["guard_begins"]


async def test_a_mark_that_was_written_over_is_no_restore(
    own: OwnStore, ring: KeyRing, tmp_path: Path
) -> None:
    """A machine that slept for more than 256 generations is not alarmed."""
    one = process(own, ring, tmp_path)
    await reveal(one.vault, await share(one.vault))
    before = alarms.raised["rollback"]
    other = Vault(own.redis, ring)
    for _ in range(258):
        await other.burn(ANNA, (await share(other)).id)
    await one.guard.look()
    assert alarms.raised["rollback"] == before
    assert Journal(ring, tmp_path / "guard", TAG).newest() == Mark(259, await _mark(own, 259))


async def _mark(own: OwnStore, number: int) -> str:
    redis: RawStore = own.redis
    found = await redis.hget(keys.generation(TAG), str(number % 256))
    assert found
    name, _, mark = found.decode().partition(":")
    assert name == str(number)
    return str(mark)
