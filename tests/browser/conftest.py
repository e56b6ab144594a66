"""One Chromium and one site for all browser tests; a browser profile for each.

A browser lives in the event loop that started it, so these tests share the session's loop, and so
do their fixtures. The store is not emptied in between: every test makes secrets of its own.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser

from storage import store
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.browser.stage import Stage
from tests.browsers import Visitor, visitor
from tests.site import serve


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(store_url: str) -> AsyncIterator[Stage]:
    """A site on a loopback port, and hands on the store behind it."""
    client = store.connect(store_url)
    ring = KeyRing([MasterKey.random()])
    async with serve(Vault(client, ring), client) as site:
        yield Stage(site, client, ring)
    await client.aclose()


class Visitors:
    """Strangers, each with a profile of their own."""

    def __init__(self, browser: Browser, origin: str, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._origin = origin
        self._stack = stack
        self.all: list[Visitor] = []

    async def new(self, *, javascript: bool = True) -> Visitor:
        """Somebody who has never been here."""
        made = visitor(self._browser, self._origin, javascript=javascript)
        self.all.append(await self._stack.enter_async_context(made))
        return self.all[-1]


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(chromium: Browser, stage: Stage) -> AsyncIterator[Visitors]:
    """Strangers. After every test: no request to another origin, no CSP report, no complaint."""
    async with AsyncExitStack() as stack:
        visitors = Visitors(chromium, stage.site.url, stack)
        yield visitors
        for one in visitors.all:
            assert one.watch.foreign == []
            assert one.watch.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(visitors: Visitors) -> Visitor:
    """One stranger."""
    return await visitors.new()
