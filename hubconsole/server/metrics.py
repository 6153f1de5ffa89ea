"""What a server tells about itself in Prometheus' format: counts and times by route, never by person or text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from prometheus_client.metrics import MetricWrapperBase

    from hubconsole.server.service import Service

TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of :meth:`Metrics.text`."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one server process, in a registry of their own."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("hubconsole_requests", "Requests by operation and status", ("operation", "status"), registry=self.registry)
        self._seconds = Histogram(
            "hubconsole_request_seconds", "Time to answer by operation", ("operation",), buckets=_SECONDS, registry=self.registry
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        writer, feed = service.writer, service.feed
        self._gauge("hubconsole_journal_seq", "The journal as far as this process has told it").set_function(lambda: feed.seq)
        self._gauge("hubconsole_feed_readers", "Readers of the live feed").set_function(lambda: len(feed.readers))
        self._gauge("hubconsole_feed_frames", "Frames made").set_function(lambda: feed.frames)
        self._gauge("hubconsole_feed_cut_off", "Readers cut off because they did not keep up").set_function(lambda: feed.cut_off)
        self._gauge("hubconsole_writer_waiting", "Commands that are not answered yet").set_function(lambda: writer.waiting)
        self._gauge("hubconsole_writer_commits", "Groups of commands carried out").set_function(lambda: writer.commits)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, registry=self.registry)

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count one answer; ``operation`` is an operation's id, or empty for what leads nowhere."""
        children = self._children.get((operation, status))
        if children is None:
            made: tuple[MetricWrapperBase, MetricWrapperBase] = (
                self._requests.labels(operation or "none", str(status)),
                self._seconds.labels(operation or "none"),
            )
            children = self._children[operation, status] = made  # type: ignore[assignment]
        assert children is not None
        children[0].inc()
        children[1].observe(seconds)

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self.registry)
