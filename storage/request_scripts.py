"""The transitions that only requests have, each with one typed method, as in ``scripts``."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from storage import keys
from storage.durable import Durable
from storage.errors import StoreFault
from storage.languages import Language, known
from storage.model import Agent, Event, SecretId, State, Submission
from storage.replies import (
    Barred,
    Candidate,
    Changed,
    Done,
    Ended,
    Missing,
    PutReply,
    Receipt,
    Seen,
    Sent,
    Taken,
    Unanswered,
    Unproven,
)
from storage.scripts import (
    CLOCK_TOLERANCE_MS,
    SUBMISSION_MS,
    Script,
    Watch,
    found_of,
    is_kept,
    names_of,
    put_reply,
    refusal,
    sealed_of,
    trigger_of,
)
from storage.seal import SealedRecord
from storage.store import translated
from storage.wire import b64u


class RequestScripts:
    """From the question to the answer in the vault; collecting it is ``Scripts.open``."""

    def __init__(self, redis: Redis, durable: Durable, watch: Watch | None = None) -> None:
        self._redis = redis
        self._durable = durable
        self._ask = Script("ask", watch)
        self._submit = Script("submit", watch)
        self._receipt = Script("receipt", watch)
        self._withdraw = Script("withdraw", watch)
        self._saved = Script("saved", watch)

    async def ask(
        self,
        sid: SecretId,
        sealed: SealedRecord,
        agent: Agent,
        *,
        creates_per_hour: int | None,
        submission: Submission | None,
        old: SecretId | None,
        composed: bool,
    ) -> PutReply:
        """Store a new request, once for each press of Submit. Raises NoRoom, StoreError."""
        names = [keys.record(sid), keys.audit(sid.tag), keys.index(sid.tag), keys.due(sid.tag)]
        names.append(keys.creates(agent.workspace, agent.user))
        if submission:
            other = old or sid
            names.append(keys.submission(agent.workspace, submission.view))
            names += [keys.record(other), keys.blob(other), keys.fading(sid.tag)]
        args: list[Any] = [sid.value, sealed.part, sealed.mac, sealed.key_name, agent.user]
        args += [trigger_of(submission) if submission else "", SUBMISSION_MS]
        args += [old.value if old else "", CLOCK_TOLERANCE_MS]
        args += [submission.pressed if submission else 0, creates_per_hour or ""]
        args.append("1" if composed else "")
        return put_reply(await self._durable.run(self._ask, names, args, is_kept), "ask.lua")

    async def sealed(self, sid: SecretId) -> SealedRecord | None:
        """Read a record's immutable part alone: unlike its blob, it has one size in every state."""
        async with translated():
            found: list[bytes | None] = await self._redis.hmget(
                keys.record(sid), ["part", "mac", "key"]
            )  # type: ignore[assignment]  # redis-py types every reply as a union of all
        part, mac, key = found
        return sealed_of(part, mac, key) if part is not None else None

    async def language(self, sid: SecretId) -> Language | None:
        """Read which language was chosen for the customer; whatever stands there, it is one of ours."""
        async with translated():
            found: bytes | None = await self._redis.hget(keys.record(sid), "language")  # type: ignore[assignment]
        return known(found.decode(errors="replace")) if found else None

    async def submit(
        self, sid: SecretId, mac: bytes, stored: bytes, nonce: bytes, seen: Seen
    ) -> Sent | Taken | Ended | Unproven | Changed | Missing:
        """Store the answer to the request that was verified. Raises NoRoom, StoreError."""
        args = [sid.value, mac, stored, nonce, seen.sealed, b64u(seen.mark)]
        match await self._durable.run(self._submit, names_of(sid), args, _is_submitted):
            case [b"submitted", part, mac_now, key]:
                return Sent(sealed_of(part, mac_now, key))
            case [b"already", part, mac_now, key]:
                return Taken(sealed_of(part, mac_now, key))
            case [b"changed", *_]:
                return Changed()
            case reply:
                return refusal(reply, "submit.lua")

    async def receipt(
        self, sid: SecretId, candidates: Sequence[Candidate]
    ) -> Receipt | Unproven | Missing:
        """See what became of a request; ``Candidate.submit`` is the proof."""
        args = [sid.value, *_submit_args(candidates)]
        match await self._receipt(self._redis, names_of(sid), args):
            case [b"receipt", part, mac, key, state, received, collected, news, language]:
                return Receipt(
                    sealed_of(part, mac, key),
                    State(state.decode()),
                    int(received) if received else None,
                    int(collected) if collected else None,
                    found_of(news),
                    known(language.decode(errors="replace")),
                )
            case reply:
                refused = refusal(reply, "receipt.lua")
        if isinstance(refused, Ended):
            raise StoreFault("receipt.lua gave an unknown reply")
        return refused

    async def withdraw(
        self, sid: SecretId, candidates: Sequence[Candidate], seen: Seen, event: Event
    ) -> Done | Ended | Unproven | Missing:
        """End a request by its own link. ``event`` goes on record: WITHDRAWN or UNEXPECTED."""
        args = [sid.value, event.value, seen.sealed, *_submit_args(candidates)]
        match await self._durable.run(self._withdraw, names_of(sid), args, _is_burned):
            case [b"burned", part, mac, key]:
                return Done(sealed_of(part, mac, key))
            case reply:
                return refusal(reply, "withdraw.lua")

    async def saved(
        self, sid: SecretId, candidates: Sequence[Candidate], seen: Seen
    ) -> Done | Unanswered | Barred | Ended | Unproven | Missing:
        """Put on record that what was collected is in the vault."""
        args = [sid.value, seen.sealed, seen.person, "1" if seen.granted else ""]
        for candidate in candidates:
            args += [candidate.key_name, candidate.link]
        match await self._saved(self._redis, names_of(sid), args):
            case [b"saved", part, mac, key]:
                return Done(sealed_of(part, mac, key))
            case [b"waiting", part, mac, key]:
                return Unanswered(sealed_of(part, mac, key))
            case [b"session" | b"stranger" as bar, part, mac, key]:
                return Barred(sealed_of(part, mac, key), helpless=bar == b"stranger")
            case reply:
                return refusal(reply, "saved.lua")


def _is_submitted(reply: list[Any]) -> bool:
    return bool(reply[0] == b"submitted")


def _is_burned(reply: list[Any]) -> bool:
    return bool(reply[0] == b"burned")


def _submit_args(candidates: Sequence[Candidate]) -> list[Any]:
    return [arg for c in candidates for arg in (c.key_name, c.submit)]
