"""redis-py's clients as we use them: one server, a Sentinel's master, a cluster.

All are made so that no command is ever sent twice by itself: a claim whose answer got lost must not
be made again by us. What a cluster refuses with MOVED or ASK it has not run, so that is sent on.
"""

import asyncio
import re
from typing import Any, ClassVar, cast

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import Connection, RedisSSLContext, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff

from storage.pipeline import Pipeline

CONNECTIONS = 32
CONNECT_TIMEOUT = 2.0
ANSWER_TIMEOUT = 5.0
POOL_TIMEOUT = 2.0
# Sentinels are asked one after the other, and one of them may be as dead as the master.
SENTINEL_TIMEOUT = 1.0
_PORTS = {"cluster": 6379, "sentinel": 26379}

_SEVERAL = re.compile(
    r"(?P<scheme>rediss?)\+(?P<kind>cluster|sentinel)://(?:(?P<user>[^@/?#]*)@)?"
    r"(?P<nodes>[^@/?#]+)(?:/(?P<path>[^?#]*))?(?:\?(?P<query>[^#]*))?\Z"
)


def _options() -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "socket_timeout": ANSWER_TIMEOUT,
        # Never a second time; stale pooled connections are replaced before they are used.
        "retry": Retry(NoBackoff(), 0),
        # RESP2 and no client names: each would be a round trip before the first command, and an
        # agent's link must come in time from a store that is slow and a pool that is cold.
        "protocol": 2,
        "driver_info": None,
    }


def make(url: str) -> Redis:
    """Make the client that a REDIS_URL names. Raises ValueError, TypeError or redis-py's errors."""
    if several := _SEVERAL.match(url):
        return _several(several)
    given = dict(parse_url(url))
    if given.get("connection_class") is SSLConnection:
        given["connection_class"] = _tls()
    pool = _pool(given)
    # Options are checked when a connection is made; now is the time to say so.
    pool.make_connection()  # type: ignore[no-untyped-call]
    return Server.from_pool(pool)  # which closes the pool with the client


class Server(Redis):
    """One server, with a pipeline for what is asked on the hot path."""

    _pipeline: Pipeline | None = None

    @property
    def shared(self) -> Pipeline:
        """The connection that everybody shares."""
        if not self._pipeline:
            pool = self.connection_pool
            patience = pool.connection_kwargs.get("socket_timeout") or ANSWER_TIMEOUT
            self._pipeline = Pipeline(pool.make_connection, patience)
        return self._pipeline

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
        """Close the pipeline too."""
        if self._pipeline:
            await self._pipeline.aclose()
        await super().aclose(close_connection_pool)


def _pool(given: dict[str, Any]) -> BlockingConnectionPool:
    how = {"max_connections": CONNECTIONS, "timeout": POOL_TIMEOUT} | _options()
    return BlockingConnectionPool(**(how | given))


class _OneContext(SSLConnection):
    """Connections of one client share a TLS context.

    redis-py makes one for each, which reads all of the system's authorities anew: a cold pool would
    hold up the whole process for seconds.
    """

    shared: ClassVar[RedisSSLContext | None] = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        mine = type(self)
        mine.shared = self.ssl_context = mine.shared or self.ssl_context


def _tls(*bases: type) -> type[_OneContext]:
    """A class of its own for each client, since each has its own authority and certificates."""
    return type("Tls", (_OneContext, *bases), {"shared": None})


def _several(url: "re.Match[str]") -> Redis:
    kind, path = url["kind"], url["path"] or ""
    given = [_parsed(url, node) for node in url["nodes"].split(",")]
    nodes = [(one["host"], one.get("port", _PORTS[kind])) for one in given]
    options = {name: value for name, value in given[0].items() if name not in {"host", "port"}}
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    if kind == "sentinel":
        return _master(nodes, path, options)
    if path.strip("/0"):
        raise ValueError("a cluster has no databases")
    options.pop("db", None)
    return cast("Redis", Cluster(nodes, options))  # its commands are the same


