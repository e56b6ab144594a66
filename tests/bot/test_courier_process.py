"""Notices from the production processes: ``python -m bot``, two of them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from storage import store
from storage.embedded import socket_path
from storage.model import Agent, Nonce, Proof, UserId, WorkspaceId
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.bot.test_courier import locked, posted
from tests.deployment import Deployment, deployment
from tests.links import READER
from tests.slack import SIGNING_SECRET, TEAM, TEAM_NAME, TOKEN, FakeSlack

BOTS = {"bot one": ["-m", "bot"], "bot two": ["-m", "bot"]}


@pytest.fixture
async def bots(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Two bot processes on one embedded store."""
    environ = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    async with deployment(tmp_path, environ, commands=BOTS) as running:
        await slack.seen("auth.test", 2, seconds=20)
        await running.told(b"workspace_known")
        yield running


@pytest.fixture
async def shared_vault(bots: Deployment) -> AsyncIterator[Vault]:
    """The vault those processes use, for a web process's part."""
    client = store.connect("unix://" + quote(str(socket_path(bots.data_dir))))
    ring = KeyRing([MasterKey.from_signing_secret(SIGNING_SECRET.encode())])
    yield Vault(client, ring)
    await client.aclose()


@pytest.fixture
async def ben(slack: FakeSlack) -> Agent:
    """Ben, who makes the secrets."""
    return Agent(WorkspaceId(TEAM), TEAM_NAME, UserId(await slack.user("ben")), "ben")


async def test_destroyed_is_told_within_5_seconds_by_the_real_processes(
    bots: Deployment, shared_vault: Vault, slack: FakeSlack, ben: Agent
) -> None:
    """From the fifth wrong passphrase to Slack having the message that says so."""
    holder = await locked(shared_vault, ben)
    for _ in range(5):
        await shared_vault.open(holder.id, holder.proof, Nonce.random(), READER, Proof.random())
    start = time.monotonic()
    while "Destroyed after 5" not in json.dumps([call.body for call in slack.calls]):
        assert time.monotonic() - start < 5
        await asyncio.sleep(0.02)
    print(f"destroyed was told after {time.monotonic() - start:.2f} s")
    assert len(posted(slack)) == 1
