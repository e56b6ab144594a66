"""Reads a sealed trail through, and tells what in it is not as it was sealed.

A checkpoint is believed for its mac, or, where its key has been rotated away, for a later one that
binds it. See docs/protocol.md, "The audit trail".
"""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

from storage import checkpoints
from storage.anchors import Anchors
from storage.checkpoints import Break, Checkpoint, Digest, SealedCheckpoint
from storage.errors import IntegrityError
from storage.ledger import Ledger, Seen
from storage.model import Seconds
from storage.notices import NEVER, EntryId
from storage.seal import KeyRing

# A sealer at work leaves nothing unsealed for so long.
UNSEALED_MAX_MS = 120_000


class Fault(StrEnum):
    """What can be wrong with an interval of the trail."""

    CHANGED = "changed"  # as many entries, and not the same or not in their order
    REMOVED = "removed"
    ADDED = "added"
    RETURNED = "returned"  # entries that age had let go are there again
    CUT = "cut"  # the end of what was sealed is gone
    CHECKPOINT_REMOVED = "checkpoint_removed"
    CHECKPOINT_ALTERED = "checkpoint_altered"
    FOREIGN_KEY = "foreign_key"
    WENT_BACK = "went_back"  # what this machine knows of is newer, or another
    ANCHOR_ALTERED = "anchor_altered"
    BEGAN_ANEW = "began_anew"  # the sealer itself has found something


class Untold(StrEnum):
    """Why nothing, or not all, can be told."""

    EMPTY = "empty"
    NOTHING_SEALED = "nothing_sealed"
    NO_KEY = "no_key"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong after ``since`` and up to ``until`` (None: unknown).

    ``sealed`` entries are as they should be, ``found`` are there. ``at`` and ``why`` are told of a
    sealer that began anew.
    """

    fault: Fault
    since: EntryId
    until: EntryId | None
    sealed: int = 0
    found: int = 0
    at: Seconds | None = None
    why: Break = Break.NONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read: ``entries`` in ``count`` checkpoints from ``first`` to ``last``, and the rest.

    ``unsealed`` entries follow, the first of them ``unsealed_since``: what happens to those can't
    be told. ``anchored`` says that this machine knows of a checkpoint of its own.
    """

    tag: str
    findings: tuple[Finding, ...]
    count: int
    entries: int
    first: EntryId
    last: EntryId
    unsealed: int
    unsealed_since: EntryId | None
    anchored: bool
    untold: Untold | None


@dataclass(slots=True)
class _Walk:
    """How far along the chain we are."""

    floor: EntryId
    tail_number: int
    last: SealedCheckpoint | None = None
    last_until: EntryId = NEVER
    first: EntryId | None = None
    count: int = 0
    entries: int = 0
    after_altered: bool = False
    proven: bool = False
    unproven: list[Checkpoint] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    anchored: bool = False  # the chain holds the checkpoint that this machine knows of
    oldest: int | None = None


async def verify(ledger: Ledger, ring: KeyRing, anchors: Anchors) -> Verdict:
    """Check one trail from its first checkpoint to its last. Raises StoreError, OSError."""
    # Before the look, since the sealer of this machine goes on meanwhile.
    anchor, damaged = _anchor(anchors, ring, ledger.tag)
    seen = await ledger.look()
    walk = _Walk(await _floor(ledger, ring), seen.tail_number)
    async for number, sealed in ledger.checkpoints(last=seen.tail_number):
        await _one(walk, ledger, ring, number, sealed)
        walk.anchored = walk.anchored or sealed == anchor
    _end(walk, seen, ledger.tag, anchor)
    if damaged:
        walk.findings.append(Finding(Fault.ANCHOR_ALTERED, NEVER, None))
    # What was let go by age while we read is no loss.
    floor = await _floor(ledger, ring)
    findings = [one for one in walk.findings if not _aged(one, walk.floor, floor)]
    unsealed, since = 0, None
    async for name, _ in ledger.entries(walk.last_until):
        since = since or EntryId.of(name.decode())
        unsealed += 1
    return Verdict(
        tag=ledger.tag,
        findings=tuple(findings),
        count=walk.count,
        entries=walk.entries,
        first=walk.first or NEVER,
        last=walk.last_until,
        unsealed=unsealed,
        unsealed_since=since,
        anchored=anchor is not None,
        untold=_untold(walk, seen),
    )


def _anchor(anchors: Anchors, ring: KeyRing, tag: str) -> tuple[SealedCheckpoint | None, bool]:
    """What this machine knows of, and whether that was altered. One without its key is believed."""
    try:
        anchor = anchors.read(tag)
        if anchor:
            checkpoints.is_proven(ring, anchor, tag)
    except IntegrityError:
        return None, True
    return anchor, False


async def _floor(ledger: Ledger, ring: KeyRing) -> EntryId:
    """Up to where age has let go, by the newest checkpoint that can be believed."""
    readable = None
    for sealed in await ledger.newest():
        says, proven = _believed(ring, sealed, ledger.tag)
        if says and proven:
            return says.floor
        readable = readable or says
    return readable.floor if readable else NEVER


