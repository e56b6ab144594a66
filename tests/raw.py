"""The store as somebody with a shell on it sees it."""

from typing import Any

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
