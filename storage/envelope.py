"""What a link holder can do: tokens, keys from K, padding, sealing content. No I/O, no clock.

The browser has the same functions in JavaScript; ``tests/vectors`` runs through both.
"""

import hashlib
import json
import secrets
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from storage.errors import DamagedContent, DamagedLink, DecodingError
from storage.model import (
    Argon2,
    Content,
    Hidden,
    Kind,
    LinkKey,
    Passphrase,
    Proof,
    SecretId,
    TextFile,
    Token,
)
from storage.primitives import Box, hkdf
from storage.wire import b64u, unb64u

VERSION = 1
MAX_CONTENT = 65_536
_PAD_TO = 256
_CHECKSUM = 3
_TOKEN_SIZE = 1 + LinkKey.size + _CHECKSUM

LINK_PROOF = b"slash-secret/1/link-proof"
CONTENT_KEY = b"slash-secret/1/content"
PASSPHRASE_SALT = b"slash-secret/1/passphrase-salt"
PASSPHRASE_PROOF = b"slash-secret/1/passphrase-proof"
CONTENT_KEY_PASSPHRASE = b"slash-secret/1/content-passphrase"
SUBMIT_PROOF = b"slash-secret/1/submit-proof"


class Stretched(Hidden):
    """P: Argon2id of a passphrase under the salt that K gives."""

    size = 32


# RFC 9106's second recommended option with one lane, since a browser has one.
COST = Argon2(m=65_536, t=3, p=1)


def new_link_key(kind: Kind, sid: SecretId) -> tuple[LinkKey, Token]:
    """Make K and its token, again until the token ends in a letter or a digit.

    Mail clients cut ``-`` and ``_`` off the end of a link. Rejecting 2 of 64 endings costs less
    than a twentieth of a bit.
    """
    while True:
        key = LinkKey.random()
        token = encode_token(kind, sid, key)
        if token.expose()[-1:].isalnum():
            return key, token


def encode_token(kind: Kind, sid: SecretId, key: LinkKey) -> Token:
    """Give the 48 characters of the fragment: b64u(version, K, checksum)."""
    body = bytes([VERSION]) + key.expose() + _checksum(kind, sid, key)
    return Token(b64u(body).encode())


def decode_token(kind: Kind, sid: SecretId, token: Token) -> LinkKey:
    """Read a fragment. Raises DamagedLink when anything, the path's id included, was altered."""
    try:
        body = unb64u(token.expose().decode("ascii"))
    except (DecodingError, UnicodeDecodeError):
        raise DamagedLink("the token is not base64url") from None
    if len(body) != _TOKEN_SIZE or body[0] != VERSION:
        raise DamagedLink("the token has another length or version")
    key = LinkKey(body[1:-_CHECKSUM])
    if not secrets.compare_digest(body[-_CHECKSUM:], _checksum(kind, sid, key)):
        raise DamagedLink("the token's checksum does not match")
    return key


def _checksum(kind: Kind, sid: SecretId, key: LinkKey) -> bytes:
    parts = (b"slash-secret/1/checksum|", kind.encode(), bytes([VERSION]), sid.value.encode())
    return hashlib.sha256(b"".join(parts) + key.expose()).digest()[:_CHECKSUM]


def link_proof(key: LinkKey, sid: SecretId) -> Proof:
    """32 bytes that show possession of the fragment; K can't be computed from them."""
    return Proof(_derive(key, sid, LINK_PROOF, 32))


def submit_proof(key: LinkKey, sid: SecretId) -> Proof:
    """32 bytes that a request page sends (K of kind ``r``)."""
    return Proof(_derive(key, sid, SUBMIT_PROOF, 32))


def passphrase_salt(key: LinkKey, sid: SecretId) -> bytes:
    """16 bytes, the salt of Argon2id: knowing the database alone is not enough to guess."""
    return _derive(key, sid, PASSPHRASE_SALT, 16)


def content_key(key: LinkKey, sid: SecretId) -> bytes:
    """32 bytes for AES-256-GCM, when no passphrase is set."""
    return _derive(key, sid, CONTENT_KEY, 32)


def stretch(
    passphrase: Passphrase, key: LinkKey, sid: SecretId, cost: Argon2 | None = None
) -> Stretched:
    """Argon2id (RFC 9106), 32 bytes. Takes some 0.2 s of CPU and 64 MiB: not on the event loop."""
    cost = cost or COST
    return Stretched(
        hash_secret_raw(
            passphrase.expose(),
            passphrase_salt(key, sid),
            time_cost=cost.t,
            memory_cost=cost.m,
            parallelism=cost.p,
            hash_len=Stretched.size,
            type=Type.ID,
        )
    )


