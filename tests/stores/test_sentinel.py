"""B6: a failover of a Sentinel's master, seen by a process that is not restarted."""

import signal
import time
from collections.abc import AsyncIterator

import pytest

from storage import clients, health, store
from storage.errors import StoreUnavailable
from storage.model import Nonce, State
from storage.outcomes import Gone
from storage.seal import KeyRing
from storage.vault import Vault
from tests.links import Holder, reveal, share
from tests.numbers import SOAK
from tests.stores.deployments import Deployment, sentinels
from tests.stores.servers import until


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    """A master, two replicas, three Sentinels."""
    async with sentinels() as running:
        yield running


async def _is_shown(vault: Vault, holder: Holder, nonce: Nonce) -> bool:
    try:
        return holder.read(await reveal(vault, holder, nonce)) == "hunter2"
    except StoreUnavailable:
        return False


async def _is_ready(client: store.Client, replicas: int) -> bool:
    return (await health.inspect(client, allow_degraded=False, replicas=replicas)).ready


@pytest.mark.parametrize("end", [signal.SIGSTOP, *([signal.SIGKILL] if SOAK else [])])
async def test_a_failover_needs_no_restart(
    deployment: Deployment, ring: KeyRing, monkeypatch: pytest.MonkeyPatch, end: signal.Signals
) -> None:
    """The master dies, or freezes and comes back as a replica: refused for seconds, then served."""
    monkeypatch.setattr(clients, "ANSWER_TIMEOUT", 1.0)
    client = store.connect(deployment.url)
    try:
        vault = Vault(client, ring)
        opened, waiting, nonce = await share(vault), await share(vault), Nonce.random()
        await reveal(vault, opened)
        assert await client.wait(2, 5000) == 2  # what a failover keeps is another piece's promise
        deployment.servers[0].signal(end)
        with pytest.raises(StoreUnavailable):
            await reveal(vault, waiting, nonce)
        began = time.monotonic()
        await until(lambda: _is_shown(vault, waiting, nonce))
        assert time.monotonic() - began < 20  # a page asks again for 30 seconds
        outcome = await reveal(vault, opened)
        assert isinstance(outcome, Gone)
        assert outcome.reason is State.VIEWED
        if end is signal.SIGSTOP:
            deployment.servers[0].signal(signal.SIGCONT)
        after = await share(vault)
        assert after.read(await reveal(vault, after)) == "hunter2"
        left = 2 if end is signal.SIGSTOP else 1
        await until(lambda: _is_ready(client, left))
    finally:
        await client.aclose()


async def test_a_dead_sentinel_is_passed_over(deployment: Deployment, ring: KeyRing) -> None:
    """The first one named is away: the next is asked."""
    deployment.sentinels[0].stop()
    client = store.connect(deployment.url)
    try:
        holder = await share(Vault(client, ring))
        assert holder.read(await reveal(Vault(client, ring), holder)) == "hunter2"
    finally:
        await client.aclose()
