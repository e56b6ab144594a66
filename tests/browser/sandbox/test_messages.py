"""Messages and threads, and the news that nobody has looked at yet."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import (
    ANNA,
    BEN,
    CHANNEL,
    message,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_messages_show_who_when_and_what(desk: Desk) -> None:
    """Author, local time, formats, edited, app, and for whose eyes only."""
    await desk.show(
        channel=[
            message("*bold* <https://a.example|there> <@U0BEN>", user=ANNA, edited=True),
            message("nobody else reads this", ts="1795536060.000100", ephemeral=True),
            message("/secret failed", user="USLACKBOT", ts="1795536120.000100", ephemeral=True),
        ]
    )
    log = desk.page.get_by_role("log", name="Messages in support")
    first, second, third = (log.get_by_role("listitem").nth(n) for n in range(3))
    await expect(first).to_contain_text("Anna Agent17:00bold there @ben (edited)")
    await expect(first.locator("b", has_text="bold")).to_be_visible()
    link = first.get_by_role("link", name="there")
    await expect(link).to_have_attribute("href", "https://a.example/")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(second).to_contain_text("Only visible to youslash-secretApp17:01")
    await expect(third).to_contain_text("Slackbot")
    await expect(first).not_to_contain_text("Only visible")


async def test_a_thread_opens_beside_and_takes_replies(desk: Desk) -> None:
    """Its root and replies, a box of its own, Escape or the cross closes it."""
    root = message("root", user=BEN, thread=[message("first", ts="1795536060.000100")])
    await desk.show(channel=[root])
    await desk.button("1 reply").click()
    thread = desk.page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_role("listitem")).to_have_count(2)
    reply = thread.get_by_role("textbox", name="Reply", exact=True)
    await expect(reply).to_be_focused()
    await reply.fill("/secret")
    await reply.press("Enter")
    await desk.settled()
    assert desk.slack.done("message")[0]["thread_ts"] == root["ts"]
    root["thread"].append(message("second", ts="1795536070.000100"))
    await desk.show()
    await expect(thread.get_by_role("listitem")).to_have_count(3)
    await expect(desk.button("2 replies")).to_be_visible()
    assert await desk.violations() == []
    await reply.press("Escape")
    await expect(thread).to_have_count(0)
    await expect(desk.button("2 replies")).to_be_focused()
    await desk.button("2 replies").click()
    await desk.button("Close thread").click()
    await expect(thread).to_have_count(0)


async def test_buttons_of_messages_say_where_they_are(desk: Desk) -> None:
    """The message's channel and time."""
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "block_id": "a", "elements": [{**button, "style": "primary"}]}]
    await desk.show(channel=[message("x", blocks)])
    await desk.button("Go").click()
    await desk.settled()
    place = {"channel": CHANNEL, "ts": "1795536000.000100"}
    assert desk.slack.done("action")[0]["place"] == place


async def test_news_are_counted_where_nobody_looks(desk: Desk) -> None:
    """A message in the app's place shows in the sidebar and is announced, until it is seen."""
    place = desk.page.get_by_role("button", name="slash-secret")
    await desk.show(dm=[message("news", ts="9999999999.000100")])
    await expect(place).to_have_accessible_name(re.compile("slash-secret ?1 new"))
    await expect(desk.page.get_by_role("status")).to_have_text("A new message came.")
    await place.click()
    await expect(place).to_have_accessible_name("slash-secret")
    await desk.button("support").click()
    await expect(place).to_have_accessible_name("slash-secret")
    reply = message("more", ts="9999999999.000200")
    await desk.show(dm=[message("news", ts="9999999999.000100", thread=[reply])])
    await expect(place).to_have_accessible_name(re.compile("1 new"))


async def test_a_list_stays_where_it_is_read(desk: Desk) -> None:
    """At its end it follows what comes; scrolled back, it does not move."""
    many = [message(f"line {n}", ts=f"17955360{n:02}.000100") for n in range(40)]
    await desk.show(channel=many)
    log = desk.page.get_by_role("log")
    await expect(log.get_by_text("line 39")).to_be_in_viewport()
    await desk.show(channel=[*many, message("line 40", ts="1795536040.000100")])
    await expect(log.get_by_text("line 40")).to_be_in_viewport()
    await log.focus()
    await desk.page.keyboard.press("Home")
    await expect(log.get_by_text("line 0", exact=True)).to_be_in_viewport()
    await desk.show(channel=[*many, message("line 41", ts="1795536041.000100")])
    await expect(log.get_by_text("line 0", exact=True)).to_be_in_viewport()
