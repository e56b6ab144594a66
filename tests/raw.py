"""The store as somebody with a shell on it sees it."""

import base64
from collections.abc import Iterator
from typing import Any

from storage.wire import b64u

# redis-py types each reply as a union of all replies; what a test reads raw, it also checks.
RawStore = Any


async def snapshot(redis: RawStore, pattern: str = "*") -> dict[bytes, Any]:
    """Every key with its whole value."""
    found: dict[bytes, Any] = {}
    for key in sorted(await redis.keys(pattern)):
        match await redis.type(key):
            case b"hash":
                found[key] = await redis.hgetall(key)
            case b"string":
                found[key] = await redis.get(key)
            case b"stream":
                found[key] = await redis.xrange(key)
            case b"zset":
                found[key] = await redis.zrange(key, 0, -1, withscores=True)
    return found


def as_bytes(found: Any) -> bytes:
    """All names and values of a snapshot in one piece, to search in."""
    match found:
        case bytes():
            return found
        case dict():
            return b" ".join(as_bytes(k) + b" " + as_bytes(v) for k, v in found.items())
        case list() | tuple():
            return b" ".join(as_bytes(one) for one in found)
        case _:
            return str(found).encode()


def holds(haystack: bytes, needle: bytes) -> bool:
    """Whether a canary is in there: raw, or in hex, base64 or base64url."""
    return any(form in haystack for form in _forms(needle))


def _forms(needle: bytes) -> Iterator[bytes]:
    yield needle
    yield needle.hex().encode()
    for shift in range(3):  # base64 reads differently at each of three alignments
        text = base64.b64encode(b"\0" * shift + needle)[4 if shift else 0 : -4]
        yield text
        yield text.replace(b"+", b"-").replace(b"/", b"_")
    yield b64u(needle).encode()
