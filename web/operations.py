"""What METRICS_PORT serves, on loopback: health of this process, and its numbers for Prometheus.

No metric has a label that names a secret, a person or a workspace.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from storage.alarms import KINDS, raised
from storage.health import Check, StoreReport
from web import health
from web.headers import security_headers
from web.server import HEADERS, add_headers, expect
from web.stopping import STOPPING, Stopping


class _Ours(Collector):
    """Reads what the process counts anyway, when it is asked."""

    def __init__(self, checks: Sequence[Callable[[], Check]]) -> None:
        self._checks = checks

    def collect(self) -> Iterable[Metric]:
        alarms = CounterMetricFamily(
            "slash_secret_alarms", "Alarms raised by this process, by kind.", labels=["kind"]
        )
        for kind in KINDS:  # each from 0 on, so that the first one is an increase
            alarms.add_metric([kind], raised[kind])
        yield alarms
        checks = GaugeMetricFamily(
            "slash_secret_check_ok", "1 when that check of /readyz holds, else 0.", labels=["check"]
        )
        for check in self._checks:
            found = check()
            checks.add_metric([found.name], float(found.ok))
        yield checks


def build(
    inspect: Callable[[], Awaitable[StoreReport]], checks: Sequence[Callable[[], Check]] = ()
) -> web.Application:
    """The routes of METRICS_PORT. ``checks`` are the process's own, beside the store's."""
    registry = CollectorRegistry()
    registry.register(_Ours(checks))
    ProcessCollector(registry=registry)

    async def metrics(_request: web.Request) -> web.Response:
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
