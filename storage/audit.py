"""Reads the audit stream: a secret's trail, and what age trims away."""

from collections.abc import Sequence

from redis.asyncio import Redis

from storage import keys
from storage.errors import IntegrityError
from storage.model import AuditEntry, Event, Reader, Seconds, SecretId, UserId, WorkspaceId, tag_of
from storage.seal import KeyRing, open_reader
from storage.store import translated


async def trail(
    redis: Redis, ring: KeyRing, workspace: WorkspaceId, sid: SecretId, ids: Sequence[str]
) -> tuple[tuple[str, AuditEntry], ...]:
    """Read a secret's entries with their names in the stream, oldest first.

    Entries of another workspace or id are left out.
    """
    async with translated(), redis.pipeline(transaction=False) as pipeline:
        for entry_id in ids:
            pipeline.xrange(keys.audit(sid.tag), entry_id, entry_id)
        replies = await pipeline.execute()
    found = (entry for reply in replies for entry in reply)
    return tuple(
        (
            entry_id.decode(),
            AuditEntry(
                at=Seconds(int(entry_id.split(b"-")[0]) // 1000),
                event=Event(fields[b"event"].decode()),
                by=UserId(fields[b"by"].decode()) if fields[b"by"] else None,
                reader=readable(ring, sid, fields[b"reader"]),
            ),
        )
        for entry_id, fields in found
        if fields[b"workspace"] == workspace.encode() and fields[b"id"] == sid.value.encode()
    )


def readable(ring: KeyRing, sid: SecretId, sealed: bytes | None) -> Reader | None:
    """Open a sealed reader; None when there is none or its key is gone."""
    if not sealed:
        return None
    try:
        return open_reader(ring, sid, sealed)
    except IntegrityError:
        return None


async def refused_by_policy(redis: Redis, workspace: WorkspaceId, by: UserId) -> None:
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
            },
        )


async def trim(redis: Redis, workspace: WorkspaceId, before_ms: int) -> None:
    """Drop entries by age, never by count."""
    async with translated():
        await redis.xtrim(keys.audit(tag_of(workspace)), minid=before_ms, approximate=False)
