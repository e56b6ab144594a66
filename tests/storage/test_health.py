"""Start-up checks: what a store must promise, and the remedy where it does not."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from storage import health, store
from storage.durable import NOTHING, Wait
from storage.embedded import EmbeddedStore
from storage.errors import SettingsError, StoreUnavailable, UnsafeStore
from tests.raw import RawStore
from tests.replicas import group


@pytest.fixture
async def own_store(tmp_path: Path) -> AsyncIterator[Redis]:
    """A store whose configuration a test may spoil."""
    embedded = EmbeddedStore(tmp_path)
    await embedded.start()
    client = store.connect(embedded.url)
    yield client
    await client.aclose()
    await embedded.stop()


async def test_the_embedded_store_is_good(own_store: RawStore) -> None:
    """No problem, nothing degraded."""
    report = await health.wait_for_store(own_store, allow_degraded=False, patience=2)
    assert report.ready
    assert report.durability == "always"
    assert report.version.startswith("Valkey")


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
async def test_b1_policies_that_drop_anything_are_refused(own_store: RawStore, policy: str) -> None:
    """B1: the message names the setting and what to set it to; nothing overrides it."""
    await own_store.config_set("maxmemory-policy", policy)
    with pytest.raises(UnsafeStore, match=f"maxmemory-policy is {policy}.*noeviction"):
        await health.wait_for_store(own_store, allow_degraded=True, patience=2)


@pytest.mark.parametrize(
    ("setting", "value"), [("appendfsync", "everysec"), ("no-appendfsync-on-rewrite", "yes")]
)
async def test_a_disk_that_can_be_waited_for_is_good(
    own_store: RawStore, setting: str, value: str
) -> None:
    """From Redis 7.2 on the wait is the promise; the report says what to wait for."""
    await own_store.config_set(setting, value)
    report = await health.wait_for_store(own_store, allow_degraded=False, patience=2)
    assert report.ready
    assert report.wait == Wait(disk=True)
    assert "waited for" in report.durability


async def test_a_store_that_tells_no_setting_is_proven_by_waiting(own_store: RawStore) -> None:
    """CONFIG is often forbidden: WAITAOF shows it, or the start is refused."""
    await own_store.execute_command("ACL", "SETUSER", "default", "-config")
    report = await health.wait_for_store(own_store, allow_degraded=False, patience=2)
    assert (report.durability, report.wait) == ("unknown, waited for", Wait(disk=True))
    await own_store.execute_command("ACL", "SETUSER", "default", "-waitaof")
    with pytest.raises(UnsafeStore, match=r"CONFIG is forbidden.*refuses WAITAOF"):
        await health.wait_for_store(own_store, allow_degraded=False, patience=2)


async def test_before_7_2_only_always_is_durable(own_store: RawStore) -> None:
    """There is no WAITAOF; WAIT speaks of replicas' memory only."""
    info = await own_store.info("everything") | {"redis_version": "7.0.15"}
    assert await health._durability(own_store, info, 1) == ("always", None, Wait(replicas=1))
    await own_store.config_set("appendfsync", "everysec")
    _, weakness, wait = await health._durability(own_store, info, 0)
    assert weakness is not None
    assert "takes Redis 7.2" in weakness
    assert wait == NOTHING


async def test_replicas_are_as_many_as_the_settings_say() -> None:
    """Fewer: refused, whatever is allowed. More: refused or degraded, since one may be promoted."""
    async with group(1) as found:
        client = found.primary.client
        look = partial(health.wait_for_store, client, patience=2)
        report = await look(allow_degraded=False, replicas=1)
        assert (report.wait, report.replicas, report.durability) == (Wait(replicas=1), 1, "always")
        with pytest.raises(UnsafeStore, match="set REDIS_REPLICAS=1"):
            await look(allow_degraded=False)
        assert (await look(allow_degraded=True)).degraded
        with pytest.raises(UnsafeStore, match="REDIS_REPLICAS is 2, and 1 of them"):
            await look(allow_degraded=True, replicas=2)
        found.relays[0].freeze()  # it still counts as connected, and answers nothing
        with pytest.raises(UnsafeStore, match="each of REDIS_REPLICAS"):
            await look(allow_degraded=True, replicas=1)


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [("appendfsync", "no", "appendfsync"), ("appendonly", "no", "appendonly")],
)
async def test_weak_durability_is_refused_or_allowed_aloud(
    own_store: RawStore, setting: str, value: str, word: str
) -> None:
    """Refused with the remedy; with ALLOW_DEGRADED_DURABILITY it starts and says degraded."""
    await own_store.config_set(setting, value)
    with pytest.raises(UnsafeStore, match=word):
        await health.wait_for_store(own_store, allow_degraded=False, patience=2)
    report = await health.wait_for_store(own_store, allow_degraded=True, patience=2)
    assert report.ready
    assert report.degraded


async def test_an_old_server_is_refused() -> None:
    """Redis before 7.0 has no script flags."""
    assert health._version_problems({"redis_version": "6.2.14"})
    assert not health._version_problems({"redis_version": "7.0.15"})
    assert not health._version_problems({"redis_version": "7.2.4", "valkey_version": "9.1.2"})


async def test_a_store_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    """Start: waits, then goes on."""
    embedded = EmbeddedStore(tmp_path)
    client = store.connect(embedded.url)
    waiting = asyncio.create_task(health.wait_for_store(client, allow_degraded=False, patience=10))
    await asyncio.sleep(0.3)
    await embedded.start()
    assert (await waiting).ready
    await client.aclose()
    await embedded.stop()


async def test_a_store_that_never_comes_is_told(tmp_path: Path) -> None:
    """Start: gives up with one sentence that says why and what to check."""
    client = store.connect(f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(StoreUnavailable, match="REDIS_URL"):
        await health.wait_for_store(client, allow_degraded=False, patience=0.1)
    await client.aclose()


@pytest.mark.parametrize("url", ["http://h", "nonsense", "", "redis//h"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    """REDIS_URL is named; its value, which may hold a password, is not."""
    with pytest.raises(SettingsError, match="REDIS_URL") as caught:
        store.connect(url)
    assert not url or url not in str(caught.value)
