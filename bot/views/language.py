"""The customer's language, beside a ready-made message: the message follows, and so does the page."""

from slack_sdk.models.blocks import Option, SectionBlock, StaticSelectElement

from bot.views import ids
from bot.views.parts import Json, plain
from storage.languages import NAMES, Language, known

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
            # Screen readers name the choice by it.
            placeholder=plain(LABEL),
            options=list(options.values()),
            initial_option=options[chosen],
        ),
    )


def chosen(action: Json) -> Language | None:
    """Which option was picked; None leaves it to the browser."""
    return known(action["selected_option"]["value"])
