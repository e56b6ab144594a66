"""A team's colour in a real browser: it shows, it can be read, it costs nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser

from tests.browser.stage import Stage, in_look
from tests.browser.states import BRANDED
from tests.browser.test_accessibility import violations
from tests.browsers import PHONE, SCHEMES, Scheme, Visitor, visitor
from web.brand import ACCENT, WHITE, Brand, Palette, Shades
from web.colour import Colour

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLUE = Palette.of(Colour.of("#1d4e89"))
COLOURS = ("#1d4e89", "#c8102e", "#111111")
_SHOWN = """() => {
  const style = getComputedStyle(document.querySelector(".primary"));
  const seal = getComputedStyle(document.querySelector(".seal rect"));
  return [style.backgroundColor, style.color, seal.fill];
}"""


@asynccontextmanager
async def branded(
    stage: Stage, chromium: Browser, brand: Brand
) -> AsyncIterator[tuple[Stage, Visitor]]:
    """Open a site with this look on the same store, and a stranger with a phone."""
    async with (
        in_look(stage, brand) as here,
        visitor(chromium, here.site.url, device=PHONE) as stranger,
    ):
        yield here, stranger


def rgb(colour: Colour) -> str:
    """As a browser writes it."""
    return f"rgb({colour.red}, {colour.green}, {colour.blue})"


async def test_the_colour_is_what_the_browser_paints(stage: Stage, chromium: Browser) -> None:
    """Button, letters, seal and focus follow it in light and, in its counterpart, in dark."""
    shades: dict[Scheme, Shades] = {"light": BLUE.light, "dark": BLUE.dark}
    async with branded(stage, chromium, Brand(BLUE)) as (here, stranger):
        page = await stranger.context.new_page()
        await here.ready(page)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            accent, on = rgb(shades[scheme].accent), rgb(shades[scheme].on)
            assert await page.evaluate(_SHOWN) == [accent, on, accent]
        await page.goto(here.site.url + "/about")
        focused = "getComputedStyle(document.activeElement).outlineColor"
        await page.keyboard.press("Tab")
        assert await page.evaluate(focused) == rgb(BLUE.dark.accent)
        assert stranger.watch.complaints == []


async def test_without_a_colour_the_page_is_the_products(stage: Stage, stranger: Visitor) -> None:
    """The counter-check of the one above: it sees a difference."""
    page = await stranger.context.new_page()
    await stage.ready(page)
    accent = rgb(ACCENT)
    assert await page.evaluate(_SHOWN) == [accent, rgb(WHITE), accent]


async def test_the_tabs_icon_has_the_colour(stage: Stage, chromium: Browser) -> None:
    """It is fetched after the click, as ever."""
    async with branded(stage, chromium, Brand(BLUE)) as (here, stranger):
        page = await stranger.context.new_page()
        await here.reveal(page)
        icon = await page.locator("link[rel=icon]").get_attribute("href")
        answer = await here.site.client.get(here.site.url + str(icon))
        assert str(BLUE.light.accent) in await answer.text()


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("state", BRANDED)
async def test_e4_branded_pages_can_be_read(
    stage: Stage, chromium: Browser, state: str, colour: str
) -> None:
    """E4, E3: axe-core finds nothing, light and dark; nothing foreign, no CSP report."""
    brand = Brand(Palette.of(Colour.of(colour)))
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.context.new_page()
        await BRANDED[state](here, page)
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert stranger.watch.foreign == []
        assert stranger.watch.complaints == []


async def test_axe_sees_a_colour_that_is_too_pale(stage: Stage, chromium: Browser) -> None:
    """Negative control: without the check at the start the page would fail, in both schemes."""
    pale = Colour.of("#8ac4ee")
    brand = Brand(Palette(Shades(pale, pale, WHITE), Shades(pale, pale, WHITE)))
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.context.new_page()
        await here.ready(page)
        found = await violations(page)
        assert [one.partition(":")[0] for one in found] == ["color-contrast", "dark"]


async def test_a_colour_costs_no_request(stage: Stage, chromium: Browser) -> None:
    """P12: page, stylesheet, script and status before the click."""
    asked = {}
    for name, brand in {
        "none": Brand(),
        "colour": Brand(BLUE),
    }.items():
        async with branded(stage, chromium, brand) as (here, stranger):
            page = await stranger.context.new_page()
            await here.ready(page)
            await page.wait_for_load_state("networkidle")
            asked[name] = sorted(
                re.sub(r".*/", "", re.sub(r"-[0-9a-f]{10}", "", url))
                for url in {url for _, url in stranger.watch.requests}
                if "/assets/" in url or "/api/" in url
            )
    usual = ["share.js", "status", "styles.css"]
    assert asked == {"none": usual, "colour": usual}
