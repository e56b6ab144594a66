"""Reading what was filled into a form, from the payload's ``state.values``."""

from bot.views import ids
from bot.views.parts import Json
from bot.views.words import LABEL_LIMIT


def typed(values: Json, block: ids.Block, action: ids.Action) -> str:
    """The text of a field; '' when nothing was typed."""
    value = values.get(block, {}).get(action, {}).get("value")
    return value if isinstance(value, str) else ""


def chosen(values: Json, block: ids.Block, action: ids.Action) -> str:
    """The value of the option that was chosen; '' for none."""
    option = values.get(block, {}).get(action, {}).get("selected_option") or {}
    value = option.get("value")
    return value if isinstance(value, str) else ""


def ticked(values: Json, block: ids.Block, action: ids.Action) -> list[str]:
    """The values of the options that were ticked."""
    options = values.get(block, {}).get(action, {}).get("selected_options") or []
    return [option["value"] for option in options if isinstance(option.get("value"), str)]


def is_broken(text: str) -> bool:
    """Whether it has half a character, which JSON can carry and UTF-8 cannot."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def line_mistake(line: str) -> str:
    """What is wrong with a cleaned line; '' for nothing. Slack counts before we clean."""
    if len(line) > LABEL_LIMIT:
        return f"At most {LABEL_LIMIT} characters; this has {len(line)}."
    return ""
