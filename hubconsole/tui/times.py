"""Times as people type them: ``45m``, ``2h``, ``3d``, ``14:30``, ``tomorrow 09:00``, ``2026-11-25 10:00``."""

from __future__ import annotations

from datetime import datetime, timedelta

from hubconsole.clock import DAY, HOUR, MINUTE
from hubconsole.errors import UsageProblem

FORMS = "45m, 2h, 3d, 14:30, tomorrow 09:00 or 2026-11-25 10:00"
"""What can be typed, for hints."""

_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_MORNING = "09:00"
"""What a day without a time of day means."""


def moment(text: str, now: int) -> int:
    """The time that is meant, in milliseconds since the epoch, by the clock of this machine's time zone.

    A time of day that has gone by today is tomorrow's. Raises UsageProblem ``bad_time`` for what is no time,
    and ``past_time`` for what lies behind ``now``.
    """
    said = " ".join(text.lower().split())
    if said[:-1].isdecimal() and said[-1:] in _UNITS and len(said) < 7:
        found = now + int(said[:-1]) * _UNITS[said[-1]]
    else:
        found = _by_calendar(said, datetime.fromtimestamp(now / 1000), text)
    if found <= now:
        raise UsageProblem("past_time", f"“{text.strip()}” has gone by.", "Give a later time.")
    return found


def _by_calendar(said: str, today: datetime, text: str) -> int:
    day, _, clock = said.rpartition(" ")
    if ":" not in clock:
        day, clock = said, _MORNING
    try:
        if not said:
            raise ValueError(said)
        hour, minute = (int(part) for part in clock.split(":"))
        base = _day(day, today).replace(hour=hour, minute=minute, second=0, microsecond=0)
        if not day and base <= today:
            base += timedelta(days=1)
        return round(base.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageProblem("bad_time", f"“{text.strip()}” is no time.", f"Write {FORMS}.") from None


def _day(word: str, today: datetime) -> datetime:
    if word in ("", "today"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    return datetime.fromisoformat(word)


def clock_words(at: int, now: int) -> str:
    """A time to come in few words: ``14:30``, ``tomorrow 09:00``, ``Wed 25 Nov 10:00``."""
    when, today = datetime.fromtimestamp(at / 1000), datetime.fromtimestamp(now / 1000)
    days = (when.date() - today.date()).days
    if days == 0:
        return when.strftime("%H:%M")
    if days == 1:
        return when.strftime("tomorrow %H:%M")
    return when.strftime("%a %d %b %H:%M" if when.year == today.year else "%d %b %Y %H:%M")
