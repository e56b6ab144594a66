"""Slack's limits: each broken in one way is refused with Slack's code, and the whole one is taken."""

from typing import Any

import pytest

from bot.sandbox.model import ANNA, SUPPORT
from bot.sandbox.server import LocalSlack
from tests.bot.sandbox.conftest import (
    Api,
    Json,
    button,
    field_of,
    modal,
    options,
    plain,
    section,
    text_field,
)

CONFIRM = {
    "title": plain("Sure?"),
    "text": {"type": "mrkdwn", "text": "*Really?*"},
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "link"}]},
        {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://a.example"}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}
            ],
        },
    ],
}
GOOD = modal(
    section(block_id="text", accessory=button("more", confirm=CONFIRM, url="https://a.example")),
    {"type": "section", "fields": [plain(), {"type": "mrkdwn", "text": "*b*", "verbatim": True}]},
    {"type": "context", "elements": [plain(), {"type": "mrkdwn", "text": "c"}]},
    {"type": "header", "text": plain("Header")},
    {"type": "divider"},
    {"type": "alert", "text": plain("Careful"), "level": "warning"},
    RICH,
    {
        "type": "actions",
        "block_id": "actions",
        "elements": [
            button("one", value="1", style="danger"),
            {"type": "static_select", "action_id": "two", "options": options("a", "b")},
            {"type": "overflow", "action_id": "three", "options": options("c")},
        ],
    },
    text_field("secret", hint=plain("Hint"), optional=True),
    field_of({"type": "radio_buttons", "options": options("x", "y")}, "radio"),
    field_of(
        {
            "type": "checkboxes",
            "options": options("x", "y"),
            "initial_options": options("y"),
        },
        "boxes",
    ),
    field_of({"type": "datepicker", "initial_date": "2026-11-24"}, "date"),
    field_of({"type": "timepicker", "initial_time": "16:00"}, "time"),
    field_of({"type": "datetimepicker", "initial_date_time": 1795536000}, "moment"),
    field_of({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, "number"),
    field_of({"type": "multi_static_select", "options": options("m")}, "many"),
    field_of({"type": "users_select"}, "user"),
    private_metadata="m" * 3000,
    callback_id="c" * 255,
    close=plain("Close"),
    notify_on_close=True,
)


def table(*rows: list[str], kind: str = "table", **more: Any) -> Json:
    """A table of texts."""
    cells = [[{"type": "raw_text", "text": text} for text in row] for row in rows]
    return {"type": kind, "rows": cells, **more}


def select(count: int) -> Json:
    """A field with so many options."""
    return field_of({"type": "static_select", "options": options(*map(str, range(count)))})


# Where the flaw is, below /view, and the modal that has it.
BROKEN: dict[str, tuple[str, Json]] = {
    "no title": ("", {k: v for k, v in GOOD.items() if k != "title"}),
    "no blocks at all": ("", {k: v for k, v in GOOD.items() if k != "blocks"}),
    "no type": ("", {k: v for k, v in GOOD.items() if k != "type"}),
    "a home": ("/type", {"type": "home", "blocks": [section()]}),
    "a made-up type": ("/type", {**GOOD, "type": "window"}),
    "an unknown property": ("", {**GOOD, "id": "V1"}),
    "title of 25": ("/title/text", {**GOOD, "title": plain("x" * 25)}),
    "empty title": ("/title/text", {**GOOD, "title": plain("")}),
    "title in mrkdwn": ("/title/type", {**GOOD, "title": {"type": "mrkdwn", "text": "t"}}),
    "submit of 25": ("/submit/text", {**GOOD, "submit": plain("x" * 25)}),
    "close of 25": ("/close/text", {**GOOD, "close": plain("x" * 25)}),
    "metadata of 3001": ("/private_metadata", {**GOOD, "private_metadata": "x" * 3001}),
    "callback of 256": ("/callback_id", {**GOOD, "callback_id": "x" * 256}),
    "input without submit": ("", {**GOOD, "submit": None}),
    "no block": ("/blocks", {**GOOD, "blocks": []}),
    "101 blocks": ("/blocks", modal(*[{"type": "divider"}] * 101)),
    "a block that is text": ("/blocks/0", modal("section")),  # type: ignore[arg-type]
    "an unknown block": ("/blocks/0/type", modal({"type": "password"})),
    "a block of messages": ("/blocks/0/type", modal({"type": "markdown", "text": "a"})),
    "a table": ("/blocks/0/type", modal(table(["a"]))),
    "a block without type": ("/blocks/0", modal({"text": plain()})),
    "a property of no block": ("/blocks/0", modal(section(colour="red"))),
    "twice the same block_id": (
        "/blocks/1/block_id",
        modal(section(block_id="a"), section(block_id="a")),
    ),
    "block_id of 256": ("/blocks/0/block_id", modal(section(block_id="x" * 256))),
    "a section that says nothing": ("/blocks/0", modal({"type": "section"})),
    "section of 3001": ("/blocks/0/text/text", modal(section("x" * 3001))),
    "blank section": ("/blocks/0/text/text", modal(section(" \n"))),
    "text of no kind": ("/blocks/0/text/type", modal({**section(), "text": {"type": "html"}})),
    "emoji in mrkdwn": (
        "/blocks/0/text",
        modal({**section(), "text": {"type": "mrkdwn", "text": "t", "emoji": True}}),
    ),
    "eleven fields": ("/blocks/0/fields", modal({"type": "section", "fields": [plain()] * 11})),
    "field of 2001": (
        "/blocks/0/fields/0/text",
        modal({"type": "section", "fields": [plain("x" * 2001)]}),
    ),
    "header of 151": ("/blocks/0/text/text", modal({"type": "header", "text": plain("x" * 151)})),
    "alert of 201": ("/blocks/0/text/text", modal({"type": "alert", "text": plain("x" * 201)})),
    "eleven in a context": (
        "/blocks/0/elements",
        modal({"type": "context", "elements": [plain()] * 11}),
    ),
    "an empty context": ("/blocks/0/elements", modal({"type": "context", "elements": []})),
    "26 actions": (
        "/blocks/0/elements",
        modal({"type": "actions", "elements": [button(str(n)) for n in range(26)]}),
    ),
    "twice the same action_id": (
        "/blocks/0/elements/1/action_id",
        modal({"type": "actions", "elements": [button("a"), button("a")]}),
    ),
    "action_id of 256": (
        "/blocks/0/accessory/action_id",
        modal(section(accessory=button("x" * 256))),
    ),
    "an unknown element": (
        "/blocks/0/accessory/type",
        modal(section(accessory={"type": "password", "action_id": "a"})),
    ),
    "a text field among actions": (
        "/blocks/0/elements/0/type",
        modal({"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "a"}]}),
    ),
    "button of 76": (
        "/blocks/0/accessory/text/text",
        modal(section(accessory={**button(), "text": plain("x" * 76)})),
    ),
    "button value of 2001": (
        "/blocks/0/accessory/value",
        modal(section(accessory=button(value="x" * 2001))),
    ),
    "button url of 3001": (
        "/blocks/0/accessory/url",
        modal(section(accessory=button(url="https://" + "x" * 2993))),
    ),
    "a style of no button": (
        "/blocks/0/accessory/style",
        modal(section(accessory=button(style="loud"))),
    ),
    "confirm title of 101": (
        "/blocks/0/accessory/confirm/title/text",
        modal(section(accessory=button(confirm={**CONFIRM, "title": plain("x" * 101)}))),
    ),
    "confirm button of 31": (
        "/blocks/0/accessory/confirm/confirm/text",
        modal(section(accessory=button(confirm={**CONFIRM, "confirm": plain("x" * 31)}))),
    ),
    "label of 2001": ("/blocks/0/label/text", modal(text_field(label=plain("x" * 2001)))),
    "label in mrkdwn": (
        "/blocks/0/label/type",
        modal(text_field(label={"type": "mrkdwn", "text": "t"})),
    ),
    "an input without label": (
        "/blocks/0",
        modal({"type": "input", "element": {"type": "plain_text_input"}}),
    ),
    "a button in an input": ("/blocks/0/element/type", modal(field_of(button()))),
    "placeholder of 151": (
        "/blocks/0/element/placeholder/text",
        modal(field_of({"type": "plain_text_input", "placeholder": plain("x" * 151)})),
    ),
    "max_length of 3001": (
        "/blocks/0/element/max_length",
        modal(field_of({"type": "plain_text_input", "max_length": 3001})),
    ),
    "more at least than at most": (
        "/blocks/0/element/min_length",
        modal(field_of({"type": "plain_text_input", "min_length": 5, "max_length": 4})),
    ),
    "initial text above max_length": (
        "/blocks/0/element/initial_value",
        modal(field_of({"type": "plain_text_input", "initial_value": "abc", "max_length": 2})),
    ),
    "two fields with the focus": (
        "/blocks/1",
        modal(
            field_of({"type": "plain_text_input", "focus_on_load": True}, "a"),
            field_of({"type": "plain_text_input", "focus_on_load": True}, "b"),
        ),
    ),
    "no option": ("/blocks/0/element/options", modal(select(0))),
    "101 options": ("/blocks/0/element/options", modal(select(101))),
    "options nowhere": ("/blocks/0/element", modal(field_of({"type": "static_select"}))),
    "eleven radio buttons": (
        "/blocks/0/element/options",
        modal(field_of({"type": "radio_buttons", "options": options(*map(str, range(11)))})),
    ),
    "six in an overflow menu": (
        "/blocks/0/accessory/options",
        modal(
            section(accessory={"type": "overflow", "options": options(*map(str, range(6)))}),
        ),
    ),
    "twice the same value": (
        "/blocks/0/element/options",
        modal(field_of({"type": "radio_buttons", "options": options("a", "a")})),
    ),
    "option of 76": (
        "/blocks/0/element/options/0/text/text",
        modal(field_of({"type": "radio_buttons", "options": options("x" * 76)})),
    ),
    "option value of 151": (
        "/blocks/0/element/options/0/value",
        modal(
            field_of({"type": "static_select", "options": [{"text": plain(), "value": "x" * 151}]})
        ),
    ),
    "an initial option of another list": (
        "/blocks/0/element/initial_option",
        modal(
            field_of(
                {
                    "type": "static_select",
                    "options": options("a"),
                    "initial_option": options("b")[0],
                }
            )
        ),
    ),
    "a day of no calendar": (
        "/blocks/0/element/initial_date",
        modal(field_of({"type": "datepicker", "initial_date": "24.11.2026"})),
    ),
    "rich text without parts": ("/blocks/0/elements", modal({"type": "rich_text", "elements": []})),
    "rich text that is empty": (
        "/blocks/0/elements/0/elements/0/text",
        modal(
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}
                ],
            }
        ),
    ),
}


