"""The protocol's alphabet: base64url without padding, length prefixes, big-endian numbers."""

import binascii
from collections.abc import Iterable

from storage.errors import DecodingError

# base64's own functions do the same behind three more calls, on the way of every reveal.
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_LENGTH = 4


def b64u(data: bytes) -> str:
    """Encode as base64url without padding (RFC 4648, section 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """Decode strictly: no padding, no white space, no non-canonical trailing bits.

    Raises DecodingError. Strictness matters because two texts for one value would let an
    altered link pass as the original.
    """
    try:
        standard = text.encode("ascii").translate(_FROM_URL)
        data = binascii.a2b_base64(standard + b"=" * (-len(text) % 4))
    except ValueError:
        raise DecodingError("not base64url") from None
    # Whatever else a2b_base64 passes over (white space, padding, other letters) shows here.
    if b64u(data) != text:
        raise DecodingError("not canonical base64url")
    return data


def lp(data: bytes) -> bytes:
    """Prefix with the length as 4 bytes, so that joined fields have one reading only."""
    return len(data).to_bytes(_LENGTH, "big") + data


def join(fields: Iterable[bytes]) -> bytes:
    """Write each field as ``lp``, in order."""
    parts: list[bytes] = []
    for field in fields:
        parts += (len(field).to_bytes(_LENGTH, "big"), field)
    return b"".join(parts)


def split(data: bytes) -> list[bytes]:
    """Undo ``join``. Raises DecodingError when the lengths do not add up exactly."""
    fields = []
    at, end = 0, len(data)
    while at < end:
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        fields.append(data[start:at])
    if at != end:  # a length that points past the end, or is cut short itself
        raise DecodingError("length prefix points past the end")
    return fields


def u64(number: int) -> bytes:
    """8 bytes, big-endian."""
    return number.to_bytes(8, "big")
