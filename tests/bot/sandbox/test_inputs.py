"""``state.values``: what each element reports, empty, begun and filled in."""

from typing import Any

import pytest

from bot.sandbox import inputs
from bot.sandbox.inputs import Value
from tests.bot.sandbox.conftest import Json, field_of, options, plain

GROUPS = [{"label": plain(), "options": options("x", "y")}]


@pytest.mark.parametrize(
    ("element", "key", "empty", "begun", "typed", "told"),
    [
        ({"type": "plain_text_input"}, "value", None, {"initial_value": "a"}, "b", "b"),
        ({"type": "email_text_input"}, "value", None, {"initial_value": "a"}, "b", "b"),
        ({"type": "url_text_input"}, "value", None, {"initial_value": "a"}, "b", "b"),
        ({"type": "number_input"}, "value", None, {"initial_value": "1"}, "2", "2"),
        (
            {"type": "static_select", "options": options("x", "y")},
            "selected_option", None, {"initial_option": options("x")[0]}, "y", options("y")[0],
        ),
        (
            {"type": "static_select", "option_groups": GROUPS},
            "selected_option", None, {"initial_option": options("x")[0]}, "y", options("y")[0],
        ),
        (
            {"type": "radio_buttons", "options": options("x", "y")},
            "selected_option", None, {"initial_option": options("x")[0]}, "y", options("y")[0],
        ),
        (
            {"type": "checkboxes", "options": options("x", "y")},
            "selected_options", [], {"initial_options": options("x")}, ["y"], options("y"),
        ),
        (
            {"type": "multi_static_select", "options": options("x", "y")},
            "selected_options", [], {"initial_options": options("x")}, ["x", "y"],
            options("x", "y"),
        ),
        ({"type": "datepicker"}, "selected_date", None, {"initial_date": "a"}, "b", "b"),
        ({"type": "timepicker"}, "selected_time", None, {"initial_time": "a"}, "16:00", "16:00"),
        (
            {"type": "datetimepicker"},
            "selected_date_time", None, {"initial_date_time": 1}, "1795536000", 1795536000,
        ),
        ({"type": "users_select"}, "selected_user", None, {"initial_user": "U1"}, "U2", "U2"),
        (
            {"type": "multi_users_select"},
            "selected_users", [], {"initial_users": ["U1"]}, ["U2"], ["U2"],
        ),
        (
            {"type": "channels_select"},
            "selected_channel", None, {"initial_channel": "C1"}, "C2", "C2",
        ),
        (
            {"type": "conversations_select"},
            "selected_conversation", None, {"initial_conversation": "C1"}, "C2", "C2",
        ),
    ],
)  # fmt: skip
def test_what_an_element_reports(
    element: Json, key: str, empty: Any, begun: Json, typed: Value, told: Any
) -> None:
    """Under Slack's key for its type: nothing, what the app began with, what was filled in."""

    def reported(more: Json, typed: Value = None, *, is_filled: bool = False) -> Any:
        blocks = [field_of({**element, **more})]
        values = {"field": {"typed": typed}} if is_filled else {}
        read = inputs.read(blocks, {}, values)
        assert read is not None
        part = inputs.state(blocks, read)["field"]["typed"]
        assert part["type"] == element["type"]
        return part[key]

    (initial,) = begun.values()
    assert reported({}) == empty
    assert reported(begun) == initial
    assert reported({}, typed, is_filled=True) == told
    assert reported(begun, None, is_filled=True) == empty


def test_what_was_typed_goes_with_its_field() -> None:
    """Another type under the same names begins anew."""
    text = [field_of({"type": "plain_text_input"})]
    typed = inputs.read(text, {}, {"field": {"typed": "a"}})
    assert typed
    assert inputs.kept(text, typed) == typed
    assert inputs.kept([field_of({"type": "email_text_input"})], typed) == {}
    assert inputs.kept([field_of({"type": "plain_text_input"}, "other")], typed) == {}
