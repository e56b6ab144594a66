"""The listening socket: what is answered before a request becomes one of ours, too."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from web import stopping
from web.headers import NO_STORE
from web.reply import HEADERS
from web.shortcut import shortcut
from web.stopping import STOPPING

IDLE = 30.0
SHUTDOWN = 5.0


async def expect(request: web.Request) -> None:
    """Answer an Expect header; aiohttp's own refusal repeats it."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="417: Expectation Failed\n")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class _Handler(RequestHandler):
    """aiohttp's, with an answer to broken requests that repeats nothing of them."""

    def __init__(self, *args: Any, security: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._security = security

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say the status and nothing else: aiohttp's text quotes the request, ids included."""
        del exc, message
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun")
        headers = {**self._security, "Cache-Control": NO_STORE}
        response = web.Response(status=status, text=f"{status}\n", headers=headers)
        response.force_close()
        return response


async def running(app: web.Application) -> web.AppRunner:
    """Have the application ready behind its short way; whoever listens is up to the caller."""
    # No access log of aiohttp's: it prints paths, and a path holds an id.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    if runner.server:
        runner.server.request_handler = shortcut(app, runner.server.request_handler)
    return runner


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the end; give the port. Then nobody is cut off: see ``web.stopping``.

    Raises OSError when the address cannot be used.
    """
    runner = await running(app)
    leaving = app[STOPPING]
    loop = asyncio.get_running_loop()
    security = app[HEADERS]

    def handler() -> _Handler:
        return _Handler(
            runner.server,
            loop=loop,
            access_log=None,
            keepalive_timeout=IDLE,
            security=security,
        )

    try:
        listener = await loop.create_server(handler, host, port)
        try:
            yield int(listener.sockets[0].getsockname()[1])
        finally:
            await leaving.heard()
            await stopping.close(listener, handler)
            await stopping.emptied(lambda: runner.server.connections if runner.server else ())
    finally:
        await runner.cleanup()
