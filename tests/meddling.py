"""What time, crashes and people with access to the store can do to a record."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from storage import keys, seal
from storage.model import Record, Seconds, SecretId
from storage.scripts import Scripts
from storage.seal import KeyRing
from storage.vault import Vault
from tests.raw import RawStore


async def expire_in(redis: RawStore, ring: KeyRing, sid: SecretId, seconds: int) -> None:
    """Remake a record as if its lifetime ended that many seconds from now (or ago).

    Its ciphertext stays without a TTL, so that only the scripts' own check stands between it and
    a reader.
    """
    await _remake(redis, ring, sid, lambda one, now: replace(one, expires=Seconds(now + seconds)))


async def expiry(redis: RawStore, ring: KeyRing, sid: SecretId) -> Seconds:
    """Until when it lives, as its record says."""
    (stored,) = await Scripts(redis).read([sid])
    assert stored
    return seal.open_record(ring, sid, stored.sealed).expires


async def age(redis: RawStore, ring: KeyRing, sid: SecretId, seconds: int) -> None:
    """Remake a record as if it had been made so much earlier, and let the sweeper look at it next.

    Its ciphertext stays without a TTL.
    """
    await _remake(
        redis,
        ring,
        sid,
        lambda one, _: replace(
            one, created=Seconds(one.created - seconds), expires=Seconds(one.expires - seconds)
        ),
    )
    await redis.zadd(keys.due(sid.tag), {sid.value: 1})


async def _remake(
    redis: RawStore, ring: KeyRing, sid: SecretId, change: Callable[[Record, int], Record]
) -> None:
    """What only whoever has the server's key can do; ``change`` is told the store's time, too."""
    (stored,) = await Scripts(redis).read([sid])
    assert stored
    record = seal.open_record(ring, sid, stored.sealed)
    sealed = seal.seal_record(ring.current, change(record, stored.now_ms // 1000))
    await redis.hset(keys.record(sid), mapping={"part": sealed.part, "mac": sealed.mac})
    if stored.blob:
        blob = seal.open_blob(ring.current, sid, stored.sealed.mac, stored.blob)
        await redis.set(keys.blob(sid), seal.seal_blob(ring.current, sid, sealed.mac, blob))


async def end_window(redis: RawStore, sid: SecretId) -> None:
    """Let 31 seconds pass for a claimed secret, as the store's own TTL does."""
    claimed = await redis.hget(keys.record(sid), "claimed")
    assert claimed
    await redis.hset(keys.record(sid), "claimed", int(claimed) - 31_000)
    await redis.delete(keys.blob(sid))


async def lose(redis: RawStore, sid: SecretId) -> None:
    """Lose the ciphertext before its time."""
    await redis.delete(keys.blob(sid))


def shorten_window(vault: Vault, ms: int) -> None:
    """Let a page ask again for so long only, by the scripts and by the process."""
    scripts = vault._scripts
    for script in (scripts._open, scripts._look, scripts._sweep, scripts._burn, scripts._withhold):
        old = "local RETRY_WINDOW_MS = 30000"
        assert old in script.text
        script.text = script.text.replace(old, f"local RETRY_WINDOW_MS = {ms}")
        script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    vault._withheld._window = ms / 1000 + 0.1
