"""Requests: an agent asks, whoever has the link answers, and what came in is collected.

The server holds the public key and ciphertext that it cannot open. Collecting is ``Vault.open``:
the same claim, behind a session.
"""

import hmac
from collections.abc import Sequence

from storage import replies
from storage.alarms import alarm
from storage.errors import DecodingError, NoRoom
from storage.model import (
    Agent,
    CollectBy,
    Event,
    Kind,
    Lifetime,
    Nonce,
    Proof,
    Reader,
    Record,
    Seconds,
    SecretId,
    State,
    Submission,
    Verifiers,
    tag_of,
)
from storage.outcomes import (
    AgainstPolicy,
    AlreadySubmitted,
    Asked,
    Duplicate,
    Exists,
    Full,
    Gone,
    NotForYou,
    RequestLook,
    Rule,
    Saved,
    SessionRequired,
    Submitted,
    Unavailable,
    Waiting,
    Withdrawn,
)
from storage.replies import (
    Candidate,
    Changed,
    Ended,
    Missing,
    PutReply,
    Seen,
    Sent,
    Taken,
    Unproven,
)
from storage.seal import (
    MasterKey,
    SealedRecord,
    open_record,
    seal_blob,
    submit_verifier,
    verifier,
)
from storage.tickets import Session
from storage.usecase import CHANGES_AT_MOST, NOBODY, PUBLIC_KEY_SIZE, UseCases, seconds


