"""docs/openapi.yaml, held against what a running site really hears and says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from jsonschema import Draft202012Validator

from web.api import BODY

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"
Json = dict[str, Any]


@dataclass(frozen=True, order=True)
class Outcome:
    """One way an operation can end; ``code`` is '' where it is no error of ours."""

    method: str
    path: str
    status: int
    code: str = ""


@cache
def document() -> Json:
    """The document, parsed."""
    parsed: Json = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return parsed


def operations() -> Iterator[tuple[str, str, Json]]:
    """Method, path and operation of everything described."""
    for path, item in document()["paths"].items():
        for method in ("get", "post"):
            if method in item:
                yield method.upper(), path, item[method]


def outcomes() -> Iterator[Outcome]:
    """Every way in which a described operation can end."""
    for method, path, operation in operations():
        for status, response in operation["responses"].items():
            schema = resolved(response).get("content", {}).get("application/json", {})
            for code in _codes(schema.get("schema", {})):
                yield Outcome(method, path, int(status), code)


def resolved(part: Json) -> Json:
    """A part of the document, or the part that it refers to."""
    while "$ref" in part:
        found = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


@dataclass
class Contract:
    """Watches a site: what it answered, and where that is not what the document says."""

    seen: set[Outcome] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    # Refusals that were looked at: tests that measure time or flood a site get the same ones.
    _known: set[tuple[str, str, int, bytes]] = field(default_factory=set)

    def watch(self, app: web.Application) -> None:
        """Look at every response of this site."""
        app.on_response_prepare.append(self._look)

    async def _look(self, request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        if resource is None or request.method == "HEAD":
            return  # aiohttp's own 404 and 405; a GET without its body
        path = resource.canonical
        about = f"{request.method} {path} {response.status}"
        operation = document()["paths"].get(path, {}).get(request.method.lower())
        described = operation and operation["responses"].get(str(response.status))
        if not described:
            self.broken.append(f"{about}: not described")
            return
        body = response.body if isinstance(response, web.Response) else None
        assert isinstance(body, bytes), about
        if response.status >= 400:
            this = (request.method, path, response.status, body)
            if this in self._known:
                return
            self._known.add(this)
        self.broken += [f"{about}: {fault}" for fault in faults(described, response, body)]
        if "requestBody" in operation and response.status < 300:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            sent = json.loads(request[BODY])
            self.broken += [f"{about}: accepted, but {fault}" for fault in against(schema, sent)]
        error = json.loads(body).get("error", {}) if _is_json(response) else {}
        self.seen.add(Outcome(request.method, path, response.status, error.get("code", "")))


_JSON = "application/json"


def faults(described: Json, response: web.StreamResponse, body: bytes) -> Iterator[str]:
    """What of a response is not as described."""
    described = resolved(described)
    for name, header in described.get("headers", {}).items():
        if name not in response.headers:
            yield f"without {name}"
        else:
            yield from against(resolved(header)["schema"], response.headers[name])
    media = described["content"].get(response.content_type)
    if media is None:
        yield f"of type {response.content_type}"
    elif _is_json(response):
        yield from against(media["schema"], json.loads(body))


def _is_json(response: web.StreamResponse) -> bool:
    """Readable as it is: a compressed one is a file of the build's."""
    return response.content_type == _JSON and "Content-Encoding" not in response.headers


def against(schema: Json, value: object) -> list[str]:
    """What of a value its schema does not allow, without the value: it may be a secret of a test."""
    found = Draft202012Validator({**document(), **schema}).iter_errors(value)
    return [
        f"{error.json_path} fails {error.validator} {error.validator_value!r}" for error in found
    ]


def _codes(schema: Json) -> Iterator[str]:
    """The error codes that a response's schema allows; '' for anything else."""
    for part in schema.get("oneOf", [schema]):
        name = part.get("$ref", "").rpartition("/")[2]
        yield name if name in _error_codes() else ""


@cache
def _error_codes() -> dict[str, Json]:
    schemas = document()["components"]["schemas"]
    return {name: part for name, part in schemas.items() if name.islower()}
