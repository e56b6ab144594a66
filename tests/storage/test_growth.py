"""What work costs when much is stored: counted in the store's calls, not in seconds."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage import keys
from storage import vault as use_cases
from storage.model import SecretId, State, Wanted
from storage.policy import HistoryScope, Policy
from storage.replies import Stored
from storage.scripts import Scripts
from storage.seal import KeyRing
from storage.vault import Vault
from tests.links import Holder, reveal, share
from tests.meddling import expire_in
from tests.people import ANNA, BEN
from tests.raw import RawStore

pytestmark = pytest.mark.one_server  # whose calls are counted


async def _calls(redis: RawStore, work: Callable[[], Awaitable[Any]]) -> int:
    """How many commands the store ran meanwhile, those of scripts included."""
    before = await _count(redis)
    await work()
    return await _count(redis) - before


async def _count(redis: RawStore) -> int:
    return sum(one["calls"] for one in (await redis.info("commandstats")).values())


async def _expiring(vault: Vault, redis: RawStore, ring: KeyRing, count: int) -> list[Holder]:
    holders = [await share(vault) for _ in range(count)]
    for holder in holders:
        await expire_in(redis, ring, holder.id, seconds=0)
        await redis.zadd(keys.due(holder.id.tag), {holder.id.value: 0})
    return holders


async def test_a_sweep_costs_what_expires(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """Five secrets that expire cost the same beside none that live and beside two hundred."""
    await _expiring(vault, store_client, ring, 1)
    await vault.sweep(ANNA.workspace)  # the store knows the scripts from now on
    costs = []
    for living in (0, 200):
        for _ in range(living):
            await share(vault)
        await vault.sweep(ANNA.workspace)
        await _expiring(vault, store_client, ring, 5)
        costs.append(await _calls(store_client, lambda: vault.sweep(ANNA.workspace)))
    assert costs[0] == costs[1]
    idle = await _calls(store_client, lambda: vault.sweep(ANNA.workspace))
    assert idle < costs[0] / 5


async def test_a_sweep_comes_to_the_end_of_what_is_due(
    vault: Vault, store_client: RawStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many expire at once; what can't be read is told once and holds up nobody."""
    monkeypatch.setattr(use_cases, "SWEEP_BATCH", 3)
    odd = [await share(vault) for _ in range(3)]
    for holder in odd:
        await store_client.delete(keys.record(holder.id))
        await store_client.set(keys.record(holder.id), "not ours")
        await store_client.zadd(keys.due(holder.id.tag), {holder.id.value: 0})
    assert await vault.sweep(ANNA.workspace) == 0
    for holder in odd[1:]:
        await store_client.zrem(keys.due(holder.id.tag), holder.id.value)
    await _expiring(vault, store_client, ring, 8)
    assert await vault.sweep(ANNA.workspace) == 8


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records were read with their ciphertext, call by call."""
    counts: list[int] = []
    really = Scripts.read

    async def counted(self: Scripts, ids: list[SecretId]) -> list[Stored | None]:
        counts.append(len(ids))
        return await really(self, ids)

    monkeypatch.setattr(Scripts, "read", counted)
    return counts


async def test_a_page_of_mine_reads_no_others(vault: Vault, read: list[int]) -> None:
    """Of three among sixty rows, three are read and opened."""
    for number in range(60):
        await share(vault, agent=BEN if number % 20 == 7 else ANNA)
    page = await vault.history(ANNA.workspace, wanted=Wanted(creator=BEN.user))
    assert len(page.rows) == sum(read) == 3
    assert not page.more


async def test_a_page_of_one_status_reads_no_other(vault: Vault, read: list[int]) -> None:
    """Nor more than a page has room for, and the next page goes on where it ended."""
    opened = []
    for number in range(50):
        holder = await share(vault)
        if number % 4 == 0:
            await reveal(vault, holder)
            opened.append(holder.id)
    found: list[SecretId] = []
    offset, more = 0, True
    while more:
        page = await vault.history(ANNA.workspace, wanted=Wanted(state=State.VIEWED), offset=offset)
        found += [row.id for row in page.rows]
        offset, more = page.next_offset, page.more
    assert found == opened[::-1]
    assert read == [10, 3]


async def test_own_rows_alone_are_read_where_others_are_hidden(
    own_client: RawStore, ring: KeyRing, read: list[int]
) -> None:
    """HISTORY_SCOPE own costs what one's own rows do."""
    vault = Vault(own_client, ring, policy=Policy(history_scope=HistoryScope.OWN))
    for number in range(30):
        await share(vault, agent=BEN if number % 10 == 3 else ANNA)
    page = await vault.history(ANNA.workspace, viewer=BEN.user)
    assert len(page.rows) == sum(read) == 3


async def test_every_filter_shows_what_the_whole_list_does(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """Whatever became of them, altered and lost ones too: passed over is only what is not wanted."""
    holders = [await share(vault, agent=BEN if i % 2 else ANNA) for i in range(10)]
    await reveal(vault, holders[0])
    await vault.burn(ANNA, holders[2].id)
    await expire_in(store_client, ring, holders[3].id, seconds=0)
    await store_client.delete(keys.blob(holders[4].id))
    await store_client.delete(keys.record(holders[5].id))
    await store_client.hset(keys.record(holders[6].id), "mac", b"x" * 32)
    part = await store_client.hget(keys.record(holders[7].id), "part")
    other = part.replace(BEN.user.encode(), ANNA.user.encode())
    await store_client.hset(keys.record(holders[7].id), "part", other)
    await store_client.hset(keys.record(holders[8].id), "key", "AAAAAAAA")
    await store_client.set(keys.blob(holders[9].id), b"x" * 100)
    everything = (await vault.history(ANNA.workspace)).rows
    assert len(everything) == 10
    for state in State:
        page = await vault.history(ANNA.workspace, wanted=Wanted(state=state))
        wanted = [row.id for row in everything if row.status.state is state]
        assert [row.id for row in page.rows] == wanted, state
    for agent in (ANNA, BEN):
        page = await vault.history(ANNA.workspace, wanted=Wanted(creator=agent.user))
        mine = {holder.id for i, holder in enumerate(holders) if (i % 2 == 1) == (agent is BEN)}
        assert mine - {holders[5].id} <= {row.id for row in page.rows} <= mine
