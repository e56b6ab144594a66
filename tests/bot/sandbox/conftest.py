"""A local Slack with a clock of ours, and an app of the test's own at the other end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.sandbox.model import APP_USER, BEN, Conversation, Kind, Shortcut
from bot.sandbox.server import LocalSlack
from tests.slack import SIGNING_SECRET, TOKEN, sign

Json = dict[str, Any]
Api = Callable[..., Awaitable[Json]]
ELSEWHERE = "C000000002"
SHORTCUTS = (
    Shortcut("global", "share", "Share a secret"),
    Shortcut("message", "move", "Move to a secret link"),
)


@dataclass
class Clock:
    """Unix seconds, which pass when a test says so."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        """The time."""
        return self.now


@dataclass
class TinyBot:
    """Keeps what Slack sent, checks who sent it, and answers what the test wants."""

    asked: list[Json] = field(default_factory=list)
    status: int = 200
    text: str = ""
    delay: float = 0.0

    def answers(self, body: Json | str, status: int = 200) -> None:
        """Answer like this from now on."""
        self.text = body if isinstance(body, str) else json.dumps(body)
        self.status = status

    async def handle(self, request: web.Request) -> web.Response:
        """Note a request; what is not signed is no request of Slack's."""
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"]
        good = sign(SIGNING_SECRET, stamp, body)["X-Slack-Signature"]
        if request.headers["X-Slack-Signature"] != good:
            return web.Response(status=401)
        if request.content_type == "application/json":
            self.asked.append(json.loads(body))
        else:
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.asked.append(json.loads(form["payload"]) if "payload" in form else form)
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, text=self.text)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def tiny() -> TinyBot:
    """The app, silent at first; ``local`` knows where it listens."""
    return TinyBot()


@pytest.fixture
async def local(clock: Clock, tiny: TinyBot) -> AsyncIterator[LocalSlack]:
    """A local Slack whose app is ``tiny``, with a second channel that the app is not in."""
    application = web.Application()
    application.router.add_post("/slack/events", tiny.handle)
    async with (
        TestServer(application) as server,
        LocalSlack(
            token=TOKEN,
            signing_secret=SIGNING_SECRET,
            shortcuts=SHORTCUTS,
            clock=clock,
            patience=0.5,
        ) as slack,
    ):
        slack.request_url = str(server.make_url("/slack/events"))
        people = set(slack.workspace.people) - {BEN}
        slack.workspace.add(Conversation(ELSEWHERE, Kind.CHANNEL, "elsewhere", people))
        assert APP_USER not in people
        yield slack


@pytest.fixture
async def api(local: LocalSlack, session: ClientSession) -> Api:
    """Call a method with the app's token."""

    async def call(method: str, /, **args: Any) -> Json:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = local.base_url + method
        async with session.post(url, json=args, headers=headers) as response:
            answer: Json = await response.json()
        return answer

    return call


def plain(text: str = "Text") -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str = "press", **more: Any) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain("Press"), **more}


def options(*values: str) -> list[Json]:
    """Options of a select."""
    return [{"text": plain(value.title()), "value": value} for value in values]


def field_of(element: Json, block_id: str = "field", **more: Any) -> Json:
    """An input block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Label"),
        "element": {"action_id": "typed", **element},
        **more,
    }


def text_field(block_id: str = "field", **more: Any) -> Json:
    """An input block for text."""
    return field_of({"type": "plain_text_input"}, block_id, **more)


def section(text: str = "Text", **more: Any) -> Json:
    """A section."""
    return {"type": "section", "text": plain(text), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal that Slack takes, if its blocks are sound."""
    return {
        "type": "modal",
        "title": plain("Title"),
        "submit": plain("Submit"),
        "blocks": list(blocks) or [section()],
        **more,
    }
