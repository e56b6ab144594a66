"""HPKE's key schedule and X-Wing's decapsulation, written out once more from their texts.

The standards publish nothing for our suite: X-Wing, HKDF-SHA256 and AES-256-GCM. What they do
publish (shared secrets of X-Wing, key schedules of other suites) is checked against this module, and
with it messages of our suite are made that both languages' code has to open, and to seal alike.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

XWING, HKDF_SHA256, AES_256_GCM = 0x647A, 0x0001, 0x0002
ENC_SIZE = 1120
_KEY_SIZES = {0x0001: 16, AES_256_GCM: 32, 0x0003: 32}
_NONCE_SIZE = 12
_HASH_SIZE = 32
_MLKEM_CIPHERTEXT = 1088


@dataclass(frozen=True)
class Suite:
    """Base mode with HKDF-SHA256: the two identifiers that still vary."""

    kem: int
    aead: int

    @property
    def id(self) -> bytes:
        """RFC 9180, section 5.1."""
        parts = (self.kem, HKDF_SHA256, self.aead)
        return b"HPKE" + b"".join(part.to_bytes(2, "big") for part in parts)

    def schedule(self, shared_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
        """Key and base nonce (RFC 9180, section 5.1), in base mode."""
        context = b"\x00" + self._extract(b"", b"psk_id_hash", b"")
        context += self._extract(b"", b"info_hash", info)
        secret = self._extract(shared_secret, b"secret", b"")
        key = self._expand(secret, b"key", context, _KEY_SIZES[self.aead])
        return key, self._expand(secret, b"base_nonce", context, _NONCE_SIZE)

    def _extract(self, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        """LabeledExtract (RFC 9180, section 4) with HKDF-Extract (RFC 5869, section 2.2)."""
        message = b"HPKE-v1" + self.id + label + ikm
        return hmac.digest(salt or bytes(_HASH_SIZE), message, "sha256")

    def _expand(self, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        """LabeledExpand with HKDF-Expand (RFC 5869, section 2.3): one block is enough here."""
        message = size.to_bytes(2, "big") + b"HPKE-v1" + self.id + label + info
        return hmac.digest(prk, message + b"\x01", "sha256")[:size]


OURS = Suite(XWING, AES_256_GCM)


def decapsulate(seed: bytes, enc: bytes) -> bytes:
    """X-Wing's shared secret (draft-connolly-cfrg-xwing-kem, sections 5.3 and 5.5)."""
    expanded = hashlib.shake_256(seed).digest(96)
    ours = X25519PrivateKey.from_private_bytes(expanded[64:])
    theirs = enc[_MLKEM_CIPHERTEXT:]
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).decapsulate(enc[:_MLKEM_CIPHERTEXT])
    x25519 = ours.exchange(X25519PublicKey.from_public_bytes(theirs))
    label = b"\\./" + b"/^\\"
    return hashlib.sha3_256(
        ml_kem + x25519 + theirs + ours.public_key().public_bytes_raw() + label
    ).digest()


def seal(shared_secret: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Ciphertext and tag of our suite, the first message, with empty aad."""
    key, nonce = OURS.schedule(shared_secret, info)
    return AESGCM(key).encrypt(nonce, plaintext, b"")
