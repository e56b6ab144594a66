"""What may be in an SVG logo.

A browser that shows an SVG by <img> runs nothing in it and loads nothing for it, and whoever opens
its address gets it boxed in by the response's own policy (LOGO_CSP): that is the protection. What
is refused here would be missing from the picture, move in it, or be there to attack somebody, and
one sentence at the start tells more than a gap in the page.
"""

import re
from typing import NoReturn
from xml.parsers import expat

from web.picture import MOVING, Picture, Unsuitable

_NAMESPACE = "http://www.w3.org/2000/svg"
_SCRIPTED = frozenset({"script", "handler", "listener"})
_EMBEDDED = frozenset({"foreignobject", "iframe", "object", "embed", "audio", "video"})
_ANIMATED = frozenset({"animate", "animatecolor", "animatemotion", "animatetransform", "set"})
# A reference to the file's own parts, or to a picture inside of it.
_OWN = re.compile(r"\s*(?:#|data:image/|\Z)", re.IGNORECASE)
_STYLE_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?\s*(?!#|data:|[\s\"'])", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([a-z]*)\s*\Z", re.IGNORECASE)
_ADAPTS = "prefers-color-scheme"

_ELSEWHERE = (
    "refers to something outside of itself, which browsers don't load for an image; embed it, or "
    "export a PNG"
)


def is_svg(data: bytes) -> bool:
    """Whether it may be one: XML begins with a bracket, behind a byte order mark if there is one."""
    return data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def svg(data: bytes) -> Picture:
    """Check it and read its size. Raises Unsuitable."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003 - positional in C
    except expat.ExpatError as error:
        raise Unsuitable(
            f"is no well-formed SVG (line {error.lineno}); export it anew or as PNG"
        ) from None
    except (LookupError, ValueError):
        raise Unsuitable(
            "is written in an unknown encoding; export it as UTF-8 or as PNG"
        ) from None
    width, height = reader.size
    return Picture(".svg", width, height, plated=not reader.adapts)


class _Reader:
    """One pass over the file. Names are lower-cased and stripped of their namespace's prefix."""

    def __init__(self) -> None:
        self.adapts = False
        """Whether it follows light and dark by itself."""
        self.size = (0.0, 0.0)
        self._depth = 0
        self._style: list[str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self.parser.ProcessingInstructionHandler = self._instruction

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0:
            self._root(name, attributes)
        self._depth += 1
        local = _local(name)
        if local in _SCRIPTED:
            raise Unsuitable("holds a script; remove it, or export a PNG")
        if local in _EMBEDDED:
            raise Unsuitable(f"holds <{local}>, which is no drawing; remove it, or export a PNG")
        if local in _ANIMATED:
            raise Unsuitable(MOVING)
        for attribute, value in attributes.items():
            self._attribute(_local(attribute), value)
        if local == "style":
            self._style = []

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name == "svg":
            raise Unsuitable(f'lacks xmlns="{_NAMESPACE}" in its <svg>; add it, or export anew')
        if name != f"{_NAMESPACE} svg":
            raise Unsuitable("is no SVG; it must be a PNG, JPEG, WebP or SVG image")
        self.size = _size(attributes)

    def _attribute(self, name: str, value: str) -> None:
        if name.startswith("on"):
            raise Unsuitable(f"holds a script ({name}); remove it, or export a PNG")
        if name in {"href", "src"} and not _OWN.match(value):
            raise Unsuitable(_ELSEWHERE)
        self._css(value)

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _end(self, name: str) -> None:
        if self._style is not None and _local(name) == "style":
            self._css("".join(self._style))
            self._style = None

    def _css(self, text: str) -> None:
        if _STYLE_ELSEWHERE.search(text):
            raise Unsuitable(_ELSEWHERE)
        if "@keyframes" in text.lower():
            raise Unsuitable(MOVING)
        self.adapts = self.adapts or _ADAPTS in text

    def _entity(self, *_: object) -> NoReturn:
        # A few of them can unfold to gigabytes; and they hide from these checks what they stand for.
        raise Unsuitable("declares entities; export it as plain SVG, or as PNG")

    def _instruction(self, target: str, _data: str) -> None:
        if target == "xml-stylesheet":
            raise Unsuitable(_ELSEWHERE)


def _local(name: str) -> str:
    return name.rpartition(" ")[2].lower()


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    """From width and height where both are lengths of one unit, else from the viewBox."""
    sides = [_LENGTH.match(attributes.get(name, "")) for name in ("width", "height")]
    if sides[0] and sides[1] and sides[0][2] == sides[1][2]:
        found = [sides[0][1], sides[1][1]]
    else:
        found = attributes.get("viewBox", "").replace(",", " ").split()[2:]
    try:
        width, height = (float(side) for side in found)
    except ValueError:
        width, height = 0, 0
    if not 0 < width < float("inf") or not 0 < height < float("inf"):
        raise Unsuitable("has neither a viewBox nor a width and height; export it with one")
    return width, height
