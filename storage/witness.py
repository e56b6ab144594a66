"""Whether a trail in the store fits what this machine knows of it, at a look and without reading all."""

from dataclasses import dataclass

from storage import checkpoints
from storage.checkpoints import Break, Checkpoint, SealedCheckpoint
from storage.errors import IntegrityError, KeyMissing
from storage.ledger import Ledger, Seen
from storage.notices import EntryId
from storage.seal import KeyRing

# In a rotation of keys the processes get the new one at different times.
KEY_PATIENCE_MS = 600_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that this machine knows of, with what it says."""

    sealed: SealedCheckpoint
    says: Checkpoint


async def judge(ledger: Ledger, ring: KeyRing, seen: Seen, anchor: Anchor | None) -> Break:
    """Say what does not fit, if anything. Raises StoreError.

    The anchor must have been read before the look: the other way round the store would seem old.
    """
    if seen.tail is None:
        return Break.WENT_BACK if anchor else Break.NONE
    if not anchor or anchor.sealed != seen.tail:
        try:
            tail = checkpoints.check(ring, seen.tail, ledger.tag)
        except KeyMissing:
            there = not anchor or await _has(ledger, anchor)
            return Break.KEY_MISSING if there else Break.WENT_BACK
        except IntegrityError:
            return Break.ALTERED
        if tail.number != seen.tail_number:
            return Break.ALTERED
        if anchor and not await _leads(ledger, ring, anchor, tail):
            return Break.WENT_BACK
    tail = checkpoints.read(seen.tail, ledger.tag)
    return Break.NONE if _holds(seen, tail) else Break.ALTERED


async def _has(ledger: Ledger, anchor: Anchor) -> bool:
    """Whether what we know still stands in the store, or is older than all that does."""
    async for number, sealed in ledger.checkpoints():
        if number >= anchor.says.number:
            return sealed == anchor.sealed or number > anchor.says.number
    return False


async def _leads(ledger: Ledger, ring: KeyRing, anchor: Anchor, tail: Checkpoint) -> bool:
    """Whether the chain goes from what we know to the store's proven last checkpoint.

    Also where another process has found a break and has begun anew, or where age has let all
    between go.
    """
    if tail.number <= anchor.says.number:
        return False
    last, oldest = anchor.sealed, None
    linked = anew = False
    async for number, sealed in ledger.checkpoints(anchor.says.number, tail.number):
        if oldest is None:
            oldest = number
            linked = sealed == anchor.sealed
            if number == anchor.says.number:
                continue
        try:
            says = checkpoints.read(sealed, ledger.tag)
            proven = checkpoints.is_proven(ring, sealed, ledger.tag)
        except IntegrityError:
            linked = anew = False
            continue
        linked = linked and says.previous == last.hash
        anew = anew or (proven and says.broken is not Break.NONE)
        last = sealed
    trimmed = oldest != anchor.says.number and tail.floor >= anchor.says.until
    return linked or anew or trimmed


def _holds(seen: Seen, tail: Checkpoint) -> bool:
    """Whether as many entries stand as were sealed, up to the last one."""
    if seen.before is not None and seen.before != tail.present:
        return False
    if seen.old_there:
        return False
    return seen.last_there or tail.until <= tail.floor


def patience_ended(seen: Seen) -> bool:
    """Whether nobody seals: then a missing key is no matter of a rotation under way."""
    oldest = EntryId.of(seen.news[0][0].decode()).ms if seen.news else seen.now_ms
    return seen.now_ms - oldest > KEY_PATIENCE_MS
