"""B6: the whole journey on each kind of store. The suites run there by ``python -m tests.stores``."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from storage import clients, health, keys, scripts, store
from storage.errors import StoreUnavailable
from storage.model import Event, Nonce, Passphrase, State
from storage.notices import Noticed, Place, Said
from storage.outcomes import Acknowledged, Burned, Gone, Opened, Waiting, WrongPassphrase
from storage.policy import Policy
from storage.seal import KeyRing
from storage.tickets import Purpose, TicketUsed
from storage.vault import Vault
from tests import asking
from tests.links import READER, Holder, reveal, share
from tests.numbers import SOAK
from tests.people import ANNA
from tests.raw import RawStore
from tests.stores.deployments import KINDS, Deployment
from tests.stores.servers import until

# The others in the soak. Each start costs seconds.
EVERYDAY = ("acl", "cluster", "redis")
on_every_store = pytest.mark.parametrize("deployment", KINDS if SOAK else EVERYDAY, indirect=True)
on_a_few = pytest.mark.parametrize("deployment", KINDS if SOAK else ("cluster",), indirect=True)


@pytest.fixture
async def deployment(request: pytest.FixtureRequest) -> AsyncIterator[Deployment]:
    """A store of that kind."""
    if request.param == "redis" and not shutil.which("redis-server"):
        pytest.skip("NOT TESTED ON REDIS: there is no redis-server here (apt install redis-server)")
    async with KINDS[request.param]() as running:
        yield running


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[Redis]:
    """Our client for it."""
    made = store.connect(deployment.url)
    yield made
    await made.aclose()


@pytest.fixture
def vault(client: Redis, ring: KeyRing) -> Vault:
    """A vault on it that counts what agents make."""
    return Vault(client, ring, policy=Policy(creates_per_hour=1000))


@on_every_store
async def test_b6_the_journey_is_the_same_on_every_store(
    vault: Vault, client: RawStore, deployment: Deployment
) -> None:
    """Every script and every plain command of ours, as one user of the store meets them."""
    report = await health.wait_for_store(
        client, allow_degraded=False, patience=5, replicas=deployment.replicas
    )
    assert (report.durability, report.degraded) == ("always", ())
    vault.durable.follow(report.wait)
    await _shares(vault)
    await _requests(vault)
    await _courier(vault)
    await vault.sweep(ANNA.workspace)
    rows = (await vault.history(ANNA.workspace)).rows
    assert [row.status.state for row in rows] == [
        State.COLLECTED, State.BURNED, State.VIEWED, State.ACTIVE, State.VIEWED,
    ]  # fmt: skip
    assert await vault.preset(ANNA)


async def _shares(vault: Vault) -> None:
    holder, nonce = await share(vault), Nonce.random()
    outcomes = await asyncio.gather(*(reveal(vault, holder) for _ in range(48)))
    assert sum(isinstance(one, Opened) for one in outcomes) == 1
    reusable = await share(vault, single_use=False)
    assert reusable.read(await reveal(vault, reusable)) == "hunter2"
    guarded = await share(vault, passphrase=Passphrase.of("correct horse"))
    wrong = Holder(guarded.id, guarded.key, guarded.proof, guarded.stretched)
    guess = asking.new_question().link
    assert isinstance(
        await vault.open(wrong.id, wrong.proof, nonce, READER, guess), WrongPassphrase
    )
    assert guarded.read(await reveal(vault, guarded, nonce)) == "hunter2"
    assert guarded.read(await reveal(vault, guarded, nonce)) == "hunter2"
    assert isinstance(await vault.ack(guarded.id, guarded.proof, nonce), Acknowledged)
    burned = await share(vault)
    assert isinstance(await vault.burn(ANNA, burned.id), Burned)
    assert isinstance(await reveal(vault, burned), Gone)


async def _requests(vault: Vault) -> None:
    question = await asking.ask(vault)
    by = await asking.session(vault, ANNA, request=question.id)
    assert isinstance(await asking.collect(vault, question, by), Waiting)
    assert not isinstance(await asking.answer(vault, question), Gone)
    assert isinstance(await asking.collect(vault, question, by), Opened)
    ticket = vault.tickets.issue(ANNA, Purpose.VISIT)
    assert not isinstance(await vault.tickets.redeem(ticket, None), TicketUsed)
    assert isinstance(await vault.tickets.redeem(ticket, None), TicketUsed)


async def _courier(vault: Vault) -> None:
    log = vault.notice_log(ANNA.workspace)
    news = [one for _ in range(3) for one in await log.read(50)]
    assert Event.COLLECTED in {one.event for one in news}
    first = news[0]
    assert first.id
    assert await log.hold(first.id)
    said = Said(Place("D1", "1.1"), first.entry)
    await log.keep(first.id, [one.entry for one in news], said)
    assert await log.claim() == []
    await log.forget_the_dead()
    assert isinstance(await vault.noticed(ANNA.workspace, first.id), Noticed)


async def _retries_behind_a_frozen_store(
    deployment: Deployment, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Reveal while nobody answers; how often the store was asked again, once it goes on."""
    monkeypatch.setattr(clients, "ANSWER_TIMEOUT", 0.5)
    client: RawStore = store.connect(deployment.url)
    try:
        vault = Vault(client, ring)
        await reveal(vault, await share(vault))  # from here on the store knows the script
        holder, nonce = await share(vault), Nonce.random()
        for server in deployment.servers:
            server.signal(signal.SIGSTOP)
        with pytest.raises(StoreUnavailable):
            await reveal(vault, holder, nonce)
        for server in deployment.servers:
            server.signal(signal.SIGCONT)
        await until(lambda: client.hexists(keys.record(holder.id), "nonce"))
        count = int(await client.hget(keys.record(holder.id), "retries") or 0)
        # The page that asked may ask again, and hears what it did not hear.
        assert holder.read(await reveal(vault, holder, nonce)) == "hunter2"
    finally:
        await client.aclose()
    return count


@on_a_few
async def test_a_reveal_is_never_sent_twice(
    deployment: Deployment, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim whose answer does not come: 503, and the store has been asked once."""
    assert await _retries_behind_a_frozen_store(deployment, ring, monkeypatch) == 0


@pytest.mark.parametrize("deployment", ["volatile"], indirect=True)
async def test_control_redis_py_would_send_it_twice(
    deployment: Deployment, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its own way, with one of its retries, the same test finds the reveal asked for again."""
    monkeypatch.setattr(scripts, "asked", lambda redis, *command: redis.execute_command(*command))
    options = clients._options
    once_more = {"retry": Retry(NoBackoff(), 1)}
    monkeypatch.setattr(clients, "_options", lambda: options() | once_more)
    assert await _retries_behind_a_frozen_store(deployment, ring, monkeypatch) == 1


@on_a_few
async def test_b4_a_store_that_went_away_serves_again(vault: Vault, deployment: Deployment) -> None:
    """B4: clear refusals while it is away, then normal service by the same process."""
    holder = await share(vault)
    for server in deployment.servers:
        server.stop()
    with pytest.raises(StoreUnavailable):
        await reveal(vault, holder)
    for server in deployment.servers:
        await server.start()

    async def shown() -> bool:
        try:
            return holder.read(await reveal(vault, holder)) == "hunter2"
        except StoreUnavailable:
            return False

    await until(shown)
