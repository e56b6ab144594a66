"""Checkpoints against the shared vectors, read with nothing of ours but the protocol's words."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from storage import checkpoints
from storage.checkpoints import SealedCheckpoint
from storage.errors import IntegrityError, KeyMissing
from storage.seal import KeyRing, MasterKey
from tests.vectors import trail

VECTORS: dict[str, Any] = json.loads(trail.FILE.read_text())
CHAIN: list[dict[str, Any]] = VECTORS["checkpoints"]
RING = KeyRing([trail.NEWER, trail.MASTER])


def sealed(vector: dict[str, Any]) -> SealedCheckpoint:
    """As it lies in the store."""
    return SealedCheckpoint(bytes.fromhex(vector["part_hex"]), bytes.fromhex(vector["mac_hex"]))


def lp(data: bytes) -> bytes:
    """The protocol's, once more."""
    return len(data).to_bytes(4, "big") + data


def covered(vector: dict[str, Any]) -> bytes:
    """The digest over a checkpoint's entries, as docs/protocol.md says it."""

    def place(name: str) -> tuple[int, ...]:
        return tuple(map(int, name.split("-")))

    whole = b""
    for entry in VECTORS["entries"]:
        if place(vector["since"]) < place(entry["name"]) <= place(vector["until"]):
            words = [part for key, value in entry["fields"] for part in (key.encode().hex(), value)]
            whole += lp(
                lp(entry["name"].encode()) + b"".join(lp(bytes.fromhex(word)) for word in words)
            )
    return hashlib.sha256(whole).digest()


def test_the_vectors_are_what_the_code_makes() -> None:
    """v1-trail.json has not drifted from the protocol in storage, nor the protocol from it."""
    assert trail.vectors() == VECTORS


@pytest.mark.parametrize("number", range(len(CHAIN)))
def test_a_checkpoint_is_what_the_protocol_says(number: int) -> None:
    """Thirteen fields, the digest of its entries, the hash of the one before, and the mac."""
    vector = CHAIN[number]
    before = CHAIN[number - 1] if number else None
    previous = bytes.fromhex(before["part_hex"] + before["mac_hex"]) if before else None
    fields = [
        b"\x01",
        VECTORS["tag"].encode(),
        vector["number"].to_bytes(8, "big"),
        hashlib.sha256(previous).digest() if previous else b"",
        vector["since"].encode(),
        vector["until"].encode(),
        vector["entries"].to_bytes(8, "big"),
        covered(vector),
        vector["present"].to_bytes(8, "big"),
        vector["floor"].encode(),
        vector["made"].to_bytes(8, "big"),
        vector["broken"].encode(),
        vector["key_name"].encode(),
    ]
    part = b"".join(lp(field) for field in fields)
    assert part.hex() == vector["part_hex"]
    mac = hmac.digest(bytes.fromhex(vector["k_audit_hex"]), part, "sha256")
    assert mac.hex() == vector["mac_hex"]


@pytest.mark.parametrize("vector", CHAIN, ids=lambda vector: vector["number"])
def test_no_bit_of_a_checkpoint_can_be_turned(vector: dict[str, Any]) -> None:
    """Whichever byte is changed, cut off or added, it is believed no more."""
    good = sealed(vector)
    assert checkpoints.check(RING, good, trail.TAG).number == vector["number"]
    for at in range(len(good.part)):
        part = good.part[:at] + bytes([good.part[at] ^ 1]) + good.part[at + 1 :]
        with pytest.raises(IntegrityError):
            checkpoints.check(RING, SealedCheckpoint(part, good.mac), trail.TAG)
    for part in (b"", good.part[:-1], good.part + b"\x00"):
        with pytest.raises(IntegrityError):
            checkpoints.check(RING, SealedCheckpoint(part, good.mac), trail.TAG)
    for mac in (b"", good.mac[:-1], good.mac[:-1] + bytes([good.mac[-1] ^ 1])):
        with pytest.raises(IntegrityError):
            checkpoints.check(RING, SealedCheckpoint(good.part, mac), trail.TAG)


def test_a_checkpoint_holds_for_its_own_trail_and_key() -> None:
    """Another tag's is no checkpoint here; a key that is not configured is said to be missing."""
    with pytest.raises(IntegrityError):
        checkpoints.check(RING, sealed(CHAIN[0]), "ABCD")
    with pytest.raises(KeyMissing):
        checkpoints.check(KeyRing([MasterKey.random()]), sealed(CHAIN[0]), trail.TAG)


def test_an_anchor_reads_back() -> None:
    """The file's bytes are lp(part), lp(mac); anything else is no anchor."""
    good = sealed(CHAIN[1])
    assert SealedCheckpoint.of(bytes(good)) == good
    for bad in (b"", bytes(good)[:-1], bytes(good) + b"\x00", bytes(good) + bytes(4)):
        with pytest.raises(IntegrityError):
            SealedCheckpoint.of(bad)
