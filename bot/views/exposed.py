"""Treating a secret as exposed: it is burned if that is still possible, and has to be rotated."""

from slack_sdk.models.blocks import Block, SectionBlock

from bot.views import ids
from bot.views.burn import STILL_THERE, Asked
from bot.views.history import Viewer, can_burn
from bot.views.parts import Json, copyable, modal, mrkdwn, notice, paragraph
from bot.views.place import Place
from bot.views.words import date, mention, shown_label, status
from storage.model import Details, State, Summary

TITLE = "Treat as exposed"


def build(details: Details, viewer: Viewer, place: Place) -> Json:
    """The question while there is something to burn; else what to do at once."""
    row = details.summary
    if can_burn(row, viewer):
        label = "" if row.record is None else row.record.label
        return _question(Asked(row.id, place), paragraph(shown_label(label), ids.Block.LABEL))
    return told(row)


def again(asked: Asked) -> Json:
    """The question once more, because the store did not answer."""
    return _question(asked, notice(STILL_THERE))


def _question(asked: Asked, above: Block) -> Json:
    consequence = paragraph(
        "Somebody may have seen it who should not have? The link stops working at once, which "
        "cannot be undone, and you get a text that asks for the password or key to be changed."
    )
    return modal(
        ids.View.EXPOSED,
        TITLE,
        [above, consequence],
        submit="Burn it",
        close="Keep it",
        metadata=str(asked),
    )


def told(row: Summary) -> Json:
    """What became of the link, and the text to copy."""
    return modal(
        ids.View.NOTE,
        TITLE,
        [
            _link_now(row),
            paragraph(
                "A burned link does not undo what somebody has read: only a new password or key "
                "does. Send this to whoever can change it:"
            ),
            copyable(rotate(row), ids.Block.MESSAGE),
        ],
    )


def _link_now(row: Summary) -> SectionBlock:
    if row.status.state is State.ACTIVE:
        who = mention(row.record.creator) if row.record else "its creator"
        return SectionBlock(
            text=mrkdwn(f"The link *still works*. Ask {who} or an admin of this app to burn it.")
        )
    return paragraph(f"The link does not work any more. Status: {status(row.status)}.")


def rotate(row: Summary) -> str:
    """The message. The label is not in it: that is for the team only."""
    dead = "" if row.status.state is State.ACTIVE else " The link that we sent no longer works."
    return (
        "Hi there, the password or key that we shared with you through a link on "
        f"{date(row.created)} may have been seen by somebody else, so please rotate it: change "
        f"it wherever it is used, and do not use the old one again.{dead}"
    )
