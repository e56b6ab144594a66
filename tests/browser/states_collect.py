"""Every state of the collect page that looks different, and the shortest way into it."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from storage import keys
from storage.model import Content
from tests import meddling
from tests.browser import collecting
from tests.browser.collecting import WITH_FILE, answered, ask, collect, link, press_collect, ready
from tests.browser.stage import Stage, answer, complaint, cut, reveal_button, see
from tests.people import ANNA, BEN

Play = Callable[[Stage, Page], Awaitable[object]]


async def _waiting(stage: Stage, page: Page) -> None:
    await press_collect(stage, page, await ask(stage))
    await see(page, "Nothing has come yet")


async def _still_waiting(stage: Stage, page: Page) -> None:
    await _waiting(stage, page)
    await page.get_by_role("button", name="Look again").click()
    await expect(page.get_by_role("status")).to_contain_text("Still nothing")


async def _text(stage: Stage, page: Page) -> None:
    await collect(stage, page, await answered(stage, Content(text="The PIN is 4711.")))


async def _file(stage: Stage, page: Page) -> None:
    await collect(stage, page, await answered(stage, WITH_FILE))


async def _nothing(stage: Stage, page: Page) -> None:
    await collect(stage, page, await answered(stage, Content(fields=(("Username", " "),))))


async def _item_refused(stage: Stage, page: Page) -> None:
    await page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error())")
    await collect(stage, page)
    await page.get_by_role("button", name="Copy as Bitwarden item (JSON)").click()
    await expect(page.get_by_role("group", name="Bitwarden item")).to_be_visible()


async def _done(stage: Stage, page: Page) -> None:
    await collect(stage, page)
    await page.get_by_role("button", name="Saved - clear this page").click()
    await expect(page.get_by_text("It is on record that you saved it.")).to_be_visible()


async def _done_unrecorded(stage: Stage, page: Page) -> None:
    await answer(page, "saved", 502)
    await collect(stage, page)
    await page.get_by_role("button", name="Saved - clear this page").click()
    await expect(page.get_by_role("button", name="Record it again")).to_be_visible()


async def _reloaded(stage: Stage, page: Page) -> None:
    await collect(stage, page)
    await page.reload()
    await see(page, "Already shown")


async def _fresh(stage: Stage, page: Page) -> None:
    await _reloaded(stage, page)
    await page.get_by_role("button", name="Make a fresh request").click()
    await expect(page.get_by_role("heading", name="Your fresh request is ready")).to_be_visible()


async def _fresh_refused(stage: Stage, page: Page) -> None:
    await _reloaded(stage, page)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Make a fresh request").click()
    await expect(page.get_by_role("status")).to_contain_text("Your session here is over")


async def _paste(stage: Stage, page: Page) -> None:
    asking = await answered(stage)
    await page.goto(link(stage, asking, "." + collecting.ticket(stage, asking)))
    await see(page, "Paste the collect link")


async def _paste_wrong(stage: Stage, page: Page) -> None:
    await _paste(stage, page)
    await page.get_by_label("Collect link").fill(link(stage, await ask(stage), "nonsense"))
    await page.get_by_role("button", name="Continue").click()
    await complaint(
        page, "That is no complete collect link. Copy all of it, down to its last letter."
    )


async def _damaged(stage: Stage, page: Page) -> None:
    await page.goto(link(stage, await ask(stage), "nonsense"))
    await see(page, "This link is incomplete")


async def _session(stage: Stage, page: Page) -> None:
    asking = await answered(stage)
    await page.goto(link(stage, asking, asking.token))
    await see(page, "Press Collect in Slack again")


async def _stranger(stage: Stage, page: Page) -> None:
    await press_collect(stage, page, await answered(stage), BEN)
    await see(page, "Not for you")


async def _gone_collected(stage: Stage, page: Page) -> None:
    asking = await collect(stage, page)
    await page.goto("about:blank")
    await press_collect(stage, page, asking)
    await see(page, "Already collected")


async def _gone_broken(stage: Stage, page: Page) -> None:
    asking = await ready(stage, page)
    await cut(page, "reveal", times=2)
    await reveal_button(page).click()
    await see(page, "The connection broke")
    await meddling.end_window(stage.redis, asking.id)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("most likely by this page")).to_be_visible()


async def _gone_burned(stage: Stage, page: Page) -> None:
    asking = await answered(stage)
    await stage.site.vault.burn(ANNA, asking.id)
    await press_collect(stage, page, asking)
    await see(page, "Cancelled")


async def _gone_expired(stage: Stage, page: Page) -> None:
    asking = await ask(stage)
    await meddling.expire_in(stage.redis, stage.ring, asking.id, seconds=-3600)
    await press_collect(stage, page, asking)
    await see(page, "Expired")


async def _gone_lost(stage: Stage, page: Page) -> None:
    asking = await answered(stage)
    await meddling.lose(stage.redis, asking.id)
    await press_collect(stage, page, asking)
    await see(page, "Lost")


async def _gone_tampered(stage: Stage, page: Page) -> None:
    asking = await ask(stage)
    await collecting.answer_with(stage, asking, bytes(1200))
    await ready(stage, page, asking)
    await reveal_button(page).click()
    await see(page, "Changed on our side")


async def _gone_unknown(stage: Stage, page: Page) -> None:
    asking = await ask(stage)
    await stage.redis.delete(keys.record(asking.id))
    await press_collect(stage, page, asking)
    await see(page, "Not available")


async def _postponed(stage: Stage, page: Page) -> None:
    await answer(page, "reveal", 503)
    await ready(stage, page)
    await reveal_button(page).click()
    await see(page, "Not just now")


async def _cut(stage: Stage, page: Page) -> None:
    await cut(page, "reveal", times=2)
    await ready(stage, page)
    await reveal_button(page).click()
    await see(page, "The connection broke")


COLLECT_PAGE: dict[str, Play] = {
    "collect-waiting": _waiting,
    "collect-waiting-still": _still_waiting,
    "collect-ready": ready,
    "collect-secret": collect,
    "collect-secret-text": _text,
    "collect-secret-file": _file,
    "collect-secret-nothing": _nothing,
    "collect-item-refused": _item_refused,
    "collect-done": _done,
    "collect-done-unrecorded": _done_unrecorded,
    "collect-reloaded": _reloaded,
    "collect-fresh": _fresh,
    "collect-fresh-refused": _fresh_refused,
    "collect-paste": _paste,
    "collect-paste-wrong": _paste_wrong,
    "collect-damaged": _damaged,
    "collect-session": _session,
    "collect-stranger": _stranger,
    "collect-gone-collected": _gone_collected,
    "collect-gone-broken": _gone_broken,
    "collect-gone-burned": _gone_burned,
    "collect-gone-expired": _gone_expired,
    "collect-gone-lost": _gone_lost,
    "collect-gone-tampered": _gone_tampered,
    "collect-gone-unknown": _gone_unknown,
    "collect-postponed": _postponed,
    "collect-cut": _cut,
}
