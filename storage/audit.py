"""Reads the audit stream: a secret's trail, what is left of a lost one, what age trims away."""

from collections.abc import Sequence

from redis.asyncio import Redis

from storage import keys
from storage.errors import IntegrityError
from storage.model import AuditEntry, Event, Reader, Seconds, SecretId, UserId, WorkspaceId, tag_of
from storage.outcomes import Rule
from storage.scripts import Script
from storage.seal import KeyRing, open_reader
from storage.store import translated

# Off the hot path, once for a record that vanished.
SEARCHED = 100_000
_SEARCH_BATCH = 1000
_CLOCK_STEP_MS = 1000  # an entry is dated by the stream, which never goes back, the index by TIME
TRAIL_MAX = 100

_TRIM = Script("trim")
_EVENTS = frozenset(event.value.encode() for event in Event)


async def trail(
    redis: Redis, ring: KeyRing, workspace: WorkspaceId, sid: SecretId, ids: Sequence[str]
) -> tuple[tuple[str, AuditEntry], ...]:
    """Read a secret's entries with their names in the stream, oldest first.

    Entries of another workspace or id are left out. One without a workspace says that the record
    was altered past reading it.
    """
    async with translated(), redis.pipeline(transaction=False) as pipeline:
        for entry_id in ids:
            pipeline.xrange(keys.audit(sid.tag), entry_id, entry_id)
        replies = await pipeline.execute()
    return tuple(
        (
            entry_id.decode(),
            AuditEntry(
                at=Seconds(int(entry_id.split(b"-")[0]) // 1000),
                event=Event(fields[b"event"].decode()),
                by=UserId(fields[b"by"].decode()) if fields.get(b"by") else None,
                reader=readable(ring, sid, fields.get(b"reader")),
            ),
        )
        for reply in replies
        for entry_id, fields in reply
        if fields.get(b"workspace") in {workspace.encode(), b""}
        and fields.get(b"id") == sid.value.encode()
        and fields.get(b"event") in _EVENTS
    )


def readable(ring: KeyRing, sid: SecretId, sealed: bytes | None) -> Reader | None:
    """Open a sealed reader; None when there is none or its key is gone."""
    if not sealed:
        return None
    try:
        return open_reader(ring, sid, sealed)
    except IntegrityError:
        return None


async def search(
    redis: Redis, sid: SecretId, since_ms: int
) -> tuple[WorkspaceId | None, tuple[str, ...]]:
    """Look through the stream for a secret whose record is gone: its workspace, its entries' names.

    From ``since_ms`` on, at most SEARCHED entries of everybody's; oldest first, capped as a
    record's trail is, its first entry kept.
    """
    workspace, found, start = None, list[str](), str(max(since_ms - _CLOCK_STEP_MS, 0))
    for _ in range(SEARCHED // _SEARCH_BATCH):
        async with translated():
            entries: list[tuple[bytes, dict[bytes, bytes]]] = await redis.xrange(
                keys.audit(sid.tag), min=start, max="+", count=_SEARCH_BATCH
            )  # type: ignore[assignment]  # redis-py types every reply as a union of all
        for entry_id, fields in entries:
            if fields.get(b"id") == sid.value.encode():
                workspace = workspace or fields.get(b"workspace", b"").decode("utf-8", "replace")
                found.append(entry_id.decode())
        if len(entries) < _SEARCH_BATCH:
            break
        start = f"({entries[-1][0].decode()}"
    kept = found[:1] + found[1:][-(TRAIL_MAX - 2) :]
    return WorkspaceId(workspace) if workspace else None, tuple(kept)


async def refused_by_policy(redis: Redis, workspace: WorkspaceId, by: UserId, rule: Rule) -> None:
    """Put on record that a policy refused a secret: without an id, since none was made.

    Not a script, because nothing changes with it.
    """
    async with translated():
        await redis.xadd(
            keys.audit(tag_of(workspace)),
            {
                "workspace": workspace,
                "id": "",
                "event": Event.REFUSED_BY_POLICY.value,
                "by": by,
                "reader": "",
                "rule": rule.value,
            },
        )


async def trim(redis: Redis, workspace: WorkspaceId, retention: int) -> None:
    """Drop entries by age in seconds, never by count, and by the store's clock that dated them.

    Only while nothing has sealed them yet: then the sealer trims, between two checkpoints.
    """
    tag = tag_of(workspace)
    await _TRIM(redis, [keys.audit(tag), keys.seals(tag)], [retention * 1000])
