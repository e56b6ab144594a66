"""What became of a press on Cancel request."""

from typing import assert_never

from bot.views.parts import Json, note
from bot.views.words import status
from storage.model import Summary
from storage.outcomes import AlreadyEnded, Burned, NotAllowed, Unavailable

TITLE = "Cancel request"
DONE = "Cancelled"
STILL_THERE = (
    "The secret store cannot be reached, so this request may still be alive. "
    "Close this window and press Cancel request again in a moment."
)
NOT_YOURS = "Only the person who asked, or an admin, may cancel a request. Nothing was cancelled."
UNKNOWN = "There is no request here that you could cancel. Nothing was cancelled."
Outcome = Burned | AlreadyEnded | NotAllowed | Unavailable


def result(outcome: Outcome | None) -> Json:
    """None: the store did not say whether it did."""
    match outcome:
        case None:
            return note(TITLE, STILL_THERE)
        case Burned(summary):
            return note(DONE, _done(summary))
        case AlreadyEnded(summary):
            return note(
                TITLE, f"There is nothing left to cancel. Status: {status(summary.status)}."
            )
        case NotAllowed():
            return note(TITLE, NOT_YOURS)
        case Unavailable():
            return note(TITLE, UNKNOWN)
        case _:
            assert_never(outcome)


def _done(summary: Summary) -> str:
    if summary.status.received:
        return "Cancelled. The answer that had come in was destroyed unread."
    return "Cancelled. The customer's link no longer works, and nobody had answered."
