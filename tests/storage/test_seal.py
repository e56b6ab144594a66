"""The server's layer: verifiers, record mac, sealed fields."""

import dataclasses

import pytest

from storage import seal
from storage.errors import IntegrityError, KeyMissing
from storage.model import (
    Argon2,
    Kind,
    Nonce,
    Proof,
    Reader,
    Record,
    Seconds,
    SecretId,
    UserId,
    Verifiers,
    WorkspaceId,
)
from storage.seal import KeyRing, MasterKey
from storage.wire import join


def a_record(sid: SecretId) -> Record:
    """A record with something in every field."""
    return Record(
        id=sid,
        workspace=WorkspaceId("T1"),
        creator=UserId("U1"),
        kind=Kind.REQUEST,
        label="Zürich 🏦",
        workspace_name="Example",
        agent_name="anna",
        what="Your FTP login",
        fields=("Username", "Password"),
        single_use=True,
        created=Seconds(1_700_000_000),
        expires=Seconds(1_700_086_400),
        argon2=Argon2(65_536, 3, 1),
        verifiers=Verifiers(b"l" * 32, b"p" * 32, b"s" * 32),
        public_key=b"k" * 1216,
        collect_by="channel:C1",
        key_name="",
    )


SID = SecretId.new(WorkspaceId("T1"))


def test_a_record_comes_back_whole() -> None:
    """Every field survives sealing, under the key it was sealed with."""
    ring = KeyRing([MasterKey.random()])
    sealed = seal.seal_record(ring.current, a_record(SID))
    opened = seal.open_record(ring, SID, sealed)
    assert opened == dataclasses.replace(a_record(SID), key_name=ring.current.name)


def test_what_names_people_is_not_readable() -> None:
    """Labels, names, what is asked, fields and public key are sealed."""
    part = seal.seal_record(MasterKey.random(), a_record(SID)).part
    for text in ("Zürich", "Example", "anna", "FTP", "Username", "kkkkkkkk"):
        assert text.encode() not in part


def test_each_key_has_its_own_purpose() -> None:
    """No derived key, verifier or box of one purpose or id serves another."""
    master, other = MasterKey.random(), SecretId.new(WorkspaceId("T1"))
    proof = Proof.random()
    macs = {
        seal.verifier(master, purpose, sid, proof)
        for purpose in ("link", "passphrase", "submit")
        for sid in (SID, other)
    }
    assert len(macs) == 6
    assert seal.verifier(master, "nonce", SID, Nonce.random()) not in macs
    assert master.verify != master.record
    sealed = seal.seal_field(master, "label", SID, b"x")
    assert seal.open_field(master, "label", SID, sealed) == b"x"
    for name, sid in (("what", SID), ("label", other)):
        with pytest.raises(IntegrityError):
            seal.open_field(master, name, sid, sealed)


def test_c7_rotation_reads_old_records_and_writes_new_ones() -> None:
    """A record is believed under its own key; a removed key is told apart from tampering."""
    old, new = MasterKey.random(), MasterKey.random()
    sealed = seal.seal_record(old, a_record(SID))
    both = KeyRing([new, old])
    assert both.current is new
    assert seal.open_record(both, SID, sealed).label == "Zürich 🏦"
    with pytest.raises(KeyMissing):
        seal.open_record(KeyRing([new]), SID, sealed)


def test_readers_are_sealed_and_come_back() -> None:
    """An address in the store is closed to whoever reads the store."""
    ring = KeyRing([MasterKey.random()])
    sealed = seal.seal_reader(ring, SID, Reader("203.0.113.7", "Firefox"))
    assert b"203.0" not in sealed
    assert seal.open_reader(ring, SID, sealed) == Reader("203.0.113.7", "Firefox")


def test_c3_every_flipped_bit_is_tampering() -> None:
    """C3: each bit of part, mac and key name; a record moved to another id."""
    ring = KeyRing([MasterKey.random()])
    sealed = seal.seal_record(ring.current, a_record(SID))
    for at in range(len(sealed.part)):
        for bit in range(8):
            part = bytearray(sealed.part)
            part[at] ^= 1 << bit
            with pytest.raises(IntegrityError) as caught:
                seal.check_record(ring, SID, dataclasses.replace(sealed, part=bytes(part)))
            assert not isinstance(caught.value, KeyMissing)
    for at in range(32):
        mac = bytearray(sealed.mac)
        mac[at] ^= 1
        with pytest.raises(IntegrityError):
            seal.check_record(ring, SID, dataclasses.replace(sealed, mac=bytes(mac)))
    with pytest.raises(IntegrityError):
        seal.check_record(ring, SecretId.new(WorkspaceId("T1")), sealed)


def test_c3_control_without_the_mac_check_a_flipped_policy_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The mac is what catches it: with the comparison gone, single use becomes reusable."""
    ring = KeyRing([MasterKey.random()])
    sealed = seal.seal_record(ring.current, a_record(SID))
    fields = seal._fields(sealed.part)
    fields[10] = b"\x00"
    forged = dataclasses.replace(sealed, part=join(fields))
    with pytest.raises(IntegrityError):
        seal.open_record(ring, SID, forged)
    monkeypatch.setattr("hmac.compare_digest", lambda *_: True)
    assert seal.open_record(ring, SID, forged).single_use is False
