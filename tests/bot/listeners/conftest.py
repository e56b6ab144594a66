"""People whose bot is under a policy of their choice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.slack_http import PATH
from storage.policy import Policy
from storage.seal import KeyRing
from storage.vault import Vault
from tests.bot.conftest import build, served
from tests.bot.person import Person
from tests.slack import FakeSlack

Under = Callable[..., Awaitable[Person]]


@pytest.fixture
async def under(
    store_client: Redis, ring: KeyRing, slack: FakeSlack, session: ClientSession
) -> AsyncIterator[Under]:
    """Give Anna, whose bot is under the policy that she names."""
    async with AsyncExitStack() as stack:

        async def start(policy: Policy, **more: Any) -> Person:
            vault = Vault(store_client, ring, policy=policy)
            built = build(vault, slack, **more)
            stack.push_async_callback(built.close)
            built.start()
            await built.workspace.known.wait()
            await asyncio.gather(*built._tasks)
            server = await stack.enter_async_context(served(built))
            return Person(slack, session, str(server.make_url(PATH)))

        yield start
