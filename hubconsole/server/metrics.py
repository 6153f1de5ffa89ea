"""What a server tells about itself and its hub in Prometheus' format: counts and times, never a person or a text.

What one process counted carries that process's name as the label ``process``: behind one address there may be several, each answers
for itself, and a counter of one must not be taken for that of another. What is true of the hub, whoever is asked, carries none.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from hubconsole.clock import SECOND
from hubconsole.domain.terms import SendState
from hubconsole.errors import HubError
from hubconsole.server.rows import last_seq
from hubconsole.server.watching import PATIENCE
from hubconsole.store import reads
from hubconsole.store.rows import MOVED_TO, SHUT

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.metrics import MetricWrapperBase

    from hubconsole.hub.local import LocalHub
    from hubconsole.server.service import Service

TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of :meth:`Metrics.text`."""

KEPT = 5.0
"""Seconds for which the hub is not asked again, however often figures are."""

UNFINISHED = (SendState.QUEUED, SendState.DELIVERING, SendState.HANDED_OVER, SendState.IN_DOUBT)
"""The states in which a reply is neither out nor given up."""

_SHARE = 50
"""A hub that takes long to ask is asked more seldom: it rests so many times as long as asking took."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_JOURNAL = "SELECT seq, at FROM event WHERE hub_id = ? ORDER BY seq DESC LIMIT 1"
_OUTBOX = (  # straight through the table: what went out is most of it, and an index would lead to every row of it one by one
    "SELECT state, COUNT(*), MIN(not_before) FROM send "
    f"WHERE hub_id || '' = ? AND state IN ({', '.join('?' * len(UNFINISHED))}) GROUP BY state"
)
_REVIEWS = (
    "SELECT r.gate, COUNT(*), MIN(r.requested_at) FROM enquiry e JOIN review r ON r.hub_id = e.hub_id AND r.enquiry_id = e.id "
    "WHERE e.hub_id = ? AND e.state = 'in_review' AND r.state IN ('requested', 'opened') GROUP BY r.gate"
)


class Figures(NamedTuple):
    """What the hub itself says, as one state of it. Times are ms."""

    seq: int
    newest_at: int
    """When the newest event happened; 0 in a journal without any."""
    sends: dict[str, int]
    """How many replies there are in each of UNFINISHED."""
    due_since: int
    """Since when the longest waiting reply should have left; 0 where none waits to leave."""
    shut: bool
    """Whether nothing leaves: the outbox is shut, or the hub has moved away."""
    reviews: dict[str, tuple[int, int]]
    """How many reviews nobody has decided at each gate, and since when the first of them waits; the policy's gates at least."""


def figures(hub: LocalHub) -> Figures:
    """Ask the hub."""
    with hub.reading() as conn, hub.store.snapshot(conn):
        seq, newest_at = conn.execute(_JOURNAL, (hub.hub_id,)).fetchone() or (0, 0)
        sends = {state: (n, at) for state, n, at in conn.execute(_OUTBOX, (hub.hub_id, *(str(state) for state in UNFINISHED)))}
        standing = reads.settings(conn, hub.hub_id, *SHUT[:2])
        reviews = dict.fromkeys((gate for gate, _ in hub.policy().gates), (0, 0))
        reviews |= {gate: (n, at) for gate, n, at in conn.execute(_REVIEWS, (hub.hub_id,))}
    due = min((sends[state][1] for state in (SendState.QUEUED, SendState.DELIVERING) if state in sends), default=0)
    counted = {state: n for state, (n, _) in sends.items()}
    return Figures(seq, newest_at, counted, due, SHUT[2] in standing or MOVED_TO[2] in standing, reviews)


def _timed(hub: LocalHub) -> tuple[Figures, float]:
    """The figures, and how many seconds the hub took to give them."""
    began = time.monotonic()
    found = figures(hub)
    return found, time.monotonic() - began


