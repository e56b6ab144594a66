"""The production processes, an agent in Slack, and a customer with a browser.

The browser is everybody's, so these tests share the session's loop.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser

from bot.slack_http import PATH
from tests.bot.person import Person
from tests.browsers import Visitor, visitor
from tests.deployment import Deployment, deployment
from tests.flows.acting import PROCESSES
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack


@pytest_asyncio.fixture(loop_scope="session")
async def slack() -> AsyncIterator[FakeSlack]:
    """Slack's Web API for one test."""
    async with FakeSlack() as fake:
        yield fake


@pytest_asyncio.fixture(loop_scope="session")
async def live(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Deployment]:
    """``python -m web`` and ``python -m bot`` sharing the embedded store."""
    environ = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    async with deployment(tmp_path, environ, commands=PROCESSES) as running:
        await running.ready()
        await running.told(b"workspace_known")
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def anna(live: Deployment, slack: FakeSlack) -> AsyncIterator[Person]:
    """An agent in Slack."""
    async with ClientSession() as session:
        yield Person(slack, session, live.url + PATH)


@pytest_asyncio.fixture(loop_scope="session")
async def customer(chromium: Browser, live: Deployment) -> AsyncIterator[Visitor]:
    """Somebody with a browser and no account."""
    async with visitor(chromium, live.url) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def agent(chromium: Browser, live: Deployment) -> AsyncIterator[Visitor]:
    """The browser that opens when an agent presses one of Slack's URL buttons."""
    async with visitor(chromium, live.url) as one:
        yield one
