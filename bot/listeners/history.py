"""``/secret history``: pages, details, burning from a row."""

import asyncio
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners.burning import burned
from bot.listeners.context import Parts
from bot.listeners.opening import answer_opening
from bot.slack_api import Trouble
from bot.views import burn, details, history, ids
from bot.views.history import Place, Verb
from bot.views.parts import Json, loading, note, with_notice
from storage.errors import StoreError
from storage.model import Details, Unavailable

_log = structlog.get_logger("bot.history")

READING = 8.0
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Nothing was changed. "
    "Close this window and try again in a moment."
)
NOT_PUSHED = "Slack did not open the next window. Nothing was changed. Try again."


@dataclass(frozen=True, slots=True)
class HistoryListeners:
    """The history modal and what is pushed on it."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.action(ids.Action.NEWER)(self.turn)
        app.action(ids.Action.OLDER)(self.turn)
        app.action(ids.Action.ROW_MENU)(self.chosen)
        app.view(ids.View.BURN)(self.burn)

    async def open(self, ack: AsyncAck, body: Json) -> None:
        """Open the window at once and fill it afterwards: a view comes before any other I/O."""
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(history.TITLE))
        await answer_opening(ack, opened, f"{self.parts.command} history")
        if not isinstance(opened, Trouble):
            await self._show(body, opened, None)

    async def turn(self, ack: AsyncAck, body: Json) -> None:
        """Go to a newer or older page of the same view."""
        await ack()
        place = history.parse(body["actions"][0]["value"])
        await self._show(body, payload.view_id(body), place)

    async def chosen(self, ack: AsyncAck, body: Json) -> None:
        """Push what a row's menu names, empty at first."""
        await ack()
        choice = history.parse_choice(body["actions"][0]["selected_option"]["value"])
        title = details.TITLE if choice.verb is Verb.DETAILS else burn.TITLE
        pushed = await self.parts.slack.push_view(body["trigger_id"], loading(title))
        if isinstance(pushed, Trouble):
            view = with_notice(body["view"], NOT_PUSHED)
            await self.parts.slack.update_view(payload.view_id(body), view)
            return
        await self.parts.slack.update_view(pushed, await self._looked_up(body, choice, title))

    async def _looked_up(self, body: Json, choice: history.Choice, title: str) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                found = await self.parts.vault.details(agent.workspace, choice.id)
        except (StoreError, TimeoutError) as error:
            _log.warning("details_failed", ref=choice.id.ref, error=type(error).__name__)
            return note(title, UNREACHABLE)
        match found:
            case Unavailable():
                return note(title, burn.UNKNOWN)
            case Details() if choice.verb is Verb.BURN:
                return burn.build(found, agent.user, _place(body))
            case Details():
                return details.build(found)

    async def burn(self, ack: AsyncAck, body: Json) -> None:
        """Burn what the pushed view asked about, tell the outcome, refresh the rows below."""
        asked = burn.parse(body["view"])
        outcome = await burned(self.parts, body, asked.id)
        view = burn.result(outcome) if outcome else burn.again(asked)
        await ack(response_action="update", view=view)
        root = payload.root_view_id(body)
        if outcome and root != payload.view_id(body):
            await self._show(body, root, asked.place)

    async def _show(self, body: Json, view_id: str, place: Place | None) -> None:
        await self.parts.slack.update_view(view_id, await self._page(body, place))

    async def _page(self, body: Json, place: Place | None) -> Json:
        agent = self.parts.agent(body)
        try:
            async with asyncio.timeout(READING):
                page = await self.parts.vault.history(
                    agent.workspace,
                    as_of_ms=place.as_of_ms if place else None,
                    offset=place.offset if place else 0,
                )
        except (StoreError, TimeoutError) as error:
            _log.warning("history_failed", error=type(error).__name__)
            return note(history.TITLE, UNREACHABLE)
        return history.build(page, agent.user, self.parts.command)


def _place(body: Json) -> Place:
    return history.parse(body["view"]["private_metadata"])
