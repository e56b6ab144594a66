"""Makes sure that a change stays before anybody acts on its answer.

With ``appendfsync always`` and no replicas the store's reply is that proof. Else each change is
followed, on the connection that made it, by WAITAOF or WAIT: both speak of what that connection has
written, and of nothing else. What is asked for at the same time shares one wait.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.asyncio import Connection, Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

from storage import keys
from storage.errors import NotDurable, StoreUnavailable
from storage.store import node_of, translated

# Together shorter than Slack's patience with an agent's Submit. A disk that is written every second
# takes one.
REPLICAS_MS = 1000
DISK_MS = 1500
# A connection that waits takes no further command: with every second's fsync, those who come in
# between take the next. Beyond that they queue, and share.
LANES = 8
BATCH = 64
# Of a cluster's servers each has some of the names; of hundred servers, one in hundred.
_PROBES = 1000

_log = structlog.get_logger("storage.durable")

Reply = list[Any]
Send = Callable[[Sequence[str], Sequence[Any]], Awaitable[Any]]
# Where a script's own answer stands in what the guard around it replies; a refusal is shorter.
ANSWER = 3
_BROKEN = (Disconnected, TooSlow, OSError, TimeoutError)


class Runnable(Protocol):
    """A script of ``lua/``."""

    text: str
    sha: str

    async def __call__(self, redis: Redis, names: Sequence[str], args: Sequence[Any]) -> Reply:
        """Run it, on any connection."""

    async def guarded(self, names: Sequence[str], args: Sequence[Any], send: Send) -> Reply:
        """Have it sent, and give its own answer once what it ended is noted."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What must have a change, beside the reply, before it counts.

    ``disk``: the server's append-only file, which takes Redis 7.2. ``replicas``: so many, in memory,
    and on disk where their own ``appendfsync`` is always, since such a replica writes before it
    answers. All of them, never a quorum: any of them may be promoted.
    """

    disk: bool = False
    replicas: int = 0

    @property
    def for_nothing(self) -> bool:
        """Whether the store's reply says it all."""
        return not self.disk and not self.replicas

    def commands(self) -> list[tuple[str | int, ...]]:
        """As the store takes them, in one go behind the changes."""
        replicas = [("WAIT", self.replicas, REPLICAS_MS)] if self.replicas else []
        # Not WAITAOF for the replicas too: now and then one tells its disk's state a second late.
        return [*replicas, *([("WAITAOF", 1, 0, DISK_MS)] if self.disk else [])]

    def is_met(self, proofs: Sequence[Any]) -> bool:
        """Whether the store's answers to the commands say that all have it."""
        acks = list(proofs)
        if self.replicas and not _at_least(acks.pop(0), self.replicas):
            return False
        return not self.disk or (isinstance(acks[0], list) and _at_least(acks[0][0], 1))


def _at_least(ack: Any, wanted: int) -> bool:
    return isinstance(ack, int) and ack >= wanted


NOTHING = Wait()


async def is_shown(redis: Redis, wait: Wait) -> bool:
    """Write something of no meaning, and see whether this store can be waited for at all.

    A replica without an append-only file follows, and never says that anything is on its disk.
    """
    async with translated(), redis.client() as connection:
        for number in range(_PROBES):
            try:
                await connection.set(f"{keys.PROBE}:{number}", "1", px=DISK_MS)
                break
            except ResponseError as error:
                if not str(error).startswith("MOVED"):
                    raise
        else:
            return False  # a cluster's server without slots: nothing of ours is written there
        proofs = [await connection.execute_command(*one) for one in wait.commands()]  # type: ignore[no-untyped-call]
    return wait.is_met(proofs)


