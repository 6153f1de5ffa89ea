"""The little language in which the demonstration's enquiries are told: ``+4 nadia triage engage``."""

import re
from typing import NamedTuple

from hubconsole.clock import MINUTE
from hubconsole.errors import UsageProblem

_STEP = re.compile(r"\+(?P<minutes>[0-9]+(?:\.[0-9]+)?) (?P<who>[a-z]+|-|\*) (?P<verb>[a-z_]+)(?: (?P<words>.+))?", re.DOTALL)

CUSTOMER = "-"
"""Stands for the customer in a step."""

WORKER = "*"
"""Stands for the hub's own worker in a step."""

VERBS = frozenset(
    """triage claim release assign priority snooze note privileged draft dm submit withdraw open approve amend return reject
    not_required ask resume send deliver doubt handover fail sent await resolve close reopen customer""".split()  # noqa: SIM905
)
"""Everything that can happen in a story."""


class StoryStep(NamedTuple):
    """One line of a story."""

    after: int
    """Milliseconds after the enquiry arrived."""
    who: str
    """A member's name, CUSTOMER or WORKER."""
    verb: str
    words: str
    """What the verb needs; may be empty."""


def parse_step(line: str) -> StoryStep:
    """Read one line. Raises UsageProblem ``bad_story`` that shows it."""
    match = _STEP.fullmatch(line)
    if match is None or match["verb"] not in VERBS:
        raise UsageProblem("bad_story", f"This is no step of a story: {line!r}.", "Write '+MINUTES MEMBER VERB [WORDS]'.")
    return StoryStep(round(float(match["minutes"]) * MINUTE), match["who"], match["verb"], match["words"] or "")


def split_word(words: str, what: str) -> tuple[str, str]:
    """The first word and the rest. Raises UsageProblem ``bad_story`` when there is none."""
    first, _, rest = words.partition(" ")
    if not first:
        raise UsageProblem("bad_story", f"A step of a story lacks its {what}.")
    return first, rest
