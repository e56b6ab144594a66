"""A deployment that is well, in which a test plants one thing that is not."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from aiohttp import ClientError, ClientSession, TCPConnector, web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import serving
from bot.doctor.finding import Finding, Level
from bot.doctor.rounds import examined
from storage import settings
from storage.settings import Settings
from tests.deployment import free_port
from tests.slack import SIGNING_SECRET, TOKEN, FakeSlack

PROXY = "127.0.0.2"
KEY = "4f1c2d9e8b7a6053c1d2e3f4a5b697887766554433221100ffeeddccbbaa9180"
PASSWORD = "store-password-canary"
USER = "slash-secret"
# The one that docs/operators.md gives.
ACCESS = (
    "~ss:* resetchannels -@all +@hash +@string +@sortedset +@stream -@dangerous +eval +evalsha +del "
    "+exists +persist +pexpireat +scan +time +info +config|get +command +cluster|slots +cluster|shards "
    "+asking +select +ping +wait +waitaof"
)
_HOP = frozenset({"host", "connection", "transfer-encoding", "content-length", "content-encoding"})


def bad(findings: Iterable[Finding]) -> list[Finding]:
    """What is not as it should be, save that this Slack is not slack.com."""
    return [
        finding
        for finding in findings
        if finding.level is not Level.OK and "SLACK_API_URL" not in finding.found
    ]


def the_one(found: list[Finding]) -> Finding:
    """The only finding: a planted misconfiguration must not make others look broken."""
    assert len(found) == 1, found
    assert found[0].remedy
    return found[0]


def certificate(folder: Path, days: float, name: str = "localhost") -> Path:
    """A self-signed certificate with its key, good for so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{name}-{days}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@dataclass
class Front:
    """The proxy that ends TLS, as docs/proxies.md wants it; a test may spoil each part."""

    port: int
    backend: str
    says_who: bool = True
    keeps_theirs: bool = False
    largest: int = 1024**2
    status: int = 0
    metrics: str = ""
    lost: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()

    async def pass_on(self, request: web.Request) -> web.Response:
        """Hand a request to the web process and its answer back."""
        if self.status:
            return web.Response(status=self.status, text="<h1>proxy</h1>", content_type="text/html")
        body = await request.read()
        if len(body) > self.largest:
            return web.Response(status=413, text="<h1>413</h1>", content_type="text/html")
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _HOP | self.lost
        }
        if self.says_who and not (self.keeps_theirs and "X-Forwarded-For" in headers):
            headers["X-Forwarded-For"] = request.remote or ""
        try:
            return await self._asked(request, headers, body)
        except ClientError:
            return web.Response(status=502, text="<h1>502</h1>", content_type="text/html")

    async def _asked(
        self, request: web.Request, headers: Mapping[str, str], body: bytes
    ) -> web.Response:
        connector = TCPConnector(local_addr=(PROXY, 0))
        leak = self.metrics if request.path == "/metrics" else ""
        url = (leak or self.backend) + request.path_qs
        async with (
            ClientSession(connector=connector, auto_decompress=False) as client,
            client.request(request.method, url, headers=headers, data=body) as answer,
        ):
            said = [
                (name, value)
                for name, value in answer.headers.items()
                if name.lower() not in _HOP | self.drops
            ]
            response = web.Response(status=answer.status, body=await answer.read())
        response.headers.clear()
        for name, value in (*said, *self.given.items()):
            response.headers.add(name, value)
        return response


@asynccontextmanager
async def fronted(front: Front, pem: Path) -> AsyncIterator[Front]:
    """Run it until the end."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem)
    app = web.Application(client_max_size=8 * 1024**2)
    app.router.add_route("*", "/{path:.*}", front.pass_on)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", front.port, ssl_context=tls).start()
        yield front
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Ward:
    """Environment of the processes, their proxy, and the Slack that they know."""

    environ: dict[str, str]
    front: Front
    slack: FakeSlack

    def config(self, **more: str) -> Settings:
        """The settings that the doctor reads."""
        return settings.load({**self.environ, **more})

    async def examine(self, **more: str) -> list[Finding]:
        """What the doctor finds that is not as it should be."""
        return bad(await examined(self.config(**more)))

    @asynccontextmanager
    async def running(self, **more: str) -> AsyncIterator[None]:
        """Web and bot half in this very process, as ``serve`` puts them together."""
        config = self.config(**more)
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(serving.opened(config))
            site = serving._site(config, here, serving._pages(config), [])
            if config.slack_bot_token:
                slack = serving._from_settings(config)
                assert slack
                bot = await stack.enter_async_context(serving._bot(config, slack, here.vault))
                await asyncio.wait_for(bot.workspace.known.wait(), 10)
                serving.mount(site, bot, slack.signing_secret)
                await stack.enter_async_context(
                    serving._background(serving._seal(bot, here, config))
                )
            await stack.enter_async_context(serving._listening(site, config))
            if config.metrics_port:
                metrics = serving._metrics(config.metrics_port, here.inspect, [])
                await stack.enter_async_context(metrics)
            await _sealed(here)
            yield


async def _sealed(here: serving.Opened) -> None:
    for _ in range(200):
        if [name async for name in here.redis.scan_iter("ss:*:sealer")]:
            return
        await asyncio.sleep(0.02)


@asynccontextmanager
async def ward(store_url: str, folder: Path, slack: FakeSlack, pem: Path) -> AsyncIterator[Ward]:
    """Everything but the processes."""
    assert ip_address(PROXY).is_loopback
    port, outside = free_port(), free_port()
    data = folder / "data"
    data.mkdir(mode=0o700)
    environ = {
        "PUBLIC_URL": f"https://localhost:{outside}",
        "PORT": str(port),
        "DATA_DIR": str(data),
        "REDIS_URL": store_url.replace("unix://", f"unix://{USER}:{PASSWORD}@"),
        "SECRETS_HMAC_KEY": KEY,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.base_url,
        "TRUSTED_PROXIES": PROXY,
    }
    front = Front(outside, f"http://127.0.0.1:{port}")
    async with fronted(front, pem):
        yield Ward(environ, front, slack)
