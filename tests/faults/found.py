"""What the store holds of the secrets of a history, read when nothing else runs."""

from collections import defaultdict
from collections.abc import Iterable

from storage import keys
from storage.model import SecretId
from tests.faults.history import Found
from tests.raw import RawStore

_BATCH = 500


async def latest(redis: RawStore, tag: str) -> str:
    """Name of the stream's newest entry: what follows belongs to the next round."""
    newest = await redis.xrevrange(keys.audit(tag), count=1)
    return str(newest[0][0].decode()) if newest else "0"


async def found(
    redis: RawStore, ids: Iterable[SecretId], *, since: str = "0"
) -> dict[SecretId, Found]:
    """Read records and the stream behind ``since``. A secret without a record is left out."""
    wanted = list(ids)
    tags = {sid.tag for sid in wanted}
    entries: dict[str, dict[str, str]] = defaultdict(dict)
    for tag in tags:
        for name, fields in await redis.xrange(keys.audit(tag), min=f"({since}"):
            entries[fields[b"id"].decode()][name.decode()] = fields[b"event"].decode()
    seen = {}
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        async with redis.pipeline(transaction=False) as pipeline:
            for sid in batch:
                pipeline.hgetall(keys.record(sid))
                pipeline.pttl(keys.blob(sid))
            replies = await pipeline.execute()
        for sid, record, ttl in zip(batch, replies[::2], replies[1::2], strict=True):
            if record:
                seen[sid] = _found(record, ttl, entries[sid.value])
    return seen


def _found(record: dict[bytes, bytes], ttl: int, entries: dict[str, str]) -> Found:
    return Found(
        state=record[b"state"].decode(),
        views=int(record.get(b"views", 0)),
        retries=int(record.get(b"retries", 0)),
        confirmed=b"confirmed" in record,
        guesses=len(record.get(b"guesses", b"")) // 32,
        refused=len(record.get(b"refused", b"").split()),
        blob_ttl_ms=ttl,
        trail=tuple(record.get(b"trail", b"").decode().split()),
        entries=entries,
    )
