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


def ready_made(name: str, link: str, until: str) -> str:
    """The message to the customer. ``name`` is theirs, '' for none."""
    return (
        f"Hi {typeable(name) or 'there'}, to keep your login details secure, please send them "
        f"through this page instead of e-mail: 1. Open {link} 2. Type your login details "
        f"3. Press Send. It works once, until {until}, encrypts in your browser, and needs no "
        "account or signup."
    )


def build(
    record: Record, keys: RequestKeys, name: str, public_url: str, words: Words | None = None
) -> Json:
    """The view with the link, which only asks: the one that collects is shown nowhere here.

    ``private_metadata`` holds the id, which alone opens nothing, and with ``words`` of the team's
    own what fills them.
    """
    link, until = keys.request_link.url(public_url), date(record.expires)
    sent = Sent(record.id, Occasion.REQUEST, record.expires, name=typeable(name))
    code = read_aloud_code(keys.public_key)
    message = (
        words.blocks(sent, link, code)
        if words
        else [copyable(ready_made(name, link, until), ids.Block.MESSAGE)]
    )
    by_channel = bool(CollectBy.of(record.collect_by).channel)
    blocks = [
        paragraph("Copy the link and send it. It is shown here only, and stored nowhere."),
        copyable(link, ids.Block.LINK),
        paragraph("Or copy a message with the link in it:"),
        *message,
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
        metadata=str(sent) if words else record.id.value,
    )
