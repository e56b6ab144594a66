"""The history as one of Slack's tables; only App Home takes them, and modals do not."""

from collections.abc import Sequence

from bot.views import history, ids
from bot.views.parts import Json
from bot.views.words import date, is_person, status, typeable
from storage.model import Seconds, Summary, UserId

CAPTION = "Secrets and requests, newest first"
HEAD = ("No.", "Label", "Status", "Kind", "By", "Created", "Expires", "Opened")
NEVER = "never"
UNKNOWN = "unknown"
NO_LABEL = "No label"


def table(found: Sequence[Summary], *, data_table: bool) -> Json:
    """A page of rows. Texts in cells are literal; none is empty, which Slack would refuse."""
    cells = [[_raw(text) for text in HEAD]]
    cells += [_row(number, row) for number, row in enumerate(found, 1)]
    block: Json = {"block_id": ids.Block.TABLE.value, "rows": cells}
    if data_table:
        # Its own pages would hide rows whose numbers stand below.
        return {"type": "data_table", "caption": CAPTION, "page_size": len(found), **block}
    return {"type": "table", **block}


def _row(number: int, row: Summary) -> list[Json]:
    record = row.record
    opened = row.status.last_opened
    return [
        _raw(str(number)),
        _raw(named(row)),
        _raw(status(row.status)),
        _raw("Request" if row.status.is_request else history.kind(row)),
        _person(record.creator) if record else _raw(UNKNOWN),
        _moment(row.created),
        _moment(record.expires) if record else _raw(UNKNOWN),
        _moment(opened) if opened else _raw(NEVER),
    ]


def named(row: Summary) -> str:
    """A row's label where nothing is known to read entities."""
    if row.record is None:
        return history.UNREADABLE
    return typeable(row.record.label) or NO_LABEL


def _raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def _rich(part: Json) -> Json:
    section = {"type": "rich_text_section", "elements": [part]}
    return {"type": "rich_text", "elements": [section]}


def _person(user: UserId) -> Json:
    return _rich({"type": "user", "user_id": user}) if is_person(user) else _raw(UNKNOWN)


def _moment(at: Seconds) -> Json:
    written = {"format": "{date_short_pretty}, {time}", "fallback": date(at)}
    return _rich({"type": "date", "timestamp": at, **written})
