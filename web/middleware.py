"""One middleware for everything that every request needs."""

import logging
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from storage.errors import StoreError, StoreUnavailable
from storage.logs import frames, say
from storage.meters import METERS
from web.client import READER, reader_of
from web.client_ip import ClientAddress
from web.errors import Problem, problem
from web.limits import Limiter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admit = Callable[[web.Request], web.Response | None]

_log = structlog.get_logger("web")
_access = logging.getLogger("web")


def edge(
    origin: str, addresses: ClientAddress, limiter: Limiter
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Build the middleware: who may ask, errors as answers, one log line."""

    def admit(request: web.Request) -> web.Response | None:
        """Let a POST to the API through, or give its refusal. Nothing of its body is read yet."""
        _insist_on_own_pages(request, origin)
        # Behind that check: another site's page must not spend its visitor's allowance here.
        reader = request[READER] = reader_of(request, addresses)
        wait = limiter.charge(reader.address)
        return problem("rate_limited", retry_after=wait) if wait else None

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await _answered(request, handler, admit)
        resource = request.match_info.route.resource
        # The template, never the path: the path holds an id.
        route = resource.canonical if resource else "none"
        seconds = time.perf_counter() - started
        METERS.answered(route, response.status, seconds)
        say(
            _access,
            "request",
            {
                "method": request.method,
                "route": route,
                "status": response.status,
                "ms": round(seconds * 1000, 1),
            },
        )
        return response

    return middleware


async def _answered(request: web.Request, handler: Handler, admit: Admit) -> web.StreamResponse:
    try:
        if request.path.startswith("/api/") and request.method == "POST" and (no := admit(request)):
            return no
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return problem("too_large")
    except web.HTTPException as error:
        # aiohttp's own 404 and 405: our text repeats nothing of the request.
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        text = f"{error.status}: {error.reason}\n"
        return web.Response(status=error.status, text=text, headers=allow)
    except Exception as error:  # noqa: BLE001 - the last edge: whatever it is, no detail leaves
        return problem(_code_for(error))


def _code_for(error: Exception) -> str:
    match error:
        case Problem():
            return error.code
        case web.RequestPayloadError():
            return "bad_request"
        case StoreUnavailable():
            _log.warning("store_unavailable", reason=str(error))
            return "try_again"
        case StoreError():
            _log.error("store_fault", reason=str(error), frames=frames(error))
            return "try_again"
        case _:
            _log.error("unexpected", error=type(error).__name__, frames=frames(error))
            return "internal"


def _insist_on_own_pages(request: web.Request, origin: str) -> None:
    """Refuse other sites' pages: a visitor's browser must not act for somebody else's script."""
    site = request.headers.get("Sec-Fetch-Site")
    if site == "same-origin" or (site is None and request.headers.get("Origin") == origin):
        return
    raise Problem("foreign_origin")
