"""Links that take a moment: the passphrase is stretched after Slack has its answer.

Stretch, put, show, in this order. A window that cannot be shown the link leaves a secret that
nobody can send: it is burned, and its creator told without the link.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import assert_never

import structlog

from bot.listeners.burning import burned_for
from bot.listeners.context import Parts
from bot.slack_api import Trouble
from bot.views import making, refusal, share
from bot.views.parts import Json
from storage.errors import StoreError
from storage.logs import frames
from storage.model import Agent, Seconds, Submission
from storage.outcomes import AgainstPolicy, Duplicate, Full, Shared

_log = structlog.get_logger("bot.share")

MAKING = 100.0  # the window promises two minutes; a full queue of stretchings is in it
# Our answer to the submission has to have reached the window before the update does, or the window
# would say "Making your link" for good. Nobody tells us when it has.
SETTLED = 1.0
PAUSES = (1.0, 3.0)  # before each further try, beside those of the SDK


@dataclass(slots=True)
class LinkMaker:
    """What is being made in this process: which press of Submit for which view."""

    parts: Parts
    _current: dict[str, Submission] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, agent: Agent, form: share.Form, press: Submission) -> None:
        """Begin in the background."""
        self._current[press.view] = press
        task = asyncio.create_task(self._make(agent, form, press))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(press, done))

    def supersede(self, view: str) -> None:
        """A later press in this view was received: what is being made for it is not shown."""
        self._current.pop(view, None)

    async def finish(self, seconds: float) -> None:
        """Let what is being made come to its end, since nobody can write it again for the agent."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, press: Submission, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._current.get(press.view) is press:
            del self._current[press.view]
        if not task.cancelled() and (error := task.exception()):
            # A defect of ours. The window says itself what to do when it stays as it is.
            _log.error("making_failed", error=type(error).__name__, frames=frames(error))

    async def _make(self, agent: Agent, form: share.Form, press: Submission) -> None:
        settled = asyncio.create_task(asyncio.sleep(SETTLED))
        outcome = await self._stored(agent, form, press)
        view = self._view(agent, form, outcome)
        await settled
        if view is None:
            return  # a later press in the same window took over
        is_late = self._current.get(press.view) is not press
        if not is_late and await self._show(press.view, view) is None:
            if isinstance(outcome, Shared):
                self.parts.presets.keep(agent, form.lifetime, single_use=form.single_use)
            return
        if isinstance(outcome, Shared):
            await self._withdraw(agent, outcome, tell=not is_late)

    async def _stored(
        self, agent: Agent, form: share.Form, press: Submission
    ) -> Shared | Duplicate | Full | AgainstPolicy | None:
        try:
            async with asyncio.timeout(MAKING):
                return await self.parts.make(agent, form, press)
        except (StoreError, TimeoutError) as error:
            _log.warning("share_failed", error=type(error).__name__)
            return None

    def _view(
        self,
        agent: Agent,
        form: share.Form,
        outcome: Shared | Duplicate | Full | AgainstPolicy | None,
    ) -> Json | None:
        command = self.parts.command
        match outcome:
            case Shared() as shared:
                _log.info("shared", ref=shared.link.id.ref, single_use=shared.single_use)
                return self.parts.link_view(agent, shared, form.moved)
            case Duplicate():
                return None
            case Full():
                return making.failed(making.FULL, command)
            case AgainstPolicy(rule):
                _log.info("refused_by_policy", rule=rule.value)
                now = Seconds(int(time.time()))
                return making.failed(refusal.explained(outcome, self.parts.policy, now)[1], command)
            case None:
                return making.failed(making.UNREACHABLE, command)
            case _:
                assert_never(outcome)

    async def _show(self, view_id: str, view: Json) -> Trouble | None:
        trouble = await self.parts.slack.update_view(view_id, view)
        for pause in PAUSES:
            if trouble not in {Trouble.BUSY, Trouble.DOWN}:
                break
            await asyncio.sleep(pause)
            trouble = await self.parts.slack.update_view(view_id, view)
        return trouble

    async def _withdraw(self, agent: Agent, shared: Shared, *, tell: bool) -> None:
        """Burn what has no reader; Slack may have shown the link all the same, so say it."""
        outcome = await burned_for(self.parts, agent, shared.link.id, undelivered=True)
        _log.warning("link_not_shown", ref=shared.link.id.ref)
        if tell:
            text = making.STILL_THERE if outcome is None else making.LOST
            await self.parts.slack.tell(agent.user, text.format(command=self.parts.command))
