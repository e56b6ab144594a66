"""BRAND_COLOR and BRAND_LOGO on the pages: every accepted colour can be read, nothing else changes."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from storage.errors import SettingsError
from storage.vault import Vault
from tests import logos
from tests.raw import RawStore
from tests.site import Site, serve
from tests.web.test_colour import COLOURS
from tests.web.test_headers import ALWAYS
from web import brand
from web.brand import Brand, Palette, Shades
from web.colour import Colour
from web.pages import STATIC

FRONTEND = STATIC.parent / "frontend"
PATHS = ("/", "/about", "/s/x", "/new")
BLUE = "#1d4e89"
LOGO_CSP = {
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "sandbox",
}


def test_the_colours_that_are_checked_against_are_the_pages() -> None:
    """Accent and surfaces of the stylesheet, light and dark, and of the tab's icon."""
    sheet = (FRONTEND / "src/tokens.css").read_text()
    light, dark = re.findall(r":root \{([^}]+)\}", sheet)[:2]
    for block, surfaces in ((light, brand.LIGHT), (dark, brand.DARK)):
        found = dict(re.findall(r"--(\w+): (#\w+);", block))
        written = [found["paper"], found["card"].replace("#fff", "#ffffff")]
        assert written == [str(surface) for surface in surfaces]
    assert f"--accent: {brand.ACCENT};" in light
    assert str(brand.ACCENT) in (FRONTEND / "src/favicon.svg").read_text()


def readable(shades: Shades, surfaces: tuple[Colour, ...]) -> bool:
    """Links on every surface, letters on the button, also under the pointer."""
    ratios = [shades.accent.contrast(surface) for surface in surfaces]
    ratios += [shades.on.contrast(behind) for behind in (shades.accent, shades.strong)]
    return min(ratios) >= 4.5


@settings(deadline=None)
@given(COLOURS)
@example(Colour.of("#000000"))
@example(Colour.of("#17454f"))
@example(Colour.of("#ffff00"))
def test_what_is_accepted_can_be_read_in_light_and_dark(colour: Colour) -> None:
    """WCAG 2.2 AA for every colour; what is refused is told one that is accepted."""
    try:
        palette = Palette.of(colour)
    except SettingsError as error:
        remedy = re.search(r"darken it, for example to (#[0-9a-f]{6})\.$", str(error))
        assert remedy
        palette = Palette.of(Colour.of(remedy[1]))
    assert readable(palette.light, brand.LIGHT)
    assert readable(palette.dark, brand.DARK)
    assert palette.light.strong != palette.light.accent
    assert palette.dark.strong != palette.dark.accent


def test_a_pale_colour_would_not_be_readable() -> None:
    """Negative control of the property above: it sees what the check keeps out."""
    pale = Colour.of("#4aa3df")
    assert not readable(Shades(pale, pale, brand.WHITE), brand.LIGHT)


@pytest.mark.parametrize(
    ("colour", "measured"), [("#4aa3df", "2.52"), ("#7a7a7a", "3.92"), ("#ffffff", "1.0")]
)
def test_a_colour_with_too_little_contrast_is_refused_with_a_remedy(
    colour: str, measured: str
) -> None:
    """One sentence: the variable, what was measured, what to do."""
    with pytest.raises(SettingsError) as caught:
        Brand.read(colour, None)
    assert re.fullmatch(
        rf"BRAND_COLOR has a contrast of {re.escape(measured)}:1 on the pages' background and needs "
        r"4\.5:1; darken it, for example to #[0-9a-f]{6}\.",
        str(caught.value),
    )


def test_greys_are_light_in_the_dark_and_vivid_colours_stay_vivid() -> None:
    """A middle grey looks switched off; a brand's red must not become pink."""
    assert Palette.of(Colour.of("#111111")).dark.accent.lightness > 0.85
    assert Palette.of(Colour.of("#c8102e")).dark.accent.chroma > 0.15


