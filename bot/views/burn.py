"""Asking before a secret is burned from the history, and what became of it."""

from typing import assert_never

from bot.views import ids
from bot.views.history import can_burn
from bot.views.parts import Json, modal, note, notice, paragraph
from bot.views.words import shown_label, status
from storage.model import (
    AlreadyEnded,
    Burned,
    Details,
    NotAllowed,
    SecretId,
    State,
    Summary,
    Unavailable,
    UserId,
)

TITLE = "Burn"
DONE = "Burned"
STILL_THERE = (
    "The secret store cannot be reached, so this secret may still be alive. "
    "Wait a moment and press Burn again."
)
NOT_YOURS = "Only the person who made a secret may burn it. Nothing was burned."
UNKNOWN = "There is no such secret any more. Nothing was burned."
Outcome = Burned | AlreadyEnded | NotAllowed | Unavailable


def build(details: Details, viewer: UserId) -> Json:
    """The question, or why there is nothing to ask."""
    row = details.summary
    if can_burn(row, viewer):
        return _question(row.id, "" if row.record is None else row.record.label)
    if row.status.state is State.ACTIVE:
        return note(TITLE, NOT_YOURS)
    return note(TITLE, _ended(row))


def _question(secret: SecretId, label: str, *, failed: bool = False) -> Json:
    blocks = [notice(STILL_THERE)] if failed else []
    if label:
        blocks.append(paragraph(shown_label(label), ids.Block.LABEL))
    blocks.append(paragraph("The link stops working at once. This cannot be undone."))
    return modal(
        ids.View.BURN, TITLE, blocks, submit="Burn", close="Keep it", metadata=secret.value
    )


def again(secret: SecretId) -> Json:
    """The question once more, because the store did not answer."""
    return _question(secret, "", failed=True)


def parse(view: Json) -> SecretId:
    """Which secret is meant. Raises DecodingError when Slack sends what we never wrote."""
    return SecretId(view["private_metadata"])


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
