"""Fields of modals: their names, what is typed into them, what is wrong with it."""

import pytest
from playwright.async_api import Locator, expect

from bot.views import share
from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.forms import boxes, field, form
from tests.browser.sandbox.pretend import ANNA, DONE, Json, message, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


def errors_of(dialog: Locator) -> Locator:
    """What stands below fields in red."""
    return dialog.locator(".error")


async def test_fields_are_named_exactly_as_their_labels(desk: Desk) -> None:
    """By label and by role: what Slack's test tools and screen readers would find."""
    dialog = await desk.open(share.build())
    for label in ("Secret", "Label (not secret)", "Passphrase (optional)"):
        await expect(dialog.get_by_label(label, exact=True)).to_have_role("textbox")
        await expect(dialog.get_by_role("textbox", name=label, exact=True)).to_be_visible()
    lifetime = dialog.get_by_role("combobox", name="Lifetime", exact=True)
    await expect(lifetime).to_have_value("86400")
    await expect(lifetime.locator("option:checked")).to_have_text("24 hours - normal ticket reply")
    access = dialog.get_by_role("radiogroup", name="Access", exact=True)
    await expect(access).to_be_visible()
    assert await access.evaluate("(a) => a.id") == await dialog.get_by_label(
        "Access", exact=True
    ).evaluate("(a) => a.id")
    once = access.get_by_role("radio", name="Single use", exact=True)
    await expect(once).to_be_checked()
    await expect(once).to_have_accessible_description("Destroyed the moment it is revealed")
    hint = "Customer or ticket. Your team sees it in the history, strangers never."
    hinted = dialog.get_by_label("Label (not secret)", exact=True)
    await expect(hinted).to_have_accessible_description(hint)
    # Shown, not said: the label alone is the name, and it says so itself now and then.
    await expect(dialog.get_by_text("(optional)", exact=True)).to_have_count(1)
    await expect(desk.button("Create link")).to_be_visible()
    await expect(desk.button("Cancel")).to_be_visible()


async def test_what_is_filled_in_is_what_is_submitted(desk: Desk) -> None:
    """Texts, options and boxes by block and action; an empty text is nothing, as in Slack."""
    dialog = await desk.open(share.build())
    await expect(dialog.get_by_label("Secret", exact=True)).to_be_focused()
    await desk.page.keyboard.type("hunter2")
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.type("line two")
    await dialog.get_by_label("Lifetime").select_option(
        "7 days - multi-day integrations or staging"
    )
    await dialog.get_by_text("Anyone with the link until it expires").click()
    await desk.button("Create link").click()
    await desk.settled()
    assert desk.slack.acts == [
        (ANNA, {"type": "submit", "view": "V1", "values": {
            "secret": {"secret_text": "hunter2\nline two"},
            "label": {"label_text": None},
            "lifetime": {"lifetime_choice": "604800"},
            "access": {"access_choice": "reusable"},
            "passphrase": {"passphrase_text": None},
        }})
    ]  # fmt: skip


async def test_boxes_are_sent_in_the_order_of_their_choice(desk: Desk) -> None:
    """Several, one, none; initial ones are chosen already."""
    dialog = await desk.open(form(boxes("notes")))
    group = dialog.get_by_role("group", name="Ask for", exact=True)
    await expect(group.get_by_role("checkbox", name="Notes")).to_be_checked()
    await group.get_by_role("checkbox", name="Login").check()
    await desk.page.keyboard.press("Enter")
    await desk.settled()
    assert desk.slack.done("submit")[0]["values"] == {"ask": {"several": ["notes", "login"]}}


async def test_a_press_is_one_submission(desk: Desk) -> None:
    """While it is under way the button says so, and neither it nor Enter submits again."""
    desk.slack.slow = 0.4
    dialog = await desk.open(form(field("a", "Name", initial_value="x")))
    await desk.button("Go").click()
    await expect(desk.button("Go")).to_have_attribute("aria-disabled", "true")
    # By force: what Playwright takes for disabled it would wait for.
    await desk.button("Go").click(force=True)
    await dialog.get_by_label("Name").press("Enter")
    await desk.settled()
    assert len(desk.slack.done("submit")) == 1
    await desk.button("Go").click()
    await expect(desk.button("Go")).to_have_attribute("aria-disabled", "true")
    assert len(desk.slack.done("submit")) == 2