class Requests(UseCases):
    """The use cases of requests, as seen from either end."""

    async def ask(  # noqa: PLR0913 - the facts of a request, each by its name
        self,
        agent: Agent,
        sid: SecretId,
        *,
        public_key: bytes,
        submit_proof: Proof,
        link_proof: Proof,
        what: str,
        label: str,
        fields: Sequence[str],
        lifetime: Lifetime,
        collect_by: CollectBy,
        submission: Submission | None = None,
        composed: bool = False,
    ) -> Asked | Duplicate | Exists | Full | AgainstPolicy:
        """Store a request whose key pair the caller has made, in one store call.

        The same press of Submit again is a Duplicate, another in the same view destroys the first
        request in the same step. The same request again (creator and proofs) is Asked. Raises
        DecodingError for a key of another size or an id of another workspace, StoreError.
        """
        if len(public_key) != PUBLIC_KEY_SIZE or sid.tag != tag_of(agent.workspace):
            raise DecodingError("not a request of this workspace")
        against = await self._against(agent, self._rule_for_request(lifetime))
        if against:
            return against
        record = Record(
            id=sid,
            workspace=agent.workspace,
            creator=agent.user,
            kind=Kind.REQUEST,
            label=label,
            workspace_name=agent.workspace_name,
            agent_name=agent.name,
            what=what,
            fields=tuple(fields),
            single_use=True,
            created=self._now,
            expires=Seconds(self._now + lifetime.seconds),
            argon2=None,
            verifiers=Verifiers(
                link=verifier(self._ring.current, "link", sid, link_proof),
                submit=verifier(self._ring.current, "submit", sid, submit_proof),
            ),
            public_key=public_key,
            collect_by=str(collect_by),
            key_name=self._ring.current.name,
        )

        async def put(sealed: SealedRecord, old: SecretId | None) -> PutReply:
            limit = self.policy.creates_per_hour
            return await self._request_scripts.ask(
                sid,
                sealed,
                agent,
                creates_per_hour=limit,
                submission=submission,
                old=old,
                composed=composed,
            )

        match await self._keep(record, put):
            case Record() as kept:
                return Asked(kept.expires, kept)
            case replies.Exists(sealed):
                there = await self._made_by(agent, sid, sealed, link_proof)
                return Asked(there.expires, there) if there and there.is_request else Exists()
            case refusal:
                return refusal

    def _rule_for_request(self, lifetime: Lifetime) -> Rule | None:
        if not self.policy.requests:
            return Rule.REQUESTS
        if lifetime.seconds > self.policy.max_lifetime.seconds:
            return Rule.MAX_LIFETIME
        return None

    async def _made_by(
        self, agent: Agent, sid: SecretId, sealed: SealedRecord, link_proof: Proof
    ) -> Record | None:
        """Open the record that has this id already, if it is what this agent stores once more."""
        master = await self._believe(sid, sealed)
        if not master:
            return None
        record = open_record(self._ring, sid, sealed)
        same = hmac.compare_digest(
            verifier(master, "link", sid, link_proof), record.verifiers.link
        ) and (record.workspace, record.creator) == (agent.workspace, agent.user)
        return record if same else None

    async def request_status(self, sid: SecretId, submit_proof: Proof) -> RequestLook | Unavailable:
        """See a request by its own link; the receipt, as long as the history has it."""
        candidates = self._submitters(sid, submit_proof)
        match await self._request_scripts.receipt(sid, candidates):
            case replies.Receipt(sealed, state, received_ms, collected_ms, found, language):
                if not await self._believe(sid, sealed):
                    return NOBODY
                if found:
                    alarm(found, sid)
                record = open_record(self._ring, sid, sealed)
                return RequestLook(
                    record, state, seconds(received_ms), seconds(collected_ms), language
                )
            case replies.Unproven(sealed):
                await self._believe(sid, sealed)
                return NOBODY
            case replies.Missing():
                return await self._unknown()

    async def submit(
        self, sid: SecretId, submit_proof: Proof, nonce: Nonce, blob: bytes, reader: Reader
    ) -> Submitted | AlreadySubmitted | Full | Gone | Unavailable:
        """Store the answer, once: the record is read and verified, then the script compares macs.

        The same nonce again is the same submission. ``blob`` is what no server key opens.
        """
        seen = self._seen(sid, reader, None)
        try:
            done = await self._sent(sid, submit_proof, nonce, blob, seen)
        except NoRoom:
            return Full()
        match done:
            case None:
                return NOBODY
            case replies.Sent(now):
                return await self._told(sid, now, Submitted())
            case replies.Taken(now):
                return await self._told(sid, now, AlreadySubmitted())
            case replies.Changed():
                return NOBODY
            case refusal:
                return await self._refused(sid, refusal)

    async def _sent(
        self, sid: SecretId, submit_proof: Proof, nonce: Nonce, blob: bytes, seen: Seen
    ) -> Sent | Taken | Ended | Unproven | Changed | Missing | None:
        """None: not with this proof. Once more where somebody has extended it in between."""
        done = None
        for _ in range(CHANGES_AT_MOST):
            verified = await self._verified(sid, submit_proof)
            if not verified:
                return None
            master, mac = verified
            stored = seal_blob(master, sid, mac, blob)
            bound = verifier(master, "nonce", sid, nonce)
            done = await self._request_scripts.submit(sid, mac, stored, bound, seen)
            if not isinstance(done, Changed):
                break
        return done

    async def _verified(self, sid: SecretId, submit_proof: Proof) -> tuple[MasterKey, bytes] | None:
        """A request's key and mac, for a caller who has its link."""
        found = await self._request_scripts.sealed(sid)
        name, sealed = (sid, found) if found else self._decoy
        master = await self._believe(name, sealed)
        if not master:
            return None
        shown = verifier(master, "submit", sid, submit_proof)
        proven = hmac.compare_digest(shown, submit_verifier(sealed))
        return (master, sealed.mac) if found and proven else None

    async def withdraw(
        self, sid: SecretId, submit_proof: Proof, reader: Reader
    ) -> Withdrawn | AlreadySubmitted | Gone | Unavailable:
        """End a request by its own link, before anybody has collected the answer."""
        return await self._ended_by_link(sid, submit_proof, reader, Event.WITHDRAWN)

    async def unexpected(
        self, sid: SecretId, submit_proof: Proof, reader: Reader
    ) -> Withdrawn | AlreadySubmitted | Gone | Unavailable:
        """The same, from somebody who did not expect to be asked."""
        return await self._ended_by_link(sid, submit_proof, reader, Event.UNEXPECTED)

    async def _ended_by_link(
        self, sid: SecretId, submit_proof: Proof, reader: Reader, event: Event
    ) -> Withdrawn | AlreadySubmitted | Gone | Unavailable:
        candidates, seen = self._submitters(sid, submit_proof), self._seen(sid, reader, None)
        match await self._request_scripts.withdraw(sid, candidates, seen, event):
            case replies.Done(sealed):
                return await self._told(sid, sealed, Withdrawn())
            case refusal:
                refused = await self._refused(sid, refusal)
        match refused:
            case Gone(State.COLLECTED):
                return AlreadySubmitted()
            case _:
                return refused

    async def saved(
        self, sid: SecretId, link_proof: Proof, reader: Reader, session: Session | None
    ) -> Saved | Waiting | SessionRequired | NotForYou | Gone | Unavailable:
        """Put on record, once, that a collected answer is in the team's vault."""
        candidates = self._candidates(sid, link_proof)
        match await self._request_scripts.saved(sid, candidates, self._seen(sid, reader, session)):
            case replies.Done(sealed):
                return await self._told(sid, sealed, Saved())
            case replies.Unanswered(sealed):
                return await self._told(sid, sealed, Waiting())
            case replies.Barred() as barred:
                return await self._barred(sid, barred)
            case refusal:
                return await self._refused(sid, refusal)

    def _submitters(self, sid: SecretId, proof: Proof) -> Sequence[Candidate]:
        return [
            Candidate(master.name, b"", submit=verifier(master, "submit", sid, proof))
            for master in self._ring
        ]
