"""What METRICS_PORT serves, on loopback: health of this process, and its numbers for Prometheus.

No metric has a label that names a secret, a person or a workspace.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.process_collector import ProcessCollector

from storage.backlog import Backlog
from storage.health import Check, StoreReport
from web import health
from web.headers import security_headers
from web.measured import Measured
from web.reply import HEADERS, add_headers
from web.server import expect
from web.stopping import STOPPING, Stopping


def build(
    inspect: Callable[[], Awaitable[StoreReport]],
    checks: Sequence[Callable[[], Check]] = (),
    backlog: Callable[[], Awaitable[Backlog | None]] | None = None,
) -> web.Application:
    """The routes of METRICS_PORT. ``checks`` are the process's own, beside the store's.

    ``backlog`` is what waits for a ``bot`` process, in one; None while it knows no workspace.
    """
    registry = CollectorRegistry()
    measured = Measured(inspect, checks, backlog)
    registry.register(measured)
    ProcessCollector(registry=registry)

    async def metrics(_request: web.Request) -> web.Response:
        await measured.look()
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    app = web.Application()
    app[STOPPING] = Stopping()
    app[HEADERS] = security_headers(https=False)
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get("/metrics", metrics, expect_handler=expect),
            web.get("/healthz", health.healthz, expect_handler=expect),
            web.get("/readyz", health.readyz(inspect, checks), expect_handler=expect),
        ]
    )
    return app