async def test_what_is_missing_is_said_before_anything_is_sent(desk: Desk) -> None:
    """Required and too long, as Slack's own client says it; the first wrong field has the focus."""
    blocks = [
        field("a", "Name"),
        {**field("b", "Note", max_length=5, initial_value="four"), "optional": True},
        boxes(),
    ]
    dialog = await desk.open(form(*blocks))
    note = dialog.get_by_label("Note", exact=True)
    await note.fill("six six")
    await expect(note).to_have_accessible_description("2 characters too many")
    await desk.button("Go").click()
    required = "Please complete this required field."
    await expect(errors_of(dialog).filter(has_text=required)).to_have_count(2)
    name = dialog.get_by_label("Name")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description(required)
    await expect(note).to_have_accessible_description("At most 5 characters. 2 characters too many")
    assert desk.slack.acts == []
    await name.fill("x")
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await note.fill("four")
    await expect(note).to_have_accessible_description("1 character left")
    await dialog.get_by_role("checkbox", name="Login").check()
    await desk.button("Go").click()
    await expect(errors_of(dialog)).to_have_count(0)
    assert await desk.violations() == []


async def test_errors_of_the_app_stand_below_their_fields(desk: Desk) -> None:
    """Tied to the field, focused, what was typed kept; gone when the field changes."""
    body = share.build()
    wrong = "Type the secret: this field has nothing visible in it."

    def refuse(act: Json) -> Json:
        if act["type"] == "submit":
            desk.slack.modals = [view(body, errors={"secret": wrong, "access": "Choose another."})]
        return DONE

    desk.slack.react = refuse
    dialog = await desk.open(body)
    await dialog.get_by_label("Label (not secret)").fill("ACME")
    secret = dialog.get_by_label("Secret", exact=True)
    await secret.fill("\u200b")
    await desk.button("Create link").click()
    await expect(errors_of(dialog)).to_have_text([wrong, "Choose another."])
    await expect(secret).to_be_focused()
    await expect(secret).to_have_accessible_description(wrong)
    access = dialog.get_by_role("radiogroup", name="Access")
    await expect(access).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_label("Label (not secret)")).to_have_value("ACME")
    assert await desk.violations() == []
    await secret.press_sequentially("x")
    await expect(errors_of(dialog)).to_have_text(["Choose another."])
    await desk.button("Create link").click()
    await expect(errors_of(dialog)).to_have_text([wrong, "Choose another."])


async def test_a_notice_is_heard_and_nothing_typed_is_lost(desk: Desk) -> None:
    """Trouble with the app: the modal stays as it was, below Slack's sentence."""
    dialog = await desk.open(share.build())
    await dialog.get_by_label("Secret", exact=True).fill("hunter2")
    trouble = "We had some trouble connecting. Try again?"
    await desk.show(modals=[view(share.build(), notice=trouble)])
    await expect(dialog.get_by_role("alert")).to_have_text(trouble)
    await expect(dialog.get_by_label("Secret", exact=True)).to_have_value("hunter2")


async def test_typed_values_stay_where_block_and_action_stay(desk: Desk) -> None:
    """An update keeps them, as in Slack; another id or another kind of element begins anew."""
    await desk.open(form(field("a", "One"), field("b", "Two"), field("c", "Three")))
    for label in ("One", "Two", "Three"):
        await desk.page.get_by_label(label).fill(f"typed {label}")
    await desk.page.get_by_label("One").focus()
    updated = form(
        field("new", "Zero", initial_value="begins"),
        field("a", "One, renamed", initial_value="ignored"),
        field("b", "Two", action_id="other", initial_value="begins"),
        field("c", "Three", multiline=True, initial_value="ignored"),
    )
    await desk.show(modals=[view(updated, hash="h2")])
    values = [("Zero", "begins"), ("One, renamed", "typed One"), ("Two", "begins")]
    for label, value in [*values, ("Three", "typed Three")]:
        await expect(desk.page.get_by_label(label, exact=True)).to_have_value(value)
    await expect(desk.page.get_by_label("One, renamed")).to_be_focused()
    await desk.button("Go").click()
    await desk.settled()
    assert desk.slack.done("submit")[0]["values"] == {
        "new": {"typed": "begins"}, "a": {"typed": "typed One"},
        "b": {"other": "begins"}, "c": {"typed": "typed Three"},
    }  # fmt: skip


async def test_snapshots_disturb_nobody_who_types(desk: Desk) -> None:
    """Focus, selection, scroll and text survive any number of them."""
    dialog = await desk.open(share.build())
    secret = dialog.get_by_label("Secret", exact=True)
    await secret.fill("one two three")
    await secret.evaluate("(box) => box.setSelectionRange(4, 7)")
    body = dialog.locator(".dialog-body")
    await body.evaluate("(body) => { body.scrollTop = 40; }")
    for number in range(5):
        await desk.show(dm=[message(f"news {number}")])
    await expect(secret).to_be_focused()
    assert await secret.evaluate("(box) => [box.selectionStart, box.selectionEnd]") == [4, 7]
    assert await body.evaluate("(body) => body.scrollTop") == 40
    await desk.page.keyboard.type("2")
    await expect(secret).to_have_value("one 2 three")
