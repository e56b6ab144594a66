"""Error answers: one table of codes, one shape. docs/protocol.md lists them."""

from typing import Any

import msgspec

from web.headers import NO_STORE
from web.reply import Answer

CODES = {
    "bad_request": (400, "The request is not what this address expects."),
    "session_required": (401, "Open this page with its button in Slack."),
    "foreign_origin": (403, "Only the pages of this site may ask this."),
    "passphrase_required": (403, "This secret has a passphrase."),
    "wrong_passphrase": (403, "That is not the passphrase."),
    "not_for_you": (403, "This is not for you to do."),
    "policy": (403, "Your team does not allow this."),
    "unavailable": (404, "Information no longer available."),
    "waiting": (409, "Nobody has answered yet."),
    "already_submitted": (409, "There is an answer already."),
    "exists": (409, "This id is taken."),
    "gone": (410, "This secret can no longer be opened."),
    "ticket_used": (410, "This button was used. Open the page from Slack again."),
    "ticket_expired": (410, "This button is too old. Open the page from Slack again."),
    "too_slow": (408, "The request took too long to arrive."),
    "too_large": (413, "The request is larger than 640 KiB."),
    "rate_limited": (429, "Too many requests from this address. Wait a moment."),
    "no_room": (507, "The store is full. Nothing was stored."),
    "try_again": (503, "Nothing was shown. Try again in a moment."),
    "internal": (500, "Something went wrong on our side."),
}
_JSON = {"Content-Type": "application/json", "Cache-Control": NO_STORE}
# What another attempt can change.
_PASSING = frozenset({"rate_limited", "try_again"})


class Problem(Exception):
    """An error answer, raised where the request can't go on."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def problem(code: str, *, retry_after: int = 1, **more: Any) -> Answer:
    """``{"error":{"code","message", ...}}`` with the code's status; ``retry_after`` in seconds."""
    status, message = CODES[code]
    response = answer({"error": {"code": code, "message": message, **more}}, status)
    if code in _PASSING:
        response.headers["Retry-After"] = str(retry_after)
    return response


def answer(body: Any, status: int = 200) -> Answer:
    """JSON that no cache keeps."""
    return Answer(body=msgspec.json.encode(body), status=status, headers=_JSON)
