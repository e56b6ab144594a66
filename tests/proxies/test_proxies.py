"""A link behind real proxies: the trail shows the visitor, and a forged header never."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from multidict import CIMultiDict

from storage import audit, keys
from storage.seal import KeyRing
from storage.settings import Proxy
from storage.vault import Vault
from storage.wire import b64u
from tests.deployment import free_port
from tests.links import share
from tests.proxies.programs import Programs, changed, configuration, running
from tests.raw import RawStore
from tests.site import OWN_PAGE
from tests.web.served import serve
from web import client_ip

# Linux has all of 127.0.0.0/8 on loopback, so each role has an address of its own.
PROXY = "127.0.0.1"
EDGE = "127.0.0.9"
VISITOR = "127.0.0.77"
FORGED = "198.51.100.66"

PROXY_LISTED: tuple[Proxy, ...] = (ip_network(PROXY),)
BOTH_LISTED: tuple[Proxy, ...] = (ip_network(PROXY), "cloudflare")

FORGERIES: list[list[tuple[str, str]]] = [
    [],
    [("X-Forwarded-For", FORGED)],
    [("X-Forwarded-For", FORGED), ("X-Forwarded-For", f"{FORGED}, {EDGE}")],
    [("X-Forwarded-For", f"{FORGED}, {PROXY}, {EDGE}")],
    [("x-forwarded-for", f"[::ffff:{FORGED}]:80,,")],
    [("X-Forwarded-For", "<script>, unknown")],
    [("CF-Connecting-IP", FORGED)],
    [("CF-Connecting-IP", FORGED), ("X-Forwarded-For", FORGED)],
    [("CF-Connecting-IP", FORGED), ("CF-Connecting-IP", FORGED)],
    [("X-Real-IP", FORGED), ("Forwarded", f"for={FORGED}"), ("True-Client-IP", FORGED)],
    [("Connection", "X-Forwarded-For, CF-Connecting-IP")],
]

NGINX_MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Stage:
    """Starts what a test names, and asks as a visitor; everything ends with the test."""

    def __init__(
        self,
        stack: AsyncExitStack,
        programs: Programs,
        certificate: tuple[Path, Path],
        folder: Path,
        store: tuple[Vault, RawStore, KeyRing],
    ) -> None:
        self._stack = stack
        self._programs = programs
        self._pem, self._key = certificate
        self._folder = folder
        self._vault, self._redis, self._ring = store

    async def site(self, trusted: Sequence[Proxy]) -> int:
        """The web half; give its port."""
        site = await self._stack.enter_async_context(
            serve(self._vault, self._redis, trusted_proxies=trusted, reveals_per_minute=10_000)
        )
        return int(site.url.rsplit(":", 1)[1])

    async def nginx(self, title: str, target: int, also: dict[str, str] | None = None) -> str:
        """Start nginx with that configuration of the docs in front of a port; give its address."""
        port = free_port()
        changes = {
            "listen 443 ssl": f"listen {PROXY}:{port} ssl",
            "/etc/ssl/secret.example.com.pem": str(self._pem),
            "/etc/ssl/secret.example.com.key": str(self._key),
            "127.0.0.1:8080": f"127.0.0.1:{target}",
        }
        text = changed(configuration(title), {**changes, **(also or {})})
        (self._folder / "site.conf").write_text(text)
        main = self._folder / "nginx.conf"
        main.write_text(NGINX_MAIN.format(folder=self._folder))
        command = [self._programs.nginx, "-e", "stderr", "-p", str(self._folder), "-c", str(main)]
        return await self._run(command, port)

    async def haproxy(self, title: str, target: int) -> str:
        """Start HAProxy likewise."""
        port = free_port()
        changes = {
            "bind :443": f"bind {PROXY}:{port}",
            "/etc/haproxy/secret.example.com.pem": str(self._pem),
            "127.0.0.1:8080": f"127.0.0.1:{target}",
        }
        file = self._folder / "haproxy.cfg"
        file.write_text(changed(configuration(title), changes))
        return await self._run([self._programs.haproxy, "-db", "-f", str(file)], port)

    async def edge(self, target: str) -> str:
        """Start something that does with addresses what Cloudflare documents; give its address."""
        app = web.Application()
        app.router.add_post("/{path:.*}", _Edge(target).pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, EDGE, 0).start()
        return f"http://{EDGE}:{runner.addresses[0][1]}"

    async def recorded(self, url: str) -> set[str]:
        """Open a link there from the visitor's address with every forgery; whom the trail shows."""
        holder = await share(self._vault, single_use=False)
        body = {"link_proof": b64u(holder.proof.expose()), "nonce": b64u(b"n" * 16)}
        connector = TCPConnector(local_addr=(VISITOR, 0), ssl=False)
        async with ClientSession(connector=connector) as visitor:
            for forgery in FORGERIES:
                headers = CIMultiDict([*OWN_PAGE.items(), *forgery])
                path = f"/api/secrets/{holder.id.value}/reveal"
                async with visitor.post(url + path, json=body, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
        found = []
        for _, entry in await self._redis.xrange(keys.audit(holder.id.tag)):
            if entry[b"event"] == b"opened":
                reader = audit.readable(self._ring, holder.id, entry[b"reader"])
                assert reader
                found.append(reader.address)
        assert len(found) == len(FORGERIES)
        return set(found)

    async def _run(self, command: list[str], port: int) -> str:
        log = self._folder / f"{port}.log"
        await self._stack.enter_async_context(
            running(command, self._programs.environ, log, PROXY, port)
        )
        return f"https://{PROXY}:{port}"


class _Edge:
    """Appends to X-Forwarded-For, replaces CF-Connecting-IP, connects from Cloudflare's range."""

    def __init__(self, target: str) -> None:
        self._target = target

    async def pass_on(self, request: web.Request) -> web.Response:
        """Send one request on as one of ours would arrive."""
        headers = CIMultiDict(request.headers)
        for name in ("Host", "Connection", "Content-Length"):
            headers.popall(name, None)
        seen = str(request.remote)
        before = headers.popall("X-Forwarded-For", [])
        headers["X-Forwarded-For"] = ",".join([*before, seen])
        headers.popall("CF-Connecting-IP", None)
        headers["CF-Connecting-IP"] = seen
        connector = TCPConnector(local_addr=(EDGE, 0), ssl=False)
        async with (
            ClientSession(connector=connector) as client,
            client.post(
                self._target + request.path, data=await request.read(), headers=headers
            ) as answer,
        ):
            return web.Response(status=answer.status, body=await answer.read())


@pytest.fixture
async def stage(
    programs: Programs,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    vault: Vault,
    store_client: RawStore,
    ring: KeyRing,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """Proxies, site and an edge whose address is one of Cloudflare's here."""
    monkeypatch.setattr(client_ip, "CLOUDFLARE", (*client_ip.CLOUDFLARE, ip_network(EDGE)))
    async with AsyncExitStack() as stack:
        store = (vault, store_client, ring)
        yield Stage(stack, programs, certificate, tmp_path, store)


async def test_e5_behind_nginx(stage: Stage) -> None:
    """E5: the documents' nginx, itself the outermost."""
    url = await stage.nginx("nginx", await stage.site(PROXY_LISTED))
    assert await stage.recorded(url) == {VISITOR}


async def test_e5_behind_haproxy(stage: Stage) -> None:
    """E5: the documents' HAProxy, itself the outermost."""
    url = await stage.haproxy("HAProxy", await stage.site(PROXY_LISTED))
    assert await stage.recorded(url) == {VISITOR}


async def test_e5_behind_nginx_behind_cloudflare(stage: Stage) -> None:
    """E5: the visitor, two proxies away."""
    nginx = await stage.nginx("nginx behind Cloudflare", await stage.site(BOTH_LISTED))
    assert await stage.recorded(await stage.edge(nginx)) == {VISITOR}


async def test_e5_behind_haproxy_behind_cloudflare(stage: Stage) -> None:
    """E5: the same with HAProxy in nginx's place."""
    haproxy = await stage.haproxy("HAProxy behind Cloudflare", await stage.site(BOTH_LISTED))
    assert await stage.recorded(await stage.edge(haproxy)) == {VISITOR}


async def test_e5_behind_cloudflare_alone(stage: Stage) -> None:
    """E5: CF-Connecting-IP from Cloudflare itself."""
    port = await stage.site(("cloudflare",))
    assert await stage.recorded(await stage.edge(f"http://127.0.0.1:{port}")) == {VISITOR}


@pytest.mark.parametrize("program", ["nginx", "HAProxy"])
async def test_e5_going_around_cloudflare(stage: Stage, program: str) -> None:
    """E5: a visitor who talks to our proxy directly, which passes CF-Connecting-IP on."""
    port = await stage.site(BOTH_LISTED)
    start = stage.nginx if program == "nginx" else stage.haproxy
    assert await stage.recorded(await start(f"{program} behind Cloudflare", port)) == {VISITOR}


async def test_an_unlisted_proxy_is_what_the_trail_shows(stage: Stage) -> None:
    """The default: nobody's header counts, so everyone behind it is the proxy."""
    url = await stage.nginx("nginx", await stage.site(()))
    assert await stage.recorded(url) == {PROXY}


async def test_e5_control_a_proxy_that_only_passes_headers_on(stage: Stage) -> None:
    """E5's negative control: nginx without the line that the documents explain."""
    careless = {"X-Forwarded-For $remote_addr": "X-Forwarded-For $http_x_forwarded_for"}
    url = await stage.nginx("nginx", await stage.site(PROXY_LISTED), careless)
    assert FORGED in await stage.recorded(url)


async def test_e5_control_behind_cloudflare_but_cloudflare_not_listed(stage: Stage) -> None:
    """E5's negative control: the walk then ends at Cloudflare's edge."""
    nginx = await stage.nginx("nginx behind Cloudflare", await stage.site(PROXY_LISTED))
    assert await stage.recorded(await stage.edge(nginx)) == {EDGE}
