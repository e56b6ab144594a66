"""Reads records as the team sees them, and says honestly what became of each secret."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from storage import keys
from storage.audit import readable
from storage.errors import IntegrityError, KeyMissing
from storage.model import Record, Seconds, SecretId, State, Status, Summary
from storage.seal import KeyRing, SealedRecord, open_blob, open_record
from storage.store import translated

_FIELDS = (
    "part", "mac", "key", "state", "views", "confirmed", "claimed", "ended", "last", "reader",
    "trail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the store, unbelieved. Times in ms of the store's clock."""

    sealed: SealedRecord
    state: str
    views: int
    confirmed: bool
    claimed_ms: int | None
    ended_ms: int | None
    last_ms: int | None
    reader: bytes | None
    trail: tuple[str, ...]
    blob: bytes | None
    now_ms: int


async def read(redis: Redis, ids: Sequence[SecretId]) -> list[Stored | None]:
    """Read records with their ciphertext and the store's time, as of one moment."""
    async with translated(), redis.pipeline(transaction=True) as pipeline:
        pipeline.time()
        for sid in ids:
            pipeline.hmget(keys.record(sid), *_FIELDS)
            pipeline.get(keys.blob(sid))
        (seconds, micros), *replies = await pipeline.execute()
    now_ms = seconds * 1000 + micros // 1000
    return [
        _stored(fields, blob, now_ms)
        for fields, blob in zip(replies[::2], replies[1::2], strict=True)
    ]


def _stored(fields: list[bytes | None], blob: bytes | None, now_ms: int) -> Stored | None:
    part, mac, key, state, views, confirmed, claimed, ended, last, reader, trail = fields
    if part is None:
        return None
    return Stored(
        sealed=SealedRecord(part, mac or b"", (key or b"").decode("ascii", "replace")),
        state=(state or b"").decode("ascii", "replace"),
        views=int(views or 0),
        confirmed=confirmed is not None,
        claimed_ms=int(claimed) if claimed else None,
        ended_ms=int(ended) if ended else None,
        last_ms=int(last) if last else None,
        reader=reader,
        trail=tuple((trail or b"").decode().split()),
        blob=blob,
        now_ms=now_ms,
    )


def summarise(ring: KeyRing, sid: SecretId, created_ms: int, stored: Stored | None) -> Summary:
    """Believe what verifies, and name what does not: Tampered, or Lost with its key."""
    created = Seconds(created_ms // 1000)
    if stored is None:
        return Summary(sid, created, Status(State.LOST, single_use=True), None, None)
    try:
        record = open_record(ring, sid, stored.sealed)
        state = _state(ring, record, stored)
    except KeyMissing:
        status = Status(State.LOST, single_use=True, key_missing=True)
        return Summary(sid, created, status, None, None)
    except IntegrityError:
        return Summary(sid, created, Status(State.TAMPERED, single_use=True), None, None)
    status = Status(
        state=state,
        single_use=record.single_use,
        views=stored.views,
        confirmed=stored.confirmed,
        at=_end(record, state, stored),
        last_opened=Seconds(stored.last_ms // 1000) if stored.last_ms else None,
    )
    return Summary(sid, record.created, status, record, readable(ring, sid, stored.reader))


def _state(ring: KeyRing, record: Record, stored: Stored) -> State:
    """Compute the state. Raises IntegrityError when the blob or the state's word was altered."""
    try:
        state = State(stored.state)
    except ValueError:
        raise IntegrityError("the record's state is not a state") from None
    if state is not State.ACTIVE:
        return state
    if stored.now_ms >= record.expires * 1000:
        return State.EXPIRED
    if stored.blob is None:
        return State.LOST
    open_blob(ring.named(record.key_name), record.id, stored.sealed.mac, stored.blob)
    return State.ACTIVE


def _end(record: Record, state: State, stored: Stored) -> Seconds | None:
    if state is State.ACTIVE:
        return None
    if state is State.EXPIRED:
        return record.expires
    at_ms = stored.ended_ms or stored.claimed_ms
    return Seconds(at_ms // 1000) if at_ms else None
