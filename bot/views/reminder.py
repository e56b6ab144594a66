"""The text that asks a customer once more, for whoever waits for an answer."""

from slack_sdk.models.blocks import Block

from bot.views import ids
from bot.views.parts import copyable, paragraph
from bot.views.words import date, shown_label, unmistakable
from storage.model import Record

INTRO = (
    "Nobody has answered yet. This reminder is for you to copy. The link is not in it, since it is "
    "stored nowhere: the customer has it in your first message."
)


def blocks(record: Record) -> list[Block]:
    """The reminder with its introduction, for a view of a request that is waiting."""
    return [paragraph(INTRO), copyable(text(record), ids.Block.REMINDER)]


def text(record: Record) -> str:
    """What is needed, by which link, until when. The label is not in it: that is for the team."""
    named = ", ".join(shown_label(field) for field in record.fields)
    what = shown_label(record.what, "your login details")
    needed = f"{what} ({named})" if named else what
    return (
        f"Hi there, we still need this from you: {unmistakable(needed)}. Please open the link in our "
        "earlier message, type it there and press Send. The link works once, until "
        f"{date(record.expires)}. Please do not send it by e-mail. If you cannot find the link, "
        "tell us, and you get a new one."
    )
