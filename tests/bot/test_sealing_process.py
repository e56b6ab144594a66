"""The audit trail as the production process seals it: ``python -m bot``."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import store
from storage.embedded import EmbeddedStore
from storage.ledger import Ledger
from storage.model import WorkspaceId, tag_of
from tests.deployment import Deployment, deployment
from tests.raw import RawStore
from tests.slack import SIGNING_SECRET, TEAM, TOKEN, FakeSlack
from tests.trails import waited

TAG = tag_of(WorkspaceId(TEAM))


@pytest.fixture
async def own_store(tmp_path: Path) -> AsyncIterator[RawStore]:
    """The embedded store of the deployment's DATA_DIR, with an entry that has waited a minute."""
    embedded = EmbeddedStore(tmp_path / "data dir")
    await embedded.start()
    client = store.connect(embedded.url)
    await waited(client, WorkspaceId(TEAM))
    yield client
    await client.aclose()
    await embedded.stop()


async def test_the_bot_process_seals_and_notices_an_emptied_store(
    own_store: RawStore, slack: FakeSlack, tmp_path: Path
) -> None:
    """Sealed at its first look, kept in DATA_DIR; an emptied store is an alarm at its next start."""
    environ = {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    async with deployment(tmp_path, environ, commands={"first": ["-m", "bot"]}) as running:
        await running.told(b'"event": "sealed"')
        assert (running.data_dir / "audit" / f"{TAG}.anchor").stat().st_mode & 0o777 == 0o600
        assert len([one async for one in Ledger(own_store, TAG).checkpoints()]) == 1
        assert kinds(running) == []
        await running.stop()
        await own_store.flushall()
        await running.start("second", ["-m", "bot"], environ)
        await running.told(b'"kind": "audit_went_back"')
        assert kinds(running) == ["audit_went_back"]


def kinds(running: Deployment) -> list[str]:
    """Of the alarms that the processes have raised."""
    lines = [json.loads(line) for line in running.logs().splitlines() if line.startswith(b"{")]
    return [line["kind"] for line in lines if line["event"] == "alarm"]
