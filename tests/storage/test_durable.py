"""Durability on a store that writes its disk every second: one wait for many, and none for nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from storage import alarms, durable, keys, store
from storage.durable import NOTHING, Wait
from storage.embedded import EmbeddedStore
from storage.errors import StoreUnavailable
from storage.model import Event, Nonce, Passphrase, Proof, State
from storage.outcomes import Gone, Opened, RequestLook
from storage.seal import KeyRing
from storage.vault import Vault
from tests.asking import answer, answered, ask, collect, session
from tests.links import READER, reveal, share
from tests.meddling import shorten_window
from tests.people import ANNA
from tests.raw import RawStore


@pytest.fixture
async def slow_disk(tmp_path: Path) -> AsyncIterator[Redis]:
    """A store of the test's own with ``appendfsync everysec``."""
    embedded = EmbeddedStore(tmp_path)
    await embedded.start()
    client = store.connect(embedded.url)
    await client.config_set("appendfsync", "everysec")
    yield client
    await client.aclose()
    await embedded.stop()


@pytest.fixture
async def patient(slow_disk: Redis, ring: KeyRing) -> AsyncIterator[Vault]:
    """A vault that waits for that disk."""
    vault = Vault(slow_disk, ring, wait=Wait(disk=True))
    yield vault
    await vault.aclose()


async def _commands(client: RawStore, work: Awaitable[object]) -> list[str]:
    """What the store is told while some work is done, scripts' own calls left out."""
    sent: list[str] = []
    async with client.monitor() as monitor:
        await work
        await client.echo("done")
        while "ECHO" not in sent:
            command = await monitor.next_command()
            if command["client_type"] != "lua":
                sent.append(command["command"].split()[0])
    return sent[:-1]


async def test_p5_one_trip_and_who_comes_together_shares_the_wait(
    patient: Vault, slow_disk: RawStore
) -> None:
    """P5: changes and their wait go in one batch; many at once have one wait between them."""
    holder = await share(patient)
    await patient.look(holder.id, holder.proof, READER)
    await reveal(patient, holder)

    async def five() -> None:
        await asyncio.gather(*(share(patient) for _ in range(5)))

    assert await _commands(slow_disk, five()) == ["EVALSHA"] * 5 + ["WAITAOF"]


async def test_who_changes_nothing_waits_for_nothing(patient: Vault) -> None:
    """A reusable secret's reader and a wrong link have their answer before the disk does."""
    holder = await share(patient, single_use=False)
    await patient._redis.config_set("appendfsync", "no")  # from now on no wait is met
    async with asyncio.timeout(1.0):
        assert isinstance(await reveal(patient, holder), Opened)


