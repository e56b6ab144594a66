"""Loads ``lua/`` and gives each script one typed method: model in, reply as a value out.

Every method is one call to the store. A lost connection is never answered by sending a script
again: what became of it is unknown, and the reader's nonce makes the reader's own retry safe.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from storage import keys
from storage.alarms import alarm
from storage.errors import DecodingError, StoreFault
from storage.model import (
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
    PutReply,
    Replaces,
    SamePress,
    Seen,
    Stored,
    Unanswered,
    Unproven,
    Vanished,
    Wrong,
)
from storage.seal import SealedRecord
from storage.store import node_of, translated
from storage.wire import b64u

_ENTRY = re.compile(r"[0-9]{1,16}-[0-9]{1,16}\Z")
CLOCK_TOLERANCE_MS = 5_000
SUBMISSION_MS = 24 * 3600 * 1000


class Script:
    """One file of ``lua/``, with the shared functions put behind its first line."""

    def __init__(self, name: str) -> None:
        folder = files("storage") / "lua"
        shebang, body = (folder / f"{name}.lua").read_text().split("\n", 1)
        shared = [(folder / f"{part}.lua").read_text() for part in ("_memory", "_record")]
        self.text = "\n".join((shebang, *shared, body))
        # The store names scripts by SHA-1; no security rests on it.
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, redis: Redis, names: Sequence[str], args: Sequence[Any]) -> list[Any]:
        """Run it: by its hash, and with its text only when the store has not seen it yet."""
        async with translated():
            try:
                reply: list[Any] = await redis.evalsha(self.sha, len(names), *names, *args)
            except NoScriptError:  # not run: a restart or SCRIPT FLUSH emptied the cache
                reply = await redis.eval(self.text, len(names), *names, *args)
        return reply


class Scripts:
    """All transitions of the state machine."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = Script("put")
        self._reserve = Script("reserve")
        self._read = Script("read")
        self._look = Script("look")
        self._open = Script("open")
        self._ack = Script("ack")
        self._burn = Script("burn")
        self._taint = Script("taint")
        self._sweep = Script("sweep")
        self._vanish = Script("vanish")
        self._fade = Script("fade")

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
        return put_reply(await self._put(self._redis, names, args), "put.lua")

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
        names = [name for sid in ids for name in (keys.record(sid), keys.blob(sid))]
        now, *replies = await self._read(self._redis, names, [])
        return [
            _stored(fields, blob, int(now))
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
            case [b"active" | b"waiting" | b"received" as state, part, mac, key, views, tries]:
                left = int(tries) if tries else None
                sealed = sealed_of(part, mac, key)
                return Active(sealed, int(views), left, State(state.decode()))
            case reply:
                return refusal(reply, "look.lua")

    async def open(
        self, sid: SecretId, candidates: Sequence[Candidate], seen: Seen
    ) -> Claimed | Locked | Wrong | Unanswered | Barred | Ended | Unproven | Missing:
        """Claim: proof check, state change and audit entry in one step."""
        args = [sid.value, *seen_args(seen)]
        for c in candidates:
            args += [c.key_name, c.link, c.nonce, c.passphrase]
        match await self._open(self._redis, names_of(sid), args):
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

    async def burn(self, sid: SecretId, mac: bytes, user: UserId, event: Event) -> Destroyed | None:
        """Destroy the record that was verified; None when there was nothing left to destroy.

        ``event`` goes on record: BURNED or REPLACED. Raises StoreFault when the record changed since: it can only have been tampered with.
        """
        match await self._burn(self._redis, names_of(sid), [sid.value, mac, user, event.value]):
            case [b"burned", *_, received]:
                return Destroyed(int(received) if received else None)
            case [b"ended", *_, b"1"]:
                alarm("lost", sid)
                return None
            case [b"ended", *_] | [b"missing"]:
                return None
            case _:
                raise StoreFault("the record changed while it was being burned")

    async def taint(self, sid: SecretId) -> bool:
        """Mark a secret as tampered; True the first time."""
        return await self._taint(self._redis, names_of(sid), [sid.value]) == [b"tainted"]

    async def sweep(self, sid: SecretId, retention_ms: int) -> str | Vanished:
        """Do what time does to one secret: expired, lost, forgotten or kept; or it has Vanished."""
        match await self._sweep(self._redis, _swept(sid), [sid.value, retention_ms]):
            case [b"vanished", created]:
                return Vanished(int(created))
            case [done]:
                return str(done.decode())
            case _:
                raise StoreFault("sweep.lua gave an unknown reply")

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
            return Ended(sealed_of(part, mac, key), State(reason.decode()), int(at), bool(news))
        case _:
            raise StoreFault(f"{script} gave an unknown reply")


def _entries(trail: bytes | None) -> tuple[str, ...]:
    words = (trail or b"").decode("ascii", "replace").split()
    return tuple(word for word in words if _ENTRY.match(word))


def _is_number(value: bytes | None) -> bool:
    return value is None or (value.isdigit() and len(value) <= len("9999999999999"))


def _stored(fields: list[bytes | None], blob: bytes | None, now_ms: int) -> Stored | None:
    part, mac, key, state, views, confirmed, claimed, ended, last, reader, trail = fields[:11]
    received, collector = fields[11:]
    if part is None:
        return None
    if not all(_is_number(one) for one in (views, claimed, ended, last, received)):
        state = None  # no script of ours writes that: it will read as tampered
        views = claimed = ended = last = received = None
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
        now_ms=now_ms,
        received_ms=int(received) if received else None,
        collector=(collector or b"").decode("ascii", "replace"),
    )
