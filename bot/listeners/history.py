"""``/secret history``: pages, filters, and what a row's menu offers."""

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners import again
from bot.listeners.burning import burned
from bot.listeners.context import Parts
from bot.listeners.opening import NOT_PUSHED, answer_opening
from bot.slack_api import Trouble
from bot.views import burn, details, exposed, history, ids, nudge
from bot.views.burn import Outcome
from bot.views.history import Choice, Verb
from bot.views.parts import Json, loading, note, with_notice
from bot.views.place import Place
from storage.errors import StoreError
from storage.model import Details
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable

_log = structlog.get_logger("bot.history")

READING = 8.0
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Nothing was changed. "
    "Close this window and try again in a moment."
)
_TITLES = {
    Verb.DETAILS: details.TITLE,
    Verb.BURN: burn.TITLE,
    Verb.AGAIN: nudge.AGAIN,
    Verb.EXPOSED: exposed.TITLE,
}


@dataclass(frozen=True, slots=True)
class HistoryListeners:
    """The history modal and what is pushed on it."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.action(ids.Action.NEWER)(self.turn)
        app.action(ids.Action.OLDER)(self.turn)
        app.action(ids.Action.WHOSE)(self.filter)
        app.action(ids.Action.STATUS)(self.filter)
        app.action(ids.Action.ROW_MENU)(self.chosen)
        app.view(ids.View.BURN)(self.burn)
        app.view(ids.View.EXPOSED)(self.expose)

    async def open(self, ack: AsyncAck, body: Json) -> None:
        """Open the window at once and fill it afterwards: a view comes before any other I/O."""
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(history.TITLE))
        await answer_opening(ack, opened, f"{self.parts.command} history")
        if not isinstance(opened, Trouble):
            await self._show(body, opened, Place())

    async def turn(self, ack: AsyncAck, body: Json) -> None:
        """Go to a newer or older page of the same view."""
        await ack()
        place = Place.parse(body["actions"][0]["value"])
        await self._show(body, payload.view_id(body), place)

    async def filter(self, ack: AsyncAck, body: Json) -> None:
        """Show the first page of what is wanted now."""
        await ack()
        action = body["actions"][0]
        place = _place(body).filtered(action["action_id"], action["selected_option"]["value"])
        await self._show(body, payload.view_id(body), place)

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        """Push what a row's menu names, empty at first."""
        await ack()
        choice = history.parse_choice(body["actions"][0]["selected_option"]["value"])
        title = _TITLES[choice.verb]
        pushed = await self.parts.slack.push_view(body["trigger_id"], loading(title))
        if isinstance(pushed, Trouble):
            view = with_notice(body["view"], NOT_PUSHED)
            await self.parts.slack.update_view(payload.view_id(body), view)
            return
        await self.parts.slack.update_view(pushed, await self._looked_up(body, choice, title))

    async def _looked_up(self, body: Json, choice: Choice, title: str) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                found = await self.parts.vault.details(
                    agent.workspace, choice.id, viewer=agent.user
                )
        except (StoreError, TimeoutError) as error:
            _log.warning("details_failed", ref=choice.id.ref, error=type(error).__name__)
            return note(title, UNREACHABLE)
        if isinstance(found, Unavailable):
            return note(title, burn.UNKNOWN)
        return self._view(body, choice.verb, found)

    def _view(self, body: Json, verb: Verb, found: Details) -> Json:
        viewer = self.parts.viewer(body)
        match verb:
            case Verb.DETAILS:
                return details.build(found, viewer.ticket_url)
            case Verb.BURN:
                return burn.build(found, viewer, _place(body))
            case Verb.EXPOSED:
                return exposed.build(found, viewer, _place(body))
            case Verb.AGAIN:
                return again.form(self.parts, body, found)

    async def burn(self, ack: AsyncAck, body: Json) -> None:
        """Burn what the pushed view asked about, tell the outcome, refresh the rows below."""
        asked = burn.parse(body["view"])
        outcome = await burned(self.parts, body, asked.id)
        view = burn.result(outcome) if outcome else burn.again(asked)
        await ack(response_action="update", view=view)
        await self._refresh_below(body, outcome, asked.place)

    async def expose(self, ack: AsyncAck, body: Json) -> None:
        """Burn what may have been seen, and give the text that asks for a new password."""
        asked = burn.parse(body["view"])
        outcome = await burned(self.parts, body, asked.id)
        view: Json
        match outcome:
            case Burned(summary) | AlreadyEnded(summary):
                view = exposed.told(summary, self.parts.viewer(body))
            case NotAllowed() | Unavailable():
                view = burn.result(outcome)
            case None:
                view = exposed.again(asked)
        await ack(response_action="update", view=view)
        await self._refresh_below(body, outcome, asked.place)

    async def _refresh_below(self, body: Json, outcome: Outcome | None, place: Place) -> None:
        root = payload.root_view_id(body)
        if outcome and root != payload.view_id(body):
            await self._show(body, root, place)

    async def _show(self, body: Json, view_id: str, place: Place) -> None:
        await self.parts.slack.update_view(view_id, await self._page(body, place))

    async def _page(self, body: Json, place: Place) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                page = await self.parts.vault.history(
                    agent.workspace,
                    viewer=agent.user,
                    wanted=place.wanted(agent.user),
                    as_of_ms=place.as_of_ms or None,
                    offset=place.offset,
                )
        except (StoreError, TimeoutError) as error:
            _log.warning("history_failed", error=type(error).__name__)
            return note(history.TITLE, UNREACHABLE)
        return history.build(page, place, self.parts.viewer(body))


def _place(body: Json) -> Place:
    return Place.parse(body["view"].get("private_metadata", ""))
