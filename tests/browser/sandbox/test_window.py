"""The window around it: people, places, the app's tabs, the connection, a small phone."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import (
    APP,
    CLARA,
    DONE,
    Json,
    Pretend,
    message,
    view,
)
from tests.browsers import DESKTOP, visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_page_says_what_it_is(desk: Desk) -> None:
    """Nobody takes it for Slack: a banner above everything, the team, its people and places."""
    banner = desk.page.get_by_role("banner")
    await expect(banner).to_contain_text(
        "This is a sandbox on this machine: a pretend Slack. Nothing leaves it."
    )
    nav = desk.page.get_by_role("navigation", name="Workspace")
    await expect(nav).to_contain_text("Example Support")
    who = nav.get_by_role("group", name="You are")
    await expect(who.get_by_role("radio", name="Anna Agent")).to_be_checked()
    await expect(who.get_by_role("radio", name="Clara Admin (admin)", exact=True)).to_be_visible()
    await expect(nav.get_by_role("button", name="support")).to_have_attribute(
        "aria-current", "page"
    )
    begin = "Nothing here yet. Type /secret below and press Enter."
    await expect(desk.page.get_by_role("log")).to_have_text(begin)
    assert await desk.page.title() == "Sandbox · localhost"
    assert await desk.violations() == []


async def test_the_apps_place_has_two_tabs(desk: Desk) -> None:
    """Messages, which take no answer, and Home, which is asked for when it is opened."""

    def publish(act: Json) -> Json:
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        blocks = [{"type": "actions", "block_id": "a", "elements": [button]}]
        desk.slack.home = view({"type": "home", "callback_id": "home", "blocks": blocks})
        return DONE

    await desk.button("slash-secret").click()
    messages = desk.page.get_by_role("tab", name="Messages")
    await expect(messages).to_have_attribute("aria-selected", "true")
    await expect(desk.page.get_by_text("Sending messages to this app has been")).to_be_visible()
    await expect(desk.composer).to_have_count(0)
    await messages.focus()
    await desk.page.keyboard.press("ArrowLeft")
    home = desk.page.get_by_role("tab", name="Home")
    await expect(home).to_be_focused()
    await expect(desk.page.get_by_role("tabpanel", name="Home")).to_contain_text(
        "slash-secret has put nothing here yet."
    )
    desk.slack.react = publish
    await desk.page.keyboard.press("ArrowRight")
    await messages.click()
    await home.click()
    await desk.button("Go").click()
    await desk.settled()
    assert [act["type"] for _, act in desk.slack.acts] == ["home", "home", "action"]
    assert desk.slack.done("action")[0]["place"] == {"home": True}
    assert await desk.violations() == []


async def test_another_person_sees_with_their_own_eyes(desk: Desk) -> None:
    """Their snapshots, their acts; what the first one had typed is not theirs."""
    await desk.composer.fill("Anna's draft")
    await desk.page.get_by_role("radio", name="Clara Admin").check()
    await expect(desk.page.locator("#root")).to_have_attribute("data-revision", "1")
    await expect(desk.composer).to_have_value("")
    await desk.composer.fill("hello")
    await desk.composer.press("Enter")
    await desk.settled()
    assert [who for who, _ in desk.slack.acts] == [CLARA]
    assert f"GET /sandbox/events?user={CLARA} " in desk.slack.bodies
    await desk.page.get_by_role("radio", name="Anna Agent").check()
    await expect(desk.composer).to_have_value("Anna's draft")


async def test_the_apps_place_is_everybodys_own(desk: Desk) -> None:
    """Another conversation for each, and whoever looks stays in it; its menus and views do not."""
    await desk.button("slash-secret").click()
    await desk.page.get_by_role("radio", name="Ben Agent").focus()
    await desk.page.keyboard.press("Space")
    await expect(desk.page.get_by_role("tab", name="Messages")).to_be_visible()
    await expect(desk.page.get_by_role("radio", name="Ben Agent")).to_be_focused()
    await expect(desk.page.get_by_role("heading", name="slash-secret")).to_be_visible()


async def test_a_lost_connection_is_said_and_made_again(desk: Desk) -> None:
    """Connecting, by itself, also to a server that was started anew; nothing typed is lost."""
    await desk.composer.fill("half a sentence")
    await desk.slack.hang_up()
    status = desk.page.get_by_role("status")
    await expect(status).to_have_text("Connecting")
    assert await desk.violations() == []
    await desk.composer.press("Enter")
    await desk.settled()
    desk.slack.online.set()
    desk.slack.revision = 0
    await desk.slack.show(channel=[message("back again", user=APP)])
    await expect(desk.page.get_by_text("back again")).to_be_visible(timeout=15_000)
    await expect(status).not_to_have_text("Connecting")


async def test_a_small_phone_shows_one_thing_at_a_time(phone: Desk) -> None:
    """Slack or the customer, the places behind a button; all by keyboard, nothing cut off."""
    page = phone.page
    await expect(page.get_by_role("navigation")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Customer's mailbox")).to_have_count(0)
    await phone.button("Menu").focus()
    await page.keyboard.press("Enter")
    await expect(phone.button("Close menu")).to_be_focused()
    assert await phone.violations() == []
    await page.keyboard.press("Escape")
    await expect(phone.button("Menu")).to_be_focused()
    await expect(page.get_by_role("navigation")).to_have_count(0)
    await phone.button("Menu").click()
    await phone.button("slash-secret").click()
    await expect(page.get_by_role("tab", name="Messages")).to_be_visible()
    await page.get_by_role("group", name="Show").get_by_role("button", name="Customer").click()
    await expect(page.get_by_role("heading", name="Customer's mailbox")).to_be_visible()
    await expect(page.get_by_role("tab", name="Messages")).to_have_count(0)
    assert await phone.violations() == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_without_javascript_the_page_says_so(chromium: Browser, slack: Pretend) -> None:
    """What it is, and what it needs."""
    async with visitor(chromium, slack.url, device=DESKTOP, javascript=False) as who:
        page = await who.open(slack.url + "/sandbox")
        await expect(page.locator("noscript p")).to_be_visible()
        await expect(page.get_by_text("This is a sandbox on this machine")).to_be_visible()
        await expect(page.get_by_text("Connecting")).to_be_hidden()
