"""METRICS_PORT: numbers for Prometheus, and health for a process that has no other address."""

from collections.abc import Iterator
from functools import partial

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from storage import health, keys, store
from storage.alarms import KINDS, alarm
from storage.backlog import Backlog, backlog
from storage.health import Check
from storage.meters import METERS, Meters
from storage.model import SecretId
from storage.vault import Vault
from storage.wire import b64u
from tests.links import share
from tests.people import ANNA
from tests.site import Site
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


@pytest.fixture
def counting() -> Iterator[Meters]:
    """Counting is on, from nothing, as in a process with a METRICS_PORT."""
    before = dict(vars(METERS))
    vars(METERS).update(vars(Meters()))
    METERS.on = True
    yield METERS
    vars(METERS).update(before)


async def test_requests_are_counted_by_template(
    site: Site, vault: Vault, store_client: Redis, counting: Meters
) -> None:
    """Outcome and duration by route; ids, proofs and what else was sent are in no label."""
    holder = await share(vault)
    assert (await site.ask("reveal", holder)).status == 200
    assert (await site.ask("reveal", holder, b"m" * 16)).status == 410
    await site.client.get(f"{site.url}/{holder.id.value}canary")
    _, text = await _get(store_client, "/metrics")
    route = "/api/secrets/{id}/reveal"
    for status in (200, 410):
        name = f'slash_secret_http_requests_total{{route="{route}",status="{status}"}}'
        assert _value(text, name) == 1
    assert _value(text, f'slash_secret_http_request_duration_seconds_count{{route="{route}"}}') == 2
    assert 'route="none"' in text
    for hidden in (holder.id.value, b64u(holder.proof.expose()), "canary"):
        assert hidden not in text
    assert counting.waiting == 0


async def test_the_stores_calls_are_timed(counting: Meters, store_url: str) -> None:
    """Answered and failed apart, those under way as a queue; waiting for news is no call."""
    client = store.connect(store_url)
    client.execute_command = counting.timed(client.execute_command)  # type: ignore[method-assign]
    await client.ping()
    with pytest.raises(ResponseError):
        await client.execute_command("NONSENSE")
    counts = {label: buckets[-1][1] for label, buckets, _ in counting.store.read()}
    assert counts == {"answered": 2}
    gone = store.connect("redis://127.0.0.1:1")
    gone.execute_command = counting.timed(gone.execute_command)  # type: ignore[method-assign]
    with pytest.raises(RedisError):
        await gone.ping()
    counts = {label: buckets[-1][1] for label, buckets, _ in counting.store.read()}
    assert counts == {"answered": 2, "failed": 1}
    assert counting.waiting == 0
    await client.aclose()


async def test_nothing_is_counted_unless_asked_for(
    site: Site, vault: Vault, store_client: Redis
) -> None:
    """Without METRICS_PORT a request leaves no number behind."""
    assert not METERS.on
    before = METERS.answers.copy()
    assert (await site.ask("reveal", await share(vault))).status == 200
    assert METERS.answers == before


async def test_a_store_that_is_away_is_down_and_the_rest_is_told() -> None:
    """A scrape does not fail with the store."""
    gone = store.connect("redis://127.0.0.1:1")
    status, text = await _get(gone, "/metrics")
    assert status == 200
    assert _value(text, "slash_secret_store_up") == 0
    assert 'slash_secret_alarms_total{kind="lost"}' in text


async def test_what_waits_for_the_bot_is_told(vault: Vault, store_client: Redis) -> None:
    """Entries that nobody has told or sealed, and secrets that are due, with the oldest one's age."""
    assert await backlog(store_client, ANNA.workspace) == Backlog(0, 0.0, 0.0, 0, 0.0)
    holders = [await share(vault) for _ in range(3)]
    await store_client.zadd(keys.due(holders[0].id.tag), {holders[0].id.value: 1000})
    found = await backlog(store_client, ANNA.workspace)
    assert (found.untold, found.due) == (3, 1)
    assert 0 < found.untold_seconds < 60
    assert 0 < found.unsealed_seconds < 60
    assert found.due_seconds > 1e6
    log = vault.notice_log(ANNA.workspace)
    assert await log.read() == []  # it makes the group
    told = await log.read()
    assert (await backlog(store_client, ANNA.workspace)).untold == 3
    await log.done([one.entry for one in told[:2]])
    last = await backlog(store_client, ANNA.workspace)
    assert last.untold == 1
    await log.done([told[2].entry])
    assert (await backlog(store_client, ANNA.workspace)).untold_seconds == 0