async def opened(api: Api, local: LocalSlack, view: Any) -> Json:
    """Open a view with a fresh trigger."""
    trigger = local.workspace.permits.trigger(ANNA)
    return await api("views.open", trigger_id=trigger, view=view)


async def test_a_view_within_all_limits_is_taken(api: Api, local: LocalSlack) -> None:
    """The control: the view that the broken ones are made of opens."""
    answer = await opened(api, local, GOOD)
    assert answer["ok"], answer
    assert len(BROKEN) >= 40


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_view_is_refused_with_slacks_code(
    api: Api, local: LocalSlack, name: str
) -> None:
    """Broken in one way: invalid_arguments, and a pointer to the one place that is wrong."""
    pointer, view = BROKEN[name]
    answer = await opened(api, local, view)
    assert (answer["ok"], answer["error"]) == (False, "invalid_arguments")
    (message,) = answer["response_metadata"]["messages"]
    assert message.startswith("[ERROR] ")
    assert message.endswith(f" [json-pointer:/view{pointer}]")
    assert local.snapshot(ANNA)["modals"] == []


@pytest.mark.parametrize("view", ["{not json", "[]", 7, True, ["x"]])
async def test_what_is_no_object_is_no_view(api: Api, local: LocalSlack, view: Any) -> None:
    """Text that is no JSON, a list, a number: invalid_arguments."""
    answer = await opened(api, local, view)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must provide an object [json-pointer:/view]"
    ]


