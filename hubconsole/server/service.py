"""Everything that one server process holds, put together once and handed to every endpoint."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from hubconsole.server.auth import Doorkeeper
from hubconsole.server.feed import Feed
from hubconsole.server.limits import Limits
from hubconsole.server.metrics import Metrics
from hubconsole.server.oidc import Provider
from hubconsole.server.reading import Reads
from hubconsole.server.rows import RowBytes
from hubconsole.server.watching import Watch
from hubconsole.server.writer import Writer

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub
    from hubconsole.server.settings import Settings


class Service:
    """One hub as it is served here."""

    def __init__(self, hub: LocalHub, settings: Settings) -> None:
        self.hub = hub
        self.settings = settings
        self.reads = Reads(local=hub.store.dialect.name == "sqlite", threads=settings.readers)
        self.proofs = Reads(local=False, threads=1)
        """Where the journal is verified: it takes so long that all who ask for it must not stand in the way of any other read."""
        self.watch = Watch()
        """Where it is asked whether the store answers at all."""
        self.counting = Reads(local=False, threads=1)
        """Where the figures of the hub are read; see :mod:`hubconsole.server.metrics`."""
        self.row_bytes = RowBytes(hub)
        self.limits = Limits(settings)
        self.feed = Feed(hub, settings, self.reads, self.row_bytes)
        self.writer = Writer(hub, most=settings.queue, group=settings.group, wrote=self.feed.wake)
        self.doorkeeper = Doorkeeper(hub, self.reads, self.watch, self.limits, lambda: self.feed.fresh_at)
        self.feed.doors_moved = self.doorkeeper.forget
        self.feed.still_in = self.doorkeeper.look
        self.metrics = Metrics(self)
        self.provider = Provider(settings.oidc, hub.clock) if settings.oidc else None
        self._starting = asyncio.Lock()
        self.running = False
        self._told_at = time.monotonic()
        self.leaving = False
        """Whether every answer closes its connection, for the server is being stopped."""

    async def start(self) -> None:
        """Begin to write and to follow the journal; a second call does nothing."""
        async with self._starting:
            if not self.running:
                self.writer.start()
                await self.feed.start()
                self.running = True

    def told(self, following: bool, most: float) -> bool:
        """Whether the standby that is read here has heard from its primary within ``most`` seconds, now that it does or does not."""
        if following:
            self._told_at = time.monotonic()
        return time.monotonic() - self._told_at <= most

    async def stop(self) -> None:
        """End the feed with a last word, carry out what waits, and let go of the threads."""
        if self.running:
            self.running = False
            await self.feed.stop()
            await self.writer.stop()
            for threads in (self.watch, self.counting, self.proofs, self.reads):
                await asyncio.to_thread(threads.close)
