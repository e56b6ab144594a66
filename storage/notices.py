"""What the courier asks of the store: news from the audit stream, and where each message is.

A stream entry only tells which secret changed. It stays on its courier's list of pending entries
until ``keep``, so a courier that dies leaves it to another.

A request has two messages: the one with the **Collect** button, whose place is kept by whoever
posted it (a listener through ``Places``, or the courier), and the plain line that follows it at the
end. A share has one, which stands where a request has its plain line.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from storage import keys
from storage.errors import DecodingError, StoreFault
from storage.model import (
    AuditEntry,
    Event,
    Seconds,
    SecretId,
    Summary,
    UserId,
    WorkspaceId,
    tag_of,
)
from storage.scripts import Script
from storage.store import translated

BATCH = 100
# Longer than all of a courier's calls about one secret can take together, so that nobody else
# speaks of it meanwhile; whoever died gives way after it.
LEASE_MS = 30_000
IDLE_MS = 15_000  # then a pending entry's courier is taken for dead, and another claims it
FORGET_MS = 3_600_000

_ENTRY = re.compile(r"(\d{1,20})-(\d{1,20})\Z")
_NOTHING_THERE = ("NOGROUP", "UNBLOCKED")


@dataclass(frozen=True, slots=True, order=True)
class EntryId:
    """An entry of the stream: milliseconds of the store's clock, and a number within them."""

    ms: int
    seq: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``ms-seq``. Raises DecodingError."""
        found = _ENTRY.match(text)
        if not found:
            raise DecodingError("not an entry of a stream")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"


NEVER = EntryId(0, 0)


@dataclass(frozen=True, slots=True)
class News:
    """An entry as the courier gets it: which secret changed, if it is one of this workspace.

    ``composed``: it says that a page made a request, whose message has to be posted.
    """

    entry: EntryId
    id: SecretId | None
    event: str
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Noticed:
    """A secret with its trail, for the message about it. ``newest`` entry may be trimmed away.

    ``longer`` is until when Extend would let it live; None where it would not.
    """

    summary: Summary
    creator: UserId | None
    trail: tuple[tuple[EntryId, AuditEntry], ...]
    newest: EntryId
    longer: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is in Slack."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Held:
    """This courier may speak of the secret now; ``told`` is the newest entry it was spoken of.

    Of a request, ``asked`` is its message with the button, ``gone`` once it was taken away, and
    ``composed`` says that it is the courier's to post.
    """

    place: Place | None
    told: EntryId
    gave_up: bool
    asked: Place | None = None
    gone: bool = False
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be remembered of a secret; nothing of it when there was nothing to say.

    ``gone`` is the request's message that is there no more.
    """

    place: Place | None = None
    told: EntryId | None = None
    gave_up: bool = False
    asked: Place | None = None
    gone: Place | None = None


NOTHING = Said()


@dataclass(frozen=True, slots=True)
class Busy:
    """Another courier is about to speak of it, for at most so many ms more."""

    ms: int


