"""Making a new one like an old one, wherever it is asked for: the form, filled in as far as may be."""

from bot.listeners.context import Parts
from bot.views import request, share
from bot.views.nudge import AGAIN
from bot.views.parts import Json, note
from storage.model import Details, Lifetime, Preset

UNREADABLE = "This row's label cannot be read, so there is nothing to make a new one from."


def form(parts: Parts, body: Json, found: Details) -> Json:
    """The same label, lifetime and access; the text and the passphrase are nobody's to repeat."""
    record, status = found.summary.record, found.summary.status
    if record is None:
        return note(AGAIN, UNREADABLE)
    if record.is_request:
        asker = parts.agent(body).user
        return parts.request_view(body, request.Prefill.of(record, asker, status.lifetime))
    preset = Preset(Lifetime(status.lifetime), record.single_use)
    return parts.share_view(body, share.Prefill(preset, record.label))
