"""METRICS_PORT: numbers for Prometheus, and health for a process that has no other address."""

from functools import partial

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from storage import health
from storage.alarms import KINDS, alarm
from storage.health import Check
from storage.model import SecretId
from tests.people import ANNA
from web.operations import build
from web.server import listening


async def _get(redis: Redis, path: str, *, ok: bool = True) -> tuple[int, str]:
    inspect = partial(health.inspect, redis, allow_degraded=True)
    checks = [lambda: Check("socket_mode", "1 of 2 connections", ok)]
    async with (
        listening(build(inspect, checks), "127.0.0.1", 0) as port,
        ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


def _value(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(name)).split()[-1])


async def test_alarms_are_counted_by_kind(store_client: Redis) -> None:
    """Every kind is there from the start, and each alarm counts; no id is in a label."""
    _, before = await _get(store_client, "/metrics")
    sid = SecretId.new(ANNA.workspace)
    alarm("lost", sid)
    _, after = await _get(store_client, "/metrics")
    for kind in KINDS:
        name = f'slash_secret_alarms_total{{kind="{kind}"}}'
        assert _value(after, name) - _value(before, name) == (kind == "lost")
    assert sid.value not in after
    assert sid.ref not in after
    assert "process_resident_memory_bytes" in after


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
async def test_ready_only_with_every_check(store_client: Redis, status: int, *, ok: bool) -> None:
    """A process that Slack cannot reach is not ready, however well its store is."""
    found, text = await _get(store_client, "/readyz", ok=ok)
    assert found == status
    assert '"socket_mode":"1 of 2 connections"' in text
    _, metrics = await _get(store_client, "/metrics", ok=ok)
    assert _value(metrics, 'slash_secret_check_ok{check="socket_mode"}') == ok
    assert (await _get(store_client, "/healthz", ok=ok))[0] == 200
