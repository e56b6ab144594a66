"""The server's layer: verifiers, record mac, sealed fields."""

import base64
import dataclasses
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage import seal
from storage.errors import IntegrityError, KeyMissing, NewerVersion
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
from storage.seal import KeyRing, MasterKey, SealedRecord
from storage.wire import join, split


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


# The protocol's "What the server stores" once more, with nothing of ours in it.

ANY_KEY = bytes(range(32))
MASTER = MasterKey(ANY_KEY)
TEAM = WorkspaceId("T1")


def _derived(info: str, key: bytes = ANY_KEY) -> bytes:
    """HKDF-SHA256 (RFC 5869) with an empty salt, one block long."""
    prk = hmac.digest(b"\x00" * 32, key, "sha256")
    return hmac.digest(prk, info.encode() + b"\x01", "sha256")


def _lp(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def _opened(sealed: bytes, purpose: str, aad: bytes) -> bytes:
    aes = AESGCM(_derived(f"slash-secret/1/server/{purpose}"))
    return aes.decrypt(sealed[:12], sealed[12:], aad)


def _forged(part: bytes, key_name: str = MASTER.name) -> SealedRecord:
    """A record that somebody with the server's key has written."""
    mac = hmac.digest(_derived("slash-secret/1/server/record"), part, "sha256")
    return SealedRecord(part, mac, key_name)


def test_keys_are_derived_as_the_protocol_says() -> None:
    """Each from the master by its own info; the master, if need be, from the signing secret."""
    for purpose in ("verify", "record", "guard", "audit"):
        key = _derived(f"slash-secret/1/server/{purpose}")
        assert getattr(MASTER, purpose).of(b"x") == hmac.digest(key, b"x", "sha256"), purpose
    assert _opened(MASTER.box.seal(b"x", b"aad"), "seal", b"aad") == b"x"
    assert _opened(MASTER.ticket_box.seal(b"x", b"aad"), "ticket", b"aad") == b"x"
    derived = MasterKey.from_signing_secret(b"a signing secret")
    assert derived.expose() == _derived("slash-secret/1/server/master", b"a signing secret")
    name = hashlib.sha256(b"slash-secret/1/key-name|" + ANY_KEY).digest()
    assert MASTER.name == base64.urlsafe_b64encode(name).decode()[:8]


def test_verifiers_are_as_the_protocol_says() -> None:
    """HMAC-SHA256 under k_verify; of an address, half of it."""
    key, proof = _derived("slash-secret/1/server/verify"), Proof.random()
    for purpose in ("link", "passphrase", "submit", "nonce"):
        message = _lp(purpose.encode(), SID.value.encode(), proof.expose())
        assert seal.verifier(MASTER, purpose, SID, proof) == hmac.digest(key, message, "sha256")
    message = _lp(b"address", SID.value.encode(), b"192.0.2.1")
    assert seal.address_mark(MASTER, SID, "192.0.2.1") == hmac.digest(key, message, "sha256")[:16]


def test_what_is_sealed_is_bound_as_the_protocol_says() -> None:
    """Fields, ciphertext, readers, texts and tokens: key, name in front, associated data."""
    ring, sid, front = KeyRing([MASTER]), SID.value.encode(), MASTER.name.encode()
    field = seal.seal_field(MASTER, "label", SID, b"x")
    assert _opened(field, "seal", _lp(b"label", sid)) == b"x"
    stored = seal.seal_blob(MASTER, SID, b"m" * 32, b"ciphertext")
    assert _opened(stored, "seal", _lp(b"blob", sid) + b"m" * 32) == b"ciphertext"
    assert seal.open_blob(MASTER, SID, b"m" * 32, stored) == b"ciphertext"
    reader = seal.seal_reader(ring, SID, Reader("192.0.2.1", "Firefox"))
    said = json.loads(_opened(reader.removeprefix(front), "seal", _lp(b"reader", sid)))
    assert said == {"address": "192.0.2.1", "browser": "Firefox"}
    text = seal.seal_text(ring, "template/once/email", TEAM, "Grüße")
    aad = _lp(b"template/once/email", b"T1")
    assert _opened(text.removeprefix(front), "seal", aad).decode() == "Grüße"
    assert seal.open_text(ring, "template/once/email", TEAM, text) == "Grüße"
    token = seal.seal_token(MASTER, "ticket", b"x")
    assert _opened(token, "ticket", _lp(b"ticket")) == b"x"
    assert seal.open_token(MASTER, "ticket", token) == b"x"


@pytest.mark.parametrize("altered", [b"\x01", b""])
def test_what_was_altered_or_swapped_does_not_open(altered: bytes) -> None:
    """Another name, id, workspace, purpose or mac; a byte more, or one less."""
    ring, other = KeyRing([MASTER]), SecretId.new(WorkspaceId("T1"))
    text = seal.seal_text(ring, "template/once/email", TEAM, "x")
    token = seal.seal_token(MASTER, "ticket", b"x")
    stored = seal.seal_blob(MASTER, SID, b"m" * 32, b"x")
    reader = seal.seal_reader(ring, SID, Reader("192.0.2.1", "Firefox"))

    def changed(sealed: bytes) -> bytes:
        return sealed + altered if altered else sealed[:-1]

    for attempt in (
        lambda: seal.open_text(ring, "template/often/email", TEAM, text),
        lambda: seal.open_text(ring, "template/once/email", WorkspaceId("T2"), text),
        lambda: seal.open_text(ring, "template/once/email", TEAM, changed(text)),
        lambda: seal.open_token(MASTER, "session", token),
        lambda: seal.open_token(MASTER, "ticket", changed(token)),
        lambda: seal.open_blob(MASTER, other, b"m" * 32, stored),
        lambda: seal.open_blob(MASTER, SID, b"n" * 32, stored),
        lambda: seal.open_blob(MASTER, SID, b"m" * 32, changed(stored)),
        lambda: seal.open_reader(ring, other, reader),
        lambda: seal.open_reader(ring, SID, changed(reader)),
    ):
        with pytest.raises(IntegrityError, match=r"^a sealed value does not open$"):
            attempt()


def test_what_a_removed_key_sealed_says_so() -> None:
    """It is told apart from what was altered, and names the key and nothing else."""
    ring, other = KeyRing([MASTER]), KeyRing([MasterKey.random()])
    reader = seal.seal_reader(ring, SID, Reader("192.0.2.1", "Firefox"))
    text = seal.seal_text(ring, "template/once/email", TEAM, "x")
    missing = f"^no configured key is named '{MASTER.name}'$"
    with pytest.raises(KeyMissing, match=missing):
        seal.open_reader(other, SID, reader)
    with pytest.raises(KeyMissing, match=missing):
        seal.open_text(other, "template/once/email", TEAM, text)
    with pytest.raises(KeyMissing, match="named '\N{REPLACEMENT CHARACTER}'"):
        seal.open_reader(ring, SID, b"\xff")
    with pytest.raises(KeyMissing, match="named '\N{REPLACEMENT CHARACTER}'"):
        seal.open_text(ring, "template/once/email", TEAM, b"\xff")
    with pytest.raises(ValueError, match=r"^a key ring needs a key$"):
        KeyRing([])


def test_a_ring_has_all_its_keys_and_begins_with_the_newest() -> None:
    """By name, in the order in which they are configured."""
    keys = [MasterKey.random() for _ in range(3)]
    ring = KeyRing(keys)
    assert list(ring) == keys
    assert ring.current is keys[0]
    assert [ring.named(key.name) for key in keys] == keys


def test_a_record_is_written_as_the_protocol_says() -> None:
    """Twenty fields in its order, and the mac over all of them."""
    record = a_record(SID)
    sealed = seal.seal_record(MASTER, record)
    fields = split(sealed.part)
    assert sealed == _forged(sealed.part)
    plain = {0: b"\x01", 1: SID.value.encode(), 2: b"T1", 3: b"U1", 4: b"r", 10: b"\x01"}
    plain |= {11: (1_700_000_000).to_bytes(8, "big"), 12: (1_700_086_400).to_bytes(8, "big")}
    plain |= {13: bytes.fromhex("00010000 00000003 00000001")}
    plain |= {14: b"l" * 32, 15: b"p" * 32, 16: b"s" * 32, 18: b"channel:C1"}
    plain |= {19: MASTER.name.encode()}
    boxes = {5: ("label", "Zürich 🏦"), 6: ("workspace_name", "Example"), 7: ("agent_name", "anna")}
    boxes |= {8: ("what", "Your FTP login"), 9: ("fields", '["Username", "Password"]')}
    boxes |= {17: ("public_key", "k" * 1216)}
    assert sorted([*plain, *boxes]) == list(range(len(fields)))
    assert {at: fields[at] for at in plain} == plain
    for at, (name, value) in boxes.items():
        assert _opened(fields[at], "seal", _lp(name.encode(), SID.value.encode())) == value.encode()
    assert seal.submit_verifier(sealed) == b"s" * 32


def test_what_is_empty_is_not_sealed() -> None:
    """No label, no words, no passphrase: empty fields, and they come back empty."""
    bare = dataclasses.replace(
        a_record(SID), label="", what="", fields=(), single_use=False, argon2=None, public_key=b""
    )
    sealed = seal.seal_record(MASTER, bare)
    fields = split(sealed.part)
    assert [fields[at] for at in (5, 8, 9, 10, 13, 17)] == [b"", b"", b"", b"\x00", b"", b""]
    opened = seal.open_record(KeyRing([MASTER]), SID, sealed)
    assert opened == dataclasses.replace(bare, key_name=MASTER.name)


def test_a_record_that_the_key_vouches_for_is_still_looked_at() -> None:
    """Another id, another key's name, a later version, a field too few or too many."""
    ring = KeyRing([MASTER])
    fields = split(seal.seal_record(MASTER, a_record(SID)).part)
    other = SecretId.new(TEAM).value.encode()

    def refused(fields: list[bytes], error: type[IntegrityError], words: str) -> None:
        with pytest.raises(error, match=f"^{words}$") as caught:
            seal.open_record(ring, SID, _forged(join(fields)))
        assert caught.type is error

    elsewhere = "the record names another id or key"
    refused([fields[0], other, *fields[2:]], IntegrityError, elsewhere)
    refused([*fields[:19], b"another1"], IntegrityError, elsewhere)
    later = "the record was written by a later version"
    refused([b"\x02", *fields[1:]], NewerVersion, later)
    refused([b"\x02", b"whatever it has"], NewerVersion, later)
    count = "the record has another version or number of fields"
    refused([*fields[:5], *fields[6:]], IntegrityError, count)
    refused([*fields[:5], b"", *fields[5:]], IntegrityError, count)
    # A later version's mac is looked at first: whoever has no key says nothing by it.
    later_part = join([b"\x02", *fields[1:]])
    with pytest.raises(IntegrityError, match=r"^the record's mac does not match$"):
        seal.check_record(ring, SID, SealedRecord(later_part, b"m" * 32, MASTER.name))
    torn = join(fields[:2]) + b"\xff\xff\xff\xff" + join(fields[19:])
    with pytest.raises(IntegrityError, match=r"^the record does not parse$"):
        seal.open_record(ring, SID, _forged(torn))


def test_whose_a_record_surely_is() -> None:
    """Its creator when id, key and mac are right; else only a full look can tell."""
    ring, sealed = KeyRing([MASTER]), seal.seal_record(MASTER, a_record(SID))
    assert seal.surely_of(ring, SID, sealed) == "U1"
    assert seal.surely_of(ring, SecretId.new(TEAM), sealed) is None
    assert seal.surely_of(KeyRing([MasterKey.random()]), SID, sealed) is None
    assert seal.surely_of(ring, SID, dataclasses.replace(sealed, mac=b"m" * 32)) is None
    later = join([b"\x02", *split(sealed.part)[1:]])
    assert seal.surely_of(ring, SID, _forged(later)) is None
