"""The buttons of the message "Waiting for ...": Collect and Cancel request."""

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners import home
from bot.listeners.burning import burned
from bot.listeners.context import Parts
from bot.slack_api import Trouble
from bot.views import asked, cancel, collect, ids
from bot.views.asked import Pressed
from bot.views.parts import Json, loading, note
from storage.errors import StoreError
from storage.model import Agent, CollectBy, Details, Record, SecretId, State
from storage.outcomes import Unavailable

_log = structlog.get_logger("bot.collect")

READING = 8.0


@dataclass(frozen=True, slots=True)
class CollectListeners:
    """What can be pressed below a request."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.action(ids.Action.COLLECT)(self.collect)
        app.action(ids.Action.CANCEL_REQUEST)(self.cancel)
        # A URL button opens the browser by itself, and is reported all the same.
        app.action(ids.Action.OPEN_COLLECT)(self.left)

    async def collect(self, ack: AsyncAck, body: Json) -> None:
        """Open a window at once and say in it what became of the request."""
        await ack()
        pressed = asked.parse(payload.value(body))
        opened = await self.parts.slack.open_view(body["trigger_id"], collect.checking())
        # Where no window comes there is no place to say so; the button is still there.
        if not isinstance(opened, Trouble):
            await self.parts.slack.update_view(opened, await self._checked(body, pressed))
        await self._found_place(body, pressed.id)

    async def _checked(self, body: Json, pressed: Pressed) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                # As nobody's viewer: whose rows the history shows decides about the history only.
                found = await self.parts.vault.details(agent.workspace, pressed.id)
        except (StoreError, TimeoutError) as error:
            _log.warning("collect_failed", ref=pressed.id.ref, error=type(error).__name__)
            return note(collect.TITLE, collect.UNREACHABLE)
        record = None if isinstance(found, Unavailable) else found.summary.record
        if isinstance(found, Unavailable) or (record and not record.is_request):
            return note(collect.TITLE, collect.UNKNOWN)
        return self._view(agent, payload.channel(body), pressed, found)

    def _view(self, agent: Agent, channel: str, pressed: Pressed, found: Details) -> Json:
        record, status = found.summary.record, found.summary.status
        if record is None:
            return collect.ended(found)
        if not may_collect(record, agent, channel):
            _log.warning("collect_not_allowed", ref=pressed.id.ref)
            return collect.not_for_you(record)
        match status.state:
            case State.WAITING:
                return collect.waiting(record, found.summary.language)
            case State.RECEIVED:
                _log.info("collect_opened", ref=pressed.id.ref)
                url = self.parts.collect_address(agent, pressed)
                return collect.ready(record, status, url, has_seed=bool(pressed.seed))
            case _:
                return collect.ended(found)

    async def _found_place(self, body: Json, sid: SecretId) -> None:
        """Tell the courier where this message is, in case we died after posting it."""
        place = payload.place(body)
        if place is None:
            return
        try:
            await self.parts.posted(sid, place)
        except StoreError as error:
            _log.warning("place_not_kept", ref=sid.ref, error=type(error).__name__)

    async def cancel(self, ack: AsyncAck, body: Json) -> None:
        """End the request for its creator or an admin, and tell the outcome in a window."""
        await ack()
        sid = SecretId(payload.value(body))
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(cancel.TITLE))
        # It was confirmed: without a window it is cancelled all the same, and the message goes.
        view = cancel.result(await burned(self.parts, body, sid))
        if not isinstance(opened, Trouble):
            await self.parts.slack.update_view(opened, view)
        await self._found_place(body, sid)
        await home.refresh(self.parts, body)

    async def left(self, ack: AsyncAck) -> None:
        """Open the collect page was pressed: the browser does the rest."""
        await ack()


def may_collect(record: Record, agent: Agent, channel: str) -> bool:
    """Whether this press may lead to the answer.

    A request for one person's eyes: that person, wherever they press. For a channel: its creator,
    and whoever of this workspace (the gate let nobody else in) pressed in that very channel, as
    Slack's signed payload says; a copy of the message elsewhere opens nothing.
    """
    if not record.is_request or record.workspace != agent.workspace:
        return False
    wanted = CollectBy.of(record.collect_by).channel
    return record.creator == agent.user or bool(wanted and wanted == channel)
