"""A bot on a real vault, a real aiohttp server and the local Slack."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from bot import app
from bot.slack_http import PATH, SlackEvents
from storage.seal import KeyRing
from storage.vault import Vault
from tests.bot.late_store import LateStore
from tests.bot.person import Person
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack

PUBLIC_URL = "https://secret.example.com"


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """What Slack's requests come through."""
    async with ClientSession() as client:
        yield client


def build(vault: Vault, slack: FakeSlack, *, ticket_url: str = "") -> app.Bot:
    """The Slack app on this vault and this Slack."""
    return app.build(
        vault=vault,
        token=TOKEN,
        api_url=slack.base_url,
        command="/secret",
        public_url=PUBLIC_URL,
        ticket_url=ticket_url,
    )


@pytest.fixture
async def bot(vault: Vault, slack: FakeSlack) -> AsyncIterator[app.Bot]:
    """The Slack app, before it knows its workspace."""
    built = build(vault, slack)
    yield built
    await built.close()


def served(bot: app.Bot) -> TestServer:
    """The entrance, to be served."""
    application = web.Application()
    application.router.add_post(PATH, SlackEvents(SIGNING_SECRET, bot.dispatch).handle)
    return TestServer(application)


@pytest.fixture
async def server(bot: app.Bot) -> AsyncIterator[TestServer]:
    """The bot, served."""
    running = served(bot)
    async with running:
        yield running


@pytest.fixture
async def stranger_to_slack(slack: FakeSlack, server: TestServer, session: ClientSession) -> Person:
    """Anna, in front of a bot that has not reached Slack yet."""
    return Person(slack, session, str(server.make_url(PATH)))


@pytest.fixture
async def anna(bot: app.Bot, stranger_to_slack: Person) -> Person:
    """Anna, whose bot knows its workspace."""
    await bot.workspace.learn(bot.slack)
    return stranger_to_slack


@pytest.fixture
async def ben(anna: Person) -> Person:
    """Ben, of the same team."""
    return replace(anna, user=await anna.slack.user("ben"), name="ben")


@pytest.fixture
async def late_store(store_url: str, store_client: Redis) -> AsyncIterator[LateStore]:
    """The store behind a wire that can be slow or cut."""
    late = LateStore(store_url, store_client)
    await late.start()
    yield late
    await late.stop()


@pytest.fixture
async def late_anna(
    late_store: LateStore, ring: KeyRing, slack: FakeSlack, session: ClientSession
) -> AsyncIterator[Person]:
    """Anna, whose bot has its store at the end of that wire."""
    built = build(Vault(late_store.client, ring), slack)
    await built.workspace.learn(built.slack)
    async with served(built) as running:
        yield Person(slack, session, str(running.make_url(PATH)))
    await built.close()
