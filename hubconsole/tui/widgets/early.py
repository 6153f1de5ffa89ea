"""Boxes that open with a line to type in: keys that arrive while they are still opening are not lost.

A focused input keeps printable keys to itself, so one that reaches the box was pressed before the line had the
focus. Enter is a binding, which the focused line's own answers first.
"""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from hubconsole.tui.key_hold import KeyHold
from hubconsole.tui.widgets.in_order import WordsLine


class Line(WordsLine):
    """One line to type in. Keys that follow its Enter wait until that has been dealt with; what is pasted is one line too."""

    ENTER_ANSWERS: ClassVar[bool] = True
    """What is typed after Enter is not for this line."""

    answered: bool = False
    """Whether Enter was pressed and has not been dealt with yet."""

    async def action_submit(self) -> None:
        """Enter."""
        if isinstance(self.app, KeyHold):
            self.answered = True
            self.app.hold_answered()
        await super().action_submit()

    async def _on_key(self, event: events.Key) -> None:
        """Enter answers at once, not when its binding is looked up; keys that were already on their way behind it wait."""
        if not self._waits(event) and event.key == "enter":
            event.prevent_default()
            event.stop()
            await self.action_submit()

    def _on_paste(self, event: events.Paste) -> None:
        """Take what is pasted as words: line ends and control characters become spaces, and nothing is run."""
        if not self._waits(event):
            event.prevent_default()
            event.stop()
            self.replace(self.one_line(event.text), *self.selection)

    def _waits(self, event: events.Key | events.Paste) -> bool:
        waits = self.answered and isinstance(self.app, KeyHold) and self.app.waits(event)
        if waits:
            event.prevent_default()
            event.stop()
        return waits

    def one_line(self, pasted: str) -> str:
        """What becomes of a pasted text."""
        return " ".join("".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in pasted).split())


class LineBox(ModalScreen[Any]):
    """Base of such boxes."""

    BINDINGS = [Binding("enter", "early_enter", show=False)]

    def take_focus(self) -> Input:
        """Give the first line the focus at once, not after the next refresh."""
        line = self.query(Input).first()
        self.set_focus(line, scroll_visible=False)
        if isinstance(self.app, KeyHold):
            self.app.release_keys(line)
        return line

    def on_key(self, event: events.Key) -> None:
        """Put an early letter where it belongs."""
        if event.is_printable and event.character and self.query(Input):
            event.stop()
            self.query(Input).first().insert_text_at_cursor(event.character)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The box is still there, on this line or on the next: what was typed after Enter belongs to it."""
        if self.is_current and isinstance(event.input, Line):
            event.input.answered = False
        if self.is_current and isinstance(self.app, KeyHold):
            self.app.release_keys(self.focused)

    async def action_early_enter(self) -> None:
        """Enter before the line had the focus."""
        await self.query(Input).first().action_submit()
