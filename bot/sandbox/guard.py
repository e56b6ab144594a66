"""Who may use the sandbox: a browser on this machine, on our own page, and nobody in between.

The sandbox lets anybody be any agent. So each request must come from this machine (the socket),
mean this machine (the Host header: a foreign name that was pointed here by DNS is refused), have
passed no proxy (any forwarded header), and change something only for our own page.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# What proxies and tunnels add, in whatever spelling; one is enough to know that there is one.
FORWARDED = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
    "X-Forwarded-Server", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "CF-Ray",
    "True-Client-IP", "Fastly-Client-IP", "X-Original-Host", "X-Envoy-External-Address", "Via",
)  # fmt: skip

FROM_ELSEWHERE = "The sandbox is for a browser on this machine only."
OTHER_HOST = "The sandbox is at localhost only: open it by that name."
THROUGH_A_PROXY = "This request came through a proxy. The sandbox is for this machine only."
OTHER_SITE = "Only the sandbox's own page may do that."


def guarded(handler: Handler) -> Handler:
    """Put the check in front of a handler."""

    async def check(request: web.Request) -> web.StreamResponse:
        why_not = refusal(request)
        if why_not:
            return web.Response(status=403, text=f"{why_not}\n")
        return await handler(request)

    return check


def refusal(request: web.Request) -> str:
    """Why this request is refused, in a sentence; empty when it is not."""
    if not _is_local(request):
        return FROM_ELSEWHERE
    if any(name in request.headers for name in FORWARDED):
        return THROUGH_A_PROXY
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not _names_this_machine(hosts[0]):
        return OTHER_HOST
    if request.method not in {"GET", "HEAD"} and not _is_own_page(request, hosts[0]):
        return OTHER_SITE
    return ""


def _is_local(request: web.Request) -> bool:
    # A Unix socket's peer has no address: whoever connects through one is a proxy.
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not isinstance(peer, tuple):
        return False
    address = ip_address(str(peer[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _names_this_machine(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port  # read here, where it may turn out to be none
    except ValueError:
        return False
    is_whole = parts.netloc == host and "@" not in host
    return is_whole and port != 0 and parts.hostname in LOCAL_NAMES


def _is_own_page(request: web.Request, host: str) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"http://{host}"
