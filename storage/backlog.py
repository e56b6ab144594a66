"""What waits for the ``bot`` processes of one workspace: for its numbers, asked at each scrape."""

from dataclasses import dataclass

from redis.asyncio import Redis

from storage import examine, keys
from storage.model import WorkspaceId, tag_of
from storage.notices import NoticeLog
from storage.store import node_of, translated


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entries that no courier is done with, secrets that are due; the seconds are the oldest's."""

    untold: int
    untold_seconds: float
    unsealed_seconds: float
    due: int
    due_seconds: float


async def backlog(redis: Redis, workspace: WorkspaceId) -> Backlog:
    """Ask for it: a handful of calls, none of which grows with what is stored. Raises StoreError."""
    tag = tag_of(workspace)
    work = await examine.work_of(redis, tag)
    untold, oldest = await NoticeLog(redis, workspace).behind()
    async with translated():
        seconds, micros = await (await node_of(redis, keys.due(tag))).time()
        due = await redis.zcount(keys.due(tag), "-inf", seconds * 1000)
    waited = seconds + micros / 1e6 - oldest.ms / 1000 if oldest else 0.0
    return Backlog(untold, max(waited, 0.0), work.unsealed, due, work.overdue)
