"""A courier at work, and waiting for what it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.courier import Courier, Pace
from bot.slack_api import Slack
from storage import keys
from storage.model import SecretId, WorkspaceId
from storage.vault import Vault
from tests.raw import RawStore
from tests.slack import TEAM, TOKEN, FakeSlack

QUICK = Pace(block=0.1, linger=0.0, nudge=0.02, claim=0.05, first=0.05, longest=0.2)
ROOM = WorkspaceId(TEAM)


@asynccontextmanager
async def working(vault: Vault, slack: FakeSlack, pace: Pace = QUICK) -> AsyncIterator[None]:
    """A courier at work."""
    api = Slack(TOKEN, slack.base_url)
    task = asyncio.create_task(Courier(vault, api, ROOM, pace).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await api.close()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.01)


async def settled(store: RawStore, seconds: float = 10) -> None:
    """Wait until all news has been read and nothing is pending."""

    async def quiet() -> bool:
        stream = keys.audit(SecretId.new(ROOM).tag)
        groups = await store.xinfo_groups(stream) if await store.exists(stream) else []
        newest = await store.xrevrange(stream, count=1)
        return bool(groups) and all(
            group["pending"] == 0 and (not newest or group["last-delivered-id"] >= newest[0][0])
            for group in groups
        )

    await until(quiet, seconds)


async def look_due(store: RawStore, sid: SecretId) -> None:
    """Let the sweeper's day pass."""
    await store.zadd(keys.due(sid.tag), {sid.value: 1})
