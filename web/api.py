"""POST handlers: parse, one vault call, map the outcome. What the others share stands here too."""

import asyncio
from typing import TypeVar, assert_never

import msgspec
from aiohttp import web

from storage.errors import DecodingError
from storage.model import Argon2, CollectBy, Nonce, Proof, Record, SecretId, tag_of
from storage.outcomes import (
    Acknowledged,
    AgainstPolicy,
    AlreadySubmitted,
    Exists,
    Full,
    Gone,
    Look,
    NotForYou,
    Opened,
    PassphraseRequired,
    Saved,
    SessionRequired,
    Unavailable,
    Waiting,
    WrongPassphrase,
)
from storage.policy import Policy
from storage.tickets import (
    SESSION_LIFE,
    Errand,
    Purpose,
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
Plain = Waiting | SessionRequired | NotForYou | AlreadySubmitted | Exists | Full
Refusal = Unavailable | Gone | AgainstPolicy | Plain
_PLAIN: dict[type[Plain], str] = {
    Waiting: "waiting",
    SessionRequired: "session_required",
    NotForYou: "not_for_you",
    AlreadySubmitted: "already_submitted",
    Exists: "exists",
    Full: "no_room",
}
BODY_PATIENCE = 10.0
COOKIE = "session"
COOKIES = "Cookie"
VAULT = web.AppKey("vault", Vault)
# As it came, for whoever looks at requests behind their handlers; it can be read but once.
BODY = web.RequestKey("body", bytes)
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
    body = await body_of(request, LookBody)
    proof = proof_of(body.link_proof)
    session = session_of(request)
    match await request.app[VAULT].look(id_of(request), proof, request[READER], session):
        case Look(record, _, tries_left, state, language):
            return answer(
                {
                    "state": state.value,
                    "single_use": record.single_use,
                    "expires_at": record.expires,
                    "passphrase": _stretching(record.argon2),
                    "tries_left": tries_left,
                    "created_by_you": session is not None and session.created(record),
                    "workspace": record.workspace_name,
                    "agent": record.agent_name,
                    "language": language,
                    **(_asked(record) if session and session.may_collect(record) else {}),
                }
            )
        case refusal:
            return refused(refusal)


async def reveal(request: web.Request) -> web.Response:
    """The click: hand out the ciphertext."""
    body = await body_of(request, RevealBody)
    proof, nonce = proof_of(body.link_proof), nonce_of(body.nonce)
    # A malformed one ends here and is no try: the vault never sees it.
    guess = None if body.passphrase_proof is None else proof_of(body.passphrase_proof)
    reader, session = request[READER], session_of(request)
    match await request.app[VAULT].open(id_of(request), proof, nonce, reader, guess, session):
        case Opened(blob, views, retry_until):
            return answer({"blob": b64u(blob), "views": views, "retry_until": retry_until})
        case PassphraseRequired():
            return problem("passphrase_required")
        case WrongPassphrase(tries_left):
            return problem("wrong_passphrase", tries_left=tries_left)
        case refusal:
            return refused(refusal)


async def ack(request: web.Request) -> web.Response:
    """The page has decrypted."""
    body = await body_of(request, AckBody)
    proof, nonce = proof_of(body.link_proof), nonce_of(body.nonce)
    match await request.app[VAULT].ack(id_of(request), proof, nonce):
        case Acknowledged():
            return answer({})
        case refusal:
            return refused(refusal)


async def saved(request: web.Request) -> web.Response:
    """The collector has put the answer into the team's vault."""
    body = await body_of(request, LookBody)
    proof = proof_of(body.link_proof)
    reader, session = request[READER], session_of(request)
    match await request.app[VAULT].saved(id_of(request), proof, reader, session):
        case Saved():
            return answer({})
        case refusal:
            return refused(refusal)


async def session(request: web.Request) -> web.Response:
    """Trade a ticket from a Slack button for a session: this browser is an agent's now."""
    body = await body_of(request, TicketBody)
    tickets = request.app[VAULT].tickets
    match await tickets.redeem(Ticket(body.ticket.encode()), session_of(request)):
        case Redeemed(purpose, granted, cookie, errand):
            composes = purpose is Purpose.COMPOSE
            vault = request.app[VAULT]
            response = answer(
                {
                    "purpose": purpose.value,
                    "tag": tag_of(granted.workspace),
                    "workspace": granted.workspace_name,
                    "agent": granted.name,
                    "policy": _allowed(vault.policy) if composes else None,
                    "prefill": await _prefill(vault, granted, errand) if composes else None,
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


def session_of(request: web.Request) -> Session | None:
    """Whose browser this is, by its cookie."""
    if COOKIES not in request.headers:  # nearly all who reveal have none
        return None
    cookie = request.cookies.get(COOKIE)
    return request.app[VAULT].tickets.session(cookie) if cookie else None


async def _prefill(vault: Vault, session: Session, errand: Errand) -> dict[str, object]:
    """What the composer begins with: what the agent chose last, as far as it is still allowed."""
    preset = await vault.preset(session.agent)
    offered = vault.policy.default_lifetime
    if preset and preset.lifetime in vault.policy.lifetimes:
        offered = preset.lifetime
    return {
        "kind": errand.kind.value,
        "channel": errand.channel or None,
        "lifetime": offered.seconds,
        "single_use": preset.single_use if preset else True,
        "language": await vault.language(session.agent),
    }


def _allowed(policy: Policy) -> dict[str, object]:
    """What the composer may offer; the vault holds to the same."""
    return {
        "lifetimes": [lifetime.seconds for lifetime in policy.lifetimes],
        "require_passphrase": policy.require_passphrase,
        "browser_only": policy.browser_only,
        "requests": policy.requests,
    }


def _asked(record: Record) -> dict[str, object]:
    """What was asked for, for whoever may collect it: to show it, and to ask again."""
    return {
        "what": record.what,
        "fields": record.fields,
        "label": record.label,
        "lifetime": record.expires - record.created,
        "collect_by": CollectBy.of(record.collect_by).word,
    }


def refused(outcome: Refusal) -> web.Response:
    """Answer what is no success, whichever use case says it."""
    match outcome:
        case Unavailable():
            return problem("unavailable")
        case Gone(reason, at):
            return problem("gone", reason=reason.value, at=at)
        case AgainstPolicy(rule, again):
            return problem("policy", reason=rule.value, at=again)
        case _:
            return problem(_PLAIN[type(outcome)])


def _stretching(argon2: Argon2 | None) -> dict[str, str | int] | None:
    """What the page must compute before it can prove the passphrase; None: there is none."""
    if not argon2:
        return None
    return {"name": "argon2id", "m": argon2.m, "t": argon2.t, "p": argon2.p}


def id_of(request: web.Request) -> SecretId:
    """Read the path's id. Raises Problem."""
    try:
        return SecretId(request.match_info["id"])
    except DecodingError:
        # Not a possible id: answered as any unknown one, so that nothing is told apart.
        raise Problem("unavailable") from None


def proof_of(text: str) -> Proof:
    """Read a proof. Raises Problem."""
    try:
        return Proof(unb64u(text))
    except DecodingError:
        raise Problem("bad_request") from None


def nonce_of(text: str) -> Nonce:
    """Read a page's nonce. Raises Problem."""
    try:
        return Nonce(unb64u(text))
    except DecodingError:
        raise Problem("bad_request") from None


def bytes_of(text: str) -> bytes:
    """Read ciphertext or a public key: anything but nothing. Raises Problem."""
    try:
        data = unb64u(text)
    except DecodingError:
        raise Problem("bad_request") from None
    if not data:
        raise Problem("bad_request")
    return data


async def body_of(request: web.Request, shape: type[T]) -> T:
    """Read and parse a body. Raises Problem."""
    if request.content.is_eof():  # there already, as nearly always: nothing to wait for, no timer
        body = request.content.read_nowait()
        if len(body) > request.client_max_size:
            raise Problem("too_large")
    else:
        try:
            # A stranger who sends a byte a minute must not keep a place for ever.
            async with asyncio.timeout(BODY_PATIENCE):
                body = await request.read()
        except TimeoutError:
            raise Problem("too_slow") from None
    request[BODY] = body
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("bad_request") from None
