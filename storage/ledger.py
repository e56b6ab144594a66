"""The audit stream and its checkpoints as sealer and verifier read and write them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from storage import keys
from storage.checkpoints import RawEntry, SealedCheckpoint
from storage.errors import StoreFault
from storage.notices import EntryId
from storage.scripts import Script
from storage.store import translated

BATCH = 1000  # entries at a time, and of a checkpoint at most
_PAGE = 200  # checkpoints at a time


@dataclass(frozen=True, slots=True)
class Seen:
    """A trail at one moment. ``tail`` is the last checkpoint, under the name ``tail_number``.

    ``before`` entries stand up to it (None: unknown, since more than BATCH stand after it),
    ``last_there`` says that the last of them does, ``old_there`` that some do which age had let
    go. ``news`` are the entries after it, at most BATCH.
    """

    now_ms: int
    held: bool
    tail_number: int
    tail: SealedCheckpoint | None
    before: int | None
    last_there: bool
    old_there: bool
    news: list[RawEntry] = field(repr=False)


class Ledger:
    """One tag's trail. Every method raises StoreError."""

    def __init__(self, redis: Redis, tag: str) -> None:
        self.tag = tag
        self._redis = redis
        self._names = [keys.audit(tag), keys.seals(tag)]
        self._look = Script("seal_look")
        self._seal = Script("seal")
        self._read = Script("audit_read")

    async def look(self, who: str = "", lease_ms: int = 0) -> Seen:
        """See how it stands; ``who`` takes or keeps the lease, or with 0 ms gives it up."""
        names = [*self._names, keys.sealer(self.tag)]
        reply = await self._look(self._redis, names, [who, lease_ms, BATCH])
        now, held, name, part, mac, before, last_there, old_there, news = reply
        return Seen(
            now_ms=int(now),
            held=bool(held),
            tail_number=_number(name) if name else 0,
            tail=SealedCheckpoint(part, mac) if name else None,
            before=before if before >= 0 else None,
            last_there=bool(last_there),
            old_there=bool(old_there),
            news=[(entry, fields) for entry, fields in news],
        )

    async def append(
        self,
        seen: Seen,
        number: int,
        sealed: SealedCheckpoint,
        *,
        first: EntryId | None,
        let_go: EntryId | None,
        oldest: int | None,
    ) -> bool:
        """Put a checkpoint after the one that was seen; False when another came first.

        With it entries up to ``let_go`` and checkpoints before number ``oldest`` go. ``first`` is
        the first entry that it covers.
        """
        tail = seen.tail or SealedCheckpoint(b"", b"")
        args = [tail.part, tail.mac, number, sealed.part, sealed.mac]
        args += [str(first or ""), str(let_go or ""), oldest or ""]
        match await self._seal(self._redis, self._names, args):
            case [b"sealed"]:
                return True
            case [b"overtaken"]:
                return False
            case _:
                raise StoreFault("seal.lua gave an unknown reply")

    async def checkpoints(
        self, first: int = 0, last: int | None = None
    ) -> AsyncIterator[tuple[int, SealedCheckpoint]]:
        """Their numbers as the store has them, oldest first, unbelieved."""
        start, end = f"{first}-0", "+" if last is None else str(last)
        async for name, fields in self._all(keys.seals(self.tag), start, end, _PAGE):
            yield _number(name), _checkpoint(fields)

    async def newest(self) -> list[SealedCheckpoint]:
        """Some of the last checkpoints, newest first, unbelieved."""
        async with translated():
            found: Any = await self._redis.xrevrange(keys.seals(self.tag), count=_PAGE)
        return [SealedCheckpoint(f.get(b"part", b""), f.get(b"mac", b"")) for _, f in found]

    async def entries(
        self, since: EntryId, until: EntryId | None = None
    ) -> AsyncIterator[RawEntry]:
        """Entries after ``since`` up to ``until``, oldest first, a batch in memory at a time."""
        end = str(until) if until else "+"
        async for entry in self._all(keys.audit(self.tag), f"({since}", end, BATCH):
            yield entry

    async def _all(self, key: str, start: str, end: str, size: int) -> AsyncIterator[RawEntry]:
        while True:
            page = await self._read(self._redis, [key], [start, end, size])
            for name, fields in page:
                yield name, fields
            if len(page) < size:
                return
            start = f"({page[-1][0].decode()}"


async def tags(redis: Redis) -> set[str]:
    """Every tag that has a trail or checkpoints in this store. Raises StoreError."""
    found = set()
    async with translated():
        for kind in ("audit", "seals"):
            async for key in redis.scan_iter(f"{keys.PREFIX}{{????}}:{kind}", count=BATCH):
                found.add(key.decode().partition("{")[2].partition("}")[0])
    return found


def _number(name: bytes) -> int:
    return int(name.partition(b"-")[0])


def _checkpoint(fields: Any) -> SealedCheckpoint:
    known = dict(zip(fields[::2], fields[1::2], strict=True))
    return SealedCheckpoint(known.get(b"part", b""), known.get(b"mac", b""))
