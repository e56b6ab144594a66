"""Message templates: written by admins in App Home, chosen by agents beside a ready link."""

import asyncio
import re
from dataclasses import dataclass, replace

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners import home
from bot.listeners.acks import on_field, update
from bot.listeners.context import Parts
from bot.slack_api import Trouble
from bot.views import ids, outlet, wording
from bot.views.parts import Json, loading, note
from bot.views.share import Mistakes
from storage.errors import StoreError
from storage.outcomes import Full, NotAllowed
from storage.wording import Occasion, Outlet, Reworded

_log = structlog.get_logger("bot.wording")

# What the store may take of the three seconds in which Slack wants its answer.
STORING = 2.3


@dataclass(frozen=True, slots=True)
class WordingListeners:
    """The form, and the choice."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.action(re.compile(rf"{ids.Action.WORDING}_[a-z]+\Z"))(self.open)
        app.view(ids.View.WORDING)(self.submitted)
        app.action(ids.Action.OUTLET)(self.choose)

    async def open(self, ack: AsyncAck, body: Json) -> None:
        """Open the window at once, and fill it with what the store has now."""
        await ack()
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(wording.TITLE))
        if isinstance(opened, Trouble):
            return
        agent = self.parts.agent(body)
        if agent.user not in self.parts.policy.admins:
            view = note(wording.TITLE, wording.NOT_YOURS)
        else:
            await self.parts.wordings.refresh(self.parts.vault, agent.workspace)
            view = wording.build(Occasion(payload.value(body)), self.parts.wordings.texts)
        await self.parts.slack.update_view(opened, view)

    async def submitted(self, ack: AsyncAck, body: Json) -> None:
        """Save, or say on a field what is wrong; the window keeps what was typed."""
        match wording.parse(body["view"]):
            case Mistakes(errors):
                await ack(response_action="errors", errors=errors)
            case wording.Form() as form:
                await ack(await self._saved(body, form))
                workspace = self.parts.agent(body).workspace
                await self.parts.wordings.refresh(self.parts.vault, workspace)
                await home.refresh(self.parts, body)

    async def _saved(self, body: Json, form: wording.Form) -> Json:
        try:
            async with asyncio.timeout(STORING):
                done = await self.parts.vault.reword(
                    self.parts.agent(body), form.occasion, form.texts
                )
        except (StoreError, TimeoutError) as error:
            _log.warning("reword_failed", error=type(error).__name__)
            return on_field(ids.Block.FOR_HELP_SCOUT, wording.UNREACHABLE)
        match done:
            case Reworded():
                _log.info("templates_changed", occasion=form.occasion.value)
                return update(note(wording.TITLE, wording.SAVED))
            case NotAllowed():
                return update(note(wording.TITLE, wording.NOT_YOURS))
            case Full():
                return on_field(ids.Block.FOR_HELP_SCOUT, wording.FULL)

    async def choose(self, ack: AsyncAck, body: Json) -> None:
        """Show the message for another place, and remember it as this agent's."""
        await ack()
        agent, chosen, view = self.parts.agent(body), Outlet(payload.chosen(body)), body["view"]
        sent = outlet.Sent.parse(view["private_metadata"])
        words = outlet.shown(view, self.parts.wordings.of(sent.occasion))
        shown = outlet.rewritten(view, replace(words, outlet=chosen))
        await self.parts.slack.update_view(payload.view_id(body), shown)
        self.parts.wordings.keep(agent, chosen)
        try:
            async with asyncio.timeout(STORING):
                await self.parts.vault.keep_outlet(agent, chosen)
        except (StoreError, TimeoutError) as error:
            # Until this process ends it is remembered all the same.
            _log.warning("outlet_not_kept", error=type(error).__name__)
