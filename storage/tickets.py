"""Tickets and sessions: how a browser becomes an agent's.

A ticket stands in the fragment of a Slack URL button. It is opaque (sealed under k_ticket), bound
to workspace, user and purpose, short-lived, and used once; its used-mark is in the store. The page
trades it for a session: a sealed cookie that carries only what its tickets granted. Tickets that
are redeemed later add to it.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from storage import keys
from storage.errors import DecodingError, IntegrityError, StoreFault
from storage.model import (
    DAY,
    Agent,
    CollectBy,
    Hidden,
    Kind,
    Record,
    Seconds,
    SecretId,
    UserId,
    WorkspaceId,
    tag_of,
)
from storage.scripts import Script
from storage.seal import NAME_SIZE, KeyRing, open_token, seal_token
from storage.wire import b64u, unb64u

T = TypeVar("T")
SESSION_LIFE = DAY // 2
_READ = 256  # cookies
MAX_LENGTH = 4000  # browsers keep cookies of up to 4,096 bytes, name and attributes included
# What a session remembers of one sort, the newest ones: its cookie must not outgrow that.
MOST_GRANTED = 20


class Purpose(StrEnum):
    """What a ticket is for."""

    VISIT = "visit"
    COMPOSE = "compose"
    COLLECT = "collect"


_PURPOSES = {str(purpose): purpose for purpose in Purpose}
LIFE = {Purpose.VISIT: 10 * 60, Purpose.COMPOSE: 60 * 60, Purpose.COLLECT: 10 * 60}


class Ticket(Hidden):
    """The text of a ticket."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a ticket is about besides its purpose.

    *Collect* names its ``request``. *Compose* says what the page offers to make first (``kind``,
    SHARE or REQUEST), and the ``channel`` of the modal that its button stood in, '' for none.
    """

    request: SecretId | None = None
    channel: str = ""
    kind: Kind = Kind.SHARE


NO_ERRAND = Errand()


@dataclass(frozen=True, slots=True)
class Session:
    """Whose browser this is, and what its tickets granted.

    ``requests`` are those that it may collect, as far as tickets decide that; ``channels`` those in
    which a composer was opened; oldest first.
    """

    workspace: WorkspaceId
    workspace_name: str
    user: UserId
    name: str
    grants: frozenset[Purpose]
    expires: Seconds
    requests: tuple[SecretId, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        """How the scripts name this person."""
        return f"{self.workspace}|{self.user}"

    @property
    def viewer(self) -> str:
        """The same, where a ticket has made this browser known as theirs."""
        return self.person if Purpose.VISIT in self.grants else ""

    @property
    def agent(self) -> Agent:
        """Who acts in this browser."""
        return Agent(self.workspace, self.workspace_name, self.user, self.name)

    @property
    def may_compose(self) -> bool:
        """Whether secrets and requests may be made here."""
        return Purpose.COMPOSE in self.grants

    def may_collect(self, record: Record) -> bool:
        """Whether this browser may collect that answer; open.lua decides the same by itself."""
        theirs = record.creator == self.user or record.collect_by != str(CollectBy())
        here = record.workspace == self.workspace and record.id in self.requests
        return record.is_request and here and theirs

    def has(self, purpose: Purpose, errand: Errand) -> bool:
        """Whether a ticket for this would add nothing."""
        return (
            purpose in self.grants
            and (not errand.request or errand.request in self.requests)
            and (not errand.channel or errand.channel in self.channels)
        )

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
    errand: Errand = NO_ERRAND


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
        self._use = Script("ticket")
        # A composing browser shows the same cookie each time. What is refused is not kept, and
        # whether a cookie's time is over is asked each time.
        self._read = lru_cache(_READ)(self._session)

    def issue(self, agent: Agent, purpose: Purpose, errand: Errand = NO_ERRAND) -> Ticket:
        """Make a ticket for a URL button. No I/O."""
        if (purpose is Purpose.COLLECT) != bool(errand.request):
            raise ValueError("a ticket to collect names its request, and no other does")
        body = {
            "workspace": agent.workspace,
            "workspace_name": agent.workspace_name,
            "user": agent.user,
            "name": agent.name,
            "purpose": purpose,
            "expires": int(self._clock()) + LIFE[purpose],
            "mark": b64u(secrets.token_bytes(16)),
            "request": errand.request.value if errand.request else "",
            "channel": errand.channel,
            "kind": errand.kind,
        }
        return Ticket(self._sealed("ticket", body).encode())

    async def redeem(
        self, ticket: Ticket, present: Session | None
    ) -> Redeemed | TicketUsed | TicketExpired:
        """Trade a ticket for a session; grants of the same person's ``present`` one are kept.

        A used ticket with a live session of the same person and purpose answers as the first
        time: a reload must not lock an agent out. Raises StoreError.
        """
        try:
            body = self._unsealed("ticket", ticket.expose().decode("ascii", "replace"))
        except (DecodingError, IntegrityError):
            return TicketExpired()
        if body["expires"] <= self._clock() or body["purpose"] not in set(Purpose):
            return TicketExpired()
        purpose, workspace = Purpose(body["purpose"]), WorkspaceId(body["workspace"])
        errand = _errand(body)
        # Another person's session in the same browser ends here: it lends nothing to this one.
        if present and (present.workspace, present.user) != (workspace, body["user"]):
            present = None
        first = await self._first_use(workspace, body["mark"], LIFE[purpose])
        if not first and not (present and present.has(purpose, errand)):
            return TicketUsed()
        session = Session(
            workspace,
            str(body["workspace_name"]),
            UserId(body["user"]),
            str(body["name"]),
            frozenset({purpose}) | (present.grants if present else frozenset()),
            Seconds(int(self._clock()) + SESSION_LIFE),
            _added(present.requests if present else (), errand.request),
            _added(present.channels if present else (), errand.channel),
        )
        return Redeemed(purpose, session, self._cookie(session), errand)

    def session(self, cookie: str) -> Session | None:
        """Read a cookie; None for one that is old, altered or not ours."""
        try:
            session = self._read(cookie)
        except (DecodingError, IntegrityError):
            return None
        return session if session.expires > self._clock() else None

    def _session(self, cookie: str) -> Session:
        """Raise DecodingError, IntegrityError for what is not ours."""
        body = self._unsealed("session", cookie)
        return Session(
            WorkspaceId(body["workspace"]),
            str(body["workspace_name"]),
            UserId(body["user"]),
            str(body["name"]),
            frozenset(_PURPOSES[grant] for grant in body["grants"] if grant in _PURPOSES),
            Seconds(body["expires"]),
            # A cookie from before there were requests has neither.
            tuple(SecretId(name) for name in body.get("requests", ())),
            tuple(str(channel) for channel in body.get("channels", ())),
        )

    async def _first_use(self, workspace: WorkspaceId, mark: str, life: int) -> bool:
        names = [keys.ticket(workspace, mark), keys.fading(tag_of(workspace))]
        match await self._use(self._redis, names, [life + 60]):
            case [b"first"]:
                return True
            case [b"used"]:
                return False
            case _:
                raise StoreFault("ticket.lua gave an unknown reply")

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
                "requests": [sid.value for sid in session.requests],
                "channels": session.channels,
            },
        )

    def _sealed(self, purpose: str, body: dict[str, Any]) -> str:
        master = self._ring.current
        # As UTF-8, not in escapes: names in any script must fit a Slack button's address.
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        return b64u(master.name.encode() + seal_token(master, purpose, text.encode()))

    def _unsealed(self, purpose: str, text: str) -> dict[str, Any]:
        raw = unb64u(text[:MAX_LENGTH])
        master = self._ring.named(raw[:NAME_SIZE].decode("ascii", "replace"))
        body: dict[str, Any] = msgspec.json.decode(open_token(master, purpose, raw[NAME_SIZE:]))
        return body


def _errand(body: dict[str, Any]) -> Errand:
    """Read a ticket's errand; one from before there were any has none."""
    name = body.get("request", "")
    kind = Kind(body.get("kind", Kind.SHARE))
    return Errand(SecretId(name) if name else None, str(body.get("channel", "")), kind)


def _added(known: tuple[T, ...], new: T | None) -> tuple[T, ...]:
    """Put the newest last and let go of the oldest."""
    if not new:
        return known
    return (*(one for one in known if one != new), new)[-MOST_GRANTED:]
