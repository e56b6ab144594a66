"""Remake v1-trail.json: ``python -m tests.vectors.trail``. See ``make``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage import checkpoints
from storage.checkpoints import Break, Checkpoint, Digest
from storage.model import Seconds, WorkspaceId, tag_of
from storage.notices import NEVER, EntryId
from storage.primitives import hkdf
from storage.seal import MasterKey
from tests.vectors.make import WORKSPACES, an_id, material

FILE = Path(__file__).parent / "v1-trail.json"
START = 1_790_000_000_000
TAG = tag_of(WorkspaceId(WORKSPACES[0]))
MASTER, NEWER = (MasterKey(material(f"audit master {number}", 32)) for number in (1, 2))

Fields = Sequence[tuple[str, bytes]]


def fields_of(number: int) -> Fields:
    """What an entry holds: every field with a text, an empty one and bytes that are no text."""
    return [
        ("workspace", WORKSPACES[0].encode()),
        ("id", an_id(3 * number).value.encode()),
        ("event", b"opened" if number % 2 else b"created"),
        ("by", b"" if number % 2 else b"U0ANNA"),
        ("reader", material(f"reader {number}", 40) if number % 2 else b""),
        *([("rule", "grün".encode())] if number == 4 else []),
    ]


def entries() -> list[tuple[EntryId, Fields]]:
    """Five entries, two of them within a millisecond."""
    names = [EntryId(START + 1000 * (number // 2), number % 2) for number in range(5)]
    return [(name, fields_of(number)) for number, name in enumerate(names)]


def chain() -> list[tuple[MasterKey, Checkpoint, bytes, bytes]]:
    """Two entries, two more under a newer key, the last behind a break, and age's own."""
    made: list[tuple[MasterKey, Checkpoint, bytes, bytes]] = []
    previous, since, all_ = b"", NEVER, entries()
    parts = [
        (MASTER, all_[:2], Break.NONE, 2, NEVER),
        (NEWER, all_[2:4], Break.NONE, 4, NEVER),
        (NEWER, all_[4:], Break.WENT_BACK, 5, NEVER),
        (NEWER, [], Break.NONE, 3, all_[1][0]),
    ]
    for number, (master, covered, broken, present, floor) in enumerate(parts, start=1):
        digest = Digest()
        for name, fields in covered:
            words = [word for key, value in fields for word in (key.encode(), value)]
            digest.add([(str(name).encode(), words)])
        one = Checkpoint(
            tag=TAG,
            number=number,
            previous=previous,
            since=since,
            until=digest.last if covered else since,
            entries=digest.entries,
            digest=digest.value(),
            present=present,
            floor=floor,
            made=Seconds(START // 1000 + 60 * number),
            broken=broken,
            key_name=master.name,
        )
        sealed = checkpoints.seal(master, one)
        made.append((master, one, sealed.part, sealed.mac))
        previous, since = sealed.hash, one.until
    return made


def _k_audit(master: MasterKey) -> bytes:
    return hkdf(master.expose(), salt=b"", info=b"slash-secret/1/server/audit", length=32)


def vectors() -> dict[str, Any]:
    """Everything in v1-trail.json."""
    return {
        "tag": TAG,
        "entries": [
            {"name": str(name), "fields": [[key, value.hex()] for key, value in fields]}
            for name, fields in entries()
        ],
        "checkpoints": [
            {
                "master_hex": master.expose().hex(),
                "k_audit_hex": _k_audit(master).hex(),
                "key_name": one.key_name,
                "number": one.number,
                "since": str(one.since),
                "until": str(one.until),
                "entries": one.entries,
                "digest_hex": one.digest.hex(),
                "present": one.present,
                "floor": str(one.floor),
                "made": one.made,
                "broken": one.broken.value,
                "part_hex": part.hex(),
                "mac_hex": mac.hex(),
            }
            for master, one, part, mac in chain()
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n")