def _parsed(url: "re.Match[str]", node: str) -> dict[str, Any]:
    user = f"{url['user']}@" if url["user"] else ""
    query = f"?{url['query']}" if url["query"] else ""
    found = dict(parse_url(f"{url['scheme']}://{user}{node}{query}"))
    if not found.get("host"):
        raise ValueError("a node has no name")
    return found


class _MasterPool(SentinelConnectionPool, BlockingConnectionPool):
    """Asks the Sentinels where the master is, and waits for a free connection as ours do."""


class _Master(Server):
    """A master that Sentinels name; closes what asks them, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis-py's
        await super().aclose(close_connection_pool)
        await cast("_MasterPool", self.connection_pool).sentinel_manager.aclose()


def _master(nodes: list[tuple[str, int]], path: str, options: dict[str, Any]) -> Redis:
    service, _, number = path.partition("/")
    if not service:
        raise ValueError("no service is named")
    if number:
        options["db"] = int(number)
    # Sentinels have users of their own, and often none; they speak TLS where the store does.
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    asking = _options() | {
        "socket_connect_timeout": SENTINEL_TIMEOUT,
        "socket_timeout": SENTINEL_TIMEOUT,
    }
    sentinel = Sentinel(nodes, sentinel_kwargs=asking | own | tls)  # type: ignore[no-untyped-call]
    managed: type[SentinelManagedConnection | _OneContext] = SentinelManagedConnection
    if options.pop("ssl", False):
        managed = _tls(SentinelManagedSSLConnection)
    master: Redis = sentinel.master_for(
        service,
        connection_class=managed,
        redis_class=_Master,
        connection_pool_class=_MasterPool,
        max_connections=CONNECTIONS,
        timeout=POOL_TIMEOUT,
        **_options(),
        **options,
    )
    master.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    return master


class Cluster(RedisCluster):
    """A cluster, with a client for each of its primaries for what is asked of one server."""

    def __init__(self, nodes: list[tuple[str, int]], options: dict[str, Any]) -> None:
        super().__init__(
            startup_nodes=[ClusterNode(host, port) for host, port in nodes],
            # A node is asked for one command more than it has room for at most: see below.
            max_connections=2 * CONNECTIONS,
            # A slot that has moved is looked for where the reply says. Every fifth time redis-py
            # would look at the whole cluster anew, and cut off all who wait for another reply.
            reinitialize_steps=0,
            **_options(),
            **options,
        )
        self._given = {name: value for name, value in options.items() if name != "ssl"}
        self._given["connection_class"] = _tls() if options.get("ssl") else Connection
        # What the nodes that it finds are made of.
        self.connection_kwargs["connection_class"] = self._given["connection_class"]
        self._direct: dict[str, Redis] = {}
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Run it; wait for a turn as with one server, where redis-py would refuse."""
        async with asyncio.timeout(POOL_TIMEOUT):
            await self._room.acquire()
        try:
            return await super().execute_command(*args, **kwargs)
        finally:
            self._room.release()

    async def primaries(self) -> list[Redis]:
        """Give every primary's own client."""
        await self.initialize()
        return [self._client(node) for node in self.get_primaries()]

    async def primary(self, key: str) -> Redis:
        """Give the client of the primary that serves a key now."""
        await self.initialize()
        return self._client(cast("ClusterNode", self.get_node_from_key(key)))

    def _client(self, node: ClusterNode) -> Redis:
        if node.name not in self._direct:
            pool = _pool(self._given | {"host": node.host, "port": node.port})
            self._direct[node.name] = Redis.from_pool(pool)
        return self._direct[node.name]

    async def aclose(self) -> None:
        """Close what is not in use. redis-py also calls it to look at the cluster anew."""
        for client in self._direct.values():
            await client.connection_pool.disconnect(inuse_connections=False)
        await super().aclose()
