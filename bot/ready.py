"""The ready-made texts to customers, in their language: what agents copy and send.

All of them are put together here, from the texts that ``make build`` compiles (docs/languages.md);
``web/frontend/src/messages.js`` does the same for agents who write in their browser.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from storage.errors import SettingsError
from storage.languages import ENGLISH, NAMES, Language
from storage.model import Seconds

_SLOT = re.compile(r"\{(\w+)\}")


class Kind(StrEnum):
    """What a text is for, with its slots beside ``name``."""

    SHARE_ONCE = "share_once"  # link, date
    SHARE_OFTEN = "share_often"  # link, date
    REQUEST = "request"  # link, date
    REMINDER = "reminder"  # what, date
    REMINDER_ONCE = "reminder_once"  # date
    REMINDER_OFTEN = "reminder_often"  # date
    MOVED_MINE = "moved_mine"  # link
    MOVED_YOURS = "moved_yours"  # link
    MOVED_AN_APPS = "moved_an_apps"  # link
    REPLY = "reply"
    EXPOSED_UNANSWERED = "exposed_unanswered"  # date of the question
    EXPOSED_ANSWER = "exposed_answer"  # date of the answer
    EXPOSED_SECRET = "exposed_secret"  # noqa: S105 - the name of a text; date of the link


class More(StrEnum):
    """A sentence behind it that is not always true."""

    ONCE = "share_once"  # date
    OFTEN = "share_often"  # date
    PASSPHRASE = "share_passphrase"  # noqa: S105 - the name of a text
    DELETE = "moved_delete"
    DEAD = "exposed_dead"


# What is put together from several; any other is one of its own name.
_PARTS: Mapping[Kind, Sequence[str]] = {
    Kind.SHARE_ONCE: ("share", "share_once", "share_care"),
    Kind.SHARE_OFTEN: ("share", "share_often"),
    Kind.REMINDER: ("reminder", "reminder_lost"),
    Kind.REMINDER_ONCE: ("reminder_share", "share_once", "reminder_lost"),
    Kind.REMINDER_OFTEN: ("reminder_share", "share_often", "reminder_lost"),
}
# As forms in Slack and the composer name them; a record has them in English.
_FIELDS = {
    "Login page": "field_login_page",
    "Username": "field_username",
    "Password": "field_password",
    "Notes": "field_notes",
}


def ready(
    kind: Kind,
    language: Language | None = None,
    *,
    more: Sequence[More] = (),
    name: str = "",
    **slots: str,
) -> str:
    """Give a text. ``language`` None: nobody chose one, and it is English.

    ``name`` is the customer's ('' for none). It and the slots are clean and fit to be copied; braces
    in them stay as they are.
    """
    hello = _said("hello" if name else "hello_nobody", language, name=name)
    keys = [*_PARTS.get(kind, (kind,)), *more]
    return " ".join(_said(key, language, hello=hello, **slots) for key in keys)


def sentence(more: More, language: Language | None = None) -> str:
    """Give a sentence without slots, to be put behind a text that is not ours."""
    return _said(more, language)


def date(at: Seconds, language: Language | None = None) -> str:
    """The same moment in every time zone, as the language writes it: 24 November 2026, 16:00 UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    day = _filled(
        _texts(language)["days"][moment.month - 1],
        {"day": str(moment.day), "year": str(moment.year)},
    )
    return _said("date", language, day=day, time=f"{moment:%H:%M}")


def needed(what: str, fields: Sequence[str], language: Language | None = None) -> str:
    """What is asked for, and the names of its fields; those that every team has are translated."""
    told = what or _said("reminder_usual", language)
    if not fields:
        return told
    names = _said("comma", language).join(_field(name, language) for name in fields)
    return _said("reminder_named", language, what=told, names=names)


def load() -> None:
    """Read every language. Raises SettingsError when they are not built.

    To be called at the start, so that no message waits for a disk.
    """
    for language in NAMES:
        _texts(language)


def _field(name: str, language: Language | None) -> str:
    key = _FIELDS.get(name)
    return str(_texts(language)["fields"][key]) if key else name


def _said(key: str, language: Language | None, **slots: str) -> str:
    return _filled(_texts(language)["message"][key], slots)


def _filled(text: str, slots: Mapping[str, str]) -> str:
    """In one go, so that what fills a slot is never filled itself."""
    return _SLOT.sub(lambda slot: slots[slot[1]], text)


@cache
def _texts(language: Language | None) -> Mapping[str, Any]:
    path = files("bot") / "locales" / f"{language or ENGLISH}.json"
    try:
        texts: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError("The texts are not built: run `make build` first.") from None
    return texts
