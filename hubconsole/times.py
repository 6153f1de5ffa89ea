"""Times as people type them, by the clock of this machine's time zone: one parser for every door.

    45m, 2h, 3d, 1w                    so long from now (or, looking back, ago)
    14:30                              the next one (or, looking back, the last one)
    tomorrow, tomorrow 09:00           also today and yesterday
    22 Nov, 22 November 2026 16:30     without a year the next such day (or the last one)
    2026-11-25, 2026-11-25 10:00       ISO 8601, also with T, seconds and a zone

Pure: the time now is given. Times are milliseconds since the Unix epoch.
"""

import re
from datetime import datetime, timedelta

from hubconsole.clock import DAY, HOUR, MINUTE, local
from hubconsole.errors import UsageProblem

FORMS = "45m, 2h, 3d, 14:30, tomorrow 09:00, 22 Nov 10:00 or 2026-11-25 10:00"
"""What can be typed, for hints."""

MORNING = "09:00"
"""What a day alone means when something is to come back on it."""

MIDNIGHT = "00:00"
"""What a day alone means when something began on it."""

END_OF_DAY = "23:59"
"""What a day alone means when something holds until it."""

_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"([0-9]{1,5}) ?(m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_NAMED = re.compile(r"(today|tomorrow|yesterday)(?: (\S+))?")
_DATED = re.compile(r"([0-9]{1,2})\.? ([a-z]{3,9})\.?(?:,? ([0-9]{4}))?(?:,? ([0-9]{1,2}:[0-9]{2}))?")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def length_of(text: str) -> int:
    """Milliseconds in ``45m``, ``2h``, ``3d`` or ``1w``. Raises UsageProblem ``bad_time``."""
    found = _span(" ".join(text.lower().split()))
    if found is None:
        raise UsageProblem("bad_time", f"{text.strip()!r} is no length of time.", "Write 30m, 2h, 1d or 1w.")
    return found


def moment(text: str, now: int, *, day: str = MORNING, back: bool = False) -> int:
    """The time that is meant at ``now``; ``day`` is the time of day of a day alone, ``back`` looks for one in the past.

    Raises UsageProblem ``bad_time`` for what is no time. Whether it has gone by is for the caller to judge.
    """
    said = " ".join(text.lower().split())
    try:
        span = _span(said)
        if span is not None:
            return now - span if back else now + span
        return round(_by_calendar(said, datetime.fromtimestamp(now / 1000), day, back).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageProblem("bad_time", f"{text.strip()!r} is no time.", f"Write {FORMS}.") from None


def coming(text: str, now: int, *, day: str = MORNING) -> int:
    """Like :func:`moment`, but it has to be still to come. Raises UsageProblem ``bad_time`` or ``past_time``."""
    found = moment(text, now, day=day)
    if found <= now:
        raise UsageProblem("past_time", f"{text.strip()!r} has gone by.", "Give a later time.")
    return found


def _span(said: str) -> int | None:
    match = _SPAN.fullmatch(said)
    return int(match[1]) * _UNITS[match[2][0]] or None if match else None


def _by_calendar(said: str, today: datetime, day: str, back: bool) -> datetime:
    """Raises ValueError for what is no time."""
    if _CLOCK.fullmatch(said):
        at = _at(today, said)
        if back:
            return at if at <= today else at - timedelta(days=1)
        return at if at > today else at + timedelta(days=1)
    if named := _NAMED.fullmatch(said):
        return _at(today + timedelta(days=_NAMED_DAYS[named[1]]), named[2] or day)
    if dated := _DATED.fullmatch(said):
        return _dated(dated, today, day, back)
    if _ISO_DAY.fullmatch(said):
        return _at(datetime.fromisoformat(said), day)
    return datetime.fromisoformat(said.upper())


def _at(base: datetime, clock: str) -> datetime:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(clock)
    return base.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)


def _dated(said: re.Match[str], today: datetime, day: str, back: bool) -> datetime:
    number, name, year, clock = said.groups()
    month = next((n for n, full in enumerate(_MONTHS, 1) if full.startswith(name)), 0)
    years = [int(year)] if year else [today.year - n for n in range(9)] if back else [today.year + n for n in range(9)]
    for one in years:
        try:
            at = _at(datetime(one, month, int(number)), clock or day)
        except ValueError:
            if year or (month, int(number)) != (2, 29):
                raise
            continue
        if year or (at <= today if back else at > today):
            return at
    raise ValueError(said[0])


def clock_words(at: int, now: int) -> str:
    """A time to come in few words: ``14:30``, ``tomorrow 09:00``, ``Wed 25 Nov 10:00``."""
    when, today = local(at), local(now)
    days = (when.date() - today.date()).days
    if days == 0:
        return when.strftime("%H:%M")
    if days == 1:
        return when.strftime("tomorrow %H:%M")
    return when.strftime("%a %d %b %H:%M" if when.year == today.year else "%d %b %Y %H:%M")