@dataclass(slots=True, eq=False, repr=False)  # it holds proofs and ciphertext
class _Call:
    script: Runnable
    names: Sequence[str]
    args: Sequence[Any]
    must_stay: Callable[[Reply], bool]
    answer: "asyncio.Future[Reply]"
    by_text: bool = False
    reply: Reply | None = None

    def command(self) -> tuple[Any, ...]:
        how = ("EVAL", self.script.text) if self.by_text else ("EVALSHA", self.script.sha)
        return (*how, len(self.names), *self.names, *self.args)

    def give(self, reply: Reply) -> None:
        if not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Durable:
    """Runs scripts whose change must stay, on one store."""

    def __init__(self, redis: Redis, wait: Wait = NOTHING) -> None:
        self._redis = redis
        self._wait = wait
        self._queue: deque[_Call] = deque()
        self._lanes: set[asyncio.Task[None]] = set()
        self._gathering = False

    def follow(self, wait: Wait) -> None:
        """Wait for this from now on: the store was looked at again."""
        self._wait = wait

    async def run(
        self,
        script: Runnable,
        names: Sequence[str],
        args: Sequence[Any],
        must_stay: Callable[[Reply], bool],
    ) -> Reply:
        """Run a script, and wait where ``must_stay`` says that its reply reports a change to keep.

        Raises NotDurable when the change was made and did not show itself durable in time; StoreUnavailable when it is not known whether it was made; other StoreErrors.
        """
        if self._wait.for_nothing:
            return await script(self._redis, names, args)

        async def send(names: Sequence[str], args: Sequence[Any]) -> Reply:
            return await self._queued(_Call(script, names, args, must_stay, _future()))

        return await script.guarded(names, args, send)

    async def _queued(self, call: _Call) -> Reply:
        self._queue.append(call)
        if not self._gathering and len(self._lanes) < LANES:
            self._gathering = True
            lane = asyncio.create_task(self._lane())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await call.answer

    async def _lane(self) -> None:
        """Work until nobody waits for a connection."""
        try:
            await asyncio.sleep(0)  # what comes in the same moment shares the wait
        finally:
            self._gathering = False
        while self._queue:
            calls = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            try:
                for node, theirs in await self._by_server(calls):
                    unknown = await self._batch(node, theirs, self._wait)
                    if unknown:
                        await self._batch(node, unknown, self._wait)
            finally:
                for call in calls:  # of a lane that was cancelled or broke: nobody waits for ever
                    call.fail(StoreUnavailable("the store gave no answer"))

    async def _by_server(self, calls: Sequence[_Call]) -> list[tuple[Redis, list[_Call]]]:
        """Sort calls by who serves their keys: a wait speaks of one connection."""
        found: dict[int, tuple[Redis, list[_Call]]] = {}
        for call in calls:
            try:
                node = await node_of(self._redis, call.names[0])
            except (RedisError, OSError, TimeoutError) as error:
                call.fail(StoreUnavailable(f"the store gave no answer ({type(error).__name__})"))
            else:
                found.setdefault(id(node), (node, []))[1].append(call)
        return list(found.values())

    async def _batch(self, node: Redis, calls: Sequence[_Call], wait: Wait) -> list[_Call]:
        """Answer these; give back those whose script has to be told first, and was not run."""
        pool = node.connection_pool
        try:
            connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            for call in calls:
                call.fail(StoreUnavailable(f"the store gave no answer ({type(error).__name__})"))
            return []
        done = False
        try:
            await self._exchange(connection, calls, wait)
            done = True
        except (RedisError, OSError, TimeoutError) as error:
            _give_up(calls, type(error).__name__)
        finally:
            if not done:
                # Answers still under way would be taken for those of the next who has it.
                await connection.disconnect(nowait=True)
            await pool.release(connection)
        return [call for call in calls if call.by_text and not call.answer.done()]

    async def _exchange(self, connection: Connection, calls: Sequence[_Call], wait: Wait) -> None:
        commands = [*(call.command() for call in calls), *wait.commands()]
        await connection.send_packed_command(connection.pack_commands(commands))
        for call in calls:
            await self._take(connection, call)
        proofs = [await _proof(connection) for _ in wait.commands()]
        if wait.is_met(proofs):
            for call in calls:
                if call.reply is not None:
                    call.give(call.reply)
        elif changed := [call for call in calls if call.reply is not None]:
            # Whose script was not known has changed nothing: it is told first, and run then.
            _give_up(changed, str(proofs))

    async def _take(self, connection: Connection, call: _Call) -> None:
        """Read one script's reply; who needs no wait has it at once."""
        try:
            reply: Reply = await connection.read_response()
        except NoScriptError:  # not run: a restart or SCRIPT FLUSH emptied the cache
            call.by_text = True
        except _BROKEN:
            raise
        except RedisError as error:
            call.fail(error)
        else:
            if len(reply) > ANSWER and call.must_stay(reply[ANSWER]):
                call.reply = reply
            else:
                call.give(reply)


def _future() -> "asyncio.Future[Reply]":
    return asyncio.get_running_loop().create_future()


async def _proof(connection: Connection) -> Any:
    try:
        return await connection.read_response()
    except _BROKEN:
        raise
    except RedisError as error:  # no longer the primary, or its append-only file was ended
        return type(error).__name__


def _give_up(calls: Sequence[_Call], proof: str) -> None:
    """Whoever made a change hears that it may not stay; whose fate is unknown, that it is."""
    _log.warning("not_durable", calls=len(calls), proof=proof)
    for call in calls:
        if call.reply is not None:
            call.fail(NotDurable(call.reply[ANSWER][0].decode()))
        else:
            call.fail(StoreUnavailable(f"the store gave no answer ({proof})"))
