"""Remake v1-request.json: ``python -m tests.vectors.requests``.

Deterministic, like v1.json. Three hands made it: ``storage`` keys, tokens and proofs, the browser's
library each ``enc`` (from ``ekm``), and ``tests.vectors.hpke`` what is encrypted under it.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import answers, envelope
from storage.answers import RequestSeed
from storage.model import Content, Kind, SecretId, TextFile, Token
from storage.primitives import XWing
from storage.wire import b64u
from tests.vectors import hpke
from tests.vectors.make import an_id, material

FILE = Path(__file__).parent / "v1-request.json"
_NODE = Path(__file__).parents[2] / ".ci/node.py"
_ENCAPSULATE = ("node", "../../tests/frontend/encapsulate.js")

CONTENTS = (
    Content(text="hunter2"),
    Content(text=""),
    Content(text='Pässwörd 🔑 👩‍👩‍👧 مرحبا \u202eabc\u202c \u2028 \x00 "quoted" \\ </script>'),
    Content(text="x" * 245),
    Content(fields=(("Username", "anna"), ("Password", "s3cr3t é"), ("Notes", "a\nb\n"))),
    Content(fields=(), file=TextFile("id.pem", "-----BEGIN KEY-----\nAA==\n")),
)


@dataclass(frozen=True)
class Request:
    """A numbered request."""

    number: int

    @property
    def id(self) -> SecretId:
        """Shared by both links."""
        return an_id(300 + self.number)

    @property
    def seed(self) -> RequestSeed:
        """K of kind c."""
        return RequestSeed(material(f"request seed {self.number}", 32))

    @property
    def public_key(self) -> bytes:
        """1,216 bytes."""
        return answers.public_key_of(self.seed)

    @property
    def ekm(self) -> bytes:
        """What encapsulation draws for the answer to this request."""
        return material(f"request ekm {self.number}", 64)

    @property
    def info(self) -> bytes:
        """HPKE's."""
        return b"slash-secret/1/request|" + self.id.value.encode()

    def token(self, kind: Kind) -> Token:
        """The fragment of one of the links."""
        key = answers.request_key(self.public_key) if kind is Kind.REQUEST else self.seed
        return envelope.encode_token(kind, self.id, key)


REQUESTS = tuple(Request(number) for number in range(len(CONTENTS)))


def requests() -> list[dict[str, str]]:
    """Everything that follows from id and seed."""
    return [
        {
            "id": one.id.value,
            "seed_hex": one.seed.expose().hex(),
            "public_key_hex": one.public_key.hex(),
            "request_key_hex": answers.request_key(one.public_key).expose().hex(),
            "code": answers.read_aloud_code(one.public_key),
            "request_token": one.token(Kind.REQUEST).expose().decode(),
            "collect_token": one.token(Kind.COLLECT).expose().decode(),
            "submit_proof_hex": envelope.submit_proof(answers.request_key(one.public_key), one.id)
            .expose()
            .hex(),
            "link_proof_hex": envelope.link_proof(one.seed, one.id).expose().hex(),
        }
        for one in REQUESTS
    ]


def damaged_links() -> list[dict[str, str]]:
    """Links of requests that a page must refuse before it sends anything."""
    one, other = REQUESTS[:2]
    request, collect = (one.token(kind).expose().decode() for kind in (Kind.REQUEST, Kind.COLLECT))
    cases = (
        ("the collect link's token under /r/", "r", one.id, collect),
        ("the request link's token under /c/", "c", one.id, request),
        ("the request link's token under /s/", "s", one.id, request),
        ("the collect link's token under /s/", "s", one.id, collect),
        ("another request's id under /r/", "r", other.id, request),
        ("another request's id under /c/", "c", other.id, collect),
        ("nothing under /r/", "r", one.id, ""),
        ("nothing under /c/", "c", one.id, ""),
        ("cut under /r/", "r", one.id, request[:-1]),
        ("cut under /c/", "c", one.id, collect[:-1]),
        ("too long under /r/", "r", one.id, request + "A"),
        ("a ticket under /r/", "r", one.id, request + ".ticket"),
        ("the seed alone", "c", one.id, b64u(one.seed.expose())),
    )
    return [{"why": why, "kind": k, "id": i.value, "token": t} for why, k, i, t in cases]


def encapsulations() -> list[bytes]:
    """One ``enc`` for each request, from its ``ekm``."""
    wanted = [(one.public_key.hex(), one.ekm.hex()) for one in REQUESTS]
    command = [sys.executable, str(_NODE), *_ENCAPSULATE]
    done = subprocess.run(
        command, input=json.dumps(wanted), capture_output=True, check=True, text=True
    )
    return [bytes.fromhex(enc) for enc in json.loads(done.stdout)]


