"""What the team may see and do, and what is told apart from what."""

import asyncio
import dataclasses
import hashlib
import json
import time
from pathlib import Path

import pytest
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from storage import envelope, keys, records, seal
from storage.errors import DamagedContent, StoreUnavailable
from storage.model import (
    Content,
    Event,
    Nonce,
    Passphrase,
    Proof,
    Reader,
    Seconds,
    SecretId,
    State,
    Summary,
    WorkspaceId,
)
from storage.outcomes import (
    AlreadyEnded,
    Burned,
    Full,
    Gone,
    Look,
    NotAllowed,
    Opened,
    Unavailable,
)
from storage.policy import HistoryScope, Policy
from storage.replies import Changed, Stored
from storage.scripts import Script
from storage.seal import KeyRing, MasterKey
from storage.tickets import Purpose, Redeemed
from storage.vault import Vault
from storage.wire import b64u, join
from tests import meddling
from tests.links import HOUR, READER, Holder, reveal, share
from tests.numbers import n
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore, as_bytes, snapshot


async def state_of(vault: Vault, sid: SecretId) -> State | None:
    """What the team reads."""
    details = await vault.details(ANNA.workspace, sid)
    return None if isinstance(details, Unavailable) else details.summary.status.state


async def test_only_the_creator_burns(vault: Vault) -> None:
    """A colleague may not, another workspace doesn't even learn that it exists."""
    holder = await share(vault)
    assert isinstance(await vault.burn(BEN, holder.id), NotAllowed)
    assert isinstance(await vault.burn(STRANGER, holder.id), Unavailable)
    assert isinstance(await vault.details(STRANGER.workspace, holder.id), Unavailable)
    assert isinstance(await vault.burn(ANNA, holder.id), Burned)
    assert isinstance(await vault.burn(ANNA, holder.id), AlreadyEnded)
    outcome = await reveal(vault, holder)
    assert isinstance(outcome, Gone)
    assert outcome.reason is State.BURNED


async def test_f5_nothing_of_another_workspace_exists(vault: Vault) -> None:
    """F5: every object, every verb of an agent: refused as if it did not exist.

    The stranger even has the same user id: who acts is workspace and user together.
    """
    holders = [
        await share(vault),
        await share(vault, single_use=False),
        await share(vault, passphrase=Passphrase.of("horse")),
    ]
    await reveal(vault, holders[0])
    for holder in holders:
        for agent in (STRANGER,):
            assert isinstance(await vault.details(agent.workspace, holder.id), Unavailable)
            assert isinstance(await vault.burn(agent, holder.id), Unavailable)
            assert isinstance(await vault.extend(agent, holder.id, Seconds(2**40)), Unavailable)
            assert isinstance(await vault.noticed(agent.workspace, holder.id), Unavailable)
            assert (await vault.history(agent.workspace)).rows == ()
    done = await vault.tickets.redeem(vault.tickets.issue(STRANGER, Purpose.VISIT), None)
    assert isinstance(done, Redeemed)
    look = await vault.look(holders[1].id, holders[1].proof, READER, done.session)
    assert isinstance(look, Look)
    assert not done.session.created(look.record)
    assert len((await vault.history(ANNA.workspace)).rows) == 3


