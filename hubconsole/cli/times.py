"""Times as options take them; read by :mod:`hubconsole.times`. ``now`` is the time (ms) by the hub's clock."""

from hubconsole.errors import UsageProblem
from hubconsole.times import END_OF_DAY, MIDNIGHT, coming, length_of, moment


def written(text: str, now: int) -> int:
    """When something was written: ``2026-11-20 10:00``, ``14:30`` (the last one), ``2h`` (ago). Raises UsageProblem ``bad_time``."""
    return moment(text, now, day=MIDNIGHT, back=True)


def valid_until(text: str, now: int) -> int:
    """Until when something holds; a day alone to its end. Raises UsageProblem ``bad_time`` or ``past_time``."""
    return coming(text, now, day=END_OF_DAY)


def deadline(length: str, until: str, now: int) -> int:
    """The end of a length of time from now, or the time to come itself; exactly one is given.

    Raises UsageProblem ``bad_time`` or ``past_time``.
    """
    if bool(length) == bool(until):
        raise UsageProblem("bad_time", "Until when?", "Give either --for TIME or --until WHEN.")
    return now + length_of(length) if length else coming(until, now)
