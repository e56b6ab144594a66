"""The connection to Redis or Valkey: how it is made, and what its failures mean to us."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from storage import clients
from storage.errors import NoRoom, SettingsError, StoreFault, StoreUnavailable
from storage.meters import METERS

# What mends itself or is mended without us. BUSY is another's long script; BUSYGROUP is no trouble.
_PASSING = ("BUSY ", "MISCONF", "LOADING", "NOREPLICAS", "CLUSTERDOWN", "READONLY", "MOVED", "ASK")

FAULTS = (exceptions.RedisError, OSError, TimeoutError)
_UNREACHED = (
    exceptions.ConnectionError,  # BusyLoadingError and authentication failures included
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.MasterDownError,
    exceptions.RedisClusterException,  # no node answers, or a part of the cluster is missing
    exceptions.ClusterError,
    OSError,
    TimeoutError,
)

Client = Redis  # for those who hand it on and don't speak to it


def connect(url: str) -> Redis:
    """Make a client for a REDIS_URL; it connects on first use.

    ``redis://``, ``rediss://`` and ``unix://`` name one server; ``redis+cluster://`` and
    ``redis+sentinel://`` (or ``rediss+...``) several, the latter with the service behind a slash.
    Raises SettingsError for a URL that is none of these.
    """
    try:
        return clients.make(url)
    except (ValueError, TypeError, exceptions.RedisError):
        raise SettingsError(
            "REDIS_URL must start with redis://, rediss:// or unix:// and name a server, or with "
            "redis+cluster:// or redis+sentinel:// (rediss+... for TLS) and name several, "
            "comma-separated, Sentinel's with /service behind them; its options are redis-py's."
        ) from None


async def nodes(redis: Redis) -> list[Redis]:
    """Give a client for each server that holds a part of the store: one, or each primary."""
    client: object = redis  # a cluster's is passed off as one
    return await client.primaries() if isinstance(client, clients.Cluster) else [redis]


async def node_of(redis: Redis, key: str) -> Redis:
    """Give the server that serves a key, for what names no key: its clock, its memory."""
    client: object = redis
    return await client.primary(key) if isinstance(client, clients.Cluster) else redis


def asked(redis: Redis, *command: str | bytes | float) -> Awaitable[Any]:
    """Have a command run that makes the server wait for nothing; give its reply as it came.

    On one server it goes with what others ask in the same moment. Raises FAULTS.
    """
    if isinstance(redis, clients.Server):
        answer = redis.shared.ask(*command)
        METERS.watch(answer)
        return answer
    return redis.execute_command(*command)  # type: ignore[no-untyped-call]


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn redis-py's exceptions into ours, without their texts' arguments."""
    try:
        yield
    except FAULTS as error:
        raise meaning(error) from error


def meaning(error: Exception) -> Exception:
    """Give our exception for one of FAULTS; what has no meaning for us stays as it is."""
    text = str(error)
    first = text.partition(" ")[0]
    match error:
        case exceptions.OutOfMemoryError():
            return NoRoom("the store's memory is full")
        case error if isinstance(error, _UNREACHED):
            return StoreUnavailable(f"the store gave no answer ({type(error).__name__})")
        case exceptions.ResponseError() if "OOM" in text:
            return NoRoom("the store's memory is full")
        case exceptions.ResponseError() if text.startswith(_PASSING):
            return StoreUnavailable(f"the store refuses ({first})")
        case exceptions.ResponseError():
            return StoreFault(f"the store answered {first}")
        case _:
            return error
