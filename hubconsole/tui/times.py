"""Times as the console takes and shows them; read by :mod:`hubconsole.times`."""

from hubconsole.times import FORMS, clock_words, coming

__all__ = ["FORMS", "clock_words", "moment"]


def moment(text: str, now: int) -> int:
    """The time to come that is meant, in milliseconds. Raises UsageProblem ``bad_time`` or ``past_time``."""
    return coming(text, now)
