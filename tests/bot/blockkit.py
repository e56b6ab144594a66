"""Slack's documented Block Kit limits, the ones that slack_sdk misses among them."""

from collections.abc import Iterator
from html import unescape
from typing import Any

from slack_sdk.models.views import View

Json = dict[str, Any]

MODAL_BLOCKS = {"section", "context", "divider", "input", "actions", "rich_text", "header"}
MESSAGE_BLOCKS = {"section", "context", "divider", "actions", "rich_text", "header", "table"}
TITLE, PAYLOAD, TABLE = 24, 13_000, 10_000
OPTIONS = {"overflow": 5, "radio_buttons": 10, "static_select": 100}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}


def faults_of_view(view: Json) -> list[str]:
    """Why Slack would refuse this modal; empty if it would not."""
    View(**view).to_dict()  # raises SlackObjectFormationError
    blocks = view["blocks"]
    found = list(_blocks(blocks, MODAL_BLOCKS, most=100))
    for part in ("title", "submit", "close"):
        if part in view:
            found += _text(view[part], part, TITLE, {"plain_text"})
    if any(block["type"] == "input" for block in blocks) and "submit" not in view:
        found.append("input without submit")
    if len(view.get("private_metadata", "")) > 3000 or len(view.get("callback_id", "")) > 255:
        found.append("metadata or callback id too long")
    return found


def faults_of_message(message: Json) -> list[str]:
    """Why Slack would refuse or spoil this message; empty if it would not."""
    blocks = message.get("blocks", [])
    found = list(_blocks(blocks, MESSAGE_BLOCKS, most=50)) if blocks else []
    if not message.get("text"):
        found.append("no text for notifications and screen readers")
    if message.get("unfurl_links") is not False or message.get("unfurl_media") is not False:
        found.append("unfurls")
    if message.get("response_type") != "ephemeral":
        found.append("not ephemeral")
    if len(str(blocks)) > PAYLOAD:
        found.append("too long for one message")
    return found


def _blocks(blocks: list[Json], allowed: set[str], most: int) -> Iterator[str]:
    if not 1 <= len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(names)) != len(names):
        yield "duplicate block ids"
    if any(not 1 <= len(name) <= 255 for name in names):
        yield "block id length"
    for block in blocks:
        if block["type"] not in allowed:
            yield f"{block['type']} is not allowed here"
        yield from _block(block)


def _block(block: Json) -> Iterator[str]:  # noqa: C901, PLR0912 - one case per kind of block
    match block["type"]:
        case "section":
            if "text" in block:
                yield from _text(block["text"], "section", 3000)
            fields = block.get("fields", [])
            if len(fields) > 10 or ("text" not in block and not fields):
                yield "section without text, or with too many fields"
            for field in fields:
                yield from _text(field, "field", 2000)
            yield from _elements([block["accessory"]] if "accessory" in block else [])
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                yield "context elements"
            for element in block["elements"]:
                yield from _text(element, "context", 3000)
        case "actions":
            if not 1 <= len(block["elements"]) <= 25:
                yield "actions elements"
            yield from _elements(block["elements"])
        case "input":
            yield from _text(block["label"], "label", 2000, {"plain_text"})
            if "hint" in block:
                yield from _text(block["hint"], "hint", 2000, {"plain_text"})
            yield from _elements([block["element"]])
        case "header":
            yield from _text(block["text"], "header", 150, {"plain_text"})
        case "rich_text":
            yield from _rich(block["elements"])
        case "table":
            yield from _table(block)


def _elements(elements: list[Json]) -> Iterator[str]:
    names = [element["action_id"] for element in elements]
    if len(set(names)) != len(names) or any(not 1 <= len(name) <= 255 for name in names):
        yield "action ids"
    for element in elements:
        yield from _options(element)
        if element["type"] == "button":
            yield from _text(element["text"], "button", 75, {"plain_text"})
            if len(element.get("value", "")) > 2000:
                yield "button value"
        if element["type"] == "plain_text_input" and not 1 <= element.get("max_length", 1) <= 3000:
            yield "input length"
        for part, limit in CONFIRM.items():
            if part in element.get("confirm", {}):
                yield from _text(element["confirm"][part], f"confirm {part}", limit)


def _options(element: Json) -> Iterator[str]:
    options = element.get("options", [])
    if element["type"] in OPTIONS and not 1 <= len(options) <= OPTIONS[element["type"]]:
        yield "number of options"
    if len({option["value"] for option in options}) != len(options):
        yield "the same option twice"
    if "initial_option" in element and element["initial_option"] not in options:
        yield "the initial option is not an option"
    for option in options:
        yield from _text(option["text"], "option", 75)
        if not 1 <= len(option["value"]) <= 150:
            yield "option value"
        if "description" in option:
            yield from _text(option["description"], "description", 75)


def _text(
    text: Json, where: str, limit: int, kinds: frozenset[str] | set[str] = frozenset()
) -> Iterator[str]:
    if kinds and text["type"] not in kinds:
        yield f"{where}: {text['type']}"
    if not 1 <= len(text["text"]) <= limit and not 1 <= len(unescape(text["text"])) <= limit:
        yield f"{where}: {len(text['text'])} characters"
    if not text["text"].strip():
        yield f"{where}: nothing to see"


def _rich(elements: list[Json]) -> Iterator[str]:
    if not elements:
        yield "empty rich text"
    for element in elements:
        if not element["elements"] or not all(part["text"] for part in element["elements"]):
            yield "empty rich text element"


def _table(block: Json) -> Iterator[str]:
    rows = block["rows"]
    if not 1 <= len(rows) <= 100 or any(len(row) > 20 for row in rows):
        yield "table size"
    if len({len(row) for row in rows}) != 1:
        yield "ragged table"
    cells = [cell["text"] for row in rows for cell in row]
    if not all(cell.strip() for cell in cells):
        yield "empty table cell"
    if sum(map(len, cells)) > TABLE:
        yield "table text"
