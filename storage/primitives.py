"""HKDF-SHA256 and AES-256-GCM as their standards define them, with nothing of this protocol in it.

Salts, infos and aads are the callers'. That way the vectors which the standards publish run through
the very code that seals a secret; ``web/frontend/src/primitives.js`` is the same for the browser.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

IV_SIZE = 12


def hkdf(ikm: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), ``length`` bytes."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(ikm)


class Box:
    """AES-256-GCM (NIST SP 800-38D) under one key of 32 bytes, with whole tags of 16."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, plaintext: bytes, aad: bytes, *, iv: bytes | None = None) -> bytes:
        """Give iv (12) + ciphertext + tag (16); ``iv`` is given by test vectors only.

        Random ivs are safe up to 2^32 messages under a key (section 8.3).
        """
        iv = iv or secrets.token_bytes(IV_SIZE)
        return iv + self._aes.encrypt(iv, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes | None:
        """Undo ``seal``; None for what was not sealed under this key with this aad."""
        try:
            return self._aes.decrypt(sealed[:IV_SIZE], sealed[IV_SIZE:], aad)
        except (InvalidTag, ValueError):
            # A ValueError: too short for an iv.
            return None
