"""The text that asks a customer once more, for whoever waits for an answer."""

from slack_sdk.models.blocks import Block

from bot.ready import Kind, date, needed, ready
from bot.views import ids
from bot.views.parts import copyable, paragraph
from bot.views.words import typeable
from storage.languages import Language
from storage.model import Record

INTRO = (
    "Nobody has answered yet. This reminder is for you to copy. The link is not in it, since it is "
    "stored nowhere: the customer has it in your first message."
)


def blocks(record: Record, language: Language | None = None) -> list[Block]:
    """The reminder with its introduction, for a view of a request that is waiting."""
    return [paragraph(INTRO), copyable(text(record, language), ids.Block.REMINDER)]


def text(record: Record, language: Language | None = None) -> str:
    """What is needed, by which link, until when. The label is not in it: that is for the team."""
    fields = [typeable(field) for field in record.fields]
    return ready(
        Kind.REMINDER,
        language,
        what=needed(typeable(record.what), fields, language),
        date=date(record.expires, language),
    )
