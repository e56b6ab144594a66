"""POST handlers: parse, one vault call, map the outcome."""

import asyncio
from typing import TypeVar, assert_never

import msgspec
from aiohttp import web

from storage.errors import DecodingError
from storage.model import (
    Acknowledged,
    Argon2,
    Gone,
    Look,
    Nonce,
    Opened,
    PassphraseRequired,
    Proof,
    SecretId,
    State,
    Unavailable,
    WrongPassphrase,
)
from storage.vault import Vault
from storage.wire import b64u, unb64u
from web.client import READER
from web.errors import Problem, answer, problem

T = TypeVar("T")
BODY_PATIENCE = 10.0
VAULT = web.AppKey("vault", Vault)


class LookBody(msgspec.Struct):
    """Body of ``status``."""

    link_proof: str


class RevealBody(msgspec.Struct):
    """Body of ``reveal``."""

    link_proof: str
    nonce: str
    passphrase_proof: str | None = None


class AckBody(msgspec.Struct):
    """Body of ``ack``."""

    link_proof: str
    nonce: str


async def status(request: web.Request) -> web.Response:
    """What a link holder may know before the click."""
    body = await _body(request, LookBody)
    proof = _proof(body.link_proof)
    match await request.app[VAULT].look(_id(request), proof, request[READER]):
        case Look(record, _, tries_left):
            return answer(
                {
                    "state": State.ACTIVE.value,
                    "single_use": record.single_use,
                    "expires_at": record.expires,
                    "passphrase": _stretching(record.argon2),
                    "tries_left": tries_left,
                    "created_by_you": False,
                    "workspace": record.workspace_name,
                    "agent": record.agent_name,
                    "language": None,
                }
            )
        case refusal:
            return _refused(refusal)


async def reveal(request: web.Request) -> web.Response:
    """The click: hand out the ciphertext."""
    body = await _body(request, RevealBody)
    proof, nonce = _proof(body.link_proof), _nonce(body.nonce)
    # A malformed one ends here and is no try: the vault never sees it.
    guess = None if body.passphrase_proof is None else _proof(body.passphrase_proof)
    match await request.app[VAULT].open(_id(request), proof, nonce, request[READER], guess):
        case Opened(blob, views, retry_until):
            return answer({"blob": b64u(blob), "views": views, "retry_until": retry_until})
        case PassphraseRequired():
            return problem("passphrase_required")
        case WrongPassphrase(tries_left):
            return problem("wrong_passphrase", tries_left=tries_left)
        case refusal:
            return _refused(refusal)


async def ack(request: web.Request) -> web.Response:
    """The page has decrypted."""
    body = await _body(request, AckBody)
    proof, nonce = _proof(body.link_proof), _nonce(body.nonce)
    match await request.app[VAULT].ack(_id(request), proof, nonce):
        case Acknowledged():
            return answer({})
        case refusal:
            return _refused(refusal)


def _refused(outcome: Unavailable | Gone) -> web.Response:
    match outcome:
        case Unavailable():
            return problem("unavailable")
        case Gone(reason, at):
            return problem("gone", reason=reason.value, at=at)
        case never:
            assert_never(never)


def _stretching(argon2: Argon2 | None) -> dict[str, str | int] | None:
    """What the page must compute before it can prove the passphrase; None: there is none."""
    if not argon2:
        return None
    return {"name": "argon2id", "m": argon2.m, "t": argon2.t, "p": argon2.p}


def _id(request: web.Request) -> SecretId:
    try:
        return SecretId(request.match_info["id"])
    except DecodingError:
        # Not a possible id: answered as any unknown one, so that nothing is told apart.
        raise Problem("unavailable") from None


def _proof(text: str) -> Proof:
    try:
        return Proof(unb64u(text))
    except DecodingError:
        raise Problem("bad_request") from None


def _nonce(text: str) -> Nonce:
    try:
        return Nonce(unb64u(text))
    except DecodingError:
        raise Problem("bad_request") from None


async def _body(request: web.Request, shape: type[T]) -> T:
    try:
        # A stranger who sends a byte a minute must not keep a place for ever.
        async with asyncio.timeout(BODY_PATIENCE):
            body = await request.read()
    except TimeoutError:
        raise Problem("too_slow") from None
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("bad_request") from None
