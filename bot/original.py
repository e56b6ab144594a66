"""What somebody's message in Slack says, letter by letter, so that a password in it stays one.

Slack writes a message in two ways: ``blocks``, in which texts are literal, and ``text``, in which
three characters are entities, and links, names and channels stand in angle brackets.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.views.parts import Json

_TOKEN = re.compile(r"<([^<>\n]+)>")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
# Of these Slack takes the signs away that somebody typed around a word: *, _ and ~.
_SWALLOWED = ("bold", "italic", "strike")


@dataclass(frozen=True, slots=True)
class Original:
    """A message to be moved. ``exact``: its text is what was typed, as far as Slack tells."""

    text: str = field(default="", repr=False)
    exact: bool = True
    has_files: bool = False


def read(message: Json) -> Original:
    """Read the message of a shortcut's payload: a person's, a bot's, a stranger's.

    ``message`` is as Slack describes it; whatever is missing or odd in it says nothing.
    """
    blocks = _dicts(message.get("blocks"))
    # A person's message is one rich_text; a bot's may be anything, with a summary as its text.
    spoken = [part for block in blocks for part in _block(block)] or _unblocked(message)
    text = _joined(part.text for part in spoken)
    # Whether Slack decodes entities in what a field begins with is not documented.
    exact = all(part.exact for part in spoken) and not _ENTITY.search(text)
    return Original(text.strip("\n"), exact, bool(message.get("files")))


def _joined(texts: Iterator[str]) -> str:
    whole = ""
    for text in texts:
        whole += text if not whole or whole.endswith("\n") else f"\n{text}"
    return whole


def _rich(block: Json) -> Iterator[Original]:
    for element in _dicts(block.get("elements")):
        if element.get("type") == "rich_text_list":
            yield from _rich(element)
        else:
            parts = [_part(part) for part in _dicts(element.get("elements"))]
            yield Original("".join(part.text for part in parts), all(part.exact for part in parts))


def _part(part: Json) -> Original:
    style = part.get("style")
    plain = not (isinstance(style, dict) and any(style.get(name) for name in _SWALLOWED))
    match part:
        case {"type": "text", "text": str(text)}:
            return Original(text, plain)
        case {"type": "link", "url": str(url)}:
            return replace(_link(url, str(part.get("text") or "")), exact=plain)
        case {"type": "emoji", "name": str(name)}:
            # Typed as a name or drawn: both arrive so.
            return Original(f":{name}:", exact=False)
        case (
            {"type": "user", "user_id": str(name)}
            | {"type": "channel", "channel_id": str(name)}
            | {"type": "broadcast", "range": str(name)}
        ):
            return Original(f"@{name}", exact=False)
        case {"type": "date", "fallback": str(text)}:
            return Original(text, exact=False)
        case _:
            return Original(exact=False)


def _link(url: str, label: str) -> Original:
    """What is typed becomes a link by itself: example.com gets an address, and stays its text."""
    if not label or label in url:
        return Original(label or url)
    return Original(f"{label} ({url})", exact=False)


def _block(block: Json) -> Iterator[Original]:
    """What stands in a block that holds text."""
    if block.get("type") == "rich_text":
        yield from _rich(block)
        return
    if block.get("type") == "markdown":
        yield Original(str(block.get("text") or ""), exact=False)
        return
    fields, elements = _dicts(block.get("fields")), _dicts(block.get("elements"))
    spoken = [*_dicts([block.get("text")]), *fields]
    if block.get("type") == "context":
        spoken += elements
    for one in spoken:
        if one.get("type") == "mrkdwn":
            yield _mrkdwn(one)
        elif one.get("type") == "plain_text":
            yield Original(_decoded(_text(one)))


def _unblocked(message: Json) -> list[Original]:
    """The old ways of bots: a text, or what is attached to none."""
    if _text(message):
        return [_mrkdwn(message)]
    parts = _dicts(message.get("attachments"))
    return [_mrkdwn({"text": part.get("text") or part.get("fallback")}) for part in parts]


def _mrkdwn(message: Json) -> Original:
    tokens: list[Original] = []

    def told(found: re.Match[str]) -> str:
        tokens.append(_token(found[1]))
        return tokens[-1].text

    text = _TOKEN.sub(told, _text(message))
    return Original(_decoded(text), all(token.exact for token in tokens))


def _token(inside: str) -> Original:
    address, _, label = inside.partition("|")
    if address[:1] in "@#!":
        return Original(label or inside, exact=False)
    return _link(address, label)


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(part: Json) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else ""


def _dicts(found: object) -> Sequence[Json]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
