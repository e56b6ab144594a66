"""A team's colour and logo in a real browser: they show, they can be read, they hold nothing up."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from tests import logos
from tests.browser.axe import violations
from tests.browser.stage import Stage, in_look, reveal_button, see
from tests.browser.states import BRANDED
from tests.browsers import PHONE, SCHEMES, Scheme, Visitor, address, visitor
from tests.numbers import has_its_turn
from web import pages
from web.brand import ACCENT, WHITE, Brand, Palette, Shades
from web.colour import Colour
from web.logo import Logo

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLUE = Palette.of(Colour.of("#1d4e89"))
COLOURS = ("#1d4e89", "#c8102e", "#111111")
LOOKS = [
    (state, colour)
    for state in BRANDED
    for colour in COLOURS
    if has_its_turn(f"{state} in {colour}", of=3)
]
_SHOWN = """() => {
  const style = getComputedStyle(document.querySelector(".primary"));
  const seal = getComputedStyle(document.querySelector(".seal rect"));
  return [style.backgroundColor, style.color, seal.fill];
}"""
_MIDDLE = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  return [...canvas.getImageData(picture.width / 2, picture.height / 2, 1, 1).data].slice(0, 3);
}"""
_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shifts += value;
}).observe({ type: "layout-shift", buffered: true });
"""


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


async def middle(page: Page, selector: str) -> Colour:
    """What is painted in the middle of an element."""
    png = base64.b64encode(await page.locator(selector).screenshot()).decode()
    return Colour(*await page.evaluate(_MIDDLE, png))


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


@pytest.mark.parametrize(("state", "colour"), LOOKS)
async def test_e4_branded_pages_can_be_read(
    stage: Stage, chromium: Browser, state: str, colour: str
) -> None:
    """E4, E3: axe-core finds nothing, light and dark; nothing foreign, no CSP report."""
    brand = Brand(Palette.of(Colour.of(colour)), logos.LIFEBUOY)
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


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (logos.SVG, ".svg"),
        (logos.png(300, 60), ".png"),
        (logos.JPEG, ".jpg"),
        (logos.WEBP, ".webp"),
    ],
)
async def test_the_logo_takes_the_seals_place_and_moves_nothing(
    stage: Stage, chromium: Browser, tmp_path: Path, data: bytes, suffix: str
) -> None:
    """Every format; 40 pixels high, its own proportions, its place kept until it arrives."""
    path = tmp_path / "logo"
    path.write_bytes(data)
    arrive = asyncio.Event()

    async def late(route: Route) -> None:
        await arrive.wait()
        await route.continue_()

    async with branded(stage, chromium, Brand.read("", path)) as (here, stranger):
        page = await stranger.context.new_page()
        await page.add_init_script(_SHIFTS)
        await page.route(f"**/assets/logo-*{suffix}", late)
        await page.goto(here.site.url + "/about", wait_until="domcontentloaded")
        logo = page.locator(".plate img")
        before = await logo.bounding_box()
        heading = page.get_by_role("heading", level=1)
        stood = await heading.bounding_box()
        arrive.set()
        await page.wait_for_load_state("load")
        assert await logo.evaluate("(img) => img.complete && img.naturalWidth > 0")
        assert await logo.bounding_box() == before
        assert await heading.bounding_box() == stood
        assert before
        assert before["height"] == 40
        assert before["width"] <= 160
        assert await page.evaluate("window.shifts") == 0
        assert await page.locator(".seal").count() == 0
        assert stranger.watch.complaints == []


@pytest.mark.parametrize("width", [320, 256])
async def test_e4_a_wide_logo_reflows(stage: Stage, chromium: Browser, width: int) -> None:
    """WCAG 1.4.10: at 400 % zoom it leaves room for the name, in its own proportions."""
    brand = Brand(
        logo=Logo(logos.svg(attributes='viewBox="0 0 8 1"'), ".svg", 160, 20, plated=True)
    )
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.context.new_page()
        await page.set_viewport_size({"width": width, "height": 600})
        await page.emulate_media(color_scheme="dark")
        await here.ready(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        logo, name = page.locator(".plate img"), page.locator("#brand")
        shown, beside = await logo.bounding_box(), await name.bounding_box()
        assert shown
        assert beside
        assert shown["x"] + shown["width"] <= beside["x"]
        assert beside["width"] >= width / 4
        assert await logo.evaluate("(img) => getComputedStyle(img).objectFit") == "contain"


async def test_a_logo_that_never_arrives_holds_nothing_up(stage: Stage, chromium: Browser) -> None:
    """The button is there, the click opens, the secret is shown."""
    held = asyncio.Event()

    async def never(route: Route) -> None:
        await held.wait()
        await route.abort()

    async with branded(stage, chromium, Brand(BLUE, logos.LIFEBUOY)) as (here, stranger):
        page = await stranger.context.new_page()
        await page.route("**/assets/logo-*", never)
        holder = await here.share("hunter2")
        await page.goto(address(here.site, holder), wait_until="domcontentloaded")
        await reveal_button(page).click()
        await see(page, "Your secret")
        assert not await page.locator(".plate img").evaluate("(img) => img.complete")
        held.set()


async def test_a_colour_costs_no_request_and_a_logo_one(stage: Stage, chromium: Browser) -> None:
    """P12: page, stylesheet, script and status before the click; with a logo that one as well."""
    asked = {}
    for name, brand in {
        "none": Brand(),
        "colour": Brand(BLUE),
        "both": Brand(BLUE, logos.LIFEBUOY),
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
    assert asked == {"none": usual, "colour": usual, "both": sorted([*usual, "logo.svg"])}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_dark_logo_lies_on_a_light_plate_in_the_dark(
    stage: Stage, chromium: Browser, scheme: Scheme
) -> None:
    """Unless it needs none: it covers its ground, or it follows light and dark by itself."""
    ring = '<circle cx="3" cy="1.5" r="1" fill="none" stroke="#000"/>'
    adapting = (
        "<style>rect { fill: #102030 } @media (prefers-color-scheme: dark) "
        "{ rect { fill: #e0f0ff } }</style><rect width='6' height='3'/>"
    )
    for data, plated, light, dark in (
        (logos.svg(ring), True, "#f4f5f3", "#f4f5f3"),
        (logos.svg(ring), False, "#f4f5f3", "#0e1415"),  # the counter-check: lost in the dark
        (logos.svg(adapting), False, "#102030", "#e0f0ff"),
    ):
        brand = Brand(logo=Logo(data, ".svg", 80, 40, plated=plated))
        async with branded(stage, chromium, brand) as (here, stranger):
            page = await stranger.context.new_page()
            await page.emulate_media(color_scheme=scheme)
            await page.goto(here.site.url + "/about")
            expected = Colour.of(light if scheme == "light" else dark)
            assert await middle(page, ".plate img") == expected


HOSTILE = logos.svg(
    '<script>window.ran = 1</script><g onload="window.ran = 2"/>'
    '<image href="https://evil.example/x.png" width="9" height="9"/>'
    '<style>@import "https://evil.example/x.css";</style><rect width="6" height="3"/>'
)


async def test_an_svg_that_got_past_the_check_does_nothing(stage: Stage, chromium: Browser) -> None:
    """In the page it is a picture; opened by its address it has no script and no origin of ours."""
    brand = Brand(logo=Logo(HOSTILE, ".svg", 80, 40, plated=True))
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.open(here.site.url + "/about")
        assert await page.locator(".plate img").evaluate("(img) => img.naturalWidth > 0")
        assert stranger.watch.foreign == []
        assert stranger.watch.complaints == []
        src = await page.locator(".plate img").get_attribute("src")
        await page.goto(here.site.url + str(src))
        assert await page.evaluate("[window.ran ?? null, self.origin]") == [None, "null"]
        said = "\n".join(stranger.watch.complaints)
        assert "Blocked script execution" in said
        assert "Loading the stylesheet 'https://evil.example/x.css' violates" in said
        assert "Loading the image 'https://evil.example/x.png' violates" in said


async def test_without_its_policy_the_file_would_be_a_page_of_ours(
    stage: Stage, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: under the pages' policy our own scripts could run in it, in our origin."""
    monkeypatch.setattr(pages, "_POLICIES", {})
    (script,) = (pages.STATIC / "assets").glob("share-*.js")
    data = logos.svg(f'<script href="/assets/{script.name}"/>')
    brand = Brand(logo=Logo(data, ".svg", 80, 40, plated=True))
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.open(here.site.url + "/about")
        src = await page.locator(".plate img").get_attribute("src")
        await page.goto(here.site.url + str(src))
        assert await page.evaluate("self.origin") == here.site.url
        assert any(url.endswith(script.name) for _, url in stranger.watch.requests)


async def test_a_picture_is_no_page_and_no_script(stage: Stage, chromium: Browser) -> None:
    """A PNG whose comment is markup and code: whatever asks for it gets an image."""
    polyglot = logos.png(30, 10, logos.chunk(b"tEXt", b"*/window.ran=1/*<script>ran=1</script>"))
    brand = Brand(logo=Logo(polyglot, ".png", 120, 40, plated=True))
    async with branded(stage, chromium, brand) as (here, stranger):
        page = await stranger.open(here.site.url + "/about")
        src = await page.locator(".plate img").get_attribute("src")
        refused = await page.evaluate(
            """(src) => new Promise((resolve) => {
              const script = document.createElement("script");
              const policy = trustedTypes.createPolicy("slash-secret", { createScriptURL: (url) => url });
              Object.assign(script, { src: policy.createScriptURL(src), onload: () => resolve(false), onerror: () => resolve(true) });
              document.body.append(script);
            })""",
            src,
        )
        assert refused
        await page.goto(here.site.url + str(src))
        assert await page.evaluate("[document.contentType, window.ran ?? null]") == [
            "image/png",
            None,
        ]
