"""The customer's language, beside a ready-made message: the message follows, and so does the page."""

from slack_sdk.models.blocks import Option, SectionBlock, StaticSelectElement

from bot.ready import Kind, More, date, name_in, ready
from bot.views import ids
from bot.views.parts import Json, copyable, plain, with_blocks
from bot.views.words import typeable
from storage.languages import NAMES, Language, known
from storage.model import Record, SecretId

LABEL = "Customer's language"
THEIRS = "Not chosen: as their browser says"
UNREACHABLE = (
    "The secret store cannot be reached, so the language was not changed. Wait a moment, then "
    "choose it again."
)
ENDED = "This link is not there any more, so there is no language to choose."
_THEIRS = "browser"


def block(chosen: Language | None) -> SectionBlock:
    """The choice; not chosen, the message is in English and the page as the browser asks for it."""
    theirs = Option(value=_THEIRS, text=plain(THEIRS))
    options = {None: theirs} | {
        language: Option(value=language, text=plain(name)) for language, name in NAMES.items()
    }
    return SectionBlock(
        block_id=ids.Block.LANGUAGE,
        text=plain(LABEL),
        accessory=StaticSelectElement(
            action_id=ids.Action.LANGUAGE,
            options=list(options.values()),
            initial_option=options[chosen],
        ),
    )


def parse(view: Json) -> SecretId:
    """Whose window this is. Raises DecodingError when Slack sends what we never wrote."""
    return SecretId(view["private_metadata"])


def chosen(action: Json) -> Language | None:
    """Which option was picked; None leaves it to the browser."""
    return known(action["selected_option"]["value"])


def rewritten(view: Json, record: Record, language: Language | None) -> Json:
    """The window with its message in another language. Nothing but the window has the link."""
    message = _message(record, view, language)
    return with_blocks(view, copyable(message, ids.Block.MESSAGE), block(language))


def _message(record: Record, view: Json, language: Language | None) -> str:
    link, until = _copied(view, ids.Block.LINK), date(record.expires, language)
    if record.is_request:
        # No record has the customer's name, and no view remembers more than ids.
        name = name_in(_copied(view, ids.Block.MESSAGE), _shown(view))
        return ready(Kind.REQUEST, language, name=typeable(name), link=link, date=until)
    kind = Kind.SHARE_ONCE if record.single_use else Kind.SHARE_OFTEN
    more = [More.PASSPHRASE] if record.argon2 else []
    return ready(kind, language, more=more, link=link, date=until)


def _copied(view: Json, wanted: ids.Block) -> str:
    return str(_block(view, wanted)["elements"][0]["elements"][0]["text"])


def _shown(view: Json) -> Language | None:
    """The language that the window is in so far."""
    option = _block(view, ids.Block.LANGUAGE)["accessory"]["initial_option"]
    return known(option["value"])


def _block(view: Json, wanted: ids.Block) -> Json:
    found: Json = next(one for one in view["blocks"] if one.get("block_id") == wanted)
    return found
