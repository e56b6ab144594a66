"""Block Kit's blocks, and where each may stand: docs.slack.dev/reference/block-kit/blocks."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.elements import ACCESSORY, ACTION, ID, IMAGE, INPUT, URL
from bot.sandbox.schema import (
    Check,
    Flaw,
    Json,
    any_text,
    anything,
    by_type,
    flag,
    listing,
    one_of,
    plain,
    shape,
    string,
    visible,
    whole,
)

_RICH = string(100_000)
_TEXT = any_text(3000)
_STYLED: dict[str, Check] = {"style": anything}
_INLINE = by_type(
    {
        "text": shape({"text": _RICH}, _STYLED),
        "link": shape({"url": URL}, {"text": _RICH, "unsafe": flag, **_STYLED}),
        "emoji": shape({"name": string(100)}, {"unicode": string(100), **_STYLED}),
        "user": shape({"user_id": ID}, _STYLED),
        "usergroup": shape({"usergroup_id": ID}, _STYLED),
        "channel": shape({"channel_id": ID}, _STYLED),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLED),
        "color": shape({"value": string(100)}),
        "date": shape(
            {"timestamp": whole(0, 10**11), "format": string(1000)},
            {"url": URL, "fallback": string(1000)},
        ),
    }
)
_PARTS = listing(_INLINE, 1, 10_000)
_SECTION = shape({"elements": _PARTS})
_BORDER: dict[str, Check] = {"border": whole(0, 1)}
_RICH_TEXT = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_preformatted": shape({"elements": _PARTS}, {"language": string(100), **_BORDER}),
        "rich_text_quote": shape({"elements": _PARTS}, _BORDER),
        "rich_text_list": shape(
            {
                "style": one_of("bullet", "ordered"),
                "elements": listing(by_type({"rich_text_section": _SECTION}), 1, 1000),
            },
            {"indent": whole(0, 8), "offset": whole(0, 10**6), **_BORDER},
        ),
    }
)
_RICH_LIST = listing(_RICH_TEXT, 1, 1000)

# A table refuses a cell that shows nothing: use a dash.
_RAW: dict[str, Check] = {
    "raw_text": shape({"text": visible(10_000)}),
    "raw_number": shape({"value": anything}, {"text": visible(10_000)}),
}
_CELL = by_type({**_RAW, "rich_text": shape({"elements": _RICH_LIST}, {"block_id": ID})})
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})


def _said(section: Json, at: str) -> Iterator[Flaw]:
    if not (section.get("text") or section.get("fields")):
        yield Flaw("must provide text or fields", at)


def _pictured(image: Json, at: str) -> Iterator[Flaw]:
    if bool(image.get("image_url")) == bool(image.get("slack_file")):
        yield Flaw("must provide either image_url or slack_file", at)


def _even(table: Json, at: str) -> Iterator[Flaw]:
    if len({len(row) for row in table["rows"]}) > 1:
        yield Flaw("all rows must have the same number of cells", f"{at}/rows")


def _headed(table: Json, at: str) -> Iterator[Flaw]:
    if any(cell["type"] == "rich_text" for cell in table["rows"][0]):
        yield Flaw("unsupported type: rich_text", f"{at}/rows/0")


def _own_names(block: Json, at: str) -> Iterator[Flaw]:
    seen = set()
    for number, element in enumerate(block["elements"]):
        name = element.get("action_id")
        if name is not None and name in seen:
            pointer = f"{at}/elements/{number}/action_id"
            yield Flaw(f'action_id "{name}" already exists in this block', pointer)
        seen.add(name)


def _block(
    required: dict[str, Check] | None = None, *also: Any, optional: dict[str, Check] | None = None
) -> Check:
    return shape(required or {}, {"block_id": ID, **(optional or {})}, *also)


_EVERYWHERE: dict[str, Check] = {
    "section": _block(
        {},
        _said,
        optional={
            "text": _TEXT,
            "fields": listing(any_text(2000), 1, 10),
            "accessory": ACCESSORY,
            "expand": flag,
        },
    ),
    "context": _block(
        {
            "elements": listing(
                by_type(
                    {
                        "image": IMAGE,
                        "plain_text": shape({"text": visible(3000)}, {"emoji": flag}),
                        "mrkdwn": shape({"text": visible(3000)}, {"verbatim": flag}),
                    }
                ),
                1,
                10,
            )
        }
    ),
    "actions": _block({"elements": listing(ACTION, 1, 25)}, _own_names),
    "input": _block(
        {"label": plain(2000), "element": INPUT},
        optional={"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block(),
    "image": _block(
        {"alt_text": string(2000)},
        _pictured,
        optional={"image_url": URL, "slack_file": anything, "title": plain(2000)},
    ),
    "rich_text": _block({"elements": _RICH_LIST}),
}
_TABLES: dict[str, Check] = {
    "table": _block(
        {"rows": listing(listing(_CELL, 1, 20, "cells"), 1, 100, "rows")},
        _even,
        optional={"column_settings": listing(_COLUMN, 0, 20)},
    ),
    "data_table": _block(
        {
            "caption": visible(1000),
            "rows": listing(listing(_CELL, 1, 20, "cells"), 2, 201, "rows"),
        },
        _even,
        _headed,
        optional={"page_size": whole(1, 100)},
    ),
}
_ALERT = _block(
    {"text": any_text(200)},
    optional={"level": one_of("default", "info", "warning", "error", "success")},
)
MARKDOWN = 12_000  # characters, over all markdown blocks of a message

MODAL = by_type({**_EVERYWHERE, "alert": _ALERT})
HOME = by_type({**_EVERYWHERE, **_TABLES})
MESSAGE = by_type({**_EVERYWHERE, **_TABLES, "markdown": _block({"text": visible(MARKDOWN)})})
