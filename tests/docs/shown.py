"""Whether a text is one that people see: in Slack's windows and messages, or on the pages."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.views import words
from storage.model import State, Status
from tests.docs.reading import ROOT

# With fewer letters of its own, a template with something to fill in would match anything.
_OWN_LETTERS = 12
_FILLED_IN = re.compile(r"\{\w*\}")
_SENTENCES = re.compile(r"(?<=[.!?]) ")
_NAMES_ONLY = {"ids.py"}


def statuses() -> set[str]:
    """Every status word of the history; counts are written as 3."""
    possible = [
        Status(state, single_use=True, confirmed=confirmed, key_missing=key_missing)
        for state in State
        for confirmed in (False, True)
        for key_missing in (False, True)
    ]
    possible.append(Status(State.LOST, single_use=True, went_back=True))
    ever_counted = (State.ACTIVE, State.EXPIRED, State.BURNED)
    possible += [Status(state, single_use=True, confirmed=True, is_request=True) for state in State]
    possible += [Status(state, single_use=False, views=v) for state in ever_counted for v in (0, 3)]
    return {re.sub(r"\d+ views?", "3 views", words.status(status)) for status in possible}


def is_shown(quoted: str) -> bool:
    """Whether it is a whole text of ours, or whole sentences of one, with names filled in."""
    return quoted in statuses() or any(text.fullmatch(quoted) for text in _patterns())


@cache
def _patterns() -> list[re.Pattern[str]]:
    parts = {part for text in _texts() for part in _runs(text)}
    return [pattern for part in parts if (pattern := _pattern(part))]


def _texts() -> Iterator[str]:
    """What is written in the views and listeners, docstrings apart, and in the catalogue."""
    catalogue = json.loads((ROOT / "web/frontend/src/locales/en.json").read_text())
    for texts in catalogue.values():
        for text in texts.values():  # one that counts has several forms
            yield from [text] if isinstance(text, str) else text.values()
    folders = ((ROOT / "bot/views").glob("*.py"), (ROOT / "bot/listeners").glob("*.py"))
    for path in (*(p for folder in folders for p in folder), ROOT / "bot/gate.py"):
        if path.name not in _NAMES_ONLY:
            yield from _written(path)


def _written(path: Path) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        match waiting.pop():
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring
            case ast.Constant(value=str(text)):
                # One lower-case word is a name in the code; no label is.
                if " " in text or text[:1].isupper():
                    yield text
            case ast.JoinedStr(values=values):
                literals = [v.value if isinstance(v, ast.Constant) else "{}" for v in values]
                yield (template := "".join(map(str, literals)))
                # What Slack shows in bold beside a value, such as the name of a fact.
                yield from re.findall(r"\*([^*{}]+)\*", template)
                waiting += [v for v in values if not isinstance(v, ast.Constant)]
            case node:
                waiting += ast.iter_child_nodes(node)


def _runs(text: str) -> Iterator[str]:
    """Each run of whole sentences, as Slack or a browser shows it."""
    for line in text.replace("*", "").splitlines():
        sentences = _SENTENCES.split(line)
        for start in range(len(sentences)):
            for end in range(start + 1, len(sentences) + 1):
                yield " ".join(sentences[start:end]).strip()


def _pattern(text: str) -> re.Pattern[str] | None:
    own = _FILLED_IN.split(text)
    if len(own) > 1 and sum(char.isalpha() for part in own for char in part) < _OWN_LETTERS:
        return None
    # What is filled in ends no sentence, else it could be a sentence of anybody's.
    return re.compile("[^.!?]{0,60}".join(map(re.escape, own))) if text else None
