"""What every use case stands on: keys and scripts, and that nothing is believed before its mac is."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from redis.asyncio import Redis

from storage import audit, replies
from storage.alarms import alarm
from storage.durable import NOTHING, Durable, Wait
from storage.errors import IntegrityError, NoRoom, StoreFault, Unreadable
from storage.model import (
    Agent,
    Kind,
    Lifetime,
    Nonce,
    Proof,
    Reader,
    Record,
    Seconds,
    SecretId,
    UserId,
    Verifiers,
    WorkspaceId,
)
from storage.outcomes import (
    AgainstPolicy,
    Duplicate,
    Full,
    Gone,
    NotForYou,
    Rule,
    SessionRequired,
    Unavailable,
)
from storage.policy import Policy
from storage.replies import Candidate, PutReply, Seen
from storage.request_scripts import RequestScripts
from storage.scripts import Scripts, Watch
from storage.seal import (
    KeyRing,
    MasterKey,
    SealedRecord,
    address_mark,
    check_record,
    seal_reader,
    seal_record,
    verifier,
)
from storage.tickets import Session, Tickets
from storage.withheld import Withheld

T = TypeVar("T")
NOBODY = Unavailable()
PUBLIC_KEY_SIZE = 1216  # X-Wing: ML-KEM-768's 1,184 and X25519's 32
# Between the look at a record and the script that changes it, somebody may extend its life: then
# once more. It does not happen again and again, since each takes a person's click.
CHANGES_AT_MOST = 3
_PUT_ATTEMPTS = 4  # the first, a clock correction, a replacement, and one spare

# Puts a sealed record; the id is that of what it replaces.
Put = Callable[[SealedRecord, SecretId | None], Awaitable[PutReply]]


class UseCases:
    """Shared by the vault's parts. ``ring`` holds the server's keys.

    ``policy`` binds whoever asks for a secret, whichever edge they come from. ``watch`` notices a
    store that went back; without one, a restored store shows again what it showed before. ``wait``
    is what must have a change before anybody acts on it, beside the store's reply.
    """

    def __init__(
        self,
        redis: Redis,
        ring: KeyRing,
        clock: Callable[[], float] = time.time,
        policy: Policy | None = None,
        watch: Watch | None = None,
        wait: Wait = NOTHING,
    ) -> None:
        self.policy = policy or Policy()
        self._redis = redis
        self._ring = ring
        self.durable = Durable(redis, wait)
        self._scripts = Scripts(redis, self.durable, watch)
        self._request_scripts = RequestScripts(redis, self.durable, watch)
        self._withheld = Withheld(self._scripts)
        self._clock = clock
        self.tickets = Tickets(redis, ring, clock)
        self._decoy = _decoy(ring)

    async def aclose(self) -> None:
        """End what goes on in the background."""
        await self._withheld.aclose()

    @property
    def _now(self) -> Seconds:
        return Seconds(int(self._clock()))

    async def _keep(
        self, record: Record, put: Put
    ) -> Record | Duplicate | Full | AgainstPolicy | replies.Exists:
        """Store a new record, in one store call where clocks agree and nothing is replaced."""
        replaced = None
        for _ in range(_PUT_ATTEMPTS):
            try:
                done = await put(seal_record(self._ring.current, record), replaced)
            except NoRoom:
                return Full()
            match done:
                case replies.Created():
                    return record
                case replies.SamePress():
                    return Duplicate()
                case replies.Replaces(other):
                    replaced = other
                case replies.ClockOff(now_ms):
                    # Times are the store's: expiry is decided by its clock.
                    now = now_ms // 1000
                    ends = Seconds(now + record.expires - record.created)
                    record = replace(record, created=Seconds(now), expires=ends)
                case replies.Limited(again_ms):
                    return limited(again_ms)
                case replies.Exists():
                    return done
        raise StoreFault("the secret could not be stored")

    def _rule_for_secret(self, lifetime: Lifetime, *, has_passphrase: bool) -> Rule | None:
        """What forbids a secret wherever it is written."""
        if lifetime.seconds > self.policy.max_lifetime.seconds:
            return Rule.MAX_LIFETIME
        if self.policy.require_passphrase and not has_passphrase:
            return Rule.REQUIRE_PASSPHRASE
        return None

    async def _against(self, agent: Agent, rule: Rule | None) -> AgainstPolicy | Full | None:
        """Put a refusal on record; None when there is nothing to refuse."""
        return None if rule is None else await self._put_against(agent, rule)

    async def _put_against(self, agent: Agent, rule: Rule) -> AgainstPolicy | Full:
        try:
            await audit.refused_by_policy(self._redis, agent.workspace, agent.user, rule)
        except NoRoom:
            return Full()  # no refusal without its entry, and nothing would be stored either way
        return AgainstPolicy(rule)

    def _candidates(
        self,
        sid: SecretId,
        proof: Proof,
        nonce: Nonce | None = None,
        passphrase_proof: Proof | None = None,
    ) -> Sequence[Candidate]:
        """One per configured key: the script picks by the record's key, still in one call."""
        return [
            Candidate(
                master.name,
                verifier(master, "link", sid, proof),
                verifier(master, "nonce", sid, nonce) if nonce else b"",
                verifier(master, "passphrase", sid, passphrase_proof) if passphrase_proof else b"",
            )
            for master in self._ring
        ]

    def _seen(self, sid: SecretId, reader: Reader, session: Session | None) -> Seen:
        sealed = seal_reader(self._ring, sid, reader)
        mark = address_mark(self._ring.current, sid, reader.address)
        if not session:
            return Seen(sealed, mark)
        return Seen(sealed, mark, session.viewer, session.person, sid in session.requests)

    async def _believe(self, sid: SecretId, sealed: SealedRecord) -> MasterKey | None:
        """Check the mac before anything else of a reply is believed; mark what was altered."""
        try:
            return check_record(self._ring, sid, sealed)
        except Unreadable:
            return None
        except IntegrityError:
            await self._tainted(sid)
            return None

    async def _told(self, sid: SecretId, sealed: SealedRecord, outcome: T) -> T | Unavailable:
        """The outcome that a reply stands for, if its record can be believed."""
        return outcome if await self._believe(sid, sealed) else NOBODY

    async def _refused(
        self, sid: SecretId, refusal: replies.Ended | replies.Unproven | replies.Missing
    ) -> Unavailable | Gone:
        if isinstance(refusal, replies.Missing):
            return await self._unknown()
        if not await self._believe(sid, refusal.sealed) or isinstance(refusal, replies.Unproven):
            return NOBODY
        if refusal.found:
            alarm(refusal.found, sid)
        return Gone(refusal.reason, Seconds(refusal.at_ms // 1000))

    async def _unknown(self) -> Unavailable:
        """Nobody, after the same work as for an id that is known: time must not tell them apart."""
        await self._believe(*self._decoy)
        return NOBODY

    async def _barred(
        self, sid: SecretId, barred: replies.Barred
    ) -> SessionRequired | NotForYou | Unavailable:
        outcome = NotForYou() if barred.helpless else SessionRequired()
        return await self._told(sid, barred.sealed, outcome)

    async def _tainted(self, sid: SecretId) -> None:
        if await self._scripts.taint(sid):
            alarm("tampered", sid)


def _decoy(ring: KeyRing) -> tuple[SecretId, SealedRecord]:
    """A record of the usual size that is in no store, and its id."""
    workspace = WorkspaceId("")
    sid = SecretId.new(workspace)
    record = Record(
        id=sid,
        workspace=workspace,
        creator=UserId(""),
        kind=Kind.REQUEST,
        label="Customer, ticket 4711",
        workspace_name="Example Support",
        agent_name="agent",
        what="Login details",
        fields=("Username", "Password"),
        single_use=True,
        created=Seconds(0),
        expires=Seconds(0),
        argon2=None,
        verifiers=Verifiers(link=bytes(32), submit=bytes(32)),
        public_key=bytes(PUBLIC_KEY_SIZE),
        collect_by="me",
        key_name=ring.current.name,
    )
    return sid, seal_record(ring.current, record)


def limited(again_ms: int) -> AgainstPolicy:
    """CREATES_PER_HOUR: when the next one is allowed."""
    return AgainstPolicy(Rule.CREATES_PER_HOUR, Seconds(again_ms // 1000 + 1))


def seconds(ms: int | None) -> Seconds | None:
    """Milliseconds of the store's clock as the API says times."""
    return Seconds(ms // 1000) if ms is not None else None
