"""Seals the audit trail: checkpoints, the lease that picks who makes them, alarms, retention.

Each look decides by what stands in the store at that moment and what this machine knows from
before. What does not fit raises an alarm, and sealing begins anew, on record in the chain: the
trail is protected again from there, and ``slash-secret audit verify`` tells what happened before.
"""

import asyncio
import secrets
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis

from storage import checkpoints
from storage.alarms import alarm
from storage.anchors import Anchors
from storage.checkpoints import Break, Checkpoint, Digest, RawEntry, SealedCheckpoint
from storage.errors import IntegrityError, KeyMissing
from storage.ledger import BATCH, Ledger, Seen
from storage.model import HOUR, Seconds
from storage.notices import NEVER, EntryId
from storage.seal import KeyRing
from storage.witness import Anchor, judge, patience_ended

# An entry waits for its checkpoint so long, then until the next look: together under a minute, also
# when the process that had the lease died just then.
WAIT_MS = 30_000
LEASE_MS = 30_000
EVERY = 15.0
# A checkpoint covers at most an hour: retention lets go of whole ones.
SPAN_MS = HOUR * 1000
_LET_GO_MAX = 20_000  # entries at once: the store does nothing else meanwhile
_NUMBER_MAX = 2**53  # Lua counts no further

_log = structlog.get_logger("storage.sealer")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A checkpoint about to be appended, and what goes with it."""

    checkpoint: Checkpoint
    first: EntryId | None = None
    let_go: EntryId | None = None
    oldest: int | None = None


class Sealer:
    """One process's sealer of one tag's trail. ``retention`` is in seconds, ``wait_ms`` for tests."""

    def __init__(
        self,
        redis: Redis,
        ring: KeyRing,
        tag: str,
        anchors: Anchors,
        retention: int,
        wait_ms: int = WAIT_MS,
    ) -> None:
        self.who = secrets.token_hex(8)
        self._ledger = Ledger(redis, tag)
        self._ring = ring
        self._tag = tag
        self._anchors = anchors
        self._retention_ms = retention * 1000
        self._wait_ms = wait_ms
        self._known: Anchor | None = None
        self._closed = False  # the last checkpoint's key is not ours: the lease is for others

    async def seal(self) -> int:
        """Look, and seal what is due, piece by piece. Gives how many. Raises StoreError."""
        made = 0
        while (why := await self._step()) is not None:
            made += 1
            if why is not Break.NONE:
                break  # the next look tells whether that mended it
        return made

    async def _step(self) -> Break | None:
        """Make a checkpoint, if one is due. Gives whether it had to begin anew; None: made none."""
        anchor = await self._anchor()
        seen = await self._ledger.look(self.who, 0 if self._closed else LEASE_MS)
        found = await judge(self._ledger, self._ring, seen, anchor)
        self._closed = found is Break.KEY_MISSING
        if found is Break.KEY_MISSING and not patience_ended(seen):
            _log.warning("seal_key_missing")
            return None
        if found is Break.NONE:
            draft = await self._due(seen)
        elif (await self._ledger.look()).tail != seen.tail:
            return None  # another sealed, and perhaps trimmed, while we read: look again
        else:
            _tell(found)
            draft = await self._anew(seen, anchor, found)
        if draft:
            return found if await self._append(seen, draft) else None
        if found is Break.NONE and seen.tail and (not anchor or anchor.sealed != seen.tail):
            await self._keep(seen.tail)
        return None

    # What this machine knows.

    async def _anchor(self) -> Anchor | None:
        """The newest checkpoint that disk or memory know of."""
        try:
            sealed = await asyncio.to_thread(self._anchors.read, self._tag)
            kept = Anchor(sealed, self._said(sealed)) if sealed else None
        except IntegrityError:
            # Once: with the next checkpoint the file is whole again.
            alarm("audit_altered")
            kept = None
            if self._known:
                await self._keep(self._known.sealed)
        except OSError as error:
            _log.warning("anchor_failed", reason=error.strerror)
            kept = None
        if self._known and (not kept or kept.says.number < self._known.says.number):
            return self._known
        return kept

    def _said(self, sealed: SealedCheckpoint) -> Checkpoint:
        """Believe an anchor. Under a key that is gone it still tells which checkpoint it was."""
        try:
            return checkpoints.check(self._ring, sealed, self._tag)
        except KeyMissing:
            return checkpoints.read(sealed, self._tag)

    async def _keep(self, sealed: SealedCheckpoint) -> None:
        self._known = Anchor(sealed, checkpoints.read(sealed, self._tag))
        try:
            await asyncio.to_thread(self._anchors.write, self._tag, sealed)
        except OSError as error:
            _log.warning("anchor_failed", reason=error.strerror)

    # What is due.

    async def _due(self, seen: Seen) -> _Draft | None:
        """The next checkpoint, when this process has the lease and there is news or old age."""
        if not seen.held:
            return None
        tail = checkpoints.read(seen.tail, self._tag) if seen.tail else None
        news = _piece(seen.news) if self._is_due(seen) else []
        since = tail.until if tail else NEVER
        floor, present, oldest = tail.floor if tail else NEVER, tail.present if tail else 0, None
        if tail and seen.before is not None:
            floor, gone, oldest = await self._aged(tail, seen.now_ms)
            present -= gone
        if not news and oldest is None:
            return None
        digest = _digest(news)
        checkpoint = self._checkpoint(
            seen,
            number=(tail.number if tail else 0) + 1,
            since=since,
            digest=digest,
            present=present + digest.entries,
            floor=floor,
            previous=seen.tail.hash if seen.tail else b"",
        )
        first = EntryId.of(news[0][0].decode()) if news else None
        return _Draft(checkpoint, first, floor if oldest else None, oldest)

    def _is_due(self, seen: Seen) -> bool:
        if not seen.news:
            return False
        waited = seen.now_ms - EntryId.of(seen.news[0][0].decode()).ms
        # Below zero: the store's clock has been set back.
        return waited >= self._wait_ms or waited < 0 or seen.before is None

    async def _aged(self, tail: Checkpoint, now_ms: int) -> tuple[EntryId, int, int | None]:
        """Up to where age lets go now, how many entries that are, and which checkpoint stays.

        Whole checkpoints only, so that what stays can still be checked from its first entry on.
        """
        before_ms, floor, oldest = now_ms - self._retention_ms, tail.floor, None
        covered = 0
        async for number, sealed in self._ledger.checkpoints(last=tail.number):
            try:
                says = checkpoints.read(sealed, self._tag)
            except IntegrityError:
                break  # it stays for the verifier to tell of
            if says.until.ms >= before_ms or covered > _LET_GO_MAX:
                break
            if says.until > floor:
                floor, oldest = says.until, number
                covered += says.entries
        gone = 0
        if oldest is not None:
            async for _ in self._ledger.entries(tail.floor, floor):
                gone += 1
        return floor, gone, oldest

    # What does not fit.

    async def _anew(self, seen: Seen, anchor: Anchor | None, why: Break) -> _Draft | None:
        """Begin again behind the last checkpoint, or at the first entry that is left.

        The second, where what stands in the store is not to be believed, or its end is missing.
        """
        tail = self._believed(seen, anchor)
        number = max(seen.tail_number, anchor.says.number if anchor else 0) + 1
        if number > _NUMBER_MAX:
            return None  # a foreign writer's name for a checkpoint; the alarm goes on
        floor = tail.floor if tail else anchor.says.floor if anchor and seen.tail else NEVER
        if seen.old_there:
            floor = NEVER
        whole = tail is not None and (seen.last_there or tail.until <= floor)
        since = tail.until if tail and whole else floor
        pending = await _first(self._ledger, since)
        digest, present = _digest(_piece(pending)), 0
        if not digest.entries:
            digest.last = since
        async for _ in self._ledger.entries(floor, digest.last):
            present += 1
        first = EntryId.of(pending[0][0].decode()) if pending else None
        checkpoint = self._checkpoint(
            seen,
            number=number,
            since=since,
            digest=digest,
            present=present,
            floor=floor,
            previous=seen.tail.hash if seen.tail and tail else b"",
            broken=why,
        )
        return _Draft(checkpoint, first)

    def _believed(self, seen: Seen, anchor: Anchor | None) -> Checkpoint | None:
        if not seen.tail:
            return None
        if anchor and anchor.sealed == seen.tail:
            return anchor.says
        try:
            says = checkpoints.check(self._ring, seen.tail, self._tag)
        except IntegrityError:
            return None
        return says if says.number == seen.tail_number else None

    def _checkpoint(
        self,
        seen: Seen,
        *,
        number: int,
        since: EntryId,
        digest: Digest,
        present: int,
        floor: EntryId,
        previous: bytes,
        broken: Break = Break.NONE,
    ) -> Checkpoint:
        return Checkpoint(
            tag=self._tag,
            number=number,
            previous=previous,
            since=since,
            until=digest.last if digest.entries else since,
            entries=digest.entries,
            digest=digest.value(),
            present=present,
            floor=floor,
            made=Seconds(seen.now_ms // 1000),
            broken=broken,
            key_name=self._ring.current.name,
        )

    async def _append(self, seen: Seen, draft: _Draft) -> bool:
        sealed = checkpoints.seal(self._ring.current, draft.checkpoint)
        done = await self._ledger.append(
            seen,
            draft.checkpoint.number,
            sealed,
            first=draft.first,
            let_go=draft.let_go,
            oldest=draft.oldest,
        )
        if done:
            await self._keep(sealed)
        return done


def _tell(found: Break) -> None:
    match found:
        case Break.NONE:
            pass
        case Break.KEY_MISSING:
            alarm("audit_key_missing")
        case Break.WENT_BACK:
            alarm("audit_went_back")
        case Break.ALTERED:
            alarm("audit_altered")


def _piece(news: list[RawEntry]) -> list[RawEntry]:
    """As many of them as one checkpoint may cover."""
    if not news:
        return []
    end = EntryId.of(news[0][0].decode()).ms + SPAN_MS
    return [entry for entry in news[:BATCH] if EntryId.of(entry[0].decode()).ms <= end]


async def _first(ledger: Ledger, since: EntryId) -> list[RawEntry]:
    found: list[RawEntry] = []
    async for entry in ledger.entries(since):
        found.append(entry)
        if len(found) == BATCH:
            break
    return found


def _digest(entries: list[RawEntry]) -> Digest:
    digest = Digest()
    digest.add(entries)
    return digest
