"""What people fill in: from plain values to Slack's ``state.values`` and actions."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.elements import TYPED, options_of
from bot.sandbox.rules import elements_of
from bot.sandbox.schema import Json

# What somebody filled in: the text, the option's value, the id; several where several fit.
Value = str | Sequence[str] | None
Values = Mapping[str, Mapping[str, Value]]

REQUIRED = "Please complete this required field."
# Element type to the key under which Slack reports it; an element that is not here has no state.
_OPTION = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
}
_OPTIONS = {"multi_static_select": "selected_options", "checkboxes": "selected_options"}
_SEVERAL = {
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
_ONE = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}
_KEYS = {**_OPTION, **_OPTIONS, **_SEVERAL, **_ONE}
_STATELESS = {"button", "overflow", "image"}
_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
}


def filled(element: Json, value: Value) -> Json | None:
    """An element's part of ``state.values`` with this filled in; None for no option of its own."""
    kind = element["type"]
    if kind not in _KEYS:
        return {"type": kind}
    try:
        return {"type": kind, _KEYS[kind]: _converted(element, value)}
    except ValueError:
        return None


def _converted(element: Json, value: Value) -> Any:
    """The value as Slack reports it. Raises ValueError for what the element does not offer."""
    kind = element["type"]
    if kind in _ONE:
        return int(str(value)) if value and kind == "datetimepicker" else value
    wanted = [value] if isinstance(value, str) else list(value or [])
    if kind in _SEVERAL:
        return wanted
    chosen = [option for option in options_of(element) if option["value"] in wanted]
    if len(chosen) != len(wanted):
        raise ValueError("not among the options")
    if kind in _OPTIONS:
        return chosen
    return chosen[0] if chosen else None


def has_state(element: Json) -> bool:
    """Whether ``state.values`` tells what was chosen in it."""
    return element["type"] not in _STATELESS


def initial(element: Json) -> Json:
    """An element's part of ``state.values`` before anybody touched it."""
    key = _KEYS[element["type"]]
    empty: list[Any] | None = [] if element["type"] in {**_OPTIONS, **_SEVERAL} else None
    return {"type": element["type"], key: element.get(_INITIAL[key], empty)}


def state(blocks: Sequence[Json], typed: Json) -> Json:
    """``state.values`` of blocks: what was typed, else what the app began with."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if has_state(element):
                known = typed.get(block["block_id"], {}).get(element["action_id"])
                own = values.setdefault(block["block_id"], {})
                own[element["action_id"]] = initial(element) if known is None else known
    return values


def read(blocks: Sequence[Json], typed: Json, values: Values) -> Json | None:
    """What was typed with ``values`` over it; None when a value is for no field or no option."""
    merged = {block: dict(actions) for block, actions in typed.items()}
    fields = {
        (block["block_id"], element["action_id"]): element
        for block in blocks
        for element in elements_of(block)
        if has_state(element)
    }
    for block_id, actions in values.items():
        for action_id, value in actions.items():
            element = fields.get((block_id, action_id))
            part = filled(element, value) if element else None
            if part is None:
                return None
            merged.setdefault(block_id, {})[action_id] = part
    return merged


def kept(blocks: Sequence[Json], typed: Json) -> Json:
    """What of the typed values has still its field: same block_id, action_id and type."""
    still: Json = {}
    for block in blocks:
        for element in elements_of(block):
            part = typed.get(block["block_id"], {}).get(element.get("action_id"))
            if part is not None and part["type"] == element["type"]:
                still.setdefault(block["block_id"], {})[element["action_id"]] = part
    return still


def mistakes(blocks: Sequence[Json], values: Json) -> dict[str, str]:
    """What Slack's client refuses to submit, by block_id, before the app hears of it."""
    wrong = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            part = values[block["block_id"]][element["action_id"]]
            sentence = _mistake(element, part[_KEYS[element["type"]]], bool(block.get("optional")))
            if sentence:
                wrong[block["block_id"]] = sentence
    return wrong


def _mistake(element: Json, value: Any, optional: bool) -> str:  # noqa: FBT001 - Slack's own field
    if not value:
        return "" if optional else REQUIRED
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length") or 0, element.get("max_length") or TYPED
        if len(value) < least:
            return f"Please enter at least {least} characters."
        if len(value) > most:
            return f"Please enter at most {most} characters."
    return ""
