"""Carries news from the audit stream to the people who made the secrets.

One message for each secret that was shared; what a request takes is ``request_courier``'s.

At least once: an entry of the stream is done with when Slack has taken the message and the store
remembers where it is. A message can be doubled only when we die, or Slack's answer gets lost,
between the two.
"""

import asyncio
import time
from dataclasses import dataclass

import structlog

from bot.request_courier import RequestCourier, Step
from bot.slack_api import NotSent, Slack
from bot.views import notice
from bot.views.request_news import Story
from bot.views.words import is_person
from storage.errors import NoRoom, StoreError, StoreFault, StoreUnavailable
from storage.logs import frames
from storage.model import SecretId, WorkspaceId
from storage.notices import Busy, EntryId, Held, News, Noticed, Place, Said
from storage.outcomes import Unavailable
from storage.vault import Vault

_log = structlog.get_logger("bot.courier")

_MOST = 1000  # secrets in hand; what else there is waits in the stream
_LAST_WORDS = 5.0
_NOTHING = Step(Said())


@dataclass(frozen=True, slots=True)
class Pace:
    """How long it waits for what, in seconds.

    ``linger`` gives a page the time to confirm, so that one message says opened and confirmed.
    ``first`` to ``longest`` is the pause while Slack or the store is away, doubled each time.
    """

    block: float = 2.0  # below the client's own patience with the store
    linger: float = 0.5
    nudge: float = 0.3
    claim: float = 5.0
    first: float = 1.0
    longest: float = 60.0


