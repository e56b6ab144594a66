"""E4: axe-core finds nothing in any state of any page, and the keyboard is enough."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.inquiry import open_form, send_button
from tests.browser.stage import Stage, box, complaint, cut, passphrase_field, see
from tests.browser.states import ALL, NO_JAVASCRIPT
from tests.browser.states_collect import COLLECT_PAGE
from tests.browser.states_composer import COMPOSER
from tests.browsers import PHONE, Visitor, visitor
from tests.numbers import has_its_turn

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What the page in this state cannot help: the browser says so itself.
UNAVOIDABLE = {"insecure": "Cross-Origin-Opener-Policy header has been ignored"}
_KEPT = """async () => [
  Object.keys(localStorage), Object.keys(sessionStorage), document.cookie,
  await indexedDB.databases(), "caches" in window ? await caches.keys() : [],
].flat().filter((one) => one !== "")"""


async def show_what_stands_without_script(page: Page) -> None:
    """Let axe-core, itself a script, look at the page as it is without JavaScript."""

    async def turn(route: Route) -> None:
        real = await route.fetch()
        text = (await real.text()).replace("noscript>", "div>")
        text = text.replace('class="scripted"', "hidden").replace("<script", "<link")
        await route.fulfill(response=real, body=text)

    await page.route("**/s/*", turn)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(chromium: Browser, stage: Stage) -> AsyncIterator[Visitor]:
    """One profile that sees every state, so that whatever one leaves behind adds up."""
    async with visitor(chromium, stage.site.url, device=PHONE) as stranger:
        yield stranger


@pytest.mark.parametrize("state", [state for state in ALL if has_its_turn(state, of=3)])
async def test_e4_every_state_of_every_page(stage: Stage, phone: Visitor, state: str) -> None:
    """E4, E3: no WCAG 2.2 AA violation, light and dark; nothing foreign, nothing stored."""
    phone.watch.clear()
    page = await phone.context.new_page()
    if state == NO_JAVASCRIPT:
        await show_what_stands_without_script(page)
    await ALL[state](stage, page)
    assert await violations(page) == []
    assert await page.evaluate(_KEPT) == []
    # An agent's, by a ticket from Slack: customers get none.
    kept = {cookie["name"] for cookie in await phone.context.cookies()}
    assert kept <= ({"session"} if state in {*COLLECT_PAGE, *COMPOSER} else set())
    await phone.context.clear_cookies()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert [url for url in phone.watch.foreign if state != "insecure"] == []
    unavoidable = UNAVOIDABLE.get(state, "\0")
    assert [one for one in phone.watch.complaints if unavoidable not in one] == []
    await page.close()


async def test_e4_pale_letters_on_the_card_would_be_found(stage: Stage, stranger: Visitor) -> None:
    """Negative control: what stands on the card is judged, in light and in dark."""
    page = await stranger.context.new_page()
    await stage.ready(page)
    await page.evaluate(
        "document.querySelector('.card .note').style.setProperty('color', 'rgb(128 128 128 / 60%)')"
    )
    found = await violations(page)
    assert len(found) == 2
    assert found[0].startswith("color-contrast: ")
    assert found[1].startswith("dark: color-contrast: ")


async def _visible_focus(page: Page) -> str:
    """Insist that what has the focus shows it; give its text."""
    outline = await page.evaluate(
        "(({ outlineStyle, outlineWidth }) => [outlineStyle, parseFloat(outlineWidth)])"
        "(getComputedStyle(document.activeElement))"
    )
    assert outline == ["solid", 3]
    text: str = await page.evaluate("document.activeElement.textContent")
    return text.strip()


async def test_e4_the_journey_by_keyboard_alone(stage: Stage, stranger: Visitor) -> None:
    """E4: Tab and Enter open, copy, hide and show; focus is visible and follows each new screen."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share("hunter2"))
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Click to reveal"
    await page.keyboard.press("Enter")
    await see(page, "Your secret")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    for expected, after in (
        ("hunter2", None),  # the box takes the focus, so that a long secret can be scrolled
        ("Copy to clipboard", "Secret copied to your clipboard."),
        ("Hide", "Hidden. Press Show to see it again."),
    ):
        await page.keyboard.press("Tab")
        assert await _visible_focus(page) == expected
        if after:
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("status")).to_have_text(after)
    assert await _visible_focus(page) == "Show"
    await page.keyboard.press("Enter")
    assert await box(page).text_content() == "hunter2"
    await page.keyboard.press("Tab")
    assert (await _visible_focus(page)).startswith("What we can and cannot see")
    await page.keyboard.press("Shift+Tab")
    assert await _visible_focus(page) == "Hide"


