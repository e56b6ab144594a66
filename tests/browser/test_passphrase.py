"""Passphrases on the share page: asked for, stretched in a Worker, counted, and never sent."""

import json

import pytest
from playwright.async_api import Page, Request, expect

from storage.model import Argon2, State
from storage.wire import unb64u
from tests.browser.conftest import Visitors
from tests.browser.stage import (
    GONE,
    Stage,
    again_button,
    answer,
    box,
    complaint,
    cut,
    passphrase_field,
    reveal_button,
    see,
    serve_worker,
    try_passphrase,
)
from tests.browsers import Visitor, address

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "Gr\u00fcner Ahorn \U0001f341 42"
_NO_WEBASSEMBLY = "delete globalThis.WebAssembly;\n"
_WATCH_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask" });
"""
# Before the Worker does: what Argon2 takes on a fast machine.
_WORK_IN_THE_PAGE = """
const send = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (job) {
  for (const until = performance.now() + 200; performance.now() < until; );
  send.call(this, job);
};
"""
_WATCH_PROGRESS = """
window.told = [];
Object.defineProperty(HTMLProgressElement.prototype, "value", {
  set(done) { told.push(done); this.setAttribute("value", done); },
});
"""
_WORKER = "/assets/argon2-worker-"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that a page accepts: what is tested is not how long it takes."""
    monkeypatch.setattr("storage.envelope.COST", Argon2(m=8192, t=1, p=1))


async def test_the_right_one_opens_it(stage: Stage, stranger: Visitor) -> None:
    """At the full cost; then the page is as after every reveal, and the passphrase is forgotten."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await expect(page.get_by_role("main")).to_contain_text("another way than this link")
    await passphrase_field(page).fill(WORDS)
    await reveal_button(page).click()
    await see(page, "Your secret")
    assert await box(page).text_content() == "hunter2"
    assert page.url.endswith("#opened")
    assert WORDS not in await page.content()
    await expect(page.get_by_role("textbox")).to_have_count(0)
    assert stranger.watch.asked == ["status", "reveal", "ack"]
    assert page.workers == []


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    "typed",
    [f"\u3000 {WORDS}\t", WORDS.replace("42", "\uff14\uff12"), WORDS.replace("\u00fc", "u\u0308")],
    ids=["outer white space", "full width", "decomposed"],
)
async def test_d5_another_spelling_of_the_same_opens_it(
    stage: Stage, stranger: Visitor, typed: str
) -> None:
    """D5: outer white space and Unicode forms make no other passphrase."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await try_passphrase(page, typed)
    assert await box(page).text_content() == "hunter2"


