"""Which language a page is served in: RFC 4647's lookup over what Accept-Language wishes for."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

ENGLISH = "en"
# Browsers send some dozens of characters. What a stranger sends beyond is not read.
LONGEST = 256
# Headers whose answer is remembered: most visitors send one of a few.
REMEMBERED = 512
_WISH = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[Qq]\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?"
)


class Negotiation:
    """Chooses among languages that there are; any header has an answer, and none is an error."""

    def __init__(self, languages: Collection[str]) -> None:
        self._known = {language.lower(): language for language in languages}
        self._chosen = lru_cache(REMEMBERED)(self._choose)

    def choose(self, header: str) -> str:
        """Give the best language for a header's value; English when nothing fits."""
        return self._chosen(header[:LONGEST])

    def _choose(self, header: str) -> str:
        for wish in _wishes(header):
            for tag in _ever_wider(wish.lower()):
                if tag in self._known:
                    return self._known[tag]
        return ENGLISH


def _wishes(header: str) -> list[str]:
    """Language ranges, best first; of equal ones the earlier. What is malformed is left out."""
    found = []
    for part in header.split(","):
        if wish := _WISH.fullmatch(part):
            quality = min(float(wish[2] or 1), 1.0)
            if quality > 0:
                found.append((quality, wish[1]))
    # The sort keeps the order of equals.
    return [wish for _, wish in sorted(found, key=lambda one: -one[0])]


def _ever_wider(wish: str) -> Iterator[str]:
    """A range and what it falls back to: de-ch-1996, de-ch, de (RFC 4647, section 3.4)."""
    parts = wish.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        # A single letter only introduces what stood behind it.
        while parts and len(parts[-1]) == 1:
            parts.pop()
