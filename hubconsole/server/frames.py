"""Frames of the live feed: what moved, encoded once and shared by all who listen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from hubconsole.hub.wire import plain
from hubconsole.store.journal import HUB_STREAM

if TYPE_CHECKING:
    from hubconsole.hub.port import Viewer
    from hubconsole.server.rows import Bite, Event, RowBytes


class Frame:
    """Some events in order, with the rows that they touched."""

    __slots__ = ("_row_bytes", "_whole", "after", "bite", "seq")

    def __init__(self, after: int, bite: Bite, row_bytes: RowBytes) -> None:
        self.after = after
        """Place of the event before the first."""
        self.bite = bite
        self.seq = bite.events[-1][0]
        """Place of the last event."""
        self._row_bytes = row_bytes
        self._whole: list[bytes | None] = [None, None]

    def encoded(self, *, mask: bool) -> bytes:
        """The frame for a reader; ``mask`` leaves out names and words of customers."""
        found = self._whole[mask]
        if found is None:
            found = self._whole[mask] = self._encode(self.bite.events, mask)
        return found

    def beyond(self, seq: int, *, mask: bool) -> bytes:
        """The frame for a reader who has its first events already."""
        if seq <= self.after:
            return self.encoded(mask=mask)
        return self._encode(tuple(event for event in self.bite.events if event[0] > seq), mask)

    def _encode(self, events: tuple[Event, ...], mask: bool) -> bytes:
        shown = [(seq, kind, "" if stream == HUB_STREAM else stream, actor, at) for seq, kind, stream, actor, at in events]
        head = orjson.dumps({"seq": self.seq, "events": shown})
        tail = orjson.dumps(
            {
                "counts": plain(self.bite.counts),
                "oldest_wait": self.bite.oldest_wait,
                "hub_changed": any(stream == HUB_STREAM for _, _, stream, _, _ in events),
            }
        )
        rows = self._row_bytes.list(self.bite.rows, mask=mask)
        return b'id: %d\nevent: changes\ndata: %b,"rows":%b,%b\n\n' % (self.seq, head[:-1], rows, tail[1:])


def presence(viewers: Iterable[Viewer]) -> bytes:
    """Who has what open, as an event without a place in the journal."""
    return b"event: presence\ndata: %b\n\n" % orjson.dumps({"viewers": [plain(one) for one in viewers]})


def beat(now: int) -> bytes:
    """A sign of life, with the hub's time."""
    return b": %d\n\n" % now


def last_word(why: str) -> bytes:
    """A comment before the end of a stream."""
    return f": {why}\n\n".encode()