async def test_a_view_of_more_than_250_kilobytes_is_too_large(api: Api, local: LocalSlack) -> None:
    """All limits kept, and still too large: view_too_large; one section less fits."""
    blocks = [section("x" * 3000) for _ in range(84)]
    assert (await opened(api, local, modal(*blocks)))["error"] == "view_too_large"
    assert (await opened(api, local, modal(*blocks[1:])))["ok"]


async def test_escaped_text_counts_as_it_is_shown(api: Api, local: LocalSlack) -> None:
    """24 ampersands fit a title although each is sent as five characters."""
    title = {**GOOD, "title": plain("&amp;" * 24)}
    assert (await opened(api, local, title))["ok"]
    assert not (await opened(api, local, {**GOOD, "title": plain("&amp;" * 25)}))["ok"]


GOOD_TABLE = table(["Rule", "Why"], ["a", "b"], column_settings=[{"is_wrapped": True}])
GOOD_DATA = table(["Rule", "Why"], ["a", "-"], kind="data_table", caption="Rules", page_size=5)
GOOD_BLOCKS = [GOOD_TABLE, GOOD_DATA, {"type": "markdown", "text": "**a**"}, section(), RICH]
BROKEN_BLOCKS: dict[str, tuple[str, list[Any]]] = {
    "51 blocks": ("", [{"type": "divider"}] * 51),
    "an alert": ("/0/type", [{"type": "alert", "text": plain()}]),
    "an unknown block": ("/0/type", [{"type": "password"}]),
    "an empty cell": ("/0/rows/0/0/text", [table([""])]),
    "a blank cell": ("/0/rows/0/0/text", [table([" "])]),
    "101 rows": ("/0/rows", [table(*[["a"]] * 101)]),
    "no rows": ("/0/rows", [table()]),
    "21 cells": ("/0/rows/0", [table(["a"] * 21)]),
    "a ragged table": ("/0/rows", [table(["a", "b"], ["c"])]),
    "a table of 10001": ("", [table(["x" * 5001], ["x" * 5000])]),
    "two tables of 10001": ("", [table(["x" * 5001]), table(["x" * 5000])]),
    "a data table without caption": ("/0", [table(["a"], ["b"], kind="data_table")]),
    "a data table of one row": ("/0/rows", [table(["a"], kind="data_table", caption="c")]),
    "202 rows of data": ("/0/rows", [table(*[["a"]] * 202, kind="data_table", caption="c")]),
    "a page of 101": (
        "/0/page_size",
        [table(["a"], ["b"], kind="data_table", caption="c", page_size=101)],
    ),
    "markdown of 12001": ("", [{"type": "markdown", "text": "x" * 6001}] * 2),
    "twice the same block_id": ("/1/block_id", [section(block_id="a"), section(block_id="a")]),
}


