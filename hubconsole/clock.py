"""Time as the hub counts it: whole milliseconds since the Unix epoch, UTC.

A hub decides everything by the :data:`Clock` that it was given; new ids (:mod:`hubconsole.ids`) take the machine's time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""A source of "now" in milliseconds since the Unix epoch."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EARLIEST, LATEST = -2_208_988_800_000, 32_503_680_000_000
"""The times that the hub takes: the years 1900 to 2999, and the moment after. Every calendar on every machine can show them."""


def system_clock() -> int:
    """The machine's wall clock, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class FrozenClock:
    """A clock that moves only when told to, for tests."""

    def __init__(self, now: int = 1_763_474_400_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, ms: int) -> int:
        """Move ahead by ``ms`` milliseconds; the new time is returned."""
        self.now += ms
        return self.now


def iso(ms: int | None) -> str | None:
    """ISO 8601 text in UTC with milliseconds (``2026-11-18T14:00:00.000Z``); None stays None."""
    if ms is None:
        return None
    ms = min(max(ms, EARLIEST), LATEST)
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def local(ms: int) -> datetime:
    """The moment in this machine's time zone, for people; one that no calendar has is the nearest that it has."""
    return datetime.fromtimestamp(min(max(ms, EARLIEST), LATEST) / 1000)


def age(ms: int) -> str:
    """A duration in the board's fixed width form: ``0:06`` (hours:minutes) under a day, then ``2 d``; never negative."""
    minutes = max(0, ms) // MINUTE
    return f"{minutes // 60}:{minutes % 60:02d}" if minutes < 24 * 60 else f"{minutes // (24 * 60)} d"
