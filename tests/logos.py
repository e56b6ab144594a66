"""Logos for tests: a team's drawing, one colour in each format, and what is none."""

import struct
import zlib
from base64 import b64decode

from web.logo import Logo

# A lifebuoy, as drawing programs write one: a DOCTYPE, a style element, style attributes, metadata.
SVG = b"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
     xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 48 48">
  <metadata><rdf:Description rdf:resource="http://example.com/about-this-file"/></metadata>
  <style>.band { stroke: #f4b860; }</style>
  <defs>
    <g id="quarter"><path d="M24 9a15 15 0 0 1 15 15"/></g>
    <linearGradient id="sheen" x2="0" y2="1">
      <stop stop-color="#2f6fb0"/><stop offset="1" stop-color="#1d4e89"/>
    </linearGradient>
  </defs>
  <g style="fill: none; stroke-width: 14">
    <circle cx="24" cy="24" r="15" stroke="url(#sheen)"/>
    <g class="band" stroke-dasharray="8 15.56" stroke-dashoffset="-7.78">
      <use xlink:href="#quarter"/>
      <use xlink:href="#quarter" transform="rotate(90 24 24)"/>
      <use xlink:href="#quarter" transform="rotate(180 24 24)"/>
      <use xlink:href="#quarter" transform="rotate(270 24 24)"/>
    </g>
  </g>
</svg>
"""

LIFEBUOY = Logo(SVG, ".svg", width=40, height=40, plated=True)
"""The drawing, as a start with it in BRAND_LOGO has it."""


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, *extra: bytes, rgba: tuple[int, ...] = (24, 60, 105, 255)
) -> bytes:
    """One colour; with three channels it has no transparency. ``extra`` stands before the pixels."""
    kind = {3: 2, 4: 6}[len(rgba)]
    rows = (b"\0" + bytes(rgba) * width) * height
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
            *extra,
            chunk(b"IDAT", zlib.compress(rows, 9)),
            chunk(b"IEND"),
        ]
    )


# Six pixels by three, from Pillow.
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////"
    "////////////////////////wAALCAADAAYBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AD//Z"
)
JPEG_PROGRESSIVE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////"
    "////////////////////////wgALCAADAAYBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/aAAgBAQAAAAE//8QAFBABAAAA"
    "AAAAAAAAAAAAAAAAAP/aAAgBAQABBQJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAA"
    "AAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAAEP8A/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxB//9k="
)
WEBP = b64decode("UklGRi4AAABXRUJQVlA4ICIAAABwAQCdASoGAAMADMDOJaACdAFAAAD+144MPUrfroogAAAA")
WEBP_LOSSLESS = b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvBYAAAAdQjyKXp/+BiOh/AAA=")
WEBP_LOSSLESS_ALPHA = b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvBYAAEAdQjyKXp2SBiOh/AAA=")
WEBP_ALPHA = b64decode(
    "UklGRlIAAABXRUJQVlA4WAoAAAAQAAAABQAAAgAAQUxQSAoAAAABB1CyiAhERP8DVlA4ICIAAABwAQCdASoGAAMADMDOJaAC"
    "dAFAAAD+144MPUrfroogAAAA"
)
WEBP_MOVING = b64decode(
    "UklGRqgAAABXRUJQVlA4WAoAAAACAAAABQAAAgAAQU5JTQYAAAAAAAAAAABBTk1GRAAAAAAAAAAAAAUAAAIAAGQAAAJWUDgg"
    "LAAAADABAJ0BKgYAAwABQCYloAADcAD+8Por/w7ubr1rf//eM//+4z//7jP/dwAAQU5NRjAAAAAAAAAAAAAFAAACAABkAAAA"
    "VlA4IBgAAAA0AQCdASoGAAMAAAAmJaQAA3AA/v02aAA="
)
GIF = b64decode("R0lGODdhBgADAIEAAMgePAAAAAAAAAAAACwAAAAABgADAAAICQABCBxIsODAgAA7")


def svg(inside: str = "", attributes: str = 'viewBox="0 0 6 3"') -> bytes:
    """A drawing with this in it."""
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {namespaces} {attributes}>{inside}</svg>".encode()
