"""The answer to a submitted request: its link, the only time it is shown."""

from bot.views import ids
from bot.views.outlet import Sent, Words
from bot.views.parts import Json, copyable, modal, paragraph, small
from bot.views.words import date, typeable
from storage.answers import RequestKeys, read_aloud_code
from storage.model import CollectBy, Record
from storage.wording import Occasion

TITLE = "Your link is ready"
CODE = (
    "The customer's page shows this code too. Are they unsure whether it is really you? "
    "Read it to them on the phone:"
)
TO_YOU = "To get the answer, press Collect in the message that this app has just sent you."
TO_CHANNEL = "To get the answer, press Collect in the message that is now in the channel."


def build(
    record: Record, keys: RequestKeys, name: str, public_url: str, words: Words | None = None
) -> Json:
    """The view with the link, which only asks: the one that collects is shown nowhere here.

    ``private_metadata`` holds what fills the message: it opens nothing.
    """
    link, until = keys.request_link.url(public_url), date(record.expires)
    sent = Sent(record.id, Occasion.REQUEST, record.expires, name=typeable(name))
    code = read_aloud_code(keys.public_key)
    by_channel = bool(CollectBy.of(record.collect_by).channel)
    blocks = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(link, ids.Block.LINK),
        paragraph("Or copy a message with the link in it:"),
        *(words or Words()).blocks(sent, link, code),
        paragraph(CODE),
        copyable(code, ids.Block.CODE),
        small(f"Expires {until}", ids.Block.EXPIRY),
        paragraph(TO_CHANNEL if by_channel else TO_YOU, ids.Block.COLLECT),
    ]
    return modal(
        ids.View.REQUEST_READY,
        TITLE,
        blocks,
        close="Done",
        metadata=str(sent),
    )