async def test_blocks_within_all_limits_are_posted(api: Api) -> None:
    """The control for messages; a text beside them is not asked for."""
    answer = await api("chat.postMessage", channel=SUPPORT, blocks=GOOD_BLOCKS)
    assert answer["ok"], answer
    posted = answer["message"]["blocks"]
    assert [block["type"] for block in posted] == [block["type"] for block in GOOD_BLOCKS]
    assert all(block["block_id"] for block in posted)


@pytest.mark.parametrize("name", BROKEN_BLOCKS)
async def test_broken_blocks_are_refused_with_slacks_code(api: Api, name: str) -> None:
    """In a message: invalid_blocks, told twice over, as Slack does."""
    pointer, blocks = BROKEN_BLOCKS[name]
    answer = await api("chat.postMessage", channel=SUPPORT, text="t", blocks=blocks)
    assert (answer["ok"], answer["error"]) == (False, "invalid_blocks")
    (message,) = answer["errors"]
    assert message.endswith(f" [json-pointer:/blocks{pointer}]")
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {message}"]


async def test_a_home_tab_has_rules_of_its_own(api: Api) -> None:
    """Tables yes; a title, an alert and a modal no."""
    home = {"type": "home", "blocks": [GOOD_TABLE, section()]}
    assert (await api("views.publish", user_id=ANNA, view=home))["ok"]
    for broken in (
        {**home, "title": plain()},
        {**home, "blocks": [{"type": "alert", "text": plain()}]},
        {**home, "blocks": [{"type": "divider"}] * 101},
        GOOD,
    ):
        answer = await api("views.publish", user_id=ANNA, view=broken)
        assert answer["error"] == "invalid_arguments"
