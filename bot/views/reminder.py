"""The text that asks a customer once more, for whoever waits for them to open or to answer."""

from slack_sdk.models.blocks import Block

from bot.ready import Kind, date, needed, ready
from bot.views import ids
from bot.views.parts import copyable, paragraph
from bot.views.words import typeable
from storage.languages import Language
from storage.model import Record

COPY = (
    "This reminder is for you to copy. The link is not in it, since it is stored nowhere: the "
    "customer has it in your first message."
)
INTRO = f"Nobody has answered yet. {COPY}"


def blocks(record: Record, language: Language | None = None) -> list[Block]:
    """The reminder with its introduction, for a view of a request that is waiting."""
    return [paragraph(INTRO), copyable(text(record, language), ids.Block.REMINDER)]


def text(record: Record, language: Language | None = None) -> str:
    """What to do with which link, until when. The label is not in it: that is for the team."""
    until = date(record.expires, language)
    if not record.is_request:
        kind = Kind.REMINDER_ONCE if record.single_use else Kind.REMINDER_OFTEN
        return ready(kind, language, date=until)
    fields = [typeable(field) for field in record.fields]
    what = needed(typeable(record.what), fields, language)
    return ready(Kind.REMINDER, language, what=what, date=until)
