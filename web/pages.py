"""Pages and assets: bytes read once at start, the same for every id, without touching a store."""

import gzip
import hashlib
import html
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path

from aiohttp import web

from storage.errors import SettingsError
from storage.settings import BITWARDEN
from web.brand import PLAIN, Brand
from web.headers import CSP_HEADER, IMMUTABLE, LOGO_CSP, NO_STORE, WORKER_CSP
from web.languages import ENGLISH, Negotiation
from web.reply import Answer

WORKER = "argon2-worker"
LOGO = "logo"
STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
_TEXT = frozenset({".html", ".css", ".svg"})
# By the asset's name without its hash: whose response alone has a policy of its own.
_POLICIES = {WORKER: WORKER_CSP, LOGO: LOGO_CSP}
_HASH_LETTERS = 10


class Body:
    """One response body in the encodings we have of it; ``suffix`` says what it is.

    ``language`` is that of a page which there may be in others, too.
    """

    def __init__(
        self, plain: bytes, suffix: str, encoded: dict[str, bytes], language: str = ""
    ) -> None:
        self.plain = plain
        self.suffix = suffix
        self._encoded = encoded
        self._varying = {"Vary": "Accept-Encoding"}
        if language:
            self._varying = {
                "Vary": "Accept-Encoding, Accept-Language",
                "Content-Language": language,
            }

    @classmethod
    def made(cls, plain: bytes, suffix: str, language: str = "") -> "Body":
        """One that is made at start, when there is no Brotli."""
        encoded = {"gzip": gzip.compress(plain, 9, mtime=0)} if suffix in _TEXT else {}
        return cls(plain, suffix, encoded, language)

    def response(self, request: web.Request, cache: str) -> Answer:
        """Answer in the best encoding the browser takes."""
        offered = _offered(request.headers.get("Accept-Encoding", ""))
        headers = {
            "Content-Type": _TYPES[self.suffix],
            "Cache-Control": cache,
            **self._varying,
        }
        for name, body in self._encoded.items():
            if name in offered:
                headers["Content-Encoding"] = name
                return Answer(body=body, headers=headers)
        return Answer(body=self.plain, headers=headers)


class Pages:
    """The built front end in the team's look. ``name`` is called when the team's name is known.

    ``vault`` is where the collect page sends agents to keep what they got.
    """

    def __init__(
        self, host: str, brand: Brand = PLAIN, static: Path = STATIC, vault: str = BITWARDEN
    ) -> None:
        self._host = host
        self._vault = vault
        self._assets = {path.name: _asset(path) for path in _built(static / "assets")}
        self._templates = {
            _page(path): path.read_text(encoding="utf-8") for path in _built(static / "pages")
        }
        self._languages = Negotiation({language for _, language in self._templates})
        parts = {path.name: path.read_bytes() for path in _built(static / "parts")}
        self._seal = parts["seal.svg"].decode()
        self._pages: dict[str, dict[str, Body]] = {}
        self._dress(brand, parts["logo.css"])
        self.name("")

    def name(self, team: str) -> None:
        """Make every page anew with the team's name (empty: unknown)."""
        for (page, language), template in self._templates.items():
            text = template.replace("%%HOST%%", html.escape(self._host))
            text = text.replace("%%SEAL%%", self._seal)
            text = text.replace("%%VAULT%%", html.escape(self._vault))
            # Escaped: the name is the workspace's, and its members choose it. Last, so that nothing
            # in it is filled in.
            text = text.replace("%%BRAND%%", html.escape(team))
            body = Body.made(text.encode(), ".html", language)
            self._pages.setdefault(page, {})[language] = body

    def _dress(self, brand: Brand, logo_rules: bytes) -> None:
        """Put on colour and logo: rules in the one stylesheet, no request more than the image."""
        if brand.logo:
            address = self._add(LOGO, Body.made(brand.logo.data, brand.logo.suffix))
            self._seal = brand.logo.html(address)
        self._change("styles", lambda css: css + brand.css() + (logo_rules if brand.logo else b""))
        self._change("favicon", brand.icon)

    def _change(self, kind: str, change: Callable[[bytes], bytes]) -> None:
        """Let the pages name a changed copy of an asset, if the change is one."""
        name = next(name for name in self._assets if _kind(name) == kind)
        built = self._assets[name]
        if (changed := change(built.plain)) != built.plain:
            address = self._add(kind, Body.made(changed, built.suffix))
            for page, template in self._templates.items():
                self._templates[page] = template.replace(f"/assets/{name}", address)

    def _add(self, kind: str, body: Body) -> str:
        """Serve one more asset, named after its content as the built ones are. Gives its address."""
        digest = hashlib.sha256(body.plain).hexdigest()[:_HASH_LETTERS]
        name = f"{kind}-{digest}{body.suffix}"
        self._assets[name] = body
        return f"/assets/{name}"

    def page(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A handler that serves one page to everybody, in the language of their browser."""

        async def serve(request: web.Request) -> web.Response:
            language = self._languages.choose(request.headers.get("Accept-Language", ""))
            bodies = self._pages[name]
            # What is for agents is there in English only.
            body = bodies.get(language) or bodies[ENGLISH]
            return body.response(request, NO_STORE)

        return serve

    async def asset(self, request: web.Request) -> web.Response:
        """A built file; its name holds its hash, so it may be kept for ever."""
        name = request.match_info["name"]
        body = self._assets.get(name)
        if not body:
            raise web.HTTPNotFound
        response = body.response(request, IMMUTABLE)
        if policy := _POLICIES.get(_kind(name)):
            response.headers[CSP_HEADER] = policy
        return response


def _page(path: Path) -> tuple[str, str]:
    """A built page's name and language."""
    name, _, language = path.stem.partition(".")
    return name, language or ENGLISH


@lru_cache(256)  # browsers are few, and a long list is its visitor's own: forgotten with the next
def _offered(accepted: str) -> frozenset[str]:
    return frozenset(part.partition(";")[0].strip() for part in accepted.split(","))


def _kind(asset: str) -> str:
    return asset.rpartition("-")[0]


def _built(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    if not found:
        raise SettingsError("The front end is not built: run `make build` first.")
    return [path for path in found if path.suffix in _TYPES]


def _asset(path: Path) -> Body:
    encoded = {}
    for name, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = path.with_name(path.name + suffix)
        if packed.is_file():
            encoded[name] = packed.read_bytes()
    return Body(path.read_bytes(), path.suffix, encoded)
