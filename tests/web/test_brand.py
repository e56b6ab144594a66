"""BRAND_COLOR on the pages: every accepted colour can be read, nothing else changes."""

import re

import pytest
from hypothesis import example, given, settings

from storage.errors import SettingsError
from storage.vault import Vault
from tests.raw import RawStore
from tests.site import Site, serve
from tests.web.test_colour import COLOURS
from web import brand
from web.brand import Brand, Palette, Shades
from web.colour import Colour
from web.pages import STATIC

FRONTEND = STATIC.parent / "frontend"
PATHS = ("/", "/about", "/s/x")
BLUE = "#1d4e89"


def test_the_colours_that_are_checked_against_are_the_pages() -> None:
    """Accent and surfaces of the stylesheet, light and dark, and of the tab's icon."""
    sheet = (FRONTEND / "src/styles.css").read_text()
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
        Brand.read(colour)
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
    seal = (FRONTEND / "pages/seal.svg").read_text().strip()
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
    async with serve(vault, store_client, brand=Brand.read(BLUE)) as site:
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
    name = "%%BRAND%%</style>%%HOST%%"
    async with serve(vault, store_client, name=name, brand=Brand.read(BLUE)) as site:
        page = await (await site.client.get(site.url)).text()
        assert '<b dir="auto">%%BRAND%%&lt;/style&gt;%%HOST%%</b>' in page
        assert page.count("<svg") == 1
