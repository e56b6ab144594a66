"""``kill -9`` under load: of web (A2), of the store (A3), of everything in turn (A11), B7."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from storage import keys, store
from storage.model import Agent, UserId, WorkspaceId, tag_of
from storage.seal import KeyRing
from storage.vault import Vault
from tests import meddling
from tests.faults.checker import violations
from tests.faults.doors import Door, VaultDoor
from tests.faults.found import found, latest
from tests.faults.history import Answer, Deed, now
from tests.faults.load import OFTEN_BURNED, Load
from tests.faults.running import Town, town, town_on
from tests.faults.stores import OwnStore, answering
from tests.numbers import SOAK, n
from tests.people import ANNA
from tests.raw import RawStore
from tests.slack import SIGNING_SECRET, TEAM, TEAM_NAME, TOKEN, FakeSlack
from tests.storage.test_embedded import gone, processes, program, user
from tests.stores.deployments import cluster
from tests.tally import tally

ENOUGH = 5
"""Burns before each kill; creates are more."""
DEFECTIVE = ("-m", "tests.faults.defects", "web")


@dataclass
class Seen:
    """What was found out over a number of rounds."""

    creates: int = 0
    burns: int = 0
    cut_off: int = 0
    broken: tuple[str, ...] = ()

    def tell(self, requirement: str, runs: int) -> None:
        """Put it into the table."""
        note = f"{self.creates} creates, {self.burns} burns, {self.cut_off} answers cut off"
        tally(requirement, runs=runs, violations=len(self.broken), note=note)

    async def judge(self, load: Load, redis: object, since: str) -> None:
        """Look at one round."""
        history = load.history
        kept = await found(redis, history.facts, since=since)
        self.broken += tuple(violations(history, kept))
        self.creates += len(history.acknowledged(Deed.CREATE))
        self.burns += len(history.acknowledged(Deed.BURN))
        self.cut_off += history.count(Answer.UNKNOWN)


async def _kills(
    place: Town, victims: Sequence[str], count: int, *, agent: Agent = ANNA, burst: float = 0.3
) -> Seen:
    """Under load, kill one of them after the other, each at a moment of chance."""
    seen, tag = Seen(), tag_of(agent.workspace)
    for number in range(count):
        since = await latest(place.client, tag)
        doors: list[Door] = [*place.doors, VaultDoor(place.vault)]
        load = Load(place.vault, doors, place.chance, agent, OFTEN_BURNED)
        await load.enter()
        victim = victims[number % len(victims)]
        if victim != "store":
            await place.whole(victim)
        async with load.busy():
            await load.under_way(ENOUGH)
            await asyncio.sleep(place.chance.random() * burst)
            await (place.kill_store() if victim == "store" else place.kill(victim))
            await asyncio.sleep(0.1)
        await load.read_back([VaultDoor(place.vault)])
        await seen.judge(load, place.client, since)
    return seen


async def test_a2_kill_9_of_a_web_process_under_load(tmp_path: Path) -> None:
    """A2: no secret shown to two nonces, none stuck half claimed, every one kept readable."""
    kills = n("A2", everyday=1, full=300)
    webs = ["web one", "web two"][:kills]
    async with town(tmp_path, Random(2)) as place:
        await asyncio.gather(*map(place.serve, webs))
        seen = await _kills(place, webs, kills)
        seen.tell("A2", kills)
        assert seen.broken == ()
        assert seen.cut_off > 0


async def test_a2_kill_9_of_a_web_process_on_a_cluster(tmp_path: Path) -> None:
    """A2: the same where the store is three servers that share the slots."""
    kills = n("A2", everyday=1, full=60)
    webs = ["web one", "web two"][:kills]
    async with (
        cluster() as there,
        town_on(there.url, tmp_path, Random(22), {"REDIS_URL": there.url}) as place,
    ):
        await asyncio.gather(*map(place.serve, webs))
        seen = await _kills(place, webs, kills)
        seen.tell("A2", kills)
        assert seen.broken == ()
        assert seen.cut_off > 0


async def test_a2_control_a_claim_of_two_calls_is_found_out(tmp_path: Path) -> None:
    """The same kill, of a web process whose claim is a GET and a DEL."""
    async with town(tmp_path, Random(2)) as place:
        await place.serve("web one", DEFECTIVE)
        load = Load(place.vault, place.doors, place.chance, scenes=("race",))
        await load.enter()
        async with load.busy():
            while len(load.history.acknowledged(Deed.OPEN)) < ENOUGH:
                await asyncio.sleep(0.02)
            await place.kill("web one")
        broken = violations(load.history, await found(place.client, load.history.facts))
        assert any("nonces got the ciphertext" in one for one in broken)


async def test_a3_kill_9_of_the_store_under_load(tmp_path: Path) -> None:
    """A3: as shipped, no acknowledged burn comes back, and no acknowledged create is lost."""
    kills = n("A3", everyday=2, full=200)
    async with town(tmp_path, Random(3)) as place:
        seen = await _kills(place, ["store"], kills, burst=0.2)
        seen.tell("A3", kills)
        assert seen.broken == ()
        assert seen.cut_off > 0


async def test_a3_control_without_an_append_only_file_all_is_lost(
    tmp_path: Path, ring: KeyRing
) -> None:
    """The same kill, of a store that keeps everything in memory."""
    forgetful = OwnStore(tmp_path / "store", options={"appendonly": "no"})
    try:
        await forgetful.start()
        vault = Vault(forgetful.redis, ring)
        load, seen = Load(vault, [VaultDoor(vault)], Random(3)), Seen()
        await load.enter()
        async with load.busy():
            await asyncio.sleep(0.3)
            await forgetful.kill()
        await forgetful.start()
        await load.read_back()
        await seen.judge(load, forgetful.client, "0")
        assert any("refused as unavailable" in one for one in seen.broken)
    finally:
        await forgetful.close()


async def test_a11_after_any_crash_the_audit_trail_agrees(tmp_path: Path, slack: FakeSlack) -> None:
    """A11: web, store and bot crash in turn; no change without its entry, none without its change."""
    kills = n("A11", everyday=2, full=300)
    victims = ["store", "bot", "web"] if SOAK else ["store", "bot"]
    agent = Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(await slack.user("ben")), "ben")
    bot = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    async with town(tmp_path, Random(11), bot) as place:
        starts = [place.work("bot")]
        if "web" in victims:
            starts.append(place.serve("web"))
        await asyncio.gather(*starts)
        await place.services["bot"].told(b"workspace_known")
        seen = await _kills(place, victims, kills, agent=agent)
        seen.tell("A11", kills)
        assert seen.broken == ()


async def test_a11_a_sweep_that_is_cut_off_is_finished_by_the_next(
    vault: Vault, store_client: RawStore, ring: KeyRing, store_url: str
) -> None:
    """A11: what had expired has one entry that says so, however often its sweeper died."""
    runs, chance = n("A11", everyday=5, full=100), Random(12)
    broken: list[str] = []
    for _ in range(runs):
        since = await latest(store_client, tag_of(ANNA.workspace))
        load = Load(vault, [VaultDoor(vault)], chance)
        await load.enter()
        for _ in range(12):
            subject = await load.create()
            assert subject
            await meddling.expire_in(store_client, ring, subject.id, seconds=0)
            await store_client.zadd(keys.due(subject.id.tag), {subject.id.value: 0})
            load.history.subjects[subject.id] = replace(subject, expires=now())
        # Another process's sweep, which dies with its connection at a moment of chance.
        other = store.connect(store_url)
        sweep = asyncio.create_task(Vault(other, ring).sweep(ANNA.workspace))
        await asyncio.sleep(chance.random() * 0.01)
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)
        await other.aclose()
        await vault.sweep(ANNA.workspace)
        await load.read_back()
        kept = await found(store_client, load.history.facts, since=since)
        broken += violations(load.history, kept)
        assert {one.state for one in kept.values()} == {"expired"}
    tally("A11", runs=runs, violations=len(broken))
    assert broken == []


async def test_b7_the_process_that_started_the_store_is_killed(tmp_path: Path) -> None:
    """B7: two start at once, the first is killed under load: one store, no orphan, nothing lost."""
    runs = n("B7", everyday=1, full=20)
    broken: list[str] = []
    for number in range(runs):
        folder = tmp_path / str(number)
        folder.mkdir()
        starter = await user(folder / "data dir")
        async with town(folder, Random(number)) as place:
            load = Load(place.vault, [VaultDoor(place.vault)], place.chance)
            await load.enter()
            async with load.busy():
                await asyncio.sleep(0.1 + place.chance.random() * 0.2)
                keepers = [p for p in processes(place.data_dir) if program(p) == "keeper"]
                starter.kill()
                if number % 2:  # and the store's keeper with it
                    os.kill(keepers[0], signal.SIGKILL)
                await starter.wait()
                await asyncio.sleep(0.1)
            await answering(place.client)
            await load.read_back()
            stores = [p for p in processes(place.data_dir) if program(p) == "valkey-server"]
            assert len(stores) == 1
            kept = await found(place.client, load.history.facts)
            broken += violations(load.history, kept)
        assert await gone(folder / "data dir")
    tally("B7", runs=runs, violations=len(broken))
    assert broken == []
