"""B1-B3: what becomes of secrets when the store's memory is full, or its policy another one."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from storage import health, keys, store
from storage.alarms import raised
from storage.errors import UnsafeStore
from storage.memory import Memory
from storage.model import (
    Content,
    Event,
    Lifetime,
    Nonce,
    Passphrase,
    Proof,
    Seconds,
    State,
    Submission,
)
from storage.notices import Noticed
from storage.outcomes import Burned, Extended, Full, Gone, Shared, WrongPassphrase
from storage.policy import Policy
from storage.scripts import Script
from storage.seal import KeyRing
from storage.tickets import Purpose, TicketUsed
from storage.vault import Vault
from tests.links import READER, Holder, reveal, share
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore
from tests.stores import servers

DAY = Lifetime(86_400)
TEXT = "x" * 3000


@pytest.fixture
async def own() -> AsyncIterator[RawStore]:
    """A store of the test's own, whose memory and policy it may set."""
    async with servers.running({"appendonly": "no"}) as server:  # fsync is another test's
        client = store.connect(f"redis://{server.address}")
        yield client
        await client.aclose()


@pytest.fixture
def vault(own: RawStore, ring: KeyRing) -> Vault:
    """The vault on it, with every kind of key in use."""
    return Vault(own, ring, policy=Policy(creates_per_hour=1_000_000))


def _press(number: int) -> Submission:
    return Submission(view=f"V{number}", trigger=f"trigger {number}", pressed=Seconds(number))


async def _use_everything(vault: Vault) -> list[Holder]:
    """One of each kind of key that has an end."""
    vault.policy = Policy(creates_per_hour=60)
    for _ in range(2):  # a used ticket
        done = await vault.tickets.redeem(vault.tickets.issue(ANNA, Purpose.VISIT), None)
        assert not isinstance(done, TicketUsed)
    await vault.reserve(ANNA, _press(1), lifetime=DAY, has_passphrase=True)
    holders = [await share(vault, submission=_press(2)), await share(vault)]
    await reveal(vault, holders[0])
    return holders


async def _ends(redis: RawStore) -> dict[str, bool]:
    """Of each kind of key, whether one has a TTL."""
    found: dict[str, bool] = {}
    for name in await redis.keys("ss:*"):
        kind = name.decode().split(":")[2]
        found[kind] = found.get(kind, False) or await redis.pttl(name) >= 0
    return found


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random"])
async def test_b1_where_a_ttl_is_leave_to_drop_no_key_has_one(
    vault: Vault, own: RawStore, policy: str
) -> None:
    """B1: volatile-*: the start is allowed, and everything of ours is kept without a TTL."""
    await own.config_set("maxmemory-policy", policy)
    assert (await health.wait_for_store(own, allow_degraded=True, patience=2)).policy == policy
    await _use_everything(vault)
    assert not any((await _ends(own)).values())


async def test_b1_under_noeviction_the_store_ends_them_itself(vault: Vault, own: RawStore) -> None:
    """B1: noeviction: ciphertext and what is remembered for a while have a TTL (and the control)."""
    await _use_everything(vault)
    ends = await _ends(own)
    assert {kind for kind, has in ends.items() if has} == {
        "blob", "creates", "submission", "ticket",
    }  # fmt: skip
    assert "fading" not in ends


async def test_b1_what_has_no_ttl_is_swept(vault: Vault, own: RawStore) -> None:
    """volatile-*: claimed ciphertext goes with its window, tickets and submissions in their time."""
    await own.config_set("maxmemory-policy", "volatile-lru")
    opened, kept = await _use_everything(vault)
    await own.hset(keys.record(opened.id), "claimed", 1)  # long ago
    await own.zadd(keys.due(opened.id.tag), {opened.id.value: 1})
    fading = keys.fading(opened.id.tag)
    names = await own.zrange(fading, 0, -1)
    assert len(names) == 4  # two tickets, two submissions
    await own.zadd(fading, dict.fromkeys(names[:3], 1))
    await vault.sweep(ANNA.workspace)
    assert not await own.exists(keys.blob(opened.id), *names[:3])
    assert await own.zrange(fading, 0, -1) == names[3:]
    assert kept.read(await reveal(vault, kept)) == "hunter2"


