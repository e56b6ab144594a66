"""What the audit trail is sealed with: a chain of checkpoints, each over the entries since the last.

See docs/protocol.md, "The audit trail". Nothing here does I/O. A checkpoint binds all before it: one
whose key was rotated away is still proven by a later one.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from storage.errors import DecodingError, IntegrityError, KeyMissing
from storage.model import Seconds
from storage.notices import NEVER, EntryId
from storage.seal import KeyRing, MasterKey
from storage.wire import join, lp, split, u64

VERSION = b"\x01"
_COUNT = 13

# An entry as the store gives it: its name, then names and values in the order they were written.
RawEntry = tuple[bytes, Sequence[bytes]]


class Break(StrEnum):
    """Why sealing began anew: what the sealer found in place of what was sealed."""

    NONE = ""
    WENT_BACK = "went_back"  # the last checkpoint this machine knows of is not in the store
    ALTERED = "altered"  # a checkpoint, or the number of entries, is not what was sealed
    KEY_MISSING = "key_missing"  # the last checkpoint's key is not configured


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Entries after ``since`` up to ``until`` have this digest, in the chain's order.

    ``previous`` is the last one's ``SealedCheckpoint.hash``, empty when there was none that could be
    believed. Up to ``floor`` age has trimmed entries away, and ``present`` are left from there to ``until``.
    """

    tag: str
    number: int
    previous: bytes
    since: EntryId
    until: EntryId
    entries: int
    digest: bytes
    present: int
    floor: EntryId
    made: Seconds
    broken: Break
    key_name: str


@dataclass(frozen=True, slots=True)
class SealedCheckpoint:
    """As stored, unbelieved."""

    part: bytes
    mac: bytes

    @property
    def hash(self) -> bytes:
        """What the next checkpoint binds."""
        return hashlib.sha256(self.part + self.mac).digest()

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Undo ``bytes()``. Raises IntegrityError."""
        try:
            part, mac = split(data)
        except (DecodingError, ValueError):
            raise IntegrityError("not a checkpoint") from None
        return cls(part, mac)

    def __bytes__(self) -> bytes:
        return lp(self.part) + lp(self.mac)


def seal(master: MasterKey, checkpoint: Checkpoint) -> SealedCheckpoint:
    """Encode each field as lp, in the protocol's order, under k_audit."""
    part = join(
        [
            VERSION,
            checkpoint.tag.encode(),
            u64(checkpoint.number),
            checkpoint.previous,
            str(checkpoint.since).encode(),
            str(checkpoint.until).encode(),
            u64(checkpoint.entries),
            checkpoint.digest,
            u64(checkpoint.present),
            str(checkpoint.floor).encode(),
            u64(checkpoint.made),
            checkpoint.broken.encode(),
            master.name.encode(),
        ]
    )
    return SealedCheckpoint(part, master.audit.of(part))


def read(sealed: SealedCheckpoint, tag: str) -> Checkpoint:
    """Decode without believing it. Raises IntegrityError."""
    try:
        fields = split(sealed.part)
        if len(fields) != _COUNT or fields[0] != VERSION:
            raise IntegrityError("the checkpoint has another version or number of fields")
        found = Checkpoint(
            tag=fields[1].decode(),
            number=int.from_bytes(fields[2], "big"),
            previous=fields[3],
            since=EntryId.of(fields[4].decode()),
            until=EntryId.of(fields[5].decode()),
            entries=int.from_bytes(fields[6], "big"),
            digest=fields[7],
            present=int.from_bytes(fields[8], "big"),
            floor=EntryId.of(fields[9].decode()),
            made=Seconds(int.from_bytes(fields[10], "big")),
            broken=Break(fields[11].decode()),
            key_name=fields[12].decode(),
        )
    except (DecodingError, ValueError):
        raise IntegrityError("the checkpoint does not parse") from None
    if found.tag != tag:
        raise IntegrityError("the checkpoint is of another trail")
    return found


def check(ring: KeyRing, sealed: SealedCheckpoint, tag: str) -> Checkpoint:
    """Believe a checkpoint. Raises KeyMissing when its key is not configured, IntegrityError."""
    found = read(sealed, tag)
    master = ring.named(found.key_name)
    if not hmac.compare_digest(master.audit.of(sealed.part), sealed.mac):
        raise IntegrityError("the checkpoint's mac does not match")
    return found


def is_proven(ring: KeyRing, sealed: SealedCheckpoint, tag: str) -> bool:
    """Whether its own key says so; False when that is not configured. Raises IntegrityError."""
    try:
        check(ring, sealed, tag)
    except KeyMissing:
        return False
    return True


class Digest:
    """SHA-256 over entries as they come, so that no trail has to fit into memory."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.entries = 0
        self.last = NEVER

    def add(self, entries: Iterable[RawEntry]) -> None:
        """Take entries in the stream's order. Each is lp of its name, fields and values as lp."""
        for name, fields in entries:
            self._hash.update(lp(join([name, *fields])))
            self.entries += 1
            self.last = EntryId.of(name.decode())

    def value(self) -> bytes:
        """32 bytes."""
        return self._hash.digest()