async def test_without_a_brand_the_stylesheet_is_the_built_one(site: Site) -> None:
    """Byte for byte, under its own name, and the seal is in its place."""
    (built,) = (STATIC / "assets").glob("styles-*.css")
    seal = (STATIC / "parts/seal.svg").read_text()
    for path in PATHS:
        page = await (await site.client.get(site.url + path)).text()
        assert set(re.findall(r"/assets/styles-[\w.]+", page)) == {f"/assets/{built.name}"}
        assert page.count(seal) == 1
        assert "%%" not in page
        assert "<img" not in page
    served = await (await site.client.get(f"{site.url}/assets/{built.name}")).read()
    assert served == built.read_bytes()


async def test_a_colour_goes_into_the_one_stylesheet(vault: Vault, store_client: RawStore) -> None:
    """Behind the built rules, under a name of its own that every page uses; compressed; kept."""
    (built,) = (STATIC / "assets").glob("styles-*.css")
    async with serve(vault, store_client, brand=Brand.read(BLUE, None)) as site:
        named = set()
        for path in PATHS:
            page = await (await site.client.get(site.url + path)).text()
            named |= set(re.findall(r"/assets/(?:styles|favicon)-[\w.]+", page))
            assert built.name not in page
        icon, sheet = sorted(named)
        answer = await site.client.get(site.url + sheet)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        body = await answer.text()
        assert body.startswith(built.read_text())
        added = body.removeprefix(built.read_text())
        assert added == Palette.of(Colour.of(BLUE)).css()
        assert BLUE in await (await site.client.get(site.url + icon)).text()
        # A page that a process with the old settings served finds what it names.
        assert (await site.client.get(f"{site.url}/assets/{built.name}")).status == 200


async def test_a_name_changes_nothing_of_the_look(vault: Vault, store_client: RawStore) -> None:
    """The workspace's name comes after the start, from Slack: its members choose it."""
    name = "%%SEAL%%</style>%%HOST%%"
    async with serve(vault, store_client, name=name, brand=Brand.read(BLUE, None)) as site:
        page = await (await site.client.get(site.url)).text()
        assert '<b dir="auto">%%SEAL%%&lt;/style&gt;%%HOST%%</b>' in page
        assert page.count("<svg") == 1


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        ("logo.svg", "image/svg+xml"),
        ("logo.png", "image/png"),
        ("logo.jpg", "image/jpeg"),
        ("logo.webp", "image/webp"),
    ],
)
async def test_e1_the_logo_is_an_image_and_nothing_else(
    vault: Vault, store_client: RawStore, tmp_path: Path, file: str, content_type: str
) -> None:
    """E1: the headers of every response, its own type, and a policy that runs and loads nothing."""
    data = {
        "logo.svg": logos.SVG,
        "logo.png": logos.png(30, 10),
        "logo.jpg": logos.JPEG,
        "logo.webp": logos.WEBP,
    }[file]
    # The name says nothing: the content is looked at.
    path = tmp_path / "picture of the team.bin"
    path.write_bytes(data)
    async with serve(vault, store_client, brand=Brand.read("", path)) as site:
        shown = set()
        for page_path in PATHS:
            page = await (await site.client.get(site.url + page_path)).text()
            shown |= set(re.findall(r'<img class="logo[^"]*" src="([^"]+)" alt=""', page))
            assert 'class="seal"' not in page
        (address,) = shown
        assert re.fullmatch(rf"/assets/logo-[0-9a-f]{{10}}\.{file.partition('.')[2]}", address)
        answer = await site.client.get(site.url + address)
        assert await answer.read() == data
        assert answer.headers["Content-Type"] == content_type
        assert "immutable" in answer.headers["Cache-Control"]
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value
        assert set(answer.headers["Content-Security-Policy"].split("; ")) == LOGO_CSP
        head = await site.client.head(site.url + address)
        assert head.headers["Content-Security-Policy"] == answer.headers["Content-Security-Policy"]
