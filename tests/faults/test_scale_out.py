"""Several web processes on one store: they keep what one keeps, and restart in turn unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from aiohttp import ClientSession, TCPConnector

from storage import store
from storage.model import Nonce
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.deployment import Deployment, free_port
from tests.faults.doors import Door, HttpDoor, ProxyDoor, VaultDoor
from tests.faults.history import Answer, Reply, Subject
from tests.faults.load import Load
from tests.faults.running import KEY, WEB, town
from tests.numbers import n
from tests.stores.deployments import Deployment as Store
from tests.stores.deployments import cluster
from tests.stores.servers import Server, running
from tests.tally import tally

READERS = 64
RETRIES = 3


async def test_a2_a_rolling_restart_fails_no_request(tmp_path: Path) -> None:
    """Stopped and started in turn under load, behind a proxy: nobody gets an error or no answer.

    The same load notices processes that are killed: one alone may have nobody waiting just then.
    """
    webs, chance = ["web one", "web two"], Random(7)
    async with town(tmp_path, chance) as place, _proxy() as http:
        await asyncio.gather(*map(place.serve, webs))
        door = ProxyDoor([place.services[name].url for name in webs], http)
        load = Load(place.vault, [door], chance)
        await load.enter()
        async with load.busy():
            for number in range(n("A2", everyday=2, full=60)):
                await load.under_way(2 * number + 1)
                assert await place.restart(webs[number % 2]) == 0
        failed, asked = load.history.count(Answer.UNKNOWN), _count(load)
        tally("A2", runs=asked, violations=failed, note=f"rolling restart: {asked} requests")
        assert failed == 0
        async with load.busy():
            for web in webs:
                await asyncio.sleep(0.3)
                await place.kill(web)
        assert load.history.count(Answer.UNKNOWN) > 0


def _count(load: Load) -> int:
    return sum(load.history.count(answer) for answer in Answer)


@asynccontextmanager
async def _proxy() -> AsyncIterator[ClientSession]:
    """Keeps connections, for less long than we do."""
    async with ClientSession(connector=TCPConnector(limit=0, keepalive_timeout=20)) as http:
        yield http


async def test_a1_two_web_processes_are_as_one(tmp_path: Path) -> None:
    """A1, A7 and B4 hold whichever of two processes a reader happens to reach."""
    async with running({}) as server:
        place = Store(f"redis://{server.address}", (server,))
        await _promises(tmp_path, place)


async def test_a1_two_web_processes_on_a_cluster_are_as_one(tmp_path: Path) -> None:
    """A1, A7 and B4 hold where the store is three servers that share the slots."""
    async with cluster() as place:
        await _promises(tmp_path, place)


async def _promises(folder: Path, place: Store) -> None:
    client = store.connect(place.url)
    vault = Vault(client, KeyRing([MasterKey(bytes.fromhex(KEY))]))
    load = Load(vault, [VaultDoor(vault)], Random(1))
    await load.enter()
    try:
        async with _two_webs(folder, place.url) as doors:
            secrets = n("A1", everyday=3, full=500)
            broken = [await _raced(load, doors) for _ in range(secrets)]
            tally("A1", runs=secrets, violations=sum(broken), note="two web processes")
            assert sum(broken) == 0
            secrets = n("A7", everyday=2, full=200)
            broken = [await _retried(load, doors) for _ in range(secrets)]
            tally("A7", runs=secrets, violations=sum(broken), note="two web processes")
            assert sum(broken) == 0
            await _flushed(load, doors, place.servers)
    finally:
        await client.aclose()


async def _raced(load: Load, doors: Sequence[Door]) -> bool:
    """Whether another number of 64 pages than one got the ciphertext."""
    subject = await _made(load)
    replies = await asyncio.gather(
        *(doors[i % 2].open(subject, Nonce.random(), None) for i in range(READERS))
    )
    got = [one.blob for one in replies if one.answer is Answer.DONE]
    assert Answer.UNKNOWN not in {one.answer for one in replies}
    return got != [subject.blob]


async def _retried(load: Load, doors: Sequence[Door]) -> bool:
    """Whether a page whose answer was cut got anything else than it had, or another page anything."""
    subject, page = await _made(load), Nonce.random()
    first, *again = [await doors[i % 2].open(subject, page, None) for i in range(RETRIES + 1)]
    others = [await door.open(subject, Nonce.random(), None) for door in doors]
    await doors[0].ack(subject, page)
    late = await doors[1].open(subject, page, None)
    refused = all(one.answer is Answer.REFUSED for one in (*others, late))
    return not (refused and _blobs([first, *again]) == {subject.blob})


def _blobs(replies: Sequence[Reply]) -> set[bytes]:
    return {one.blob for one in replies}


async def _flushed(load: Load, doors: Sequence[Door], servers: Sequence[Server]) -> None:
    """B4: scripts are forgotten between all requests, and nobody sees an error."""
    for number in range(n("B4", everyday=2, full=100)):
        subject, page = await _made(load), Nonce.random()
        for step in (doors[number % 2].open(subject, page, None), doors[1].ack(subject, page)):
            for server in servers:
                async with server.admin() as admin:
                    await admin.script_flush()
            assert (await step).answer is Answer.DONE


async def _made(load: Load) -> Subject:
    subject = await load.create()
    assert subject
    return subject


@asynccontextmanager
async def _two_webs(folder: Path, url: str) -> AsyncIterator[list[HttpDoor]]:
    webs = [Deployment(f"http://localhost:{free_port()}", folder / str(i)) for i in range(2)]
    environ = {"REDIS_URL": url, "SECRETS_HMAC_KEY": KEY, "REVEALS_PER_MINUTE": "60000"}
    try:
        for web in webs:
            web.folder.mkdir()
            where = {"PORT": web.url.rpartition(":")[2], "PUBLIC_URL": web.url}
            await web.start("web", list(WEB), {**environ, **where})
        await asyncio.gather(*(web.ready() for web in webs))
        async with _proxy() as http:
            yield [HttpDoor(web.url, http) for web in webs]
    finally:
        await asyncio.gather(*(web.stop() for web in webs))
