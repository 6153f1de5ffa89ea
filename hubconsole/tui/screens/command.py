"""The line at the bottom: ``:`` for commands with completion, ``/`` for filters, checked while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from hubconsole.tui import command_line
from hubconsole.tui.filters import problem
from hubconsole.tui.sheets import sheet
from hubconsole.tui.widgets.early import Line, LineBox

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.base import HubScreen

_FILTER_HELP = 'state:review  age>10m  channel:x  -owner:me  is:overdue  priority:1  "card blocked"'


class CommandInput(Line):
    """The input. Of several pasted lines it takes the first and says so: none of them is run."""

    def one_line(self, pasted: str) -> str:
        """The first line that says something."""
        lines = [line for line in map(super().one_line, pasted.splitlines()) if line]
        if len(lines) > 1:
            self.app.notify(f"Only the first of {len(lines)} pasted lines was taken, and nothing was run.", severity="warning")
        return lines[0] if lines else ""


class CommandScreen(LineBox):
    """One input and a line above it that helps."""

    CSS = sheet("screens/command")
    BINDINGS = [("escape", "leave", "back"), ("tab", "complete", "complete")]

    def __init__(self, place: HubScreen, sign: str, text: str) -> None:
        super().__init__()
        self.place = place
        self.sign = sign
        self.text = text

    def compose(self) -> ComposeResult:
        """Help above, sign and input below."""
        with Vertical(id="command"):
            yield Static("", id="command-help")
            with Horizontal():
                yield Static(Content.styled(self.sign, "$key bold"), id="command-sign")
                yield CommandInput(self.text, id="command-input", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Take the focus."""
        line = self.take_focus()
        line.cursor_position = len(line.value)
        self._help(line.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is possible, or what is wrong."""
        self._help(event.value)

    def _help(self, text: str) -> None:
        said = self.query_one("#command-help", Static)
        if self.sign == "/":
            wrong = problem(text)
            said.update(Content.styled(wrong or _FILTER_HELP, "$amber" if wrong else "$text-dim"))
            return
        head, space, _ = text.partition(" ")
        verbs = [verb for verb in command_line.beginning(head) if not space or verb.name == head]
        if space and verbs:
            said.update(Content.styled(f"{verbs[0].name} {verbs[0].takes}   {verbs[0].text}", "$label"))
        else:
            said.update(Content.styled("   ".join(verb.name for verb in verbs) or "Nothing begins like that.", "$label"))

    def action_complete(self) -> None:
        """Complete as far as it is certain."""
        line = self.query_one(Input)
        if self.sign != ":":
            return
        found = command_line.completions(cast("ConsoleApp", self.app), line.value)
        if found:
            line.value = found[0] + ("" if found[0].endswith(" ") else " ") if len(found) == 1 else _shared(found) or line.value
            line.cursor_position = len(line.value)
            if len(found) > 1:
                self.query_one("#command-help", Static).update(
                    Content.styled("   ".join(word.rpartition(" ")[2] or word for word in found[:12]), "$label")
                )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do it; a mistake keeps the line open and says what is wrong."""
        event.stop()
        app = cast("ConsoleApp", self.app)
        wrong = problem(event.value) if self.sign == "/" else ""
        if wrong:
            self.query_one("#command-help", Static).update(Content.styled(wrong, "$amber"))
            return
        self.dismiss()
        app.call_later(self._run, event.value)

    def _run(self, text: str) -> None:
        app = cast("ConsoleApp", self.app)
        said = (command_line.use_filter if self.sign == "/" else command_line.run)(app, self.place, text)
        if said:
            self.place.toast(said, "warning")
        app.resume_keys()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss()


def _shared(lines: list[str]) -> str:
    """What all of the lines begin with."""
    first, last = min(lines), max(lines)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]
