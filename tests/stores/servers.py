"""Stores as operators have them: one server, a cluster, a Sentinel trio, Debian's Redis over TLS.

Real servers on loopback, each in a folder of its own, with the settings that docs/operators.md asks
for. Valkey is the embedded store's binary.
"""

import asyncio
import datetime as dt
import ipaddress
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.asyncio import Redis
from redis.exceptions import RedisError

from storage.embedded import server_binary
from tests.raw import RawStore

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
SERVICE = "slash-secret"
DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "repl-diskless-sync-delay": "0",
}


def free_port() -> int:
    """A port that nobody uses now, nor the one 10,000 above it (a cluster's bus)."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind((LOOPBACK, 0))
            port = int(one.getsockname()[1])
            try:
                other.bind((LOOPBACK, port + 10_000))
            except (OSError, OverflowError):
                continue
            return port


@dataclass
class Server:
    """One process. ``options`` are lines of its configuration file."""

    folder: Path
    options: dict[str, str]
    binary: str = field(default_factory=server_binary)
    mode: tuple[str, ...] = ()
    ssl: dict[str, Any] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        where = {"port": "0", "tls-port": str(self.port)} if self.ssl else {"port": str(self.port)}
        lines = where | {"bind": LOOPBACK, "loglevel": "warning"} | self.options
        text = "".join(f"{name} {value or chr(34) * 2}\n" for name, value in lines.items())
        (self.folder / "server.conf").write_text(text)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = self._spawn()
        await until(self._answers)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        command = [self.binary, "server.conf", *self.mode]
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)

    async def _answers(self) -> bool:
        async with self.admin() as admin:
            return bool(await admin.ping())

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[RawStore]:
        """Somebody with a shell on it."""
        client = Redis(host=LOOPBACK, port=self.port, protocol=2, **self.ssl)
        try:
            yield client
        finally:
            await client.aclose()

    def signal(self, number: signal.Signals) -> None:
        """Freeze, thaw or kill it."""
        assert self._process
        self._process.send_signal(number)

    def stop(self) -> None:
        """Let nothing of it be left."""
        if self._process:
            self._process.kill()
            self._process.wait()


async def until(reached: Any, patience: float = PATIENCE) -> None:
    """Ask until it is so; a store that is not there yet is no."""
    async with asyncio.timeout(patience):
        while True:
            try:
                if await reached():
                    return
            except (RedisError, OSError):
                pass
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(options: dict[str, str] | None = None, **how: Any) -> AsyncIterator[Server]:
    """One durable server, with further options."""
    with tempfile.TemporaryDirectory(prefix="store ", ignore_cleanup_errors=True) as name:
        server = Server(Path(name) / "one", DURABLE | (options or {}), **how)
        try:
            await server.start()
            yield server
        finally:
            server.stop()


@dataclass(frozen=True)
class Several:
    """A running deployment of several servers. ``url`` is what REDIS_URL would be."""

    url: str
    servers: tuple[Server, ...]
    sentinels: tuple[Server, ...] = ()


@asynccontextmanager
async def _all(servers: list[Server]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            await server.start()
        yield


@asynccontextmanager
async def cluster(count: int = 3) -> AsyncIterator[Several]:
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
            yield Several(f"redis+cluster://{nodes}", tuple(servers))


async def _is_whole(server: Server, count: int) -> bool:
    async with server.admin() as admin:
        found = await admin.execute_command("CLUSTER INFO")
    text = found if isinstance(found, dict) else {}
    return text.get("cluster_state") == "ok" and int(text.get("cluster_known_nodes", 0)) == count


@asynccontextmanager
async def sentinels() -> AsyncIterator[Several]:
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
                yield Several(url, tuple(servers), tuple(watchers))


async def _has_replicas(master: Server, count: int) -> bool:
    async with master.admin() as admin:
        info = await admin.info("replication")
    states = [info.get(f"slave{i}", {}).get("state") for i in range(count)]
    return states == ["online"] * count


async def _sees_all(sentinel: Server) -> bool:
    async with sentinel.admin() as admin:
        state = (await admin.sentinel_masters())[SERVICE]
    return int(state["num-slaves"]) == 2 and int(state["num-other-sentinels"]) == 2


def debian_redis() -> str | None:
    """Debian's Redis (``apt install redis-server``); None where there is none."""
    return shutil.which("redis-server")


@asynccontextmanager
async def redis_over_tls(
    binary: str, options: dict[str, str] | None = None
) -> AsyncIterator[Several]:
    """That Redis behind TLS alone, with certificates of this run's own authority."""
    with tempfile.TemporaryDirectory(prefix="tls ", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certificates(folder)
        tls = {
            "tls-cert-file": f'"{folder}/server.pem"',
            "tls-key-file": f'"{folder}/server.key"',
            "tls-ca-cert-file": f'"{folder}/ca.pem"',
            "tls-auth-clients": "no",
        }
        how = {"binary": binary, "ssl": {"ssl": True, "ssl_ca_certs": f"{folder}/ca.pem"}}
        async with running(tls | (options or {}), **how) as server:
            query = f"?ssl_ca_certs={folder}/ca.pem".replace(" ", "%20")
            yield Several(f"rediss://{server.address}{query}", (server,))


def certificates(folder: Path) -> None:
    """An authority, ``ca.pem``, and what it signed for this machine: ``server.pem``, ``.key``."""
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    here = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    )
    root = _certificate(
        issuer, issuer, authority, authority, x509.BasicConstraints(ca=True, path_length=None)
    )
    leaf = _certificate(issuer, subject, authority, server, here)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.public_bytes(pem))
    (folder / "server.pem").write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    key = server.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.key").write_bytes(key)


def _certificate(
    issuer: x509.Name,
    subject: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    owner: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(owner.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(signer, hashes.SHA256())
    )
