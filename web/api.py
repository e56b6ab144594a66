"""POST handlers: parse, one vault call, map the outcome."""

import asyncio
from typing import TypeVar, assert_never

import msgspec
from aiohttp import web

from storage.errors import DecodingError
from storage.model import Argon2, Nonce, Proof, SecretId, State, tag_of
from storage.outcomes import (
    Acknowledged,
    Gone,
    Look,
    Opened,
    PassphraseRequired,
    Unavailable,
    WrongPassphrase,
)
from storage.tickets import (
    SESSION_LIFE,
    Redeemed,
    Session,
    Ticket,
    TicketExpired,
    TicketUsed,
)
from storage.vault import Vault
from storage.wire import b64u, unb64u
from web.client import READER
from web.errors import Problem, answer, problem

T = TypeVar("T")
BODY_PATIENCE = 10.0
COOKIE = "session"
VAULT = web.AppKey("vault", Vault)
HTTPS = web.AppKey("https", bool)


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


class TicketBody(msgspec.Struct):
    """Body of ``session``."""

    ticket: str


async def status(request: web.Request) -> web.Response:
    """What a link holder may know before the click."""
    body = await _body(request, LookBody)
    proof = _proof(body.link_proof)
    session = _session(request)
    match await request.app[VAULT].look(_id(request), proof, request[READER], session):
        case Look(record, _, tries_left):
            return answer(
                {
                    "state": State.ACTIVE.value,
                    "single_use": record.single_use,
                    "expires_at": record.expires,
                    "passphrase": _stretching(record.argon2),
                    "tries_left": tries_left,
                    "created_by_you": session is not None and session.created(record),
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
    reader, session = request[READER], _session(request)
    match await request.app[VAULT].open(_id(request), proof, nonce, reader, guess, session):
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


async def session(request: web.Request) -> web.Response:
    """Trade a ticket from a Slack button for a session: this browser is an agent's now."""
    body = await _body(request, TicketBody)
    tickets = request.app[VAULT].tickets
    match await tickets.redeem(Ticket(body.ticket.encode()), _session(request)):
        case Redeemed(purpose, granted, cookie):
            response = answer(
                {
                    "purpose": purpose.value,
                    "tag": tag_of(granted.workspace),
                    "workspace": granted.workspace_name,
                    "agent": granted.name,
                    "policy": None,
                    "prefill": None,
                }
            )
            response.set_cookie(
                COOKIE,
                cookie,
                max_age=SESSION_LIFE,
                path="/",
                httponly=True,
                # Never sent with a request that another site's page or link starts.
                samesite="Strict",
                secure=request.app[HTTPS],
            )
            return response
        case TicketUsed():
            return problem("ticket_used")
        case TicketExpired():
            return problem("ticket_expired")
        case never:
            assert_never(never)


def _session(request: web.Request) -> Session | None:
    cookie = request.cookies.get(COOKIE)
    return request.app[VAULT].tickets.session(cookie) if cookie else None


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
