"""Wires that break between a process and the store (A1, B4), and a store that is full (B2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from storage import clients, store
from storage.model import Proof, tag_of
from storage.seal import KeyRing
from storage.vault import Vault
from tests.cable import Cable
from tests.faults.checker import violations
from tests.faults.doors import HttpDoor, VaultDoor
from tests.faults.found import found, latest
from tests.faults.history import Answer, Deed
from tests.faults.load import Load
from tests.faults.stores import own_store
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore
from tests.tally import tally
from tests.web.served import UNLIMITED, serve

ANNA_TAG = tag_of(ANNA.workspace)
FAULTS = ("delay", "lost requests", "lost replies", "frozen", "half open", "pulled")


@asynccontextmanager
async def _fault(cable: Cable, kind: str, chance: Random) -> AsyncIterator[None]:
    """Break the wire in one way for the length of the block."""
    match kind:
        case "delay":
            cable.delay = 0.05
        case "lost requests":
            cable.lose_requests = chance.randint(1, 8)
        case "lost replies":
            cable.lose_replies = chance.randint(1, 8)
        case "frozen":
            cable.freeze()
        case "half open":
            cable.half_open = True
        case _:
            await cable.pull()
    try:
        yield
    finally:
        cable.delay, cable.half_open = 0.0, False
        cable.lose_requests = cable.lose_replies = 0
        cable.thaw()
        if kind == "pulled":
            await cable.plug()


@asynccontextmanager
async def _people(redis: Redis, ring: KeyRing, chance: Random) -> AsyncIterator[Load]:
    """At a site and a vault that reach the store by this client."""
    vault = Vault(redis, ring)
    async with (
        serve(vault, redis, reveals_per_minute=UNLIMITED) as site,
        ClientSession() as client,
    ):
        load = Load(vault, [HttpDoor(site.url, client), VaultDoor(vault)], chance)
        await load.enter()
        yield load


async def test_a1_at_most_once_over_a_wire_that_breaks(
    vault: Vault,
    store_client: RawStore,
    store_url: str,
    ring: KeyRing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A1, A11: lost, late, frozen or cut, on either way: one nonce, and a trail that agrees."""
    monkeypatch.setattr(clients, "ANSWER_TIMEOUT", 0.3)  # of 5 seconds
    rounds, chance = n("A1", everyday=1, full=40), Random(1)
    broken: list[str] = []
    cut_off = 0
    cable = Cable(store_url)
    await cable.plug()
    client = store.connect(cable.redis_url)
    for _ in range(rounds):
        since = await latest(store_client, ANNA_TAG)
        async with _people(client, ring, chance) as load:
            async with load.busy():
                for kind in FAULTS:
                    await asyncio.sleep(0.05)
                    async with _fault(cable, kind, chance):
                        await asyncio.sleep(0.1 + chance.random() * 0.2)
            await load.read_back([VaultDoor(vault)])
        kept = await found(store_client, load.history.facts, since=since)
        broken += violations(load.history, kept)
        cut_off += load.history.count(Answer.UNKNOWN)
    await client.aclose()
    await cable.pull()
    tally(
        "A1",
        runs=rounds * len(FAULTS),
        violations=len(broken),
        note=f"{cut_off} answers cut off on the wire",
    )
    assert broken == []
    assert cut_off > 0


async def test_b4_script_flush_between_all_requests(store_client: RawStore, ring: KeyRing) -> None:
    """B4: the store forgets every script again and again; nobody notices."""
    seconds = n("B4", everyday=1, full=60)
    flushed = 0
    async with _people(store_client, ring, Random(4)) as load:
        async with load.busy(3):
            for _ in range(seconds * 100):
                await store_client.script_flush()
                flushed += 1
                await asyncio.sleep(0.01)
        await load.read_back()
    broken = violations(load.history, await found(store_client, load.history.facts))
    tally("B4", runs=flushed, violations=len(broken), note=f"{flushed} script flushes")
    assert broken == []
    assert load.history.count(Answer.UNKNOWN) == 0


async def test_b4_a_store_that_goes_and_comes_back(tmp_path: Path, ring: KeyRing) -> None:
    """B4: while it is away answers say to try again; afterwards service is normal, no restart."""
    times = n("B4", everyday=1, full=50)
    async with (
        own_store(tmp_path / "store") as own,
        _people(own.redis, ring, Random(4)) as load,
    ):
        for _ in range(times):
            async with load.busy(3):
                await asyncio.sleep(0.1)
                await own.kill()
                await asyncio.sleep(0.2)
                before = load.history.count(Answer.UNKNOWN)
                await asyncio.sleep(0.2)
                assert load.history.count(Answer.UNKNOWN) > before
                await own.start()
            assert await load.create()
        await load.read_back()
        broken = violations(load.history, await found(own.client, load.history.facts))
    tally("B4", runs=times, violations=len(broken))
    assert broken == []


async def test_b2_with_full_memory_only_what_is_new_is_refused(
    tmp_path: Path, ring: KeyRing
) -> None:
    """B2: creates say that there is no room; reveal, ack, burn and the tries' counter still work."""
    async with (
        own_store(tmp_path / "store") as own,
        _people(own.redis, ring, Random(2)) as load,
    ):
        open_, locked, burned = [
            [await load.create(locked=locked) for _ in range(8)] for locked in (False, True, False)
        ]
        await own.client.config_set("maxmemory", "1")
        assert await load.create() is None
        for subject in filter(None, open_):
            await load.click(subject)
        for subject in filter(None, burned):
            await load.burn(subject)
        for subject in filter(None, locked):
            for _ in range(5):
                await load.click(subject, guess=Proof.random())
        await load.read_back()
        broken = violations(load.history, await found(own.client, load.history.facts))
        assert broken == []
        assert load.history.count(Answer.UNKNOWN) == 0
        assert len(load.history.acknowledged(Deed.OPEN)) == len(open_)
        assert len(load.history.acknowledged(Deed.BURN)) == len(burned)
        await own.client.config_set("maxmemory", "0")
        assert await load.create()
