"""The Procfile, started as a platform starts it."""

import re
import secrets
import shlex
from pathlib import Path

import pytest

from storage.settings import Settings
from tests.deployment import ROOT, deployment
from tests.docs.reading import page, rows
from tests.own_store import own_store
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_procfile_runs_with_the_settings_of_its_page(
    own_slack: FakeSlack, tmp_path: Path
) -> None:
    """Both processes, with PORT given, a store of the platform's and every setting of the table."""
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    commands = {name: shlex.split(command) for name, command in lines.items()}
    assert set(commands) == {"web", "bot"}
    assert {words.pop(0) for words in commands.values()} == {"python"}
    async with own_store() as own:
        environ = {
            "PUBLIC_URL": "https://secret.example.com",
            "HOST": "0.0.0.0",  # noqa: S104 - as a platform wants it; the test is over in seconds
            "REDIS_URL": own.url,
            "SECRETS_HMAC_KEY": secrets.token_hex(32),
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "TRUSTED_PROXIES": "10.0.0.0/8",
        }
        cells = " ".join(row[0] for row in rows(page("docs/deploy/platform.md"), "Setting"))
        named = set(re.findall(r"`([A-Z_]+)`", cells))
        assert named == {*environ, "PORT"}
        assert named <= {name.upper() for name in Settings.model_fields}
        environ["SLACK_API_URL"] = own_slack.base_url
        async with deployment(tmp_path, environ, commands=commands) as running:
            await running.ready()
            await running.told(b"workspace_known")