class Courier:
    """One process's share of the work for one workspace; any number may run side by side."""

    def __init__(
        self, vault: Vault, slack: Slack, workspace: WorkspaceId, pace: Pace | None = None
    ) -> None:
        self._vault = vault
        self._slack = slack
        self._requests = RequestCourier(slack)
        self._workspace = workspace
        self._pace = pace or Pace()
        self._journal = vault.notice_log(workspace)
        # In the order in which their first news came. The store has it too, as pending entries.
        self._todo: dict[SecretId, set[EntryId]] = {}
        self._claimed_at = float("-inf")
        self._pause = 0.0
        self._stopping = False

    async def run(self) -> None:
        """Work for ever. When cancelled, it finishes the message it has begun."""
        # Asked as well as awaited: under redis-py 8.1 a cancellation has been seen to get lost.
        while not _is_cancelled():
            try:
                await self._gather()
                trouble = await self._unbroken()
            except StoreError as error:
                await self._rest(None, str(error))
                continue
            if trouble:
                await self._rest(trouble.wait, trouble.code)
            else:
                self._pause = 0.0
        raise asyncio.CancelledError

    async def _gather(self) -> None:
        """Read news: what others left behind, and what is new."""
        if time.monotonic() - self._claimed_at > self._pace.claim:
            if self._claimed_at < 0:
                await self._journal.forget_the_dead()
            self._claimed_at = time.monotonic()
            await self._note(await self._journal.claim())
        if len(self._todo) > _MOST:
            return
        wait = self._pace.nudge if self._todo else self._pace.block
        fresh = await self._journal.read(int(wait * 1000))
        await self._note(fresh)
        if fresh and self._todo and self._pace.linger:
            await asyncio.sleep(self._pace.linger)
            await self._note(await self._journal.read())

    async def _note(self, news: list[News]) -> None:
        settled = []
        for one in news:
            silent = one.event in notice.SILENT and not one.composed
            if one.id is None or silent:
                settled.append(one.entry)
            else:
                self._todo.setdefault(one.id, set()).add(one.entry)
        await self._journal.done(settled)

    async def _unbroken(self) -> NotSent | None:
        """Deliver; a stop waits for the message under way, or it might be sent twice."""
        work = asyncio.ensure_future(self._deliver())
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopping = True
            await asyncio.wait({work}, timeout=_LAST_WORDS)
            work.cancel()
            await asyncio.wait({work}, timeout=1.0)
            if work.done() and not work.cancelled():
                work.exception()  # looked at, so that asyncio does not print it
            raise

    async def _deliver(self) -> NotSent | None:
        """Tell what is in hand, oldest first. Stops where Slack wants us to wait."""
        for sid in list(self._todo):
            if self._stopping:
                break
            trouble = await self._tell(sid)
            if trouble:
                return trouble
        return None

    async def _tell(self, sid: SecretId) -> NotSent | None:
        """All there is to tell of one secret; a share takes one step, a request's end up to three."""
        more = True
        while more and not self._stopping:
            step = await self._step(sid)
            if isinstance(step, Busy):
                return None  # stays in hand: the other courier may not know all of it
            if isinstance(step, NotSent):
                await self._journal.keep(sid)
                return step
            await self._kept(sid, step)
            more = step.more
        return None

    async def _step(self, sid: SecretId) -> Step | NotSent | Busy:
        try:
            held = await self._journal.hold(sid)
            if isinstance(held, Busy):
                return held
            noticed = await self._vault.noticed(self._workspace, sid) if held else Unavailable()
            if not held or isinstance(noticed, Unavailable):
                return _NOTHING
            if held.asked or held.composed or Story(noticed).is_request:
                return await self._requests.step(noticed, held)
            return await self._say(noticed, held) if _is_news(noticed, held) else _NOTHING
        except (StoreUnavailable, NoRoom):
            raise
        except Exception as error:  # noqa: BLE001 - one secret's defect must not silence all others
            _log.error(
                "notice_failed", ref=sid.ref, error=type(error).__name__, frames=frames(error)
            )
            return _NOTHING

    async def _say(self, noticed: Noticed, held: Held) -> Step | NotSent:
        """Update the message there is, or post one. Its own refusal is the last word."""
        body, sid = notice.build(noticed), noticed.summary.id
        if held.place:
            sent = await self._updated(noticed, held, held.place)
            if isinstance(sent, Place):
                return Step(Said(held.place, noticed.newest))
            if not sent.final:
                return sent
            # Too old to be edited, or deleted: a new one notifies by itself.
            _log.info("notice_anew", ref=sid.ref, code=sent.code)
        if not noticed.creator or not is_person(noticed.creator):
            return _NOTHING  # of an altered record: no channel may be put in its creator's place
        posted = await self._slack.post_message(noticed.creator, body)
        if isinstance(posted, Place):
            _log.info("notice_sent", ref=sid.ref)
            return Step(Said(posted, noticed.newest))
        if not posted.final:
            return posted
        if not held.gave_up:
            _log.warning("notice_undeliverable", ref=sid.ref, code=posted.code)
        return Step(Said(told=noticed.newest, gave_up=True))

    async def _updated(self, noticed: Noticed, held: Held, place: Place) -> Place | NotSent:
        sent = await self._slack.update_message(place, notice.build(noticed))
        answer = notice.reply(noticed, held.told)
        if isinstance(sent, Place) and answer:
            return await self._slack.reply(place, answer)
        return sent

    async def _kept(self, sid: SecretId, step: Step) -> None:
        """Remember what Slack took, however long the store is away: else it would be sent again."""
        entries = () if step.more else tuple(self._todo[sid])
        while True:
            try:
                await self._journal.keep(sid, entries, step.said)
                break
            except (StoreUnavailable, NoRoom) as error:
                await self._rest(self._pace.first, str(error))
            except StoreFault:
                # What lies in the notice's place is none of ours; its entries are done with.
                await self._journal.done(entries)
                break
        if not step.more:
            del self._todo[sid]

    async def _rest(self, seconds: float | None, reason: str) -> None:
        """Wait as long as Slack says, else longer each time. Nothing is lost meanwhile."""
        if seconds is None:
            self._pause = min(max(2 * self._pause, self._pace.first), self._pace.longest)
            seconds = self._pause
        _log.warning("notices_wait", reason=reason, seconds=round(seconds, 1))
        await asyncio.sleep(seconds)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return bool(task and task.cancelling())


def _is_news(noticed: Noticed, held: Held) -> bool:
    if noticed.newest <= held.told:
        return False  # another entry of the same secret brought it
    if not held.place:
        return notice.is_worth_a_message(noticed)
    fresh = {entry.event for name, entry in noticed.trail if name > held.told}
    return not fresh or bool(fresh - notice.SILENT)
