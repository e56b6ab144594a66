"""The use cases. Each state change is one script call; each outcome is a value of ``model``."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from redis.asyncio import Redis

from storage import audit, envelope, keys, records, replies
from storage.alarms import alarm
from storage.errors import DecodingError, IntegrityError, NoRoom, StoreFault, Unreadable
from storage.model import (
    DAY,
    Acknowledged,
    Agent,
    AlreadyEnded,
    Burned,
    Content,
    Details,
    Duplicate,
    Full,
    Gone,
    HistoryPage,
    Kind,
    Lifetime,
    Link,
    LinkKey,
    Look,
    Nonce,
    NotAllowed,
    Opened,
    Proof,
    Reader,
    Record,
    Seconds,
    SecretId,
    Shared,
    State,
    Submission,
    Summary,
    Unavailable,
    Verifiers,
    WorkspaceId,
    tag_of,
)
from storage.replies import Candidate, Seen
from storage.scripts import Scripts
from storage.seal import (
    KeyRing,
    MasterKey,
    SealedRecord,
    address_mark,
    check_record,
    open_blob,
    open_record,
    seal_blob,
    seal_reader,
    seal_record,
    verifier,
)
from storage.store import translated
from storage.wire import split

PAGE = 10
AUDIT_RETENTION = 90 * DAY
SWEEP_BATCH = 200
_PUT_ATTEMPTS = 4  # the first, a clock correction, a replacement, and one spare


class Vault:
    """Everything the edges may do with secrets. ``ring`` holds the server's keys."""

    def __init__(self, redis: Redis, ring: KeyRing, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._ring = ring
        self._scripts = Scripts(redis)
        self._clock = clock

    async def share(
        self,
        agent: Agent,
        content: Content,
        *,
        label: str,
        lifetime: Lifetime,
        single_use: bool,
        submission: Submission | None = None,
    ) -> Shared | Duplicate | Full:
        """Encrypt under a new link and store it, in one store call.

        The same press of Submit again is a Duplicate; another press in the same Slack view
        destroys the view's first secret in the same step, since its answer must have got lost.
        Raises DamagedContent when the content is too large, StoreError.
        """
        created = Seconds(int(self._clock()))
        replaced = None
        for _ in range(_PUT_ATTEMPTS):
            sid = SecretId.new(agent.workspace)
            key, token = envelope.new_link_key(Kind.SHARE, sid)
            record = self._new_record(
                agent,
                sid,
                key,
                label=label,
                created=created,
                expires=Seconds(created + lifetime.seconds),
                single_use=single_use,
            )
            sealed = seal_record(self._ring.current, record)
            blob = envelope.seal(content, key, sid)
            stored = seal_blob(self._ring.current, sid, sealed.mac, blob)
            press = (agent.workspace, submission) if submission else None
            try:
                done = await self._scripts.put(
                    sid, sealed, stored, agent.user, submission=press, old=replaced
                )
            except NoRoom:
                return Full()
            match done:
                case replies.Created():
                    return Shared(Link(Kind.SHARE, sid, token), record.expires, single_use)
                case replies.SamePress():
                    return Duplicate()
                case replies.Replaces(other):
                    replaced = other
                case replies.ClockOff(now_ms):
                    # Times are the store's: expiry is decided by its clock.
                    created = Seconds(now_ms // 1000)
                case replies.Exists():
                    continue
        raise StoreFault("the secret could not be stored")

    def _new_record(
        self,
        agent: Agent,
        sid: SecretId,
        key: LinkKey,
        *,
        label: str,
        created: Seconds,
        expires: Seconds,
        single_use: bool,
    ) -> Record:
        master = self._ring.current
        return Record(
            id=sid,
            workspace=agent.workspace,
            creator=agent.user,
            kind=Kind.SHARE,
            label=label,
            workspace_name=agent.workspace_name,
            agent_name=agent.name,
            what="",
            fields=(),
            single_use=single_use,
            created=created,
            expires=expires,
            argon2=None,
            verifiers=Verifiers(link=verifier(master, "link", sid, envelope.link_proof(key, sid))),
            public_key=b"",
            collect_by="",
            key_name=master.name,
        )

    async def look(self, sid: SecretId, proof: Proof, reader: Reader) -> Look | Unavailable | Gone:
        """See what a link holder may know before the click; changes nothing while it lives."""
        reply = await self._scripts.look(sid, self._candidates(sid, proof), self._seen(sid, reader))
        match reply:
            case replies.Active(sealed, views):
                master = await self._believe(sid, sealed)
                return Look(open_record(self._ring, sid, sealed), views) if master else _NOBODY
            case refusal:
                return await self._refused(sid, refusal)

    async def open(
        self, sid: SecretId, proof: Proof, nonce: Nonce, reader: Reader
    ) -> Opened | Unavailable | Gone:
        """Claim and hand out the ciphertext: at most one nonce ever gets it when single use."""
        candidates = self._candidates(sid, proof, nonce)
        match await self._scripts.open(sid, candidates, self._seen(sid, reader)):
            case replies.Claimed(sealed, stored, views, until_ms):
                master = await self._believe(sid, sealed)
                if not master:
                    return _NOBODY
                try:
                    blob = open_blob(master, sid, sealed.mac, stored)
                except IntegrityError:
                    await self._tainted(sid, sealed)
                    return Gone(State.TAMPERED, Seconds(int(self._clock())))
                return Opened(blob, views, Seconds(until_ms // 1000) if until_ms else None)
            case refusal:
                return await self._refused(sid, refusal)

    async def ack(
        self, sid: SecretId, proof: Proof, nonce: Nonce
    ) -> Acknowledged | Unavailable | Gone:
        """The page has decrypted: end the retry window. Idempotent for the same nonce."""
        match await self._scripts.ack(sid, self._candidates(sid, proof, nonce)):
            case replies.Acked(sealed):
                return Acknowledged() if await self._believe(sid, sealed) else _NOBODY
            case refusal:
                return await self._refused(sid, refusal)

    async def burn(
        self, agent: Agent, sid: SecretId
    ) -> Burned | AlreadyEnded | NotAllowed | Unavailable:
        """Destroy a secret; only its creator may. Raises StoreError."""
        found = await self._find(agent.workspace, sid)
        if isinstance(found, Unavailable) or not found[1].record:
            return _NOBODY
        if found[1].record.creator != agent.user:
            return NotAllowed()
        if await self._scripts.burn(sid, found[0].sealed.mac, agent.user):
            now = Seconds(found[0].now_ms // 1000)
            status = replace(found[1].status, state=State.BURNED, at=now)
            return Burned(replace(found[1], status=status))
        # It had ended, perhaps between the two calls: say how.
        again = await self._find(agent.workspace, sid)
        return AlreadyEnded(found[1] if isinstance(again, Unavailable) else again[1])

    async def history(
        self, workspace: WorkspaceId, *, as_of_ms: int | None = None, offset: int = 0
    ) -> HistoryPage:
        """Ten rows, newest first. ``as_of_ms`` of the first page keeps later pages still."""
        index = keys.index(tag_of(workspace))
        async with translated():
            found: list[tuple[bytes, float]] = await self._redis.zrevrangebyscore(
                index,
                as_of_ms or "+inf",
                "-inf",
                start=offset,
                num=PAGE + 1,
                withscores=True,
            )  # type: ignore[assignment]  # redis-py types every reply as a union of all
        known = await self._scripts.known(index, [name for name, _ in found[:PAGE]])
        scores = {name.decode("ascii", "replace"): int(score) for name, score in found}
        shown = [(sid, scores[sid.value]) for sid in known]
        stored = await self._scripts.read([sid for sid, _ in shown])
        rows = []
        for (sid, created_ms), record in zip(shown, stored, strict=True):
            row = await self._summary(workspace, sid, created_ms, record)
            if row:
                rows.append(row)
        newest = as_of_ms or (shown[0][1] if shown else int(self._clock() * 1000))
        return HistoryPage(tuple(rows), newest, offset, more=len(found) > PAGE)

    async def details(self, workspace: WorkspaceId, sid: SecretId) -> Details | Unavailable:
        """Give a secret's summary and its whole audit trail, oldest entry first."""
        found = await self._find(workspace, sid)
        if isinstance(found, Unavailable):
            return found
        stored, summary = found
        entries = await audit.trail(self._redis, self._ring, workspace, sid, stored.trail)
        return Details(summary, entries, trimmed=len(stored.trail) - len(entries))

    async def sweep(self, workspace: WorkspaceId) -> int:
        """Do what time does: expire, notice losses, forget after retention. Count of changes."""
        changed = 0
        for sid in await self._scripts.due(workspace, SWEEP_BATCH):
            try:
                done = await self._scripts.sweep(sid, AUDIT_RETENTION * 1000)
            except StoreFault:
                alarm("unreadable", sid)  # and on to the next: one odd record holds up nobody
                continue
            if done == "lost":
                alarm("lost", sid)
            changed += done != "kept"
        await audit.trim(self._redis, workspace, AUDIT_RETENTION)
        return changed

    async def _find(
        self, workspace: WorkspaceId, sid: SecretId
    ) -> tuple[replies.Stored, Summary] | Unavailable:
        """Read one record of this workspace; another workspace's is as if it did not exist."""
        if sid.tag != tag_of(workspace):
            return _NOBODY
        (stored,) = await self._scripts.read([sid])
        if stored is None:
            return _NOBODY
        summary = await self._summary(workspace, sid, 0, stored)
        return (stored, summary) if summary else _NOBODY

    async def _summary(
        self, workspace: WorkspaceId, sid: SecretId, created_ms: int, stored: replies.Stored | None
    ) -> Summary | None:
        summary = records.summarise(self._ring, sid, created_ms, stored)
        # Two workspaces may share a tag. A record that can't be believed is shown to both (its
        # time and ref, nothing else): its own word about whose it is may be what was altered.
        if summary.record and summary.record.workspace != workspace:
            return None
        if stored and summary.status.state is State.TAMPERED != stored.state:
            await self._tainted(sid, stored.sealed)
        return summary

    def _candidates(
        self, sid: SecretId, proof: Proof, nonce: Nonce | None = None
    ) -> Sequence[Candidate]:
        """One per configured key: the script picks by the record's key, still in one call."""
        return [
            Candidate(
                master.name,
                verifier(master, "link", sid, proof),
                verifier(master, "nonce", sid, nonce) if nonce else b"",
            )
            for master in self._ring
        ]

    def _seen(self, sid: SecretId, reader: Reader) -> Seen:
        sealed = seal_reader(self._ring, sid, reader)
        return Seen(sealed, address_mark(self._ring.current, sid, reader.address))

    async def _believe(self, sid: SecretId, sealed: SealedRecord) -> MasterKey | None:
        """Check the mac before anything else of a reply is believed; mark what was altered."""
        try:
            return check_record(self._ring, sid, sealed)
        except Unreadable:
            return None
        except IntegrityError:
            await self._tainted(sid, sealed)
            return None

    async def _refused(
        self, sid: SecretId, refusal: replies.Ended | replies.Unproven | replies.Missing
    ) -> Unavailable | Gone:
        if isinstance(refusal, replies.Missing):
            return _NOBODY
        if not await self._believe(sid, refusal.sealed) or isinstance(refusal, replies.Unproven):
            return _NOBODY
        if refusal.reason is State.LOST:
            alarm("lost", sid)
        return Gone(refusal.reason, Seconds(refusal.at_ms // 1000))

    async def _tainted(self, sid: SecretId, sealed: SealedRecord) -> None:
        if await self._scripts.taint(sid, _workspace(sealed)):
            alarm("tampered", sid)


def _workspace(sealed: SealedRecord) -> WorkspaceId | None:
    """The workspace that a record names, believed or not."""
    try:
        return WorkspaceId(split(sealed.part)[2].decode())
    except (DecodingError, IndexError, UnicodeDecodeError):
        return None


_NOBODY = Unavailable()
