"""BRAND_LOGO: which files are taken, how large they are shown, and one sentence for every other."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import SettingsError
from tests import logos
from web.logo import LIMIT, MAX_SIDE, Logo
from web.picture import Unsuitable, picture
from web.svg import svg

TRANSPARENT = logos.png(30, 10, rgba=(24, 60, 105, 128))
OPAQUE = logos.png(30, 10, rgba=(24, 60, 105))
PALETTE_HOLE = logos.png(30, 10, logos.chunk(b"tRNS", b"\0" * 6), rgba=(24, 60, 105))


def read(folder: Path, data: bytes) -> Logo:
    """Name a file with these bytes in BRAND_LOGO."""
    path = folder / "logo"
    path.write_bytes(data)
    return Logo.read(path)


@pytest.mark.parametrize(
    ("data", "suffix", "size", "plated"),
    [
        (OPAQUE, ".png", (120, 40), False),
        (TRANSPARENT, ".png", (120, 40), True),
        (PALETTE_HOLE, ".png", (120, 40), True),
        (logos.png(500, 50), ".png", (160, 16), True),
        (logos.png(1, 2000), ".png", (1, 40), True),
        (logos.JPEG, ".jpg", (80, 40), False),
        (logos.JPEG_PROGRESSIVE, ".jpg", (80, 40), False),
        (logos.WEBP, ".webp", (80, 40), False),
        (logos.WEBP_LOSSLESS, ".webp", (80, 40), False),
        (logos.WEBP_LOSSLESS_ALPHA, ".webp", (80, 40), True),
        (logos.WEBP_ALPHA, ".webp", (80, 40), True),
        (logos.SVG, ".svg", (40, 40), True),
        (logos.svg(), ".svg", (80, 40), True),
        (logos.svg(attributes='width="3cm" height="1.5cm"'), ".svg", (80, 40), True),
        (logos.svg(attributes='width="100%" viewBox="0,0,3,1"'), ".svg", (120, 40), True),
        (b"\xef\xbb\xbf<!-- made by hand -->\n" + logos.svg(), ".svg", (80, 40), True),
        (logos.svg().decode().encode("utf-16"), ".svg", (80, 40), True),
        (
            logos.svg("<style>@media (prefers-color-scheme: dark) { path { fill: #fff } }</style>"),
            ".svg",
            (80, 40),
            False,
        ),
    ],
)
def test_what_a_logo_is_and_how_large(
    tmp_path: Path, data: bytes, suffix: str, size: tuple[int, int], *, plated: bool
) -> None:
    """40 pixels high, at most 160 wide; on a plate in the dark if it may be see-through."""
    logo = read(tmp_path, data)
    assert (logo.data, logo.suffix) == (data, suffix)
    assert (logo.width, logo.height) == size
    assert logo.plated == plated


REFUSED = {
    "empty": (b"", "is no PNG, JPEG, WebP or SVG image"),
    "gif": (logos.GIF, "is no PNG, JPEG, WebP or SVG image"),
    "svgz": (b"\x1f\x8b\x08" + b"\0" * 20, "is no PNG, JPEG, WebP or SVG image"),
    "text": (b"logo.png", "is no PNG, JPEG, WebP or SVG image"),
    "html": (b"<!doctype html><html><p>x</p></html>", "is no well-formed SVG"),
    "torn html": (b"<!doctype html><p>x", "is no well-formed SVG"),
    "xml": (b"<root/>", "is no SVG"),
    "too large": (logos.png(30, 10, logos.chunk(b"tEXt", b"x" * LIMIT)), "is larger than 100 KB"),
    "a bomb": (logos.png(MAX_SIDE + 1, 1), "has more than 2048 pixels in a row"),
    "no pixels": (logos.png(0, 10), "is damaged"),
    "a cut png": (OPAQUE[:-5], "is damaged"),
    "a png's head": (OPAQUE[:8], "is damaged"),
    "png and html": (OPAQUE + b"<script>alert(1)</script>", "is damaged or goes on"),
    "two pngs": (OPAQUE + OPAQUE[8:], "is damaged or goes on"),
    "a cut jpeg": (logos.JPEG[:-2], "is damaged"),
    "a jpeg's head": (logos.JPEG[:20], "is damaged"),
    "jpeg and html": (logos.JPEG + b"<script>alert(1)</script>", "is damaged or goes on"),
    "a cut webp": (logos.WEBP[:-2], "is damaged"),
    "a webp's head": (logos.WEBP[:12], "is damaged"),
    "webp and html": (logos.WEBP + b"<script>alert(1)</script>", "is damaged or goes on"),
    "a moving webp": (logos.WEBP_MOVING, "moves"),
    "a moving png": (logos.png(3, 3, logos.chunk(b"acTL", b"\0" * 8)), "moves"),
    "no size": (logos.svg(attributes=""), "has neither a viewBox nor"),
    "a broken size": (logos.svg(attributes='viewBox="0 0 x 1"'), "has neither a viewBox nor"),
    "an endless size": (logos.svg(attributes='viewBox="0 0 1e999 1"'), "has neither a viewBox"),
    "two units": (logos.svg(attributes='width="3cm" height="1em"'), "has neither a viewBox nor"),
    "no namespace": (b'<svg viewBox="0 0 6 3"/>', "lacks xmlns="),
    "no encoding": (
        b'<?xml version="1.0" encoding="x-none"?><svg/>',
        "is written in an unknown encoding",
    ),
    "a cut svg": (logos.SVG[:-9], "is no well-formed SVG (line"),
}
HOSTILE = {
    "script": ("<script>alert(1)</script>", "holds a script"),
    "script elsewhere": ('<script href="https://evil.example/x.js"/>', "holds a script"),
    "html script": (
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
        "holds a script",
    ),
    "onload": ('<g onload="alert(1)"/>', "holds a script (onload)"),
    "foreignObject": ("<foreignObject><b/></foreignObject>", "holds <foreignobject>"),
    "iframe": ('<iframe xmlns="http://www.w3.org/1999/xhtml" src="/"/>', "holds <iframe>"),
    "a link": ('<a href="javascript:alert(1)"><path/></a>', "refers to something outside"),
    "a tracker": ('<image href="https://evil.example/x.png"/>', "refers to something outside"),
    "old link": ('<use xlink:href="//evil.example/x.svg#a"/>', "refers to something outside"),
    "import": ('<style>@import "https://evil.example/x.css";</style>', "refers to something"),
    "a font": (
        '<style>@font-face { font-family: x; src: url("https://evil.example/x") }</style>',
        "refers to something outside",
    ),
    "a fill": ('<path fill="url(https://evil.example/x#a)"/>', "refers to something outside"),
    "a style": ('<path style="fill: URL( //evil.example/x )"/>', "refers to something outside"),
    "in pieces": ("<style>@im<!-- -->port '/x'</style>", "refers to something outside"),
    "smil": ('<set attributeName="href" to="javascript:alert(1)"/>', "moves"),
    "keyframes": ("<style>@keyframes x { to { rotate: 1turn } }</style>", "moves"),
}
REFUSED |= {name: (logos.svg(inside), why) for name, (inside, why) in HOSTILE.items()}
REFUSED |= {
    "a stylesheet": (
        b'<?xml-stylesheet href="https://evil.example/x.css"?>' + logos.svg(),
        "refers to something outside",
    ),
    "a billion laughs": (
        b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + logos.svg("<text>&b;</text>"),
        "declares entities",
    ),
    "a file": (
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + logos.svg("<text>&x;</text>"),
        "declares entities",
    ),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_the_logo_is_told_in_one_sentence(
    tmp_path: Path, data: bytes, why: str
) -> None:
    """The variable, the file, the reason and the remedy."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, data)
    sentence = str(caught.value)
    assert sentence.startswith(f"BRAND_LOGO: {tmp_path / 'logo'} {why}")
    assert re.search(r"; (export|save|remove|embed|add|it must)[^;\n]*\.$", sentence)