async def test_e4_trying_again_by_keyboard(stage: Stage, stranger: Visitor) -> None:
    """E4: after a broken connection the focus is on the heading, and Try again is one Tab away."""
    page = await stranger.context.new_page()
    await cut(page, "reveal", times=2)
    await stage.ready(page, await stage.share("hunter2"))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await see(page, "The connection broke")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Try again"
    await page.keyboard.press("Enter")
    assert await box(page).text_content() == "hunter2"


async def test_e4_a_passphrase_by_keyboard(stage: Stage, stranger: Visitor) -> None:
    """E4: field, toggle and button in this order; Enter in the field submits; the error is heard."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share("hunter2", passphrase="maple"))
    await page.keyboard.press("Tab")
    await expect(passphrase_field(page)).to_be_focused()
    await page.keyboard.type("mapel")
    await page.keyboard.press("Enter")
    wrong = "Wrong passphrase. 4 tries left."
    await complaint(page, wrong)
    await expect(passphrase_field(page)).to_be_focused()
    await expect(passphrase_field(page)).to_have_accessible_description(re.compile(f"^{wrong}"))
    await page.keyboard.type("maple")  # what was wrong is selected
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Show passphrase"
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Click to reveal"
    await page.keyboard.press("Space")
    await see(page, "Your secret")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_e4_an_answer_by_keyboard(stage: Stage, stranger: Visitor) -> None:
    """E4: every field, the file, Send and the receipt's buttons by Tab and Enter, in this order."""
    page = await stranger.context.new_page()
    await open_form(stage, page)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    for name in ("Login page", "Username", "Password"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_label(name, exact=True)).to_be_focused()
        await page.keyboard.type("hunter2")
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Show Password"
    await page.keyboard.press("Enter")
    assert await _visible_focus(page) == "Hide Password"
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Notes")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Add a file"
    # The browser's own window for files is not ours to test: that it would open, is.
    await page.evaluate(
        """document.querySelector("input[type=file]").addEventListener("click", (event) => {
          event.preventDefault();
          window.wasAsked = true;
        })"""
    )
    await page.keyboard.press("Enter")
    assert await page.evaluate("window.wasAsked")
    file = {"name": "x.pem", "mimeType": "text/plain", "buffer": b"key"}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    await expect(page.get_by_role("button", name="Remove x.pem")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Send"
    await page.keyboard.press("Enter")
    await see(page, "Sent")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Withdraw"
    await page.keyboard.press("Enter")
    await see(page, "Withdraw what was sent?")
    await page.keyboard.press("Tab")
    assert await _visible_focus(page) == "Yes, withdraw it"
    await page.keyboard.press("Enter")
    await see(page, "Withdrawn")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_e4_a_complaint_about_the_form_is_heard(stage: Stage, stranger: Visitor) -> None:
    """E4: what is wrong is an alert, and the focus stays on Send."""
    page = await stranger.context.new_page()
    await open_form(stage, page)
    await send_button(page).focus()
    await page.keyboard.press("Enter")
    complaint = page.get_by_role("alert").filter(has_text="Nothing is filled in yet.")
    await expect(complaint).to_be_visible()
    await expect(send_button(page)).to_be_focused()


async def test_e4_it_reflows(stage: Stage, stranger: Visitor) -> None:
    """WCAG 1.4.10: at 320 CSS pixels, which is 400 % zoom, nothing scrolls sideways or is cut."""
    page = await stranger.context.new_page()
    shared = ("ready", "locked-last", "secret-fields", "gone-viewed", "about")
    asked = ("request-filled", "request-receipt", "request-ending")
    for state in (*shared, *asked, "composer-login", "composer-asked"):
        await ALL[state](stage, page)
        for width in (320, 256):
            await page.set_viewport_size({"width": width, "height": 600})
            await page.wait_for_function("(width) => innerWidth === width", arg=width)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
