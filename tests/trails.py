"""A trail of made-up entries, its sealer and its verdict."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from storage import checkpoints, keys
from storage.anchors import Anchors
from storage.checkpoints import Checkpoint
from storage.ledger import Ledger
from storage.model import DAY, Event, SecretId, WorkspaceId, tag_of
from storage.notices import EntryId
from storage.seal import KeyRing
from storage.sealer import Sealer
from storage.verifier import Verdict, verify
from tests.people import ANNA
from tests.raw import RawStore

TAG = tag_of(ANNA.workspace)


async def note(
    redis: RawStore, count: int, *, at_ms: int | None = None, workspace: str = ANNA.workspace
) -> list[str]:
    """Append entries as the scripts do, dated by the store or a second apart from ``at_ms`` on."""
    pipeline = redis.pipeline(transaction=False)
    for number in range(count):
        entry = {
            "workspace": workspace,
            "id": SecretId.new(ANNA.workspace).value,
            "event": Event.CREATED.value,
            "by": ANNA.user,
            "reader": "",
        }
        name = "*" if at_ms is None else str(EntryId(at_ms + number * 1000, 0))
        pipeline.xadd(keys.audit(TAG), entry, id=name)
    return [name.decode() for name in await pipeline.execute()]


async def waited(redis: RawStore, workspace: WorkspaceId) -> None:
    """Append an entry that has waited for its seal for a minute: the first look makes one."""
    entry = {"workspace": workspace, "id": "", "event": "refused_by_policy", "by": "", "reader": ""}
    name = EntryId(int(time.time() * 1000) - 60_000, 0)
    await redis.xadd(keys.audit(tag_of(workspace)), entry, id=str(name))


def sealer(redis: RawStore, ring: KeyRing, anchors: Anchors, retention: int = 90 * DAY) -> Sealer:
    """A process's sealer that lets no entry wait."""
    return Sealer(redis, ring, TAG, anchors, retention, wait_ms=0)


async def chain(redis: RawStore) -> list[Checkpoint]:
    """What the store's checkpoints say."""
    return [checkpoints.read(one, TAG) async for _, one in Ledger(redis, TAG).checkpoints()]


async def verdict(redis: RawStore, ring: KeyRing, anchors: Anchors) -> Verdict:
    """What the verifier finds."""
    return await verify(Ledger(redis, TAG), ring, anchors)


def alarms(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The kinds of the alarms among log lines."""
    return [line["kind"] for line in lines if line["event"] == "alarm"]
