"""Modals as Slack's: the stack, questions, menus and the focus; by keyboard alone."""

import pytest
from playwright.async_api import expect

from bot.views import burn, history, link_ready, share
from tests.browser.sandbox import scenes
from tests.browser.sandbox.conftest import TALL, Desk
from tests.browser.sandbox.forms import boxes, field, form
from tests.browser.sandbox.pretend import ANNA, DONE, Json, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_stack_shows_its_top_and_goes_back(desk: Desk) -> None:
    """Back and the view's own button close one, the cross all; below, all is as it was."""
    first, second = form(field("a", "Name"), title="First"), form(title="Second")
    third = form(title="Third")
    await desk.open(first)
    await expect(desk.button("Back")).to_have_count(0)
    await desk.page.get_by_label("Name").fill("typed")
    await desk.show(modals=[view(first), view(second, "V2"), view(third, "V3")])
    await expect(desk.page.get_by_role("dialog")).to_have_count(1)
    await expect(desk.dialog("Third")).to_be_visible()
    for name in ("Back", "Stop", "Close window"):
        await desk.button(name).click()
        await desk.settled()
    one = {"type": "close", "view": "V3"}
    assert desk.slack.done("close") == [one, one, {**one, "clear": True}]
    await desk.show(modals=[view(first)])
    await expect(desk.page.get_by_label("Name")).to_have_value("typed")
    await expect(desk.page.get_by_label("Name")).to_be_focused()
    await desk.button("Close window").click()
    await desk.settled()
    assert desk.slack.done("close")[-1] == {"type": "close", "view": "V1"}


async def test_escape_closes_the_top_view(desk: Desk) -> None:
    """Escape reports the close, and the focus goes back to where it was before."""

    def close(act: Json) -> Json:
        if act["type"] == "close":
            desk.slack.modals = desk.slack.modals[:-1]
        return DONE

    desk.slack.react = close
    await desk.composer.focus()
    await desk.show(modals=[view(form(field("a", "Name")))])
    await expect(desk.page.get_by_label("Name")).to_be_focused()
    await desk.show(modals=[*desk.slack.modals, view(form(title="Second"), "V2")])
    await expect(desk.dialog("Second").get_by_role("heading")).to_be_focused()
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.get_by_label("Name")).to_be_focused()
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await expect(desk.composer).to_be_focused()
    assert desk.slack.done("close") == [
        {"type": "close", "view": "V2"},
        {"type": "close", "view": "V1"},
    ]


async def test_the_keyboard_stays_in_a_modal(desk: Desk) -> None:
    """Tab goes round in it, both ways, and never into the window below."""
    dialog = await desk.open(form(field("a", "Name"), boxes()))
    await expect(dialog.get_by_label("Name")).to_be_focused()
    seen = []
    for _ in range(7):
        await desk.page.keyboard.press("Tab")
        assert await desk.page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
        seen.append(await desk.page.evaluate("document.activeElement.textContent"))
    assert seen == ["", "", "Stop", "Go", "", "", ""]
    await desk.button("Close window").focus()
    for name in ("Go", "Stop"):
        await desk.page.keyboard.press("Shift+Tab")
        await expect(desk.button(name)).to_be_focused()
    # What lies below cannot be reached at all.
    await expect(desk.page.locator(".slack-content")).to_have_attribute("inert", "")
    await desk.page.locator("h2", has_text="# support").click(force=True)
    await desk.page.keyboard.press("Tab")
    assert await desk.page.evaluate("document.activeElement.closest('[role=dialog]') !== null")


async def test_an_answer_that_replaces_a_form_is_heard(desk: Desk) -> None:
    """The form's fields are gone: the focus is on the new title instead of nowhere."""
    await desk.open(share.build())
    await desk.page.get_by_label("Secret", exact=True).fill("hunter2")
    await desk.show(modals=[view(scenes.ready(desk.slack.url))])
    ready = desk.dialog(link_ready.TITLE)
    await expect(ready.get_by_role("heading")).to_be_focused()
    assert "hunter2" not in await desk.page.content()


async def test_a_question_comes_before_the_action(desk: Desk) -> None:
    """Its texts; No changes nothing, Escape neither; Yes reports the press, once."""
    dialog = await desk.open(scenes.ready(desk.slack.url))
    press = dialog.get_by_role("button", name="Burn", exact=True)
    question = desk.page.get_by_role("alertdialog", name="Burn this secret?", exact=True)
    for no in ("button", "escape"):
        await press.focus()
        await desk.page.keyboard.press("Enter")
        await expect(question).to_have_accessible_description(
            "The link stops working at once. This cannot be undone."
        )
        await expect(question.get_by_role("button", name="Keep it")).to_be_focused()
        await desk.page.keyboard.press("Enter" if no == "button" else "Escape")
        await expect(question).to_have_count(0)
        await expect(press).to_be_focused()
    assert desk.slack.acts == []
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("Tab")
    await expect(question.get_by_role("button", name="Burn")).to_be_focused()
    assert await desk.violations() == []
    await desk.page.keyboard.press("Enter")
    await expect(question).to_have_count(0)
    await expect(press).not_to_have_attribute("aria-disabled", "true")
    assert desk.slack.acts == [
        (ANNA, {"type": "action", "place": {"view": "V1"}, "block_id": "burn",
                "action_id": "burn_now", "state": {"language": {"language_choice": "browser"}}})
    ]  # fmt: skip


