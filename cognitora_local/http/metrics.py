"""What a runtime does, in numbers, as Prometheus collects them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/metrics"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""The upper ends of what is told apart: from a warm one-shot to a long execution."""


class MetricsMissing(Exception):
    """The package for it isn't installed."""


class Gauge(NamedTuple):
    """A number that goes up and down: what it counts, and how it is now."""

    text: str
    now: Callable[[], int]


class Metrics:
    """The metrics of one runtime.

    Raises:
        MetricsMissing: there is no prometheus_client.
    """

    def __init__(self) -> None:
        try:
            import prometheus_client as prometheus
        except ImportError as error:
            raise MetricsMissing(
                'Metrics need a package more: pip install "cognitora[metrics]>=2".'
            ) from error
        self._make_gauge = prometheus.Gauge
        self._gauges: dict[str, Any] = {}
        self._write = prometheus.generate_latest
        self._media_type = prometheus.CONTENT_TYPE_LATEST
        self._registry = registry = prometheus.CollectorRegistry()
        labels = ("operation", "status")
        self._requests = prometheus.Counter(
            "cognitora_requests", "Requests that were answered.", labels, registry=registry
        )
        self._seconds = prometheus.Histogram(
            "cognitora_request_seconds",
            "Seconds from a request to the end of its answer.",
            labels[:1],
            buckets=SECONDS,
            registry=registry,
        )
        prometheus.ProcessCollector(registry=registry)

    def add(self, account: str, gauges: Mapping[str, Gauge]) -> None:
        """Tell of an account too: of each of its gauges, by their names."""
        for name, gauge in gauges.items():
            if name not in self._gauges:
                self._gauges[name] = self._make_gauge(
                    f"cognitora_{name}", gauge.text, ("account",), registry=self._registry
                )
            self._gauges[name].labels(account).set_function(gauge.now)

    def answered(self, operation: str, status: int, seconds: float) -> None:
        self._requests.labels(operation, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def route(self) -> Route:
        async def metrics(_: Request) -> Response:
            return Response(self._write(self._registry), media_type=self._media_type)

        return Route(PATH, metrics)
