"""What the header of an image file says: PNG, JPEG and WebP. Nothing is decoded; browsers do that.

Sources: PNG 3rd edition (W3C), JPEG ITU-T T.81 annex B, WebP RFC 9649.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PNG_ALPHA = 4  # a bit of the colour type
_WEBP_ANIMATION, _WEBP_ALPHA = 0x02, 0x10
_END_OF_IMAGE = 0xD9
_START_OF_SCAN = 0xDA
# Start of frame, without DHT, JPG and DAC, which share the row.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Unsuitable(Exception):
    """Why a file can't be the logo, to be read behind its name, with the remedy."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image. ``width`` and ``height`` share a unit: pixels, or an SVG's own."""

    suffix: str
    width: float
    height: float
    plated: bool
    """Whether dark parts of it could lie on a dark page: it is see-through, as far as can be told."""


DAMAGED = "is damaged or goes on behind its end; save it anew"
MOVING = "moves; export one still image"


def picture(data: bytes) -> Picture | None:
    """Read a header; None: it is none of the three. Raises Unsuitable."""
    try:
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(_JPEG):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError, ValueError):
        raise Unsuitable(DAMAGED) from None
    return None


def _png(data: bytes) -> Picture:
    kinds = [kind for kind, _ in _png_chunks(data)]
    if kinds[:1] != [b"IHDR"] or kinds.index(b"IEND") != len(kinds) - 1:
        raise Unsuitable(DAMAGED)
    if b"acTL" in kinds:
        raise Unsuitable(MOVING)
    width, height, _, colour_type = struct.unpack_from(">IIBB", data, 16)
    plated = bool(colour_type & _PNG_ALPHA) or b"tRNS" in kinds
    return Picture(".png", width, height, plated)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Kind and offset of each chunk, to exactly the end."""
    offset = len(_PNG)
    while offset < len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        yield kind, offset
        offset += 12 + length
    if offset != len(data):
        raise Unsuitable(DAMAGED)


def _jpeg(data: bytes) -> Picture:
    if data[-2:] != bytes((0xFF, _END_OF_IMAGE)):
        raise Unsuitable(DAMAGED)
    offset = 2
    while True:
        filler, marker = data[offset], data[offset + 1]
        if filler != 0xFF or marker in {_START_OF_SCAN, _END_OF_IMAGE}:  # noqa: PLR2004
            raise Unsuitable(DAMAGED)
        if marker == 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            offset += 1
            continue
        length, _, height, width = struct.unpack_from(">HBHH", data, offset + 2)
        if marker in _FRAMES:
            return Picture(".jpg", width, height, plated=False)
        offset += 2 + length


def _webp(data: bytes) -> Picture:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 != len(data):
        raise Unsuitable(DAMAGED)
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return _webp_picture(width & 0x3FFF, height & 0x3FFF, plated=False)
        case b"VP8L" if data[20] == 0x2F:  # noqa: PLR2004 - its signature
            (bits,) = struct.unpack_from("<I", data, 21)
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            return _webp_picture(width, height, plated=bool(bits >> 28 & 1))
        case b"VP8X":
            flags, wide, high = struct.unpack_from("<B3x3s3s", data, 20)
            if flags & _WEBP_ANIMATION:
                raise Unsuitable(MOVING)
            width, height = (int.from_bytes(side, "little") + 1 for side in (wide, high))
            return _webp_picture(width, height, plated=bool(flags & _WEBP_ALPHA))
        case _:
            raise Unsuitable(DAMAGED)


def _webp_picture(width: int, height: int, *, plated: bool) -> Picture:
    return Picture(".webp", width, height, plated)