async def test_b1_a_longer_life_has_no_ttl_either(vault: Vault, own: RawStore) -> None:
    """volatile-*: what is extended may not be dropped before its new end, nor taken for leave to."""
    await own.config_set("maxmemory-policy", "volatile-lru")
    holder = await share(vault)
    found = await vault.noticed(ANNA.workspace, holder.id)
    assert isinstance(found, Noticed)
    assert found.summary.record
    done = await vault.extend(ANNA, holder.id, found.summary.record.expires)
    assert isinstance(done, Extended)
    assert await own.ttl(keys.blob(holder.id)) == -1
    assert holder.read(await reveal(vault, holder)) == "hunter2"


async def test_a_foreign_name_among_what_fades_deletes_nothing(vault: Vault, own: RawStore) -> None:
    """Whoever can write to that list can't let the sweeper delete another key by it."""
    holder = await share(vault)
    await own.zadd(keys.fading(holder.id.tag), {keys.record(holder.id): 1, "others": 1})
    before = raised["foreign_entry"]
    await vault.sweep(ANNA.workspace)
    assert raised["foreign_entry"] == before + 2
    assert holder.read(await reveal(vault, holder)) == "hunter2"


async def test_b1_a_policy_changed_while_running_is_followed(vault: Vault, own: RawStore) -> None:
    """Every TTL goes, and comes back, with the next sweep; nothing waits for its day."""
    holder = await share(vault)
    await vault.sweep(ANNA.workspace)
    await own.config_set("maxmemory-policy", "volatile-lru")
    await vault.sweep(ANNA.workspace)
    assert await own.pttl(keys.blob(holder.id)) == -1
    await own.config_set("maxmemory-policy", "noeviction")
    await vault.sweep(ANNA.workspace)
    assert await own.pttl(keys.blob(holder.id)) > 0


async def test_b1_a_policy_that_drops_anything_is_noticed_while_running(
    vault: Vault, own: RawStore
) -> None:
    """allkeys-*: not ready, with the remedy; one alarm for the change, not one for each sweep."""
    await vault.sweep(ANNA.workspace)
    await own.config_set("maxmemory-policy", "allkeys-lru")
    report = await health.inspect(own, allow_degraded=True)
    assert not report.ready
    assert "set maxmemory-policy to noeviction" in report.problems[0]
    before = raised["policy"]
    await vault.sweep(ANNA.workspace)
    await vault.sweep(ANNA.workspace)
    assert raised["policy"] == before + 1
    with pytest.raises(UnsafeStore):
        await health.wait_for_store(own, allow_degraded=True, patience=2)


async def _fill(vault: Vault, own: RawStore) -> list[Holder]:
    """Make links, for the last of which there is no room."""
    count = n("B2", everyday=150, full=3000)
    room = count * 3500
    await own.config_set("maxmemory", (await own.info("memory"))["used_memory"] + room)
    made = [
        await vault.share(ANNA, Content(text=TEXT), label="", lifetime=DAY, single_use=True)
        for _ in range(count)
    ]
    assert isinstance(made[-1], Full)
    return [Holder.of(one.link) for one in made if isinstance(one, Shared)]


async def test_b2_with_full_memory_every_acknowledged_secret_can_be_read(
    vault: Vault, own: RawStore
) -> None:
    """B2: volatile-lru: what was made is readable, more is "no room", and the rest goes on."""
    await own.config_set("maxmemory-policy", "volatile-lru")
    passphrase = Passphrase.of("correct horse")
    burned, guarded = await share(vault), await share(vault, passphrase=passphrase)
    holders = await _fill(vault, own)
    assert len(holders) >= n("B2", everyday=50, full=1500)
    assert isinstance(await vault.burn(ANNA, burned.id), Burned)
    guess = Proof(b"w" * 32)
    wrong = await vault.open(guarded.id, guarded.proof, Nonce.random(), READER, guess)
    assert isinstance(wrong, WrongPassphrase)
    assert guarded.read(await reveal(vault, guarded)) == "hunter2"
    for holder in holders:
        assert holder.read(await reveal(vault, holder)) == TEXT
    assert (await own.info("stats"))["evicted_keys"] == 0


def _edit(script: Script, *pairs: tuple[str, str]) -> None:
    for old, new in pairs:
        assert old in script.text
        script.text = script.text.replace(old, new)
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()


def _keep_ttl(vault: Vault) -> None:
    """Take the defence away: a TTL whatever the policy, until the store itself has no more room."""
    policy = "evicts = said(info, 'maxmemory_policy') ~= 'noeviction'"
    _edit(vault._scripts._put, (policy, "evicts = false"), ("NO_ROOM = 0.95", "NO_ROOM = 9"))


