"""The small questions: a bar of one-key choices, lines of text, and a confirmation that Enter cannot give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from hubconsole.tui.asking import Choice, Field
from hubconsole.tui.bindings import printable, shown
from hubconsole.tui.key_hold import KeyHold
from hubconsole.tui.sheets import sheet
from hubconsole.tui.widgets.early import Line, LineBox
from hubconsole.tui.widgets.lines import plain_signs

__all__ = ["AskBox", "Choice", "ChoiceBar", "ConfirmBox", "Field"]


_STYLE = sheet("screens/dialogs")


def _signs(box: ModalScreen[Any]) -> str:
    """The class of boxes whose border is ASCII, where the signs are."""
    return "-ascii" if plain_signs(box) else ""


class ChoiceBar(ModalScreen[Any]):
    """A bar over the footer: ``Triage E-12   e engage   l let stand ...``; one key answers, Escape leaves."""

    CSS = _STYLE
    BINDINGS = [Binding("escape", "leave", "back")]

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.asked = title
        self.choices = tuple(choices)
        for choice in self.choices:
            self._bindings.bind(choice.key, f"pick('{choice.key}')", choice.label, priority=printable(choice.key))

    def compose(self) -> ComposeResult:
        """One static line or two."""
        parts: list[Content | tuple[str, str] | str] = [(self.asked, "$text bold")]
        for choice in self.choices:
            parts += [("   ", ""), (shown(choice.key), "$primary bold"), (" " + choice.label, "$text")]
        parts += [("   ", ""), ("Esc", "$primary bold"), (" back", "$text-muted")]
        with Vertical(id="choices"):
            yield Static("", id="choices-wrong")
            yield Static(Content.assemble(*parts))

    def on_key(self, event: events.Key) -> None:
        """A key that answers nothing says which do."""
        if event.key in ("escape", *(choice.key for choice in self.choices)):
            return
        event.stop()
        pressed = event.character if event.is_printable and event.character else shown(event.key)
        keys = " ".join(shown(choice.key) for choice in self.choices)
        self.query_one("#choices-wrong", Static).update(
            Content.assemble((f"{pressed} is none of them. ", "$amber"), (f"Press one of {keys}, or Esc.", "$label"))
        )
        self.add_class("-wrong")

    def action_pick(self, key: str) -> None:
        """Answer with the choice of this key; what is typed after it waits for what comes of that."""
        if isinstance(self.app, KeyHold):
            self.app.hold_answered()
        self.dismiss(next(choice.value for choice in self.choices if choice.key == key))

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class AskBox(LineBox):
    """One or more lines of text; Enter goes on and, on the last line, answers with a tuple of strings."""

    CSS = _STYLE
    BINDINGS = [Binding("escape", "leave", "back"), Binding("down", "app.focus_next"), Binding("up", "app.focus_previous")]

    def __init__(self, title: str, fields: Sequence[Field]) -> None:
        super().__init__()
        self.asked = title
        self.fields = tuple(fields)

    def compose(self) -> ComposeResult:
        """A framed box at the bottom with one input a line."""
        with VerticalScroll(id="ask", can_focus=False, classes=_signs(self)) as box:
            box.border_title = Content(self.asked)
            box.border_subtitle = Content("Enter goes on, Esc leaves")
            for number, line in enumerate(self.fields):
                yield Static(Content(line.label), classes="ask-label")
                yield Line(line.value, placeholder=line.placeholder, id=f"ask-{number}", compact=True)

    def on_mount(self) -> None:
        """The first line takes the focus."""
        self.take_focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Next line, or done; what is typed after Enter waits for either."""
        number = int((event.input.id or "ask-0").removeprefix("ask-"))
        if self.fields[number].required and not event.value.strip():
            event.input.placeholder = "this cannot stay empty"
        elif number + 1 < len(self.fields):
            self.set_focus(self.query_one(f"#ask-{number + 1}", Input), scroll_visible=False)
        else:
            self.dismiss(tuple(self.query_one(f"#ask-{index}", Input).value for index in range(len(self.fields))))

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class ConfirmBox(ModalScreen[bool]):
    """Shows what is about to happen, in full; only the named key confirms, so a held Enter cannot."""

    CSS = _STYLE
    BINDINGS = [
        Binding("escape", "leave", "back"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Content], *, key: str, label: str) -> None:
        super().__init__()
        self.asked = title
        self.lines = tuple(lines)
        self.key = key
        self.label = label
        self._bindings.bind(key, "sure", label, priority=printable(key))

    def compose(self) -> ComposeResult:
        """The text in a scroll, the two keys under it."""
        with VerticalScroll(id="confirm", can_focus=False, classes=_signs(self)) as box:
            box.border_title = Content(self.asked)
            for line in self.lines:
                yield Static(line, classes="confirm-line")
            yield Static(
                Content.assemble(
                    ("\n ", ""),
                    (f" {shown(self.key)} ", "$background on $primary bold"),
                    (f" {self.label}", "$text"),
                    ("     ", ""),
                    (" Esc ", "$text on $panel"),
                    (" back", "$text-muted"),
                ),
            )

    def action_sure(self) -> None:
        """Confirm."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one("#confirm", VerticalScroll).scroll_relative(y=lines, animate=False)
