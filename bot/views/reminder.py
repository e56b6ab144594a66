"""The text that asks a customer once more, for whoever waits for them to open or to answer."""

from slack_sdk.models.blocks import Block

from bot.views import ids
from bot.views.parts import copyable, paragraph
from bot.views.words import date, typeable
from storage.model import Record

COPY = (
    "This reminder is for you to copy. The link is not in it, since it is stored nowhere: the "
    "customer has it in your first message."
)
INTRO = f"Nobody has answered yet. {COPY}"

USUAL = "your login details"


def blocks(record: Record) -> list[Block]:
    """The reminder with its introduction, for a view of a request that is waiting."""
    return [paragraph(INTRO), copyable(text(record), ids.Block.REMINDER)]


def text(record: Record) -> str:
    """What to do with which link, until when. The label is not in it: that is for the team."""
    if not record.is_request:
        return _waiting(record)
    return (
        f"Hi there, we still need this from you: {typeable(record.what) or USUAL}{_named(record)}. "
        "Please open the link in our earlier message, type it there and press Send. The link works "
        f"once, until {date(record.expires)}. Please do not send it by e-mail. If you cannot find "
        "the link, tell us, and you get a new one."
    )


def _waiting(record: Record) -> str:
    often = "can be opened once, until" if record.single_use else "stays readable until"
    return (
        "Hi there, what we sent you is still waiting. Please open the link in our earlier message "
        f"and press the button there. It {often} {date(record.expires)}. If you cannot find the "
        "link, tell us, and you get a new one."
    )


def _named(record: Record) -> str:
    names = [typeable(field) for field in record.fields]
    return f" ({', '.join(names)})" if names else ""
