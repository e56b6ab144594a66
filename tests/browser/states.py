"""Every state of every page, and the shortest way into it, for axe-core and for pictures.

A state is real where the server can bring it about (a burned record, a cut connection) and played,
by an answer put in the place of the server's, where it cannot yet or not soon enough.
"""

from urllib.parse import urlsplit

from playwright.async_api import Page, Route, expect

from storage import keys
from storage.model import Content, TextFile
from tests import meddling
from tests.browser.stage import (
    Play,
    Stage,
    answer,
    complaint,
    cut,
    handled,
    never_answer,
    reveal_button,
    see,
    serve_worker,
    try_passphrase,
)
from tests.browser.states_collect import COLLECT_PAGE
from tests.browser.states_composer import COMPOSER
from tests.browser.states_request import REQUEST_PAGE
from tests.browsers import PLAIN_HOST, address
from tests.people import ANNA

LOGIN = Content(
    fields=(
        ("Login page", "https://shop.example.com/wp-admin"),
        ("Username", "support"),
        ("Password", "Ck7!mWq-2pL9 zR"),
        ("Notes", "Codes for the second factor go to Ben.\nPlease remove the account afterwards."),
    ),
    file=TextFile("deploy.env", "HOST=staging.example.com\nUSER=deploy\nTOKEN=made-up-93hf-27dk\n"),
)
LONG = "\n".join(f"{line:03} " + "0123456789abcdef" * 3 for line in range(300))


async def _loading(stage: Stage, page: Page) -> None:
    await never_answer(page, "status")
    await stage.visit(page)
    await see(page, "Checking your link")


async def _loading_late(stage: Stage, page: Page) -> None:
    await _loading(stage, page)
    await page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    await expect(page.get_by_text("Still here?")).to_be_visible()


async def _no_javascript(stage: Stage, page: Page) -> None:
    await stage.visit(page)
    await see(page, "JavaScript is needed")


async def _ready_reusable(stage: Stage, page: Page) -> None:
    await stage.ready(page, await stage.share(single_use=False))


async def _ready_creator(stage: Stage, page: Page) -> None:
    async def say_so(route: Route) -> None:
        real = await handled(route)
        await route.fulfill(response=real, json=await real.json() | {"created_by_you": True})

    await page.route("**/status", say_so)
    await stage.ready(page)


async def _opening(stage: Stage, page: Page) -> None:
    await never_answer(page, "reveal")
    await stage.ready(page)
    await reveal_button(page).click()
    await expect(page.get_by_role("button", name="Opening")).to_be_visible()


async def _locked(stage: Stage, page: Page) -> None:
    await stage.ready(page, await stage.share(passphrase="maple"))


async def _locked_empty(stage: Stage, page: Page) -> None:
    await _locked(stage, page)
    await try_passphrase(page, " ")
    await complaint(page, "Type the passphrase first.")


async def _locked_wrong(stage: Stage, page: Page) -> None:
    await _locked(stage, page)
    await try_passphrase(page, "wrong")
    await complaint(page, "Wrong passphrase. 4 tries left.")


# A guess that is wrong without Argon2, which is another state's.
_GUESS = "onmessage = () => postMessage({ hash: crypto.getRandomValues(new Uint8Array(32)) });"


async def _locked_last(stage: Stage, page: Page) -> None:
    await serve_worker(page, _GUESS)
    await _locked(stage, page)
    for attempt in range(4):
        await try_passphrase(page, f"wrong {attempt}")
        await expect(page.get_by_role("alert")).to_contain_text(f"{4 - attempt} tr")


async def _locked_later(stage: Stage, page: Page) -> None:
    await _locked_last(stage, page)
    await page.reload()
    await expect(page.get_by_text("1 try left: a wrong one destroys")).to_be_visible()


async def _deriving(stage: Stage, page: Page) -> None:
    await serve_worker(page, "onmessage = () => {};")
    await _locked(stage, page)
    await try_passphrase(page, "maple")
    await expect(page.get_by_role("progressbar")).to_be_visible()


async def _deriving_slowly(stage: Stage, page: Page) -> None:
    await serve_worker(page, "onmessage = () => postMessage({ progress: 0.4 });")
    await _locked(stage, page)
    await try_passphrase(page, "maple")
    await expect(page.get_by_text("This browser needs longer")).to_be_visible()


async def _gone_tries(stage: Stage, page: Page) -> None:
    await _locked_last(stage, page)
    await try_passphrase(page, "wrong again")
    await see(page, "Destroyed")


async def _secret_reusable(stage: Stage, page: Page) -> None:
    await stage.reveal(page, await stage.share(single_use=False))


async def _secret_fields(stage: Stage, page: Page) -> None:
    await stage.reveal(page, await stage.share(LOGIN))


async def _secret_long(stage: Stage, page: Page) -> None:
    await stage.reveal(page, await stage.share(LONG))


async def _copied(stage: Stage, page: Page) -> None:
    await stage.reveal(page)
    await page.get_by_role("button", name="Copy to clipboard").click()
    await expect(page.get_by_role("status")).to_contain_text("copied")


async def _copy_refused(stage: Stage, page: Page) -> None:
    await page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error())")
    await stage.reveal(page)
    await page.get_by_role("button", name="Copy to clipboard").click()
    await expect(page.get_by_role("status")).to_contain_text("did not allow")


async def _hidden(stage: Stage, page: Page) -> None:
    await stage.reveal(page)
    await page.get_by_role("button", name="Hide").click()
    await expect(page.get_by_role("status")).to_contain_text("Hidden")


async def _damaged(stage: Stage, page: Page) -> None:
    await page.goto(address(stage.site, await stage.share())[:-5])
    await see(page, "This link is incomplete")


