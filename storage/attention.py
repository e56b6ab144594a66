"""What somebody should look at now: a bounded look at two lists, never a scan of the history."""

from dataclasses import dataclass
from enum import StrEnum

from storage import keys
from storage.errors import DecodingError
from storage.history import History
from storage.model import (
    DAY,
    HOUR,
    Event,
    Seconds,
    SecretId,
    State,
    Summary,
    UserId,
    Wanted,
    WorkspaceId,
    tag_of,
)
from storage.store import translated

NEAR = 3 * HOUR  # to its end, when nobody has opened or answered it
RECENT = 3 * DAY  # since somebody tried again, or tried passphrases
# Whatever lives is due for the sweeper within a day, so the soonest of these end first.
LIVING_LOOKED = 100
# The newest entries of the audit stream, everybody's: some hours of a large team's, weeks of a small.
ENTRIES_LOOKED = 400
_BATCH = 50
_NEWS = {Event.REFUSED.value, Event.SECOND_ATTEMPT.value, Event.DESTROYED.value}
_ALL = Wanted()


class Reason(StrEnum):
    """Why something needs attention, the most urgent first."""

    TRIED_AGAIN = "tried_again"
    DESTROYED = "destroyed"
    EXPIRING = "expiring"
    UNCOLLECTED = "uncollected"


@dataclass(frozen=True, slots=True)
class Concern:
    """A row that needs attention. ``at`` is when it happened, or will end."""

    summary: Summary
    reason: Reason
    at: Seconds


class Attention(History):
    """The use case behind the top of App Home."""

    async def attention(
        self, workspace: WorkspaceId, *, viewer: UserId, wanted: Wanted = _ALL
    ) -> tuple[Concern, ...]:
        """Give what ``viewer`` may see of it, the most urgent first. Raises StoreError."""
        now = self._now
        news = await self._news(workspace, now)
        names = list(dict.fromkeys([*news, *await self._soonest(workspace, now)]))
        found = list[Concern]()
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            for sid, stored in zip(batch, await self._scripts.read(batch), strict=True):
                row = await self._summary(workspace, sid, 0, stored) if stored else None
                concern = _concern(row, news.get(sid), now) if row else None
                if concern and await self._is_shown(
                    workspace, concern.summary, stored, viewer, wanted
                ):
                    found.append(concern)
        order = list(Reason)
        return tuple(sorted(found, key=lambda one: (order.index(one.reason), one.at)))

    async def _soonest(self, workspace: WorkspaceId, now: Seconds) -> list[SecretId]:
        due = keys.due(tag_of(workspace))
        async with translated():
            found: list[bytes] = await self._redis.zrangebyscore(
                due, now * 1000, "+inf", start=0, num=LIVING_LOOKED
            )  # type: ignore[assignment]  # redis-py types every reply as a union of all
        return await self._scripts.known(due, found)

    async def _news(
        self, workspace: WorkspaceId, now: Seconds
    ) -> dict[SecretId, tuple[Event, Seconds]]:
        """The newest event of each id that somebody should know of."""
        async with translated():
            entries: list[tuple[bytes, dict[bytes, bytes]]] = await self._redis.xrevrange(
                keys.audit(tag_of(workspace)),
                min=str((now - RECENT) * 1000),
                count=ENTRIES_LOOKED,
            )  # type: ignore[assignment]  # as above
        news = dict[SecretId, tuple[Event, Seconds]]()
        for name, fields in entries:
            event = fields.get(b"event", b"").decode("utf-8", "replace")
            if event not in _NEWS or fields.get(b"workspace") != workspace.encode():
                continue
            try:
                sid = SecretId(fields.get(b"id", b"").decode("ascii", "replace"))
            except DecodingError:
                continue
            news.setdefault(sid, (Event(event), Seconds(int(name.split(b"-")[0]) // 1000)))
        return news


def _concern(row: Summary, news: tuple[Event, Seconds] | None, now: Seconds) -> Concern | None:
    state, record = row.status.state, row.record
    if news:
        event, at = news
        destroyed = event is Event.DESTROYED
        return Concern(row, Reason.DESTROYED if destroyed else Reason.TRIED_AGAIN, at)
    if state is State.RECEIVED and row.status.received:
        return Concern(row, Reason.UNCOLLECTED, row.status.received)
    unopened = state in {State.ACTIVE, State.WAITING} and not row.status.views
    if unopened and record and record.expires - now <= NEAR:
        return Concern(row, Reason.EXPIRING, record.expires)
    return None
