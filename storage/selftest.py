"""How the doctor asks a web process what it sees, through whatever stands in front of it.

A call to ``GET /healthz`` with this header is answered with where it came from. The header is sealed
under the server's key: whoever is not the operator gets the usual answer, and the answer proves that
both have the same key. See docs/protocol.md, "Self-test".
"""

import secrets
import time
from dataclasses import dataclass

from storage.errors import DecodingError, IntegrityError
from storage.seal import NAME_SIZE, KeyRing, open_token, seal_token
from storage.wire import b64u, join, split, u64, unb64u

HEADER = "X-Slash-Secret-Doctor"
_PURPOSE = "doctor"
_WINDOW = 60.0
_MOST = 200


@dataclass(frozen=True, slots=True)
class Question:
    """The header's ``text``, and the ``nonce`` that only a holder of the key can read out of it."""

    text: str
    nonce: str


def ask(ring: KeyRing) -> Question:
    """Make one, good for a minute."""
    nonce = secrets.token_bytes(16)
    sealed = seal_token(ring.current, _PURPOSE, join([u64(int(time.time())), nonce]))
    return Question(b64u(ring.current.name.encode() + sealed), b64u(nonce))


def nonce_of(ring: KeyRing, text: str) -> str | None:
    """Read the nonce of a question asked within a minute; None for everything else."""
    try:
        raw = unb64u(text[:_MOST])
        master = ring.named(raw[:NAME_SIZE].decode("ascii"))
        moment, nonce = split(open_token(master, _PURPOSE, raw[NAME_SIZE:]))
    except (DecodingError, IntegrityError, ValueError):
        return None
    if abs(time.time() - int.from_bytes(moment, "big")) > _WINDOW:
        return None
    return b64u(nonce)
