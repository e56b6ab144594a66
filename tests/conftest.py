"""Fixtures everybody shares: a real store, a vault on it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings as hypothesis_settings
from playwright.async_api import Browser
from redis.asyncio import Redis

from storage import logs, store
from storage.embedded import EmbeddedStore
from storage.seal import KeyRing, MasterKey
from storage.settings import Settings
from storage.vault import Vault
from tests.browsers import launch
from tests.numbers import SOAK
from tests.site import Site, serve
from tests.slack import FakeSlack

# How long an example takes says more about the neighbours than about what is tested.
hypothesis_settings.register_profile("tests", deadline=None, max_examples=100 if SOAK else 40)
hypothesis_settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What puts keys of two tags into one script, or meddles with one server, is not for a cluster."""
    if "+cluster:" in os.environ.get("TEST_REDIS_URL", ""):
        for item in items:
            if item.get_closest_marker("one_server"):
                item.add_marker(pytest.mark.skip(reason="it is about one server"))


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    logs.configure("DEBUG")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A DATA_DIR with spaces in its path, for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="slash secret "))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def store_url(data_dir: Path) -> Iterator[str]:
    """The embedded store, started once for the run; or the store that TEST_REDIS_URL names.

    That store is emptied by the tests; where its user may not, TEST_REDIS_ADMIN_URL names one who may.
    """
    if named := os.environ.get("TEST_REDIS_URL"):
        yield named
        return
    embedded = EmbeddedStore(data_dir)

    async def start() -> None:
        await embedded.start()

    # The share in the store is a file lock: it outlives the loop that took it.
    asyncio.run(start())
    yield embedded.url
    asyncio.run(embedded.stop())


@pytest.fixture
async def store_client(store_url: str) -> AsyncIterator[Redis]:
    """An empty store, through our own client: somebody with a shell on it."""
    client = store.connect(os.environ.get("TEST_REDIS_ADMIN_URL", store_url))
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def own_client(store_client: Redis, store_url: str) -> AsyncIterator[Redis]:
    """The same store as we may use it: with a user of our own if the run has one."""
    if "TEST_REDIS_ADMIN_URL" not in os.environ:
        yield store_client
        return
    client = store.connect(store_url)
    yield client
    await client.aclose()


@pytest.fixture
def ring() -> KeyRing:
    """A server key made for this test."""
    return KeyRing([MasterKey.random()])


@pytest.fixture
def vault(own_client: Redis, ring: KeyRing) -> Vault:
    """The vault on an empty store."""
    return Vault(own_client, ring)


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings as an operator without Slack has them."""
    return Settings(data_dir=data_dir)


@pytest.fixture
async def site(vault: Vault, own_client: Redis) -> AsyncIterator[Site]:
    """The web half, on a loopback port."""
    async with serve(vault, own_client) as running:
        yield running


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Slack's Web API for one test."""
    async with FakeSlack() as fake:
        yield fake


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser, started once; it lives in the session's loop, and so does whoever uses it."""
    async with launch() as browser:
        yield browser
