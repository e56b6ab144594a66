"""The use cases. Each state change is one script call; each outcome is a value of ``model``."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from redis.asyncio import Redis

from storage import audit, envelope, keys, replies
from storage.alarms import alarm
from storage.attention import Attention
from storage.composer import Composer
from storage.durable import NOTHING, Wait
from storage.envelope import Stretched
from storage.errors import IntegrityError, NoRoom, NotDurable, StoreFault, StoreUnavailable
from storage.extending import Extending
from storage.memory import MemoryWatch
from storage.model import (
    Agent,
    Content,
    Event,
    Kind,
    Lifetime,
    Link,
    LinkKey,
    Nonce,
    Passphrase,
    Preset,
    Proof,
    Reader,
    Record,
    Seconds,
    SecretId,
    State,
    Submission,
    UserId,
    Verifiers,
    WorkspaceId,
    tag_of,
)
from storage.notices import Places
from storage.outcomes import (
    Acknowledged,
    AgainstPolicy,
    AlreadyEnded,
    Burned,
    Duplicate,
    Full,
    Gone,
    Look,
    NotAllowed,
    NotForYou,
    Opened,
    PassphraseRequired,
    Reserved,
    Rule,
    SessionRequired,
    Shared,
    Unavailable,
    Waiting,
    WrongPassphrase,
)
from storage.policy import Policy
from storage.scripts import Watch
from storage.seal import (
    KeyRing,
    open_blob,
    open_record,
    verifier,
)
from storage.speaking import Speaking
from storage.store import translated
from storage.stretcher import Stretcher
from storage.tickets import Session
from storage.usecase import CHANGES_AT_MOST, NOBODY, limited, seconds
from storage.wording import Wording

SWEEP_BATCH = 200
SWEEP_AT_ONCE = 8
ATTEMPT_SIZE = 8  # tells one answer from the next of the same secret


class Vault(Composer, Extending, Attention, Wording, Speaking):
    """Everything the edges may do with secrets and requests."""

    def __init__(
        self,
        redis: Redis,
        ring: KeyRing,
        clock: Callable[[], float] = time.time,
        policy: Policy | None = None,
        watch: Watch | None = None,
        wait: Wait = NOTHING,
    ) -> None:
        super().__init__(redis, ring, clock, policy, watch, wait)
        self._stretcher = Stretcher()
        self.places = Places(redis)
        self._memory = MemoryWatch(redis)

    async def share(
        self,
        agent: Agent,
        content: Content,
        *,
        label: str,
        lifetime: Lifetime,
        single_use: bool,
        passphrase: Passphrase | None = None,
        submission: Submission | None = None,
    ) -> Shared | Duplicate | Full | AgainstPolicy:
        """Encrypt under a new link and store it, in one store call.

        The same press of Submit again is a Duplicate; another press in the same Slack view
        destroys the view's first secret in the same step, since its answer must have got lost.
        Raises DamagedContent when the content is too large, StoreError.
        """
        rule = self._rule_for_typed(lifetime, has_passphrase=bool(passphrase))
        against = await self._against(agent, rule)
        if against:
            return against
        sid = SecretId.new(agent.workspace)
        key, token = envelope.new_link_key(Kind.SHARE, sid)
        stretched = await self._stretcher.stretch(passphrase, key, sid) if passphrase else None
        verifiers = Verifiers(
            link=verifier(self._ring.current, "link", sid, envelope.link_proof(key, sid)),
            passphrase=self._passphrase_verifier(key, stretched, sid),
        )
        blob = envelope.seal(content, key, sid, stretched=stretched)
        made = await self._keep_share(
            agent,
            sid,
            blob,
            label=label,
            preset=Preset(lifetime, single_use),
            argon2=envelope.COST if stretched else None,
            verifiers=verifiers,
            submission=submission,
        )
        match made:
            case Record() as kept:
                link = Link(Kind.SHARE, sid, token)
                return Shared(link, kept.expires, single_use, bool(passphrase))
            case replies.Exists():
                raise StoreFault("the secret could not be stored")
            case refusal:
                return refusal

    async def reserve(
        self, agent: Agent, submission: Submission, *, lifetime: Lifetime, has_passphrase: bool
    ) -> Reserved | Duplicate | Full | AgainstPolicy:
        """Ask, in one store call, whether a secret that takes a while to make would be taken.

        Afterwards ``share`` with the submission of the answer makes it, unless a later press in
        the same view took its place. Raises StoreError.
        """
        rule = self._rule_for_typed(lifetime, has_passphrase=has_passphrase)
        against = await self._against(agent, rule)
        if against:
            return against
        try:
            done = await self._scripts.reserve(agent, submission, self.policy.creates_per_hour)
        except NoRoom:
            return Full()
        match done:
            case replies.PressTaken():
                return Reserved(replace(submission, reserved=True))
            case replies.SamePress():
                return Duplicate()
            case replies.Limited(again_ms):
                return limited(again_ms)

    def _rule_for_typed(self, lifetime: Lifetime, *, has_passphrase: bool) -> Rule | None:
        """What forbids a secret whose text went through Slack."""
        if self.policy.browser_only:
            return Rule.BROWSER_ONLY
        return self._rule_for_secret(lifetime, has_passphrase=has_passphrase)

    async def presets(self, workspace: WorkspaceId) -> dict[UserId, Preset]:
        """What each agent of the workspace chose last."""
        async with translated():
            found: dict[bytes, bytes] = await self._redis.hgetall(  # type: ignore[assignment]
                keys.presets(tag_of(workspace))
            )
        read = ((name.decode().partition("|"), _preset(chosen)) for name, chosen in found.items())
        return {UserId(user): preset for (room, _, user), preset in read if room == workspace}

    async def preset(self, agent: Agent) -> Preset | None:
        """What this agent chose last; None when nothing is remembered."""
        name = f"{agent.workspace}|{agent.user}"
        async with translated():
            chosen: bytes | None = await self._redis.hget(  # type: ignore[assignment]
                keys.presets(tag_of(agent.workspace)), name
            )
        return _preset(chosen) if chosen else None

    def _passphrase_verifier(
        self, key: LinkKey, stretched: Stretched | None, sid: SecretId
    ) -> bytes:
        if not stretched:
            return b""
        proof = envelope.passphrase_proof(key, stretched, sid)
        return verifier(self._ring.current, "passphrase", sid, proof)

    async def look(
        self, sid: SecretId, proof: Proof, reader: Reader, session: Session | None = None
    ) -> Look | Unavailable | Gone:
        """See what a link holder may know before the click; changes nothing while it lives.

        Of a request, by its collect link: needs no session, so that a page can say "waiting".
        """
        seen = self._seen(sid, reader, session)
        reply = await self._scripts.look(sid, self._candidates(sid, proof), seen)
        match reply:
            case replies.Active(sealed, views, tries, state, language):
                if not await self._believe(sid, sealed):
                    return NOBODY
                record = open_record(self._ring, sid, sealed)
                return Look(record, views, tries, state, language)
            case refusal:
                return await self._refused(sid, refusal)

    async def open(
        self,
        sid: SecretId,
        proof: Proof,
        nonce: Nonce,
        reader: Reader,
        passphrase_proof: Proof | None = None,
        session: Session | None = None,
    ) -> (
        Opened
        | PassphraseRequired
        | WrongPassphrase
        | Waiting
        | SessionRequired
        | NotForYou
        | Unavailable
        | Gone
    ):
        """Claim and hand out the ciphertext: at most one nonce ever gets it when single use.

        A request's answer is collected by its collect link and a session that may. Raises
        StoreUnavailable when nothing is handed out: the same nonce may ask again for 30 seconds.
        """
        candidates = self._candidates(sid, proof, nonce, passphrase_proof)
        attempt = secrets.token_bytes(ATTEMPT_SIZE)
        seen = self._seen(sid, reader, session)
        try:
            reply = await self._scripts.open(sid, candidates, seen, attempt)
        except StoreUnavailable as error:
            # Nothing is handed out. Where the reply itself got lost, whether it claimed is unknown:
            # the token tells, once the store answers again.
            has_claimed = isinstance(error, NotDurable) and error.outcome == "opened"
            self._withheld.note(sid, attempt, claimed=has_claimed)
            raise
        match reply:
            case replies.Claimed() as claimed:
                return await self._handed_out(sid, claimed)
            case replies.Locked(sealed):
                return await self._told(sid, sealed, PassphraseRequired())
            case replies.Wrong(sealed, tries):
                return await self._told(sid, sealed, WrongPassphrase(tries))
            case replies.Unanswered(sealed):
                return await self._told(sid, sealed, Waiting())
            case replies.Barred() as barred:
                return await self._barred(sid, barred)
            case refusal:
                return await self._refused(sid, refusal)

    async def _handed_out(
        self, sid: SecretId, claimed: replies.Claimed
    ) -> Opened | Unavailable | Gone:
        master = await self._believe(sid, claimed.sealed)
        if not master:
            return NOBODY
        try:
            blob = open_blob(master, sid, claimed.sealed.mac, claimed.stored)
        except IntegrityError:
            await self._tainted(sid)
            return Gone(State.TAMPERED, self._now)
        return Opened(blob, claimed.views, seconds(claimed.retry_until_ms))

    async def ack(
        self, sid: SecretId, proof: Proof, nonce: Nonce
    ) -> Acknowledged | Unavailable | Gone:
        """The page has decrypted: end the retry window. Idempotent for the same nonce."""
        match await self._scripts.ack(sid, self._candidates(sid, proof, nonce)):
            case replies.Acked(sealed):
                return await self._told(sid, sealed, Acknowledged())
            case refusal:
                return await self._refused(sid, refusal)

    async def burn(
        self, agent: Agent, sid: SecretId, *, undelivered: bool = False
    ) -> Burned | AlreadyEnded | NotAllowed | Unavailable:
        """Destroy a secret or a request; only its creator or an admin may. Raises StoreError.

        ``undelivered``: its link never reached the agent, so the trail says "replaced".
        """
        event = Event.REPLACED if undelivered else Event.BURNED
        for _ in range(CHANGES_AT_MOST):
            found = await self._find(agent.workspace, sid, agent.user)
            if not found or not found.stored or not found.summary.record:
                return NOBODY
            if not self.policy.may_burn(agent.user, found.summary.record.creator):
                return NotAllowed()
            match await self._scripts.burn(sid, found.stored.sealed.mac, agent.user, event):
                case replies.Destroyed(received_ms):
                    status = replace(
                        found.summary.status,
                        state=State.BURNED,
                        at=Seconds(found.stored.now_ms // 1000),
                        received=seconds(received_ms),
                    )
                    return Burned(replace(found.summary, status=status))
                case None:
                    # It had ended, perhaps between the two calls: say how.
                    again = await self._find(agent.workspace, sid)
                    return AlreadyEnded((again or found).summary)
                case replies.Changed():
                    continue
        raise StoreFault("the record changed again and again while it was being burned")

    async def sweep(self, workspace: WorkspaceId) -> int:
        """Do what time does: expire, notice losses, forget after retention. Count of changes."""
        disturbed = await self._memory.disturbed()
        changed, last = 0, list[SecretId]()
        # To the end, however much is due at once; what can't be read stays due and ends it.
        while (ids := await self._scripts.due(workspace, SWEEP_BATCH)) != last:
            changed, last = changed + await self._swept(ids), ids
            if len(ids) < SWEEP_BATCH:
                break
        if disturbed:  # now, not when each one's day is over
            async for batch in self._scripts.every(workspace, SWEEP_BATCH):
                changed += await self._swept(batch)
        await self._scripts.fade(workspace, SWEEP_BATCH)
        await audit.trim(self._redis, workspace, self.policy.audit_retention)
        return changed

    async def _swept(self, ids: Sequence[SecretId]) -> int:
        """Look after each; some at once, so that what is asked for together shares the disk's time."""
        changed = 0
        for start in range(0, len(ids), SWEEP_AT_ONCE):
            some = ids[start : start + SWEEP_AT_ONCE]
            changed += sum(await asyncio.gather(*map(self._swept_one, some)))
        return changed

    async def _swept_one(self, sid: SecretId) -> bool:
        """Whether it changed."""
        try:
            done = await self._scripts.sweep(sid, self.policy.audit_retention * 1000)
            if isinstance(done, replies.Vanished):
                done = await self._vanished(sid, done.created_ms)
        except StoreFault:
            alarm("unreadable", sid)  # and on to the next: one odd record holds up nobody
            return False
        if done in {"lost", "withheld"}:
            alarm("lost" if done == "lost" else "withheld", sid)
        return done != "kept"

    async def _vanished(self, sid: SecretId, created_ms: int) -> str:
        """Gather from the stream what is left of a record that is gone, and put the loss on it."""
        workspace, trail = await audit.search(self._redis, sid, created_ms)
        retention_ms = self.policy.audit_retention * 1000
        told = await self._scripts.vanish(sid, workspace, retention_ms, trail)
        return "lost" if told else "kept"


def _preset(chosen: bytes) -> Preset:
    seconds, single_use = chosen.split()
    return Preset(Lifetime(int(seconds)), single_use == b"1")
