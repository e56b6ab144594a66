"""The other side: what the app shows in a modal reaches the customer, and its key nobody else."""

import pytest
from playwright.async_api import expect

from tests.browser.sandbox import scenes
from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import message, view

pytestmark = pytest.mark.asyncio(loop_scope="session")

HINT = (
    "In real life you would now paste this link into an e-mail or ticket; the customer opens it "
    "from there."
)


async def test_a_link_in_a_modal_reaches_the_customer(desk: Desk) -> None:
    """Once, with the ready-made message; it stays when the modal closes, and says so aloud."""
    box = desk.page.get_by_role("complementary", name="Customer's mailbox")
    await expect(box).to_contain_text("When the app shows you a link, it arrives here")
    body = scenes.ready(desk.slack.url)
    await desk.show(modals=[view(body)])
    mail = box.get_by_role("article")
    await expect(mail).to_have_count(1)
    await expect(mail).to_contain_text("Hi there, here is what you need, safely:")
    await expect(mail).to_contain_text(HINT)
    await expect(desk.page.get_by_role("status").first).to_have_text(
        "The link is in the customer's mailbox."
    )
    await desk.show(modals=[])
    await desk.show(modals=[view(body, "V2")])
    await expect(mail).to_have_count(1)
    await desk.show(modals=[view(scenes.ready(desk.slack.url), "V3")])
    await expect(mail).to_have_count(2)
    await expect(mail.first).to_have_accessible_name("Link 2 from Example Support")
    # Within reach while the modal is open: it is another person's screen.
    await desk.page.keyboard.press("Shift+Tab")
    assert await desk.violations() == []


async def test_a_link_in_a_message_does_not(desk: Desk) -> None:
    """No usable link is ever posted; what somebody types is not the app's to deliver."""
    link = scenes.shared().link.url(desk.slack.url)
    await desk.show(channel=[message(link)], dm=[message(link)])
    await expect(desk.page.get_by_role("article")).to_have_count(0)


async def test_the_customer_opens_it_in_a_tab_of_their_own(desk: Desk) -> None:
    """With the whole link, and without a way back to this page; by pointer and by keyboard."""
    await desk.open(scenes.ready(desk.slack.url))
    press = desk.button("Open as the customer")
    link = await press.get_attribute("href")
    await expect(press).to_have_attribute("rel", "noopener noreferrer")
    for key in (None, "Enter", "Space"):
        async with desk.page.context.expect_page() as opened:
            await (press.press(key) if key else press.click())
        tab = await opened.value
        await tab.wait_for_load_state()
        assert tab.url == link
        assert await tab.evaluate("[window.opener, document.referrer]") == [None, ""]
        await tab.close()


async def test_a_scanner_gets_the_link_without_its_key(desk: Desk) -> None:
    """What it did and saw, and that it is still there. The fragment is in no request at all."""
    await desk.open(scenes.ready(desk.slack.url))
    link = await desk.button("Open as the customer").get_attribute("href") or ""
    bare, _, token = link.partition("#")
    scan = desk.button("Send it through a mail scanner first")
    await scan.click()
    await expect(desk.page.get_by_text("It is still there. Status: Active.")).to_be_visible()
    table = desk.page.get_by_role("table", name="What the scanners did")
    await expect(table.get_by_role("columnheader")).to_have_text(["Who", "Did", "Saw"])
    await expect(table.get_by_role("rowheader")).to_have_text(
        ["Slackbot", "Safe Links", "An antivirus"]
    )
    assert desk.slack.scans == [{"link": bare}]
    async with desk.page.context.expect_page() as opened:
        await desk.button("Open as the customer").click()
    await (await opened.value).wait_for_load_state()
    assert len(token) == 48
    assert [one for one in desk.slack.bodies if token in one] == []
    assert await desk.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert token not in desk.page.url
    assert await desk.violations() == []


async def test_the_record_would_show_a_key_that_leaves(desk: Desk) -> None:
    """Negative control of the above: a page that sends the whole link is caught."""
    await desk.open(scenes.ready(desk.slack.url))
    link = await desk.button("Open as the customer").get_attribute("href") or ""
    await desk.page.evaluate(
        "link => fetch('/sandbox/scan', { method: 'POST', body: JSON.stringify({ link }) })", link
    )
    token = link.partition("#")[2]
    assert [one for one in desk.slack.bodies if token in one] != []


async def test_a_scan_that_fails_says_so(desk: Desk) -> None:
    """And can be tried again."""
    await desk.page.route(
        "**/sandbox/scan", lambda route: route.abort("connectionrefused"), times=1
    )
    await desk.open(scenes.ready(desk.slack.url))
    scan = desk.button("Send it through a mail scanner first")
    await scan.click()
    await expect(desk.page.get_by_text("The sandbox did not answer.")).to_be_visible()
    await scan.click()
    await expect(desk.page.get_by_text("It is still there. Status: Active.")).to_be_visible()


async def test_on_a_phone_the_mailbox_is_behind_its_button(phone: Desk) -> None:
    """Its count tells that something came; the modal stays open meanwhile."""
    await phone.open(scenes.ready(phone.slack.url))
    side = phone.page.get_by_role("group", name="Show").get_by_role("button", name="Customer")
    await expect(side).to_have_text("Customer1")
    await side.click()
    await expect(phone.button("Open as the customer")).to_be_visible()
    await expect(phone.page.get_by_role("dialog")).to_have_count(0)
    assert await phone.violations() == []
    await phone.page.get_by_role("button", name="Slack", exact=True).click()
    await expect(phone.page.get_by_role("dialog")).to_be_visible()
