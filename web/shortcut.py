"""The short way to a route: a look into a table, in front of aiohttp's router.

The table is made of the application's own routes, and what is found there goes through the same
middlewares to the same handler. What is not written plainly (an id of another length, an encoded
letter, a query) takes the long way, where the router decides as ever.
"""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

from aiohttp import hdrs, web

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
HandleAny = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# What stands in a path for itself: an id as every link has it, or an asset's name.
_PLAIN = {"id": re.compile(r"[A-Za-z0-9_-]{26}"), "name": re.compile(r"[A-Za-z0-9_-]+\.[a-z0-9]+")}


def shortcut(app: web.Application, long_way: HandleAny) -> HandleAny:
    """Give what answers every request of a running application; ``long_way`` is aiohttp's own."""
    table = {
        (route.method, route.resource.canonical): (route, _behind_middlewares(app, route))
        for route in app.router.routes()
        if route.resource
    }

    async def handle(any_request: web.BaseRequest) -> web.StreamResponse:
        request = cast("web.Request", any_request)  # as the application makes them
        template, values = _read(request.raw_path)
        found = table.get((request.method, template))
        # Whoever waits for a 100 gets it from the router's way.
        if not found or hdrs.EXPECT in request.headers:
            return await long_way(request)
        route, handler = found
        info = web.UrlMappingMatchInfo(values, route)
        info.add_app(app)
        info.freeze()
        # As the router leaves it: aiohttp has no public way to say which route it is. That handlers
        # find it is held by tests/web/test_shortcut.py.
        request._match_info = info  # noqa: SLF001
        return await handler(request)

    return handle


def _behind_middlewares(app: web.Application, route: web.AbstractRoute) -> Handle:
    handler: Handle = route.handler
    for middleware in reversed(app.middlewares):
        handler = partial(middleware, handler=handler)
    return handler


def _read(path: str) -> tuple[str, dict[str, str]]:
    """The template of a path as the table names it, and what stands for the rest; '' for no idea."""
    match path.split("/"):
        case ["", "assets", name] if _PLAIN["name"].fullmatch(name):
            return "/assets/{name}", {"name": name}
        case ["", kind, sid] if _PLAIN["id"].fullmatch(sid):
            return f"/{kind}/{{id}}", {"id": sid}
        case ["", "api", things, sid, verb] if _PLAIN["id"].fullmatch(sid):
            return f"/api/{things}/{{id}}/{verb}", {"id": sid}
        case _ if "{" in path:
            return "", {}  # nobody's path, although the table has names like that
        case _:
            return path, {}
