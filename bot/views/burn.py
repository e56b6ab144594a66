"""Asking before a secret or a request is burned from the history, and what became of it."""

from dataclasses import dataclass
from typing import assert_never

from slack_sdk.models.blocks import Block

from bot.views import ids
from bot.views.history import Viewer, can_burn
from bot.views.parts import Json, modal, note, notice, paragraph
from bot.views.place import Place
from bot.views.words import shown_label, status
from storage.model import LIVING, Details, SecretId, State, Status, Summary
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable

TITLE = "Burn"
DONE = "Burned"
STILL_THERE = (
    "The secret store cannot be reached, so the link may still be alive. "
    "Wait a moment and press Burn again."
)
NOT_YOURS = (
    "Only the person who made a secret or a request, or an admin, may burn it. Nothing was burned."
)
UNKNOWN = "There is no such secret or request any more. Nothing was burned."
FOR_GOOD = "The link stops working at once. This cannot be undone."
CANCELS = (
    "This cancels the request: nobody has answered yet, and nobody can any more. The link stops "
    "working at once. This cannot be undone."
)
UNREAD = (
    "An answer has come, and nobody has collected it. It is destroyed unread, and the link stops "
    "working at once. This cannot be undone. To have the answer, keep it, and press Collect in the "
    "message about this request."
)
Outcome = Burned | AlreadyEnded | NotAllowed | Unavailable


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: which secret, and the page of the history that it was asked on.

    None: it was asked on the secret's details, opened from App Home.
    """

    id: SecretId
    place: Place | None

    def __str__(self) -> str:
        return f"{self.id.value} {self.place or ''}"


def build(details: Details, viewer: Viewer, place: Place | None) -> Json:
    """The question, or why there is nothing to ask."""
    row = details.summary
    if can_burn(row, viewer):
        label = "" if row.record is None else row.record.label
        above = paragraph(shown_label(label), ids.Block.LABEL)
        return _question(Asked(row.id, place), above, _consequence(row.status.state))
    if row.status.state in LIVING:
        return note(TITLE, NOT_YOURS)
    return note(TITLE, _ended(row))


def again(asked: Asked) -> Json:
    """The question once more, because the store did not answer."""
    return _question(asked, notice(STILL_THERE), FOR_GOOD)


def _consequence(state: State) -> str:
    return {State.WAITING: CANCELS, State.RECEIVED: UNREAD}.get(state, FOR_GOOD)


def _question(asked: Asked, above: Block, consequence: str) -> Json:
    return modal(
        ids.View.BURN,
        TITLE,
        [above, paragraph(consequence)],
        submit="Burn",
        close="Keep it",
        metadata=str(asked),
    )


def parse(view: Json) -> Asked:
    """What was asked. Raises DecodingError when Slack sends what we never wrote."""
    name, _, place = str(view.get("private_metadata", "")).partition(" ")
    return Asked(SecretId(name), Place.parse(place) if place else None)


def result(outcome: Outcome) -> Json:
    """What became of it."""
    match outcome:
        case Burned(summary):
            return note(DONE, _burned(summary.status))
        case AlreadyEnded(summary):
            return note(TITLE, _ended(summary))
        case NotAllowed():
            return note(TITLE, NOT_YOURS)
        case Unavailable():
            return note(TITLE, UNKNOWN)
        case _:
            assert_never(outcome)


def _burned(done: Status) -> str:
    if not done.is_request:
        return "Burned. Nobody can open this secret any more."
    if done.received:
        return "Burned. An answer had come; it is destroyed, and nobody has read it."
    return "Burned. The request is cancelled; nobody had answered, and nobody can any more."


def _ended(row: Summary) -> str:
    return f"There is nothing left to burn. Status: {status(row.status)}."
