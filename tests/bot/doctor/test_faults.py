"""Whatever is gone or slow, the doctor ends, says so, and says the rest."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.doctor import asking, rounds, slack
from bot.doctor.finding import Finding, Level
from tests.bot.doctor.ward import Ward, bad
from tests.deployment import free_port
from tests.slack import Fault

REST = {"settings", "key source", "key strength", "DATA_DIR", "pages", "public URL", "headers"}


@asynccontextmanager
async def mute() -> AsyncIterator[int]:
    """A server that takes connections and says nothing."""
    kept: list[asyncio.StreamWriter] = []

    async def taken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.append(writer)

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in kept:
            writer.transport.abort()


async def test_slack_is_gone(ward: Ward) -> None:
    """Nobody knows about the token; everything else is told."""
    async with ward.running():
        await ward.slack.hang_up()
        (found,) = await ward.examine()
    assert (found.level, found.name) == (Level.UNCHECKED, "Slack token")


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500, body="oops"), Fault(drop=True), Fault(delay=5), Fault(error="ratelimited")],
)
async def test_slack_is_unwell(ward: Ward, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of its own, a broken line, no answer in time, too many requests: no verdict on us."""
    monkeypatch.setattr(slack, "PATIENCE", 1)
    async with ward.running():
        ward.slack.fail("auth.test", fault)
        (found,) = await ward.examine()
    assert (found.level, found.name) == (Level.UNCHECKED, "Slack token")


async def test_the_store_is_gone(ward: Ward) -> None:
    """An error, and the rest is looked at all the same."""
    more = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    async with ward.running():
        everything = await rounds.examined(ward.config(**more))
    assert {one.name for one in everything} >= REST
    found = bad(everything)
    assert {one.level for one in found} == {Level.ERROR}
    assert all("the store gave no answer" in one.found for one in found)


async def test_the_store_is_frozen(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and says nothing: the doctor ends in time."""
    monkeypatch.setattr(rounds, "PATIENCE", 1.0)
    async with mute() as port, ward.running():
        started = time.monotonic()
        found = await ward.examine(REDIS_URL=f"redis://127.0.0.1:{port}")
    assert time.monotonic() - started < 5
    assert {one.level for one in found} <= {Level.UNCHECKED, Level.ERROR}
    assert {"durability", "store access"} <= {one.name for one in found}


async def test_the_site_is_frozen(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands at PUBLIC_URL takes connections and says nothing."""
    monkeypatch.setattr(asking, "PATIENCE", 1.0)
    async with mute() as port, ward.running():
        found = await ward.examine(PUBLIC_URL=f"https://localhost:{port}")
    (url,) = (one for one in found if one.name == "public URL")
    assert (url.level, "in time" in url.found) == (Level.ERROR, True)


async def test_a_defect_in_one_check_hides_no_other() -> None:
    """It is named by its type; its text, which may quote anything, is not."""

    async def broken() -> list[Finding]:
        raise RuntimeError("hunter2-canary")

    (found,) = await rounds._within("headers", broken)
    assert (found.level, found.name) == (Level.UNCHECKED, "headers")
    assert "RuntimeError" in found.found
    assert "canary" not in str(found)
