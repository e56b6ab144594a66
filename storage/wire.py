"""The protocol's alphabet: base64url without padding, length prefixes, big-endian numbers."""

import base64
import re
from collections.abc import Iterable

from storage.errors import DecodingError

_B64U = re.compile(r"[A-Za-z0-9_-]*\Z")
_LENGTH = 4


def b64u(data: bytes) -> str:
    """Encode as base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """Decode strictly: no padding, no white space, no non-canonical trailing bits.

    Raises DecodingError. Strictness matters because two texts for one value would let an
    altered link pass as the original.
    """
    if not _B64U.match(text) or len(text) % 4 == 1:
        raise DecodingError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise DecodingError("not canonical base64url")
    return data


def lp(data: bytes) -> bytes:
    """Prefix with the length as 4 bytes, so that joined fields have one reading only."""
    return len(data).to_bytes(_LENGTH, "big") + data


def join(fields: Iterable[bytes]) -> bytes:
    """Write each field as ``lp``, in order."""
    return b"".join(lp(field) for field in fields)


def split(data: bytes) -> list[bytes]:
    """Undo ``join``. Raises DecodingError when the lengths do not add up exactly."""
    fields = []
    at = 0
    while at < len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        if end > len(data):
            raise DecodingError("length prefix points past the end")
        fields.append(data[at + _LENGTH : end])
        at = end
    return fields


def u64(number: int) -> bytes:
    """8 bytes, big-endian."""
    return number.to_bytes(8, "big")
