"""Stores as operators have them: a cluster, a Sentinel trio, one with a user, Redis over TLS."""

import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docs.reading import page
from tests.stores import certificates
from tests.stores.servers import DURABLE, LOOPBACK, Server, running, until

SERVICE = "slash-secret"


@dataclass(frozen=True)
class Deployment:
    """A running store. ``url`` is what REDIS_URL would be; ``admin`` may more than that user."""

    url: str
    servers: tuple[Server, ...]
    sentinels: tuple[Server, ...] = ()
    admin: str | None = None

    @property
    def replicas(self) -> int:
        """What REDIS_REPLICAS would be."""
        return len(self.servers) - 1 if self.sentinels else 0


@asynccontextmanager
async def _all(servers: list[Server]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            await server.start()
        yield


@asynccontextmanager
async def cluster(count: int = 3) -> AsyncIterator[Deployment]:
    """A cluster of primaries that share the slots."""
    with tempfile.TemporaryDirectory(prefix="cluster ", ignore_cleanup_errors=True) as name:
        ours = {"cluster-enabled": "yes", "cluster-node-timeout": "2000"}
        servers = [Server(Path(name) / str(i), DURABLE | ours) for i in range(count)]
        async with _all(servers):
            step = 16384 / count
            for i, server in enumerate(servers):
                async with server.admin() as admin:
                    slots = (int(i * step), int((i + 1) * step) - 1)
                    await admin.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
                    await admin.execute_command("CLUSTER MEET", LOOPBACK, servers[0].port)
            for server in servers:
                await until(lambda server=server: _is_whole(server, count))
            nodes = ",".join(server.address for server in servers)
            yield Deployment(f"redis+cluster://{nodes}", tuple(servers))


async def _is_whole(server: Server, count: int) -> bool:
    async with server.admin() as admin:
        found = await admin.execute_command("CLUSTER INFO")
    text = found if isinstance(found, dict) else {}
    return text.get("cluster_state") == "ok" and int(text.get("cluster_known_nodes", 0)) == count


@asynccontextmanager
async def sentinels() -> AsyncIterator[Deployment]:
    """A master, two replicas and the three Sentinels that watch them."""
    with tempfile.TemporaryDirectory(prefix="sentinel ", ignore_cleanup_errors=True) as name:
        master = Server(Path(name) / "0", DURABLE)
        follow = DURABLE | {"replicaof": f"{LOOPBACK} {master.port}"}
        servers = [master, *(Server(Path(name) / str(i), follow) for i in (1, 2))]
        watch = {
            "sentinel monitor": f"{SERVICE} {LOOPBACK} {master.port} 2",
            "sentinel down-after-milliseconds": f"{SERVICE} 1000",
            "sentinel failover-timeout": f"{SERVICE} 5000",
        }
        watchers = [
            Server(Path(name) / f"sentinel{i}", dict(watch), mode=("--sentinel",)) for i in range(3)
        ]
        async with _all(servers):
            await until(lambda: _has_replicas(master, 2))
            async with _all(watchers):
                for one in watchers:
                    await until(lambda one=one: _sees_all(one))
                nodes = ",".join(one.address for one in watchers)
                url = f"redis+sentinel://{nodes}/{SERVICE}"
                yield Deployment(url, tuple(servers), tuple(watchers))


async def _has_replicas(master: Server, count: int) -> bool:
    async with master.admin() as admin:
        info = await admin.info("replication")
    states = [info.get(f"slave{i}", {}).get("state") for i in range(count)]
    return states == ["online"] * count


async def _sees_all(sentinel: Server) -> bool:
    async with sentinel.admin() as admin:
        state = (await admin.sentinel_masters())[SERVICE]
    return int(state["num-slaves"]) == 2 and int(state["num-other-sentinels"]) == 2


@asynccontextmanager
async def acl() -> AsyncIterator[Deployment]:
    """One server, and the user of docs/operators.md. It listens for nobody else without a password."""
    user, name, password = printed_user()
    async with running({user.partition(" ")[0]: user.partition(" ")[2]}) as server:
        url = f"redis://{name}:{password}@{server.address}"
        yield Deployment(url, (server,), admin=f"redis://{server.address}")


def printed_user() -> tuple[str, str, str]:
    """The line that operators copy, and the name and password in it."""
    line = re.search(r"^user (\S+) on >(\S+) .*$", page("docs/operators.md"), re.MULTILINE)
    assert line
    return line[0], line[1], line[2]


@asynccontextmanager
async def volatile() -> AsyncIterator[Deployment]:
    """One server that may drop what has a TTL."""
    async with running({"maxmemory-policy": "volatile-lru"}) as server:
        yield Deployment(f"redis://{server.address}", (server,))


def debian_redis() -> str | None:
    """Debian's Redis; None where there is none."""
    return shutil.which("redis-server")


@asynccontextmanager
async def redis() -> AsyncIterator[Deployment]:
    """Debian's Redis behind TLS alone, with certificates of this run's own authority."""
    binary = debian_redis()
    if not binary:
        raise FileNotFoundError("there is no redis-server here: apt install redis-server")
    with tempfile.TemporaryDirectory(prefix="tls-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certificates.write(folder)
        tls = {
            "tls-cert-file": f"{folder}/server.pem",
            "tls-key-file": f"{folder}/server.key",
            "tls-ca-cert-file": f"{folder}/ca.pem",
            "tls-auth-clients": "no",
        }
        how = {"binary": binary, "ssl": {"ssl": True, "ssl_ca_certs": f"{folder}/ca.pem"}}
        async with running(tls, **how) as server:
            yield Deployment(f"rediss://{server.address}?ssl_ca_certs={folder}/ca.pem", (server,))


KINDS: dict[str, Callable[[], AbstractAsyncContextManager[Deployment]]] = {
    "cluster": cluster,
    "sentinel": sentinels,
    "acl": acl,
    "redis": redis,
    "volatile": volatile,
}
