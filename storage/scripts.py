"""Loads ``lua/`` and gives each script one typed method: model in, reply as a value out.

Every method is one call to the store; a change that somebody acts on goes through ``durable``, whose
wait rides in the same batch. A lost connection is never answered by sending a script
again: what became of it is unknown, and the reader's nonce makes the reader's own retry safe.
"""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from storage import keys
from storage.alarms import AlarmKind, alarm
from storage.durable import Durable
from storage.errors import DecodingError, StoreFault, StoreUnavailable
from storage.journal import Mark
from storage.languages import Language, known
from storage.model import (
    LIVING,
    Agent,
    Event,
    Preset,
    SecretId,
    State,
    Submission,
    UserId,
    WorkspaceId,
    tag_of,
)
from storage.replies import (
    Acked,
    Active,
    Barred,
    Candidate,
    Changed,
    Claimed,
    ClockOff,
    Created,
    Destroyed,
    Ended,
    Exists,
    Limited,
    Locked,
    Missing,
    PressTaken,
    Prolonged,
    PutReply,
    Replaces,
    SamePress,
    Seen,
    Stored,
    Touched,
    Unanswered,
    Unproven,
    Vanished,
    Wrong,
)
from storage.seal import SealedRecord
from storage.store import FAULTS, asked, meaning, node_of, translated
from storage.wire import b64u

_ENTRY = re.compile(r"[0-9]{1,16}-[0-9]{1,16}\Z")
CLOCK_TOLERANCE_MS = 5_000
SUBMISSION_MS = 24 * 3600 * 1000
_WENT_BACK_AT_MOST = 3  # a store that is restored while it is mended, and one spare


Spoke = SealedRecord | None
# Takes a script's names and arguments to a store, and gives the whole reply.
Send = Callable[[Sequence[str], Sequence[Any]], Awaitable[Any]]


class Watch(Protocol):
    """Who notices a store that went back; ``guard.Guard``."""

    def noted(self, tag: str) -> Mark | None:
        """What the store must have by now."""

    async def saw(self, tag: str, mark: Mark, ended: Sequence[str]) -> None:
        """Note what a reply says, on disk where it ended something."""

    async def went_back(self, tag: str) -> None:
        """Mend what can be mended. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What ``lua/_guard.lua`` says around a script's own answer."""

    mark: Mark
    ended: tuple[str, ...]
    answer: list[Any]


