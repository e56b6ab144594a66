"""App Home: filled when somebody turns to it, and anew after what they do."""

import asyncio
import re
import time
from dataclasses import dataclass, replace

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import payload
from bot.listeners.context import Parts
from bot.listeners.looking import looked_up
from bot.slack_api import Trouble
from bot.views import details, home, ids
from bot.views.history import Choice, Verb
from bot.views.home import Shown
from bot.views.parts import Json, loading
from bot.views.place import Place
from storage.errors import DecodingError, StoreError
from storage.model import Seconds, SecretId

_log = structlog.get_logger("bot.home")

READING = 8.0
_TAB = "home"


@dataclass(frozen=True, slots=True)
class HomeListeners:
    """The tab and the windows that it opens."""

    parts: Parts

    def register(self, app: AsyncApp) -> None:
        """Hang the listeners into the app."""
        app.event("app_home_opened")(self.opened)
        app.action(re.compile(rf"{ids.Action.LOOK}(_\d+)?\Z"))(self.look)

    async def opened(self, body: Json) -> None:
        """Fill the tab. Slack may tell of it twice: then it is filled twice, and nothing else."""
        event = body["event"]
        if event.get("tab") != _TAB:
            return
        known = event.get("view") or {}
        # Where somebody stood before stays narrowed as it was, and begins with what is newest now.
        place = replace(_place(known), as_of_ms=0, starts=(0,))
        # Of two that fill it at once, the later look counts: this one may be it, or gives way.
        await show(self.parts, body, place, seen=str(known.get("hash") or ""))

    async def look(self, ack: AsyncAck, body: Json) -> None:
        """Open a row's details, with what can be done about it."""
        await ack()
        opened = await self.parts.slack.open_view(body["trigger_id"], loading(details.TITLE))
        if not isinstance(opened, Trouble):
            choice = Choice(Verb.DETAILS, SecretId(payload.value(body)))
            view = await looked_up(self.parts, body, choice, details.TITLE, None)
            await self.parts.slack.update_view(opened, view)


async def turned(parts: Parts, body: Json, place: Place) -> None:
    """Show another page or other rows: what the person has just asked for, whatever came between."""
    seen = str(body["view"].get("hash") or "")
    if await show(parts, body, place, seen=seen) is Trouble.STALE:
        await show(parts, body, place)


async def refresh(parts: Parts, body: Json) -> None:
    """After something was done: fill the tab of whoever did it, if they have one."""
    place = parts.homes.of(parts.agent(body).user)
    if place is not None:
        await show(parts, body, place)


async def show(parts: Parts, body: Json, place: Place, *, seen: str = "") -> Trouble | None:
    """Fill somebody's tab. ``seen`` is the hash of the one that they see, '' to replace any."""
    user = parts.agent(body).user
    shown = await _read(parts, body, place)
    trouble = await _published(parts, body, place, shown, seen)
    if trouble is Trouble.REFUSED and shown and shown.page.rows and parts.homes.has_data_table:
        # Older than that table; what it takes does not change while we run.
        parts.homes.has_data_table = False
        trouble = await _published(parts, body, place, shown, seen)
        if trouble is Trouble.REFUSED:
            parts.homes.has_data_table = True  # it was something else
    if trouble is None:
        parts.homes.keep(user, place)
    return trouble


async def _published(
    parts: Parts, body: Json, place: Place, shown: Shown | None, seen: str
) -> Trouble | None:
    viewer = parts.viewer(body)
    if shown is None:
        view = home.unreachable(viewer, place)
    else:
        view = home.build(shown, viewer, data_table=parts.homes.has_data_table)
    return await parts.slack.publish_home(viewer.user, view, seen)


async def _read(parts: Parts, body: Json, place: Place) -> Shown | None:
    """What the tab shows; None when the store does not say."""
    agent = parts.agent(body)
    wanted = place.wanted(agent.user)
    try:
        async with asyncio.timeout(READING):
            page = await parts.vault.history(
                agent.workspace,
                viewer=agent.user,
                wanted=wanted,
                as_of_ms=place.as_of_ms or None,
                offset=place.offset,
            )
            concerns = await parts.vault.attention(
                agent.workspace, viewer=agent.user, wanted=replace(wanted, state=None)
            )
    except (StoreError, TimeoutError) as error:
        _log.warning("home_failed", error=type(error).__name__)
        return None
    now = Seconds(int(time.time()))
    return Shown(page, place, concerns, now, parts.wordings.texts)


def _place(view: Json) -> Place:
    """Where a tab stood that was shown before; it may be an earlier version's."""
    try:
        return Place.parse(str(view.get("private_metadata") or ""))
    except DecodingError:
        return Place()
