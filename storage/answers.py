"""Requests: key pairs, fingerprints, and answers that only the seed opens. No I/O, no clock.

The server stores a request's public key, and ciphertext that it cannot open. The browser has the
same functions in ``hpke.js`` and ``code.js``; ``tests/vectors/v1-request.json`` runs through both.
"""

import hashlib
from dataclasses import dataclass, field

from storage.envelope import decode_content, encode_content, encode_token, pad, unpad
from storage.errors import DamagedContent, DecodingError
from storage.model import Content, Kind, Link, LinkKey, SecretId
from storage.primitives import XWing, hpke_seal

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_GROUP = 3
_CODE_LETTERS = 2 * _CODE_GROUP
_LETTER_BITS = 5


class RequestSeed(LinkKey):
    """K of kind ``c``: the request's private key is made of it."""


@dataclass(frozen=True, slots=True)
class RequestKeys:
    """What a new request begins with; ``seed`` and ``collect_link`` open every answer to it."""

    seed: RequestSeed
    public_key: bytes = field(repr=False)
    """1,216 bytes."""
    request_link: Link
    collect_link: Link


def new_request_keys(sid: SecretId) -> RequestKeys:
    """Make a key pair and both links, again until both tokens end in a letter or a digit.

    Mail clients cut ``-`` and ``_`` off the end of a link. Rejecting one pair of sixteen costs
    less than a tenth of a bit.
    """
    while True:
        seed = RequestSeed.random()
        public_key = public_key_of(seed)
        request = Link(Kind.REQUEST, sid, encode_token(Kind.REQUEST, sid, request_key(public_key)))
        collect = Link(Kind.COLLECT, sid, encode_token(Kind.COLLECT, sid, seed))
        if all(link.token.expose()[-1:].isalnum() for link in (request, collect)):
            return RequestKeys(seed, public_key, request, collect)


def public_key_of(seed: RequestSeed) -> bytes:
    """1,216 bytes: X-Wing's public key of this seed. Takes about a millisecond."""
    return XWing(seed.expose()).public_key


def request_key(public_key: bytes) -> LinkKey:
    """K of kind ``r``: SHA-256 of the public key.

    The request page compares, so whoever swaps the key on the server or on the way gets no answer.
    """
    return LinkKey(hashlib.sha256(public_key).digest())


def read_aloud_code(public_key: bytes) -> str:
    """Six characters, ``XXX-XXX``, for a customer on the phone to check who asks.

    The first 30 bits of a hash of the fragment's K, in Crockford's base32, which has no I, L, O, U.
    """
    covered = b"slash-secret/1/code|" + request_key(public_key).expose()
    bits = int.from_bytes(hashlib.sha256(covered).digest())
    letters = "".join(
        _CROCKFORD[bits >> 256 - _LETTER_BITS * (at + 1) & 31] for at in range(_CODE_LETTERS)
    )
    return f"{letters[:_CODE_GROUP]}-{letters[_CODE_GROUP:]}"


def seal_answer(public_key: bytes, sid: SecretId, content: Content) -> bytes:
    """Encrypt to blob = enc (1,120) + ciphertext, by HPKE (RFC 9180) to the request's key.

    Raises DamagedContent when the content is over 65,536 bytes of UTF-8, DecodingError when that is
    no public key. Base mode does not say who sealed: the answer is from somebody with the link.
    """
    blob = hpke_seal(public_key, pad(encode_content(content)), _info(sid))
    if blob is None:
        raise DecodingError("not a public key")
    return blob


def open_answer(seed: RequestSeed, sid: SecretId, blob: bytes) -> Content:
    """Open what ``seal_answer`` or the request page made. Raises DamagedContent."""
    padded = XWing(seed.expose()).open(blob, _info(sid))
    if padded is None:
        raise DamagedContent("the answer does not open with this seed")
    return decode_content(unpad(padded))


def _info(sid: SecretId) -> bytes:
    # Bound to the id: an answer moved to another request does not open there.
    return b"slash-secret/1/request|" + sid.value.encode()
