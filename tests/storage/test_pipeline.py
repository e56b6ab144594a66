"""The connection that everybody shares: order, loss, deadlines, and redis-py underneath."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

from storage import clients, pipeline, store
from storage.embedded import EmbeddedStore
from storage.errors import StoreUnavailable
from storage.pipeline import Pipeline
from tests.cable import Cable

PATIENCE = 1.0


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """A store that a test may stop or refuse."""
    running = EmbeddedStore(tmp_path)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def cable(embedded: EmbeddedStore) -> AsyncIterator[Cable]:
    """What lies between the pipeline and its store."""
    wire = Cable(embedded.url)
    await wire.plug()
    yield wire
    await wire.pull()


@pytest.fixture
async def line(cable: Cable) -> AsyncIterator[Pipeline]:
    """A pipeline through the cable."""
    client = store.connect(f"{cable.redis_url}?socket_timeout=30")
    assert isinstance(client, clients.Server)
    yield client.shared
    await client.aclose()


@pytest.fixture
async def hasty(cable: Cable) -> AsyncIterator[Pipeline]:
    """The same with little patience."""
    client = store.connect(f"{cable.redis_url}?socket_timeout={PATIENCE}")
    assert isinstance(client, clients.Server)
    yield client.shared
    await client.aclose()


async def _all(*answers: Any) -> list[Any]:
    return await asyncio.gather(*answers, return_exceptions=True)


async def test_each_gets_the_reply_to_its_own_command(line: Pipeline) -> None:
    """Replies come in the order of the commands; an error is one command's, not its neighbours'."""
    texts = [str(number).encode() for number in range(500)]
    mixed = [line.ask("ECHO", text) for text in texts]
    refused = line.ask("EVALSHA", "0" * 40, 0)
    nonsense = line.ask("LPUSH", "only a key")
    after = line.ask("ECHO", "after")
    assert await asyncio.gather(*mixed) == texts
    with pytest.raises(NoScriptError):
        await refused
    with pytest.raises(ResponseError):
        await nonsense
    assert await after == b"after"


async def test_large_and_empty_and_binary_pass_whole(line: Pipeline) -> None:
    """Bytes are bytes, whatever is in them and however many chunks they come in."""
    odd = [b"", b"\r\n$5\r\n", bytes(range(256)), b"x" * 3_000_000, b"\x00" * 70_000]
    assert await asyncio.gather(*(line.ask("ECHO", one) for one in odd)) == odd


async def test_one_turn_of_the_loop_is_one_write(
    line: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes in the same moment is written together."""
    await line.ask("PING")
    written: list[int] = []
    write = pipeline._Wire.write

    def counted(wire: Any, asked: list[Any]) -> None:
        written.append(len(asked))
        write(wire, asked)

    monkeypatch.setattr(pipeline._Wire, "write", counted)
    await asyncio.gather(*(line.ask("PING") for _ in range(40)))
    assert written == [40]


async def test_who_went_away_shifts_nobodys_reply(line: Pipeline) -> None:
    """A waiter that is cancelled, before or after its command was written, keeps its place."""
    await line.ask("PING")
    answers = [line.ask("ECHO", str(number)) for number in range(20)]
    answers[3].cancel()
    await asyncio.sleep(0)
    answers[7].cancel()
    rest = [answer for answer in answers if not answer.cancelled()]
    kept = [str(number).encode() for number in range(20) if number not in {3, 7}]
    assert await asyncio.gather(*rest) == kept


