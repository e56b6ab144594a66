"""C1, E3: what a customer typed leaves the browser encrypted and stays nowhere in it."""

import json
import logging
import secrets
from pathlib import Path

import pytest
from playwright.async_api import Request

from storage import answers
from storage.model import Content, TextFile
from tests.browser.inquiry import collected, fill, inquire, open_form, press, send_button
from tests.browser.stage import Stage, cut, see
from tests.browser.states_request import choose
from tests.browser.test_traces import _EVERYTHING_KEPT, _NOTHING
from tests.browsers import Visitor
from tests.raw import as_bytes, holds, snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _requests(stranger: Visitor) -> list[Request]:
    """Whatever this browser asks for from now on."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    stranger.context.on("request", note)
    return sent


_TITLE = {"title": "Send your details safely · localhost"}


async def test_c1_what_is_typed_is_nowhere_but_in_the_answer(
    stage: Stage, stranger: Visitor, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """C1: not in a request, the store, its files or a log; nor the link's K and the seed."""
    caplog.set_level(logging.DEBUG)
    sent = _requests(stranger)
    typed, filed = (f"canary-{secrets.token_hex(12)}" for _ in range(2))
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await page.get_by_label("Password", exact=True).fill(typed)
    await page.get_by_label("Notes").fill(f"more {typed}\n")
    await choose(page, "x.pem", filed.encode())
    await page.get_by_text("Added: x.pem").wait_for()
    await cut(page, "submit", times=1)
    await send_button(page).click()
    await see(page, "Sent")
    fingerprint = answers.request_key(inquiry.keys.public_key).expose()
    token = inquiry.keys.request_link.token.expose()
    needles = {typed.encode(), filed.encode(), fingerprint, token, inquiry.keys.seed.expose()}
    requests = [
        f"{one.method} {one.url.partition('#')[0]} {await one.all_headers()} {one.post_data}"
        for one in sent
    ]
    haystacks = {
        "requests": "\n".join(requests).encode(),
        "store": as_bytes(await snapshot(stage.redis)),
        "files": b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file()),
        "log": caplog.text.encode(),
    }
    assert b"/submit" in haystacks["requests"]
    assert inquiry.id.value.encode() in haystacks["store"]
    assert "/api/requests/{id}/submit" in caplog.text
    for name, haystack in haystacks.items():
        for needle in needles:
            assert not holds(haystack, needle), f"a canary is in the {name}"
    content = await collected(stage, inquiry)
    fields = (("Password", typed), ("Notes", f"more {typed}\n"))
    assert content == Content(fields=fields, file=TextFile("x.pem", filed))


async def test_c1_what_is_sent_in_the_clear_would_be_found(stage: Stage, stranger: Visitor) -> None:
    """Negative control: the same search finds a canary that the page does not encrypt."""
    sent = _requests(stranger)
    page = await stranger.context.new_page()
    await open_form(stage, page)
    await page.get_by_label("Notes").fill("canary-clear")
    await page.evaluate(
        "fetch('/api/requests/x/submit', { method: 'POST', body: JSON.stringify({"
        " blob: btoa(document.querySelector('textarea').value) }) })"
    )
    bodies = "".join(one.post_data or "" for one in sent).encode()
    assert holds(bodies, b"canary-clear")


async def test_e3_nothing_is_kept(stage: Stage, stranger: Visitor) -> None:
    """E3: no storage, cookie, title or history state, while typing, after sending, after the end."""
    page = await stranger.context.new_page()
    inquiry = await open_form(stage, page)
    await fill(page)
    expected = {**_NOTHING, **_TITLE}
    assert await page.evaluate(_EVERYTHING_KEPT) == expected
    await send_button(page).click()
    await see(page, "Sent")
    assert page.url == inquiry.address(stage)
    assert await page.evaluate(_EVERYTHING_KEPT) == expected
    await press(page, "Withdraw")
    await press(page, "Yes, withdraw it")
    await see(page, "Withdrawn")
    assert await page.evaluate(_EVERYTHING_KEPT) == expected
    assert await stranger.context.cookies() == []
    kept = await stranger.context.storage_state(indexed_db=True)
    assert "ben" not in json.dumps(kept)


async def test_e3_the_browser_does_not_bring_back_what_was_typed(
    stage: Stage, stranger: Visitor
) -> None:
    """Reload, Back and Forward find empty fields: autocomplete is off for the whole form."""
    page = await stranger.context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    inquiry = await open_form(stage, page, await inquire(stage))
    values = "[...document.querySelectorAll('input, textarea')].map((box) => box.value).join('')"
    await fill(page)
    assert "ben" in await page.evaluate(values)
    await page.reload()
    await send_button(page).wait_for()
    assert await page.evaluate(values) == ""
    await fill(page)
    await page.goto(stage.site.url + "/about")
    await page.go_back()
    await send_button(page).wait_for()
    assert page.url == inquiry.address(stage)
    assert await page.evaluate(values) == ""
