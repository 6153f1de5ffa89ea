"""The last look before something counts: the exact outgoing text, and a key of its own to say yes.

Enter does not confirm. Nothing is taken as an answer in the first moments, nor while the key that opened the question is
still repeating, so that a held key cannot decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from hubconsole.text import one_line
from hubconsole.tui.widgets.decision_bar import cap
from hubconsole.tui.widgets.exact_text import ExactText, Outgoing
from hubconsole.tui.widgets.flags_view import Flagged, rule_words
from hubconsole.tui.widgets.lines import ALARM, CARE, DIM, GOOD, STRONG, Lines, columns, fit, hang
from hubconsole.tui.widgets.signs import ALERT, CLOSES, DOT, OPENS, TICK

STYLE = files("hubconsole.tui.screens").joinpath("confirm.tcss").read_text("utf-8")
"""The sheet beside this file; a default one, so that it holds for the first screen as well."""

GUARD = 0.3
"""Seconds after opening, and after each repeat of the opening key, in which no answer is taken."""

YES = "y"
"""The key that confirms."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is about to be decided."""

    title: str
    """For instance ``Approve E-1027 reply v2 for legal``."""
    exact: Outgoing
    """What would go out, or what is being turned down."""
    consequence: tuple[str, ...]
    """What follows, in sentences."""
    act: str
    """What the confirming key does, in a word or two: ``approve``."""
    flags: tuple[Flagged, ...] = ()
    """Blocking flags that must be confirmed by name; one a rule."""
    goes_out: bool = True
    """Whether this leads towards publishing."""


class Confirm(ModalScreen[tuple[str, ...] | None]):
    """Answers with the ids of the flags that were confirmed by name (maybe none), or None."""

    DEFAULT_CSS = STYLE
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-middle"), (150, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back"),
        Binding("j,down", "move(1)", "down", priority=True),
        Binding("k,up", "move(-1)", "up", priority=True),
        Binding("pagedown,space", "move(8)", "page down"),
        Binding("pageup", "move(-8)", "page up"),
    ]

    def __init__(self, proposal: Proposal, now: int) -> None:
        super().__init__()
        self.proposal = proposal
        self.now = now
        self.armed = False
        """Whether an answer is taken."""
        self.confirmed: set[str] = set()
        """Ids of blocking flags confirmed so far."""
        self._guard: object = None

    def compose(self) -> ComposeResult:
        """The exact text in a scroll; flags, consequences and keys under it, always in view."""
        with Vertical(id="confirm-box") as box:
            box.border_title = Content(self.proposal.title)
            with VerticalScroll(id="confirm-text", can_focus=False):
                yield ExactText(self.proposal.exact, self.now)
            yield Below(self, id="confirm-keys")

    def on_mount(self) -> None:
        """Not armed at first; what stands below the fold is said."""
        self.watch(self.query_one("#confirm-text"), "scroll_y", self._fold, init=False)
        self.call_after_refresh(self._fold)
        self._rest()
        self._renew()

    def on_key(self, event: events.Key) -> None:
        """``y`` confirms, digits confirm flags by name, anything else only makes the guard wait longer."""
        if event.key == "escape" or event.key in ("j", "k", "up", "down", "pageup", "pagedown", "space"):
            return
        event.stop()
        if not self.armed:
            self._rest()
            return
        character = event.character or ""
        if character == YES:
            self._yes()
        elif character.isascii() and character.isdecimal() and 1 <= int(character) <= len(self.proposal.flags):
            rule = self.proposal.flags[int(character) - 1].id
            self.confirmed ^= {rule}
            self._renew()

    def action_move(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one("#confirm-text", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Nothing is decided."""
        self.dismiss(None)

    def _fold(self) -> None:
        text = self.query_one("#confirm-text", VerticalScroll)
        left = max(0, round(text.max_scroll_y - text.scroll_y))
        said = f"{left} more lines below, j scrolls" if left else ""
        self.query_one("#confirm-box").border_subtitle = Content.styled(said, STRONG)

    def missing(self) -> tuple[str, ...]:
        """Ids of blocking flags not yet confirmed."""
        return tuple(flag.id for flag in self.proposal.flags if flag.id not in self.confirmed)

    def _yes(self) -> None:
        missing = self.missing()
        if missing:
            self.notify(
                f"Confirm {', '.join(map(rule_words, missing))} by its digit first, or leave and amend the words.", severity="warning"
            )
            return
        self.dismiss(tuple(sorted(self.confirmed)))

    def _rest(self) -> None:
        """No answer for a moment."""
        from textual.timer import Timer

        if isinstance(self._guard, Timer):
            self._guard.stop()
        self.armed = False
        self._guard = self.set_timer(GUARD, self._arm)

    def _arm(self) -> None:
        self.armed = True
        self._renew()

    def _renew(self) -> None:
        self.query_one(Below).renew()

    def below(self, width: int) -> list[Content]:
        """Flags to confirm by name, what follows, and the keys."""
        rows: list[Content] = []
        for n, flag in enumerate(self.proposal.flags, 1):
            done = flag.id in self.confirmed
            name = flag.title.lower()
            said = (f" {TICK} {name}, confirmed by you", GOOD) if done else (f" {ALERT} {name}: confirm by name", ALARM)
            about = (f"  {OPENS}{one_line(flag.words, 30)}{CLOSES} {one_line(flag.message, 160)}", DIM)
            rows.append(fit(Content.assemble(cap(str(n)), " ", said, about), width))
        for sentence in self.proposal.consequence:
            rows += hang(Content.styled(f"{DOT} ", DIM), Content.styled(sentence, CARE if sentence.startswith(ALERT) else ""), width)
        ready = self.armed and not self.missing()
        yes = Content.assemble(cap(YES, ready), (f" {self.proposal.act}", STRONG if ready else DIM))
        keys = [yes, Content.assemble(cap("Esc"), " back, nothing is decided"), Content.styled("j k scroll; Enter does nothing here", DIM)]
        return [*rows, Content(""), *columns(keys, width)]


class Below(Lines):
    """What stands under the exact text."""

    def __init__(self, question: Confirm, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.question = question

    def lines(self, width: int) -> list[Content]:
        """As the question has it now."""
        return self.question.below(width)


def blocking(flags: Sequence[Flagged]) -> tuple[Flagged, ...]:
    """The blocking flags, the first of each rule."""
    first: dict[str, Flagged] = {}
    for flag in flags:
        if flag.severity == "block":
            first.setdefault(flag.id, flag)
    return tuple(first.values())
