"""Flags: what the rules noticed in the words, with the words themselves; hints to the reviewer, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import ALARM, CARE, DIM, GOOD, STRONG, Lines, hang, label
from hubconsole.tui.widgets.signs import ALERT, CLOSES, DOT, OPENS, POINT, TICK

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy

_RANK = {"block": 0, "warn": 1, "info": 2}


class Looked(NamedTuple):
    """What looking a text over found."""

    length: int
    """In the channel's own way of counting."""
    limit: int | None
    """The channel's limit; None when it has none."""
    flags: tuple[Flagged, ...]


class Flagged(NamedTuple):
    """One flag on one text."""

    id: str
    """The rule's id."""
    title: str
    """The rule's name for people."""
    severity: str
    """``info``, ``warn`` or ``block``."""
    start: int
    """Where the words begin in the text (characters)."""
    end: int
    words: str
    """The words themselves (raw)."""
    message: str
    """What the rule says about them."""


def measured(policy: Policy | None, text: str, channel: str, visibility: str) -> tuple[int, int | None]:
    """Length of the text as its channel counts, and the limit: the policy's where it has one."""
    from hubconsole.domain import looking, outgoing

    return outgoing.measure(text, channel, visibility) if policy is None else looking.measure(policy, text, channel, visibility)


def look_over(policy: Policy | None, text: str, channel: str, visibility: str) -> Looked:
    """Length, limit and flags of a text as it would leave, the worst first; slow enough to belong in a thread."""
    from hubconsole.domain import outgoing
    from hubconsole.domain.flags import check
    from hubconsole.domain.terms import Visibility

    found = [
        Flagged(flag.rule, flag.title, flag.severity, flag.start, flag.end, text[flag.start : flag.end], flag.message)
        for flag in check(text, visibility=Visibility(visibility))
    ]
    found += [
        Flagged(problem.id, rule_words(problem.id), "block", problem.start, problem.end, text[problem.start : problem.end], problem.message)
        for problem in outgoing.problems(text)
    ]
    length, limit = measured(policy, text, channel, visibility)
    return Looked(length, limit, tuple(sorted(found, key=lambda flag: (_RANK.get(flag.severity, 3), flag.start))))


def rule_words(rule_id: str) -> str:
    """A rule's id as words: ``core.personal_data.ask`` is ``personal data ask``."""
    return rule_id.removeprefix("core.").replace(".", " ").replace("_", " ").replace("-", " ")


def measured_words(looked: Looked) -> Content:
    """Length and flags in a few words, for a frame: ``217 of 280 · 2 flags``."""
    from hubconsole.tui.widgets.exact_text import counter

    n = len(looked.flags)
    blocks = sum(flag.severity == "block" for flag in looked.flags)
    said = f"{n} flag{'' if n == 1 else 's'}" + (f", {blocks} blocking" if blocks else "") if n else "no flags"
    style = ALARM if blocks else CARE if n else DIM
    return Content.assemble(" ", counter(looked.length, looked.limit), (f" {DOT} ", DIM), (f"{ALERT} {said}" if n else said, style), " ")


class FlagsView(Lines):
    """One line or two for each flag; what the last version had and this one has not is ticked off."""

    def __init__(self, title: str = "FLAGS", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.title = title
        self.flags: tuple[Flagged, ...] = ()
        self.chosen = -1
        """Index of the flag that the words above are showing; -1 for none."""
        self._cleared: tuple[str, ...] = ()
        self._since = ""

    def show(self, flags: Sequence[Flagged], cleared: Sequence[str] = (), since: str = "") -> None:
        """Show these flags; ``cleared`` are the names of those that are gone since the version named ``since``."""
        self.flags, self._cleared, self._since = tuple(flags), tuple(cleared), since
        self.chosen = min(self.chosen, len(self.flags) - 1)
        self.renew()

    def choose(self, index: int) -> None:
        """Point out one flag."""
        self.chosen = index
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """Title and flags."""
        rows = [label(self.title)] if self.title else []
        column = min(34, max((len(flag.title) for flag in self.flags), default=0) + 2)
        for n, flag in enumerate(self.flags, 1):
            style = ALARM if flag.severity == "block" else CARE if flag.severity == "warn" else DIM
            sign = DOT if flag.severity == "info" else ALERT
            mark = POINT if n - 1 == self.chosen else " "
            head = Content.assemble((f"{sign} F{n}", style), (mark, STRONG), (f"{flag.title.lower():<{column}}", style))
            stop = Content.styled("  confirm by name, or amend", ALARM) if flag.severity == "block" else Content("")
            body = Content.assemble((f"{OPENS}{one_line(flag.words, 40)}{CLOSES} ", STRONG), one_line(flag.message, 300), stop)
            rows += hang(head, body, width)
        if self._cleared:
            rows += hang(Content.styled(f"{TICK} cleared in {self._since}  ", GOOD), Content.styled(", ".join(self._cleared), DIM), width)
        elif not self.flags:
            rows.append(Content.assemble((f"{TICK} ", GOOD), ("the rules found nothing to point at", DIM)))
        return rows