def passphrase_proof(key: LinkKey, stretched: Stretched, sid: SecretId) -> Proof:
    """32 bytes that show the passphrase to the server without giving it, or a way to guess it."""
    return Proof(_derive(key, sid, PASSPHRASE_PROOF, 32, stretched))


def locked_content_key(key: LinkKey, stretched: Stretched, sid: SecretId) -> bytes:
    """32 bytes for AES-256-GCM, when a passphrase is set: with the link alone nothing opens."""
    return _derive(key, sid, CONTENT_KEY_PASSPHRASE, 32, stretched)


def _derive(
    key: LinkKey, sid: SecretId, info: bytes, length: int, stretched: Stretched | None = None
) -> bytes:
    """HKDF-SHA256 (RFC 5869) with the id as salt, so that no value fits another id."""
    ikm = key.expose() + (stretched.expose() if stretched else b"")
    return hkdf(ikm, salt=sid.value.encode(), info=info, length=length)


def seal(
    content: Content,
    key: LinkKey,
    sid: SecretId,
    *,
    stretched: Stretched | None = None,
    iv: bytes | None = None,
) -> bytes:
    """Encrypt to blob = iv (12) + AES-256-GCM; ``iv`` is given by test vectors only.

    Raises DamagedContent when the content is over 65,536 bytes of UTF-8. A random iv is safe:
    each content key encrypts one message.
    """
    box = Box(_key_for(key, sid, stretched))
    return box.seal(pad(encode_content(content)), _aad(sid), iv=iv)


def unseal(
    blob: bytes, key: LinkKey, sid: SecretId, *, stretched: Stretched | None = None
) -> Content:
    """Open what ``seal`` made. Raises DamagedContent."""
    padded = Box(_key_for(key, sid, stretched)).open(blob, _aad(sid))
    if padded is None:
        raise DamagedContent("the blob does not open under this link")
    return decode_content(unpad(padded))


def _key_for(key: LinkKey, sid: SecretId, stretched: Stretched | None) -> bytes:
    return locked_content_key(key, stretched, sid) if stretched else content_key(key, sid)


def _aad(sid: SecretId) -> bytes:
    return b"slash-secret/1/content|" + sid.value.encode()


def pad(data: bytes) -> bytes:
    """Append 0x80 and zeros to the next multiple of 256, so that the length says little."""
    return data + b"\x80" + bytes(-(len(data) + 1) % _PAD_TO)


def unpad(data: bytes) -> bytes:
    """Undo ``pad``. Raises DamagedContent."""
    body = data.rstrip(b"\x00")
    if len(data) % _PAD_TO or not body.endswith(b"\x80") or len(data) - len(body) >= _PAD_TO:
        raise DamagedContent("the padding is broken")
    return body[:-1]


def content_size(content: Content) -> int:
    """Bytes of UTF-8 that count against MAX_CONTENT: texts, field names and values, file."""
    parts = [content.text or "", *(part for field in content.fields for part in field)]
    if content.file:
        parts += [content.file.name, content.file.text]
    return sum(len(part.encode()) for part in parts)


def encode_content(content: Content) -> bytes:
    """Write content version 1 as compact JSON. Raises DamagedContent when it is too large."""
    if content_size(content) > MAX_CONTENT:
        raise DamagedContent("the content is over 65,536 bytes")
    data: dict[str, Any] = {"v": VERSION}
    if content.text is not None:
        data["text"] = content.text
    else:
        data["fields"] = [{"name": name, "value": value} for name, value in content.fields]
    if content.file:
        data["file"] = {"name": content.file.name, "text": content.file.text}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def decode_content(data: bytes) -> Content:
    """Read content version 1. Raises DamagedContent for anything else."""
    try:
        # As text: given bytes, json.loads would also take UTF-16 and a byte order mark.
        content = _content(json.loads(data.decode("utf-8")))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DamagedContent("the plaintext is not content version 1") from None
    if content_size(content) > MAX_CONTENT:
        raise DamagedContent("the content is over 65,536 bytes")
    return content


def _content(raw: Any) -> Content:
    if isinstance(raw["v"], bool) or raw["v"] != VERSION or ("text" in raw) == ("fields" in raw):
        raise ValueError("version, or not exactly one of text and fields")
    if not isinstance(raw.get("fields", []), list):
        raise TypeError("fields is not a list")
    file = raw.get("file")
    return Content(
        text=_text(raw["text"]) if "text" in raw else None,
        fields=tuple((_text(f["name"]), _text(f["value"])) for f in raw.get("fields", ())),
        file=TextFile(_text(file["name"]), _text(file["text"])) if "file" in raw else None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    value.encode()  # a lone surrogate is not UTF-8: raises UnicodeEncodeError, a ValueError
    return value
