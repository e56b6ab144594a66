"""The vectors that the standards publish, from the wheel ``cryptography-vectors``.

``python -m tests.vectors.published`` prints them as JSON, bytes in hexadecimal, for the browser's
code.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any

# RFC 5869's three with SHA-256, and one of 1,200 bytes that OpenSSL made and Go confirmed.
_HKDF = ("KDF/rfc-5869-HKDF-SHA256.txt", "KDF/hkdf-generated.txt")
_ENCRYPT = "ciphers/AES/GCM/gcmEncryptExtIV256.rsp"
_DECRYPT = "ciphers/AES/GCM/gcmDecrypt256.rsp"
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
class Vectors:
    """Cases by what they are for, in the order of their files."""

    hkdf: list[Derivation]
    encrypt: list[Message]
    decrypt: list[Message]


def published() -> Vectors:
    """Every case that the protocol can meet."""
    return Vectors(
        hkdf=[_derivation(case) for file in _HKDF for case in _cases(file)],
        encrypt=_messages(_ENCRYPT),
        decrypt=_messages(_DECRYPT),
    )


def falsified(true: Vectors) -> Vectors:
    """The same cases, each with a bit flipped in what it expects: not one of them may hold."""
    opening = [(case, case.plaintext) for case in true.decrypt if case.plaintext is not None]
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
    )


def in_hex(vectors: Vectors) -> Any:
    """The same as JSON has it, for JavaScript."""
    return json.loads(json.dumps(asdict(vectors), default=bytes.hex))


def _altered(case: Message, at: int) -> Message:
    return replace(case, sealed=_flipped(case.sealed, at))


def _flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


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