def sealed_answers(encs: list[bytes]) -> list[dict[str, Any]]:
    """Answers of every form that must open, and that the page must seal to the same bytes."""
    found = []
    for one, content, enc in zip(REQUESTS, CONTENTS, encs, strict=True):
        plain = envelope.encode_content(content)
        found.append(
            {
                "id": one.id.value,
                "seed_hex": one.seed.expose().hex(),
                "ekm_hex": one.ekm.hex(),
                "content": json.loads(plain),
                "plaintext_utf8_hex": plain.hex(),
                "blob_hex": _sealed(one, enc, envelope.pad(plain)).hex(),
            }
        )
    return found


def damaged_answers(encs: list[bytes]) -> list[dict[str, str]]:
    """Answers that must not open."""
    one, other = REQUESTS[:2]
    good = _sealed(one, encs[0], envelope.pad(envelope.encode_content(CONTENTS[0])))

    def flipped(at: int, bit: int = 1) -> bytes:
        changed = bytearray(good)
        changed[at] ^= bit
        return bytes(changed)

    def forged(plain: bytes) -> bytes:
        """Encrypt a padded plaintext of our choice to the right key."""
        return _sealed(one, encs[0], plain)

    blobs = {
        "bit flipped at the start of ML-KEM's ciphertext": flipped(0),
        "bit flipped at the end of ML-KEM's u": flipped(959, 128),
        "bit flipped at the start of ML-KEM's v": flipped(960),
        "bit flipped at the end of ML-KEM's ciphertext": flipped(1087, 128),
        "bit flipped in X25519's public key": flipped(1088),
        "the bit of X25519's public key that X25519 leaves out": flipped(1119, 128),
        "bit flipped at the start of the ciphertext": flipped(1120),
        "bit flipped at the end of the ciphertext": flipped(len(good) - 17, 128),
        "bit flipped in the tag": flipped(len(good) - 1),
        "X25519's public key of low order": good[:1088] + bytes(32) + good[1120:],
        "another answer's enc": encs[1] + good[1120:],
        "enc and ciphertext the other way round": good[1120:] + good[:1120],
        "cut": good[:-1],
        "one byte too many": good + b"\x00",
        "only enc": good[:1120],
        "enc cut": good[:1119],
        "empty": b"",
        "no padding mark": forged(bytes(256)),
        "padding not to 256": forged(b'{"v":1,"text":"a"}\x80'),
        "not JSON": forged(envelope.pad(b"hello")),
        "version 2": forged(envelope.pad(b'{"v":2,"text":"a"}')),
    }
    found = [(why, one.id, one.seed, blob) for why, blob in blobs.items()]
    found += [
        ("another request's id", other.id, one.seed, good),
        ("another request's seed", one.id, other.seed, good),
        ("seed with a bit flipped", one.id, RequestSeed(_flip(one.seed.expose())), good),
    ]
    return [
        {"why": why, "id": i.value, "seed_hex": s.expose().hex(), "blob_hex": b.hex()}
        for why, i, s, b in found
    ]


def foreign_keys() -> list[dict[str, str]]:
    """Public keys which are not the one that the first request's link was made for."""
    one, other = REQUESTS[:2]
    good = one.public_key
    cases = {
        "another request's": other.public_key,
        "bit flipped in ML-KEM's half": _flip(good),
        "bit flipped in X25519's half": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[:-1],
        "one byte too many": good + b"\x00",
        "empty": b"",
        "its own SHA-256": answers.request_key(good).expose(),
    }
    return [{"why": why, "public_key_hex": key.hex()} for why, key in cases.items()]


def bad_public_keys() -> list[dict[str, str]]:
    """What nothing may be sealed to, whatever a link says about it."""
    good = XWing(material("bad public key", 32)).public_key
    cases = {
        "a coefficient outside ML-KEM's field": b"\xff\xff" + good[2:],
        "X25519's half of low order": good[:-32] + bytes(32),
        "ML-KEM's half alone": good[:-32],
        "cut": good[:-1],
        "one byte too many": good + b"\x00",
        "empty": b"",
    }
    return [{"why": why, "public_key_hex": key.hex()} for why, key in cases.items()]


def _sealed(one: Request, enc: bytes, plain: bytes) -> bytes:
    return enc + hpke.seal(hpke.decapsulate(one.seed.expose(), enc), one.info, plain)


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def vectors() -> dict[str, Any]:
    """Everything in v1-request.json."""
    encs = encapsulations()
    return {
        "requests": requests(),
        "damaged_links": damaged_links(),
        "answers": sealed_answers(encs),
        "damaged_answers": damaged_answers(encs),
        "foreign_keys": foreign_keys(),
        "bad_public_keys": bad_public_keys(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n")