async def test_a_disk_that_hangs_costs_no_secret(
    patient: Vault, slow_disk: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withheld while the disk hangs, handed to the same page once it writes again."""
    holder, nonce = await share(patient), Nonce.random()
    monkeypatch.setattr(durable, "DISK_MS", 100)
    await slow_disk.config_set("appendfsync", "no")
    with pytest.raises(StoreUnavailable):
        await reveal(patient, holder, nonce)
    with pytest.raises(StoreUnavailable):
        await share(patient)
    monkeypatch.setattr(durable, "DISK_MS", 4000)
    await slow_disk.config_set("appendfsync", "everysec")
    assert holder.read(await reveal(patient, holder, nonce)) == "hunter2"
    assert isinstance(await reveal(patient, holder), Gone)


async def test_what_was_withheld_is_lost_and_its_creator_told(
    patient: Vault, slow_disk: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the window: Lost, no view, an alarm and an entry; the page that asked is no intruder."""
    shorten_window(patient, 400)
    before = alarms.raised["withheld"]
    holder, nonce = await share(patient), Nonce.random()
    monkeypatch.setattr(durable, "DISK_MS", 50)
    await slow_disk.config_set("appendfsync", "no")
    with pytest.raises(StoreUnavailable):
        await reveal(patient, holder, nonce)
    await asyncio.sleep(0.7)
    late = await reveal(patient, holder, nonce)
    assert isinstance(late, Gone)
    assert late.reason is State.LOST
    found = await patient.details(ANNA.workspace, holder.id)
    status = found.summary.status  # type: ignore[union-attr]
    assert (status.state, status.views, status.last_opened) == (State.LOST, 0, None)
    events = [entry.event for entry in found.trail]  # type: ignore[union-attr]
    assert events == [Event.CREATED, Event.OPENED, Event.WITHHELD]
    assert await slow_disk.exists(keys.blob(holder.id)) == 0
    assert alarms.raised["withheld"] == before + 1


async def test_an_answer_is_collected_durably_or_by_nobody(
    patient: Vault, slow_disk: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request's answer is withheld as a share's is, and its customer reads no Collected."""
    shorten_window(patient, 400)
    question = await answered(patient)
    anna = await session(patient, ANNA, request=question.id)
    monkeypatch.setattr(durable, "DISK_MS", 50)
    await slow_disk.config_set("appendfsync", "no")
    with pytest.raises(StoreUnavailable):
        await collect(patient, question, anna)
    await asyncio.sleep(0.7)
    receipt = await patient.request_status(question.id, question.submit)
    assert isinstance(receipt, RequestLook)
    assert (receipt.state, receipt.collected) == (State.LOST, None)
    found = await patient.details(ANNA.workspace, question.id)
    assert found.summary.status.collector is None  # type: ignore[union-attr]
    assert found.trail[-1].event is Event.WITHHELD  # type: ignore[union-attr]


async def test_what_is_acknowledged_is_durable(
    patient: Vault, slow_disk: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burn, an answer and a wrong passphrase: no word of success, and no free guess, before."""
    passphrase = Passphrase(b"correct horse")
    doomed, locked = await share(patient), await share(patient, passphrase=passphrase)
    question = await ask(patient)
    monkeypatch.setattr(durable, "DISK_MS", 50)
    await slow_disk.config_set("appendfsync", "no")
    nonce = Nonce.random()
    # The second time another process is asked, and nothing is left to change: its wait has to cover
    # what the first one wrote.
    path = slow_disk.connection_pool.connection_kwargs["path"]
    other = store.connect(f"unix://{path}")
    for vault in (patient, Vault(other, ring, wait=Wait(disk=True))):
        with pytest.raises(StoreUnavailable):
            await vault.burn(ANNA, doomed.id)
        with pytest.raises(StoreUnavailable):
            await answer(vault, question, nonce)
    await other.aclose()
    with pytest.raises(StoreUnavailable):
        await patient.open(locked.id, locked.proof, nonce, READER, Proof(bytes(32)))
    found = await patient.details(ANNA.workspace, locked.id)
    assert found.summary.status.state is State.ACTIVE  # type: ignore[union-attr]
    assert found.trail[-1].event is Event.WRONG_PASSPHRASE  # type: ignore[union-attr]


async def test_a_connection_lost_while_it_waits_hands_nothing_out(
    patient: Vault, slow_disk: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown is not durable: withheld, and the same page asks again behind a new wait."""
    holder, nonce = await share(patient), Nonce.random()
    monkeypatch.setattr(durable, "DISK_MS", 4000)
    await slow_disk.config_set("appendfsync", "no")
    opening = asyncio.ensure_future(reveal(patient, holder, nonce))
    async with asyncio.timeout(5):
        while not (await slow_disk.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.02)
    await slow_disk.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(StoreUnavailable):
        await opening
    await slow_disk.config_set("appendfsync", "everysec")
    assert isinstance(await reveal(patient, holder), Gone)
    assert holder.read(await reveal(patient, holder, nonce)) == "hunter2"


async def test_a_mark_outlives_the_process_that_made_it(
    patient: Vault, slow_disk: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks after the window, or sweeps, finds it lost: the record says what it needs."""
    shorten_window(patient, 300)
    holder = await share(patient)
    monkeypatch.setattr(durable, "DISK_MS", 50)
    await slow_disk.config_set("appendfsync", "no")
    with pytest.raises(StoreUnavailable):
        await reveal(patient, holder)
    await asyncio.sleep(0.2)
    await patient.aclose()
    await asyncio.sleep(1.2)  # what is due is looked for by whole seconds
    other = Vault(slow_disk, ring)
    shorten_window(other, 300)
    assert await other.sweep(ANNA.workspace) == 1
    found = await other.details(ANNA.workspace, holder.id)
    assert found.summary.status.state is State.LOST  # type: ignore[union-attr]


async def test_an_unknown_claim_is_marked_only_where_it_was_made(
    patient: Vault, slow_disk: RawStore
) -> None:
    """A cut connection: a secret that nobody claimed stays whole, whatever is noted of it."""
    holder = await share(patient)
    patient._withheld.note(holder.id, b"never was", claimed=False)
    await asyncio.sleep(0.2)
    assert await slow_disk.hexists(keys.record(holder.id), "withheld") == 0
    assert isinstance(await reveal(patient, holder), Opened)


async def test_control_without_the_wait_a_hanging_disk_shows_it(
    slow_disk: RawStore, ring: KeyRing
) -> None:
    """The same secret leaves, though its claim is on no disk."""
    hasty = Vault(slow_disk, ring, wait=NOTHING)
    await slow_disk.config_set("appendfsync", "no")
    assert isinstance(await reveal(hasty, await share(hasty)), Opened)


async def test_b4_a_flushed_script_cache_is_no_error_behind_a_wait(
    patient: Vault, slow_disk: RawStore
) -> None:
    """B4: told once more with its text, in a batch of its own wait."""
    holder = await share(patient)
    await slow_disk.script_flush()
    assert holder.read(await reveal(patient, holder)) == "hunter2"


async def test_a_store_that_dies_while_waited_for_hands_nothing_out(
    tmp_path: Path, ring: KeyRing
) -> None:
    """No answer to the wait: unknown, so nothing leaves; nor does anybody wait for ever."""
    client = store.connect(f"unix://{tmp_path}/nobody.sock")
    vault = Vault(client, ring, wait=Wait(disk=True))
    with pytest.raises(StoreUnavailable):
        await share(vault)
    await client.aclose()


def test_a_wait_is_met_by_all_and_by_no_quorum() -> None:
    """Each replica counts; so does the disk, where it is asked for."""
    assert Wait(replicas=2).commands() == [("WAIT", 2, durable.REPLICAS_MS)]
    assert Wait(disk=True).commands() == [("WAITAOF", 1, 0, durable.DISK_MS)]
    assert Wait(replicas=2).is_met([2])
    assert not Wait(replicas=2).is_met([1])
    assert Wait(disk=True, replicas=1).is_met([1, [1, 0]])
    assert not Wait(disk=True, replicas=1).is_met([1, [0, 1]])
    assert not Wait(disk=True, replicas=1).is_met([0, [1, 1]])
    assert not Wait(disk=True).is_met(["ResponseError"])
    assert not Wait(replicas=1).is_met(["ReadOnlyError"])
