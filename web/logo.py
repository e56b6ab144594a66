"""The file that BRAND_LOGO names, read once at start."""

import os
from dataclasses import dataclass
from pathlib import Path

from storage.errors import SettingsError
from web.picture import DAMAGED, Picture, Unsuitable, picture
from web.svg import is_svg, svg

LIMIT = 100 * 1024
# What 100 KB can unfold to: a reader's phone has to hold four bytes for each pixel.
MAX_SIDE = 2048
HIGH, WIDE = 40, 160
"""The room it gets, in CSS pixels; logo.css says the same in rem."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked image: what is served as which kind of file, and how large it is shown."""

    data: bytes
    suffix: str
    width: int
    height: int
    """In CSS pixels, as large as the room allows."""
    plated: bool
    """Whether it lies on a light plate where the page is dark."""

    @classmethod
    def read(cls, path: Path) -> "Logo":
        """Read and check the file. Raises SettingsError: one sentence with the remedy."""
        data = _content(path)
        try:
            found = _checked(data)
        except Unsuitable as why:
            raise SettingsError(f"BRAND_LOGO: {path.absolute()} {why}.") from None
        scale = min(HIGH / found.height, WIDE / found.width)
        width, height = max(1, round(found.width * scale)), max(1, round(found.height * scale))
        return cls(data, found.suffix, width, height, found.plated)

    def html(self, address: str) -> str:
        """Give the element.

        Name and host stand beside it, so to a screen reader it is silent. Its size is known before
        it arrives, so nothing moves; whatever the page needs to work is fetched before it.
        """
        kind = "logo plated" if self.plated else "logo"
        return (
            f'<img class="{kind}" src="{address}" alt="" width="{self.width}" '
            f'height="{self.height}" decoding="async" fetchpriority="low" />'
        )


def _content(path: Path) -> bytes:
    try:
        # Of a device or a pipe there might be no end.
        if path.exists() and not path.is_file():
            raise SettingsError(f"BRAND_LOGO: {path.absolute()} is no file; name an image file.")
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unknown error"
        raise SettingsError(
            f"BRAND_LOGO: {path.absolute()} cannot be read ({reason}); name an image file that "
            "this process may read."
        ) from None


def _checked(data: bytes) -> Picture:
    if len(data) > LIMIT:
        raise Unsuitable(f"is larger than {LIMIT // 1024} KB; export a smaller one")
    found = picture(data) or (svg(data) if is_svg(data) else None)
    if not found:
        raise Unsuitable("is no PNG, JPEG, WebP or SVG image; export it as one")
    if min(found.width, found.height) <= 0:
        raise Unsuitable(DAMAGED)
    if found.suffix != ".svg" and max(found.width, found.height) > MAX_SIDE:
        raise Unsuitable(f"has more than {MAX_SIDE} pixels in a row; export a smaller one")
    return found
