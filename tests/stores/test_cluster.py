"""B6: what only a cluster has: workspaces on several servers, and settings of each."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storage import health, keys, store
from storage.alarms import raised
from storage.errors import SettingsError, StoreUnavailable, UnsafeStore
from storage.model import Agent, UserId, WorkspaceId, tag_of
from storage.outcomes import Opened
from storage.seal import KeyRing
from storage.vault import Vault
from tests.links import READER, Holder, reveal, share
from tests.raw import RawStore
from tests.stores.deployments import Deployment, cluster
from tests.stores.servers import until

WORKSPACES = 12


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    """Three servers."""
    async with cluster() as running:
        yield running


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[RawStore]:
    """Our client; it is told of one of them."""
    made = store.connect(deployment.url.split(",")[0])
    yield made
    await made.aclose()


def _agents() -> list[Agent]:
    return [Agent(WorkspaceId(f"T{i}"), "Example", UserId("U1"), "anna") for i in range(WORKSPACES)]


async def test_b6_workspaces_are_spread_and_each_has_its_own(
    client: RawStore, ring: KeyRing
) -> None:
    """Every server serves some, with its own clock, sweeper's list and stream."""
    vault = Vault(client, ring)
    homes = set()
    for agent in _agents():
        holder = await share(vault, agent=agent)
        assert holder.read(await reveal(vault, holder)) == "hunter2"
        await vault.sweep(agent.workspace)
        assert len((await vault.history(agent.workspace)).rows) == 1
        homes.add(client.get_node_from_key(keys.audit(tag_of(agent.workspace))).name)
    assert len(homes) == 3


async def test_b4_a_map_that_is_old_refuses_nobody(client: RawStore, ring: KeyRing) -> None:
    """Slots that have moved while many ask: each is sent on to where they are, and none cut off."""
    vault = Vault(client, ring)
    holders = [await share(vault) for _ in range(3)]
    slots, (first, second, *_) = client.nodes_manager.slots_cache, client.get_primaries()
    slots.update({slot: [second if slots[slot][0] is first else first] for slot in slots})
    outcomes = await asyncio.gather(
        *(reveal(vault, holder) for holder in holders for _ in range(48))
    )
    assert sum(isinstance(one, Opened) for one in outcomes) == len(holders)


async def test_b1_the_weakest_server_speaks_for_all(
    deployment: Deployment, client: RawStore, ring: KeyRing
) -> None:
    """One of three with another policy is refused, and noticed while running."""
    vault, workspace = Vault(client, ring), WorkspaceId("T1")
    await vault.sweep(workspace)
    async with deployment.servers[2].admin() as admin:
        await admin.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(UnsafeStore, match="maxmemory-policy is allkeys-lru"):
        await health.wait_for_store(client, allow_degraded=False, patience=2)
    before = raised["policy"]
    await vault.sweep(workspace)
    assert raised["policy"] == before + 1


async def test_a_server_that_is_gone_takes_its_workspaces_along(
    deployment: Deployment, client: RawStore, ring: KeyRing
) -> None:
    """Refused while it is away; served again, by the same process, when it is back."""
    vault = Vault(client, ring)
    agents = _agents()
    holders = [await share(vault, agent=agent) for agent in agents]
    deployment.servers[1].stop()
    refused = 0
    for holder in holders:
        try:
            await vault.look(holder.id, holder.proof, READER)
        except StoreUnavailable:
            refused += 1
    assert refused > 0
    await deployment.servers[1].start()
    for holder in holders:
        await until(lambda holder=holder: _is_shown(vault, holder))


async def _is_shown(vault: Vault, holder: Holder) -> bool:
    try:
        return holder.read(await reveal(vault, holder)) == "hunter2"
    except StoreUnavailable:
        return False


@pytest.mark.parametrize(
    "url",
    [
        "redis+cluster://",
        "redis+cluster:///",
        "redis+cluster://h/1",
        "redis+sentinel://h:26379",
        "redis+sentinel://h/service/x",
        "redis+cluster://user:canary@h:port",
        "redis+proxy://h",
    ],
)
def test_a_url_of_several_nodes_that_names_none_is_refused(url: str) -> None:
    """REDIS_URL is named with its forms; its value, which may hold a password, is not."""
    with pytest.raises(SettingsError, match="REDIS_URL") as caught:
        store.connect(url)
    assert "canary" not in str(caught.value)