class NoticeLog:
    """One courier's view of one workspace's stream. Every method raises StoreError.

    The group carries the workspace's name, not the tag's alone: of two workspaces that share a
    tag, each reads all entries and passes over the other's.
    """

    def __init__(self, redis: Redis, workspace: WorkspaceId) -> None:
        self.group = f"notices:{workspace}"
        self.courier = secrets.token_hex(8)
        self._redis = redis
        self._workspace = workspace.encode()
        self._stream = keys.audit(tag_of(workspace))
        self._hold = Script("notice_hold")
        self._keep = Script("notice_keep")
        self._forget = Script("notice_forget")

    async def read(self, block_ms: int = 0) -> list[News]:
        """Take entries that nobody has had, waiting for the first at most so long (0: not)."""
        reply: Any = await self._grouped(
            "XREADGROUP", "GROUP", self.group, self.courier, "COUNT", BATCH,
            *(("BLOCK", block_ms) if block_ms else ()), "STREAMS", self._stream, ">",
        )  # fmt: skip
        return self._news(_entries(reply)) if reply else []

    async def claim(self) -> list[News]:
        """Take over entries that a courier has had for long: it died, or its Slack is away.

        Entries that were trimmed meanwhile leave the list by themselves.
        """
        reply: Any = await self._grouped(
            "XAUTOCLAIM", self._stream, self.group, self.courier, IDLE_MS, "0-0", "COUNT", BATCH
        )
        return self._news(reply[1]) if reply else []

    async def hold(self, sid: SecretId) -> Held | Busy | None:
        """Take the secret's notice; None when its record is gone."""
        names = [keys.notice(sid), keys.record(sid)]
        match await self._hold(self._redis, names, [self.courier, LEASE_MS]):
            case [b"held", channel, ts, told, gave_up, room, asked, gone, composed]:
                return Held(
                    _place(channel, ts),
                    EntryId.of(told.decode()) if told else NEVER,
                    bool(gave_up),
                    _place(room, asked),
                    bool(gone),
                    bool(composed),
                )
            case [b"busy", ms]:
                return Busy(int(ms))
            case [b"missing"]:
                return None
            case _:
                raise StoreFault("notice_hold.lua gave an unknown reply")

    async def keep(
        self, sid: SecretId, entries: Iterable[EntryId] = (), said: Said = NOTHING
    ) -> None:
        """Remember what Slack took, be done with these entries, and let go: one step."""
        names = [keys.notice(sid), keys.record(sid), self._stream]
        args: list[Any] = [self.courier, self.group, *_words(said.place)]
        args += [str(said.told or ""), "1" if said.gave_up else "", *_words(said.asked)]
        args += [said.gone.ts if said.gone else "", *map(str, entries)]
        await self._keep(self._redis, names, args)

    async def done(self, entries: Iterable[EntryId]) -> None:
        """Be done with entries that no message comes of."""
        names = [str(entry) for entry in entries]
        if names:
            async with translated():
                await self._redis.xack(self._stream, self.group, *names)

    async def behind(self) -> tuple[int, EntryId | None]:
        """How many entries no courier is done with, and the oldest of them."""
        async with translated():
            try:
                groups: Any = await self._redis.xinfo_groups(self._stream)
            except ResponseError as error:
                if not str(error).startswith("no such key"):
                    raise
                return 0, None  # nothing has ever happened
            found = next((one for one in groups if one["name"] == self.group.encode()), None)
            last, held = "0-0", 0
            if found:
                last, held = found["last-delivered-id"].decode(), int(found["pending"])
            fresh: Any = await self._redis.xrange(self._stream, f"({last}", count=1)
            pending: Any = (
                await self._redis.xpending(self._stream, self.group) if held else {"min": None}
            )
        names = [name.decode() for name in (pending["min"], *(one for one, _ in fresh)) if name]
        waiting = int(found["lag"] or 0) if found else await self._length()
        return held + waiting, min(map(EntryId.of, names), default=None)

    async def _length(self) -> int:
        async with translated():
            return int(await self._redis.xlen(self._stream))

    async def forget_the_dead(self) -> None:
        """Let couriers that have long been silent, and owe nothing, leave the group."""
        await self._prepare()
        await self._forget(self._redis, [self._stream], [self.group, FORGET_MS])

    async def _grouped(self, *command: Any) -> Any:
        """Run it; without a group (a new, emptied or restored store) make one, and give None."""
        async with translated():
            try:
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
            except ResponseError as error:
                if not str(error).startswith(_NOTHING_THERE):
                    raise
        await self._prepare()
        return None

    async def _prepare(self) -> None:
        # From the beginning: what happened before the first courier ran is news too, and what was
        # told before the group was lost is known from the notices.
        async with translated():
            try:
                await self._redis.xgroup_create(self._stream, self.group, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def _news(self, entries: Iterable[Any]) -> list[News]:
        return [self._one(name.decode(), _fields(fields)) for name, fields in entries]

    def _one(self, name: str, fields: dict[bytes, bytes]) -> News:
        sid = None
        # Without a workspace: altered past reading it. Whose it is, its other entries say.
        if fields.get(b"workspace") in {self._workspace, b""}:
            try:
                sid = SecretId(fields.get(b"id", b"").decode("ascii", "replace"))
            except DecodingError:
                sid = None  # refused by a policy: nothing was made
        event = fields.get(b"event", b"").decode("ascii", "replace")
        return News(EntryId.of(name), sid, event, composed=b"composed" in fields)


class Places:
    """Where requests' messages are, for whoever posts one and is no courier."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._posted = Script("notice_posted")

    async def posted(self, workspace: WorkspaceId, sid: SecretId, place: Place) -> None:
        """Remember it; what is found after the request's end is taken away. Raises StoreError.

        The same again changes nothing, nor does a secret, or another workspace's request.
        """
        names = [keys.notice(sid), keys.record(sid), keys.audit(sid.tag)]
        args = [sid.value, place.channel, place.ts, workspace]
        await self._posted(self._redis, names, args)


def creator_of(summary: Summary, trail: Iterable[AuditEntry]) -> UserId | None:
    """Whose message it is. A record that cannot be read has its creator in its first entry."""
    if summary.record:
        return summary.record.creator
    return next((entry.by for entry in trail if entry.event is Event.CREATED), None)


def _place(channel: bytes, ts: bytes) -> Place | None:
    return Place(channel.decode(), ts.decode()) if channel else None


def _words(place: Place | None) -> list[str]:
    return [place.channel, place.ts] if place else ["", ""]


def _entries(reply: Any) -> Any:
    return next(iter(reply.values()))[0] if isinstance(reply, dict) else reply[0][1]


def _fields(raw: Any) -> dict[bytes, bytes]:
    if isinstance(raw, dict):
        return raw
    return dict(zip(raw[::2], raw[1::2], strict=True)) if raw else {}  # None: trimmed meanwhile
