"""A store that keeps its promises badly is found out, and nothing else is."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from bot.doctor import store as store_checks
from bot.doctor.finding import Level
from storage import health, store
from storage.embedded import EmbeddedStore
from tests.bot.doctor.ward import (
    ACCESS,
    PASSWORD,
    USER,
    Ward,
    the_one,
)
from tests.deployment import ROOT
from tests.raw import RawStore

ERROR, WARNING, UNCHECKED = Level.ERROR, Level.WARNING, Level.UNCHECKED


@asynccontextmanager
async def spoilt(redis: RawStore, setting: str, value: str) -> AsyncIterator[None]:
    """The shared store with another setting for a while."""
    before = (await redis.config_get(setting))[setting]
    await redis.config_set(setting, value)
    try:
        yield
    finally:
        await redis.config_set(setting, before)


async def user(redis: RawStore, rules: str) -> None:
    """Give our user these rights."""
    await redis.execute_command(
        "ACL", "SETUSER", USER, "reset", "on", f">{PASSWORD}", *rules.split()
    )


@pytest.mark.parametrize(
    ("setting", "value", "name"),
    [
        ("maxmemory-policy", "allkeys-lru", "eviction"),
        ("appendfsync", "no", "durability"),
        ("no-appendfsync-on-rewrite", "yes", "durability"),
        ("appendonly", "no", "durability"),
    ],
)
async def test_a_store_that_forgets(
    ward: Ward, store_client: RawStore, setting: str, value: str, name: str
) -> None:
    """Eviction and durability: what the start refuses is an error, with its remedy."""
    async with ward.running(), spoilt(store_client, setting, value):
        # Or it would be waited for, and all would be well.
        await user(store_client, f"{ACCESS} -waitaof")
        found = the_one(await ward.examine())
        await user(store_client, ACCESS)
    assert (found.level, found.name) == (ERROR, name)
    assert setting in found.found + found.remedy or setting == "appendonly"


async def test_a_store_that_is_allowed_to_forget(ward: Ward, store_client: RawStore) -> None:
    """ALLOW_DEGRADED_DURABILITY makes a warning of it, and is one itself."""
    async with spoilt(store_client, "appendfsync", "no"):
        more = {"ALLOW_DEGRADED_DURABILITY": "true"}
        async with ward.running(**more):
            found = await ward.examine(**more)
    assert [(one.level, one.name) for one in found] == [
        (WARNING, "settings"),
        (WARNING, "durability"),
    ]


async def test_a_store_that_is_nearly_full(ward: Ward, store_client: RawStore) -> None:
    """Before nobody can make links any more."""
    used = (await store_client.info("memory"))["used_memory"]
    async with ward.running(), spoilt(store_client, "maxmemory", str(int(used * 1.12))):
        found = the_one(await ward.examine())
    assert (found.level in {WARNING, ERROR}, found.name) == (True, "store memory")


CONNECTIONS = [
    ("redis://:pw@10.0.0.5", WARNING, "on the way"),
    ("rediss://10.0.0.5", ERROR, "no password"),
    ("rediss://:pw@10.0.0.5?ssl_cert_reqs=none", ERROR, "checks no certificate"),
    ("rediss://:pw@10.0.0.5?ssl_check_hostname=false", ERROR, "checks no certificate"),
    ("rediss://:pw@10.0.0.5", Level.OK, "over TLS"),
    ("redis://localhost", Level.OK, "this machine"),
    ("unix:///run/store.sock", Level.OK, "Unix socket"),
    (None, Level.OK, "embedded"),
]


@pytest.mark.parametrize(("url", "level", "said"), CONNECTIONS)
def test_a_connection_that_others_can_read(url: str | None, level: Level, said: str) -> None:
    """Plain redis:// to another machine, no password, TLS that checks nothing."""
    (found,) = store_checks.connection(url)
    assert (found.level, said in found.found) == (level, True)
    assert "pw" not in found.found + found.remedy


@pytest.mark.parametrize(("skew", "level"), [(0.2, Level.OK), (-2.0, WARNING), (7.5, ERROR)])
async def test_a_store_whose_clock_is_off(
    store_client: RawStore, skew: float, level: Level
) -> None:
    """Before, and after, /readyz says unavailable for it."""
    report = await health.inspect(store_client, allow_degraded=False)
    assert store_checks.clock(replace(report, skew=skew)).level is level


async def test_a_store_that_is_too_old(store_client: RawStore) -> None:
    """The start's words, under the name of the check that they are about."""
    report = await health.inspect(store_client, allow_degraded=False)
    problems = tuple(health._version_problems({"redis_version": "6.2.14"}))
    found = store_checks.promises(replace(report, problems=problems))
    (bad,) = (one for one in found if one.level is not Level.OK)
    assert (bad.level, bad.name) == (ERROR, "store version")


async def test_a_rewrite_that_fails(ward: Ward, tmp_path: Path) -> None:
    """Deleted ciphertext would stay on the disk."""
    own = EmbeddedStore(tmp_path / "own")
    await own.start()
    redis: RawStore = store.connect(own.url)
    await user(redis, ACCESS)
    folder = tmp_path / "own" / "appendonlydir"
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")
    with pytest.raises(ResponseError):
        await redis.bgrewriteaof()
    folder.unlink()
    folder.with_name("away").rename(folder)
    more = {"REDIS_URL": own.url.replace("unix://", f"unix://{USER}:{PASSWORD}@")}
    async with ward.running(**more):
        found = the_one(await ward.examine(**more))
    await redis.aclose()
    await own.stop()
    assert (found.level, found.name) == (ERROR, "store disk")
    assert "rewrite" in found.found


async def test_a_user_that_may_do_anything(ward: Ward, store_client: RawStore) -> None:
    """More than it needs: named, command by command."""
    await user(store_client, "~* +@all")
    async with ward.running():
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (WARNING, "store access")
    assert "FLUSHALL" in found.found
    assert "keys that are not ours" in found.found


async def test_a_user_that_lacks_a_command(ward: Ward, store_client: RawStore) -> None:
    """Less than the scripts need: it would fail at the first link."""
    async with ward.running():
        await user(store_client, f"{ACCESS} -hset -xadd")
        found = the_one(await ward.examine())
        await user(store_client, ACCESS)
    assert (found.level, found.name) == (ERROR, "store access")
    assert "HSET, XADD" in found.found


async def test_a_user_that_may_not_ask_for_info(ward: Ward, store_client: RawStore) -> None:
    """Then neither the start nor the doctor knows what the store promises, and it says so."""
    async with ward.running():
        await user(store_client, f"{ACCESS} -info")
        found = await ward.examine()
        await user(store_client, ACCESS)
    assert {(one.level, one.name) for one in found} >= {(ERROR, "store access")}
    assert any("INFO" in one.found for one in found)


async def test_a_user_that_may_not_see_the_configuration(
    ward: Ward, store_client: RawStore
) -> None:
    """CONFIG GET forbidden, and WAITAOF too: durability can neither be seen nor waited for."""
    async with ward.running():
        await user(store_client, f"{ACCESS} -config|get -waitaof")
        found = the_one(await ward.examine())
        await user(store_client, ACCESS)
    assert (found.level, found.name) == (ERROR, "durability")
    assert "CONFIG" in found.found + found.remedy


def test_the_store_access_that_the_docs_give_is_the_tests() -> None:
    """The user that operators are told to make is the one with which everything here runs."""
    text = (ROOT / "docs" / "operators.md").read_text()
    given = re.search(r"ACL SETUSER slash-secret on >\S+ (.+)", text)
    assert given
    assert given[1] == ACCESS
