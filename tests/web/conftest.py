"""The site as most of these tests want it: one visitor who asks more often than people do."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from storage.vault import Vault
from tests.site import Site
from tests.web.served import UNLIMITED, serve


@pytest.fixture
async def site(vault: Vault, store_client: Redis) -> AsyncIterator[Site]:
    """The web half, without a limit that these tests would reach."""
    async with serve(vault, store_client, reveals_per_minute=UNLIMITED) as running:
        yield running
