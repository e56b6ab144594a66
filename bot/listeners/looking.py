"""What a row's menu, or its buttons, lead to."""

import asyncio

import structlog

from bot.listeners import again
from bot.listeners.context import Parts
from bot.views import burn, details, exposed
from bot.views.history import Choice, Verb
from bot.views.parts import Json, note
from bot.views.place import Place
from storage.errors import StoreError
from storage.model import Details
from storage.outcomes import Unavailable

_log = structlog.get_logger("bot.history")

READING = 8.0
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Nothing was changed. "
    "Close this window and try again in a moment."
)


async def looked_up(
    parts: Parts, body: Json, choice: Choice, title: str, place: Place | None
) -> Json:
    """The view that was chosen. ``place`` is the page of the history below; None: App Home."""
    agent = parts.agent(body)
    try:
        async with asyncio.timeout(READING):
            found = await parts.vault.details(agent.workspace, choice.id, viewer=agent.user)
    except (StoreError, TimeoutError) as error:
        _log.warning("details_failed", ref=choice.id.ref, error=type(error).__name__)
        return note(title, UNREACHABLE)
    if isinstance(found, Unavailable):
        return note(title, burn.UNKNOWN)
    return _view(parts, body, choice.verb, found, place)


def _view(parts: Parts, body: Json, verb: Verb, found: Details, place: Place | None) -> Json:
    viewer = parts.viewer(body)
    match verb:
        case Verb.DETAILS:
            return details.build(found, viewer.ticket_url, None if place else viewer)
        case Verb.BURN:
            return burn.build(found, viewer, place)
        case Verb.EXPOSED:
            return exposed.build(found, viewer, place)
        case Verb.AGAIN:
            return again.form(parts, body, found)
