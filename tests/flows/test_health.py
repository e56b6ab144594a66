"""Health of a bot process in Socket Mode, which has no address but METRICS_PORT."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from tests.deployment import START, deployment, free_port
from tests.slack import TOKEN, FakeSlack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_bot_that_reaches_no_socket_says_so(own_slack: FakeSlack, tmp_path: Path) -> None:
    """Alive, not ready, with the number of connections; the embedded store itself is fine."""
    port = free_port()
    environ = {
        "SLACK_API_URL": own_slack.base_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_APP_TOKEN": "xapp-1-for-tests",
        "SECRETS_HMAC_KEY": "0123456789abcdef" * 4,
        "METRICS_PORT": str(port),
    }
    async with deployment(tmp_path, environ, commands={"bot": ["-m", "bot"]}) as running:
        status, body = await _readyz(port)
        assert status == 503
        assert body["checks"]["socket_mode"] == "0 of 2 connections"
        assert body["checks"]["durability"] == "always"
        async with ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert 'slash_secret_check_ok{check="socket_mode"} 0.0' in await answer.text()
        # A second process of this machine with the same number is told what to do.
        other = dict(environ, DATA_DIR=str(tmp_path / "other"), PORT="0")
        await running.start("second", ["-m", "bot"], other)
        assert await running.processes["second"].wait() == 2
        assert b"METRICS_PORT: cannot listen on 127.0.0.1" in running.logs()


async def _readyz(port: int) -> tuple[int, dict[str, dict[str, str]]]:
    async with asyncio.timeout(START), ClientSession() as client:
        while True:
            try:
                async with client.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    return answer.status, json.loads(await answer.text())
            except ClientError:
                await asyncio.sleep(0.05)
