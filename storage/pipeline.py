"""One connection for everybody: what comes in the same moment goes out together, replies in order.

redis-py makes the connection: addresses, TLS, users, the database, Sentinel's master. What comes
after is ours, since its way for each reply takes a pool's turn, a task's wake-up and a timer. See
docs/adr/0015-one-pipelined-connection.md.

Nothing is ever sent twice. What was written when a connection is lost may have been run or not.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import InvalidResponse, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as TooSlow

from storage.errors import StoreUnavailable

# Who comes when so many wait already is refused at once: told to come back, not piled up.
WAIT_AT_MOST = 4096
UNSENT_AT_MOST = 32 * 1024 * 1024  # bytes
# Seconds without a word, after which those who come are not put behind those who wait. Agents have
# three, of which a store that is merely slow takes one.
SILENCE = 1.5

# How often deadlines are looked at, as a part of the patience: one timer for all, not one for each.
_LOOKS = 0.1

_NO_MORE = object()
# After these the connection is of no use: closed by the other end's will, or no longer the primary's.
_LEAVE = (Disconnected, ReadOnlyError)

Make = Callable[[], AbstractConnection]
Future = asyncio.Future[Any]


@dataclass(slots=True, repr=False)  # it holds proofs and ciphertext
class _Asked:
    packed: bytes
    answer: Future
    deadline: float

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Pipeline:
    """Commands to one server over one connection, made at the first command and anew when lost.

    ``patience`` in seconds is how long each may take. Not for what makes the server wait (WAIT, XREAD BLOCK): it would hold up everybody else's.
    """

    def __init__(self, make: Make, patience: float) -> None:
        self._make = make
        self._patience = patience
        self._unsent: deque[_Asked] = deque()
        self._unsent_bytes = 0
        self._wire: _Wire | None = None
        self._connected: asyncio.Task[None] | None = None
        # Silent connections, on which some wait for what may still come, and their tasks.
        self._left: set[_Wire] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn: asyncio.Handle | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def ask(self, *command: str | bytes | float) -> Future:
        """Have a command sent at the end of this turn of the loop; its reply, or redis-py's error.

        Whoever no longer waits changes nothing for the others. Raises StoreUnavailable when too
        many wait.
        """
        waiting = len(self._unsent) + sum(len(wire.waiting) for wire in self._wires())
        if waiting >= WAIT_AT_MOST or self._unsent_bytes >= UNSENT_AT_MOST:
            raise StoreUnavailable("too many wait for the store")
        loop = asyncio.get_running_loop()
        packed = hiredis.pack_command(cast("tuple[str]", command))
        asked = _Asked(packed, loop.create_future(), loop.time() + self._patience)
        self._unsent.append(asked)
        self._unsent_bytes += len(packed)
        if not self._turn:
            self._turn = loop.call_soon(self._send)
        if not self._alarm:
            self._alarm = loop.call_later(self._patience * _LOOKS, self._look)
        return asked.answer

    async def aclose(self) -> None:
        """Close the connection; who still waits has no answer."""
        self._fail(Disconnected("the connection was closed"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for handle in (self._turn, self._alarm):
            if handle:
                handle.cancel()
        self._turn = self._alarm = None

    def _wires(self) -> Iterator["_Wire"]:
        if self._wire:
            yield self._wire
        yield from self._left

    def _send(self) -> None:
        """Write all that has come up, in one go; make the connection first if there is none."""
        self._turn = None
        if self._unsent and self._wire and self._wire.is_silent(self._patience):
            self._left.add(self._wire)
            self._wire = self._connected = None
        if not self._wire:
            if not self._connected:
                self._connected = asyncio.create_task(self._connect())
                self._tasks.add(self._connected)
                self._connected.add_done_callback(self._tasks.discard)
        elif not self._wire.full:
            # Whoever went away before it was written is not asked for.
            self._wire.write([asked for asked in self._unsent if not asked.answer.done()])
            self._unsent.clear()
            self._unsent_bytes = 0

    async def _connect(self) -> None:
        """Make a connection, and look after it until it is lost."""
        connection, wire = self._make(), None
        error: Exception = Disconnected("the connection was lost")
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            if await connection.can_read():
                raise Disconnected("the server speaks unasked")
            self._wire = wire = _Wire(connection, self._send)
            self._send()
            await wire.lost.wait()
        except (RedisError, OSError, TimeoutError) as failure:
            error = failure
        finally:
            is_current = self._connected is asyncio.current_task()
            if is_current:
                self._wire = self._connected = None
            if wire:
                self._left.discard(wire)
                wire.close()
            await connection.disconnect(nowait=True)
            if not wire:
                self._fail(error)
            elif is_current and self._unsent:
                self._send()  # they had no part in it: the next connection takes them

    def _fail(self, error: Exception) -> None:
        """Fail what was not written: nobody ran it."""
        unsent, self._unsent, self._unsent_bytes = self._unsent, deque(), 0
        for asked in unsent:
            asked.fail(type(error)(*error.args))

    def _look(self) -> None:
        """Fail what is overdue; cut a connection that has been silent for as long as that."""
        self._alarm = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for wire in list(self._wires()):
            wire.overdue(now, self._patience)
        while self._unsent and self._unsent[0].deadline <= now:
            late = self._unsent.popleft()
            self._unsent_bytes -= len(late.packed)
            late.fail(TooSlow("no connection in time"))
        if self._unsent or any(wire.waiting for wire in self._wires()):
            self._alarm = loop.call_later(self._patience * _LOOKS, self._look)


class _Wire(asyncio.Protocol):
    """A connection that redis-py has made, and who waits for which of its replies.

    Each has its own list, so that a late reply of a lost connection can't be taken for another's.
    """

    def __init__(self, connection: AbstractConnection, writable: Callable[[], None]) -> None:
        self.waiting: deque[_Asked] = deque()
        self.lost = asyncio.Event()
        self.full = False
        self._heard = asyncio.get_running_loop().time()
        self._writable = writable
        # redis-py has no public way to its transport and to what an error reply means to it. That
        # both are there and as we need them is held by tests/storage/test_pipeline.py.
        self._transport: asyncio.Transport = connection._writer.transport  # type: ignore[union-attr, assignment] # noqa: SLF001
        self._replies = hiredis.Reader(
            protocolError=InvalidResponse,
            replyError=connection._parser.parse_error,  # noqa: SLF001
            notEnoughData=_NO_MORE,
        )
        self._before = self._transport.get_protocol()
        self._transport.set_protocol(self)

    def write(self, asked: list[_Asked]) -> None:
        """Send these commands; their replies come in this order behind those under way."""
        if asked:
            self.waiting.extend(asked)
            self._transport.write(b"".join([one.packed for one in asked]))

    def data_received(self, data: bytes) -> None:
        """Hand each reply to whoever is next."""
        self._heard = asyncio.get_running_loop().time()
        self._replies.feed(data)
        try:
            while (reply := self._replies.gets()) is not _NO_MORE:
                if type(reply) is not hiredis.PushNotification:
                    self._give(reply)
        except (RedisError, IndexError) as error:
            # Not the protocol, or a reply that nobody asked for: whose is the next one?
            self.cut(Disconnected(f"replies are out of order ({type(error).__name__})"))

    def _give(self, reply: Any) -> None:
        answer = self.waiting.popleft().answer
        if not isinstance(reply, Exception):
            if not answer.done():
                answer.set_result(reply)
            return
        if not answer.done():
            answer.set_exception(reply)
        if isinstance(reply, _LEAVE):
            self.cut(Disconnected("the server is of no use"))

    def is_silent(self, patience: float) -> bool:
        """Whether nothing has come for long although somebody waits: half-open, or a store that hangs."""
        if not self.waiting:
            return False
        since = max(self._heard, self.waiting[0].deadline - patience)
        return asyncio.get_running_loop().time() - since >= SILENCE

    def overdue(self, now: float, patience: float) -> None:
        """Fail who has waited for too long. They keep their places: a late reply is dropped there."""
        if self.waiting and self.waiting[0].deadline <= now and self._heard + patience <= now:
            self.cut(TooSlow("the server is silent"))
        for asked in self.waiting:
            if asked.deadline > now:
                break
            asked.fail(TooSlow("no answer in time"))

    def cut(self, error: Exception) -> None:
        """End the connection: of what is under way, nobody knows whether it was run."""
        self._transport.abort()
        waiting, self.waiting = self.waiting, deque()
        for asked in waiting:
            asked.fail(type(error)(*error.args))
        self.lost.set()

    def close(self) -> None:
        """End the connection if that has not happened."""
        self.cut(Disconnected("the connection was closed"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end has gone, or we have."""
        self.cut(Disconnected("the connection was lost"))
        # redis-py's own streams wait for that word.
        self._before.connection_lost(exc)

    def pause_writing(self) -> None:
        """The store takes no more for now: what comes up waits in the bounded queue."""
        self.full = True

    def resume_writing(self) -> None:
        """It goes on."""
        self.full = False
        self._writable()
