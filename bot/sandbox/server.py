"""The local Slack, running: the Web API on a loopback port, and people who act."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox import methods
from bot.sandbox.answers import deliver
from bot.sandbox.driver import Driver, Outcome
from bot.sandbox.inputs import Value, Values
from bot.sandbox.line import Line
from bot.sandbox.model import Command, Refusal, Shortcut
from bot.sandbox.schema import Json
from bot.sandbox.snapshot import snapshot
from bot.sandbox.workspace import Clock, Workspace
from bot.views import ids

SECRET = Command(
    "/secret",
    "[request | history | help]",
    "Share a secret, or ask for one, through a link that works once",
)
SHORTCUTS = (
    Shortcut("global", ids.Shortcut.SHARE, "Share a secret"),
    Shortcut("global", ids.Shortcut.REQUEST, "Request credentials"),
    Shortcut("message", ids.Shortcut.MOVE, "Move to a secret link"),
)
SCOPES = "commands,chat:write"  # what Slack says were granted
CALLS_KEPT = 10_000
_HOST = "127.0.0.1"


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
    """What the app asked Slack for."""

    method: str
    body: Json


class LocalSlack:
    """A workspace with one app. ``request_url`` is where that app listens, once that is known.

    ``token`` and ``signing_secret`` are the app's; ``clock`` gives Unix seconds; ``patience`` is
    how many seconds an answer of the app may take. ``base_url`` is known after the start.
    """

    def __init__(
        self,
        *,
        token: str,
        signing_secret: str,
        team_name: str = "Example Support",
        commands: Sequence[Command] = (SECRET,),
        shortcuts: Sequence[Shortcut] = SHORTCUTS,
        clock: Clock = time.time,
        patience: float = 3.0,
    ) -> None:
        self.token = token
        self.commands = commands
        self.shortcuts = shortcuts
        self.workspace = Workspace(team_name, clock)
        self.base_url = ""
        self.scopes = SCOPES
        self.calls: list[Call] = []
        self._faults: dict[str, Fault] = {}
        self._line = Line(signing_secret, clock, patience)
        self._driver = Driver(self.workspace, self._line, commands, shortcuts, "")

    @property
    def request_url(self) -> str:
        """Where the app takes what people do."""
        return self._line.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self._line.request_url = url

    async def start(self) -> None:
        """Listen on a free loopback port."""
        await self._line.open()
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.web_api)
        app.router.add_post("/response/{token}", self._respond)
        # A call that somebody left hanging is not waited for.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, 0).start()
        root = f"http://{_HOST}:{self._runner.addresses[0][1]}/"
        self.base_url = f"{root}api/"
        hooks = f"{root}response/"
        self._driver = Driver(self.workspace, self._line, self.commands, self.shortcuts, hooks)

    async def stop(self) -> None:
        """Stop listening."""
        await self._line.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.stop()

    # What the app asks

    def fail(self, method: str, fault: Fault) -> None:
        """Let every call of ``method``, or the next ``fault.times``, fail like that."""
        self._faults[method] = fault

    async def web_api(self, request: web.Request) -> web.Response:
        """One call of the Web API."""
        method = request.match_info["method"]
        args = await _arguments(request)
        if isinstance(args, Refusal):
            return web.json_response(args.body())
        self.calls.append(Call(method, args))
        del self.calls[:-CALLS_KEPT]
        failed = await self._failed(method, request)
        return failed or web.json_response(
            self._answer(method, args, request), headers={"X-OAuth-Scopes": self.scopes}
        )

    async def _failed(self, method: str, request: web.Request) -> web.Response | None:
        fault = self._faults.get(method)
        if fault is None or fault.times <= 0:
            return None
        fault.times -= 1
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop and request.transport:
            request.transport.abort()
        if not (fault.error or fault.status != web.HTTPOk.status_code or fault.body):
            return None
        text = fault.body or json.dumps({"ok": False, "error": fault.error})
        kind = "application/json" if text.startswith("{") else "text/html"
        return web.Response(
            status=fault.status, text=text, headers=fault.headers, content_type=kind
        )

    def _answer(self, method: str, args: Json, request: web.Request) -> Json:
        if method not in methods.METHODS:
            return Refusal("unknown_method").body()
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        given = given if scheme == "Bearer" else str(args.get("token") or "")
        if not given:
            return Refusal("not_authed").body()
        if given != self.token:
            return Refusal("invalid_auth").body()
        return methods.call(self.workspace, method, args)

    async def _respond(self, request: web.Request) -> web.Response:
        """An answer through a response_url."""
        hook = self.workspace.permits.use_hook(request.match_info["token"])
        if isinstance(hook, Refusal):
            return web.json_response(hook.body(), status=404)
        body = await _json(request)
        if isinstance(body, Refusal):
            return web.json_response(body.body(), status=400)
        place = self.workspace.conversations[hook.channel]
        why = deliver(self.workspace, place, hook.user, body, hook.source)
        if why:
            return web.json_response(why.body(), status=400)
        return web.Response(text="ok")

    # What people do and see

    async def type(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> Outcome:
        """Send a message or a command."""
        return await self._driver.type(user, channel, text, thread_ts)

    async def act(
        self,
        user: str,
        place: Mapping[str, Any],
        block_id: str,
        action_id: str,
        value: Value = None,
        state: Values | None = None,
    ) -> Outcome:
        """Press or choose something in a view, a message or the Home tab."""
        return await self._driver.act(user, place, block_id, action_id, value, state)

    async def submit(self, user: str, view_id: str, values: Values) -> Outcome:
        """Submit a modal."""
        return await self._driver.submit(user, view_id, values)

    async def close(self, user: str, view_id: str, clear: bool = False) -> Outcome:  # noqa: FBT001, FBT002 - a page's word
        """Close a modal, or the whole stack."""
        return await self._driver.close(user, view_id, clear)

    async def open_home(self, user: str) -> Outcome:
        """Open the app's Home tab."""
        return await self._driver.open_home(user)

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Choose a global shortcut."""
        return await self._driver.shortcut(user, callback_id)

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Outcome:
        """Choose a message's shortcut."""
        return await self._driver.message_shortcut(user, callback_id, channel, ts)

    def snapshot(self, user: str) -> Json:
        """What somebody sees. Raises LookupError for a stranger."""
        return snapshot(self.workspace, user, self.commands, self.shortcuts)

    async def changes(self, after: int) -> int:
        """Wait until the revision is above ``after``; the revision."""
        return await self.workspace.changes(after)


async def _arguments(request: web.Request) -> Json | Refusal:
    """A call's arguments, from the address, a form or JSON."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await _json(request)
        return body if isinstance(body, Refusal) else {**args, **body}
    return {**args, **await request.post()}


async def _json(request: web.Request) -> Json | Refusal:
    try:
        body = await request.json()
    except ValueError:
        return Refusal("invalid_json")
    return body if isinstance(body, dict) else Refusal("json_not_object")