async def test_a_button_with_an_address_opens_it_and_reports(desk: Desk) -> None:
    """A new tab that knows nothing of this page, and the press is the app's to know, too."""
    dialog = await desk.open(scenes.ready(desk.slack.url))
    mine = dialog.get_by_role("button", name="Open it myself", exact=True)
    await expect(mine).to_have_attribute("rel", "noopener noreferrer")
    await expect(mine).to_have_accessible_description("Opens in a new tab")
    for how in ("click", "space"):
        async with desk.page.context.expect_page() as opened:
            if how == "click":
                await mine.click()
            else:
                await mine.press("Space")
        tab = await opened.value
        await tab.wait_for_load_state()
        assert "/s/" in tab.url
        assert await tab.evaluate("window.opener") is None
        await tab.close()
        await desk.settled()
    assert [act["action_id"] for act in desk.slack.done("action")] == ["visit", "visit"]


async def test_history_by_keyboard(desk: Desk) -> None:
    """The row's menu: arrows, Enter, Escape; the choice is reported with its value."""
    rows = scenes.rows()
    body = history.build(scenes.page(*rows[:2], more=True), scenes.FIRST, scenes.ANNAS)
    await desk.page.set_viewport_size(
        {"width": 1280, "height": TALL}
    )  # a menu closes when it changes
    dialog = await desk.open(body)
    menus = dialog.get_by_role("button", name="More actions", exact=True)
    await expect(menus).to_have_count(2)
    await expect(menus.first).to_have_accessible_description("ACME, ticket 4711")
    await menus.first.focus()
    await desk.page.keyboard.press("Enter")
    menu = desk.page.get_by_role("menu")
    items = menu.get_by_role("menuitem")
    await expect(items).to_have_text(["Details", "Burn", "Make a new one", "Treat as exposed"])
    await expect(items.first).to_be_focused()
    assert await desk.violations() == []
    await desk.page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(menus.first).to_be_focused()
    await expect(dialog).to_be_visible()
    await desk.page.keyboard.press("Enter")
    await expect(items.first).to_be_focused()
    await desk.page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await desk.page.keyboard.press("Home")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await expect(menu).to_have_count(0)
    await desk.settled()
    act = desk.slack.done("action")[0]
    assert (act["block_id"], act["action_id"]) == ("row-0", "row_menu")
    assert act["value"] == f"burn:{rows[0].id.value}"


async def test_the_filters_of_the_history_report_each_change(desk: Desk) -> None:
    """A select outside of a form: its choice, and the state beside it."""
    body = history.build(scenes.page(scenes.rows()[0], more=True), scenes.FIRST, scenes.ANNAS)
    dialog = await desk.open(body)
    await dialog.get_by_role("combobox", name="Whose").select_option("Mine")
    await expect(desk.page.get_by_role("combobox", name="Whose")).to_have_value("mine")
    await desk.settled()
    act = desk.slack.done("action")[0]
    assert (act["action_id"], act["value"]) == ("whose", "mine")
    assert act["state"] == {"filters": {"whose": "mine", "status": "all"}}
    await dialog.get_by_role("button", name="Older", exact=True).click()
    await desk.settled()
    assert "value" not in desk.slack.done("action")[1]


async def test_the_burn_view_reads_as_it_is_built(desk: Desk) -> None:
    """Pushed from the history: Back, its own two buttons, no field."""
    details = scenes.views(desk.slack.url)["history"]
    question = scenes.views(desk.slack.url)["burn"]
    await desk.show(modals=[view(details), view(question, "V2")])
    dialog = desk.dialog(burn.TITLE)
    for name in ("Back", "Keep it", "Burn", "Close window"):
        await expect(dialog.get_by_role("button", name=name, exact=True)).to_be_visible()
    await dialog.get_by_role("button", name="Burn", exact=True).click()
    await desk.settled()
    assert desk.slack.done("submit") == [{"type": "submit", "view": "V2", "values": {}}]


async def test_a_link_is_copied_by_keyboard_or_pointer(desk: Desk) -> None:
    """No copy button, as in Slack: the text is there to select, by "select all" in it, too."""
    dialog = await desk.open(scenes.ready(desk.slack.url))
    box = dialog.locator("pre").first
    await box.focus()
    await desk.page.keyboard.press("ControlOrMeta+a")
    assert await desk.page.evaluate("String(getSelection())") == await box.text_content()
    await expect(dialog.get_by_role("button", name="Copy")).to_have_count(0)


async def test_the_customers_side_stays_within_reach(desk: Desk) -> None:
    """The round goes through the customer's screen as well, once there is something to press."""
    await desk.open(scenes.ready(desk.slack.url))
    await desk.button("Done").focus()
    for name in ("Open as the customer", "Send it through a mail scanner first"):
        await desk.page.keyboard.press("Tab")
        await expect(desk.button(name)).to_be_focused()
    await desk.page.keyboard.press("Tab")
    await expect(desk.button("Close window")).to_be_focused()
    await desk.page.keyboard.press("Shift+Tab")
    await expect(desk.button("Send it through a mail scanner first")).to_be_focused()
