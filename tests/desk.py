"""What a person does at the sandbox's page, by what is on the screen."""

import re

from playwright.async_api import Locator, Page, expect

SECRET, LABEL = "correct-horse-battery-staple-4711", "ACME, ticket 4711"
WHAT = "The admin login of your shop"


def dialog(page: Page, title: str) -> Locator:
    """A modal by its title."""
    return page.get_by_role("dialog", name=title, exact=True)


async def turn_to(page: Page, side: str) -> None:
    """Look at Slack or the customer's side, where the screen is too small for both."""
    button = page.get_by_role("group", name="Show").get_by_role("button", name=re.compile(side))
    if await button.is_visible():
        await button.click()


async def say(page: Page, text: str) -> None:
    """Type into the composer and press Enter."""
    await turn_to(page, "Slack")
    box = page.get_by_role("textbox", name="Message", exact=True)
    await box.fill(text)
    await box.press("Enter")


async def share(
    page: Page, *, secret: str = SECRET, label: str = LABEL, lifetime: str = ""
) -> None:
    """Type /secret, fill the form, see the link."""
    await say(page, "/secret")
    form = dialog(page, "Share a secret")
    await form.get_by_label("Secret", exact=True).fill(secret)
    await form.get_by_label("Label (not secret)", exact=True).fill(label)
    if lifetime:
        await form.get_by_label("Lifetime", exact=True).select_option(lifetime)
    await form.get_by_role("button", name="Create link", exact=True).click()
    await expect(dialog(page, "Your link is ready")).to_be_visible()


async def ask(page: Page) -> None:
    """Type /secret request, fill the form, see the link."""
    await say(page, "/secret request")
    form = dialog(page, "Ask for credentials")
    await form.get_by_label("What do you need?").fill(WHAT)
    await form.get_by_label("Customer or ticket (not shown)").fill(LABEL)
    await form.get_by_role("button", name="Create link", exact=True).click()
    await expect(dialog(page, "Your link is ready")).to_be_visible()


async def answer(customer: Page) -> None:
    """Type a password into a request's page and send it."""
    await customer.get_by_label("Password", exact=True).fill(SECRET)
    await customer.get_by_role("button", name="Send", exact=True).click()
    await expect(customer.get_by_role("heading", level=1, name="Sent")).to_be_visible()


async def to_the_app(page: Page) -> None:
    """Go to the app's own conversation, through the drawer where the screen is small."""
    await _open_drawer(page)
    await page.get_by_role("button", name="slash-secret").click()


async def be(page: Page, name: str) -> None:
    """Look at Slack as somebody else, in the same way."""
    await _open_drawer(page)
    await page.get_by_role("radio", name=re.compile(name)).check()
    close = page.get_by_role("button", name="Close menu", exact=True)
    if await close.is_visible():
        await close.click()


async def _open_drawer(page: Page) -> None:
    await turn_to(page, "Slack")
    drawer = page.get_by_role("button", name="Menu", exact=True)
    if await drawer.is_visible():
        await drawer.click()


async def open_as_the_customer(page: Page) -> Page:
    """Follow the newest link in the customer's mailbox, in a tab of its own."""
    await turn_to(page, "Customer")
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open as the customer").first.click()
    return await opened.value


async def reveal(customer: Page) -> str:
    """Click, and read."""
    await customer.get_by_role("button", name="Click to reveal", exact=True).click()
    box = customer.get_by_role("group", name="Secret", exact=True)
    await expect(box).to_be_visible()
    return (await box.inner_text()).strip()


async def close(page: Page) -> None:
    """Close the modal on top with its cross."""
    shown = page.get_by_role("dialog")
    before = await shown.count()
    await shown.last.get_by_role("button", name="Close window", exact=True).click()
    await expect(shown).to_have_count(before - 1)


async def choose(page: Page, choice: str) -> None:
    """Open the history, and choose from its first row's menu."""
    await say(page, "/secret history")
    rows = dialog(page, "Secret history")
    await rows.get_by_role("button", name="More actions").first.click()
    await page.get_by_role("menuitem", name=choice, exact=True).click()
