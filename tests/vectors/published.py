"""The vectors that the standards publish: RFC 9180's, else from the wheel ``cryptography-vectors``.

``python -m tests.vectors.published`` prints them as JSON, bytes in hexadecimal, for the browser's
code.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any

from tests.vectors import hpke

# RFC 5869's three with SHA-256, and one of 1,200 bytes that OpenSSL made and Go confirmed.
_HKDF = ("KDF/rfc-5869-HKDF-SHA256.txt", "KDF/hkdf-generated.txt")
_ENCRYPT = "ciphers/AES/GCM/gcmEncryptExtIV256.rsp"
_DECRYPT = "ciphers/AES/GCM/gcmDecrypt256.rsp"
# The working group's for post-quantum suites.
_HPKE = "HPKE/hpke-pq-test-vectors.json"
# RFC 9180, Appendix A, base mode with HKDF-SHA256: sections A.1.1, A.2.1, A.3.1 and A.5.1, each with
# KEM, AEAD, shared_secret, key and base_nonce. The info of all is the same.
_RFC_9180_INFO = "4f6465206f6e2061204772656369616e2055726e"
_RFC_9180 = (
    (
        (0x0020, 0x0001, "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc"),
        ("4531685d41d65f03dc48f6b8302c05b0", "56d890e5accaaf011cff4b7d"),
    ),
    (
        (0x0020, 0x0003, "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7"),
        (
            "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91",
            "5c4d98150661b848853b547f",
        ),
    ),
    (
        (0x0010, 0x0001, "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8"),
        ("868c066ef58aae6dc589b6cfdd18f97e", "4e0bc5018beba4bf004cca59"),
    ),
    (
        (0x0010, 0x0003, "806520f82ef0b03c823b7fc524b6b55a088f566b9751b89551c170f4113bd850"),
        (
            "a8f45490a92a3b04d1dbf6cf2c3939ad8bfc9bfcb97c04bffe116730c9dfe3fc",
            "726b4390ed2209809f58c693",
        ),
    ),
)
# `[name = value]` holds from there on, `name = value` for one case; FAIL stands alone.
_LINE = re.compile(r"^(\[?)(\w+)(?: *= *([\w-]*))?\]? *$", re.MULTILINE)


@dataclass(frozen=True)
class Derivation:
    """HKDF-SHA256; as many bytes are asked for as ``okm`` has."""

    ikm: bytes
    salt: bytes
    info: bytes
    okm: bytes


@dataclass(frozen=True)
class Message:
    """AES-256-GCM."""

    key: bytes
    aad: bytes
    plaintext: bytes | None
    """None: ``sealed`` must not open."""
    sealed: bytes
    """iv (12), ciphertext, tag (16)."""


@dataclass(frozen=True)
class KeyPair:
    """X-Wing."""

    seed: bytes
    public_key: bytes


@dataclass(frozen=True)
class Answer:
    """HPKE to an X-Wing key. ``enc`` and its shared secret are published, the rest is made of them."""

    seed: bytes
    public_key: bytes
    ekm: bytes
    """What encapsulation draws: 64 bytes."""
    info: bytes
    plaintext: bytes | None
    """None: ``sealed`` must not open."""
    sealed: bytes
    """enc (1,120), ciphertext, tag (16)."""


@dataclass(frozen=True)
class Schedule:
    """HPKE's key schedule, base mode, HKDF-SHA256."""

    suite: hpke.Suite
    info: bytes
    shared_secret: bytes
    key: bytes
    base_nonce: bytes


@dataclass(frozen=True)
class Encapsulation:
    """X-Wing."""

    seed: bytes
    enc: bytes
    shared_secret: bytes


@dataclass(frozen=True)
class Vectors:
    """Cases by what they are for, in the order of their files."""

    hkdf: list[Derivation]
    encrypt: list[Message]
    decrypt: list[Message]
    x_wing: list[KeyPair]
    hpke_seal: list[Answer]
    hpke_open: list[Answer]


def published() -> Vectors:
    """Every case that the protocol can meet."""
    answers = _answers()
    return Vectors(
        hkdf=[_derivation(case) for file in _HKDF for case in _cases(file)],
        encrypt=_messages(_ENCRYPT),
        decrypt=_messages(_DECRYPT),
        x_wing=[KeyPair(_bytes(case, "skRm"), _bytes(case, "pkRm")) for case in _hpke(hpke.XWING)],
        hpke_seal=answers,
        hpke_open=answers + [bad for answer in answers for bad in _damaged(answer)],
    )


def schedules() -> list[Schedule]:
    """RFC 9180's, and the working group's: what ``tests.vectors.hpke`` is checked against."""
    rfc = [
        Schedule(hpke.Suite(kem, aead), *map(bytes.fromhex, (_RFC_9180_INFO, shared, *expected)))
        for (kem, aead, shared), expected in _RFC_9180
    ]
    names = ("info", "shared_secret", "key", "base_nonce")
    return rfc + [
        Schedule(hpke.Suite(case["kem_id"], case["aead_id"]), *(_bytes(case, n) for n in names))
        for case in _hpke()
        if case["kdf_id"] == hpke.HKDF_SHA256
    ]


def encapsulations() -> list[Encapsulation]:
    """The working group's: the same."""
    names = ("skRm", "enc", "shared_secret")
    return [Encapsulation(*(_bytes(case, n) for n in names)) for case in _hpke(hpke.XWING)]


