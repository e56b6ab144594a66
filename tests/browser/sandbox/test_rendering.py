"""Every view and message that the bot can make, on the page: drawn whole, clean in axe-core."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.views import ids
from tests.browser.sandbox import home_scenes, scenes
from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import Json, message, named, pretend, view
from tests.browsers import DESKTOP, visitor
from tests.numbers import has_its_turn

pytestmark = pytest.mark.asyncio(loop_scope="session")

# So wide that no window lies across the sidebar's edge: axe-core judges no text whose lines have
# different things far behind them.
WIDE = replace(DESKTOP, width=1800)
VIEWS = list(scenes.views("http://localhost"))
MESSAGES = list(scenes.messages())
# Blocks that no view of today's has, but the next may.
OTHERS: list[Json] = [
    {"type": "alert", "level": level, "text": {"type": "mrkdwn", "text": f"*{level}* it is"}}
    for level in ("default", "info", "warning", "error", "success")
] + [
    {"type": "image", "image_url": "https://evil.example/x.png", "alt_text": "A cat"},
    {
        "type": "context",
        "elements": [
            {"type": "image", "image_url": "https://evil.example/x.png", "alt_text": "Two cats"},
            {"type": "mrkdwn", "text": "and <https://a.example|a link>"},
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "bold", "style": {"bold": True, "italic": True}},
                    {"type": "text", "text": " &amp; *literal* "},
                    {"type": "link", "url": "https://a.example", "text": "link"},
                    {"type": "link", "url": "javascript:ran=1", "text": "no link"},
                    {"type": "user", "user_id": "U0ANNA"},
                    {"type": "channel", "channel_id": "C0SUPPORT"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "emoji", "name": "lock", "unicode": "1f512"},
                    {"type": "emoji", "name": "shrug"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "kept"}]},
        ],
    },
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gallery(chromium: Browser) -> AsyncIterator[Desk]:
    """One page that shows one after the other."""
    async with pretend() as slack, visitor(chromium, slack.url, device=WIDE) as who:
        made = Desk(slack, await who.context.new_page(), who.watch)
        await made.arrive()
        yield made


def texts(value: Any) -> Iterator[str]:
    """What a person should find on the page: plain texts, one by one."""
    if isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            yield unescape(value["text"])
        elif value.get("type") in {"text", "raw_text"}:
            yield value["text"]
        else:
            # The answers to a question come later; what a menu offers, once it is open.
            inner = [one for name, one in value.items() if name not in {"confirm", "accessory"}]
            yield from texts(inner)


async def _is_whole(gallery: Desk, shown: Json, where: str = "html", name: str = "") -> None:
    gallery.watch.clear()
    seen = await gallery.page.evaluate("document.querySelector('#root').textContent")
    for text in texts(shown):
        assert text in seen
    assert await gallery.page.locator(".unknown").count() == 0
    if not name or has_its_turn(name, of=4):
        assert await gallery.violations(where) == []
    assert gallery.watch.foreign == []
    assert gallery.watch.complaints == []


@pytest.mark.parametrize("name", VIEWS)
async def test_e4_every_view_is_drawn(gallery: Desk, name: str) -> None:
    """E4: all its texts, nothing unknown, no violation in light or dark, no console error."""
    body = scenes.views(gallery.slack.url)[name]
    dialog = await gallery.open(body)
    await expect(dialog).to_be_visible()
    # What stands around it is the same each time, and judged by other tests.
    parts = {part: body.get(part) for part in ("title", "submit", "close", "blocks")}
    await _is_whole(gallery, parts, "[role=dialog]", name)
    await expect(
        dialog.get_by_role("button", name=body["close"]["text"], exact=True)
    ).to_be_visible()
    await gallery.show(modals=[])


@pytest.mark.parametrize("name", MESSAGES)
async def test_e4_every_message_is_drawn(gallery: Desk, name: str) -> None:
    """E4: the same for messages: blocks if there are any, else the text."""
    body = scenes.messages()[name]
    blocks = body.get("blocks", [])
    await gallery.show(channel=[message(body["text"], blocks)])
    await expect(gallery.page.get_by_role("log").get_by_role("listitem")).to_have_count(1)
    await _is_whole(gallery, {"blocks": blocks}, "[role=log]", name)


@pytest.mark.parametrize("name", list(home_scenes.views()))
async def test_e4_every_home_is_drawn(gallery: Desk, name: str) -> None:
    """E4: the same for the Home tab, whose rows are opened by their numbers."""
    body = home_scenes.views()[name]
    await gallery.show(channel=[], home=view(body))
    await gallery.page.get_by_role("button", name="slash-secret").click()
    await gallery.page.get_by_role("tab", name="Home").click()
    panel = gallery.page.get_by_role("tabpanel")
    await expect(panel.get_by_role("button", name="Share a secret", exact=True)).to_be_visible()
    await _is_whole(gallery, {"blocks": body["blocks"]}, "[role=tabpanel]", name)
    await gallery.page.get_by_role("button", name="support").click()
    await gallery.show(home=None)


async def test_every_home_fits_a_small_phone(phone: Desk) -> None:
    """Tables scroll in themselves; nothing else is wider than the screen."""
    await phone.page.get_by_role("button", name="Menu", exact=True).click()
    await phone.page.get_by_role("button", name="slash-secret").click()
    await phone.page.get_by_role("tab", name="Home").click()
    for name, body in home_scenes.views().items():
        await phone.show(home=view(body))
        width = await phone.page.evaluate("document.documentElement.scrollWidth")
        inside = await phone.page.locator("#panel .log").evaluate("(one) => one.scrollWidth")
        assert (width, inside <= 360) == (360, True), name


async def test_other_blocks_are_drawn(gallery: Desk) -> None:
    """What the app may use next; a picture is described instead of fetched."""
    await gallery.show(channel=[message("x", OTHERS)], home=view({"blocks": OTHERS}))
    log = gallery.page.get_by_role("log")
    await expect(log).to_contain_text("Picture: A cat")
    await expect(log).to_contain_text("bold &amp; *literal* link")
    await expect(log).to_contain_text("@anna#C0SUPPORT@here\U0001f512:shrug:")
    await expect(log.get_by_role("link")).to_have_text(["a link", "link"])
    await _is_whole(gallery, {}, "[role=log]")


async def test_every_view_of_the_bot_is_among_them() -> None:
    """A new view, or a block of a new kind, has to be drawn here as well."""
    views = scenes.views("http://localhost").values()
    assert {body["callback_id"] for body in views} == set(ids.View)


async def test_what_cannot_be_drawn_says_so(gallery: Desk) -> None:
    """A visible box and a console error, for blocks, elements and rich text; the rest is drawn."""
    strange: list[Json] = [
        {"type": "carousel", "elements": []},
        {"type": "constructor"},
        {"type": "section", "text": {"type": "plain_text", "text": "here"}, "accessory": {
            "type": "timepicker", "action_id": "x"}},
        {"type": "rich_text", "elements": [{"type": "rich_text_hologram", "elements": []}]},
    ]  # fmt: skip
    gallery.watch.clear()
    await gallery.show(channel=[message("x", strange)])
    said = [
        "unknown block: carousel",
        "unknown block: constructor",
        "unknown element: timepicker",
        "unknown rich text: rich_text_hologram",
    ]
    await expect(gallery.page.locator(".unknown")).to_have_text(said)
    await expect(gallery.page.get_by_text("here", exact=True)).to_be_visible()
    assert gallery.watch.complaints == [f"console error: {one}" for one in said]
    gallery.watch.clear()


async def test_data_tables_have_pages(gallery: Desk) -> None:
    """A caption, a header, five rows a page, and a keyboard that turns them."""
    rows: list[list[Json]] = [[{"type": "raw_text", "text": cell} for cell in ("Label", "Status")]]
    rows += [
        [{"type": "raw_text", "text": f"ticket {n}"}, {"type": "raw_number", "value": n}]
        for n in range(12)
    ]
    block = {"type": "data_table", "caption": "Secrets", "rows": rows}
    await gallery.show(channel=[message("x", [block])])
    table = gallery.page.get_by_role("table", name="Secrets")
    await expect(table.get_by_role("row")).to_have_count(6)
    await expect(table.get_by_role("columnheader")).to_have_text(["Label", "Status"])
    await expect(table.get_by_role("rowheader").first).to_have_text("ticket 0")
    after = gallery.button("Next page")
    await after.focus()
    for _ in range(3):
        await gallery.page.keyboard.press("Enter")
    await expect(gallery.page.get_by_text("11 to 12 of 12")).to_be_visible()
    await expect(table.get_by_role("row")).to_have_count(3)
    await expect(after).to_be_focused()
    await gallery.show()
    await expect(table.get_by_role("row")).to_have_count(3)
    assert await gallery.violations("[role=log]") == []


async def test_every_view_fits_a_small_phone(phone: Desk) -> None:
    """360 pixels are enough: nothing is wider than the screen, every button is in it."""
    everything = scenes.views(phone.slack.url)
    for name, body in everything.items():
        dialog = await phone.open(body)
        await expect(dialog).to_be_visible()
        width = await phone.page.evaluate("document.documentElement.scrollWidth")
        inside = await dialog.evaluate("(one) => one.querySelector('.dialog-body').scrollWidth")
        assert (width, inside <= 360) == (360, True), name
        await phone.show(modals=[])


async def test_messages_fit_a_small_phone(phone: Desk) -> None:
    """The same for messages, their tables included, which scroll in themselves at worst."""
    bodies = scenes.messages().values()
    shown = [
        message(body["text"], named(body.get("blocks", [])), ts=f"17955360{n:02}.000100")
        for n, body in enumerate(bodies)
    ]
    await phone.show(channel=shown)
    await expect(phone.page.get_by_role("log").locator("li.message")).to_have_count(len(shown))
    assert await phone.page.evaluate("document.documentElement.scrollWidth") == 360
    assert await phone.page.get_by_role("log").evaluate("(one) => one.scrollWidth") <= 360
    assert "Hand over a secret, or ask for one" in json.dumps(shown)
