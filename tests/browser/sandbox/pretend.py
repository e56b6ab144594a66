"""A server in the place of the sandbox's own: serves the built page, shows what a test wants shown.

It records what the page reports and where; what a real Slack would make of it is for other tests.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from aiohttp import web

from web.headers import security_headers
from web.pages import STATIC, Pages
from web.reply import HEADERS, add_headers
from web.server import listening
from web.stopping import STOPPING, Stopping

Json = dict[str, Any]
DONE: Json = {"ok": True}


def agree(_act: Json) -> Json:
    """Answer an act, and change nothing."""
    return DONE


ANNA, BEN, CLARA, APP = "U0ANNA", "U0BEN", "U0CLARA", "U0APP"
PEOPLE = [
    {"id": ANNA, "name": "anna", "real_name": "Anna Agent", "role": "agent"},
    {"id": BEN, "name": "ben", "real_name": "Ben Agent", "role": "agent"},
    {"id": CLARA, "name": "clara", "real_name": "Clara Admin", "role": "admin"},
]
COMMANDS = [
    {
        "command": "/secret",
        "usage_hint": "[request | history | help]",
        "description": "Share a secret, or ask for one, through a link that works once",
    },
    {"command": "/remind", "usage_hint": "", "description": "Set a reminder"},
]
CHANNEL, DM = "C0SUPPORT", "D0APP"


def view(body: Json, name: str = "V1", **more: Any) -> Json:
    """A view as Slack keeps it: with ids, where the app gave none, and a hash."""
    return {"id": name, "hash": "h", "errors": {}, "notice": "", **body, **more} | {
        "blocks": named(body["blocks"])
    }


def named(blocks: Sequence[Json]) -> list[Json]:
    """Blocks, each with an id."""
    return [{"block_id": f"made-{number}", **block} for number, block in enumerate(blocks)]


def message(
    text: str = "",
    blocks: Sequence[Json] = (),
    *,
    user: str = APP,
    ts: str = "1795536000.000100",
    **more: Any,
) -> Json:
    """A message in a snapshot."""
    made = {"ts": ts, "user": user, "text": text, "blocks": named(blocks)}
    return {**made, "edited": False, "ephemeral": False, "thread": [], **more}


async def customer(_request: web.Request) -> web.Response:
    """What a link leads to here."""
    return web.Response(text="the customer's page")


@dataclass
class Pretend:
    """What everybody sees, what the page reported, and what it is answered."""

    url: str = ""
    revision: int = 1
    channel: list[Json] = field(default_factory=list)
    dm: list[Json] = field(default_factory=list)
    home: Json | None = None
    modals: list[Json] = field(default_factory=list)
    shortcuts: list[Json] = field(default_factory=list)
    acts: list[tuple[str, Json]] = field(default_factory=list)
    scans: list[Json] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    """Every request as it came: method, path with query, body."""
    react: Callable[[Json], Json] = agree
    """Called with each act; may change what is shown, and gives the answer."""
    slow: float = 0.0
    """Seconds that an act takes."""
    online: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def reset(self) -> None:
        """As it was at the start, for the next test."""
        await self.hang_up()
        fresh = Pretend(self.url, _news=self._news)
        for one in fields(fresh):
            setattr(self, one.name, getattr(fresh, one.name))
        self.online.set()

    def snapshot(self, user: str) -> Json:
        """One person's eyes."""
        return {
            "revision": self.revision,
            "team": {"id": "T0EXAMPLE", "name": "Example Support"},
            "app": {"id": "A0APP", "name": "slash-secret", "user": APP},
            "commands": COMMANDS,
            "shortcuts": self.shortcuts,
            "me": user,
            "people": PEOPLE,
            "conversations": [
                {"id": CHANNEL, "kind": "channel", "name": "support", "messages": self.channel},
                {"id": f"{DM}{user}", "kind": "dm", "name": "slash-secret", "messages": self.dm},
            ],
            "home": self.home,
            "modals": self.modals,
        }

    async def show(self, **what: Any) -> None:
        """Change what is there and tell every page."""
        for name, value in what.items():
            setattr(self, name, value)
        self.revision += 1
        async with self._news:
            self._news.notify_all()

    def done(self, kind: str) -> list[Json]:
        """The acts of a kind, whoever did them."""
        return [act for _, act in self.acts if act["type"] == kind]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if not self.online.is_set():
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = 0
        while self.online.is_set():
            if self.revision > seen:
                seen = self.revision
                data = json.dumps(self.snapshot(request.query.get("user") or ANNA))
                await response.write(f"data: {data}\n\n".encode())
            async with self._news:
                while self.revision <= seen:
                    await self._news.wait()
        return response

    async def _act(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.acts.append((body["user"], body["act"]))
        await asyncio.sleep(self.slow)
        answer = self.react(body["act"])
        await self.show()
        return web.json_response(answer)

    async def _scan(self, request: web.Request) -> web.Response:
        self.scans.append(await request.json())
        saw = "200, the same page as for any link"
        visits = [
            {"who": "Slackbot", "did": "fetched the page", "saw": saw},
            {"who": "Safe Links", "did": "opened it in a browser", "saw": saw},
            {"who": "An antivirus", "did": "clicked, without the key", "saw": "404"},
        ]
        return web.json_response({"visits": visits, "status": "Active"})

    @web.middleware
    async def _record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.bodies.append(f"{request.method} {request.path_qs} {await request.text()}")
        response: web.StreamResponse = await handler(request)
        return response

    def app(self) -> web.Application:
        """The routes of the page, with the site's own headers."""
        pages = Pages("localhost", static=STATIC / "sandbox")
        app = web.Application(middlewares=[self._record])
        app[HEADERS], app[STOPPING] = security_headers(https=False), Stopping()
        app.on_response_prepare.append(add_headers)
        app.add_routes(
            [
                web.get("/sandbox", pages.page("sandbox")),
                web.get("/sandbox/assets/{name}", pages.asset),
                web.get("/sandbox/events", self._events),
                web.post("/sandbox/act", self._act),
                web.post("/sandbox/scan", self._scan),
                # What a link leads to; the real page is another test's.
                web.get("/s/{id}", customer),
            ]
        )
        return app

    async def hang_up(self) -> None:
        """End every stream, and begin no other until ``online`` is set."""
        self.online.clear()
        await self.show()


@asynccontextmanager
async def pretend() -> AsyncIterator[Pretend]:
    """Run it on a free loopback port."""
    made = Pretend()
    made.online.set()
    async with listening(made.app(), "127.0.0.1", 0) as port:
        made.url = f"http://localhost:{port}"
        yield made
        await made.hang_up()
