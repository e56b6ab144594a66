"""Notices a store that went back in time, and keeps it from showing single-use secrets again.

Each reply of a script says which generation its tag is at; what ended a secret is noted in DATA_DIR
before anything leaves. A store that does not have what was noted was restored, emptied, or is
a replica that had not everything. See docs/protocol.md, "When the store goes back".
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from redis.asyncio import Redis

from storage import keys
from storage.alarms import alarm
from storage.errors import DecodingError, StoreError, StoreFault
from storage.journal import Entry, Journal, Mark, probe
from storage.logs import frames
from storage.model import Seconds, SecretId
from storage.scripts import Script
from storage.seal import KeyRing
from storage.store import translated

LOOK_EVERY = 2.0
COMPACT_EVERY = 24 * 3600.0
MARKS = 256  # generations that a store remembers; as in lua/_guard.lua
LIVES_AT_MOST = 30 * 24 * 3600  # seconds: then a record has expired, whatever a backup says
_BATCH = 500

_log = structlog.get_logger("storage.guard")


@dataclass(frozen=True, slots=True)
class _Noted:
    """What somebody waits for to be on disk."""

    entries: Sequence[Entry]
    written: asyncio.Future[None]


@dataclass
class _Tag:
    """What this process knows of one tag; ``seen`` may be ahead of what is on disk."""

    journal: Journal
    seen: Mark | None = None
    reburned: int = 0  # the quarantine for which this process's journal was read
    mending: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: list[_Noted] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None

    @property
    def noted(self) -> Mark | None:
        """The highest generation known, by this process or by one that shares DATA_DIR."""
        return _higher(self.journal.newest(), self.seen)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Of one tag, since when: its older single-use secrets are held back."""

    tag: str
    since: Seconds


