"""The routes of the page at /sandbox: what one person sees, and what they do."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar, assert_never

import msgspec
from aiohttp import web

from bot.sandbox.driver import Outcome
from bot.sandbox.guard import Handler, guarded
from bot.sandbox.inputs import Value, Values
from bot.sandbox.scan import Scanner
from bot.sandbox.server import LocalSlack

PATH = "/sandbox"
QUIET = 15.0  # then a comment goes out, so that a browser that is gone is noticed
NOT_UNDERSTOOD = "The sandbox did not understand that. Load the page again."

Body = TypeVar("Body")


class Say(msgspec.Struct, tag_field="type", tag="message"):
    """Write into a conversation; a slash command, if it begins with a slash."""

    channel: str
    text: str
    thread_ts: str | None = None


class Press(msgspec.Struct, tag_field="type", tag="action"):
    """Press a button, or choose from a select or menu."""

    place: dict[str, str | bool]
    block_id: str
    action_id: str
    value: Value = None
    state: Values | None = None


class Submit(msgspec.Struct, tag_field="type", tag="submit"):
    """Submit a modal."""

    view: str
    values: Values


class Close(msgspec.Struct, tag_field="type", tag="close"):
    """Close a modal, or with ``clear`` the whole stack."""

    view: str
    clear: bool = False


class Home(msgspec.Struct, tag_field="type", tag="home"):
    """Look at the app's Home tab."""


class Shortcut(msgspec.Struct, tag_field="type", tag="shortcut"):
    """Use a global shortcut."""

    callback_id: str


class MessageShortcut(msgspec.Struct, tag_field="type", tag="message_shortcut"):
    """Use a shortcut on a message."""

    callback_id: str
    channel: str
    ts: str


AnyAct = Say | Press | Submit | Close | Home | Shortcut | MessageShortcut


class ActBody(msgspec.Struct):
    """Body of ``act``: who does what."""

    user: str
    act: AnyAct


class ScanBody(msgspec.Struct):
    """Body of ``scan``: a link without its fragment."""

    link: str


class SandboxPage:
    """One sandbox's routes. ``show`` serves the page and ``asset`` its files, both built before."""

    def __init__(
        self, slack: LocalSlack, scanner: Scanner, *, show: Handler, asset: Handler
    ) -> None:
        self._slack = slack
        self._scanner = scanner
        self._show = show
        self._asset = asset
        self._ending = asyncio.Event()

    def mount(self, site: web.Application) -> None:
        """Add everything below /sandbox to the site, each route behind the guard."""
        site.add_routes(
            [
                web.get(PATH, guarded(self._show)),
                web.get(f"{PATH}/assets/{{name}}", guarded(self._asset)),
                web.get(f"{PATH}/events", guarded(self._events)),
                web.post(f"{PATH}/act", guarded(self._act)),
                web.post(f"{PATH}/scan", guarded(self._scan)),
            ]
        )
        site.on_shutdown.append(self._end)

    async def _end(self, _site: web.Application) -> None:
        """Let the open streams end, so that the server can stop at once."""
        self._ending.set()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream a person's snapshots: one now, and one after each change."""
        user = request.query.get("user") or next(iter(self._slack.workspace.people))
        if not self._slack.workspace.is_here(user):
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        revision = -1
        while not self._ending.is_set():
            snapshot = self._slack.snapshot(user)
            is_news = snapshot["revision"] > revision
            revision = snapshot["revision"]
            line = f"data: {json.dumps(snapshot)}" if is_news else ": quiet"
            await response.write(f"{line}\n\n".encode())
            await self._next(revision)
        return response

    async def _next(self, revision: int) -> None:
        """Wait for a change after that revision, for the end, or for QUIET seconds."""
        waits = [
            asyncio.ensure_future(self._slack.changes(revision)),
            asyncio.ensure_future(self._ending.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _act(self, request: web.Request) -> web.Response:
        """Do something as one of the people."""
        body = await _read(request, ActBody)
        if body is None:
            return _told(ok=False, message=NOT_UNDERSTOOD)
        outcome = await self._done(body.user, body.act)
        return _told(ok=outcome.ok, message=outcome.message)

    def _done(self, user: str, act: AnyAct) -> Coroutine[Any, Any, Outcome]:
        slack = self._slack
        match act:
            case Say(channel, text, thread_ts):
                done = slack.type(user, channel, text, thread_ts)
            case Press(place, block_id, action_id, value, state):
                done = slack.act(user, place, block_id, action_id, value, state)
            case Submit(view, values):
                done = slack.submit(user, view, values)
            case Close(view, clear):
                done = slack.close(user, view, clear)
            case Home():
                done = slack.open_home(user)
            case Shortcut(callback_id):
                done = slack.shortcut(user, callback_id)
            case MessageShortcut(callback_id, channel, ts):
                done = slack.message_shortcut(user, callback_id, channel, ts)
            case never:
                assert_never(never)
        return done

    async def _scan(self, request: web.Request) -> web.Response:
        """Send a link, without its fragment, through mail scanners."""
        body = await _read(request, ScanBody)
        found = await self._scanner.scan(body.link) if body else None
        if found is None:
            raise web.HTTPBadRequest
        return web.json_response(found)


async def _read(request: web.Request, shape: type[Body]) -> Body | None:
    """A body of that shape; None for anything else."""
    if request.content_type != "application/json":
        return None
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _told(*, ok: bool, message: str) -> web.Response:
    return web.json_response({"ok": ok} | ({} if ok else {"message": message}))
