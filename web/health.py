"""Liveness and readiness."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from storage import selftest
from storage.errors import StoreError
from storage.health import Check, StoreReport
from storage.seal import KeyRing
from web.client_ip import ClientAddress, peer_of
from web.errors import answer
from web.stopping import STOPPING

_KEEP = 1.0
_PATIENCE = 2.0
_ENDING = {"status": "unavailable", "checks": {"store": "not asked", "stopping": True}}


async def healthz(_request: web.Request) -> web.Response:
    """The process is alive; says nothing of the store."""
    return answer({"status": "ok"})


def answering(
    ring: KeyRing, addresses: ClientAddress
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """``healthz`` that also tells our own doctor which address it sees, and why."""

    async def handler(request: web.Request) -> web.Response:
        nonce = selftest.nonce_of(ring, request.headers.get(selftest.HEADER, ""))
        if nonce is None:
            return await healthz(request)
        seen = addresses.explain(peer_of(request), request.headers)
        told = {
            "nonce": nonce,
            "peer": seen.peer,
            "address": seen.address,
            "believed": seen.believed,
            "forwarded": seen.forwarded,
        }
        return answer({"status": "ok", "doctor": told})

    return handler


def readyz(
    inspect: Callable[[], Awaitable[StoreReport]], checks: Sequence[Callable[[], Check]] = ()
) -> Callable[..., Awaitable[web.Response]]:
    """Whether this process can do its work now, by the store's own checks and ``checks``.

    The store is asked at most once a second, whoever asks us, and not any more when we are ending.
    """
    asked = -_KEEP
    body: dict[str, object] = {}
    status = 503

    one_at_a_time = asyncio.Lock()

    async def handler(request: web.Request) -> web.Response:
        nonlocal asked, body, status
        if request.app[STOPPING].asked():
            return answer(_ENDING, 503)
        async with one_at_a_time:
            if time.monotonic() - asked >= _KEEP:
                body, status = await _checked(inspect, [check() for check in checks])
                asked = time.monotonic()
        return answer(body, status)

    return handler


async def _checked(
    inspect: Callable[[], Awaitable[StoreReport]], others: Sequence[Check]
) -> tuple[dict[str, object], int]:
    found: dict[str, object] = {check.name: check.found for check in others}
    try:
        async with asyncio.timeout(_PATIENCE):
            report = await inspect()
    except (StoreError, TimeoutError):
        return {"status": "unavailable", "checks": {"store": "no answer", **found}}, 503
    checks = {
        "store": report.version,
        "eviction": report.policy,
        "memory": report.memory,
        "durability": report.durability,
        "replicas": report.replicas,
        "clock_skew_seconds": report.skew,
        "problems": [*report.problems, *report.degraded],
        **found,
    }
    if not report.ready or not all(check.ok for check in others):
        return {"status": "unavailable", "checks": checks}, 503
    return {"status": "degraded" if report.degraded else "ready", "checks": checks}, 200
