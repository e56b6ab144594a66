"""Typing: what is sent, what a slash offers, what is said when it was refused."""

import pytest
from playwright.async_api import expect

from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import (
    ANNA,
    CHANNEL,
    Json,
    message,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_enter_sends_and_shift_enter_does_not(desk: Desk) -> None:
    """What is typed goes out as it is, line by line; the box is empty again at once."""
    await desk.composer.click()
    await desk.page.keyboard.type("one")
    await desk.page.keyboard.press("Shift+Enter")
    await desk.page.keyboard.type("two")
    await desk.page.keyboard.press("Enter")
    await expect(desk.composer).to_have_value("")
    await expect(desk.composer).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await desk.composer.fill("three")
    await desk.button("Send").click()
    await desk.settled()
    sent = [{"type": "message", "channel": CHANNEL, "text": text} for text in ("one\ntwo", "three")]
    assert desk.slack.acts == [(ANNA, act) for act in sent]


async def test_a_slash_offers_the_commands(desk: Desk) -> None:
    """Name, hint and description; arrows choose, Tab or Enter completes, Escape refuses."""
    await desk.composer.click()
    await desk.page.keyboard.type("/")
    options = desk.page.get_by_role("listbox", name="Commands").get_by_role("option")
    await expect(options).to_have_text(
        [
            "/secret [request | history | help]Share a secret, or ask for one, through a link that works once",
            "/remindSet a reminder",
        ]
    )
    await expect(options.first).to_have_attribute("aria-selected", "true")
    assert await desk.violations() == []
    await desk.page.keyboard.press("ArrowDown")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    chosen = await options.last.get_attribute("id")
    await expect(desk.composer).to_have_attribute("aria-activedescendant", chosen or "")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Tab")
    await expect(desk.composer).to_have_value("/secret ")
    await expect(desk.composer).to_be_focused()
    await expect(options).to_have_count(0)
    await desk.page.keyboard.type("history")
    await desk.page.keyboard.press("Enter")
    await desk.settled()
    assert desk.slack.done("message")[0]["text"] == "/secret history"
    await desk.page.keyboard.type("/rem")
    await expect(options).to_have_count(1)
    await desk.page.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    await expect(desk.composer).to_have_value("/rem")
    await desk.composer.fill("/se")
    await desk.page.keyboard.press("Enter")
    await expect(desk.composer).to_have_value("/secret ")
    await desk.composer.fill("/")
    await options.last.click()
    await expect(desk.composer).to_have_value("/remind ")
    await expect(desk.composer).to_be_focused()


async def test_a_whole_command_needs_one_enter(desk: Desk) -> None:
    """Typed to its end, it is sent at once although it is still offered."""
    await desk.composer.fill("/secret")
    await desk.composer.press("Enter")
    await desk.settled()
    assert [act["text"] for act in desk.slack.done("message")] == ["/secret"]


async def test_what_was_refused_is_said_and_not_lost(desk: Desk) -> None:
    """A sentence that is heard and can be dismissed; the text is back in the box."""
    refusal = "You are not in this channel."
    desk.slack.react = lambda _act: {"ok": False, "message": refusal}
    await desk.composer.fill("hello")
    await desk.composer.press("Enter")
    alert = desk.page.get_by_role("alert")
    await expect(alert).to_contain_text(refusal)
    await expect(desk.composer).to_have_value("hello")
    assert await desk.violations() == []
    await desk.button("Dismiss").click()
    await expect(alert).to_have_text("")


async def test_what_slack_says_itself_is_said_once(desk: Desk) -> None:
    """A whisper of Slackbot's, or a notice above a modal's fields, needs no toast besides."""
    refusal = "/secret is not supported in threads. Sorry!"

    def whisper(_act: Json) -> Json:
        desk.slack.channel = [message(refusal, user="USLACKBOT", ephemeral=True)]
        return {"ok": False, "message": refusal}

    desk.slack.react = whisper
    await desk.composer.fill("/secret")
    await desk.composer.press("Enter")
    await desk.settled()
    await expect(desk.page.get_by_text(refusal)).to_have_count(1)
    await expect(desk.page.get_by_role("alert")).to_have_text("")


async def test_shortcuts_are_offered_where_they_belong(desk: Desk) -> None:
    """Global ones beside the composer, the others at each message that is more than a whisper."""
    await expect(desk.button("Shortcuts")).to_have_count(0)
    await desk.show(
        shortcuts=[
            {"type": "global", "callback_id": "share", "name": "Share a secret"},
            {"type": "message", "callback_id": "move", "name": "Move to a secret link"},
        ],
        channel=[message("x"), message("y", ts="1795536060.000100", ephemeral=True)],
    )
    await expect(desk.button("Message actions")).to_have_count(1)
    await desk.button("Message actions").focus()
    await desk.page.keyboard.press("Enter")
    await desk.page.get_by_role("menuitem", name="Move to a secret link").press("Enter")
    await desk.button("Shortcuts").click()
    await desk.page.get_by_role("menuitem", name="Share a secret").click()
    await desk.settled()
    ts = "1795536000.000100"
    assert [act for _, act in desk.slack.acts] == [
        {"type": "message_shortcut", "callback_id": "move", "channel": CHANNEL, "ts": ts},
        {"type": "shortcut", "callback_id": "share"},
    ]


async def test_a_server_that_is_gone_is_said(desk: Desk) -> None:
    """An act that nobody answers leaves its text and a sentence."""
    await desk.page.route("**/sandbox/act", lambda route: route.abort("connectionrefused"))
    await desk.composer.fill("hello")
    await desk.composer.press("Enter")
    await expect(desk.page.get_by_role("alert")).to_contain_text(
        "The sandbox did not answer. Is it still running?"
    )
    await expect(desk.composer).to_have_value("hello")