async def _reloaded(stage: Stage, page: Page) -> None:
    await stage.reveal(page)
    await page.reload()
    await see(page, "Already shown")


async def _gone_unknown(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await stage.redis.delete(keys.record(holder.id))
    await stage.visit(page, holder)
    await see(page, "Not available")


async def _gone_viewed(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await stage.site.ask("reveal", holder)
    await stage.visit(page, holder)
    await see(page, "Already opened")


async def _gone_broken(stage: Stage, page: Page) -> None:
    holder = await stage.ready(page)

    async def lose_and_wait(route: Route) -> None:
        await handled(route)
        await meddling.end_window(stage.redis, holder.id)
        await route.abort("connectionreset")

    await page.route("**/reveal", lose_and_wait, times=1)
    await reveal_button(page).click()
    await see(page, "The connection broke")


async def _gone_expired(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await meddling.expire_in(stage.redis, stage.ring, holder.id, seconds=-3600)
    await stage.visit(page, holder)
    await see(page, "Expired")


async def _gone_burned(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await stage.site.vault.burn(ANNA, holder.id)
    await stage.visit(page, holder)
    await see(page, "Cancelled")


async def _gone_lost(stage: Stage, page: Page) -> None:
    holder = await stage.share()
    await meddling.lose(stage.redis, holder.id)
    await stage.visit(page, holder)
    await see(page, "Lost")


async def _gone_tampered(stage: Stage, page: Page) -> None:
    holder = await stage.ready(page)
    await stage.redis.setrange(keys.blob(holder.id), 40, b"\0\0\0\0")
    await reveal_button(page).click()
    await see(page, "Changed on our side")


async def _unreachable(stage: Stage, page: Page) -> None:
    await answer(page, "status", 502)
    await stage.visit(page)
    await see(page, "We cannot reach the server")


async def _offline(stage: Stage, page: Page) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'onLine', { value: false })")
    await answer(page, "status", 502)
    await stage.visit(page)
    await see(page, "You are offline")


async def _postponed(stage: Stage, page: Page) -> None:
    await answer(page, "reveal", 503)
    await stage.ready(page)
    await reveal_button(page).click()
    await see(page, "Not just now")


async def _cut(stage: Stage, page: Page) -> None:
    await cut(page, "reveal", times=2)
    await stage.ready(page)
    await reveal_button(page).click()
    await see(page, "The connection broke")


async def _refused(stage: Stage, page: Page) -> None:
    await answer(page, "status", 403)
    await stage.visit(page)
    await see(page, "That did not work")


async def _limited(stage: Stage, page: Page) -> None:
    await answer(page, "status", 429, **{"Retry-After": "90"})
    await stage.visit(page)
    await see(page, "One moment, please")


async def _limited_over(stage: Stage, page: Page) -> None:
    await answer(page, "status", 429, **{"Retry-After": "1"})
    await stage.visit(page)
    await expect(page.get_by_text("You can try again now.")).to_be_visible()


async def _unsupported(stage: Stage, page: Page) -> None:
    await page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: null })")
    await stage.visit(page)
    await see(page, "This browser cannot open it")


async def _insecure(stage: Stage, page: Page) -> None:
    here = urlsplit(address(stage.site, await stage.share()))
    await page.goto(here._replace(netloc=f"{PLAIN_HOST}:{here.port}").geturl())
    await see(page, "This connection is not private")


async def _home(stage: Stage, page: Page) -> None:
    await page.goto(stage.site.url + "/")


async def _about(stage: Stage, page: Page) -> None:
    await page.goto(stage.site.url + "/about")


NO_JAVASCRIPT = "no-javascript"

SHARE_PAGE: dict[str, Play] = {
    "loading": _loading,
    "loading-late": _loading_late,
    NO_JAVASCRIPT: _no_javascript,
    "ready": Stage.ready,
    "ready-reusable": _ready_reusable,
    "ready-creator": _ready_creator,
    "opening": _opening,
    "locked": _locked,
    "locked-empty": _locked_empty,
    "locked-wrong": _locked_wrong,
    "locked-last": _locked_last,
    "locked-later": _locked_later,
    "deriving": _deriving,
    "deriving-slowly": _deriving_slowly,
    "secret": Stage.reveal,
    "secret-reusable": _secret_reusable,
    "secret-fields": _secret_fields,
    "secret-long": _secret_long,
    "secret-copied": _copied,
    "secret-copy-refused": _copy_refused,
    "secret-hidden": _hidden,
    "damaged": _damaged,
    "reloaded": _reloaded,
    "gone-unknown": _gone_unknown,
    "gone-viewed": _gone_viewed,
    "gone-broken": _gone_broken,
    "gone-expired": _gone_expired,
    "gone-burned": _gone_burned,
    "gone-tries": _gone_tries,
    "gone-lost": _gone_lost,
    "gone-tampered": _gone_tampered,
    "unreachable": _unreachable,
    "offline": _offline,
    "postponed": _postponed,
    "cut": _cut,
    "refused": _refused,
    "limited": _limited,
    "limited-over": _limited_over,
    "unsupported": _unsupported,
    "insecure": _insecure,
}
ALL: dict[str, Play] = {
    **SHARE_PAGE,
    **REQUEST_PAGE,
    **COLLECT_PAGE,
    **COMPOSER,
    "home": _home,
    "about": _about,
}

BRANDED: dict[str, Play] = {
    "branded-ready": Stage.ready,
    "branded-locked": _locked_wrong,
    "branded-secret": Stage.reveal,
    "branded-about": _about,
}
"""On a stage whose site has a colour and a logo: where each of the two can be seen."""
