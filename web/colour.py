"""Colours: how well one can be read on another (WCAG 2.2), and kin of the same hue (Oklab).

Sources: WCAG 2.2, "relative luminance" and "contrast ratio"; IEC 61966-2-1 for sRGB; Oklab as
published by Björn Ottosson in "A perceptual color space for image processing" (2020).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_STEP = 0.005
# What rounding adds to a channel that is exactly at its end.
_ROUND = 1e-6
_HALVINGS = 20


class _Lab(NamedTuple):
    """Oklab: lightness from 0 to 1; ``a`` and ``b`` together are hue and chroma."""

    lightness: float
    a: float
    b: float


@dataclass(frozen=True)
class Colour:
    """An opaque colour of sRGB. Each channel is from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def of(cls, text: str) -> "Colour":
        """Parse ``#rrggbb``. Raises ValueError."""
        red, green, blue = bytes.fromhex(text.removeprefix("#"))
        return cls(red, green, blue)

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @cached_property
    def luminance(self) -> float:
        """WCAG's relative luminance, from 0 (black) to 1 (white)."""
        red, green, blue = self._linear
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def lightness(self) -> float:
        """Oklab's lightness, from 0 to 1: equal steps look equal, which luminance's do not."""
        return self._lab.lightness

    @property
    def chroma(self) -> float:
        """Oklab's distance from grey: 0 for a grey, about 0.3 for the most vivid colours."""
        _, a, b = self._lab
        return math.hypot(a, b)

    def contrast(self, other: "Colour") -> float:
        """WCAG's contrast ratio, from 1 to 21, whichever of the two is the text."""
        dark, light = sorted((self.luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)

    def at(self, lightness: float) -> "Colour":
        """Give the same hue at another lightness, as colourful as this one or as sRGB allows."""
        lightness = min(max(lightness, 0.0), 1.0)
        _, a, b = self._lab
        if _fits(whole := _to_linear(_Lab(lightness, a, b))):
            return _encoded(whole)
        kept, too_much = 0.0, 1.0
        for _ in range(_HALVINGS):
            half = (kept + too_much) / 2
            if _fits(_to_linear(_Lab(lightness, a * half, b * half))):
                kept = half
            else:
                too_much = half
        return _encoded(_to_linear(_Lab(lightness, a * kept, b * kept)))

    def darkened_for(self, ratio: float, *surfaces: "Colour") -> "Colour":
        """Give the lightest that reaches the ratio on each of these light surfaces."""
        return self._towards(-_STEP, ratio, surfaces)

    def lightened_for(self, ratio: float, *surfaces: "Colour") -> "Colour":
        """Give the darkest that reaches the ratio on each of these dark surfaces."""
        return self._towards(_STEP, ratio, surfaces)

    def _towards(self, step: float, ratio: float, surfaces: tuple["Colour", ...]) -> "Colour":
        found, lightness = self, self.lightness
        end = 1.0 if step > 0 else 0.0
        # White or black at the latest; what neither can be read on is no surface for text.
        while lightness != end and any(found.contrast(surface) < ratio for surface in surfaces):
            lightness = min(max(lightness + step, 0.0), 1.0)
            found = self.at(lightness)
        return found

    @cached_property
    def _linear(self) -> tuple[float, float, float]:
        return (_decoded(self.red), _decoded(self.green), _decoded(self.blue))

    @cached_property
    def _lab(self) -> _Lab:
        red, green, blue = self._linear
        long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
        medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
        short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
        return _Lab(
            0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
            1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
            0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
        )


def _to_linear(lab: _Lab) -> tuple[float, float, float]:
    """Linear sRGB, which may be outside of 0 to 1."""
    long = (lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b) ** 3
    medium = (lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b) ** 3
    short = (lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _fits(linear: tuple[float, float, float]) -> bool:
    return all(-_ROUND <= channel <= 1 + _ROUND for channel in linear)


def _encoded(linear: tuple[float, float, float]) -> Colour:
    red, green, blue = (_to_byte(min(max(channel, 0.0), 1.0)) for channel in linear)
    return Colour(red, green, blue)


def _decoded(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _to_byte(value: float) -> int:
    encoded = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055  # noqa: PLR2004
    return round(encoded * 255)