async def _one(
    walk: _Walk, ledger: Ledger, ring: KeyRing, number: int, sealed: SealedCheckpoint
) -> None:
    if walk.oldest is None:
        walk.oldest = number
    says, proven = _believed(ring, sealed, ledger.tag)
    if not says or says.number != number:
        walk.findings.append(Finding(Fault.CHECKPOINT_ALTERED, walk.last_until, None))
        _give_up_proving(walk)
        walk.last, walk.after_altered = sealed, True
        return
    walk.count += 1
    _link(walk, says, at_start=walk.oldest == number)
    if says.broken is not Break.NONE:
        end = says.until if says.entries else None
        told = Finding(Fault.BEGAN_ANEW, says.since, end, at=says.made, why=says.broken)
        walk.findings.append(told)
    if proven:
        walk.proven, walk.unproven = True, []
    else:
        walk.unproven.append(says)
    if walk.first is None:
        walk.first = max(says.since, walk.floor)
    await _entries(walk, ledger, says, is_tail=number == walk.tail_number)
    walk.last, walk.last_until = sealed, says.until


def _believed(ring: KeyRing, sealed: SealedCheckpoint, tag: str) -> tuple[Checkpoint | None, bool]:
    """What it says, if it is not altered for certain, and whether its own key proves that."""
    try:
        return checkpoints.read(sealed, tag), checkpoints.is_proven(ring, sealed, tag)
    except IntegrityError:
        return None, False


def _link(walk: _Walk, says: Checkpoint, *, at_start: bool) -> None:
    """Whether it follows the one before it."""
    altered, walk.after_altered = walk.after_altered, False
    if at_start:
        # The oldest that is kept is the first of all, or the one up to which age has let go.
        if says.previous and says.until > walk.floor and says.since > walk.floor:
            walk.findings.append(Finding(Fault.CHECKPOINT_REMOVED, walk.floor, says.since))
    elif altered:
        # Nothing proves the entries that it covered.
        walk.findings[-1] = replace(walk.findings[-1], until=says.since)
    elif walk.last and says.previous != walk.last.hash:
        _give_up_proving(walk)
        # A sealer that began anew binds nothing that it has not believed.
        if says.previous or says.broken is Break.NONE:
            gap = Finding(Fault.CHECKPOINT_REMOVED, walk.last_until, says.since)
            walk.findings.append(gap)


def _give_up_proving(walk: _Walk) -> None:
    """What has no key of its own, and no later checkpoint that binds it, is proven by nothing."""
    for says in walk.unproven:
        walk.findings.append(Finding(Fault.FOREIGN_KEY, says.since, says.until))
    walk.unproven = []


async def _entries(walk: _Walk, ledger: Ledger, says: Checkpoint, *, is_tail: bool) -> None:
    if says.until <= walk.floor:
        return
    digest = Digest()
    async for entry in ledger.entries(says.since, says.until):
        digest.add([entry])
    if digest.entries == says.entries and digest.value() == says.digest:
        walk.entries += digest.entries
        return
    if digest.entries > says.entries:
        fault = Fault.ADDED
    elif digest.entries == says.entries:
        fault = Fault.CHANGED
    elif is_tail and digest.last != says.until:
        fault = Fault.CUT
    else:
        fault = Fault.REMOVED
    found = Finding(fault, says.since, says.until, says.entries, digest.entries)
    walk.findings.append(found)


def _end(walk: _Walk, seen: Seen, tag: str, anchor: SealedCheckpoint | None) -> None:
    """What shows only when all was read."""
    if walk.proven or anchor:
        _give_up_proving(walk)
    if seen.old_there:
        walk.findings.append(Finding(Fault.RETURNED, NEVER, walk.floor))
    if not anchor or walk.anchored:
        return
    known = checkpoints.read(anchor, tag)
    if known.until > walk.floor or known.number > seen.tail_number:
        end = known.until if known.until > walk.last_until else None
        walk.findings.append(Finding(Fault.WENT_BACK, min(walk.last_until, known.until), end))


def _aged(one: Finding, before: EntryId, now: EntryId) -> bool:
    return now > before and one.until is not None and one.until <= now


def _untold(walk: _Walk, seen: Seen) -> Untold | None:
    if seen.tail is None:
        return Untold.NOTHING_SEALED if seen.news else Untold.EMPTY
    if not walk.proven:
        return Untold.NO_KEY
    if seen.news:
        waited = seen.now_ms - EntryId.of(seen.news[0][0].decode()).ms
        if waited > UNSEALED_MAX_MS:
            return Untold.BEHIND
    return None


def _last_ms(one: Finding) -> float:
    if one.at is not None:
        return one.at * 1000
    return one.until.ms if one.until else math.inf


def without(verdict: Verdict, before_ms: int) -> Verdict:
    """Leave out what is known to be wrong before that time."""
    kept = [one for one in verdict.findings if _last_ms(one) >= before_ms]
    return replace(verdict, findings=tuple(kept))
