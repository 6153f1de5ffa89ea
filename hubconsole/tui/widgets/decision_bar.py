"""What a reviewer can decide here: the keys drawn like keys, and what the digits after them mean."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from hubconsole.domain.terms import CONDITIONS, RETURN_REASONS
from hubconsole.tui.widgets.gates_view import CONDITION_WORDS
from hubconsole.tui.widgets.lines import DIM, KEY, Lines, columns, hang, label

CAP = "$ground on $accent bold"
CAP_OFF = "$text-dim on $bar"


class Choice(NamedTuple):
    """One key of the bar."""

    key: str
    """As written on the key."""
    label: str
    blocked: str = ""
    """Why it cannot be pressed now; empty when it can."""


def cap(key: str, on: bool = True) -> Content:
    """A key, drawn like one."""
    return Content.styled(f" {key} ", CAP if on else CAP_OFF)


def digits(words: Sequence[str]) -> list[Content]:
    """``1 promise   2 personal data``: a digit for each word."""
    return [Content.assemble((str(n), KEY), f" {word}") for n, word in enumerate(words, 1)]


class DecisionBar(Lines):
    """The decide row, and the legends for return and for conditions."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._choices: tuple[Choice, ...] = ()

    def show(self, choices: Sequence[Choice]) -> None:
        """Show these keys; a blocked one is dim, and the first reason why is said once."""
        self._choices = tuple(choices)
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """Keys, a blank line, legends."""
        if not self._choices:
            return []
        caps = [
            Content.assemble(cap(choice.key, not choice.blocked), (f" {choice.label}", DIM if choice.blocked else ""))
            for choice in self._choices
        ]
        rows = columns(caps, width, gap=4)
        reasons = dict.fromkeys(choice.blocked for choice in self._choices if choice.blocked)
        for reason in reasons:
            rows += hang(Content.styled("  ", DIM), Content.styled(reason, DIM), width)
        rows.append(Content(""))
        for name, words in (
            ("RETURN", [word.replace("_", " ") for word in RETURN_REASONS]),
            ("ONLY IF", [CONDITION_WORDS[word] for word in CONDITIONS]),
        ):
            for n, row in enumerate(columns(digits(words), width - 8, gap=3)):
                rows.append(Content.assemble(label(name if n == 0 else "", 8), row))
        return rows
