"""The store is set back under the production processes, as after a restored backup."""

import asyncio
import secrets
import time
from pathlib import Path

import pytest

from storage import settings
from storage.guard import Guard
from storage.outcomes import Gone, Opened
from storage.vault import Vault
from tests.deployment import deployment
from tests.links import reveal, share
from tests.own_store import own_store
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = secrets.token_hex(32)


@pytest.mark.parametrize("name", ["web", "bot"])
async def test_a6_each_process_alarms_by_itself(
    name: str, own_slack: FakeSlack, tmp_path: Path
) -> None:
    """A6: within five seconds after the store is back, and a link opened since stays closed."""
    async with own_store() as own:
        environ = {"REDIS_URL": own.url, "SECRETS_HMAC_KEY": KEY}
        if name == "bot":
            environ |= {
                "SLACK_API_URL": own_slack.base_url,
                "SLACK_BOT_TOKEN": TOKEN,
                "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            }
        async with deployment(tmp_path, environ, commands={name: ["-m", name]}) as running:
            await running.told(b"listening" if name == "web" else b"workspace_known")
            ring, _ = settings.load({**environ, "DATA_DIR": str(running.data_dir)}).key_ring()
            guard = Guard(own.redis, ring, running.data_dir, 0)
            holder = await share(Vault(own.redis, ring, watch=guard))
            own.copy()
            assert isinstance(await reveal(Vault(own.redis, ring, watch=guard), holder), Opened)
            await own.restore()
            back = time.monotonic()
            while b"rollback" not in running.logs():
                assert time.monotonic() - back < 5.0
                await asyncio.sleep(0.05)
            # To somebody without notes too: it is held back in the store.
            assert isinstance(await reveal(Vault(own.redis, ring), holder), Gone)
