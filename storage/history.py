"""Looks back: rows, details and what a notice is made of. What somebody may not see is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import audit, keys, records, replies
from storage.model import (
    AuditEntry,
    Details,
    HistoryPage,
    Seconds,
    SecretId,
    State,
    Summary,
    UserId,
    Wanted,
    WorkspaceId,
    tag_of,
)
from storage.notices import NEVER, EntryId, Noticed, NoticeLog, creator_of
from storage.outcomes import Unavailable
from storage.seal import SealedRecord, surely_of
from storage.store import translated
from storage.usecase import NOBODY, UseCases

PAGE = 10
SCANNED = 300  # of the index for one page, at most, when a filter leaves rows out
_ALL = Wanted()

Indexed = tuple[SecretId, int]  # with its creation time in ms


@dataclass(frozen=True, slots=True)
class Found:
    """A secret of the asker's workspace. ``stored`` is None when its record has vanished."""

    summary: Summary
    trail: tuple[str, ...]
    stored: replies.Stored | None


class History(UseCases):
    """The use cases of those who look, the courier among them."""

    async def history(
        self,
        workspace: WorkspaceId,
        *,
        viewer: UserId | None = None,
        wanted: Wanted = _ALL,
        as_of_ms: int | None = None,
        offset: int = 0,
    ) -> HistoryPage:
        """Ten rows, newest first. ``as_of_ms`` of the first page keeps later pages still.

        Rows that ``viewer`` may not see (None: the server itself) or that are not ``wanted`` are
        passed over, at most SCANNED of the index for a page: it may then have fewer than ten.
        """
        rows: list[Summary] = []
        end, position, newest = offset + SCANNED, offset, as_of_ms
        creator = self._only(viewer, wanted)
        width, more = SCANNED if creator or wanted.state else PAGE, True
        while more and len(rows) < PAGE and position < end:
            width = min(width, end - position)
            found = await self._indexed(workspace, newest, position, width + 1)
            newest = newest or (found[0][1] if found else None)
            taken, few = await self._sifted(found[:width], wanted, creator, PAGE - len(rows))
            more = len(found) > taken
            position += taken
            stored = await self._scripts.read([sid for sid, _ in few])
            for (sid, created_ms), record in zip(few, stored, strict=True):
                row = await self._summary(workspace, sid, created_ms, record)
                if row and await self._is_shown(workspace, row, record, viewer, wanted):
                    rows.append(row)
        as_of_ms = newest or int(self._clock() * 1000)
        return HistoryPage(tuple(rows), as_of_ms, offset, position, more=more)

    def _only(self, viewer: UserId | None, wanted: Wanted) -> UserId | None:
        """The one creator whose rows can be on the page, if there is one."""
        if viewer is None or self.policy.sees_team(viewer):
            return wanted.creator
        return viewer

    async def _sifted(
        self,
        found: Sequence[Indexed],
        wanted: Wanted,
        creator: UserId | None,
        room: int,
    ) -> tuple[int, list[Indexed]]:
        """Pick as many rows as there is room for; how many were gone through for them.

        Those that are left out are neither read nor opened: a record costs a hundred times what it
        costs to pass it over, and its ciphertext may be large.
        """
        # Lost and tampered are what a full look says; only that tells a missing key, or an altered blob.
        state = None if wanted.state in {State.LOST, State.TAMPERED} else wanted.state
        if not (creator or state):
            return min(room, len(found)), list(found[:room])
        sifted = await self._scripts.sift(
            [sid for sid, _ in found], state, identify=creator is not None
        )
        few: list[Indexed] = []
        for taken, (one, said) in enumerate(zip(found, sifted, strict=True)):
            if len(few) == room:
                return taken, few
            sealed = said if isinstance(said, SealedRecord) else None
            whose = surely_of(self._ring, one[0], sealed) if sealed else None
            if said and (whose is None or whose == creator):
                few.append(one)
        return len(found), few

    async def _indexed(
        self, workspace: WorkspaceId, newest: int | None, start: int, count: int
    ) -> list[Indexed]:
        """Ids with their creation time in ms, newest first."""
        index = keys.index(tag_of(workspace))
        async with translated():
            found: list[tuple[bytes, float]] = await self._redis.zrevrangebyscore(
                index,
                newest or "+inf",
                "-inf",
                start=start,
                num=count,
                withscores=True,
            )  # type: ignore[assignment]  # redis-py types every reply as a union of all
        known = await self._scripts.known(index, [name for name, _ in found])
        scores = {name.decode("ascii", "replace"): int(score) for name, score in found}
        return [(sid, scores[sid.value]) for sid in known]

    async def _is_shown(
        self,
        workspace: WorkspaceId,
        row: Summary,
        stored: replies.Stored | None,
        viewer: UserId | None,
        wanted: Wanted = _ALL,
    ) -> bool:
        if wanted.state not in {None, row.status.state}:
            return False
        if wanted.creator is None and (viewer is None or self.policy.sees_team(viewer)):
            return True
        creator = await self._creator(workspace, row, stored)
        if viewer is not None and not self.policy.may_see(viewer, creator):
            return False
        return wanted.creator in {None, creator}

    async def _creator(
        self, workspace: WorkspaceId, row: Summary, stored: replies.Stored | None
    ) -> UserId | None:
        """Whose row it is. What is lost or altered must not vanish for the one who made it."""
        if row.record:
            return row.record.creator
        names = stored.trail if stored else ()
        if not stored and (remains := await self._scripts.remains(row.id)):
            names = remains[1]
        first = await audit.trail(self._redis, self._ring, workspace, row.id, names[:1])
        return creator_of(row, (entry for _, entry in first))

    async def details(
        self, workspace: WorkspaceId, sid: SecretId, *, viewer: UserId | None = None
    ) -> Details | Unavailable:
        """Give a secret's summary and its whole audit trail, oldest entry first.

        What ``viewer`` (None: the server itself) may not see is as if it did not exist.
        """
        found = await self._find(workspace, sid, viewer)
        if not found:
            return NOBODY
        entries = await self._trail(workspace, found)
        trail = tuple(entry for _, entry in entries)
        return Details(found.summary, trail, trimmed=len(found.trail) - len(trail))

    async def noticed(self, workspace: WorkspaceId, sid: SecretId) -> Noticed | Unavailable:
        """Give what the message to a secret's creator is made of. Raises StoreError."""
        found = await self._find(workspace, sid)
        if not found:
            return NOBODY
        entries = await self._trail(workspace, found)
        trail = tuple((EntryId.of(name), entry) for name, entry in entries)
        newest = EntryId.of(found.trail[-1]) if found.trail else NEVER
        creator = creator_of(found.summary, (entry for _, entry in trail))
        return Noticed(found.summary, creator, trail, newest, self._longer(found.summary))

    def _longer(self, row: Summary) -> Seconds | None:
        if row.record is None or not row.status.is_untouched:
            return None
        return self.policy.extended(row.record.created, row.record.expires, row.status.lifetime)

    def notice_log(self, workspace: WorkspaceId) -> NoticeLog:
        """Open the audit stream for one courier."""
        return NoticeLog(self._redis, workspace)

    async def _find(
        self, workspace: WorkspaceId, sid: SecretId, viewer: UserId | None = None
    ) -> Found | None:
        """Read one secret of this workspace; another workspace's is as if it did not exist."""
        if sid.tag != tag_of(workspace):
            return None
        (stored,) = await self._scripts.read([sid])
        if stored is None:
            return await self._find_remains(workspace, sid, viewer)
        summary = await self._summary(workspace, sid, 0, stored)
        if summary is None or not await self._is_shown(workspace, summary, stored, viewer):
            return None
        return Found(summary, stored.trail, stored)

    async def _find_remains(
        self, workspace: WorkspaceId, sid: SecretId, viewer: UserId | None
    ) -> Found | None:
        """What is left of a record that vanished; whose it was, only its trail still says."""
        remains = await self._scripts.remains(sid)
        if remains is None:
            return None
        created_ms, names = remains
        found = Found(records.summarise(self._ring, sid, created_ms, None), names, None)
        trail = await self._trail(workspace, found)
        creator = creator_of(found.summary, (entry for _, entry in trail))
        may_see = viewer is None or self.policy.may_see(viewer, creator)
        return found if trail and may_see else None

    async def _trail(
        self, workspace: WorkspaceId, found: Found
    ) -> tuple[tuple[str, AuditEntry], ...]:
        return await audit.trail(self._redis, self._ring, workspace, found.summary.id, found.trail)

    async def _summary(
        self, workspace: WorkspaceId, sid: SecretId, created_ms: int, stored: replies.Stored | None
    ) -> Summary | None:
        summary = records.summarise(self._ring, sid, created_ms, stored)
        # Two workspaces may share a tag. A record that can't be believed is shown to both (its
        # time and ref, nothing else): its own word about whose it is may be what was altered.
        if summary.record and summary.record.workspace != workspace:
            return None
        if stored and summary.status.state is State.TAMPERED != stored.state:
            await self._tainted(sid)
        return summary
