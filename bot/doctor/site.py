"""The web process, as customers reach it: through PUBLIC_URL and all that stands in front."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.doctor import address, keyring
from bot.doctor.asking import Answer, Asker, NoAnswer, Silence, source_towards
from bot.doctor.finding import Finding, error, ok, span, unchecked, warning
from storage import selftest
from storage.model import SecretId, WorkspaceId
from storage.seal import KeyRing
from storage.settings import Settings
from web.headers import NO_STORE, security_headers

CERTIFICATE_SOON = 14 * 86_400
CERTIFICATE_NOW = 3 * 86_400
_URL = "public URL"
# What proxies answer when there is nobody behind them.
_GATEWAY = frozenset({502, 503, 504})
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not listened on
_LARGE = 600 * 1024
# Headers whose text names the software or the moment: a proxy's own are as good as ours.
_ANYBODYS = frozenset({"Server"})
_UNWANTED = ("Set-Cookie", "Access-Control-Allow-Origin")


@dataclass(frozen=True, slots=True)
class Reached:
    """What ``/healthz`` says through PUBLIC_URL, to us and to somebody who forges addresses."""

    answer: Answer | NoAnswer
    forged: Answer | NoAnswer
    local: Answer | NoAnswer
    nonce: str
    source: str


async def reach(asker: Asker, config: Settings, ring: KeyRing) -> Reached:
    """Ask all of them at once."""
    question = selftest.ask(ring)
    told = {selftest.HEADER: question.text}
    parts = urlsplit(config.public_url)
    host = "localhost" if config.host in _EVERYWHERE else config.host
    answer, forged, local, source = await asyncio.gather(
        asker.get(f"{config.public_url}/healthz", told),
        asker.get(f"{config.public_url}/healthz", {**told, **address.FORGERY}),
        asker.get(f"http://{_bracketed(host)}:{config.port}/healthz"),
        source_towards(parts.hostname or "", _port(config)),
    )
    return Reached(answer, forged, local, question.nonce, source)


def public_url(config: Settings, found: Reached) -> Finding:
    """Whether PUBLIC_URL leads to a web process of ours."""
    here = not isinstance(found.local, NoAnswer) and _is_ours(found.local)
    match found.answer:
        case NoAnswer(why=Silence.NAME | Silence.TLS) as silence:
            return error(
                _URL, f"{config.public_url}: {silence}", "mend its DNS entry or its certificate"
            )
        case NoAnswer() as silence:
            return _unreached(config, str(silence), here=here)
        case Answer(status=status) if status in _GATEWAY:
            return _unreached(config, f"a proxy answers {status}", here=here)
        case Answer() as answer if _is_ours(answer):
            return ok(_URL, f"{config.public_url} leads to a web process")
        case Answer(status=status):
            return error(
                _URL,
                f"{config.public_url}/healthz is answered with {status} by something else",
                "let PUBLIC_URL name the host whose proxy leads to HOST and PORT",
            )


def _unreached(config: Settings, why: str, *, here: bool) -> Finding:
    if here:
        return error(
            _URL,
            f"{config.public_url}: {why}, although the web process runs here",
            f"lead it to {config.host}:{config.port} (docs/proxies.md)",
        )
    return unchecked(
        _URL,
        f"{config.public_url}: {why}, and no web process runs at {config.host}:{config.port} "
        "either, so what is served could not be looked at",
        "start it, and run the doctor again",
    )


async def certificate(asker: Asker, config: Settings) -> list[Finding]:
    """How long it is still good."""
    name = "certificate"
    if not config.https:
        return []
    parts = urlsplit(config.public_url)
    ends = await asker.certificate_ends(parts.hostname or "", _port(config))
    if ends is None:
        return [unchecked(name, "none was shown that is accepted")]
    left = ends - time.time()
    if left > CERTIFICATE_SOON:
        return [ok(name, f"good for {span(left)}")]
    make = error if left < CERTIFICATE_NOW else warning
    return [make(name, f"ends in {span(left)}", "renew it, and look why that is not automatic")]


def agreement(found: Reached) -> Finding:
    """Whether the web process has our keys."""
    if isinstance(found.answer, NoAnswer) or not _is_ours(found.answer):
        return keyring.same([], found.nonce)
    return keyring.same([str(_told(found.answer).get("nonce", ""))], found.nonce)


def proxies(config: Settings, found: Reached) -> Finding:
    """Which address is recorded."""
    honest, forged = (
        address.served(_told(answer) if _nonce(answer) == found.nonce else None)
        for answer in (found.answer, found.forged)
    )
    return address.check(config, honest, forged, found.source)


async def headers(asker: Asker, config: Settings) -> list[Finding]:
    """Whether the security headers reach the browser as they were sent."""
    name = "headers"
    page = await asker.get(f"{config.public_url}/")
    if isinstance(page, NoAnswer) or page.status != 200:  # noqa: PLR2004 - HTTP's OK
        return [unchecked(name, "no page was served")]
    said = [*_altered(page, security_headers(https=config.https))]
    if not said:
        return [ok(name, "as they were sent")]
    return [
        error(name, text, "let the proxy or CDN leave the headers of responses alone")
        for text in said
    ]


def _altered(page: Answer, expected: Mapping[str, str]) -> Iterator[str]:
    for name, value in {**expected, "Cache-Control": NO_STORE}.items():
        got = page.headers.getall(name, [])
        if name in _ANYBODYS or got == [value]:
            continue
        if not got:
            yield f"{name} is missing"
        elif len(got) > 1:
            yield f"{name} is there {len(got)} times"
        else:
            yield f"{name} is another than was sent"
    for name in _UNWANTED:
        if name in page.headers:
            yield f"{name} was added"


async def passing(asker: Asker, config: Settings) -> list[Finding]:
    """Whether a large request of a page of ours arrives whole, and METRICS_PORT stays inside."""
    name = "API"
    sid = SecretId.new(WorkspaceId("doctor")).value
    answer = await asker.post(
        f"{config.public_url}/api/secrets/{sid}/status",
        {
            "Content-Type": "application/json",
            "Origin": config.public_url,
            "Sec-Fetch-Site": "same-origin",
        },
        json.dumps({"link_proof": "A" * 43, "padding": "x" * _LARGE}).encode(),
    )
    numbers = await asker.get(f"{config.public_url}/metrics")
    return [_passed(name, answer), *_metrics(numbers)]


def _passed(name: str, answer: Answer | NoAnswer) -> Finding:
    code = "" if isinstance(answer, NoAnswer) else _code(answer)
    match answer:
        case NoAnswer(why=Silence.BROKEN | Silence.LATE):
            return error(name, f"a request of 600 KiB: {answer}", "let bodies of 640 KiB pass")
        case NoAnswer() | Answer(status=502 | 503 | 504):
            return unchecked(name, "no web process answers")
        case Answer() if code == "foreign_origin":
            return error(
                name,
                f"the pages' own requests are refused ({code}): Sec-Fetch-Site and Origin arrive "
                "altered",
                "let the proxy pass both on unchanged",
            )
        case Answer() if code:
            return ok(name, "requests of 600 KiB from our pages arrive")
        case Answer(status=413):
            return error(
                name, "a request of 600 KiB is refused before it reaches us", "let 640 KiB pass"
            )
        case Answer(status=status):
            return error(
                name, f"something else answers with {status}", "lead all of PUBLIC_URL to us"
            )


def _code(answer: Answer) -> str:
    said = _json(answer).get("error")
    return str(said.get("code", "")) if isinstance(said, dict) else ""


def _metrics(numbers: Answer | NoAnswer) -> Iterator[Finding]:
    if not isinstance(numbers, NoAnswer) and b"slash_secret_" in numbers.body:
        yield error(
            "METRICS_PORT",
            "PUBLIC_URL/metrics is open to everybody",
            "let the proxy lead to PORT alone",
        )


def _told(answer: Answer | NoAnswer) -> Mapping[str, Any]:
    told = _json(answer).get("doctor") if isinstance(answer, Answer) else None
    return told if isinstance(told, dict) else {}


def _nonce(answer: Answer | NoAnswer) -> str:
    return str(_told(answer).get("nonce", ""))


def _is_ours(answer: Answer) -> bool:
    return answer.status == 200 and _json(answer).get("status") == "ok"  # noqa: PLR2004


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _port(config: Settings) -> int:
    return urlsplit(config.public_url).port or (443 if config.https else 80)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
