"""The answer to a submitted request: its link, the only time it is shown."""

from bot.ready import Kind, ready
from bot.ready import date as ready_date
from bot.views import ids
from bot.views import language as choice
from bot.views.parts import Json, copyable, modal, paragraph, small
from bot.views.words import date, typeable
from storage.answers import RequestKeys, read_aloud_code
from storage.languages import Language
from storage.model import CollectBy, Record, Seconds

TITLE = "Your link is ready"
CODE = (
    "The customer's page shows this code too. Are they unsure whether it is really you? "
    "Read it to them on the phone:"
)
TO_YOU = "To get the answer, press Collect in the message that this app has just sent you."
TO_CHANNEL = "To get the answer, press Collect in the message that is now in the channel."


def ready_made(name: str, link: str, expires: Seconds, language: Language | None = None) -> str:
    """The message to the customer. ``name`` is theirs, '' for none."""
    until = ready_date(expires, language)
    return ready(Kind.REQUEST, language, name=typeable(name), link=link, date=until)


def build(
    record: Record,
    keys: RequestKeys,
    name: str,
    public_url: str,
    language: Language | None = None,
) -> Json:
    """The view with the link, which only asks: the one that collects is shown nowhere here.

    ``private_metadata`` holds the id, which alone opens nothing.
    """
    link, until = keys.request_link.url(public_url), date(record.expires)
    by_channel = bool(CollectBy.of(record.collect_by).channel)
    blocks = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(link, ids.Block.LINK),
        paragraph("Or copy a message with the link in it:"),
        copyable(ready_made(name, link, record.expires, language), ids.Block.MESSAGE),
        choice.block(language),
        paragraph(CODE),
        copyable(read_aloud_code(keys.public_key), ids.Block.CODE),
        small(f"Expires {until}", ids.Block.EXPIRY),
        paragraph(TO_CHANNEL if by_channel else TO_YOU, ids.Block.COLLECT),
    ]
    return modal(ids.View.REQUEST_READY, TITLE, blocks, close="Done", metadata=record.id.value)
