"""The connection to Redis or Valkey: how it is made, and what its failures mean to us."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from storage.errors import NoRoom, SettingsError, StoreFault, StoreUnavailable

# What mends itself or is mended without us. BUSY is another's long script; BUSYGROUP is no trouble.
_PASSING = ("BUSY ", "MISCONF", "LOADING", "NOREPLICAS", "CLUSTERDOWN", "READONLY")
CONNECTIONS = 32
CONNECT_TIMEOUT = 2.0
ANSWER_TIMEOUT = 5.0
POOL_TIMEOUT = 2.0

Client = Redis  # for those who hand it on and don't speak to it


def connect(url: str) -> Redis:
    """Make a client for ``redis://``, ``rediss://`` or ``unix://``; it connects on first use.

    Raises SettingsError for a URL that is none of these.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=POOL_TIMEOUT,
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_timeout=ANSWER_TIMEOUT,
            # Never send a command twice: a claim whose answer got lost must not be made again
            # by us. Stale pooled connections are replaced before they are used.
            retry=Retry(NoBackoff(), 0),
            # RESP2 and no client names: each would be a round trip before the first command, and
            # an agent's link must come in time from a store that is slow and a pool that is cold.
            protocol=2,
            driver_info=None,
        )
        # Options are checked when a connection is made; now is the time to say so.
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, exceptions.RedisError):
        raise SettingsError(
            "REDIS_URL must start with redis://, rediss:// or unix:// and name a server; "
            "its options are redis-py's."
        ) from None
    return Redis.from_pool(pool)  # which closes the pool with the client


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn redis-py's exceptions into ours, without their texts' arguments."""
    try:
        yield
    except exceptions.OutOfMemoryError:
        raise NoRoom("the store's memory is full") from None
    except (
        exceptions.ConnectionError,  # BusyLoadingError and authentication failures included
        exceptions.TimeoutError,
        exceptions.ReadOnlyError,
        exceptions.MasterDownError,
        OSError,
        TimeoutError,
    ) as error:
        raise StoreUnavailable(f"the store gave no answer ({type(error).__name__})") from error
    except exceptions.ResponseError as error:
        text = str(error)
        if "OOM" in text:
            raise NoRoom("the store's memory is full") from None
        if text.startswith(_PASSING):
            raise StoreUnavailable(f"the store refuses ({text.split(maxsplit=1)[0]})") from error
        raise StoreFault(f"the store answered {text.split(' ', maxsplit=1)[0]}") from error
