"""Times as people type them."""

import re
from datetime import datetime

from hubconsole.clock import DAY, HOUR, MINUTE
from hubconsole.errors import UsageProblem

_LENGTH = re.compile(r"([0-9]{1,5})\s*([mhdw])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


def length_of(text: str) -> int:
    """Milliseconds in ``30m``, ``2h``, ``1d`` or ``1w``. Raises UsageProblem ``time``."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise UsageProblem("time", f"{text!r} is no length of time.", "Write 30m, 2h, 1d or 1w.")
    return int(match[1]) * _UNITS[match[2]]


def moment(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time; local when it names no zone. Raises UsageProblem ``time``."""
    try:
        return round(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageProblem("time", f"{text!r} is no time.", "Write it as 2026-11-30T09:00 or 2026-11-30T09:00Z.") from error


def deadline(length: str, until: str, now: int) -> int:
    """The end of a length of time from now, or the moment itself; exactly one is given. Raises UsageProblem ``time``."""
    if bool(length) == bool(until):
        raise UsageProblem("time", "Until when?", "Give either --for TIME or --until WHEN.")
    at = now + length_of(length) if length else moment(until)
    if at <= now:
        raise UsageProblem("time", f"{until!r} is over already.", "Name a time to come.")
    return at
