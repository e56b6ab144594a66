"""E2 for the sandbox: whatever stands in a text of the app, a person or a workspace stays text."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from playwright.async_api import Dialog, expect

from tests.browser.sandbox import scenes
from tests.browser.sandbox.conftest import Desk
from tests.browser.sandbox.pretend import Json, message, named, view
from tests.browser.test_hostile import ATTACKS, ODDITIES
from tests.numbers import n

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKENS = (
    "<!channel>",
    "<@U0BEN>",
    "<#C1|general>",
    "<https://evil.example|login>",
    "<javascript:ran=1|click>",
    "<!date^1^{date}^javascript:ran=1|x>",
    "<https://evil.example/\u202e|x>",
    "&lt;!here&gt; &amp;lt;b&amp;gt;",
    "*bold* _it_ ~no~ `code` ```pre``` > quote",
)
_LOOK = """() => ({
  ran: window.ran ?? null,
  tags: [...new Set([...document.querySelectorAll("#root *:not(.sign, .sign > path)")]
    .map(({ tagName }) => tagName))],
  handlers: [...document.querySelectorAll("#root *")].flatMap(({ attributes }) =>
    [...attributes].map(({ name }) => name).filter((name) => /^on|^style$|^src/.test(name))),
  links: [...document.querySelectorAll("#root a")].map(({ protocol }) => protocol),
  title: document.title,
})"""
ELEMENTS = {
    *("A", "ARTICLE", "ASIDE", "B", "BDI", "BLOCKQUOTE", "BUTTON", "CAPTION", "CODE", "DIV"),
    *("FIELDSET", "FOOTER", "FORM", "H2", "H3", "HEADER", "HR", "I", "INPUT", "LABEL", "LEGEND"),
    *("LI", "MAIN", "NAV", "OL", "OPTION", "P", "PRE", "S", "SECTION", "SELECT", "SPAN", "STRONG"),
    *("TABLE", "TBODY", "TD", "TEXTAREA", "TH", "THEAD", "TIME", "TR", "UL"),
}


def batched(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Some at a time: a scene costs more than a text."""
    for start in range(0, len(texts), 6):
        yield texts[start : start + 6]


