"""``/secret history``: pages, filters, and what a row's menu offers."""

import asyncio
import re
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners import home
from bot.listeners.burning import burned
from bot.listeners.context import Parts
from bot.listeners.looking import READING, UNREACHABLE, looked_up
from bot.listeners.opening import NOT_PUSHED, answer_opening
from bot.slack_api import Trouble
from bot.views import burn, details, exposed, history, ids, nudge
from bot.views.burn import Asked, Outcome
from bot.views.history import Choice, Verb
from bot.views.parts import Json, loading, note, with_notice
from bot.views.place import Place
from storage.errors import StoreError
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable

_log = structlog.get_logger("bot.history")

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
        app.action(re.compile(rf"{ids.Action.ROW_BUTTON}_[a-z]+\Z"))(self.chosen)
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
        await self._turned(body, Place.parse(body["actions"][0]["value"]))

    async def filter(self, ack: AsyncAck, body: Json) -> None:
        """Show the first page of what is wanted now."""
        await ack()
        action = body["actions"][0]
        now = _place(body) or Place()
        value = action["selected_option"]["value"]
        await self._turned(body, now.filtered(action["action_id"], value))

    async def _turned(self, body: Json, place: Place) -> None:
        if payload.is_home(body):
            await home.turned(self.parts, body, place)
        else:
            await self._show(body, payload.view_id(body), place)

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        """Push what a row's menu names, empty at first."""
        await ack()
        choice = history.parse_choice(payload.chosen(body))
        title = _TITLES[choice.verb]
        pushed = await self.parts.slack.push_view(body["trigger_id"], loading(title))
        if isinstance(pushed, Trouble):
            view = with_notice(body["view"], NOT_PUSHED)
            await self.parts.slack.update_view(payload.view_id(body), view)
            return
        view = await looked_up(self.parts, body, choice, title, _place(body))
        await self.parts.slack.update_view(pushed, view)

    async def burn(self, ack: AsyncAck, body: Json) -> None:
        """Burn what the pushed view asked about, tell the outcome, refresh the rows below."""
        asked = burn.parse(body["view"])
        outcome = await burned(self.parts, body, asked.id)
        view = burn.result(outcome) if outcome else burn.again(asked)
        await ack(response_action="update", view=view)
        await self._refresh_below(body, outcome, asked)

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
        await self._refresh_below(body, outcome, asked)

    async def _refresh_below(self, body: Json, outcome: Outcome | None, asked: Asked) -> None:
        root = payload.root_view_id(body)
        if not outcome or root == payload.view_id(body):
            return
        if asked.place:
            await self._show(body, root, asked.place)
        else:
            choice = Choice(Verb.DETAILS, asked.id)
            view = await looked_up(self.parts, body, choice, details.TITLE, None)
            await self.parts.slack.update_view(root, view)
        await home.refresh(self.parts, body)

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


def _place(body: Json) -> Place | None:
    """The page of the history that was pressed in; None for details opened from App Home."""
    text = body["view"].get("private_metadata", "")
    return Place.parse(text) if text else None
