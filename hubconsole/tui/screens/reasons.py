"""Reasons and conditions by digit: one key each, words only where words are needed."""

from collections.abc import Sequence
from importlib.resources import files
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from hubconsole.domain.terms import CONDITIONS, RETURN_REASONS
from hubconsole.errors import UsageProblem
from hubconsole.times import END_OF_DAY, FORMS, coming
from hubconsole.tui.widgets.decision_bar import cap
from hubconsole.tui.widgets.gates_view import CONDITION_WORDS
from hubconsole.tui.widgets.in_order import WordsLine
from hubconsole.tui.widgets.lines import CARE, DIM, KEY, plain_signs, stamp
from hubconsole.tui.widgets.signs import TICK, drawn

STYLE = files("hubconsole.tui.screens").joinpath("reasons.tcss").read_text("utf-8")
"""The sheet beside this file; a default one, so that it holds for the first screen as well."""

DIGITS = tuple("123456789")
"""The keys of the reasons, in order."""


class Reason(NamedTuple):
    """Why a reply is returned or rejected."""

    word: str
    """A word of RETURN_REASONS, or free text."""
    note: str
    """More words for the author; may be empty."""


def is_link(text: str) -> bool:
    """Whether the text is one web address with a scheme and a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(char.isspace() for char in text)
    except ValueError:
        return False


class ReasonBar(ModalScreen[Reason | None]):
    """One digit gives the reason; ``n`` adds a note to it, ``0`` (or Enter) asks for other words."""

    DEFAULT_CSS = STYLE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "back")]

    def __init__(self, title: str, words: Sequence[str] = RETURN_REASONS) -> None:
        super().__init__()
        self.asked = title
        self.words = tuple(words)
        self._note_wanted = False
        self._chosen = ""

    def compose(self) -> ComposeResult:
        """A framed bar with the digits, and a line for words that appears when it is needed."""
        with Vertical(id="reasons") as bar:
            bar.border_title = Content(self.asked)
            yield Static(self._legend(), id="legend")
            yield WordsLine(id="words", compact=True)

    def on_mount(self) -> None:
        """No line of words at first; keys go to the bar."""
        self.query_one(Input).display = False

    def on_key(self, event: events.Key) -> None:
        """A digit, ``0``, Enter or ``n``; any other key says which ones there are."""
        if self.query_one(Input).display or event.key == "escape":
            return
        if event.character == "n":
            self._note_wanted = not self._note_wanted
            self.query_one("#legend", Static).update(self._legend())
        elif event.character == "0" or event.key == "enter":
            self._ask("Reason, in your own words")
        elif event.character in DIGITS[: len(self.words)]:
            self._chosen = self.words[DIGITS.index(event.character)]
            if not self._note_wanted:
                self.dismiss(Reason(self._chosen, ""))
                return
            self._ask(f"Note for the author ({self._chosen.replace('_', ' ')})")
        else:
            self.query_one("#reasons").border_subtitle = Content.styled(f"press 1 to {len(self.words)}, or 0 for other words", CARE)
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The words are the note, or the reason itself."""
        words = event.value.strip()
        if self._chosen:
            self.dismiss(Reason(self._chosen, words))
        elif words:
            self.dismiss(Reason(words, ""))
        else:
            event.input.placeholder = "a reason is needed: a few words, or Esc"

    def action_leave(self) -> None:
        """Decide nothing."""
        self.dismiss(None)

    def _ask(self, what: str) -> None:
        line = self.query_one(Input)
        line.placeholder = what
        line.display = True
        self.set_focus(line, scroll_visible=False)

    def _legend(self) -> Content:
        cells: list[Content | str | tuple[str, str]] = []
        for n, word in enumerate(self.words, 1):
            cells += [cap(str(n)), f" {word.replace('_', ' ')}   "]
        cells += [
            cap("0"),
            " or Enter, other words   ",
            cap("n"),
            (" with a note" if not self._note_wanted else " with a note: yes", "" if not self._note_wanted else CARE),
        ]
        return Content.assemble(*cells, ("   Esc back", DIM))


class ConditionBar(ModalScreen[tuple[str, ...] | None]):
    """Digits switch conditions on and off; Enter goes on to the confirmation. Two of them ask for a value."""

    DEFAULT_CSS = STYLE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "back"), Binding("enter", "go_on", "go on")]

    def __init__(self, title: str, now: int) -> None:
        super().__init__()
        self.asked = title
        self.now = now
        self.chosen: dict[str, str] = {}
        """Conditions switched on, with their values (empty for those that have none)."""
        self._asking = ""

    def compose(self) -> ComposeResult:
        """A framed bar with the digits, and a line for a value."""
        with Vertical(id="reasons") as bar:
            bar.border_title = Content(self.asked)
            bar.border_subtitle = Content("digits switch, Enter goes on, Esc leaves")
            yield Static(self._legend(), id="legend")
            yield WordsLine(id="words", compact=True)

    def on_mount(self) -> None:
        """No value is asked at first."""
        self.query_one(Input).display = False

    def on_key(self, event: events.Key) -> None:
        """A digit switches its condition."""
        character = event.character or ""
        if (
            self.query_one(Input).display
            or not (character.isascii() and character.isdecimal())
            or not 1 <= int(character) <= len(CONDITIONS)
        ):
            return
        event.stop()
        word = CONDITIONS[int(character) - 1]
        if word in self.chosen:
            del self.chosen[word]
        elif word == "valid_until":
            self._ask(word, f"until when: {FORMS}")
        elif word == "add_link":
            self._ask(word, "the link that the reply must carry: https://…")
        else:
            self.chosen[word] = ""
        self._renew()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the value, or say what it should look like."""
        value = event.value.strip()
        if self._asking == "valid_until":
            try:
                value = str(coming(value, self.now, day=END_OF_DAY))
            except UsageProblem as problem:
                event.input.value = ""
                past = "that has gone by; " if problem.code == "past_time" else ""
                event.input.placeholder = f"{past}write {FORMS}"
                return
        elif not is_link(value):
            event.input.value = ""
            event.input.placeholder = "that is no link: write https:// and a host"
            return
        self.chosen[self._asking] = value
        event.input.display = False
        event.input.value = ""
        self.set_focus(None)
        self._renew()

    def action_go_on(self) -> None:
        """On to the confirmation, once something is chosen."""
        if self.chosen:
            self.dismiss(tuple(f"{word}:{self.chosen[word]}" if self.chosen[word] else word for word in CONDITIONS if word in self.chosen))

    def action_leave(self) -> None:
        """A value being asked is dropped first; then the bar is left."""
        line = self.query_one(Input)
        if line.display:
            line.display = False
            line.value = ""
            self.set_focus(None)
        else:
            self.dismiss(None)

    def _ask(self, word: str, what: str) -> None:
        self._asking = word
        line = self.query_one(Input)
        line.placeholder = what
        line.display = True
        self.set_focus(line, scroll_visible=False)

    def _renew(self) -> None:
        self.query_one("#legend", Static).update(self._legend())

    def _legend(self) -> Content:
        cells: list[Content | str | tuple[str, str]] = []
        for n, word in enumerate(CONDITIONS, 1):
            on = word in self.chosen
            value = self.chosen.get(word, "")
            if word == "valid_until" and value:
                value = stamp(int(value), self.now)
            said = f"{CONDITION_WORDS[word]} {value}".strip()
            cells += [cap(str(n)), (f" {TICK} " if on else "   ", KEY), (f"{said}   ", "bold" if on else "")]
        return drawn(Content.assemble(*cells), plain_signs(self))
