"""What a browser has made by itself: the server gets proofs and ciphertext, never a key.

Behind a *compose* ticket's session, save one thing: whoever may collect a request may ask it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from storage import replies
from storage.errors import DecodingError, StoreFault
from storage.model import (
    Agent,
    Argon2,
    CollectBy,
    Kind,
    Lifetime,
    Preset,
    Proof,
    Record,
    Seconds,
    SecretId,
    Submission,
    Verifiers,
    tag_of,
)
from storage.outcomes import (
    AgainstPolicy,
    Asked,
    AskedAgain,
    Composed,
    Duplicate,
    Exists,
    Full,
    NotForYou,
    SessionRequired,
    Unavailable,
)
from storage.replies import PutReply
from storage.requests import Requests
from storage.seal import SealedRecord, open_record, seal_blob, verifier
from storage.tickets import Session
from storage.usecase import NOBODY


@dataclass(frozen=True, slots=True)
class Lock:
    """A passphrase as the server may know it: its proof, and how it was stretched."""

    proof: Proof
    argon2: Argon2


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What a page has made for a new request: its id, the public key, and what proves each link."""

    id: SecretId
    public_key: bytes = field(repr=False)
    submit_proof: Proof
    link_proof: Proof


class Composer(Requests):
    """Use cases behind the session of a browser that encrypts, or makes key pairs, by itself."""

    async def create(
        self,
        session: Session | None,
        sid: SecretId,
        *,
        link_proof: Proof,
        lock: Lock | None,
        blob: bytes,
        label: str,
        lifetime: Lifetime,
        single_use: bool,
    ) -> Composed | Exists | Full | AgainstPolicy | SessionRequired:
        """Store a secret that the page has encrypted. An existing id is never overwritten.

        The same secret again (creator and link proof) is Composed. Raises DecodingError for an id
        of another workspace, StoreError.
        """
        if not session or not session.may_compose:
            return SessionRequired()
        agent = session.agent
        if sid.tag != tag_of(agent.workspace):
            raise DecodingError("not an id of this workspace")
        rule = self._rule_for_secret(lifetime, has_passphrase=bool(lock))
        against = await self._against(agent, rule)
        if against:
            return against
        master = self._ring.current
        verifiers = Verifiers(
            link=verifier(master, "link", sid, link_proof),
            passphrase=verifier(master, "passphrase", sid, lock.proof) if lock else b"",
        )
        kept = await self._keep_share(
            agent,
            sid,
            blob,
            label=label,
            preset=Preset(lifetime, single_use),
            argon2=lock.argon2 if lock else None,
            verifiers=verifiers,
        )
        match kept:
            case Record():
                return Composed(kept.expires, single_use)
            case replies.Exists(sealed):
                there = await self._made_by(agent, sid, sealed, link_proof)
                if not there or there.is_request:
                    return Exists()
                return Composed(there.expires, there.single_use)
            case Duplicate():
                raise StoreFault("a press of Submit where there is none")
            case refusal:
                return refusal

    async def _keep_share(
        self,
        agent: Agent,
        sid: SecretId,
        blob: bytes,
        *,
        label: str,
        preset: Preset,
        argon2: Argon2 | None,
        verifiers: Verifiers,
        submission: Submission | None = None,
    ) -> Record | Duplicate | Full | AgainstPolicy | replies.Exists:
        """Keep a secret of kind ``s``, whoever encrypted it: its record, and ``blob`` sealed again."""
        master = self._ring.current
        record = Record(
            id=sid,
            workspace=agent.workspace,
            creator=agent.user,
            kind=Kind.SHARE,
            label=label,
            workspace_name=agent.workspace_name,
            agent_name=agent.name,
            what="",
            fields=(),
            single_use=preset.single_use,
            created=self._now,
            expires=Seconds(self._now + preset.lifetime.seconds),
            argon2=argon2,
            verifiers=verifiers,
            public_key=b"",
            collect_by="",
            key_name=master.name,
        )

        async def put(sealed: SealedRecord, old: SecretId | None) -> PutReply:
            return await self._scripts.put(
                sid,
                sealed,
                seal_blob(master, sid, sealed.mac, blob),
                agent,
                preset=preset,
                creates_per_hour=self.policy.creates_per_hour,
                submission=submission,
                old=old,
            )

        return await self._keep(record, put)

    async def compose_request(
        self,
        session: Session | None,
        keys: NewKeys,
        *,
        what: str,
        label: str,
        fields: Sequence[str],
        lifetime: Lifetime,
        by_channel: bool,
        channel: str = "",
    ) -> Asked | Exists | Full | AgainstPolicy | SessionRequired | NotForYou:
        """Store a request whose key pair the page has made; raises as ``ask``.

        ``by_channel``: whoever can press in the channel of the modal that the ticket came from may
        collect. Where composers were opened in several, ``channel`` says which.
        """
        if not session or not session.may_compose:
            return SessionRequired()
        collect_by = CollectBy()
        if by_channel:
            chosen = {channel} if channel else set(session.channels)
            # Never the newest one by guess: that would let another channel's people collect.
            if len(chosen) != 1 or not chosen <= set(session.channels):
                return NotForYou()
            collect_by = CollectBy(chosen.pop())
        return await self._ask_from_page(
            session.agent,
            keys,
            what=what,
            label=label,
            fields=fields,
            lifetime=lifetime,
            collect_by=collect_by,
        )

    async def ask_again(
        self, session: Session | None, old: SecretId, keys: NewKeys
    ) -> AskedAgain | Exists | Full | AgainstPolicy | SessionRequired | NotForYou | Unavailable:
        """Store a request with the words of ``old``, for a session that may collect that one.

        So closing the collect page too early costs one click. All words are the old record's: a
        session that was opened to collect can write none of its own. Raises as ``ask``.
        """
        # Decided before the store is asked, so that nobody learns which ids exist.
        if not session or old not in session.requests:
            return SessionRequired()
        sealed = await self._request_scripts.sealed(old)
        if not sealed or not await self._believe(old, sealed):
            return NOBODY
        record = open_record(self._ring, old, sealed)
        if not session.may_collect(record):
            return NotForYou()
        # A maximum that was lowered since shortens it: the page says until when it works.
        longest = self.policy.max_lifetime.seconds
        lifetime = Lifetime(min(record.expires - record.created, longest))
        language = await self._request_scripts.language(old)
        asked = await self._ask_from_page(
            session.agent,
            keys,
            what=record.what,
            label=record.label,
            fields=record.fields,
            lifetime=lifetime,
            collect_by=CollectBy.of(record.collect_by),
        )
        match asked:
            case Asked(expires):
                return AskedAgain(expires, record.what, record.fields, lifetime.seconds, language)
            case refusal:
                return refusal

    async def _ask_from_page(
        self,
        agent: Agent,
        keys: NewKeys,
        *,
        what: str,
        label: str,
        fields: Sequence[str],
        lifetime: Lifetime,
        collect_by: CollectBy,
    ) -> Asked | Exists | Full | AgainstPolicy:
        asked = await self.ask(
            agent,
            keys.id,
            public_key=keys.public_key,
            submit_proof=keys.submit_proof,
            link_proof=keys.link_proof,
            what=what,
            label=label,
            fields=fields,
            lifetime=lifetime,
            collect_by=collect_by,
            composed=True,
        )
        if isinstance(asked, Duplicate):
            raise StoreFault("a press of Submit where there is none")
        return asked
