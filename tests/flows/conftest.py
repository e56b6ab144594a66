"""The production processes, an agent in Slack, and a customer with a browser.

The browser is everybody's, so these tests share the session's loop.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser

from bot.slack_http import PATH
from tests.bot.person import Person
from tests.browsers import Visitor, visitor
from tests.deployment import Deployment, deployment
from tests.flows.acting import PROCESSES
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Deployment, FakeSlack]]:
    """``python -m web`` and ``python -m bot`` sharing the embedded store, and the Slack they know.

    Started once, since starting takes longer than what people then do there: each test has links,
    and where it matters labels, of its own.
    """
    async with FakeSlack() as slack:
        environ = {
            "SLACK_API_URL": slack.base_url,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            # All customers have one address here.
            "REVEALS_PER_MINUTE": "6000",
        }
        folder = tmp_path_factory.mktemp("flows")
        async with deployment(folder, environ, commands=PROCESSES) as running:
            await running.ready()
            await running.told(b"workspace_known")
            yield running, slack


@pytest.fixture
def live(town: tuple[Deployment, FakeSlack]) -> Deployment:
    """The processes."""
    return town[0]


@pytest.fixture
def slack(town: tuple[Deployment, FakeSlack]) -> FakeSlack:
    """Their Slack, in which nobody has called anything yet."""
    town[1].forget()
    return town[1]


@pytest_asyncio.fixture(loop_scope="session")
async def own_slack() -> AsyncIterator[FakeSlack]:
    """A Slack for processes of a test's own."""
    async with FakeSlack() as fake:
        yield fake


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
