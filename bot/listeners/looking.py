"""What a row's menu, or its buttons, lead to."""

import asyncio

import structlog

from bot.listeners.context import Parts
from bot.views import burn, details, exposed, request, share
from bot.views.history import Choice, Verb
from bot.views.parts import Json, note
from bot.views.place import Place
from storage.errors import StoreError
from storage.model import Details, Lifetime, Preset, Record
from storage.outcomes import Unavailable

_log = structlog.get_logger("bot.history")

READING = 8.0
UNREACHABLE = (
    "The secret store cannot be reached, so there is nothing to show. Nothing was changed. "
    "Close this window and try again in a moment."
)
UNREADABLE = "This row's label cannot be read, so there is nothing to make a new one from."
AGAIN = "Make a new one"


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
            return _again(parts, body, found)


def _again(parts: Parts, body: Json, found: Details) -> Json:
    record = found.summary.record
    if record is None:
        return note(AGAIN, UNREADABLE)
    if record.is_request:
        return parts.request_view(body, request.Prefill.of(record, parts.agent(body).user))
    return parts.share_view(body, _like(record))


def _like(record: Record) -> share.Prefill:
    """The same label, lifetime and access; the text and the passphrase are nobody's to repeat."""
    preset = Preset(Lifetime(record.expires - record.created), record.single_use)
    return share.Prefill(preset, record.label)
