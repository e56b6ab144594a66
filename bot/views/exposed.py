"""Treating what went through a link as exposed: it is burned if that is still possible.

What somebody has read has to be rotated, and the new one can be asked for with a new request.
"""

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.ready import Kind, More, date, ready
from bot.views import ids
from bot.views.burn import STILL_THERE, Asked
from bot.views.history import Viewer, can_burn
from bot.views.parts import Json, copyable, modal, mrkdwn, notice, paragraph, plain
from bot.views.place import Place
from bot.views.words import mention, shown_label, status
from storage.languages import Language
from storage.model import LIVING, Details, State, Summary

TITLE = "Treat as exposed"
MAY_BE_READ = (
    "Somebody may have seen it who should not have? The link stops working at once, which "
    "cannot be undone, and you get a text that asks for the password or key to be changed."
)
CANCELS = (
    "Somebody has the link who should not have it? The request is cancelled, which cannot be "
    "undone, and you get a text that tells the customer not to use the link. Nobody has answered "
    "yet."
)
UNREAD = (
    "Somebody may know the answer who should not? It is destroyed unread, which cannot be undone, "
    "and you get a text that asks the customer to change what they sent."
)
ASK_ANEW = "Make a new request"


def build(details: Details, viewer: Viewer, place: Place | None) -> Json:
    """The question while there is something to burn; else what to do at once."""
    row = details.summary
    if can_burn(row, viewer):
        label = "" if row.record is None else row.record.label
        above = paragraph(shown_label(label), ids.Block.LABEL)
        return _question(Asked(row.id, place), above, _consequence(row.status.state))
    return told(row, viewer)


def again(asked: Asked) -> Json:
    """The question once more, because the store did not answer."""
    return _question(asked, notice(STILL_THERE), MAY_BE_READ)


def _consequence(state: State) -> str:
    return {State.WAITING: CANCELS, State.RECEIVED: UNREAD}.get(state, MAY_BE_READ)


def _question(asked: Asked, above: Block, consequence: str) -> Json:
    return modal(
        ids.View.EXPOSED,
        TITLE,
        [above, paragraph(consequence)],
        submit="Burn it",
        close="Keep it",
        metadata=str(asked),
    )


def told(row: Summary, viewer: Viewer) -> Json:
    """What became of the link, the text to copy, and a request for what is new."""
    blocks: list[Block] = [
        _now(row),
        paragraph(_advice(row)),
        copyable(rotate(row, row.language), ids.Block.MESSAGE),
    ]
    if viewer.policy.requests and row.record:
        button = ButtonElement(
            action_id=ids.Action.ASK_AGAIN, text=plain(ASK_ANEW), value=row.id.value
        )
        blocks += [
            paragraph("If you need the new one from the customer, ask for it through a link:"),
            ActionsBlock(block_id=ids.Block.AGAIN, elements=[button]),
        ]
    return modal(ids.View.NOTE, TITLE, blocks)


def _now(row: Summary) -> SectionBlock:
    who = mention(row.record.creator) if row.record else "its creator"
    ask = f"Ask {who} or an admin of this app to burn it."
    match row.status.state:
        case State.ACTIVE | State.WAITING:
            return SectionBlock(text=mrkdwn(f"The link *still works*. {ask}"))
        case State.RECEIVED:
            return SectionBlock(text=mrkdwn(f"The answer *can still be collected*. {ask}"))
        case _:
            return paragraph(f"The link does not work any more. Status: {status(row.status)}.")


def _advice(row: Summary) -> str:
    if _is_unanswered(row):
        return "Nobody has answered, so nothing was given away. Send this to the customer:"
    if row.status.is_request:
        return (
            "A burned link does not undo what somebody has read: only a new password or key does. "
            "Send this to the customer:"
        )
    return (
        "A burned link does not undo what somebody has read: only a new password or key "
        "does. Send this to whoever can change it:"
    )


def _is_unanswered(row: Summary) -> bool:
    return row.status.is_request and row.status.received is None


def rotate(row: Summary, language: Language | None = None) -> str:
    """The message. The label is not in it: that is for the team only."""
    more = [] if row.status.state in LIVING else [More.DEAD]
    if _is_unanswered(row):
        kind, at = Kind.EXPOSED_UNANSWERED, row.created
    elif row.status.received:
        kind, at = Kind.EXPOSED_ANSWER, row.status.received
    else:
        kind, at = Kind.EXPOSED_SECRET, row.created
    return ready(kind, language, more=more, date=date(at, language))