@pytest.mark.one_server
async def test_f5_control_without_the_filter_a_stranger_reads_along(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5's negative control: one tag for all, and nobody asks whose a record is."""
    tag = SecretId.new(ANNA.workspace).tag
    for module in ("vault", "history", "keys", "model"):
        monkeypatch.setattr(f"storage.{module}.tag_of", lambda _workspace: tag)
    await test_f5_nothing_of_another_workspace_exists(vault)  # the records' own word is enough

    async def anybodys(
        _workspace: WorkspaceId, sid: SecretId, created_ms: int, stored: Stored | None
    ) -> Summary:
        return records.summarise(vault._ring, sid, created_ms, stored)

    monkeypatch.setattr(vault, "_summary", anybodys)
    with pytest.raises(AssertionError):
        await test_f5_nothing_of_another_workspace_exists(vault)


async def test_two_workspaces_that_share_a_tag_do_not_meet(
    vault: Vault, store_client: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag is 24 bits: every reader filters by the workspace in the record."""
    mine = await share(vault)
    for module in ("vault", "history", "keys", "model"):
        monkeypatch.setattr(f"storage.{module}.tag_of", lambda _workspace: mine.id.tag)
    assert [row.id for row in (await vault.history(ANNA.workspace)).rows] == [mine.id]
    assert (await vault.history(STRANGER.workspace)).rows == ()
    assert isinstance(await vault.details(STRANGER.workspace, mine.id), Unavailable)
    assert isinstance(await vault.burn(STRANGER, mine.id), Unavailable)


async def test_history_is_newest_first_and_pages_stay_still(vault: Vault) -> None:
    """Ten a page; what is made meanwhile does not shift the next page."""
    made = [(await share(vault, label=f"ticket {i}")).id for i in range(23)]
    first = await vault.history(ANNA.workspace)
    await share(vault, label="made meanwhile")
    second = await vault.history(ANNA.workspace, as_of_ms=first.as_of_ms, offset=10)
    third = await vault.history(ANNA.workspace, as_of_ms=first.as_of_ms, offset=20)
    seen = [row.id for page in (first, second, third) for row in page.rows]
    assert set(seen) == set(made)
    assert len(seen) == 23
    assert (first.more, second.more, third.more) == (True, True, False)
    assert [row.created for row in first.rows] == sorted(
        (row.created for row in first.rows), reverse=True
    )


async def test_reusable_secrets_count_their_views(vault: Vault) -> None:
    """Readable until they end, each opening on record with its reader."""
    holder = await share(vault, single_use=False)
    for _ in range(3):
        opened = await reveal(vault, holder)
        assert isinstance(opened, Opened)
        assert opened.retry_until is None
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert details.summary.status.views == 3
    assert details.summary.last_reader == READER
    assert [e.reader for e in details.trail] == [None, READER, READER, READER]


async def test_a_trail_keeps_its_beginning_and_its_end(vault: Vault) -> None:
    """At most a hundred entries are tied to a record."""
    holder = await share(vault, single_use=False)
    for _ in range(120):
        await reveal(vault, holder)
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert len(details.trail) == 100
    assert details.trail[0].event is Event.CREATED
    assert details.summary.status.views == 120


async def test_d6_refused_openings_are_recorded_once_an_hour_and_at_most_twenty(
    vault: Vault,
) -> None:
    """D6: a look and a click count once; an address after address is bounded."""
    holder = await share(vault)
    await reveal(vault, holder)
    for _ in range(3):
        await vault.look(holder.id, holder.proof, READER)
        await reveal(vault, holder)
    for i in range(30):
        await vault.look(holder.id, holder.proof, Reader(f"198.51.100.{i}", "other"))
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert sum(e.event is Event.REFUSED for e in details.trail) == 20


@pytest.mark.parametrize("verb", ["look", "open"])
async def test_d6_a_look_and_a_click_are_each_recorded(vault: Vault, verb: str) -> None:
    """D6: whichever a reader comes with, it is in the trail."""
    holder = await share(vault)
    await vault.burn(ANNA, holder.id)
    await (vault.look(holder.id, holder.proof, READER) if verb == "look" else reveal(vault, holder))
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert details.trail[-1].event is Event.REFUSED
    assert details.trail[-1].reader == READER


def _without(script: Script, defence: str, instead: str) -> None:
    assert defence in script.text
    script.text = script.text.replace(defence, instead)
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("verb", ["look", "open"])
async def test_d6_control_a_script_that_notes_nothing(vault: Vault, verb: str) -> None:
    """D6's negative control, for each of the two."""
    script = vault._scripts._look if verb == "look" else vault._scripts._open
    _without(script, "\nrefuse(r,", "\n-- (r,")
    with pytest.raises(AssertionError):
        await test_d6_a_look_and_a_click_are_each_recorded(vault, verb)


async def test_d6_control_without_a_bound(vault: Vault) -> None:
    """D6's negative control: address after address fills the trail."""
    for script in (vault._scripts._look, vault._scripts._open):
        _without(script, "REFUSED_MAX = 20", "REFUSED_MAX = 99")
    with pytest.raises(AssertionError):
        await test_d6_refused_openings_are_recorded_once_an_hour_and_at_most_twenty(vault)


async def test_b3_a_lost_secret_says_lost(vault: Vault, store_client: RawStore) -> None:
    """B3: never Expired or Burned, for the team, for the link holder and in the trail."""
    holder = await share(vault)
    await meddling.lose(store_client, holder.id)
    assert await state_of(vault, holder.id) is State.LOST
    outcome = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(outcome, Gone)
    assert outcome.reason is State.LOST
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert [e.event for e in details.trail] == [Event.CREATED, Event.LOST, Event.REFUSED]
    await store_client.delete(keys.record(holder.id))
    (row,) = (await vault.history(ANNA.workspace)).rows
    assert row.status.state is State.LOST


@pytest.mark.parametrize("found_by", ["look", "reveal", "burn"])
async def test_b3_a_loss_is_one_alarm_whoever_finds_it(
    vault: Vault, store_client: RawStore, found_by: str
) -> None:
    """B3: the first one to find it raises the alarm, and nobody can ring it again."""
    holder = await share(vault)
    await meddling.lose(store_client, holder.id)
    with capture_logs() as lines:
        for _ in range(3):
            match found_by:
                case "look":
                    await vault.look(holder.id, holder.proof, READER)
                case "reveal":
                    await reveal(vault, holder)
                case _:
                    assert isinstance(await vault.burn(ANNA, holder.id), AlreadyEnded)
        assert len(lines) == 1
        await vault.look(holder.id, holder.proof, READER)
        await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
        await vault.sweep(ANNA.workspace)
    assert [line["kind"] for line in lines if line["event"] == "alarm"] == ["lost"]


async def test_a_lost_record_is_told_and_keeps_its_row(
    vault: Vault,
    store_client: RawStore,
    ring: KeyRing,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing disappears silently: the whole record gone is Lost, alarmed once, and still listed.

    What the stream has of it is its trail; other workspaces, and people who may see only their own
    secrets, learn nothing.
    """
    holder = await share(vault)
    await reveal(vault, holder)
    await store_client.delete(keys.record(holder.id))
    assert isinstance(await vault.details(ANNA.workspace, holder.id), Unavailable)
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    assert await vault.sweep(ANNA.workspace) == 1
    assert await vault.sweep(ANNA.workspace) == 0
    assert sum("'kind': 'lost'" in record.getMessage() for record in caplog.records) == 1
    (row,) = (await vault.history(ANNA.workspace)).rows
    assert row.status.state is State.LOST
    assert await store_client.exists(keys.blob(holder.id)) == 0
    assert await store_client.exists(keys.record(holder.id)) == 0
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert [e.event for e in details.trail] == [Event.CREATED, Event.OPENED, Event.LOST]
    with monkeypatch.context() as patched:
        patched.setattr("storage.history.tag_of", lambda _workspace: holder.id.tag)
        assert isinstance(await vault.details(STRANGER.workspace, holder.id), Unavailable)
    own = Vault(store_client, ring, policy=Policy(history_scope=HistoryScope.OWN))
    assert not isinstance(
        await own.details(ANNA.workspace, holder.id, viewer=ANNA.user), Unavailable
    )
    assert isinstance(await own.details(ANNA.workspace, holder.id, viewer=BEN.user), Unavailable)
    assert isinstance(await vault.burn(ANNA, holder.id), Unavailable)
    forgetful = Vault(store_client, ring, policy=Policy(audit_retention=-10))
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    assert await forgetful.sweep(ANNA.workspace) == 1
    assert (await vault.history(ANNA.workspace)).rows == ()
    assert await store_client.exists(keys.notice(holder.id)) == 0


async def test_a_lost_record_is_found_in_a_long_stream(
    vault: Vault, store_client: RawStore
) -> None:
    """Its entries are gathered from among everybody's, page by page, and at most 100 of them."""
    holder = await share(vault)
    entry = {"workspace": ANNA.workspace, "event": "refused", "by": "", "reader": ""}
    for number in range(2500):
        mine = number % 20 == 0
        await store_client.xadd(
            keys.audit(holder.id.tag),
            {**entry, "id": holder.id.value if mine else SecretId.new(ANNA.workspace).value},
        )
    await store_client.delete(keys.record(holder.id))
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    await vault.sweep(ANNA.workspace)
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    events = [entry.event for entry in details.trail]
    assert len(events) == 100
    assert (events[0], events[-2], events[-1]) == (Event.CREATED, Event.REFUSED, Event.LOST)


@pytest.mark.one_server
async def test_a_store_busy_with_anothers_script_is_away_and_comes_back(
    vault: Vault, store_client: RawStore
) -> None:
    """BUSY mends itself: told as out of reach, not as a defect, by which a notice would be lost."""
    holder = await share(vault)
    await store_client.config_set("busy-reply-threshold", 1)
    endless = asyncio.create_task(store_client.eval("while true do end", 0))
    try:
        await asyncio.sleep(0.3)
        with pytest.raises(StoreUnavailable):
            await vault.look(holder.id, holder.proof, READER)
    finally:
        await store_client.script_kill()
        with pytest.raises(ResponseError):
            await endless  # its end is the moment from which others are answered again
        await store_client.config_set("busy-reply-threshold", 5000)
    assert isinstance(await vault.look(holder.id, holder.proof, READER), Look)


async def test_what_is_not_ours_in_the_store_holds_up_nobody(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """Foreign members, garbled counters and trails: the rest is swept and listed all the same."""
    whole, garbled, odd = [await share(vault) for _ in range(3)]
    tag = whole.id.tag
    await store_client.zadd(keys.due(tag), {"not an id": 0})
    await store_client.zadd(keys.index(tag), {b"\xff\xfe": 2**41})
    garbage = {"views": "many", "ended": "soon", "trail": b"\xff 1-x"}
    await store_client.hset(keys.record(garbled.id), mapping=garbage)
    await store_client.hset(keys.record(odd.id), mapping={"state": "viewed"})
    await store_client.xadd(keys.audit(tag), {"event": "nonsense"})
    await meddling.expire_in(store_client, ring, whole.id, seconds=-1)
    for holder in (odd, whole):
        await store_client.zadd(keys.due(tag), {holder.id.value: 1})
    await vault.sweep(ANNA.workspace)
    states = {row.id: row.status.state for row in (await vault.history(ANNA.workspace)).rows}
    assert states[whole.id] is State.EXPIRED
    assert states[garbled.id] is State.TAMPERED
    assert not isinstance(await vault.details(ANNA.workspace, garbled.id), Unavailable)


async def test_a_record_of_a_later_version_is_left_alone(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """While an upgrade rolls, the older process must not destroy what the newer one wrote."""
    holder = await share(vault)
    part = await _part(store_client, holder.id)
    newer = part[:4] + b"\x02" + part[5:] + b"\0\0\0\1x"
    mac = ring.current.record.of(newer)
    await store_client.hset(keys.record(holder.id), mapping={"part": newer, "mac": mac})
    assert isinstance(await vault.look(holder.id, holder.proof, READER), Unavailable)
    (row,) = (await vault.history(ANNA.workspace)).rows
    assert row.status.state is State.LOST
    assert row.status.key_missing
    assert await store_client.exists(keys.blob(holder.id)) == 1
    assert await store_client.hget(keys.record(holder.id), "state") == b"active"


async def test_the_trail_is_trimmed_by_the_stores_clock(
    store_client: RawStore, ring: KeyRing
) -> None:
    """A process whose clock is far ahead trims nothing early."""
    vault = Vault(store_client, ring, clock=lambda: time.time() + 200 * 86_400)
    holder = await share(vault)
    await vault.sweep(ANNA.workspace)
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    assert [entry.event for entry in details.trail] == [Event.CREATED]


async def test_the_sweeper_expires_and_forgets(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """Expired ones lose their ciphertext; after retention the record goes too."""
    holder = await share(vault)
    await meddling.expire_in(store_client, ring, holder.id, seconds=-1)
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    assert await vault.sweep(ANNA.workspace) == 1
    assert await store_client.exists(keys.blob(holder.id)) == 0
    assert await state_of(vault, holder.id) is State.EXPIRED
    assert await vault.sweep(ANNA.workspace) == 0
    forgetful = Vault(store_client, ring, policy=Policy(audit_retention=-10))
    await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 1})
    assert await forgetful.sweep(ANNA.workspace) == 1
    assert await store_client.keys("*record*") == []
    assert (await vault.history(ANNA.workspace)).rows == ()


async def test_c7_a_missing_key_is_not_tampering(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """C7: a record whose key was removed reads Lost, key missing, and 404 outside.

    With the key back it is what it was.
    """
    holder = await share(vault)
    other = Vault(store_client, KeyRing([MasterKey.random()]))
    (row,) = (await other.history(ANNA.workspace)).rows
    assert row.status.state is State.LOST
    assert row.status.key_missing
    assert row.record is None
    assert isinstance(await other.look(holder.id, holder.proof, READER), Unavailable)
    assert isinstance(await reveal(other, holder), Unavailable)
    new = MasterKey.random()
    rotated = Vault(store_client, KeyRing([new, ring.current]))
    assert isinstance(await rotated.look(holder.id, holder.proof, READER), Look)
    assert holder.read(await reveal(rotated, holder)) == "hunter2"
    later = await share(rotated)
    assert await store_client.hget(keys.record(later.id), "key") == new.name.encode()
    only_new = Vault(store_client, KeyRing([new]))
    assert later.read(await reveal(only_new, later)) == "hunter2"


async def test_c7_control_a_missing_key_that_is_taken_for_an_altered_record(
    vault: Vault, store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C7's negative control: without a name of its own, a removed key would read Tampered."""
    monkeypatch.setattr(records, "Unreadable", ZeroDivisionError)
    with pytest.raises(AssertionError):
        await test_c7_a_missing_key_is_not_tampering(vault, store_client, ring)


async def _tampered(vault: Vault, holder: Holder) -> None:
    """Everyone outside sees nothing, the team sees Tampered."""
    assert isinstance(await reveal(vault, holder), Unavailable)
    assert isinstance(await vault.look(holder.id, Proof.random(), READER), Unavailable)
    assert await state_of(vault, holder.id) is State.TAMPERED


async def test_c3_a_flipped_bit_of_the_immutable_part(vault: Vault, store_client: RawStore) -> None:
    """C3: Tampered for the team, 404 for everybody else; a sample of all bits."""
    sample = n("C3", everyday=60, full=100_000)
    size = 8 * len(await _part(store_client, (await share(vault)).id))
    for bit in range(0, size, max(1, size // sample)):
        holder = await share(vault)
        part = bytearray(await _part(store_client, holder.id))
        at = min(bit // 8, len(part) - 1)
        part[at] ^= 1 << bit % 8
        await store_client.hset(keys.record(holder.id), "part", bytes(part))
        await _tampered(vault, holder)


async def test_c3_mac_and_key_name(vault: Vault, store_client: RawStore) -> None:
    """C3: so do the mac and the name of the key."""
    for field, value in (("mac", b"x" * 32), ("key", b"AAAAAAAA"), ("state", b"unheard-of")):
        holder = await share(vault)
        await store_client.hset(keys.record(holder.id), field, value)
        assert await state_of(vault, holder.id) is State.TAMPERED
        assert not isinstance(await reveal(vault, holder), Opened)


async def test_c3_a_flipped_bit_of_the_blob(vault: Vault, store_client: RawStore) -> None:
    """C3: 410 tampered for the link holder, Tampered for the team, nothing for a stranger."""
    for at in range(0, 300, max(1, 300 // n("C3", everyday=10, full=300))):
        holder = await share(vault)
        blob = bytearray(await store_client.get(keys.blob(holder.id)) or b"")
        blob[at % len(blob)] ^= 1
        await store_client.set(keys.blob(holder.id), bytes(blob))
        assert isinstance(
            await vault.open(holder.id, Proof.random(), Nonce.random(), READER), Unavailable
        )
        outcome = await reveal(vault, holder)
        assert isinstance(outcome, Gone)
        assert outcome.reason is State.TAMPERED
        assert await state_of(vault, holder.id) is State.TAMPERED
        again = await vault.look(holder.id, holder.proof, READER)
        assert isinstance(again, Gone)
        assert again.reason is State.TAMPERED


async def test_c3_swaps_between_records_and_workspaces(
    vault: Vault, store_client: RawStore
) -> None:
    """C3: another record's part, mac or blob, of this workspace or another."""
    for other_agent in (ANNA, STRANGER):
        for moved in (("part",), ("mac",), ("part", "mac"), ("part", "mac", "key")):
            holder, other = await share(vault), await share(vault, agent=other_agent)
            for field in moved:
                value = await store_client.hget(keys.record(other.id), field)
                await store_client.hset(keys.record(holder.id), field, value or b"")
            await _tampered(vault, holder)
        holder, other = await share(vault), await share(vault, agent=other_agent)
        await store_client.set(
            keys.blob(holder.id), await store_client.get(keys.blob(other.id)) or b""
        )
        outcome = await reveal(vault, holder)
        assert isinstance(outcome, Gone)
        assert outcome.reason is State.TAMPERED


async def test_c3_control_without_the_mac_check(
    vault: Vault, store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the check gone, a lifetime that somebody prolonged is believed."""
    holder = await share(vault)
    fields = seal._fields(await _part(store_client, holder.id))
    fields[12] = (2**33).to_bytes(8, "big")
    await store_client.hset(keys.record(holder.id), "part", join(fields))
    monkeypatch.setattr("hmac.compare_digest", lambda *_: True)
    outcome = await vault.look(holder.id, holder.proof, READER)
    assert isinstance(outcome, Look)
    assert outcome.record.expires == 2**33


async def test_c2_the_store_and_the_link_without_the_server_key(
    vault: Vault, store_client: RawStore
) -> None:
    """C2: nothing opens, and neither label nor address nor names are readable."""
    holder = await share(vault, "canary-text", label="canary-label")
    await vault.look(holder.id, holder.proof, READER)
    stored = await store_client.get(keys.blob(holder.id))
    assert stored
    with pytest.raises(DamagedContent):
        envelope.unseal(stored, holder.key, holder.id)
    await reveal(vault, holder)
    everything = as_bytes(await snapshot(store_client))
    secret = [b"canary-text", holder.key.expose(), holder.proof.expose()]
    for needle in [*secret, b"canary-label", READER.address.encode(), b"Example Support"]:
        for form in (needle, needle.hex().encode(), b64u(needle).encode()):
            assert form not in everything


@pytest.mark.one_server
async def test_c2_after_a_burn_and_a_rewrite_the_blob_is_nowhere(
    vault: Vault, store_client: RawStore
) -> None:
    """C2: neither in memory nor on the disk."""
    folder = Path((await store_client.config_get("dir"))["dir"])
    holder = await share(vault)
    blob = await store_client.get(keys.blob(holder.id))
    assert _on_disk(folder, blob)
    await vault.burn(ANNA, holder.id)
    assert blob not in as_bytes(await snapshot(store_client))
    await store_client.bgrewriteaof()
    async with asyncio.timeout(10):
        while _on_disk(folder, blob):
            await asyncio.sleep(0.05)


def _on_disk(folder: Path, needle: bytes) -> bool:
    return any(needle in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.one_server
async def test_no_room_is_a_refusal_and_reveal_and_burn_still_work(
    vault: Vault, store_client: RawStore
) -> None:
    """A full store takes no new secret; what burns, reveals or records goes on."""
    kept, burned = await share(vault), await share(vault)
    used = (await store_client.info("memory"))["used_memory"]
    await store_client.config_set("maxmemory", used)
    try:
        made = await vault.share(
            ANNA, Content(text="x" * 3000), label="", lifetime=HOUR, single_use=True
        )
        assert isinstance(made, Full)
        assert kept.read(await reveal(vault, kept)) == "hunter2"
        assert isinstance(await vault.burn(ANNA, burned.id), Burned)
        assert isinstance(await vault.look(burned.id, burned.proof, READER), Gone)
    finally:
        await store_client.config_set("maxmemory", 0)


async def test_summaries_can_be_printed(vault: Vault) -> None:
    """Nothing that the team's views are made of prints an id."""
    holder = await share(vault)
    (row,) = (await vault.history(ANNA.workspace)).rows
    assert holder.id.value not in repr(row) + json.dumps(str(dataclasses.asdict(row.status)))


async def _part(redis: RawStore, sid: SecretId) -> bytes:
    return await redis.hget(keys.record(sid), "part") or b""


async def test_ciphertext_goes_at_the_hard_expiry_by_itself(
    vault: Vault, store_client: RawStore
) -> None:
    """Its TTL is the secret's lifetime: nothing of ours has to run for it to end."""
    holder = await share(vault)
    left = await store_client.pttl(keys.blob(holder.id))
    assert HOUR.seconds * 1000 - 10_000 < left <= HOUR.seconds * 1000


async def test_a_burn_is_of_the_record_that_was_verified(vault: Vault) -> None:
    """Changed between the server's check and the script: refused, and nothing is destroyed."""
    holder = await share(vault)
    done = await vault._scripts.burn(holder.id, b"x" * 32, ANNA.user, Event.BURNED)
    assert done == Changed()
    assert await state_of(vault, holder.id) is State.ACTIVE


async def test_d6_one_reader_is_one_refusal_an_hour(vault: Vault) -> None:
    """D6: ten late clicks from one address are one entry, and leave room for others."""
    holder = await share(vault)
    await reveal(vault, holder)
    for _ in range(10):
        await reveal(vault, holder)
    details = await vault.details(ANNA.workspace, holder.id)
    assert not isinstance(details, Unavailable)
    refusals = [entry for entry in details.trail if entry.event is Event.REFUSED]
    # Two when the hour turns while this runs.
    assert 1 <= len(refusals) <= 2


async def test_d3_the_right_passphrase_is_no_try(vault: Vault) -> None:
    """D3: whoever knows it may open a reusable secret more often than there are tries."""
    holder = await share(vault, single_use=False, passphrase=Passphrase.of("horse"))
    for _ in range(6):
        assert isinstance(await reveal(vault, holder), Opened)


async def test_two_processes_that_find_the_same_are_told_apart(
    vault: Vault, store_client: RawStore
) -> None:
    """Tampering and a vanished record: one finds it first, and one entry is on record."""
    altered, gone = await share(vault), await share(vault)
    assert [await vault._scripts.taint(altered.id) for _ in range(2)] == [True, False]
    await store_client.delete(keys.record(gone.id))
    found = [await vault._scripts.vanish(gone.id, ANNA.workspace, 10**9, []) for _ in range(2)]
    assert found == [True, False]