class Script:
    """One file of ``lua/``, with the shared functions put behind its first line.

    With a ``watch`` it does not run on a store that went back, and what it ended is noted before
    its answer is given.
    """

    def __init__(self, name: str, watch: Watch | None = None) -> None:
        folder = files("storage") / "lua"
        shebang, body = (folder / f"{name}.lua").read_text().split("\n", 1)
        shared = [(folder / f"{part}.lua").read_text() for part in ("_guard", "_memory", "_record")]
        self.text = "\n".join((shebang, *shared, f"return guarded(function()\n{body}end)\n"))
        self._watch = watch
        # The store names scripts by SHA-1; no security rests on it.
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, redis: Redis, names: Sequence[str], args: Sequence[Any]) -> list[Any]:
        """Give the script's own answer. Raises StoreError."""
        return await self.guarded(names, args, partial(self._sent, redis))

    async def guarded(self, names: Sequence[str], args: Sequence[Any], send: Send) -> list[Any]:
        """Have it sent and give its own answer, once what it ended is noted. Raises StoreError.

        ``send`` returns when the change is durable: nothing is noted that the store may yet lose.
        """
        tag = keys.tag_in(names[0])
        for _ in range(_WENT_BACK_AT_MOST):
            # Asked before the store is: what is noted while this call is on its way is no reason
            # to doubt its answer.
            noted = self._watch.noted(tag) if self._watch else None
            ran = await self._run(names, args, send, noted)
            if ran and self._watch:
                await self._watch.saw(tag, ran.mark, ran.ended)
            if ran:
                return ran.answer
            if self._watch:
                await self._watch.went_back(tag)
        raise StoreUnavailable("the store goes back again and again")

    async def run(self, redis: Redis, names: Sequence[str], args: Sequence[Any]) -> Ran:
        """Run it on whatever store this is, and note nothing. Raises StoreError."""
        ran = await self._run(names, args, partial(self._sent, redis), None)
        if ran is None:
            raise StoreFault("a script was refused without having been told anything")
        return ran

    async def _run(
        self, names: Sequence[str], args: Sequence[Any], send: Send, noted: Mark | None
    ) -> Ran | None:
        """Once; None when the store does not have what was noted."""
        names = [*names, keys.generation(keys.tag_in(names[0]))]
        args = [*args, *((noted.number, noted.mark) if noted else ("", "")), secrets.token_hex(8)]
        try:
            reply = await send(names, args)
        except FAULTS as error:
            raise meaning(error) from error
        match reply:
            case [b"back"]:
                return None
            case [number, mark, ended, answer]:
                ids = tuple(name.decode() for name in ended)
                return Ran(Mark(int(number), mark.decode()), ids, answer)
            case _:
                raise StoreFault("a script gave an unknown reply")

    async def _sent(self, redis: Redis, names: Sequence[str], args: Sequence[Any]) -> Any:
        """By its hash, and with its text only when the store has not seen it yet."""
        try:
            return await asked(redis, "EVALSHA", self.sha, len(names), *names, *args)
        except NoScriptError:  # not run: a restart or SCRIPT FLUSH emptied the cache
            return await asked(redis, "EVAL", self.text, len(names), *names, *args)


