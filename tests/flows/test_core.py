"""The main job on real input: a signed Slack request in, a real Valkey behind, Chromium out."""

import json
import re
import secrets
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from bot.slack_http import PATH
from bot.views.ids import Action, Block
from storage import envelope
from storage.model import Kind, SecretId, Token
from tests.bot.person import Person
from tests.browser.stage import GONE
from tests.browsers import Visitor, visitor
from tests.deployment import ROOT, Deployment, deployment
from tests.flows.acting import PROCESSES, arguments, click, everything, make_link, texts
from tests.raw import holds
from tests.slack import FakeSlack

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_whole_job(anna: Person, customer: Visitor, live: Deployment) -> None:
    """An agent shares, a customer reads once, a second open finds it gone, the team sees it."""
    secret = "Pässwörd 🔑 <b>&amp;</b>\n\tمرحبا \u202eabc\u202c  trailing  "
    link, ready = await make_link(anna, secret, "ACME, the whole job")
    assert "If you view it, the recipient will not be able to see it." in texts(ready)
    assert "Hi there, here is what you need, safely:" in texts(ready)

    page = await customer.open(link)
    await expect(page.get_by_text("Example Support").first).to_be_visible()
    assert await click(page) == secret
    await expect(page.get_by_text("Once you close this page, the secret is gone")).to_be_visible()
    assert page.url.endswith("#opened")

    second = await customer.open(link)
    await expect(second.get_by_text(GONE)).to_be_visible()
    await expect(second.get_by_role("button", name="Click to reveal")).to_have_count(0)

    await anna.type("history")
    await anna.slack.seen("views.update")
    history = anna.now(anna.latest())
    # The newest stands first; the words alone are in the filter, and in other tests' rows.
    newest = next(block for block in history["blocks"] if block["block_id"] == "row-0")
    assert "Viewed" in texts(newest)
    assert "ACME, the whole job" in texts(newest)
    assert link.split("#")[1] not in json.dumps(history)
    assert customer.watch.complaints == []


async def test_a_burned_link_tells_its_reader(anna: Person, customer: Visitor) -> None:
    """Burn from the result view: the link is dead at once, and says that it was cancelled."""
    link, ready = await make_link(anna, "hunter2")
    await anna.press(ready, Action.BURN_NOW)
    await anna.slack.seen("views.update")
    page = await customer.open(link)
    await expect(page.get_by_text(GONE)).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled")


async def test_a12_a_lost_answer_then_submit_again(anna: Person, customer: Visitor) -> None:
    """A12: the agent has a working link, and exactly one secret lives."""
    modal = await anna.open_share()
    values: dict[str, str | None] = {Block.SECRET: "hunter2"}
    lost = await anna.submit(modal, values)
    again = await anna.submit(modal, values)
    first, second = (
        re.search(r"http://localhost:\d+/s/[\w-]+#[\w-]+", one.text) for one in (lost, again)
    )
    assert first
    assert second
    assert first[0] != second[0]
    page = await customer.open(first[0])
    await expect(page.get_by_text(GONE)).to_be_visible()
    assert await click(await customer.open(second[0])) == "hunter2"


async def test_c1_canaries_are_nowhere(
    anna: Person, customer: Visitor, live: Deployment, slack: FakeSlack
) -> None:
    """C1: plaintext, K and proof in no key, file, log at DEBUG, argument or Web API call."""
    texts_made, needles = [], set()
    for number in range(3):
        text = f"canary-{secrets.token_hex(12)}"
        link, ready = await make_link(anna, text, f"label {number}")
        path, _, fragment = link.partition("#")
        sid = SecretId(path.rsplit("/", 1)[1])
        key = envelope.decode_token(Kind.SHARE, sid, Token(fragment.encode()))
        proof = envelope.link_proof(key, sid)
        needles |= {text.encode(), key.expose(), proof.expose(), fragment.encode()}
        texts_made.append((text, link, sid, ready))
    text, link, _, _ = texts_made[0]
    assert await click(await customer.open(link)) == text
    await anna.press(texts_made[1][3], Action.BURN_NOW)
    await anna.type(f"secret-{texts_made[2][0]}")  # a secret behind the command
    await anna.post(b"payload=" + texts_made[2][0].encode(), {"X-Slack-Signature": "v0=bad"})
    await anna.type("history")
    await slack.seen("views.update", 2)
    await customer.open(live.url + "/s/broken#" + link.partition("#")[2])

    haystacks = {
        "logs": live.logs(),
        "files": b"".join(path.read_bytes() for path in live.data_dir.rglob("*") if path.is_file()),
        "store": await everything(live),
        "arguments": b"".join(arguments(live)),
        "web api": json.dumps([call.body for call in slack.calls]).encode(),
    }
    assert len(haystacks["files"]) > 1000
    assert b'"request"' in haystacks["logs"]
    for name, haystack in haystacks.items():
        for needle in needles:
            assert not holds(haystack, needle), f"a canary is in the {name}"
    for _, _, sid, _ in texts_made:
        assert sid.value.encode() not in haystacks["logs"]