async def test_control_a_place_given_up_shifts_the_replies(
    line: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a cancelled command's place is taken away, the next one gets its reply."""
    await line.ask("PING")
    left, stays = line.ask("ECHO", "left"), line.ask("ECHO", "stays")
    await asyncio.sleep(0)
    left.cancel()
    assert line._wire
    line._wire.waiting.popleft()
    assert await stays == b"left"


async def test_a_lost_connection_fails_what_is_under_way_and_sends_nothing_again(
    line: Pipeline, cable: Cable
) -> None:
    """Unknown stays unknown: what was written is failed, run at most once, and never sent again."""
    assert await line.ask("SET", "count", 0) == b"OK"
    cable.lose_replies = 1
    found = await _all(*(line.ask("INCR", "count") for _ in range(10)))
    assert [type(one) for one in found] == [Disconnected] * 10
    assert await line.ask("GET", "count") == b"10"  # they had been run: once


async def test_b4_a_store_that_comes_back_is_asked_again_without_a_restart(
    line: Pipeline, cable: Cable
) -> None:
    """While it is away each command fails at once; then the next one makes the connection."""
    await line.ask("PING")
    await cable.pull()
    await asyncio.sleep(0.05)
    with pytest.raises(Disconnected):
        await line.ask("PING")
    await cable.plug()
    assert await line.ask("PING") == b"PONG"


async def test_a_late_reply_is_nobodys(hasty: Pipeline, cable: Cable) -> None:
    """A command fails at its deadline; its reply, when it comes, is not taken for another's."""
    number = await hasty.ask("CLIENT", "ID")
    cable.delay = 0.8 * PATIENCE
    first = hasty.ask("ECHO", "first")
    await asyncio.sleep(0.05)
    cable.delay = 1.3 * PATIENCE
    second = hasty.ask("ECHO", "second")
    assert await first == b"first"
    with pytest.raises(TooSlow):
        await second
    cable.delay = 0
    third = [hasty.ask("ECHO", f"third {number}") for number in range(5)]
    assert await asyncio.gather(*third) == [f"third {number}".encode() for number in range(5)]
    assert await hasty.ask("CLIENT", "ID") == number  # slow is no reason to cut it


async def test_a_silent_store_costs_each_its_deadline_and_no_more(
    hasty: Pipeline, cable: Cable
) -> None:
    """Half-open: cut, and who comes later, on a connection that is new, waits only so long."""
    number = await hasty.ask("CLIENT", "ID")
    cable.half_open = True
    for _ in range(2):
        async with asyncio.timeout(3 * PATIENCE):
            found = await _all(*(hasty.ask("PING") for _ in range(5)))
        assert {type(one) for one in found} == {TooSlow}
    cable.half_open = False
    async with asyncio.timeout(20):  # where others hold this test up, even an answer can be late
        while isinstance((found := await _all(hasty.ask("CLIENT", "ID")))[0], TooSlow):
            pass
    assert found[0] != number


async def test_who_comes_is_not_put_behind_those_whom_a_silent_store_lets_wait(
    line: Pipeline, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open: the next one gets a new connection long before the first one's deadline."""
    monkeypatch.setattr(pipeline, "SILENCE", 0.1)
    number = await line.ask("CLIENT", "ID")
    cable.half_open = True
    lost = line.ask("PING")
    await asyncio.sleep(0.2)
    cable.half_open = False
    assert await asyncio.wait_for(line.ask("CLIENT", "ID"), 20) != number
    assert not lost.done()


async def test_who_waits_on_a_silent_connection_still_gets_what_comes(
    line: Pipeline, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that hung and goes on answers everybody, old connection and new one."""
    monkeypatch.setattr(pipeline, "SILENCE", 0.1)
    number = await line.ask("CLIENT", "ID")
    cable.freeze()
    patient = line.ask("PING")
    await asyncio.sleep(0.2)
    later = line.ask("CLIENT", "ID")
    cable.thaw()
    assert await patient == b"PONG"
    assert await later != number


async def test_too_many_are_refused_and_not_piled_up(
    line: Pipeline, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is bounded in commands and bytes; the edge answers 503 with Retry-After."""
    await line.ask("PING")
    monkeypatch.setattr(pipeline, "WAIT_AT_MOST", 5)
    monkeypatch.setattr(pipeline, "UNSENT_AT_MOST", 1000)
    cable.freeze()
    answers = [line.ask("PING") for _ in range(5)]
    with pytest.raises(StoreUnavailable):
        line.ask("PING")
    cable.thaw()
    assert await asyncio.gather(*answers) == [b"PONG"] * 5
    big = line.ask("ECHO", b"x" * 2000)
    with pytest.raises(StoreUnavailable):
        line.ask("PING")
    assert await big == b"x" * 2000


async def test_a_server_that_is_no_primary_any_more_is_left(
    line: Pipeline, embedded: EmbeddedStore
) -> None:
    """READONLY: the next command makes a new connection, which asks the Sentinels where to."""
    admin: Any = store.connect(embedded.url)
    await line.ask("SET", "a", 1)
    number = await line.ask("CLIENT", "ID")
    await admin.replicaof("127.0.0.1", 1)
    with pytest.raises(ReadOnlyError):
        await line.ask("SET", "a", 2)
    await admin.replicaof("NO", "ONE")
    assert await line.ask("CLIENT", "ID") != number
    await admin.aclose()


async def test_closing_leaves_nobody_waiting(line: Pipeline, cable: Cable) -> None:
    """Who still waits is failed, and nothing of the connection stays."""
    await line.ask("PING")
    cable.freeze()
    answers = [line.ask("PING") for _ in range(3)]
    await asyncio.sleep(0.02)
    await line.aclose()
    assert {type(one) for one in await _all(*answers)} == {Disconnected}
    assert line._wire is None


@pytest.mark.parametrize("options", ["?protocol=2", "?protocol=3", "?db=1&protocol=3"])
async def test_redis_py_makes_the_connection(cable: Cable, options: str) -> None:
    """Protocols and databases are its business: what a new redis-py changes there fails here."""
    client = store.connect(cable.redis_url + options)
    assert isinstance(client, clients.Server)
    line = client.shared
    await client.set("here", options)
    assert await line.ask("GET", "here") == options.encode()
    assert await line.ask("EVAL", "return {1, 'a', false, {}}", 0) == [1, b"a", None, []]
    if "3" in options:
        # A push is no reply: it is told between two of them.
        await line.ask("CLIENT", "TRACKING", "ON")
        await line.ask("GET", "here")
        await client.set("here", "anew")
        assert await line.ask("GET", "here") == b"anew"
    await client.aclose()


async def test_a_password_is_shown_by_redis_py(cable: Cable, embedded: EmbeddedStore) -> None:
    """With the right one commands run; with a wrong one each is failed, and nothing is sent."""
    admin: Any = store.connect(embedded.url)
    await admin.acl_setuser("vault", enabled=True, passwords=["+right"], categories=["+@all"])
    for password, expected in (("right", b"vault"), ("wrong", None)):
        url = cable.redis_url.replace("//", f"//vault:{password}@")
        client = store.connect(url)
        assert isinstance(client, clients.Server)
        [found] = await _all(client.shared.ask("ACL", "WHOAMI"))
        assert found == expected if expected else isinstance(found, Disconnected)
        await client.aclose()
    await admin.aclose()
