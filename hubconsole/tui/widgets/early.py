"""Boxes that open with a line to type in: keys that arrive while they are still opening are not lost.

A focused input keeps printable keys to itself, so one that reaches the box was pressed before the line had the
focus. Enter is a binding, which the focused line's own answers first.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from hubconsole.tui.key_hold import KeyHold


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

    async def action_early_enter(self) -> None:
        """Enter before the line had the focus."""
        await self.query(Input).first().action_submit()
