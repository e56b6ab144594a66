"""Block Kit's elements and the objects in them, with their documented limits.

From docs.slack.dev/reference/block-kit (block elements, composition objects). What is not listed
is refused, as Slack refuses what it does not know: list it when the bot begins to use it.
"""

from collections.abc import Callable, Iterator

from bot.sandbox.schema import (
    Check,
    Flaw,
    Json,
    any_text,
    anything,
    by_type,
    flag,
    listing,
    matching,
    one_of,
    plain,
    shape,
    string,
    whole,
)

ID = string(255)
URL = string(3000)
TYPED = 3000  # characters that one text field takes at most
_SOME_IDS = listing(ID, 0, 1000)
_PLACEHOLDER = plain(150)
_DATE = matching(r"\d{4}-\d\d-\d\d", "date")
_TIME = matching(r"\d\d:\d\d", "time")
_STYLE = one_of("primary", "danger")

_CONFIRM = shape(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": _STYLE},
)
_DISPATCH = shape(
    {"trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}
)
_CHOICE = shape({"text": plain(75), "value": string(150)}, {"description": plain(75)})
_RICH_CHOICE = shape({"text": any_text(75), "value": string(150)}, {"description": any_text(75)})
_MENU_CHOICE = shape(
    {"text": plain(75), "value": string(150)}, {"description": plain(75), "url": URL}
)
_FILTER = shape(
    {},
    {
        "include": listing(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_bot_users": flag,
        "exclude_external_shared_channels": flag,
    },
)


def options_of(element: Json) -> list[Json]:
    """The options of a select, of whatever group."""
    groups: list[Json] = element.get("option_groups") or [{"options": element.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def _options(element: Json, at: str) -> Iterator[Flaw]:
    options = options_of(element)
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        yield Flaw("option values must be unique", f"{at}/options")
    if (initial := element.get("initial_option")) and initial not in options:
        yield Flaw("initial_option must exactly match a provided option", f"{at}/initial_option")
    chosen = element.get("initial_options") or []
    if any(option not in options for option in chosen):
        yield Flaw("initial_options must exactly match provided options", f"{at}/initial_options")


def _one_list(element: Json, at: str) -> Iterator[Flaw]:
    if bool(element.get("options")) == bool(element.get("option_groups")):
        yield Flaw("must provide either options or option_groups", at)


def _typed(element: Json, at: str) -> Iterator[Flaw]:
    least, most = element.get("min_length") or 0, element.get("max_length") or TYPED
    if least > most:
        yield Flaw("min_length must be less than or equal to max_length", f"{at}/min_length")
    if len(element.get("initial_value") or "") > most:
        yield Flaw(f"must be less than {most + 1} characters", f"{at}/initial_value")


def _numbers(element: Json, at: str) -> Iterator[Flaw]:
    for name in ("initial_value", "min_value", "max_value"):
        value = element.get(name)
        if value is not None and not _is_number(value, decimal=element["is_decimal_allowed"]):
            yield Flaw("must be a valid number", f"{at}/{name}")


def _is_number(value: str, *, decimal: bool) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return decimal or "." not in value


Rule = Callable[[Json, str], Iterator[Flaw]]
Fields = dict[str, Check]


def _field(required: Fields, optional: Fields, *also: Rule) -> Check:
    """What can be filled or reports: these fields and those that all such elements have."""
    return shape(required, {"action_id": ID, "focus_on_load": flag, **optional}, *also)


def _select(optional: Fields, *also: Rule) -> Check:
    shared = {"placeholder": _PLACEHOLDER, "confirm": _CONFIRM}
    return _field({}, {**shared, **optional}, *also)


def _multi(optional: Fields, *also: Rule) -> Check:
    return _select({"max_selected_items": whole(1, 10_000), **optional}, *also)


def _boxes(optional: Fields) -> Check:
    options = {"options": listing(_RICH_CHOICE, 1, 10)}
    return _field(options, {"confirm": _CONFIRM, **optional}, _options)


def _text(required: Fields, optional: Fields, *also: Rule) -> Check:
    shared = {"placeholder": _PLACEHOLDER, "dispatch_action_config": _DISPATCH}
    return _field(required, {**shared, **optional}, *also)


_LISTS: Fields = {
    "options": listing(_CHOICE, 1, 100),
    "option_groups": listing(
        shape({"label": plain(75), "options": listing(_CHOICE, 1, 100)}), 1, 100
    ),
}

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ID,
        "url": URL,
        "value": string(2000),
        "style": _STYLE,
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape({"alt_text": string(2000)}, {"image_url": URL, "slack_file": anything})
OVERFLOW = shape(
    {"options": listing(_MENU_CHOICE, 1, 5)}, {"action_id": ID, "confirm": _CONFIRM}, _options
)

_SELECTS: Fields = {
    "static_select": _select({"initial_option": _CHOICE, **_LISTS}, _one_list, _options),
    "users_select": _select({"initial_user": ID}),
    "channels_select": _select({"initial_channel": ID, "response_url_enabled": flag}),
    "conversations_select": _select(
        {
            "initial_conversation": ID,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": _FILTER,
        }
    ),
}
_MULTI_SELECTS: Fields = {
    "multi_static_select": _multi(
        {"initial_options": listing(_CHOICE, 0, 100), **_LISTS}, _one_list, _options
    ),
    "multi_users_select": _multi({"initial_users": _SOME_IDS}),
    "multi_channels_select": _multi({"initial_channels": _SOME_IDS}),
    "multi_conversations_select": _multi(
        {
            "initial_conversations": _SOME_IDS,
            "default_to_current_conversation": flag,
            "filter": _FILTER,
        }
    ),
}
_PICKERS: Fields = {
    "datepicker": _select({"initial_date": _DATE}),
    "timepicker": _select({"initial_time": _TIME, "timezone": string(100)}),
}
_MOMENT: Fields = {
    "datetimepicker": _field(
        {}, {"confirm": _CONFIRM, "initial_date_time": whole(10**9, 10**10 - 1)}
    ),
}
_BOXES: Fields = {
    "radio_buttons": _boxes({"initial_option": _RICH_CHOICE}),
    "checkboxes": _boxes({"initial_options": listing(_RICH_CHOICE, 1, 10)}),
}
_TEXTS: Fields = {
    "plain_text_input": _text(
        {},
        {
            "initial_value": string(TYPED, 0),
            "multiline": flag,
            "min_length": whole(0, TYPED),
            "max_length": whole(1, TYPED),
        },
        _typed,
    ),
    "email_text_input": _text({}, {"initial_value": string(TYPED)}),
    "url_text_input": _text({}, {"initial_value": string(TYPED)}),
    "number_input": _text(
        {"is_decimal_allowed": flag},
        {
            "initial_value": string(TYPED),
            "min_value": string(TYPED),
            "max_value": string(TYPED),
        },
        _numbers,
    ),
}

ACCESSORY = by_type(
    {
        "button": BUTTON,
        "image": IMAGE,
        "overflow": OVERFLOW,
        **_SELECTS,
        **_MULTI_SELECTS,
        **_PICKERS,
        **_BOXES,
    }
)
ACTION = by_type(
    {"button": BUTTON, "overflow": OVERFLOW, **_SELECTS, **_PICKERS, **_MOMENT, **_BOXES}
)
INPUT = by_type({**_TEXTS, **_SELECTS, **_MULTI_SELECTS, **_PICKERS, **_MOMENT, **_BOXES})