@pytest.mark.usefixtures("cheap")
async def test_the_fifth_wrong_one_destroys_it(stage: Stage, visitors: Visitors) -> None:
    """The exact texts, the typed text kept and selected; the same wrong one twice is one try."""
    stranger = await visitors.new()
    page = await stranger.context.new_page()
    holder = await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    for typed, left in (("a", 4), ("b", 3), ("b", 3), (" b ", 3), ("c", 2)):
        await try_passphrase(page, typed)
        await complaint(page, f"Wrong passphrase. {left} tries left.")
        await expect(reveal_button(page)).to_have_attribute("aria-disabled", "false")
        await expect(passphrase_field(page)).to_be_focused()
        await expect(passphrase_field(page)).to_have_value(typed)
        chosen = "({ selectionStart, selectionEnd }) => selectionEnd - selectionStart"
        assert await passphrase_field(page).evaluate(chosen) == len(typed)
    later = await (await visitors.new()).open(address(stage.site, holder))
    await expect(later.get_by_text("2 tries left.")).to_be_visible()
    await try_passphrase(later, "c")
    await complaint(later, "Wrong passphrase. 2 tries left.")
    await expect(later.get_by_text("2 tries left.")).to_have_count(1)
    await try_passphrase(page, "d")
    last = "Wrong passphrase. 1 try left: the next wrong one destroys the secret."
    await complaint(page, last)
    assert (await stage.status(holder)).state == State.ACTIVE
    await try_passphrase(page, "e")
    await see(page, "Destroyed")
    await expect(page.get_by_text(GONE, exact=True)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("by five wrong passphrases")
    assert (await stage.status(holder)).state == State.BURNED
    await try_passphrase(later, WORDS)
    await see(later, "Cancelled")


@pytest.mark.usefixtures("cheap")
async def test_the_fifth_one_may_be_right(stage: Stage, stranger: Visitor) -> None:
    """Four wrong ones take nothing from the right one."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    for left in (4, 3, 2, 1):
        await try_passphrase(page, f"wrong {left}")
        await expect(page.get_by_role("alert")).to_contain_text(f"{left} tr")
    await try_passphrase(page, WORDS)
    assert await box(page).text_content() == "hunter2"


async def test_what_is_no_passphrase_is_no_try(stage: Stage, stranger: Visitor) -> None:
    """Nothing, white space, more than 256 characters: said at the field, and nothing is sent."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share(passphrase=WORDS))
    for typed in ("", " ", "\u3000\t"):
        await try_passphrase(page, typed)
        await complaint(page, "Type the passphrase first.")
    await try_passphrase(page, "x" * 257)
    await complaint(page, "A passphrase has at most 256 characters.")
    assert stranger.watch.asked == ["status"]


async def test_d5_without_webassembly(stage: Stage, stranger: Visitor) -> None:
    """D5: plain JavaScript takes over at the full cost, and shows how far it is."""
    page = await stranger.context.new_page()
    await page.add_init_script(_WATCH_PROGRESS)
    await serve_worker(page, _NO_WEBASSEMBLY, real=True)
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await try_passphrase(page, WORDS)
    await expect(page.get_by_text("This browser needs longer")).to_be_visible()
    await see(page, "Your secret")
    assert await box(page).text_content() == "hunter2"
    told = await page.evaluate("told")
    assert len(told) > 50
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("script", ["", _NO_WEBASSEMBLY], ids=["WebAssembly", "JavaScript"])
async def test_d5_the_page_never_stops(stage: Stage, stranger: Visitor, script: str) -> None:
    """D5: no task of the page above 50 ms while the passphrase is stretched at the full cost.

    On a busy machine a page that does nothing may be held up too, so one quiet try of three will
    do; work in the page itself (the control) holds up each.
    """
    page = await stranger.context.new_page()
    await page.add_init_script(_WATCH_TASKS)
    await serve_worker(page, script, real=True)
    await stage.ready(page, await stage.share(passphrase=WORDS))
    found = []
    for tries_left in (4, 3, 2):
        found.append(await _long_tasks(page, tries_left))
        if [] in found:
            return
    pytest.fail(str(found))


async def test_d5_control_work_in_the_page_itself_is_seen(stage: Stage, stranger: Visitor) -> None:
    """D5's negative control: the same watch sees a page that computes for as long on its own."""
    page = await stranger.context.new_page()
    await page.add_init_script(_WATCH_TASKS)
    await page.add_init_script(_WORK_IN_THE_PAGE)
    await stage.ready(page, await stage.share(passphrase=WORDS))
    for tries_left in (4, 3, 2):
        assert max(await _long_tasks(page, tries_left)) > 50


async def _long_tasks(page: Page, tries_left: int) -> list[float]:
    """Milliseconds of each long task while a wrong passphrase is tried, another one each time."""
    await passphrase_field(page).fill(f"wrong {tries_left}")
    await page.evaluate("longTasks.length = 0")
    await reveal_button(page).click()
    await complaint(page, f"Wrong passphrase. {tries_left} tries left.")
    found: list[float] = await page.evaluate("longTasks")
    return found


@pytest.mark.usefixtures("cheap")
async def test_the_passphrase_is_never_sent_or_kept(stage: Stage, stranger: Visitor) -> None:
    """Neither right nor wrong, in no request and no storage; the proof is 32 bytes."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    stranger.context.on("request", note)
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share(passphrase="canary-7d"))
    await try_passphrase(page, "canary-8e")
    await complaint(page, "Wrong passphrase. 4 tries left.")
    await try_passphrase(page, "canary-7d")
    await see(page, "Your secret")
    proofs = []
    for request in sent:
        body = json.loads(request.post_data or "{}")
        assert "canary" not in f"{request.url} {await request.all_headers()} {body}"
        proofs += [unb64u(body["passphrase_proof"])] if "passphrase_proof" in body else []
    assert [len(proof) for proof in proofs] == [32, 32]
    kept = await stranger.context.storage_state(indexed_db=True)
    assert "canary" not in json.dumps(kept)


@pytest.mark.usefixtures("cheap")
async def test_a_broken_connection_does_not_ask_again(stage: Stage, stranger: Visitor) -> None:
    """The same proof and nonce are sent again; the passphrase is neither typed nor stretched again."""
    bodies: list[object] = []
    stranger.context.on(
        "request",
        lambda one: bodies.append(one.post_data_json) if one.url.endswith("/reveal") else None,
    )
    page = await stranger.context.new_page()
    await cut(page, "reveal", times=2)
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await try_passphrase(page, WORDS)
    await see(page, "The connection broke")
    await again_button(page).click()
    assert await box(page).text_content() == "hunter2"
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.usefixtures("cheap")
async def test_a_wrong_one_behind_a_broken_connection(stage: Stage, stranger: Visitor) -> None:
    """The question comes back with what was typed; the lost answer's try is counted once."""
    page = await stranger.context.new_page()
    await answer(page, "reveal", 503)
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await try_passphrase(page, "wrong")
    await see(page, "Not just now")
    await page.unroute("**/reveal")
    await again_button(page).click()
    await complaint(page, "Wrong passphrase. 4 tries left.")
    await expect(passphrase_field(page)).to_have_value("wrong")
    await expect(passphrase_field(page)).to_be_focused()


@pytest.mark.usefixtures("cheap")
async def test_a_worker_that_does_not_load(stage: Stage, stranger: Visitor) -> None:
    """It is said, no try is used, and the next press tries again."""
    page = await stranger.context.new_page()
    await page.route(f"**{_WORKER}*", lambda route: route.abort())
    await stage.ready(page, await stage.share("hunter2", passphrase=WORDS))
    await try_passphrase(page, WORDS)
    await expect(page.get_by_role("alert")).to_contain_text("no try was used")
    assert stranger.watch.asked == ["status"]
    await page.unroute(f"**{_WORKER}*")
    await try_passphrase(page, WORDS)
    assert await box(page).text_content() == "hunter2"


@pytest.mark.parametrize("change", [{"m": 4096}, {"m": 1 << 20}, {"t": 7}, {"p": 4}, {"name": "x"}])
async def test_a_cost_nobody_asked_for_is_refused(
    stage: Stage, stranger: Visitor, change: dict[str, object]
) -> None:
    """C: a weakened or endless Argon2 reads as changed on our side; no passphrase is asked for."""
    page = await stranger.context.new_page()
    holder = await stage.share(passphrase=WORDS)
    told = await (await stage.site.ask("status", holder)).json()
    told["passphrase"] |= change
    await answer(page, "status", 200, json.dumps(told))
    await stage.visit(page, holder)
    await see(page, "Changed on our side")
    await expect(passphrase_field(page)).to_have_count(0)


async def test_show_and_hide_what_is_typed(stage: Stage, stranger: Visitor) -> None:
    """Hidden at first; one button turns it."""
    page = await stranger.context.new_page()
    await stage.ready(page, await stage.share(passphrase=WORDS))
    await expect(passphrase_field(page)).to_have_attribute("type", "password")
    await expect(passphrase_field(page)).to_have_attribute("autocomplete", "off")
    await page.get_by_role("button", name="Show passphrase").click()
    await expect(passphrase_field(page)).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Hide passphrase").click()
    await expect(passphrase_field(page)).to_have_attribute("type", "password")


async def test_without_a_passphrase_no_worker_is_loaded(stage: Stage, stranger: Visitor) -> None:
    """Not before the click, and not after it."""
    page = await stranger.context.new_page()
    await stage.reveal(page)
    assert [url for _, url in stranger.watch.requests if _WORKER in url] == []
