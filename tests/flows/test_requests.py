"""Credentials on their way in: asked for in Slack, answered in one browser, collected in another."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.views.ids import Action, Block
from storage.model import SecretId
from storage.wire import unb64u
from tests.bot.person import Person
from tests.browsers import Visitor
from tests.deployment import Deployment
from tests.flows.acting import arguments, everything, texts
from tests.raw import holds
from tests.slack import BEN, CHANNEL, FakeSlack, Room

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "Pässwörd 🔑 <b>&amp;</b> مرحبا canary-5f0c1d7a"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIcanary93b1\n-----END PRIVATE KEY-----\n"
WHAT = "The admin login of your shop"
_REQUEST = re.compile(r"http://localhost:\d+/r/[\w-]+#[\w-]+")


async def ask(anna: Person, *, by_channel: bool = False) -> str:
    """Type /secret request, fill the form, press Create link; give the customer's link."""
    assert (await anna.type("request")).status == 200
    values: dict[str, Any] = {Block.WHAT: WHAT, Block.LABEL: "ACME, ticket 4711"}
    values[Block.COLLECT_BY] = "channel" if by_channel else "me"
    answer = await anna.submit(anna.latest(), values)
    link = _REQUEST.search(answer.text)
    assert link, answer.text
    return link[0]


async def send(customer: Visitor, link: str, *, code: str = "") -> Page:
    """Fill in the page behind a request's link, with a file, and press Send."""
    page = await customer.open(link)
    await expect(page.get_by_text(WHAT)).to_be_visible()
    if code:
        await expect(page.get_by_text(code)).to_be_visible()
    await page.get_by_label("Username", exact=True).fill("björn")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    file = {"name": "deploy.pem", "mimeType": "", "buffer": PEM.encode()}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name="Sent")).to_be_visible()
    return page


async def read(page: Page) -> dict[str, str]:
    """Press Click to reveal on a collect page, and read every box."""
    await page.get_by_role("button", name="Click to reveal").click()
    await expect(page.get_by_role("heading", level=1, name="What was sent")).to_be_visible()
    names = ("Username", "Password", "deploy.pem")
    boxes = {name: page.get_by_role("group", name=name, exact=True) for name in names}
    return {name: await box.text_content() or "" for name, box in boxes.items()}


SENT = {"Username": "björn", "Password": PASSWORD, "deploy.pem": PEM}


async def waiting(person: Person, room: Room) -> Any:
    """The message with the Collect button, as soon as it is there."""
    async with asyncio.timeout(10):
        while True:
            for message in reversed(person.messages(room)):
                if Action.COLLECT in json.dumps(message):
                    return message
            await asyncio.sleep(0.02)


async def press_collect(person: Person, room: Room) -> str:
    """Press Collect, and give the address behind the modal's button."""
    updates = len(person.slack.called("views.update"))
    await person.press_below(room, await waiting(person, room), Action.COLLECT)
    await person.slack.seen("views.update", updates + 1)
    shown = json.dumps(person.now(person.latest()))
    found = re.search(r'"url": "(http://localhost:\d+/c/[^"]+)"', shown)
    assert found, shown
    return found[1]


async def test_asked_answered_and_collected(
    anna: Person, customer: Visitor, agent: Visitor, live: Deployment, slack: FakeSlack
) -> None:
    """The agent reads exactly what was typed; afterwards the seed is nowhere, and the team knows.

    C1: the answer is in no request body, key, file, log at DEBUG, argument or Web API call.
    """
    link = await ask(anna)
    ready = anna.now(anna.latest())
    code = re.search(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}\b", texts(ready))
    assert code
    receipt = await send(customer, link, code=code[0])

    address = await press_collect(anna, anna.dm)
    assert await read(await agent.open(address)) == SENT
    await receipt.reload()
    await expect(receipt.get_by_role("heading", level=1, name="Collected")).to_be_visible()

    await slack.seen("chat.delete")
    assert Action.COLLECT not in json.dumps(anna.messages(anna.dm))
    await anna.type("history")
    await slack.seen("views.update", len(slack.called("views.update")) or 1)
    sid = SecretId(re.search(r"/r/([\w-]+)#", link)[1])  # type: ignore[index]
    seed = unb64u(address.partition("#")[2].split(".")[0])[1:33]
    haystacks = {
        "logs": live.logs(),
        "files": b"".join(path.read_bytes() for path in _files(live.data_dir)),
        "store": await everything(live),
        "arguments": b"".join(arguments(live)),
    }
    for name, haystack in haystacks.items():
        for needle in (PASSWORD.encode(), b"canary", PEM.encode(), seed, address.encode()):
            assert not holds(haystack, needle), f"a canary is in the {name}"
    web_api = json.dumps([call.body for call in slack.calls]).encode()
    assert b"canary" not in web_api
    assert sid.value.encode() not in haystacks["logs"]
    assert customer.watch.complaints == []
    assert agent.watch.complaints == []


async def test_a_colleague_collects_from_the_channel(
    anna: Person, customer: Visitor, agent: Visitor
) -> None:
    """Who asked is away: Ben presses Collect in the channel; a stranger to the session gets nothing."""
    await send(customer, await ask(anna, by_channel=True))
    ben = Person(anna.slack, anna.session, anna.url, user=BEN, name="ben")
    address = await press_collect(ben, CHANNEL)
    stolen = await customer.open(address.rpartition(".")[0])
    title = "Press Collect in Slack again"
    await expect(stolen.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert await read(await agent.open(address)) == SENT
    await anna.slack.seen("chat.delete")


async def test_born_in_the_browser(anna: Person, customer: Visitor, agent: Visitor) -> None:
    """No seed passes Slack or the server: the agent keeps the collect link, and pastes it."""
    assert (await anna.type("request")).status == 200
    form = json.dumps(anna.latest())
    found = re.search(r'"url": "(http://localhost:\d+/new#[^"]+)"', form)
    assert found, form
    page = await agent.open(found[1])
    await page.get_by_label("What do you need?").fill(WHAT)
    for field in ("Login page", "Username", "Password"):
        await page.get_by_role("checkbox", name=field).set_checked(field != "Login page")
    await page.get_by_role("button", name="Create link").click()
    await expect(page.get_by_role("heading", level=1, name="Your request is ready")).to_be_visible()
    shown = await page.locator("main").inner_text()
    request = _REQUEST.search(shown)
    kept = re.search(r"http://localhost:\d+/c/[\w-]+#[\w-]+", shown)
    assert request
    assert kept
    await send(customer, request[0])

    address = await press_collect(anna, anna.dm)
    assert "#." in address  # a ticket and no seed
    collect = await agent.open(address)
    await collect.get_by_label("Collect link", exact=True).fill(kept[0])
    await collect.get_by_role("button", name="Continue").click()
    assert await read(collect) == SENT
    seed = unb64u(kept[0].partition("#")[2])[1:33]
    bodies = json.dumps([call.body for call in anna.slack.calls]).encode()
    assert not holds(bodies, seed)
    await anna.slack.seen("chat.delete")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
