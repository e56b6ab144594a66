"""HKDF-SHA256, AES-256-GCM and HPKE as their standards define them, with nothing of this protocol.

Salts, infos and aads are the callers'. That way the vectors which the standards publish run through
the very code that seals a secret; ``web/frontend/src/primitives.js`` and ``xwing.js`` are the same
for the browser.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

IV_SIZE = 12
_MLKEM_SEED = 64
_MLKEM_PUBLIC = 1184
_X25519_SIZE = 32
PUBLIC_KEY_SIZE = _MLKEM_PUBLIC + _X25519_SIZE

# KEM X-Wing (0x647a), KDF HKDF-SHA256 (0x0001), AEAD AES-256-GCM (0x0002).
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def hkdf(ikm: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), ``length`` bytes."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(ikm)


class Mac:
    """HMAC-SHA256 (RFC 2104) under one key, which is taken in once and not for each message."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def of(self, message: bytes) -> bytes:
        """32 bytes."""
        keyed = self._keyed.copy()
        keyed.update(message)
        return keyed.digest()


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


class XWing:
    """A key pair of X-Wing (draft-connolly-cfrg-xwing-kem, section 5.2) from its 32-byte seed.

    SHAKE-256 makes ML-KEM-768's d and z (FIPS 203) and X25519's private key (RFC 7748) of it: who
    learns to break one of the two still has the other before them.
    """

    def __init__(self, seed: bytes) -> None:
        expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED + _X25519_SIZE)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:])
        self._private = hpke.MLKEM768X25519PrivateKey(ml_kem, x25519)
        self.public_key = (
            ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, info: bytes) -> bytes | None:
        """Undo ``hpke_seal``; None for what was not sealed to this key with this info."""
        try:
            return _SUITE.decrypt(sealed, self._private, info=info)
        except InvalidTag:
            return None


def hpke_seal(public_key: bytes, plaintext: bytes, info: bytes) -> bytes | None:
    """HPKE (RFC 9180, section 6.1), base mode, single shot, to an X-Wing key, with empty aad.

    Gives enc (1,120 bytes) + ciphertext + tag (16), under a fresh key each time; None for what is
    no public key.
    """
    try:
        ml_kem = MLKEM768PublicKey.from_public_bytes(public_key[:_MLKEM_PUBLIC])
        x25519 = X25519PublicKey.from_public_bytes(public_key[_MLKEM_PUBLIC:])
        recipient = hpke.MLKEM768X25519PublicKey(ml_kem, x25519)
        return _SUITE.encrypt(plaintext, recipient, info=info)
    except ValueError:
        # Another length, a coefficient of ML-KEM outside its field, or a point of low order.
        return None
