"""Slack's documented limits for what is sent as a whole: a modal, a Home tab, a message.

Their parts have theirs in ``blocks`` and ``elements``.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.sandbox.blocks import HOME, MARKDOWN, MESSAGE, MODAL
from bot.sandbox.schema import Check, Flaw, Json, by_type, flag, listing, plain, shape, string

VIEW_BYTES = 250 * 1024
VIEWS = 3  # a modal and two that are pushed on it
MESSAGE_TEXT = 40_000
# Undocumented; measured by others, see bolt-js #2509. Tables have a limit of their own.
MESSAGE_BLOCKS = 13_200
TABLES = {"table": 10_000, "data_table": 20_000}
_TITLE = 24
_METADATA = 3000

_NAMES: dict[str, Check] = {
    "private_metadata": string(_METADATA, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_VIEWS = {
    "modal": shape(
        {"title": plain(_TITLE), "blocks": listing(MODAL, 1, 100)},
        {
            "submit": plain(_TITLE),
            "close": plain(_TITLE),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
            **_NAMES,
        },
    ),
    "home": shape({"blocks": listing(HOME, 0, 100)}, _NAMES),
}
_MESSAGE = listing(MESSAGE, 0, 50)


def flaws_of_view(view: Any, kind: str = "modal") -> list[Flaw]:
    """Why Slack would refuse this modal, or Home tab if ``kind`` is "home"; empty if it would not."""
    flaws = list(by_type({kind: _VIEWS[kind]})(view, "/view"))
    if flaws:
        return flaws
    blocks = view["blocks"]
    if kind == "modal":
        flaws += _unsubmittable(view)
    return [*flaws, *_named_twice(blocks, "/view/blocks"), *_focused_twice(blocks), *_long(blocks)]


def flaws_of_blocks(blocks: Any) -> list[Flaw]:
    """Why Slack would refuse these blocks in a message; empty if it would not."""
    flaws = list(_MESSAGE(blocks, "/blocks"))
    return flaws or [*_named_twice(blocks, "/blocks"), *_long(blocks)]


def is_too_large(view: Any) -> bool:
    """Whether Slack would say ``view_too_large``."""
    return len(json.dumps(view).encode()) > VIEW_BYTES


def is_too_long(blocks: Sequence[Json]) -> bool:
    """Whether Slack would say ``msg_blocks_too_long``."""
    rest = [block for block in blocks if block.get("type") not in TABLES]
    return len(json.dumps(rest, ensure_ascii=False)) > MESSAGE_BLOCKS


def _unsubmittable(view: Json) -> Iterator[Flaw]:
    has_input = any(block["type"] == "input" for block in view["blocks"])
    if has_input and not view.get("submit"):
        yield Flaw("missing required field: submit (the view has an input block)", "/view")


def _named_twice(blocks: Sequence[Json], at: str) -> Iterator[Flaw]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in seen:
            yield Flaw(f'block_id "{name}" already exists', f"{at}/{number}/block_id")
        seen.add(name or "")


def _focused_twice(blocks: Sequence[Json]) -> Iterator[Flaw]:
    focused = [
        number
        for number, block in enumerate(blocks)
        for element in elements_of(block)
        if element.get("focus_on_load")
    ]
    if len(focused) > 1:
        yield Flaw("only one element may have focus_on_load", f"/view/blocks/{focused[1]}")


def elements_of(block: Json) -> list[Json]:
    """The elements of a block that somebody can press, choose from or fill."""
    match block["type"]:
        case "actions":
            return list(block["elements"])
        case "input":
            return [block["element"]]
        case "section":
            return [block["accessory"]] if block.get("accessory") else []
        case _:
            return []


def _long(blocks: Sequence[Json]) -> Iterator[Flaw]:
    for kind, most in TABLES.items():
        cells = [
            cell
            for block in blocks
            if block["type"] == kind
            for row in block["rows"]
            for cell in row
        ]
        if sum(map(_length, cells)) > most:
            yield Flaw(f"{kind} blocks must have less than {most + 1} characters", "/blocks")
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN:
        yield Flaw(f"markdown blocks must have less than {MARKDOWN + 1} characters", "/blocks")


def _length(value: Any) -> int:
    """Characters of all texts in a cell."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_length(inner) for name, inner in value.items() if name != "text")
    return sum(map(_length, value)) if isinstance(value, list) else 0
