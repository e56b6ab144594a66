"""A password that stood in a message: the form begins with it, and afterwards the message must go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from slack_sdk.models.blocks import Block, SectionBlock

from bot.original import Original
from bot.ready import Kind
from bot.views import ids
from bot.views.parts import copyable, mrkdwn, notice, paragraph
from bot.views.words import is_person, mention
from storage.errors import DecodingError
from storage.model import UserId

ABOUT = (
    "This is the text of the message. Take out what is not secret, and press Create link. Then you "
    "read how to delete the message."
)
NOTHING = "This message has no text that can be moved. Type the secret below."
TOO_LONG = (
    "This message is longer than the 3,000 characters that fit here, so nothing was filled in. Copy "
    "what is secret into the field, or write it in your browser, where more fits in."
)
INEXACT = (
    "Slack may have changed characters of this text, as it does with *, _, ~, emoji, names and "
    "links. Compare it with the message before you press Create link."
)
FILES = "A file of this message is not moved with it. A text file can be added in your browser."
IN_BROWSER_ONLY = (
    "The message that you wanted to move is not filled in there: copy its text yourself. Then "
    "delete the message, or ask its author to."
)
REPLY = "Or copy this as a reply to the message:"
DELETE_YOURS = (
    "*Now delete the message.* It is yours: open its menu and choose Delete message. Slack lets only "
    "its author or an admin do that."
)
DELETE_THEIRS = (
    "*The message is still there.* Slack lets only its author or an admin delete it. Ask {author} to "
    "open its menu and choose Delete message."
)
DELETE_AN_APPS = (
    "*The message is still there.* An app posted it. Slack lets only that app or an admin delete it: "
    "ask an admin of your Slack workspace."
)
SEEN = (
    "Whoever could read it may have. If that is more than the people it was meant for, change the "
    "password and share the new one. Whoever opens the link first in a channel gets what it holds."
)
_SITE = re.compile(r"[a-z0-9-]{1,80}(?:\.[a-z0-9-]{1,80})?\Z")
_PLACE = re.compile(r"[CDG][A-Z0-9]{1,30}\Z")
_TS = re.compile(r"[0-9]{1,11}\.[0-9]{6}\Z")
_PERMALINK = re.compile(r"https://[a-z0-9.-]+\.slack\.com/archives/[A-Z0-9]+/p[0-9?=&a-zA-Z_.]+\Z")
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Moved:
    """Whose message it is ('' for an app's) and where ('' if the payload did not tell).

    As text it is a form's ``private_metadata``: of what the message says it holds nothing.
    """

    author: str = ""
    permalink: str = ""

    def __str__(self) -> str:
        return f"{self.author or _NONE} {self.permalink or _NONE}"

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a shortcut's payload."""
        message = body["message"]
        author = message.get("user")
        is_app = bool(message.get("bot_id")) or not isinstance(author, str)
        person = "" if is_app or not is_person(UserId(author)) else author
        return cls(person, _permalink(body))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Raises DecodingError."""
        author, _, permalink = text.partition(" ")
        sound = author == _NONE or is_person(UserId(author))
        if not sound or not (permalink == _NONE or _PERMALINK.match(permalink)):
            raise DecodingError("not a message that was moved")
        return cls(author.removeprefix(_NONE), "" if permalink == _NONE else permalink)


def _permalink(body: Mapping[str, Any]) -> str:
    """The message's address, made of the payload alone: Slack would be asked for the app's channels only."""
    site = str((body.get("team") or {}).get("domain") or "")
    place = str((body.get("channel") or {}).get("id") or "")
    message = body["message"]
    ts, thread = str(message.get("ts") or ""), str(message.get("thread_ts") or "")
    if not (_SITE.match(site) and _PLACE.match(place) and _TS.match(ts)):
        return ""
    link = f"https://{site}.slack.com/archives/{place}/p{ts.replace('.', '')}"
    return f"{link}?thread_ts={thread}&cid={place}" if _TS.match(thread) else link


def above(original: Original, limit: int) -> list[Block]:
    """What stands above the form."""
    if len(original.text) > limit:
        told = [notice(TOO_LONG, ids.Block.WARNING)]
    elif not original.text.strip():
        told = [notice(NOTHING, ids.Block.WARNING)]
    else:
        told = [paragraph(ABOUT, ids.Block.ORIGINAL)]
        if not original.exact:
            told.append(notice(INEXACT, ids.Block.WARNING))
    return [*told, *([notice(FILES, ids.Block.FILES)] if original.has_files else [])]


def reply(moved: Moved, viewer: UserId) -> Kind:
    """Which words to put below the message."""
    if moved.author == viewer:
        return Kind.MOVED_MINE
    return Kind.MOVED_YOURS if moved.author else Kind.MOVED_AN_APPS


def blocks(moved: Moved, viewer: UserId, words: str) -> list[Block]:
    """What is left to do; ``words`` are the reply."""
    return [
        SectionBlock(block_id=ids.Block.ORIGINAL, text=mrkdwn(_how(moved, viewer))),
        paragraph(SEEN, ids.Block.SEEN),
        paragraph(REPLY),
        copyable(words, ids.Block.REPLY),
    ]


def _how(moved: Moved, viewer: UserId) -> str:
    if moved.author == viewer:
        told = DELETE_YOURS
    elif moved.author:
        told = DELETE_THEIRS.format(author=mention(UserId(moved.author)))
    else:
        told = DELETE_AN_APPS
    address = moved.permalink.replace("&", "&amp;")
    return f"{told} <{address}|Go to the message>" if address else told