class Scripts:
    """All transitions of the state machine."""

    def __init__(
        self, redis: Redis, durable: Durable | None = None, watch: Watch | None = None
    ) -> None:
        self._redis = redis
        self._durable = durable or Durable(redis)
        self._put = Script("put", watch)
        self._reserve = Script("reserve", watch)
        self._read = Script("read", watch)
        self._sift = Script("sift", watch)
        self._look = Script("look", watch)
        self._open = Script("open", watch)
        self._ack = Script("ack", watch)
        self._burn = Script("burn", watch)
        self._extend = Script("extend", watch)
        self._speak = Script("speak", watch)
        self._taint = Script("taint", watch)
        self._sweep = Script("sweep", watch)
        self._vanish = Script("vanish", watch)
        self._withhold = Script("withhold", watch)
        self._fade = Script("fade", watch)

    async def put(
        self,
        sid: SecretId,
        sealed: SealedRecord,
        stored: bytes,
        agent: Agent,
        *,
        preset: Preset,
        creates_per_hour: int | None,
        submission: Submission | None,
        old: SecretId | None,
    ) -> PutReply:
        """Store a new secret, once for each press of Submit. Raises NoRoom, StoreError."""
        names = [*names_of(sid)[:3], keys.index(sid.tag), keys.due(sid.tag)]
        names += [keys.creates(agent.workspace, agent.user), keys.presets(sid.tag)]
        if submission:
            other = old or sid
            names.append(keys.submission(agent.workspace, submission.view))
            names += [keys.record(other), keys.blob(other), keys.fading(sid.tag)]
        args: list[Any] = [sid.value, sealed.part, sealed.mac, sealed.key_name, stored]
        args += [agent.user, trigger_of(submission) if submission else ""]
        args += [SUBMISSION_MS, old.value if old else "", CLOCK_TOLERANCE_MS]
        args += [submission.pressed if submission else 0, creates_per_hour or ""]
        args.append(f"{preset.lifetime.seconds} {preset.single_use:d}")
        args.append("1" if submission and submission.reserved else "")
        return put_reply(await self._durable.run(self._put, names, args, is_kept), "put.lua")

    async def reserve(
        self, agent: Agent, submission: Submission, creates_per_hour: int | None
    ) -> PressTaken | SamePress | Limited:
        """Take a press of Submit whose secret will be put later. Raises NoRoom, StoreError."""
        tag = tag_of(agent.workspace)
        names = [keys.submission(agent.workspace, submission.view), keys.audit(tag)]
        names += [keys.creates(agent.workspace, agent.user), keys.fading(tag)]
        args: list[Any] = [trigger_of(submission), SUBMISSION_MS, creates_per_hour or ""]
        match await self._reserve(
            self._redis, names, [*args, agent.workspace, agent.user, submission.pressed]
        ):
            case [b"reserved"]:
                return PressTaken()
            case [b"duplicate"]:
                return SamePress()
            case [b"limited", again]:
                return Limited(int(again))
            case _:
                raise StoreFault("reserve.lua gave an unknown reply")

    async def read(self, ids: Sequence[SecretId]) -> list[Stored | None]:
        """Read records with their ciphertext and the store's time, as of one moment."""
        if not ids:
            return []
        names = [name for sid in ids for name in (keys.record(sid), keys.blob(sid))]
        now, back, since, *replies = await self._read(self._redis, names, [])
        standing = _Standing(int(now), int(back), int(since))
        return [
            _stored(fields, blob, standing)
            for fields, blob in zip(replies[::2], replies[1::2], strict=True)
        ]

    async def look(
        self, sid: SecretId, candidates: Sequence[Candidate], seen: Seen
    ) -> Active | Ended | Unproven | Missing:
        """See what a link holder may know before the click."""
        args = [sid.value, *seen_args(seen)]
        for candidate in candidates:
            args += [candidate.key_name, candidate.link]
        match await self._look(self._redis, names_of(sid), args):
            case [b"active" | b"waiting" | b"received" as state, part, mac, key, *more]:
                views, tries, language = more
                left = int(tries) if tries else None
                sealed = sealed_of(part, mac, key)
                told = known(language.decode(errors="replace"))
                return Active(sealed, int(views), left, State(state.decode()), told)
            case reply:
                return refusal(reply, "look.lua")

    async def open(
        self, sid: SecretId, candidates: Sequence[Candidate], seen: Seen, attempt: bytes
    ) -> Claimed | Locked | Wrong | Unanswered | Barred | Ended | Unproven | Missing:
        """Claim: proof check, state change and audit entry in one step, and then durable.

        ``attempt`` names this answer, should it have to be withheld. Raises NotDurable, whose
        outcome is "opened" when it claimed.
        """
        args = [sid.value, *seen_args(seen), attempt]
        for c in candidates:
            args += [c.key_name, c.link, c.nonce, c.passphrase]
        match await self._durable.run(self._open, names_of(sid), args, _is_claim_or_try):
            case [b"opened", part, mac, key, stored, views, until]:
                return Claimed(
                    sealed_of(part, mac, key), stored, int(views), int(until) if until else None
                )
            case [b"passphrase", part, mac, key]:
                return Locked(sealed_of(part, mac, key))
            case [b"wrong", part, mac, key, tries]:
                return Wrong(sealed_of(part, mac, key), int(tries))
            case [b"waiting", part, mac, key]:
                return Unanswered(sealed_of(part, mac, key))
            case [b"session" | b"stranger" as bar, part, mac, key]:
                return Barred(sealed_of(part, mac, key), helpless=bar == b"stranger")
            case reply:
                return refusal(reply, "open.lua")

    async def ack(
        self, sid: SecretId, candidates: Sequence[Candidate]
    ) -> Acked | Ended | Unproven | Missing:
        """End the retry window."""
        args: list[Any] = [sid.value]
        for c in candidates:
            args += [c.key_name, c.link, c.nonce]
        match await self._ack(self._redis, names_of(sid), args):
            case [b"acknowledged", part, mac, key]:
                return Acked(sealed_of(part, mac, key))
            case reply:
                return refusal(reply, "ack.lua")

    async def speak(
        self, sid: SecretId, agent: Agent, language: Language | None, *, is_choice: bool
    ) -> Spoke:
        """Keep a language with what this agent made; None where nobody else may, or nothing is."""
        names = names_of(sid) + ([keys.languages(sid.tag)] if is_choice else [])
        args = [agent.workspace, agent.user, language or ""]
        match await self._speak(self._redis, names, args):
            case [b"spoken", part, mac, key]:
                return sealed_of(part, mac, key)
            case [b"stranger", *_] | [b"missing"]:
                return None
            case _:
                raise StoreFault("speak.lua gave an unknown reply")

    async def burn(
        self, sid: SecretId, mac: bytes, user: UserId, event: Event
    ) -> Destroyed | Changed | None:
        """Destroy the record that was verified; None when there was nothing left to destroy.

        ``event`` goes on record: BURNED or REPLACED.
        """
        args = [sid.value, mac, user, event.value]
        match await self._durable.run(self._burn, names_of(sid), args, _is_burned):
            case [b"burned", *_, received]:
                return Destroyed(int(received) if received else None)
            case [b"ended", *_, news]:
                if found := found_of(news):
                    alarm(found, sid)
                return None
            case [b"changed", *_]:
                return Changed()
            case [b"missing"]:
                return None
            case _:
                raise StoreFault("burn.lua gave an unknown reply")

    async def extend(
        self,
        sid: SecretId,
        mac: bytes,
        longer: SealedRecord,
        stored: bytes | None,
        *,
        user: UserId,
        lifetime: int,
    ) -> Prolonged | Touched | Changed | Missing:
        """Put the longer record in the place of the verified one, with its ciphertext, if any.

        ``lifetime`` is what it was first given, in seconds. Raises NoRoom, StoreError.
        """
        args = [sid.value, mac, longer.part, longer.mac, stored or b"", user, lifetime]
        match await self._durable.run(self._extend, names_of(sid), args, _is_extended):
            case [b"extended", *_]:
                return Prolonged()
            case [b"late", *_, news]:
                return Touched(found_of(news))
            case [b"changed", *_]:
                return Changed()
            case [b"missing"]:
                return Missing()
            case _:
                raise StoreFault("extend.lua gave an unknown reply")

    async def taint(self, sid: SecretId) -> bool:
        """Mark a secret as tampered; True the first time."""
        return await self._taint(self._redis, names_of(sid), [sid.value]) == [b"tainted"]

    async def sweep(self, sid: SecretId, retention_ms: int) -> str | Vanished:
        """Do what time does to one secret: expired, lost, withheld, forgotten, nudged, kept; or Vanished."""
        match await self._sweep(self._redis, _swept(sid), [sid.value, retention_ms]):
            case [b"vanished", created]:
                return Vanished(int(created))
            case [done]:
                return str(done.decode())
            case _:
                raise StoreFault("sweep.lua gave an unknown reply")

    async def withhold(self, sid: SecretId, attempt: bytes, *, final: bool) -> str:
        """Say that an attempt handed nothing out: withheld, lost, marked or kept.

        ``final``: its window is over, and it is known to have claimed.
        """
        args = [sid.value, attempt, "1" if final else ""]
        match await self._durable.run(self._withhold, names_of(sid), args, _is_lost):
            case [done]:
                return str(done.decode())
            case _:
                raise StoreFault("withhold.lua gave an unknown reply")

    async def sift(
        self, ids: Sequence[SecretId], state: State | None, *, identify: bool
    ) -> list[SealedRecord | bool]:
        """Tell which may be in that state: False for those that surely are not. Raises StoreError.

        With ``identify`` the others come with their record, unbelieved, where there is one.
        """
        if not ids:
            return []
        parts = (keys.record, keys.blob) if state in LIVING else (keys.record,)
        names = [part(sid) for sid in ids for part in parts]
        args = [state.value if state else "", "1" if identify else ""]
        reply = await self._sift(self._redis, names, args)
        return [sealed_of(*one) if isinstance(one, list) else bool(one) for one in reply]

    async def vanish(
        self,
        sid: SecretId,
        workspace: WorkspaceId | None,
        retention_ms: int,
        trail: Sequence[str],
    ) -> bool:
        """Put the loss of a whole record on record; False when that was done before."""
        args = [sid.value, workspace or "", retention_ms, *trail]
        return await self._vanish(self._redis, _swept(sid), args) == [b"lost"]

    async def remains(self, sid: SecretId) -> tuple[int, tuple[str, ...]] | None:
        """When a vanished secret was made (ms) and its trail; None: it has not vanished."""
        async with translated(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.zscore(keys.index(sid.tag), sid.value)
            pipeline.hget(keys.notice(sid), "trail")
            created, trail = await pipeline.execute()
        return (int(created), _entries(trail)) if created is not None and trail else None

    async def due(self, workspace: WorkspaceId, count: int) -> list[SecretId]:
        """Ids whose moment has come by the store's clock, at most ``count``."""
        key = keys.due(tag_of(workspace))
        return await self.known(key, await self._come(key, count))

    async def every(self, workspace: WorkspaceId, count: int) -> AsyncIterator[list[SecretId]]:
        """Ids of all there is, newest first, at most ``count`` at a time."""
        key, start = keys.index(tag_of(workspace)), 0
        while True:
            async with translated():
                found: list[bytes] = await self._redis.zrevrange(key, start, start + count - 1)  # type: ignore[assignment]
            if not found:
                return
            yield await self.known(key, found)
            start += count

    async def fade(self, workspace: WorkspaceId, count: int) -> None:
        """End what was remembered for long enough, on a store that does not by itself."""
        tag = tag_of(workspace)
        key, names = keys.fading(tag), list[str]()
        for found in await self._come(key, count):
            name = found.decode("utf-8", "replace")
            if keys.may_fade(tag, name):
                names.append(name)
            else:
                await self._throw_out(key, found)
        if names:
            await self._fade(self._redis, [key, *names], [])

    async def _come(self, key: str, count: int) -> list[bytes]:
        """Members of a sorted set whose time has come, at most ``count``."""
        async with translated():
            seconds, _ = await (await node_of(self._redis, key)).time()
            found: list[bytes] = await self._redis.execute_command(  # type: ignore[no-untyped-call]
                "ZRANGE", key, "-inf", seconds * 1000, "BYSCORE", "LIMIT", 0, count
            )
        return found

    async def known(self, key: str, members: Sequence[bytes]) -> list[SecretId]:
        """Ids among a sorted set's members; anything else is thrown out of it, with an alarm."""
        ids = []
        for member in members:
            try:
                ids.append(SecretId(member.decode("ascii", "replace")))
            except DecodingError:
                await self._throw_out(key, member)
        return ids

    async def _throw_out(self, key: str, member: bytes) -> None:
        alarm("foreign_entry")
        async with translated():
            await self._redis.zrem(key, member)


def names_of(sid: SecretId) -> list[str]:
    """Give the keys that nearly every script takes: record, blob, audit, due."""
    return [keys.record(sid), keys.blob(sid), keys.audit(sid.tag), keys.due(sid.tag)]


def _swept(sid: SecretId) -> list[str]:
    return [*names_of(sid), keys.index(sid.tag), keys.notice(sid)]


def trigger_of(submission: Submission) -> str:
    """Name a press of Submit for the store."""
    return hashlib.sha256(submission.trigger.encode()).hexdigest()[:32]


def seen_args(seen: Seen) -> list[Any]:
    """Who asks, as look.lua and open.lua take it."""
    granted = "1" if seen.granted else ""
    return [seen.sealed, b64u(seen.mark), seen.viewer, seen.person, granted]


def sealed_of(part: bytes, mac: bytes | None, key: bytes | None) -> SealedRecord:
    """A record as a reply carries it, unbelieved."""
    return SealedRecord(part, mac or b"", (key or b"").decode("ascii", "replace"))


def found_of(news: bytes) -> AlarmKind | None:
    """Which loss a script has just come upon, if any."""
    match news:
        case b"lost":
            return "lost"
        case b"withheld":
            return "withheld"
        case _:
            return None


def is_kept(reply: list[Any]) -> bool:
    """Whether a secret or request is said to be kept, by this call or an earlier one."""
    return reply[0] in {b"created", b"exists"}


def _is_claim_or_try(reply: list[Any]) -> bool:
    """A single-use claim, and what counts passphrases up to the end of the secret."""
    match reply:
        case [b"opened", *_, until]:
            return bool(until)
        case [b"gone", _, _, _, reason, *_]:
            return bool(reason == b"burned")
        case [outcome, *_]:
            return bool(outcome == b"wrong")
        case _:
            return False


def _is_burned(reply: list[Any]) -> bool:
    return reply[0] in {b"burned", b"ended"}


def _is_extended(reply: list[Any]) -> bool:
    return bool(reply[0] == b"extended")


def _is_lost(reply: list[Any]) -> bool:
    return reply[0] in {b"withheld", b"lost"}


def put_reply(reply: list[Any], script: str) -> PutReply:
    """What becomes of something new. Raises StoreFault for anything else."""
    match reply:
        case [b"created"]:
            return Created()
        case [b"exists", part, mac, key]:
            return Exists(sealed_of(part, mac, key))
        case [b"duplicate"]:
            return SamePress()
        case [b"replaces", other_id]:
            return Replaces(SecretId(other_id.decode()))
        case [b"clock", now]:
            return ClockOff(int(now))
        case [b"limited", again]:
            return Limited(int(again))
        case _:
            raise StoreFault(f"{script} gave an unknown reply")


def refusal(reply: list[Any], script: str) -> Ended | Unproven | Missing:
    """Read what every script may answer. Raises StoreFault for anything else."""
    match reply:
        case [b"missing"]:
            return Missing()
        case [b"unproven", part, mac, key]:
            return Unproven(sealed_of(part, mac, key))
        case [b"gone", part, mac, key, reason, at, news]:
            return Ended(sealed_of(part, mac, key), State(reason.decode()), int(at), found_of(news))
        case _:
            raise StoreFault(f"{script} gave an unknown reply")


def _entries(trail: bytes | None) -> tuple[str, ...]:
    words = (trail or b"").decode("ascii", "replace").split()
    return tuple(word for word in words if _ENTRY.match(word))


def _is_number(value: bytes | None) -> bool:
    return value is None or (value.isdigit() and len(value) <= len("9999999999999"))


@dataclass(frozen=True, slots=True)
class _Standing:
    """The store's time in ms; which records are in quarantine, and since when."""

    now_ms: int
    back: int
    since_ms: int


def _stored(fields: list[bytes | None], blob: bytes | None, standing: _Standing) -> Stored | None:
    part, mac, key, state, views, confirmed, claimed, ended, last, reader, trail = fields[:11]
    received, collector, born, lifetime, language = fields[11:]
    if part is None:
        return None
    numbers = (views, claimed, ended, last, received, born, lifetime)
    if not all(map(_is_number, numbers)):
        state = None  # no script of ours writes that: it will read as tampered
        views = claimed = ended = last = received = born = lifetime = None
    return Stored(
        sealed=SealedRecord(part, mac or b"", (key or b"").decode("ascii", "replace")),
        state=(state or b"").decode("ascii", "replace"),
        views=int(views or 0),
        confirmed=confirmed is not None,
        claimed_ms=int(claimed) if claimed else None,
        ended_ms=int(ended) if ended else None,
        last_ms=int(last) if last else None,
        reader=reader,
        trail=_entries(trail),
        blob=blob,
        now_ms=standing.now_ms,
        received_ms=int(received) if received else None,
        collector=(collector or b"").decode("ascii", "replace"),
        lifetime=int(lifetime) if lifetime else None,
        back_since_ms=standing.since_ms if int(born or 0) < standing.back else None,
        language=known((language or b"").decode("ascii", "replace")),
    )
