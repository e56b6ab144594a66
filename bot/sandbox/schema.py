"""The words that Slack's Block Kit rules are written in: small checks that make up larger ones.

A check looks at a value of a JSON body and yields what is wrong with it, in the form that Slack
reports it: a sentence and a JSON pointer.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that Slack refuses. ``pointer`` leads there from the method's arguments."""

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


Check = Callable[[Any, str], Iterator[Flaw]]
NOTHING: Mapping[str, Check] = {}


def string(most: int, least: int = 1) -> Check:
    """Text of so many characters, counted as it is shown: ``&amp;`` is one."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, str):
            yield Flaw("must provide a string", at)
        elif len(value) < least:
            yield Flaw(f"must be more than {least - 1} characters", at)
        elif len(value) > most and len(unescape(value)) > most:
            yield Flaw(f"must be less than {most + 1} characters", at)

    return check


def visible(most: int) -> Check:
    """The same where blanks alone count as nothing."""
    sized = string(most)

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if isinstance(value, str) and not value.strip():
            yield Flaw("must be more than 0 characters", at)
        else:
            yield from sized(value, at)

    return check


def matching(pattern: str, name: str) -> Check:
    """Text in a notation, such as a date."""
    notation = re.compile(pattern)

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not (isinstance(value, str) and notation.fullmatch(value)):
            yield Flaw(f"must be a valid {name}", at)

    return check


def whole(least: int, most: int) -> Check:
    """A whole number between two others, both included."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Flaw("must provide a number", at)
        elif value < least:
            yield Flaw(f"must be greater than or equal to {least}", at)
        elif value > most:
            yield Flaw(f"must be less than or equal to {most}", at)

    return check


def flag(value: Any, at: str) -> Iterator[Flaw]:
    """True or false."""
    if not isinstance(value, bool):
        yield Flaw("must provide a boolean", at)


def anything(value: Any, at: str) -> Iterator[Flaw]:  # noqa: ARG001 - a check's signature
    """What we do not look into."""
    yield from ()


def one_of(*words: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if value not in words:
            yield Flaw(f"must be one of: {', '.join(words)}", at)

    return check


def listing(of: Check, least: int, most: int, unit: str = "items") -> Check:
    """So many values of a kind."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, list):
            yield Flaw("must provide an array", at)
            return
        if len(value) < least:
            yield Flaw(f"no fewer than {least} {unit} allowed", at)
        if len(value) > most:
            yield Flaw(f"no more than {most} {unit} allowed", at)
        for number, inner in enumerate(value):
            yield from of(inner, f"{at}/{number}")

    return check


def shape(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] = NOTHING,
    *also: Callable[[Json, str], Iterator[Flaw]],
) -> Check:
    """An object. A null is as good as absent; ``also`` looks at objects that are sound so far."""
    fields = {**required, **optional}

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield Flaw("must provide an object", at)
            return
        flaws = [*_missing(required, value, at), *_parts(fields, value, at)]
        yield from flaws
        if not flaws:
            for rule in also:
                yield from rule(value, at)

    return check


def _missing(required: Mapping[str, Check], value: Json, at: str) -> Iterator[Flaw]:
    for name in required:
        if value.get(name) is None:
            yield Flaw(f"missing required field: {name}", at)


def _parts(fields: Mapping[str, Check], value: Json, at: str) -> Iterator[Flaw]:
    for name, inner in value.items():
        if name not in fields:
            yield Flaw(f"invalid additional property: {name}", at)
        elif inner is not None:
            yield from fields[name](inner, f"{at}/{name}")


def by_type(shapes: Mapping[str, Check]) -> Check:
    """An object whose ``type`` says which shape it has."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield Flaw("must provide an object", at)
        elif "type" not in value:
            yield Flaw("missing required field: type", at)
        elif value["type"] not in shapes:
            yield Flaw(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            rest = {name: inner for name, inner in value.items() if name != "type"}
            yield from shapes[value["type"]](rest, at)

    return check


def plain(most: int) -> Check:
    """A plain_text object."""
    return by_type({"plain_text": shape({"text": visible(most)}, {"emoji": flag})})


def any_text(most: int) -> Check:
    """A plain_text or mrkdwn object."""
    return by_type(
        {
            "plain_text": shape({"text": visible(most)}, {"emoji": flag}),
            "mrkdwn": shape({"text": visible(most)}, {"verbatim": flag}),
        }
    )