class Metrics:
    """The figures of one server process, in a registry of their own."""

    def __init__(self, service: Service) -> None:
        self.process = f"{os.getpid()}-{secrets.token_hex(2)}"
        """What tells this process from every other one of the hub, on whatever machine, and from itself after a restart."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "hubconsole_requests", "Requests by operation and status", ("operation", "status", "process"), registry=self.registry
        )
        self._seconds = Histogram(
            "hubconsole_request_seconds", "Time to answer by operation", ("operation", "process"), buckets=_SECONDS, registry=self.registry
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._service = service
        self._asking = asyncio.Lock()
        self._next = -1e9
        """When (monotonic seconds) the hub may be asked again."""
        self._counting: asyncio.Future[tuple[Figures, float]] | None = None
        """The figures that are being read; a hub that is long in giving them gives them to whoever looks next."""
        self._now = _Now(service, self.process)
        self.registry.register(self._now)

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count one answer; ``operation`` is an operation's id, or empty for what leads nowhere."""
        children = self._children.get((operation, status))
        if children is None:
            made: tuple[MetricWrapperBase, MetricWrapperBase] = (
                self._requests.labels(operation or "none", str(status), self.process),
                self._seconds.labels(operation or "none", self.process),
            )
            children = self._children[operation, status] = made  # type: ignore[assignment]
        assert children is not None
        children[0].inc()
        children[1].observe(seconds)

    async def text(self) -> bytes:
        """All figures; the hub's own are some seconds old (KEPT, more where asking takes long), and missing without its store."""
        async with self._asking:
            if time.monotonic() >= self._next:
                try:
                    rest = await self._look()
                    self._now.up = True
                except HubError:
                    self._now.figures, self._now.lag, self._now.up, rest = None, None, False, KEPT
                self._next = time.monotonic() + rest
        return generate_latest(self.registry)

    async def _look(self) -> float:
        """Take the hub's figures, and say for how many seconds it is to be left alone. Raises what the store does, or that it is silent."""
        service = self._service
        await service.watch.ask(last_seq, service.hub)
        if self._counting is None:
            self._counting = asyncio.ensure_future(service.counting.slow(_timed, service.hub))
        await asyncio.wait((self._counting,), timeout=PATIENCE)
        if not self._counting.done():
            return KEPT
        counted, self._counting = self._counting, None
        self._now.figures, took = counted.result()
        self._now.lag = max(0, self._now.figures.seq - service.feed.seq)
        return max(KEPT, _SHARE * took)


class _Now(Collector):
    """What is read off the service when somebody looks."""

    def __init__(self, service: Service, process: str) -> None:
        self.figures: Figures | None = None
        self.up = False
        """Whether the store answered when it was last asked."""
        self.lag: int | None = None
        """Events that the feed had not told when the figures were read."""
        self._service = service
        self._process = process

    def describe(self) -> list[Metric]:
        """None: the hub is not asked just to be listed."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        yield from self._of_process()
        if self.figures is not None:
            yield from self._of_hub(self.figures)

    def _of_process(self) -> Iterator[Metric]:
        writer, feed = self._service.writer, self._service.feed
        yield self._counter("commands", "Commands carried out for those who asked here", writer.commands)
        yield self._counter("commits", "Commits that carried them", writer.commits)
        yield self._gauge("commands_waiting", "Commands that are not answered yet", writer.waiting)
        yield self._counter("feed_frames", "Frames of the live feed made", feed.frames)
        yield self._counter("feed_cut_off", "Readers cut off because they did not keep up", feed.cut_off)
        yield self._gauge("feed_readers", "Readers of the live feed", len(feed.readers))
        backlog = max((reader.backlog for reader in feed.readers), default=0)
        yield self._gauge("feed_backlog_bytes", "What waits for the reader that is furthest behind", backlog)
        yield self._gauge("feed_seq", "The journal as far as the feed has told it", feed.seq)
        if self.lag is not None:
            yield self._gauge("feed_lag_events", "How many events the feed is behind the journal", self.lag)
        yield self._gauge("store_up", "Whether the store answered when it was last asked", int(self.up))

    def _of_hub(self, now: Figures) -> Iterator[Metric]:
        at = self._service.hub.clock()
        yield _plain("journal_seq", "The journal's end", now.seq)
        yield _plain("newest_event_age_seconds", "Age of the journal's newest event", _since(now.newest_at, at))
        sends = GaugeMetricFamily("hubconsole_outbox_sends", "Replies that are neither out nor given up, by state", labels=("state",))
        for state in UNFINISHED:
            sends.add_metric((state,), now.sends.get(state, 0))
        yield sends
        yield _plain("outbox_overdue_seconds", "How long the longest waiting reply should have left", _since(now.due_since, at))
        yield _plain("outbox_shut", "Whether nothing leaves: the outbox is shut, or the hub has moved", int(now.shut))
        waiting = GaugeMetricFamily("hubconsole_reviews_waiting", "Reviews that nobody has decided, by gate", labels=("gate",))
        longest = GaugeMetricFamily("hubconsole_review_longest_wait_seconds", "Since when the first of them waits", labels=("gate",))
        for gate, (n, since) in now.reviews.items():
            waiting.add_metric((gate,), n)
            longest.add_metric((gate,), _since(since, at))
        yield waiting
        yield longest

    def _counter(self, name: str, about: str, value: int) -> Metric:
        family = CounterMetricFamily(f"hubconsole_{name}", about, labels=("process",))
        family.add_metric((self._process,), value)
        return family

    def _gauge(self, name: str, about: str, value: int) -> Metric:
        family = GaugeMetricFamily(f"hubconsole_{name}", about, labels=("process",))
        family.add_metric((self._process,), value)
        return family


def _plain(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hubconsole_{name}", about, value=value)


def _since(at: int, now: int) -> float:
    """Seconds since ``at``; 0 for never, and for what is still to come."""
    return max(0, now - at) / SECOND if at else 0.0
