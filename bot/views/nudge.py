"""The warning that a link is about to end with nobody having opened or answered it, and Extend."""

from dataclasses import dataclass
from typing import Self, assert_never

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, InteractiveElement

from bot.messages import direct
from bot.views import ids, reminder
from bot.views.parts import Json, copyable, modal, note, paragraph, paragraphs, plain
from bot.views.words import local_date, status
from storage.errors import DecodingError
from storage.model import Event, Record, Seconds, SecretId, Summary
from storage.notices import Noticed
from storage.outcomes import (
    AgainstPolicy,
    Extended,
    Full,
    NotAllowed,
    NotUntouched,
    Unavailable,
)

TITLE = "Extend"
AGAIN = "Make a new one"
TOO_LATE = "It has been opened or answered by now, or it is over, so nothing was changed."
AT_MOST = (
    "It has the longest life that your team allows, so nothing was changed. If it is still needed "
    "after that, make a new one."
)
NOT_YOURS = "Only the person who made it, or an admin, may extend it. Nothing was changed."
UNKNOWN = "There is nothing here that you could extend. Nothing was changed."
FULL = "The secret store is full, so nothing was changed. Tell whoever runs slash-secret."
UNREACHABLE = (
    "The secret store cannot be reached, so it is not known whether it was extended. "
    "Close this window and press Extend again in a moment: one button extends once."
)
TO_COPY = "A text that tells the customer, to copy. The link is not in it: they have it."
Outcome = Extended | NotUntouched | AgainstPolicy | NotAllowed | Full | Unavailable

_DIGITS = 13


@dataclass(frozen=True, slots=True)
class Pressed:
    """What is to be extended, and until when it lived as the message said."""

    id: SecretId
    expires: Seconds

    def __str__(self) -> str:
        return f"{self.id.value}:{self.expires}"

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read the button's value. Raises DecodingError for what we never wrote."""
        name, _, ends = value.partition(":")
        if not (ends.isascii() and ends.isdigit() and len(ends) <= _DIGITS):
            raise DecodingError("not a time")
        return cls(SecretId(name), Seconds(int(ends)))


def is_current(noticed: Noticed) -> bool:
    """Whether the warning holds at this moment: nobody has come since, and nobody has extended it."""
    said = [e.event for _, e in noticed.trail if e.event in {Event.NUDGED, Event.EXTENDED}]
    return noticed.summary.status.is_untouched and said[-1:] == [Event.NUDGED]


def sentence(noticed: Noticed) -> str:
    """What there is to know and to do, as mrkdwn."""
    record = noticed.summary.record
    if record is None:
        return "It ends soon."
    nobody = "Nobody has answered" if record.is_request else "Nobody has opened it"
    can = (
        f"Extend keeps it alive until {local_date(noticed.longer)}."
        if noticed.longer
        else "It has the longest life that your team allows."
    )
    return f"{nobody} so far, and the link ends {local_date(record.expires)}. {can}"


def blocks(noticed: Noticed) -> list[Block]:
    """The reminder to copy, and the buttons. An id opens nothing: it is no half of any link's key."""
    record = noticed.summary.record
    if record is None:
        return []
    again = ids.Action.ASK_AGAIN if record.is_request else ids.Action.MAKE_AGAIN
    buttons: list[InteractiveElement] = []
    if noticed.longer:
        value = str(Pressed(record.id, record.expires))
        buttons.append(
            ButtonElement(
                action_id=ids.Action.EXTEND, text=plain(TITLE), value=value, style="primary"
            )
        )
    buttons.append(ButtonElement(action_id=again, text=plain(AGAIN), value=record.id.value))
    return [
        paragraph(reminder.COPY),
        copyable(reminder.text(record, noticed.summary.language), ids.Block.REMINDER),
        ActionsBlock(block_id=ids.Block.NUDGE, elements=buttons),
    ]


def used(message: Json) -> Json | None:
    """A request's warning without its buttons, from the message as Slack gives it back.

    None for any other message: a secret's own is the courier's, which brings it up to date.
    """
    blocks = message.get("blocks", [])
    kept = [block for block in blocks if block.get("block_id") != ids.Block.NUDGE]
    buttons = [one for block in blocks if block not in kept for one in block.get("elements", [])]
    if ids.Action.ASK_AGAIN not in {button.get("action_id") for button in buttons}:
        return None
    return direct(str(message.get("text", ""))) | {"blocks": kept}


def result(outcome: Outcome | None) -> Json:
    """What became of a press on Extend. None: the store did not say whether it did."""
    match outcome:
        case Extended(summary):
            return _extended(summary, summary.record) if summary.record else note(TITLE, UNKNOWN)
        case NotUntouched(summary):
            told = f"{TOO_LATE} Status: {status(summary.status)}."
        case AgainstPolicy():
            told = AT_MOST
        case NotAllowed():
            told = NOT_YOURS
        case Full():
            told = FULL
        case Unavailable():
            told = UNKNOWN
        case None:
            told = UNREACHABLE
        case _:
            assert_never(outcome)
    return note(TITLE, told)


def _extended(summary: Summary, record: Record) -> Json:
    works = "answered" if record.is_request else "opened"
    return modal(
        ids.View.NOTE,
        "Extended",
        [
            *paragraphs([f"The link can be {works} until {local_date(record.expires)}."]),
            paragraph(TO_COPY),
            copyable(reminder.text(record, summary.language), ids.Block.REMINDER),
        ],
    )
