"""Pages and assets: bytes read once at start, the same for every id, without touching a store."""

import gzip
import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from storage.errors import SettingsError
from web.headers import CSP_HEADER, IMMUTABLE, NO_STORE, WORKER_CSP

WORKER = "argon2-worker"
STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_MIN_GZIP = 512


class Body:
    """One response body in the encodings we have of it."""

    def __init__(self, plain: bytes, content_type: str, encoded: dict[str, bytes]) -> None:
        self._plain = plain
        self._type = content_type
        self._encoded = encoded

    def response(self, request: web.Request, cache: str) -> web.Response:
        """Answer in the best encoding the browser takes."""
        accepted = request.headers.get("Accept-Encoding", "")
        offered = {part.partition(";")[0].strip() for part in accepted.split(",")}
        headers = {"Content-Type": self._type, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        for name, body in self._encoded.items():
            if name in offered:
                headers["Content-Encoding"] = name
                return web.Response(body=body, headers=headers)
        return web.Response(body=self._plain, headers=headers)


class Pages:
    """The built front end. ``brand`` is called for the team's name when pages are made."""

    def __init__(self, host: str, static: Path = STATIC) -> None:
        self._static = static / "pages"
        self._host = host
        self._pages: dict[str, Body] = {}
        self.brand("")
        self._assets = {path.name: _asset(path) for path in _built(static / "assets")}

    def brand(self, name: str) -> None:
        """Make every page anew with the team's name (empty: unknown)."""
        for path in _built(self._static):
            text = path.read_text(encoding="utf-8")
            text = text.replace("%%HOST%%", html.escape(self._host))
            # Escaped: the name is the workspace's, and its members choose it. Last, so that nothing
            # in it is filled in.
            plain = text.replace("%%BRAND%%", html.escape(name)).encode()
            encoded = {"gzip": gzip.compress(plain, 9, mtime=0)}
            self._pages[path.stem] = Body(plain, "text/html; charset=utf-8", encoded)

    def page(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A handler that serves one page to everybody."""

        async def serve(request: web.Request) -> web.Response:
            return self._pages[name].response(request, NO_STORE)

        return serve

    async def asset(self, request: web.Request) -> web.Response:
        """A built file; its name holds its hash, so it may be kept for ever."""
        body = self._assets.get(request.match_info["name"])
        if not body:
            raise web.HTTPNotFound
        response = body.response(request, IMMUTABLE)
        if request.match_info["name"].startswith(WORKER):
            response.headers[CSP_HEADER] = WORKER_CSP
        return response


def _built(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    if not found:
        raise SettingsError("The front end is not built: run `make build` first.")
    return [path for path in found if path.suffix in {*_TYPES, ".html"}]


def _asset(path: Path) -> Body:
    encoded = {}
    for name, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = path.with_name(path.name + suffix)
        if packed.is_file():
            encoded[name] = packed.read_bytes()
    return Body(path.read_bytes(), _TYPES[path.suffix], encoded)
