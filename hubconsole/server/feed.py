"""The live feed: one task follows the journal for all who listen to this process.

The journal is the truth; being told that something was written only makes the feed look sooner. It looks at most once a tick
(the first event after a pause at once), makes one frame of what it finds, and puts the same bytes into every reader's basket.
A reader who does not empty it is cut off and comes back with the place it had reached.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from hubconsole.domain.terms import Scope
from hubconsole.errors import HubError
from hubconsole.server import problems
from hubconsole.server.frames import Frame, beat, last_word, presence
from hubconsole.server.reader import Reader
from hubconsole.server.rows import bite, last_seq

if TYPE_CHECKING:
    from hubconsole.hub.access import Grant
    from hubconsole.hub.local import LocalHub
    from hubconsole.hub.port import Viewer
    from hubconsole.server.reading import Reads
    from hubconsole.server.rows import Bite, RowBytes
    from hubconsole.server.settings import Settings

_BITE = 500
_DOORS = ("token.", "member.")
_AWAY = 0.5


class Feed:
    """Follows the journal of one hub. Everything but the watching thread belongs to the event loop."""

    def __init__(self, hub: LocalHub, settings: Settings, reads: Reads, row_bytes: RowBytes) -> None:
        self.hub = hub
        self.settings = settings
        self.reads = reads
        self.row_bytes = row_bytes
        self.seq = 0
        """The journal as far as this process has told it."""
        self.fresh_at = -1e9
        """When (monotonic seconds) the journal was last seen to its end."""
        self.readers: set[Reader] = set()
        self.frames = 0
        self.cut_off = 0
        self.doors_moved: Callable[[], None] = lambda: None
        self.still_in: Callable[[str], Awaitable[Grant | None]]
        self._ring: deque[Frame] = deque(maxlen=settings.ring)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watcher: threading.Thread | None = None
        self._closing = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._viewers: tuple[tuple[str, str, str], ...] = ()
        self._presence = b""
        self._look_at_viewers = asyncio.Event()

    async def start(self) -> None:
        """Begin at the journal's present end."""
        self._loop = asyncio.get_running_loop()
        self.seq = await self.reads.quick(last_seq, self.hub)
        self.fresh_at = time.monotonic()
        self._watcher = threading.Thread(target=self._watch, name="hubconsole-feed", daemon=True)
        self._watcher.start()
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._beat()), asyncio.create_task(self._presences())]

    async def stop(self) -> None:
        """Say a last word to every reader and end."""
        self._closing.set()
        for reader in tuple(self.readers):
            reader.end(last_word("the server is being stopped; come back soon"))
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        if self._watcher is not None:  # it reads the hub, which is closed soon
            await asyncio.to_thread(self._watcher.join, 20.0)

    def wake(self) -> None:
        """Something was written."""
        self._wake.set()

    def looked(self) -> None:
        """Somebody opened or closed an enquiry."""
        self._look_at_viewers.set()

    async def wait(self, after: int, timeout: float) -> None:
        """Return when this process has told the journal past ``after``, or after ``timeout`` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self.seq <= after and not self._closing.is_set():
                    await self._moved.wait()

    async def reach(self, seq: int) -> bool:
        """Whether the journal is at ``seq``, now or within ``settings.catch_up`` seconds.

        Looking first and answering from a later read is right: the store is one server, and its journal never goes back, so the
        later read sees at least as much. What is answered by another server is looked at by that one.
        """
        if self.seq >= seq or await self.reads.quick(last_seq, self.hub) >= seq:
            return True
        await self.wait(seq - 1, self.settings.catch_up)
        return self.seq >= seq or await self.reads.quick(last_seq, self.hub) >= seq

    async def _end(self, after: int) -> int:
        """The journal's end, ``after`` or later. Raises Problem 410 where it ends before, Unreachable ``behind`` where it may not."""
        end = await self.reads.quick(last_seq, self.hub)
        if after <= end:
            return end
        standing = await self.reads.quick(self.hub.store.standing)
        if standing is None:
            raise problems.below_floor(f"{after} is beyond its end")
        if await self.reach(after):
            return after
        standing = await self.reads.quick(self.hub.store.standing)
        if standing is None or (standing.following and not standing.behind):
            raise problems.below_floor(f"{after} is beyond its end")
        raise problems.behind(after)

    async def join(self, after: int | None, grant: Grant, digest: str, heartbeat: float) -> tuple[Reader, list[bytes]]:
        """A new reader, and what it missed since ``after`` (None: it begins now). Raises Problem 410, Unreachable ``busy``."""
        if self._closing.is_set():
            raise problems.closing()
        if len(self.readers) >= self.settings.most_streams:
            raise problems.busy()
        if 2 * sum(one.grant.member == grant.member for one in self.readers) >= self.settings.most_streams:
            raise problems.too_many(5.0)  # one member's consoles, or a token that got lost, never shut out everybody else
        if after is not None and await self._end(after) - after > self.settings.resume:
            raise problems.below_floor(f"more than {self.settings.resume} events were missed")
        reader = Reader(grant, digest, heartbeat, self.settings.backlog_bytes, mask=grant.scope is Scope.WALL)
        reader.after = max(self.seq, after or 0)
        self.readers.add(reader)
        try:
            missed = [] if after is None else await self._missed(after, self.seq, reader.mask)
        except BaseException:
            self.leave(reader)
            raise
        if self._presence and not reader.mask:
            missed.append(self._presence)
        return reader, missed

    def leave(self, reader: Reader) -> None:
        """This one does not listen any more."""
        self.readers.discard(reader)

    async def _missed(self, after: int, until: int, mask: bool) -> list[bytes]:
        """Frames for what came after ``after`` up to ``until``: from memory, or else from the journal."""
        found: list[bytes] = []
        while after < until:
            if self._ring and self._ring[0].after <= after:
                for frame in tuple(self._ring):
                    if after < frame.seq <= until:
                        found.append(frame.beyond(after, mask=mask))
                return found
            some: Bite = await self.reads.quick(bite, self.hub, after, min(_BITE, until - after))
            if not some.events:
                return found
            frame = Frame(after, some, self.row_bytes)
            found.append(frame.encoded(mask=mask))
            after = frame.seq
        return found

    def _watch(self) -> None:
        """The thread that waits for the journal to move, whoever moves it."""
        loop = self._loop
        assert loop is not None
        while not self._closing.is_set():
            try:
                moved = self.hub.wait(self.seq, self.settings.poll)
                seen = time.monotonic()
            except HubError:
                self._closing.wait(_AWAY)
                continue
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.wake if moved else self._fresh, *(() if moved else (seen - self.settings.poll / 4,)))
            if moved:
                self._closing.wait(self.settings.tick)

    def _fresh(self, seen: float) -> None:
        self.fresh_at = max(self.fresh_at, seen)

    async def _follow(self) -> None:
        """The task: look, tell, rest for a tick."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while await self._advance():
                    pass
            except HubError:
                await asyncio.sleep(_AWAY)
                self._wake.set()
            await asyncio.sleep(self.settings.tick)

    async def _advance(self) -> bool:
        """Tell what came next; True when there is more already."""
        began = time.monotonic()
        some: Bite = await self.reads.quick(bite, self.hub, self.seq, _BITE)
        if not some.events:
            self.fresh_at = began
            return False
        frame = Frame(self.seq, some, self.row_bytes)
        if any(kind.startswith(_DOORS) for _, kind, _, _, _ in some.events):
            self.doors_moved()
            await self._turn_out()
        self._ring.append(frame)
        self.seq = frame.seq
        self.frames += 1
        for reader in self.readers:
            if frame.seq > reader.after:
                reader.put(frame.beyond(reader.after, mask=reader.mask))
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        if frame.seq >= some.last:
            self.fresh_at = began
            return False
        return True

    async def _turn_out(self) -> None:
        """End the streams of those whose token opens nothing any more."""
        for reader in tuple(self.readers):
            grant = await self.still_in(reader.digest)
            if grant is None or grant.scope is not reader.grant.scope:
                reader.end(last_word("this token does not open this hub any more"))

    async def _beat(self) -> None:
        """Signs of life, each reader at its own pace; and the end of those whose token ran out."""
        while True:
            await asyncio.sleep(0.25)
            now, at = self.hub.clock(), time.monotonic()
            sign = beat(now)
            for reader in tuple(self.readers):
                if reader.grant.ended(now):
                    reader.end(last_word("this token has run out"))
                elif at - reader.put_at >= reader.heartbeat:
                    reader.put(sign)

    async def _presences(self) -> None:
        """Who looks at what, told when it changes."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._look_at_viewers.wait()
            self._look_at_viewers.clear()
            if not self.readers:
                continue
            with suppress(HubError):
                viewers: tuple[Viewer, ...] = await self.reads.quick(self.hub.viewers)
                now = tuple((one.member, one.enquiry_id, one.doing) for one in viewers)
                if now != self._viewers or not self._presence:
                    self._viewers, self._presence = now, presence(viewers)
                    for reader in self.readers:
                        if not reader.mask:
                            reader.put(self._presence)
            await asyncio.sleep(self.settings.tick)
