"""A team's look: what BRAND_COLOR and BRAND_LOGO become, checked before the first page is served."""

from dataclasses import dataclass
from pathlib import Path

from storage.errors import SettingsError
from web.colour import Colour
from web.logo import Logo

# The built front end's own, as in styles.css and favicon.svg; a test compares them. Paper is behind
# everything, cards lie on it.
ACCENT = Colour.of("#17454f")
LIGHT = (Colour.of("#f4f5f3"), Colour.of("#ffffff"))
DARK = (Colour.of("#0e1415"), Colour.of("#161e20"))

WHITE = Colour.of("#ffffff")
TEXT = 4.5
"""WCAG 2.2, 1.4.3: links and labels are text. It is also above what 1.4.11 asks of edges: 3."""
_VIVID = 0.1
_VIVID_ON_DARK, _GREY_ON_DARK = 6.0, 12.0
_INK = 0.2  # Oklab lightness of letters on a light button
_HOVER = 0.08
_NEAR_BLACK, _HOVER_NEAR_BLACK = 0.25, 0.2


@dataclass(frozen=True, slots=True)
class Shades:
    """The accent in one of the two schemes, under the pointer, and what is written on both."""

    accent: Colour
    strong: Colour
    on: Colour

    def css(self) -> str:
        """Give the stylesheet's custom properties."""
        return (
            f":root{{--accent:{self.accent};--accent-strong:{self.strong};--on-accent:{self.on}}}"
        )


@dataclass(frozen=True, slots=True)
class Palette:
    """What BRAND_COLOR becomes, in light and in dark."""

    light: Shades
    dark: Shades

    @classmethod
    def of(cls, colour: Colour) -> "Palette":
        """Make it. Raises SettingsError for a colour that can't be read on the light pages."""
        measured = min(colour.contrast(surface) for surface in LIGHT)
        if measured < TEXT:
            raise SettingsError(
                # Cut, not rounded: 4.499 must not be told as the 4.5 that it misses.
                f"BRAND_COLOR has a contrast of {int(measured * 100) / 100}:1 on the pages' "
                f"background and needs {TEXT}:1; darken it, for example to "
                f"{colour.darkened_for(TEXT, *LIGHT)}."
            )
        # Under the pointer a little darker; near black that would not be seen.
        hover = -_HOVER if colour.lightness > _NEAR_BLACK else _HOVER_NEAR_BLACK
        # In the dark more than is asked, since thin letters fade there; and the greyer the lighter: a
        # button in a middle grey looks switched off.
        vivid = min(colour.chroma / _VIVID, 1.0)
        ratio = _GREY_ON_DARK + vivid * (_VIVID_ON_DARK - _GREY_ON_DARK)
        tint = colour.lightened_for(ratio, *DARK)
        return cls(
            # White is a light surface too, so white letters are as readable on it as it is there.
            Shades(colour, colour.at(colour.lightness + hover), WHITE),
            Shades(tint, tint.at(tint.lightness + _HOVER), colour.at(_INK)),
        )

    def css(self) -> str:
        """Give rules that go behind the stylesheet's own."""
        return f"{self.light.css()}@media (prefers-color-scheme:dark){{{self.dark.css()}}}"


@dataclass(frozen=True, slots=True)
class Brand:
    """What is not the default; the team's name comes later, from Slack, unless it is set."""

    palette: Palette | None = None
    logo: Logo | None = None

    @classmethod
    def read(cls, colour: str, logo: Path | None) -> "Brand":
        """Take the two settings; empty and None: not set. Raises SettingsError: one sentence, the variable and the remedy."""
        return cls(
            Palette.of(Colour.of(colour)) if colour else None,
            Logo.read(logo) if logo else None,
        )

    def css(self) -> bytes:
        """Give what the stylesheet lacks."""
        return self.palette.css().encode() if self.palette else b""

    def icon(self, built: bytes) -> bytes:
        """Give the tab's icon in the team's colour."""
        if not self.palette:
            return built
        return built.replace(str(ACCENT).encode(), str(self.palette.light.accent).encode())


PLAIN = Brand()
