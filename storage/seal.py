"""What the server adds: verifiers, record mac and the at-rest layer, under SECRETS_HMAC_KEY.

A stolen database holds HMACs and AES-GCM boxes under keys that are not in it. See
docs/protocol.md, "What the server stores".
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from storage.errors import DecodingError, IntegrityError, KeyMissing, NewerVersion
from storage.model import (
    Argon2,
    Hidden,
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
from storage.primitives import Box, Mac, hkdf
from storage.wire import b64u, join, lp, split, u64

VERSION = b"\x01"
NAME_SIZE = 8


class MasterKey(Hidden):
    """One key of SECRETS_HMAC_KEY and what is derived from it."""

    size = 32

    @classmethod
    def from_signing_secret(cls, signing_secret: bytes) -> "MasterKey":
        """The ``derived`` key, for an operator who set none."""
        info = b"slash-secret/1/server/master"
        return cls(hkdf(signing_secret, salt=b"", info=info, length=cls.size))

    @cached_property
    def name(self) -> str:
        """8 characters that tell keys apart without saying anything of them."""
        return b64u(hashlib.sha256(b"slash-secret/1/key-name|" + self.expose()).digest())[
            :NAME_SIZE
        ]

    @cached_property
    def verify(self) -> Mac:
        """Under k_verify."""
        return Mac(self._derive("verify"))

    @cached_property
    def record(self) -> Mac:
        """Under k_record."""
        return Mac(self._derive("record"))

    @cached_property
    def guard(self) -> Mac:
        """Under k_guard."""
        return Mac(self._derive("guard"))

    @cached_property
    def audit(self) -> Mac:
        """Under k_audit."""
        return Mac(self._derive("audit"))

    @cached_property
    def box(self) -> Box:
        """AES-256-GCM under k_seal."""
        return Box(self._derive("seal"))

    @cached_property
    def ticket_box(self) -> Box:
        """AES-256-GCM under k_ticket."""
        return Box(self._derive("ticket"))

    def _derive(self, purpose: str) -> bytes:
        info = b"slash-secret/1/server/" + purpose.encode()
        return hkdf(self.expose(), salt=b"", info=info, length=32)


class KeyRing:
    """Every configured master key, newest first: new things use the first, old ones their own."""

    def __init__(self, masters: Sequence[MasterKey]) -> None:
        if not masters:
            raise ValueError("a key ring needs a key")
        self._masters = {master.name: master for master in masters}
        self.current = masters[0]

    def __iter__(self) -> Iterator[MasterKey]:
        return iter(self._masters.values())

    def named(self, name: str) -> MasterKey:
        """Raise KeyMissing when that key is not configured."""
        try:
            return self._masters[name]
        except KeyError:
            raise KeyMissing(f"no configured key is named {name!r}") from None


def verifier(master: MasterKey, purpose: str, sid: SecretId, value: Proof | Nonce) -> bytes:
    """HMAC-SHA256 of a proof or nonce; what is stored can't be replayed as a proof."""
    return _mac(master, purpose, sid, value.expose())


def address_mark(master: MasterKey, sid: SecretId, address: str) -> bytes:
    """16 bytes that say "same client address as before" for one secret, and nothing else."""
    return _mac(master, "address", sid, address.encode())[:16]


def _mac(master: MasterKey, purpose: str, sid: SecretId, value: bytes) -> bytes:
    message = join((purpose.encode(), sid.value.encode(), value))
    return master.verify.of(message)


def seal_field(master: MasterKey, name: str, sid: SecretId, value: bytes) -> bytes:
    """Iv + AES-256-GCM(k_seal), bound to the field's name and the id so that no two swap."""
    return master.box.seal(value, lp(name.encode()) + lp(sid.value.encode()))


def open_field(master: MasterKey, name: str, sid: SecretId, sealed: bytes) -> bytes:
    """Undo ``seal_field``. Raises IntegrityError."""
    return _open(master.box, sealed, lp(name.encode()) + lp(sid.value.encode()))