async def test_b2_control_with_a_ttl_acknowledged_secrets_are_dropped(
    vault: Vault, own: RawStore
) -> None:
    """The same memory and policy, the TTL kept: the store drops what was promised."""
    _keep_ttl(vault)
    room = 800_000
    await own.config_set("maxmemory", (await own.info("memory"))["used_memory"] + room)
    await own.config_set("maxmemory-policy", "volatile-lru")
    holders = [await share(vault, TEXT, lifetime=DAY) for _ in range(200)]
    outcomes = [await reveal(vault, holder) for holder in holders]
    assert any(isinstance(one, Gone) and one.reason is State.LOST for one in outcomes)


async def test_others_keys_make_room_for_ours(vault: Vault, own: RawStore) -> None:
    """A store that is a cache for others is always full: ours is stored, theirs goes."""
    for i in range(200):
        await own.set(f"cache:{i}", TEXT, ex=3600)
    await own.config_set("maxmemory", (await own.info("memory"))["used_memory"])
    await own.config_set("maxmemory-policy", "volatile-lru")
    holders = [await share(vault, TEXT) for _ in range(20)]
    assert (await own.info("stats"))["evicted_keys"] > 0
    assert [holder.read(await reveal(vault, holder)) for holder in holders] == [TEXT] * 20


async def _evict_some(vault: Vault, own: RawStore) -> list[Holder]:
    """Secrets from before the policy changed, some of whose ciphertext the store then drops."""
    holders = [await share(vault, TEXT) for _ in range(60)]
    await vault.sweep(ANNA.workspace)
    await own.config_set("maxmemory-policy", "volatile-ttl")
    await own.config_set("maxmemory", (await own.info("memory"))["used_memory"] - 60_000)
    await own.set("others", "1")
    await own.config_set("maxmemory", 0)
    assert (await own.info("stats"))["evicted_keys"] > 0
    return holders


async def _lost(vault: Vault, holders: list[Holder]) -> int:
    count = 0
    for holder in holders:
        outcome = await vault.look(holder.id, holder.proof, READER)
        assert not isinstance(outcome, Gone) or outcome.reason is State.LOST
        count += isinstance(outcome, Gone)
    return count


async def test_b3_evicted_ciphertext_is_told_at_once(vault: Vault, own: RawStore) -> None:
    """B3: the next sweep finds all of it, though no secret's day is over; Lost, with alarms."""
    holders = await _evict_some(vault, own)
    evicting, lost = raised["evicting"], raised["lost"]
    changed = await vault.sweep(ANNA.workspace)
    assert changed > 0
    assert raised["evicting"] == evicting + 1
    assert raised["lost"] == lost + changed
    news = [one.event for _ in range(3) for one in await vault.notice_log(ANNA.workspace).read(10)]
    assert news.count(Event.LOST) == changed  # from which the courier tells its creator
    assert await _lost(vault, holders) == changed
    await vault.sweep(ANNA.workspace)
    assert raised["evicting"] == evicting + 1


async def test_b3_control_without_the_watch_it_waits_for_its_day(
    vault: Vault, own: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same sweep finds none of it when nobody compares evicted_keys."""
    holders = await _evict_some(vault, own)

    async def nothing() -> bool:
        return False

    monkeypatch.setattr(vault._memory, "disturbed", nothing)
    assert await vault.sweep(ANNA.workspace) == 0
    assert await _lost(vault, holders) > 0


async def test_memory_that_runs_low_is_told_once(vault: Vault, own: RawStore) -> None:
    """Readiness says how full it is; the alarm comes when new links begin to be refused."""
    assert (await health.inspect(own, allow_degraded=True)).memory == "no limit"
    used = (await own.info("memory"))["used_memory"]
    await own.config_set("maxmemory", 100 * used)
    report = await health.inspect(own, allow_degraded=True)
    assert report.memory.endswith(" % of maxmemory")
    await vault.sweep(ANNA.workspace)
    before = raised["memory"]
    await own.config_set("maxmemory", used)
    for _ in range(2):
        await vault.sweep(ANNA.workspace)
    assert raised["memory"] == before + 1
    report = await health.inspect(own, allow_degraded=True)
    assert report.memory.endswith("new links are refused")
    assert report.ready  # what is there can be opened: send people here


def test_a_store_that_does_not_say_its_policy_is_not_safe() -> None:
    """What INFO leaves out is not taken for granted."""
    assert not Memory.of({}).is_safe