async def test_open_it_myself_warns_before_the_click(
    anna: Person, customer: Visitor, live: Deployment, chromium: Browser
) -> None:
    """The button of the result view: one browser is known by it, no log holds ticket or cookie."""
    _, ready = await make_link(anna, "hunter2")
    buttons = [one for block in ready["blocks"] for one in block.get("elements", ())]
    (url,) = [one["url"] for one in buttons if one.get("action_id") == Action.VISIT]
    warning = "You created this secret. If you view it, the recipient will not be able to see it."
    page = await customer.open(url)
    await expect(page.get_by_text(warning, exact=True)).to_be_visible()
    link, _, ticket = url.rpartition(".")
    assert page.url == link
    (cookie,) = await customer.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")

    async with visitor(chromium, live.url) as other:
        strange = await other.open(url)
        await expect(strange.get_by_role("button", name="Click to reveal")).to_be_visible()
        await expect(strange.get_by_text(warning, exact=True)).to_have_count(0)
        assert await other.context.cookies() == []

    for needle in (ticket, cookie["value"]):
        assert needle.encode() not in live.logs()
        assert needle.encode() not in await everything(live)
    assert await click(page) == "hunter2"


async def test_the_web_half_runs_without_slack(tmp_path: Path) -> None:
    """``python -m web`` alone: pages at once, a line how to connect Slack, and no sandbox."""
    web = {"web": PROCESSES["web"]}
    async with deployment(tmp_path, {}, commands=web) as running, ClientSession() as client:
        await running.ready()
        assert (await client.get(running.url + "/")).status == 200
        assert b"Slack is not connected" in running.logs()
        assert (await client.post(running.url + PATH)).status == 404
        assert (await client.get(running.url + "/sandbox")).status == 404
        await running.stop()
        assert running.processes["web"].returncode == 0


@pytest.mark.parametrize("name", ["web", "bot"])
async def test_a_malformed_setting_stops_each_process(tmp_path: Path, name: str) -> None:
    """One sentence, exit status 2."""
    async with deployment(
        tmp_path, {"LOG_LEVEL": "LOUD"}, commands={name: PROCESSES[name]}
    ) as running:
        assert await running.processes[name].wait() == 2
        (line,) = running.logs().decode().splitlines()
        assert line.startswith("slash-secret: LOG_LEVEL must be")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"BRAND_COLOR": "#8ac4ee"}, "BRAND_COLOR has a contrast of 1.71:1"),
        ({"BRAND_LOGO": "no/such.png"}, f"BRAND_LOGO: {ROOT / 'no/such.png'} cannot be read"),
    ],
)
async def test_a_look_that_does_not_work_stops_the_web_half(
    tmp_path: Path, environ: dict[str, str], told: str
) -> None:
    """One sentence, exit status 2, before a store is started for it."""
    async with deployment(tmp_path, environ, commands={"web": PROCESSES["web"]}) as running:
        assert await running.processes["web"].wait() == 2
        (line,) = running.logs().decode().splitlines()
        assert line.startswith(f"slash-secret: {told}")
        assert not running.data_dir.exists()


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """The sentence names HOST and PORT."""
    run = {"web": ["-m", "web"]}
    async with deployment(tmp_path, {}, commands=run) as first:
        await first.ready()
        await first.start("second", ["-m", "web"], {"PORT": first.url.rsplit(":", 1)[1]})
        assert await first.processes["second"].wait() == 2
        assert b"HOST and PORT: cannot listen" in first.logs()
