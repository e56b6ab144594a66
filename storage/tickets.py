"""Tickets and sessions: how a browser becomes an agent's.

A ticket stands in the fragment of a Slack URL button. It is opaque (sealed under k_ticket), bound
to workspace, user and purpose, short-lived, and used once; its used-mark is in the store. The page
trades it for a session: a sealed cookie that carries only what its tickets granted.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis.asyncio import Redis

from storage import keys
from storage.errors import DecodingError, IntegrityError
from storage.model import DAY, Agent, Hidden, Record, Seconds, UserId, WorkspaceId
from storage.seal import NAME_SIZE, KeyRing, open_token, seal_token
from storage.store import translated
from storage.wire import b64u, unb64u

SESSION_LIFE = DAY // 2
MAX_LENGTH = 2048


class Purpose(StrEnum):
    """What a ticket is for."""

    VISIT = "visit"


LIFE = {Purpose.VISIT: 10 * 60}


class Ticket(Hidden):
    """The text of a ticket."""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose browser this is, and what its tickets granted."""

    workspace: WorkspaceId
    workspace_name: str
    user: UserId
    name: str
    grants: frozenset[Purpose]
    expires: Seconds

    @property
    def viewer(self) -> str:
        """How the scripts name this person."""
        return f"{self.workspace}|{self.user}" if Purpose.VISIT in self.grants else ""

    def created(self, record: Record) -> bool:
        """Whether this is the browser of the record's creator."""
        return (
            Purpose.VISIT in self.grants
            and record.workspace == self.workspace
            and record.creator == self.user
        )


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A session to keep as a cookie."""

    purpose: Purpose
    session: Session
    cookie: str


@dataclass(frozen=True, slots=True)
class TicketUsed:
    """Somebody has redeemed it before, and not this browser."""


@dataclass(frozen=True, slots=True)
class TicketExpired:
    """Too old, forged, or made under a key that is gone: nobody is told which."""


class Tickets:
    """Makes tickets, redeems them, reads cookies. ``clock`` gives Unix seconds."""

    def __init__(self, redis: Redis, ring: KeyRing, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._ring = ring
        self._clock = clock

    def issue(self, agent: Agent, purpose: Purpose) -> Ticket:
        """Make a ticket for a URL button. No I/O."""
        body = {
            "workspace": agent.workspace,
            "workspace_name": agent.workspace_name,
            "user": agent.user,
            "name": agent.name,
            "purpose": purpose,
            "expires": int(self._clock()) + LIFE[purpose],
            "mark": b64u(secrets.token_bytes(16)),
        }
        return Ticket(self._sealed("ticket", body).encode())

    async def redeem(
        self, ticket: Ticket, present: Session | None
    ) -> Redeemed | TicketUsed | TicketExpired:
        """Trade a ticket for a session; grants of the same person's ``present`` one are kept.

        A used ticket with a live session of the same person and purpose answers as the first
        time: a reload must not lock an agent out. Raises StoreError.
        """
        body = self._opened("ticket", ticket.expose().decode("ascii", "replace"))
        if body is None or body["purpose"] not in set(Purpose):
            return TicketExpired()
        purpose, workspace = Purpose(body["purpose"]), WorkspaceId(body["workspace"])
        same = present and (present.workspace, present.user) == (workspace, body["user"])
        if not await self._first_use(workspace, body["mark"], LIFE[purpose]) and not (
            same and present and purpose in present.grants
        ):
            return TicketUsed()
        session = Session(
            workspace,
            str(body["workspace_name"]),
            UserId(body["user"]),
            str(body["name"]),
            frozenset({purpose}) | (present.grants if same and present else frozenset()),
            Seconds(int(self._clock()) + SESSION_LIFE),
        )
        return Redeemed(purpose, session, self._cookie(session))

    def session(self, cookie: str) -> Session | None:
        """Read a cookie; None for one that is old, altered or not ours."""
        body = self._opened("session", cookie)
        if body is None:
            return None
        return Session(
            WorkspaceId(body["workspace"]),
            str(body["workspace_name"]),
            UserId(body["user"]),
            str(body["name"]),
            frozenset(Purpose(grant) for grant in body["grants"] if grant in set(Purpose)),
            Seconds(body["expires"]),
        )

    async def _first_use(self, workspace: WorkspaceId, mark: str, life: int) -> bool:
        async with translated():
            done = await self._redis.set(keys.ticket(workspace, mark), b"1", nx=True, ex=life + 60)
        return bool(done)

    def _cookie(self, session: Session) -> str:
        return self._sealed(
            "session",
            {
                "workspace": session.workspace,
                "workspace_name": session.workspace_name,
                "user": session.user,
                "name": session.name,
                "grants": sorted(session.grants),
                "expires": session.expires,
            },
        )

    def _sealed(self, purpose: str, body: dict[str, Any]) -> str:
        master = self._ring.current
        return b64u(master.name.encode() + seal_token(master, purpose, json.dumps(body).encode()))

    def _opened(self, purpose: str, text: str) -> dict[str, Any] | None:
        try:
            raw = unb64u(text[:MAX_LENGTH])
            master = self._ring.named(raw[:NAME_SIZE].decode("ascii", "replace"))
            body: dict[str, Any] = json.loads(open_token(master, purpose, raw[NAME_SIZE:]))
        except (DecodingError, IntegrityError):
            return None
        return body if body["expires"] > self._clock() else None