def falsified(true: Vectors) -> Vectors:
    """The same cases, each with a bit flipped in what it expects: not one of them may hold."""
    opening = [(case, case.plaintext) for case in true.decrypt if case.plaintext is not None]
    answers = [(case, case.plaintext) for case in true.hpke_open if case.plaintext is not None]
    return Vectors(
        hkdf=[replace(case, okm=_flipped(case.okm, at)) for case in true.hkdf for at in (0, -1)],
        encrypt=[_altered(case, at) for case in true.encrypt for at in (12, -1)],
        decrypt=[
            *(_altered(case, at) for case, _ in opening for at in (12, -1)),
            *(replace(case, plaintext=_flipped(text, 0)) for case, text in opening if text),
            # What opens is said not to, and the other way round.
            *(replace(case, plaintext=None) for case, _ in opening),
            *(replace(case, plaintext=b"") for case in true.decrypt if case.plaintext is None),
        ],
        x_wing=[
            replace(case, public_key=_flipped(case.public_key, at))
            for case in true.x_wing
            for at in (0, -1)
        ],
        hpke_seal=[_spoilt(case, at) for case in true.hpke_seal for at in _PARTS],
        hpke_open=[
            *(_spoilt(case, at) for case, _ in answers for at in _PARTS),
            *(replace(case, plaintext=_flipped(text, 0)) for case, text in answers if text),
            *(replace(case, plaintext=None) for case, _ in answers),
            *(replace(case, plaintext=b"") for case in true.hpke_open if case.plaintext is None),
        ],
    )


def in_hex(vectors: Vectors) -> Any:
    """The same as JSON has it, for JavaScript."""
    return json.loads(json.dumps(asdict(vectors), default=bytes.hex))


def _altered(case: Message, at: int) -> Message:
    return replace(case, sealed=_flipped(case.sealed, at))


def _flipped(data: bytes, at: int, bit: int = 1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= bit
    return bytes(changed)


# The first bytes of ML-KEM's ciphertext, of X25519's public key and of AES-GCM's ciphertext or tag,
# and the tag's last.
_PARTS = (0, 1088, 1120, -1)


def _spoilt(case: Answer, at: int) -> Answer:
    return replace(case, sealed=_flipped(case.sealed, at))


def _damaged(answer: Answer) -> list[Answer]:
    """Answers that must not open, made of one that must."""
    bad = [_spoilt(answer, at) for at in _PARTS]
    # X25519 leaves this bit out (RFC 7748, section 5); X-Wing's combiner does not.
    bad.append(replace(answer, sealed=_flipped(answer.sealed, 1119, 0x80)))
    bad.append(replace(answer, sealed=answer.sealed[:-1]))
    bad.append(replace(answer, info=_flipped(answer.info, 0)))
    bad.append(replace(answer, seed=_flipped(answer.seed, 0)))
    return [replace(case, plaintext=None) for case in bad]


def _answers() -> list[Answer]:
    """Messages of our suite to the published keys, under the published encapsulations."""
    return [
        Answer(
            seed=_bytes(case, "skRm"),
            public_key=_bytes(case, "pkRm"),
            ekm=_bytes(case, "ikmE"),
            info=_bytes(case, "info"),
            plaintext=plaintext,
            sealed=_bytes(case, "enc")
            + hpke.seal(_bytes(case, "shared_secret"), _bytes(case, "info"), plaintext),
        )
        for case in _hpke(hpke.XWING)
        for plaintext in (bytes.fromhex(case["encryptions"][0]["pt"]), b"")
    ]


def _hpke(kem: int | None = None) -> list[dict[str, Any]]:
    text = resources.files("cryptography_vectors").joinpath(_HPKE).read_text("ascii")
    return [case for case in json.loads(text) if kem in (None, case["kem_id"])]


def _bytes(case: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(case[name])


def _cases(file: str) -> list[dict[str, str]]:
    """Read a file's cases, each by the names that the file uses."""
    text = resources.files("cryptography_vectors").joinpath(file).read_text("ascii")
    common: dict[str, str] = {}
    cases: list[dict[str, str]] = []
    for bracket, name, value in _LINE.findall(text):
        if bracket:
            common[name] = value
        elif name.upper() == "COUNT":
            cases.append(dict(common))
        else:
            cases[-1][name] = value
    return cases


def _derivation(case: dict[str, str]) -> Derivation:
    ikm, salt, info, okm = (bytes.fromhex(case[name]) for name in ("IKM", "salt", "info", "OKM"))
    if (case["Hash"], case["L"]) != ("SHA-256", str(len(okm))):
        raise ValueError("a case for another hash, or cut")
    return Derivation(ikm, salt, info, okm)


def _messages(file: str) -> list[Message]:
    """Keep ivs of 96 bits and whole tags: the protocol has no others."""
    return [
        Message(
            key=bytes.fromhex(case["Key"]),
            aad=bytes.fromhex(case["AAD"]),
            plaintext=None if "FAIL" in case else bytes.fromhex(case["PT"]),
            sealed=bytes.fromhex(case["IV"] + case["CT"] + case["Tag"]),
        )
        for case in _cases(file)
        if (case["IVlen"], case["Taglen"]) == ("96", "128")
    ]


if __name__ == "__main__":
    true = published()
    print(json.dumps({"published": in_hex(true), "falsified": in_hex(falsified(true))}))
