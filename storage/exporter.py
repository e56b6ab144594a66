"""Gives the audit trail away for other programs: readers opened, labels from records that exist."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from redis.asyncio import Redis

from storage import keys
from storage.audit import readable
from storage.checkpoints import RawEntry
from storage.errors import DecodingError, IntegrityError
from storage.ledger import Ledger
from storage.model import Reader, Record, SecretId, UserId
from storage.notices import EntryId
from storage.seal import KeyRing, SealedRecord, open_record
from storage.store import translated

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is told. ``id`` is None where nothing was made; ``label`` while it is known.

    ``event`` and ``by`` are the stream's own words, so that an entry which was altered shows.
    """

    entry: EntryId
    workspace: str
    id: SecretId | None
    event: str
    by: str
    reader: Reader | None
    rule: str
    label: str
    creator: UserId | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries are wanted; None wants all. Times are ms, ``until_ms`` excluded.

    ``secret`` is an id, or the eight letters that name one. ``label`` is part of a label, in
    whatever case. ``agent`` wants what that person did and what became of what they made.
    """

    secret: str | None = None
    label: str | None = None
    agent: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def wants(self, row: Row) -> bool:
        """Whether a row within the time is one of these."""
        names = {row.id.value, row.id.ref} if row.id else set()
        if self.secret is not None and self.secret not in names:
            return False
        if self.label is not None and self.label.casefold() not in row.label.casefold():
            return False
        return self.agent is None or self.agent in {row.by, row.creator}


async def export(
    redis: Redis, ring: KeyRing, tag: str, chosen: Chosen
) -> AsyncGenerator[Row, None]:
    """Read a trail, oldest first, a batch in memory at a time. Raises StoreError."""
    since = EntryId(max((chosen.since_ms or 0) - 1, 0), 2**64 - 1 if chosen.since_ms else 0)
    until = None if chosen.until_ms is None else EntryId(max(chosen.until_ms, 0), 0)
    batch: list[RawEntry] = []
    async for entry in Ledger(redis, tag).entries(since, until):
        if until and EntryId.of(entry[0].decode()) >= until:
            break
        batch.append(entry)
        if len(batch) == _BATCH:
            for row in await _rows(redis, ring, batch):
                if chosen.wants(row):
                    yield row
            batch = []
    for row in await _rows(redis, ring, batch):
        if chosen.wants(row):
            yield row


async def _rows(redis: Redis, ring: KeyRing, batch: list[RawEntry]) -> list[Row]:
    read = [(EntryId.of(name.decode()), _texts(fields)) for name, fields in batch]
    ids = {sid for _, fields in read if (sid := _id(fields.get("id", b"")))}
    records = await _records(redis, ring, ids)
    return [_row(ring, entry, fields, records) for entry, fields in read]


def _row(
    ring: KeyRing, entry: EntryId, fields: dict[str, bytes], records: dict[SecretId, Record]
) -> Row:
    def text(name: str) -> str:
        return fields.get(name, b"").decode("utf-8", "replace")

    sid = _id(fields.get("id", b""))
    record = records.get(sid) if sid else None
    return Row(
        entry=entry,
        workspace=text("workspace"),
        id=sid,
        event=text("event"),
        by=text("by"),
        reader=readable(ring, sid, fields.get("reader")) if sid else None,
        rule=text("rule"),
        label=record.label if record else "",
        creator=record.creator if record else None,
    )


async def _records(redis: Redis, ring: KeyRing, ids: set[SecretId]) -> dict[SecretId, Record]:
    """The records that are there and can be believed; their ciphertext is not asked for."""
    order = list(ids)
    async with translated(), redis.pipeline(transaction=False) as pipeline:
        for sid in order:
            pipeline.hmget(keys.record(sid), "part", "mac", "key")
        replies = await pipeline.execute(raise_on_error=False)
    found = {}
    for sid, reply in zip(order, replies, strict=True):
        if not isinstance(reply, list) or reply[0] is None:
            continue
        part, mac, key = reply
        try:
            sealed = SealedRecord(part, mac or b"", (key or b"").decode("ascii", "replace"))
            found[sid] = open_record(ring, sid, sealed)
        except IntegrityError:
            continue
    return found


def _texts(fields: object) -> dict[str, bytes]:
    words = list(fields) if isinstance(fields, (list, tuple)) else []
    names = (word.decode("utf-8", "replace") for word in words[::2])
    return dict(zip(names, words[1::2], strict=False))


def _id(value: bytes) -> SecretId | None:
    try:
        return SecretId(value.decode("ascii", "replace"))
    except DecodingError:
        return None
