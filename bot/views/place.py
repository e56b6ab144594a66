"""Where a history view stands: page and filters, as Slack carries them for us."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from bot.views import ids
from storage.errors import DecodingError
from storage.model import State, UserId, Wanted

# Page starts that are remembered for "Newer": with filters a page's width is not known in advance.
# As text they stay far below what a button may carry.
MOST_PAGES = 100
_DIGITS = 13
_ANY = "all"


class Whose(StrEnum):
    """Whose rows are shown."""

    TEAM = "team"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of the index from the last of ``starts`` on, as of a moment (0: now), filtered."""

    as_of_ms: int = 0
    starts: tuple[int, ...] = (0,)
    whose: Whose = Whose.TEAM
    state: State | None = None

    def __str__(self) -> str:
        starts = ".".join(map(str, self.starts))
        return f"{self.as_of_ms}:{self.whose}:{self.state or _ANY}:{starts}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a page button's value or a history view's metadata. Raises DecodingError."""
        as_of_ms, _, rest = text.partition(":")
        whose, _, rest = rest.partition(":")
        state, _, starts = rest.partition(":")
        numbers = [as_of_ms, *starts.split(".")]
        if len(numbers) > MOST_PAGES + 1 or not all(map(_is_count, numbers)):
            raise DecodingError("not a place in the history")
        return cls(int(as_of_ms), tuple(map(int, numbers[1:])), _whose(whose), _state(state))

    @property
    def offset(self) -> int:
        """Where this page begins."""
        return self.starts[-1]

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out."""
        return self.whose is Whose.MINE or self.state is not None

    def older(self, start: int) -> Self:
        """The page behind this one. Of very many, the oldest remembered start is forgotten."""
        return replace(self, starts=(*self.starts[-(MOST_PAGES - 1) :], start))

    def newer(self) -> Self:
        """The page before this one; the first one when nothing is remembered any more."""
        return replace(self, starts=self.starts[:-1] or (0,))

    def filtered(self, action: str, value: str) -> Self:
        """The first page as of now, with one filter changed. Raises DecodingError."""
        first = replace(self, as_of_ms=0, starts=(0,))
        if action == ids.Action.WHOSE:
            return replace(first, whose=_whose(value))
        return replace(first, state=_state(value))

    def wanted(self, viewer: UserId) -> Wanted:
        """What the vault is asked for."""
        return Wanted(viewer if self.whose is Whose.MINE else None, self.state)


def _whose(text: str) -> Whose:
    if text not in set(Whose):
        raise DecodingError("neither team nor mine")
    return Whose(text)


def _state(text: str) -> State | None:
    if text == _ANY:
        return None
    if text not in set(State):
        raise DecodingError("not a status")
    return State(text)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
