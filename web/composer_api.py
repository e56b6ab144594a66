"""What the composer stores: secrets and requests that a browser made by itself."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from aiohttp import web

from storage.composer import Lock, NewKeys
from storage.errors import DecodingError, StoreError
from storage.languages import known
from storage.model import Argon2, Lifetime, SecretId
from storage.outcomes import Asked, AskedAgain, Composed
from storage.texts import LABEL_LIMIT, clean
from web.api import VAULT, body_of, bytes_of, proof_of, refused, session_of
from web.errors import Problem, answer

MOST_FIELDS = 10
# As the pages that open it insist: nobody must store what no reader would stretch.
_ARGON2_M = range(8 * 1024, 128 * 1024 + 1)
_ARGON2_T = range(1, 7)


class Stretching(msgspec.Struct):
    """How the page stretched a passphrase."""

    name: Literal["argon2id"]
    m: int
    t: int
    p: int


class SecretBody(msgspec.Struct):
    """Body of ``POST /api/secrets``."""

    id: str
    link_proof: str
    blob: str
    lifetime: int
    single_use: bool
    label: str = ""
    passphrase_proof: str | None = None
    passphrase: Stretching | None = None
    language: str | None = None


class RequestBody(msgspec.Struct):
    """Body of ``POST /api/requests``. ``channel`` where composers were opened in several.

    With ``again``, the id of an earlier request, the words are that one's, and none stand here.
    """

    id: str
    submit_proof: str
    link_proof: str
    public_key: str
    what: str | None = None
    lifetime: int | None = None
    collect_by: Literal["me", "channel"] | None = None
    label: str = ""
    fields: list[str] = []
    channel: str = ""
    again: str | None = None
    language: str | None = None

    @property
    def keys(self) -> NewKeys:
        """What the page has made. Raises Problem, DecodingError."""
        return NewKeys(
            SecretId(self.id),
            bytes_of(self.public_key),
            proof_of(self.submit_proof),
            proof_of(self.link_proof),
        )


def checked(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer what does not follow the protocol as a bad request."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except DecodingError:
            raise Problem("bad_request") from None

    return handle


@checked
async def create(request: web.Request) -> web.Response:
    """A secret that only its link opens, and no server has seen."""
    body = await body_of(request, SecretBody)
    sid, language = SecretId(body.id), _language(body.language)
    match await request.app[VAULT].create(
        session_of(request),
        sid,
        link_proof=proof_of(body.link_proof),
        lock=_lock(body.passphrase_proof, body.passphrase),
        blob=bytes_of(body.blob),
        label=_line(body.label),
        lifetime=Lifetime(body.lifetime),
        single_use=body.single_use,
    ):
        case Composed(expires):
            await _spoken(request, sid, language)
            return answer({"expires_at": expires}, 201)
        case refusal:
            return refused(refusal)


@checked
async def ask(request: web.Request) -> web.Response:
    """A request whose key pair was born in the agent's browser."""
    body = await body_of(request, RequestBody)
    if body.again is not None:
        return await _ask_again(request, body, SecretId(body.again))
    if body.what is None or body.lifetime is None or body.collect_by is None:
        raise DecodingError("a request that leaves out what it asks")
    keys, language = body.keys, _language(body.language)
    match await request.app[VAULT].compose_request(
        session_of(request),
        keys,
        what=_said(body.what),
        label=_line(body.label),
        fields=_names(body.fields),
        lifetime=Lifetime(body.lifetime),
        by_channel=body.collect_by == "channel",
        channel=body.channel,
    ):
        case Asked(expires):
            await _spoken(request, keys.id, language)
            return answer({"expires_at": expires}, 201)
        case refusal:
            return refused(refusal)


async def _ask_again(request: web.Request, body: RequestBody, old: SecretId) -> web.Response:
    # Refused rather than ignored: no page may believe that it has changed the words.
    chosen = (body.what, body.lifetime, body.collect_by)
    others = (body.label, body.fields, body.channel, body.language)
    if chosen != (None, None, None) or any(others):
        raise DecodingError("words of its own where an earlier request's are asked again")
    keys = body.keys
    match await request.app[VAULT].ask_again(session_of(request), old, keys):
        case AskedAgain(expires, what, fields, lifetime, language):
            # The same customer, so the same language; whoever asks again has not chosen it.
            await _spoken(request, keys.id, language, is_choice=False)
            told = {"what": what, "fields": fields, "lifetime": lifetime, "expires_at": expires}
            return answer(told | {"language": language}, 201)
        case refusal:
            return refused(refusal)


def _language(code: str | None) -> str | None:
    if code and not known(code):
        raise DecodingError("a language that there are no texts in")
    return code


async def _spoken(
    request: web.Request, sid: SecretId, code: str | None, *, is_choice: bool = True
) -> None:
    """Keep the customer's language, or that it is the browser's from now on (''); None: as before.

    Where that fails, what was made is no worse for it.
    """
    session = session_of(request)
    if session and code is not None:
        with contextlib.suppress(StoreError):
            await request.app[VAULT].speak(session.agent, sid, known(code), is_choice=is_choice)


def _lock(proof: str | None, stretching: Stretching | None) -> Lock | None:
    if proof is None and stretching is None:
        return None
    if proof is None or stretching is None:
        raise DecodingError("a passphrase's proof and parameters go together")
    argon2 = Argon2(stretching.m, stretching.t, stretching.p)
    if argon2.m not in _ARGON2_M or argon2.t not in _ARGON2_T or argon2.p != 1:
        raise DecodingError("Argon2 parameters that no page accepts")
    return Lock(proof_of(proof), argon2)


def _names(fields: list[str]) -> list[str]:
    """The fields to ask for; none means one free text box."""
    names = [_said(name) for name in fields]
    if len(names) > MOST_FIELDS or len(set(names)) != len(names):
        raise DecodingError("too many fields, or two of one name")
    return names


def _said(text: str) -> str:
    line = _line(text)
    if not line:
        raise DecodingError("a text that says nothing")
    return line


def _line(text: str) -> str:
    """One line without characters that hide or reorder text, as forms in Slack give it."""
    line = clean(text)
    if len(line) > LABEL_LIMIT:
        raise DecodingError("a text that is too long")
    return line
