"""Asking before a secret is burned from the history, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from slack_sdk.models.blocks import Block

from bot.views import ids
from bot.views.history import Viewer, can_burn
from bot.views.parts import Json, modal, note, notice, paragraph
from bot.views.place import Place
from bot.views.words import shown_label, status
from storage.model import Details, SecretId, State, Summary
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable

TITLE = "Burn"
DONE = "Burned"
STILL_THERE = (
    "The secret store cannot be reached, so this secret may still be alive. "
    "Wait a moment and press Burn again."
)
NOT_YOURS = "Only the person who made a secret, or an admin, may burn it. Nothing was burned."
UNKNOWN = "There is no such secret any more. Nothing was burned."
Outcome = Burned | AlreadyEnded | NotAllowed | Unavailable


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: which secret, and the page of the history that it was asked on."""

    id: SecretId
    place: Place

    def __str__(self) -> str:
        return f"{self.id.value} {self.place}"


def build(details: Details, viewer: Viewer, place: Place) -> Json:
    """The question, or why there is nothing to ask."""
    row = details.summary
    if can_burn(row, viewer):
        label = "" if row.record is None else row.record.label
        return _question(Asked(row.id, place), [paragraph(shown_label(label), ids.Block.LABEL)])
    if row.status.state is State.ACTIVE:
        return note(TITLE, NOT_YOURS)
    return note(TITLE, _ended(row))


def again(asked: Asked) -> Json:
    """The question once more, because the store did not answer."""
    return _question(asked, [notice(STILL_THERE)])


def _question(asked: Asked, above: Sequence[Block]) -> Json:
    consequence = paragraph("The link stops working at once. This cannot be undone.")
    return modal(
        ids.View.BURN,
        TITLE,
        [*above, consequence],
        submit="Burn",
        close="Keep it",
        metadata=str(asked),
    )


def parse(view: Json) -> Asked:
    """What was asked. Raises DecodingError when Slack sends what we never wrote."""
    name, _, place = str(view["private_metadata"]).partition(" ")
    return Asked(SecretId(name), Place.parse(place))


def result(outcome: Outcome) -> Json:
    """What became of it."""
    match outcome:
        case Burned():
            return note(DONE, "Burned. Nobody can open this secret any more.")
        case AlreadyEnded(summary):
            return note(TITLE, _ended(summary))
        case NotAllowed():
            return note(TITLE, NOT_YOURS)
        case Unavailable():
            return note(TITLE, UNKNOWN)
        case _:
            assert_never(outcome)


def _ended(row: Summary) -> str:
    return f"There is nothing left to burn. Status: {status(row.status)}."
