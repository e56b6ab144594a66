"""The message "Waiting for ...", with the button that collects the answer.

Of a request made in Slack that button carries the seed, which is then nowhere else. So the message
is never edited, since an edit would need the seed again: it stands until it is deleted.
"""

from dataclasses import dataclass, field

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
)

from bot.messages import direct
from bot.views import ids
from bot.views.notice import spoken
from bot.views.parts import Json, mrkdwn, paragraph, plain, small
from bot.views.words import local_date, mention, shown_label
from storage.answers import RequestSeed
from storage.errors import DecodingError
from storage.model import CollectBy, Record, SecretId
from storage.wire import b64u, unb64u

COLLECT = "Collect"
CANCEL = "Cancel request"
FREE_TEXT = "one free text"


@dataclass(frozen=True, slots=True)
class Pressed:
    """Which request's Collect was pressed; ``seed`` is None when its collect link is kept elsewhere."""

    id: SecretId
    seed: RequestSeed | None = field(repr=False)


def build(record: Record, seed: RequestSeed | None) -> Json:
    """The message's body. ``seed`` None: the request was made in a browser, which has its link."""
    what, fields = shown_label(record.what), ", ".join(map(shown_label, record.fields))
    about = (
        f"Asked by {mention(record.creator)} {local_date(record.created)}, to be answered until "
        f"{local_date(record.expires)}. Named {record.id.ref} in the logs."
    )
    blocks = [
        paragraph(f"Waiting for: {what}", ids.Block.WHAT),
        small(f"{shown_label(record.label)}. Asked for: {fields or FREE_TEXT}.", ids.Block.LABEL),
        paragraph(_who(record, seed), ids.Block.TEXT),
        ContextBlock(elements=[mrkdwn(about)]),
        ActionsBlock(
            block_id=ids.Block.ASKED, elements=[_collect(record.id, seed), _cancel(record.id)]
        ),
    ]
    return direct(f"Waiting for an answer: {spoken(what)}", blocks)


def _who(record: Record, seed: RequestSeed | None) -> str:
    by_channel = bool(CollectBy.of(record.collect_by).channel)
    who = "Whoever can press it in this channel" if by_channel else "Only the person who asked"
    kept = (
        "" if seed else " It asks for the collect link that was shown when this request was made."
    )
    return f"News comes in this message's thread. {who} may use {COLLECT}.{kept}"


def _collect(sid: SecretId, seed: RequestSeed | None) -> ButtonElement:
    # Whoever reads this message has the seed: it stands where only those who may collect can look.
    value = f"{sid.value}.{b64u(seed.expose())}" if seed else sid.value
    return ButtonElement(
        action_id=ids.Action.COLLECT, text=plain(COLLECT), value=value, style="primary"
    )


def _cancel(sid: SecretId) -> ButtonElement:
    return ButtonElement(
        action_id=ids.Action.CANCEL_REQUEST,
        text=plain(CANCEL),
        value=sid.value,
        confirm=ConfirmObject(
            title=plain("Cancel this request?"),
            text=plain(
                "The customer's link stops working at once. An answer that has come in is "
                "destroyed unread. This cannot be undone."
            ),
            confirm=plain(CANCEL),
            deny=plain("Keep it"),
            style="danger",
        ),
    )


def parse(value: str) -> Pressed:
    """Read the Collect button's value. Raises DecodingError for what we never wrote."""
    name, dot, seed = value.partition(".")
    if dot and not seed:
        raise DecodingError("a seed of nothing")
    return Pressed(SecretId(name), RequestSeed(unb64u(seed)) if dot else None)