@pytest.mark.parametrize(("inside", "why"), HOSTILE.values(), ids=HOSTILE.keys())
def test_the_same_drawing_without_it_is_taken(inside: str, why: str) -> None:
    """Negative control: it is this part of each hostile file that is refused."""
    with pytest.raises(Unsuitable):
        svg(logos.svg(f"<path/>{inside}<path/>"))
    assert svg(logos.svg("<path/><path/>")).suffix == ".svg"


@pytest.mark.parametrize(
    "inside",
    [
        '<use xlink:href="#a"/><path fill="url(#b)" style="mask: url( \'#c\' )"/>',
        '<image href="data:image/png;base64,iVBORw0KGgo="/>',
        "<style>@font-face { font-family: x; src: url(data:font/woff2;base64,d09GMg==) }</style>",
        "<title>The on and off of it: script, https://example.com</title>",
        "<metadata><a:b xmlns:a='urn:a' a:resource='https://example.com'/></metadata>",
    ],
)
def test_what_drawing_programs_write_is_taken(inside: str) -> None:
    """References within the file, embedded pictures and fonts, metadata."""
    assert svg(logos.svg(inside)).suffix == ".svg"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Missing, a folder, a pipe that would never end, a folder on the way that is a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path / "missing.png", "cannot be read (No such file or directory)"),
        (tmp_path / "file" / "x.png", "cannot be read (Not a directory)"),
        (tmp_path, "is no file"),
        (pipe, "is no file"),
        (Path("/dev/zero"), "is no file"),
    ):
        with pytest.raises(SettingsError) as caught:
            Logo.read(path)
        assert str(caught.value).startswith(f"BRAND_LOGO: {path} {why}")


def test_a_relative_path_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From where the process was started: the usual reason why a file is missing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "logo.png"))):
        Logo.read(Path("logo.png"))


SEEDS = [
    OPAQUE, TRANSPARENT, logos.JPEG, logos.JPEG_PROGRESSIVE, logos.WEBP, logos.WEBP_ALPHA,
    logos.WEBP_LOSSLESS, logos.SVG, logos.svg(),
]  # fmt: skip


@given(st.sampled_from(SEEDS), st.integers(0, 2000), st.binary(max_size=4), st.integers(0, 2000))
def test_damaged_files_are_refused_or_taken_and_nothing_else(
    seed: bytes, at: int, change: bytes, end: int
) -> None:
    """No other exception, no endless loop, whatever stands in the file."""
    data = (seed[:at] + change + seed[at + len(change) :])[: end or None]
    for reader in (picture, svg):
        try:
            found = reader(data)
        except Unsuitable:
            continue
        assert found is None or found.suffix in {".png", ".jpg", ".webp", ".svg"}
