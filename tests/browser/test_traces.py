"""E3: what an opened secret leaves behind in the browser: nothing."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Request

from storage.wire import unb64u
from tests.browser.stage import Stage, reveal_button, see
from tests.browsers import Visitor, address

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-5e1f-hunter2"
_EVERYTHING_KEPT = """async () => ({
  local: { ...localStorage },
  session: { ...sessionStorage },
  databases: await indexedDB.databases(),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  cookie: document.cookie,
  title: document.title,
  name: window.name,
  state: history.state,
})"""
_NOTHING = {
    "local": {},
    "session": {},
    "databases": [],
    "caches": [],
    "workers": 0,
    "cookie": "",
    "title": "A secret for you · localhost",
    "name": "",
    "state": None,
}


async def _kept(page: Page) -> Any:
    return await page.evaluate(_EVERYTHING_KEPT)


@pytest.mark.parametrize("single_use", [True, False])
async def test_e3_nothing_is_kept(stage: Stage, stranger: Visitor, single_use: bool) -> None:  # noqa: FBT001
    """E3: no storage, database, cache, cookie, title, window name or history state."""
    page = await stranger.context.new_page()
    await stage.reveal(page, await stage.share(CANARY, single_use=single_use))
    await page.get_by_role("button", name="Copy to clipboard").click()
    await page.get_by_role("button", name="Hide").click()
    assert await _kept(page) == _NOTHING
    assert await stranger.context.cookies() == []
    kept = await stranger.context.storage_state(indexed_db=True)
    assert CANARY not in json.dumps(kept)


async def test_e3_a_single_use_link_leaves_the_address_bar(stage: Stage, stranger: Visitor) -> None:
    """E3: after the reveal the address ends in #opened; Back and Forward know nothing else."""
    page = await stranger.context.new_page()
    holder = await stage.ready(page, await stage.share(CANARY))
    entries = await page.evaluate("history.length")
    await reveal_button(page).click()
    await see(page, "Your secret")
    assert page.url == f"{stage.site.url}/s/{holder.id.value}#opened"
    assert await page.evaluate("history.length") == entries
    await page.goto(stage.site.url + "/about")
    cdp = await stranger.context.new_cdp_session(page)
    known = [entry["url"] for entry in (await cdp.send("Page.getNavigationHistory"))["entries"]]
    opened = f"{stage.site.url}/s/{holder.id.value}#opened"
    assert known == ["about:blank", opened, f"{stage.site.url}/about"]
    await page.go_back()
    await see(page, "Already shown")


async def test_the_key_is_only_in_the_link(stage: Stage, stranger: Visitor) -> None:
    """Promise 1: no request carries the fragment or K, in its URL, headers or body."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    stranger.context.on("request", note)
    page = await stranger.context.new_page()
    holder = await stage.reveal(page)
    token = address(stage.site, holder).partition("#")[2]
    assert len(sent) >= 6  # page, style, script, status, reveal, ack
    for request in sent:
        body = json.loads(request.post_data or "{}")
        assert holder.key.expose() not in [unb64u(value) for value in body.values()]
        seen = f"{request.url.partition('#')[0]} {await request.all_headers()} {body}"
        assert token not in seen