class Guard:
    """One process's guard over its store. ``retention`` is AUDIT_RETENTION in seconds."""

    def __init__(
        self,
        redis: Redis,
        ring: KeyRing,
        data_dir: Path,
        retention: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._redis = redis
        self._ring = ring
        self._folder = data_dir / "guard"
        self._kept_for = LIVES_AT_MOST + retention
        self._clock = clock
        self._tags: dict[str, _Tag] = {}
        self._failing = False
        self._generation = Script("generation", self)
        self._quarantine = Script("quarantine")
        self._reburn = Script("reburn")
        self._accept = Script("accept", self)

    # What Script asks for (scripts.Watch)

    def noted(self, tag: str) -> Mark | None:
        """What a store must have by now; None when this DATA_DIR knows nothing of the tag."""
        return self._tag(tag).noted

    async def saw(self, tag: str, mark: Mark, ended: Sequence[str]) -> None:
        """Note what a reply says. Returns when what ``ended`` is on disk here, with the mark."""
        known = self._tag(tag)
        # Asked of the disk only before this process has seen anything: on the way of every reveal.
        if known.seen is None and mark.number > len(ended) and known.noted is None:
            _log.warning(
                "guard_begins",
                reason="DATA_DIR has no notes of this store: a restore before now goes unseen",
                remedy="none at the first start with it; else give DATA_DIR a disk that lasts",
            )
        known.seen = _higher(known.seen, mark)
        if ended:
            await self._write(known, [Entry(mark, self._now, name) for name in ended])

    async def went_back(self, tag: str) -> None:
        """The store does not have what was noted: hold back what it shows. Raises StoreError."""
        known = self._tag(tag)
        async with known.mending:
            noted = known.noted
            if not noted:
                return
            # First, while whoever knows of the restore is refused: reusable secrets that were
            # burned are in no quarantine.
            try:
                await self._end_again(tag, known, noted.number + 1)
            except OSError as error:
                self._failed(error)  # all the more reason to hold back the rest
            ran = await self._quarantine.run(
                self._redis, [keys.audit(tag)], [noted.number, noted.mark]
            )
            match ran.answer:
                case [b"quarantined", number]:
                    alarm("rollback")
                    known.reburned = int(number)
                case [b"known", _]:
                    pass
                case _:
                    raise StoreFault("quarantine.lua gave an unknown reply")
            known.seen = _higher(known.seen, ran.mark)
            await self._write(known, [Entry(ran.mark, self._now)])

    # In the background

    async def start(self) -> None:
        """Say so, once, when DATA_DIR takes no notes; the service goes on without them."""
        try:
            await asyncio.to_thread(probe, self._folder)
        except OSError as error:
            self._failed(error)

    async def watch(self, every: float = LOOK_EVERY) -> None:
        """Look after the store while nobody else asks it, for ever."""
        compacted = -COMPACT_EVERY
        while True:
            try:
                if time.monotonic() - compacted >= COMPACT_EVERY:
                    compacted = time.monotonic()
                    await self._compact()
                await self.look()
            except StoreError:
                pass  # who needs it says so; a store that comes back is looked at then
            except OSError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - without a look nothing is noticed: never stop
                _log.error("guard_failed", error=type(error).__name__, frames=frames(error))
            await asyncio.sleep(every)

    async def look(self) -> None:
        """Ask the store for the generation of every tag that is known here. Raises StoreError."""
        for tag in self.known():
            known = self._tag(tag)
            number, _ = await self._standing(tag)
            if number > known.reburned:  # noticed by a process with another DATA_DIR
                async with known.mending:
                    await self._end_again(tag, known, number)
                    known.reburned = number
            written = known.journal.newest()
            if known.seen and (not written or known.seen.number > written.number):
                await self._write(known, [Entry(known.seen, self._now)])

    # For an operator

    async def quarantines(self) -> list[Quarantine]:
        """Whose older single-use secrets are held back, and since when. Raises StoreError."""
        found = []
        for tag in await self._everywhere():
            _, since_ms = await self._standing(tag)
            if since_ms:
                found.append(Quarantine(tag, Seconds(since_ms // 1000)))
        return found

    async def accept_restore(self) -> list[Quarantine]:
        """Let what came back be opened again, save what the journal here has seen ended.

        What was let go, with since when it had been held back. Raises StoreError, OSError.
        """
        accepted = []
        for tag in await self._everywhere():
            known = self._tag(tag)
            number, _ = await self._standing(tag)
            if not number:
                continue
            async with known.mending:
                await self._end_again(tag, known, number)
            match await self._accept(self._redis, [keys.audit(tag)], []):
                case [b"accepted", since_ms]:
                    accepted.append(Quarantine(tag, Seconds(int(since_ms) // 1000)))
                case [b"nothing"]:
                    pass
                case _:
                    raise StoreFault("accept.lua gave an unknown reply")
        return accepted

    # Inside

    @property
    def _now(self) -> int:
        return int(self._clock())

    def _tag(self, tag: str) -> _Tag:
        if tag not in self._tags:
            self._tags[tag] = _Tag(Journal(self._ring, self._folder, tag))
        return self._tags[tag]

    def known(self) -> list[str]:
        """Every tag of which this process, or this DATA_DIR, has notes."""
        return sorted({*self._tags, *(path.stem for path in self._folder.glob("*.journal"))})

    async def _everywhere(self) -> list[str]:
        """Every tag that is known here or in the store: off the hot path, it reads all names."""
        found = set(self.known())
        async with translated():
            async for name in self._redis.scan_iter(match=keys.generation("*"), count=1000):
                found.add(keys.tag_in(name.decode()))
        return sorted(found)

    async def _standing(self, tag: str) -> tuple[int, int]:
        """The quarantine's number and since when in ms, or zeros."""
        match await self._generation(self._redis, [keys.audit(tag)], []):
            case [number, since_ms]:
                return int(number), int(since_ms)
            case _:
                raise StoreFault("generation.lua gave an unknown reply")

    async def _end_again(self, tag: str, known: _Tag, before: int) -> None:
        """End what the journal has seen end, where the store has it alive again.

        Raises StoreError, OSError.
        """
        names = await asyncio.to_thread(_ended_before, known.journal, before)
        for start in range(0, len(names), _BATCH):
            ids = names[start : start + _BATCH]
            lists = [keys.audit(tag), keys.due(tag)]
            lists += [name for sid in ids for name in (keys.record(sid), keys.blob(sid))]
            await self._reburn(self._redis, lists, [sid.value for sid in ids])

    async def _write(self, known: _Tag, entries: Sequence[Entry]) -> None:
        """Have entries on disk. Whoever comes in the same moment, or meanwhile, shares an fsync."""
        # Each has a future of its own: whoever no longer waits ends nothing for the others.
        noted = _Noted(entries, asyncio.get_running_loop().create_future())
        known.waiting.append(noted)
        if not known.writer or known.writer.done():
            known.writer = asyncio.create_task(self._write_all(known))
        await noted.written

    async def _write_all(self, known: _Tag) -> None:
        while known.waiting:
            batch, known.waiting = known.waiting, []
            entries = [entry for noted in batch for entry in noted.entries]
            failure = None
            try:
                await self._append(known.journal, entries)
            except Exception as error:  # noqa: BLE001 - those who wait raise it
                failure = error
            for noted in batch:
                if noted.written.done():
                    continue  # gone meanwhile
                if failure:
                    noted.written.set_exception(failure)
                else:
                    noted.written.set_result(None)

    async def _append(self, journal: Journal, batch: Sequence[Entry]) -> None:
        """Only the disk is waited for in a thread: each further step there would fight for the GIL."""
        loop = asyncio.get_running_loop()
        try:
            if journal.add(batch):
                await loop.run_in_executor(None, journal.sync)
            else:
                await loop.run_in_executor(None, journal.append, batch)
            self._failing = False
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        """Go on without notes: what is open can still be opened. Said once, until it works again."""
        if not self._failing:
            _log.warning(
                "guard_off",
                reason="DATA_DIR takes no notes, so a store that is restored from a backup would "
                f"show again what was opened or burned since ({error.strerror})",
                remedy="give DATA_DIR a disk that lasts and can be written",
            )
        self._failing = True

    async def _compact(self) -> None:
        for tag in self.known():
            try:
                before = self._now - self._kept_for
                await asyncio.to_thread(self._tag(tag).journal.compact, before)
            except OSError as error:
                self._failed(error)


def _higher(one: Mark | None, other: Mark | None) -> Mark | None:
    """The one with the higher number; of two with the same, the first."""
    if one is None or other is None:
        return one or other
    return one if one.number >= other.number else other


def went_back(noted: Mark, number: int, there: str) -> bool:
    """What lua/_guard.lua decides by: ``number`` and the noted number's slot, as the store has them."""
    if number < noted.number:
        return True
    # A mark that newer ones have written over says nothing.
    same = there.partition(":")[0] == str(noted.number)
    return same and there != f"{noted.number}:{noted.mark}"


def _ended_before(journal: Journal, number: int) -> list[SecretId]:
    """Ids that had ended when the store went back; what ended later is the store's own to say."""
    found = {entry.id for entry in journal.entries() if entry.id and entry.mark.number < number}
    ids = []
    for name in sorted(found):
        try:
            ids.append(SecretId(name))
        except DecodingError:
            continue  # authentic, and of a later version
    return ids
