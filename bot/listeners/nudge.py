"""The buttons below the warning that a link is about to end: Extend, and Make a new one."""

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners import again
from bot.listeners.context import Parts
from bot.slack_api import Trouble
from bot.views import burn, ids, nudge
from bot.views.nudge import Pressed
from bot.views.parts import Json, loading, note
from storage.errors import StoreError
from storage.model import SecretId
from storage.outcomes import Extended, NotUntouched, Unavailable

_log = structlog.get_logger("bot.nudge")

WAITING = 8.0
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to begin with. "
    "Close this window and press Make a new one again in a moment."
)


@dataclass(frozen=True, slots=True)
class NudgeListeners:
    """What can be pressed below the warning; of a request, Make a new one is Ask again."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.action(ids.Action.EXTEND)(self.extend)
        app.action(ids.Action.MAKE_AGAIN)(self.again)

    async def extend(self, ack: AsyncAck, body: Json) -> None:
        """Extend for its creator or an admin, and tell the outcome in a window."""
        await ack()
        pressed = Pressed.parse(payload.value(body))
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(nudge.TITLE))
        # Without a window it is extended all the same: the courier brings the message up to date.
        outcome = await self._extended(body, pressed)
        if not isinstance(opened, Trouble):
            await self.parts.slack.update_view(opened, nudge.result(outcome))
        if isinstance(outcome, Extended | NotUntouched):
            await self._put_away(body)

    async def _put_away(self, body: Json) -> None:
        """Take the buttons off a request's warning, which nobody else edits. A lost try does no harm."""
        place, kept = payload.place(body), nudge.used(body.get("message") or {})
        if place and kept:
            await self.parts.slack.update_message(place, kept)

    async def _extended(self, body: Json, pressed: Pressed) -> nudge.Outcome | None:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(WAITING):
                outcome = await self.parts.vault.extend(agent, pressed.id, pressed.expires)
        except (StoreError, TimeoutError) as error:
            _log.warning("extend_failed", ref=pressed.id.ref, error=type(error).__name__)
            return None
        _log.info("extend", ref=pressed.id.ref, outcome=type(outcome).__name__)
        return outcome

    async def again(self, ack: AsyncAck, body: Json) -> None:
        """Open the form with the label and the settings of the one that nobody has opened."""
        await ack()
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(nudge.AGAIN))
        # Where no window comes there is no place to say so; the button is still there.
        if not isinstance(opened, Trouble):
            view = await self._again(body, SecretId(payload.value(body)))
            await self.parts.slack.update_view(opened, view)

    async def _again(self, body: Json, sid: SecretId) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(WAITING):
                found = await self.parts.vault.details(agent.workspace, sid, viewer=agent.user)
        except (StoreError, TimeoutError) as error:
            _log.warning("details_failed", ref=sid.ref, error=type(error).__name__)
            return note(nudge.AGAIN, UNREACHABLE)
        if isinstance(found, Unavailable):
            return note(nudge.AGAIN, burn.UNKNOWN)
        return again.form(self.parts, body, found)