def escape(text: str) -> str:
    """As the bot does it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def hostile(random: Random) -> str:
    """One to three attacks, oddities and tokens in a row."""
    parts = random.choices([*ATTACKS, *ODDITIES, *TOKENS], k=random.randint(1, 3))
    return random.choice(["", " ", "\n"]).join(parts)[:2000]


def plain(text: str) -> Json:
    """A plain text with everything in it."""
    return {"type": "plain_text", "text": text}


def everywhere(text: str) -> list[Json]:
    """A block of every kind, with this in each of its texts."""
    option = {"text": plain(text), "value": text, "description": plain(text)}
    button = {"type": "button", "text": plain(text), "value": text, "accessibility_label": text}
    confirm = {part: plain(text) for part in ("title", "text", "confirm", "deny")}
    cell = {"type": "raw_text", "text": text}
    rich: list[Json] = [
        {"type": "text", "text": text, "style": {"code": True}},
        {"type": "link", "url": text, "text": text},
        {"type": "link", "url": f"javascript:{text}"},
        {"type": "user", "user_id": text},
        {"type": "emoji", "name": text, "unicode": "zz"},
        {"type": "date", "timestamp": 0, "format": text, "fallback": text},
    ]
    elements: list[Json] = [
        {"type": "plain_text_input", "placeholder": plain(text), "initial_value": text},
        {"type": "static_select", "options": [option], "initial_option": option},
        {"type": "radio_buttons", "options": [option]},
        {"type": "checkboxes", "options": [option]},
    ]
    return named([
        {"type": "header", "text": plain(text)},
        {"type": "section", "text": plain(text), "fields": [plain(text)],
         "accessory": {"type": "overflow", "action_id": "o", "options": [option]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "context", "elements": [plain(text), {"type": "image", "alt_text": text}]},
        {"type": "actions", "elements": [
            {**button, "action_id": "b"},
            {**button, "action_id": "u", "url": f"javascript:{text}"},
            {**button, "action_id": "c", "confirm": confirm, "style": "danger"},
            {"type": "static_select", "action_id": text, "placeholder": plain(text),
             "options": [option]}]},
        *({"type": "input", "label": plain(text), "hint": plain(text), "optional": True,
           "element": {**element, "action_id": f"a{number}"}}
          for number, element in enumerate(elements)),
        {"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": rich},
            {"type": "rich_text_preformatted", "elements": rich[:1]},
            {"type": "rich_text_quote", "elements": rich[:1]}]},
        {"type": "table", "rows": [[cell, cell], [cell, cell]]},
        {"type": "data_table", "caption": text, "rows": [[cell], [cell]]},
        {"type": "alert", "level": text, "text": plain(text)},
    ])  # fmt: skip


def scene(text: str) -> dict[str, Any]:
    """The same text in every place that a snapshot has."""
    body: Json = {
        "callback_id": "x", "title": plain(text), "submit": plain(text), "close": plain(text),
        "blocks": everywhere(text),
    }  # fmt: skip
    errors = {block["block_id"]: text for block in body["blocks"]}
    top = view(body, errors=errors, notice=text)
    reply = message(text, ts="1795536001.000100")
    said = [
        message(text, thread=[reply]),
        message(text, everywhere(text), ts="1795536002.000100", user=text),
    ]
    return {"channel": said, "dm": said, "home": view(body), "modals": [top]}


async def test_e2_hostile_texts_stay_text(desk: Desk) -> None:
    """E2: no script runs, no foreign request, no element or address but ours, nothing reported."""
    dialogs: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    desk.page.on("dialog", dismiss)
    random = Random(4711)
    cases = ["\n".join(some) for some in batched([*ATTACKS, *TOKENS, *ODDITIES])]
    cases += [hostile(random) for _ in range(n("E2", everyday=6, full=500))]
    for text in cases:
        await desk.show(**scene(text))
        seen = await desk.page.evaluate(_LOOK)
        assert (seen["ran"], seen["handlers"], seen["title"]) == (None, [], "Sandbox · localhost")
        assert set(seen["tags"]) <= ELEMENTS, text
        assert set(seen["links"]) <= {"http:", "https:", "mailto:"}, text
    assert dialogs == []


async def test_e2_plain_texts_equal_what_was_written(desk: Desk) -> None:
    """Decoded exactly once, every character kept: labels, titles, options, cells, errors."""
    for some in batched([*ATTACKS, *TOKENS, *ODDITIES]):
        text = "\n".join(some)
        await desk.show(**scene(escape(text)))
        dialog = desk.page.get_by_role("dialog")
        for where in (
            dialog.get_by_role("heading", level=2),
            dialog.locator("h3"),
            dialog.locator(".section .words").first,
            dialog.locator("button[type=submit]"),
            dialog.locator("label.label").first,
            dialog.locator(".hint").first,
            dialog.locator(".option label").first,
            dialog.locator("select option").nth(1),
        ):
            assert await where.text_content() == text
        # Literal in Slack: neither decoded nor formatted.
        for where in (
            dialog.locator("td").first,
            dialog.locator("pre").last,
            dialog.locator(".error").nth(1),
        ):
            assert await where.text_content() == escape(text)


async def test_e2_hostile_labels_in_the_bots_own_views(desk: Desk) -> None:
    """A label of an attacker's, through the bot's builders: one line of text, in every view."""
    for attack in (*ATTACKS[:4], *TOKENS[:4], *ODDITIES[:2]):
        views = scenes.views(desk.slack.url, attack)
        stack = [view(views[name], name) for name in ("share-prefilled", "history", "details")]
        notices = [
            message(body["text"], body.get("blocks", []), ts=f"17955360{number:02}.000100")
            for number, body in enumerate(scenes.messages(attack).values())
        ]
        await desk.show(modals=stack, channel=notices)
        seen = await desk.page.evaluate(_LOOK)
        assert (seen["ran"], seen["handlers"]) == (None, [])
        assert set(seen["tags"]) <= ELEMENTS
        assert await desk.page.get_by_role("dialog").locator("a").count() == 0


async def test_e2_directions_do_not_leak(desk: Desk) -> None:
    """A label that turns the direction of writing turns its own place only."""
    body: Json = {"callback_id": "x", "title": plain("T"), "submit": None, "close": None, "blocks": [
        {"type": "section", "text": plain("\u202egnp.exe \u2067"), "fields": [plain("left")]},
        {"type": "section", "text": plain("after")},
    ]}  # fmt: skip
    dialog = await desk.open(body)
    after = dialog.locator(".words", has_text="after")
    assert await after.evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    first = dialog.locator(".words").first
    assert await first.evaluate("(one) => getComputedStyle(one).unicodeBidi") in {
        "isolate",
        "plaintext",
    }


async def test_the_look_would_show_an_attack(desk: Desk) -> None:
    """Negative control: markup that got in would be seen, and refused by the page's policy."""
    await desk.show(channel=[message("x")])
    await desk.page.evaluate(
        "document.querySelector('#root').append(document.createElement('iframe'))"
    )
    await desk.page.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch {}")
    seen = await desk.page.evaluate(_LOOK)
    assert "IFRAME" in seen["tags"]
    await expect(desk.page.locator("#root")).to_be_visible()
    assert "CSP: require-trusted-types-for" in "\n".join(desk.watch.complaints)
    desk.watch.clear()