def seal_token(master: MasterKey, purpose: str, value: bytes) -> bytes:
    """A ticket or session: sealed, so that it is opaque, and no ticket passes as a session."""
    return master.ticket_box.seal(value, lp(purpose.encode()))


def open_token(master: MasterKey, purpose: str, sealed: bytes) -> bytes:
    """Undo ``seal_token``. Raises IntegrityError."""
    return _open(master.ticket_box, sealed, lp(purpose.encode()))


def seal_blob(master: MasterKey, sid: SecretId, mac: bytes, blob: bytes) -> bytes:
    """The at-rest layer around the link holder's ciphertext; the mac ties it to its record."""
    return master.box.seal(blob, _blob_aad(sid, mac))


def open_blob(master: MasterKey, sid: SecretId, mac: bytes, stored: bytes) -> bytes:
    """Undo ``seal_blob``. Raises IntegrityError when blob or record were altered or swapped."""
    return _open(master.box, stored, _blob_aad(sid, mac))


def _blob_aad(sid: SecretId, mac: bytes) -> bytes:
    return lp(b"blob") + lp(sid.value.encode()) + mac


def _open(box: Box, sealed: bytes, aad: bytes) -> bytes:
    opened = box.open(sealed, aad)
    if opened is None:
        raise IntegrityError("a sealed value does not open")
    return opened


def seal_reader(ring: KeyRing, sid: SecretId, reader: Reader) -> bytes:
    """Key name + sealed JSON: addresses are people's data and stay closed to a database reader."""
    data = msgspec.json.encode({"address": reader.address, "browser": reader.browser})
    return ring.current.name.encode() + seal_field(ring.current, "reader", sid, data)


def open_reader(ring: KeyRing, sid: SecretId, sealed: bytes) -> Reader:
    """Undo ``seal_reader``. Raises IntegrityError, KeyMissing."""
    master = ring.named(sealed[:NAME_SIZE].decode("ascii", "replace"))
    data = json.loads(open_field(master, "reader", sid, sealed[NAME_SIZE:]))
    return Reader(address=data["address"], browser=data["browser"])


def seal_text(ring: KeyRing, name: str, workspace: WorkspaceId, text: str) -> bytes:
    """Key name + sealed text, bound to its name and workspace so that no two swap."""
    aad = lp(name.encode()) + lp(workspace.encode())
    return ring.current.name.encode() + ring.current.box.seal(text.encode(), aad)


def open_text(ring: KeyRing, name: str, workspace: WorkspaceId, sealed: bytes) -> str:
    """Undo ``seal_text``. Raises IntegrityError, KeyMissing."""
    master = ring.named(sealed[:NAME_SIZE].decode("ascii", "replace"))
    aad = lp(name.encode()) + lp(workspace.encode())
    return _open(master.box, sealed[NAME_SIZE:], aad).decode()


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """The immutable part as stored (``part``, see docs/protocol.md) and its mac."""

    part: bytes
    mac: bytes
    key_name: str


def seal_record(master: MasterKey, record: Record) -> SealedRecord:
    """Encode each field as lp, in the protocol's order; what names people is sealed."""

    def sealed(name: str, value: bytes) -> bytes:
        return seal_field(master, name, record.id, value) if value else b""

    part = join(
        [
            VERSION,
            record.id.value.encode(),
            record.workspace.encode(),
            record.creator.encode(),
            record.kind.encode(),
            sealed("label", record.label.encode()),
            sealed("workspace_name", record.workspace_name.encode()),
            sealed("agent_name", record.agent_name.encode()),
            sealed("what", record.what.encode()),
            sealed("fields", json.dumps(record.fields).encode() if record.fields else b""),
            b"\x01" if record.single_use else b"\x00",
            u64(record.created),
            u64(record.expires),
            _argon2_bytes(record.argon2),
            record.verifiers.link,
            record.verifiers.passphrase,
            record.verifiers.submit,
            sealed("public_key", record.public_key),
            record.collect_by.encode(),
            master.name.encode(),
        ]
    )
    return SealedRecord(part, master.record.of(part), master.name)


def check_record(ring: KeyRing, sid: SecretId, sealed: SealedRecord) -> MasterKey:
    """Believe a record: mac right, made for this id, under the key it says.

    Raises Unreadable when its key is not configured or its version is a later one, IntegrityError
    when it was altered. The
    key's name is stored twice, so that altering it inside the part reads as tampering.
    """
    newer = sealed.part[_LENGTH : _LENGTH + 1] > VERSION
    if not newer:
        # Its first fields and its last one: what stands between is as it was when the mac is right.
        tail = lp(sealed.key_name.encode())
        if not (sealed.part.startswith(_head(sid)) and sealed.part.endswith(tail)):
            raise IntegrityError("the record names another id or key")
    master = ring.named(sealed.key_name)
    if not hmac.compare_digest(master.record.of(sealed.part), sealed.mac):
        raise IntegrityError("the record's mac does not match")
    if newer:
        raise NewerVersion("the record was written by a later version")
    return master


def surely_of(ring: KeyRing, sid: SecretId, sealed: SealedRecord) -> UserId | None:
    """Whose record it is, if that can be believed; None when only a full look can tell.

    Costs a tenth of ``open_record``, for those who pass over most of what they see.
    """
    head = _head(sid)
    if not sealed.part.startswith(head):
        return None
    try:
        master = ring.named(sealed.key_name)
    except KeyMissing:
        return None
    if not hmac.compare_digest(master.record.of(sealed.part), sealed.mac):
        return None
    _, workspace_end = _field(sealed.part, len(head))
    creator, _ = _field(sealed.part, workspace_end)
    return UserId(creator.decode())


def _head(sid: SecretId) -> bytes:
    """What every record of this version begins with."""
    return lp(VERSION) + lp(sid.value.encode())


def _field(part: bytes, start: int) -> tuple[bytes, int]:
    """The field that begins there, and where the next one does; of a part that is believed."""
    begin = start + _LENGTH
    end = begin + int.from_bytes(part[start:begin], "big")
    return part[begin:end], end


def submit_verifier(sealed: SealedRecord) -> bytes:
    """Of a record that ``check_record`` believes; nothing sealed is opened for a stranger."""
    return _fields(sealed.part)[_SUBMIT]


def open_record(ring: KeyRing, sid: SecretId, sealed: SealedRecord) -> Record:
    """Check and open. Raises KeyMissing, IntegrityError."""
    master = check_record(ring, sid, sealed)
    fields = _fields(sealed.part)

    def opened(name: str, value: bytes) -> bytes:
        return open_field(master, name, sid, value) if value else b""

    return Record(
        id=sid,
        workspace=WorkspaceId(fields[2].decode()),
        creator=UserId(fields[3].decode()),
        kind=Kind(fields[4].decode()),
        label=opened("label", fields[5]).decode(),
        workspace_name=opened("workspace_name", fields[6]).decode(),
        agent_name=opened("agent_name", fields[7]).decode(),
        what=opened("what", fields[8]).decode(),
        fields=tuple(json.loads(opened("fields", fields[9]) or b"[]")),
        single_use=fields[10] == b"\x01",
        created=Seconds(int.from_bytes(fields[11], "big")),
        expires=Seconds(int.from_bytes(fields[12], "big")),
        argon2=_argon2(fields[13]),
        verifiers=Verifiers(*fields[14:17]),
        public_key=opened("public_key", fields[17]),
        collect_by=fields[18].decode(),
        key_name=sealed.key_name,
    )


_LENGTH = 4  # of the length in front of each field
_SUBMIT = 16
_COUNT = 20


def _fields(part: bytes) -> list[bytes]:
    try:
        fields = split(part)
    except DecodingError:
        raise IntegrityError("the record does not parse") from None
    if len(fields) != _COUNT or fields[0] != VERSION:
        raise IntegrityError("the record has another version or number of fields")
    return fields


def _argon2_bytes(params: Argon2 | None) -> bytes:
    return b"".join(n.to_bytes(4, "big") for n in (params.m, params.t, params.p)) if params else b""


def _argon2(data: bytes) -> Argon2 | None:
    if not data:
        return None
    return Argon2(*(int.from_bytes(data[i : i + 4], "big") for i in (0, 4, 8)))
