"""Screens for when there is nothing to work with: a terminal that is too small."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hubconsole.tui.sheets import sheet

SMALLEST = (60, 18)
"""Columns and rows that the screens need at least."""


class TooSmall(ModalScreen[None]):
    """Plain words in front of everything; goes away by itself when there is room again."""

    CSS = sheet("screens/states")

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(self._said(), id="too-small")

    def _said(self) -> Content:
        size = self.app.size
        have, need = f"{size.width}x{size.height}", f"{SMALLEST[0]}x{SMALLEST[1]}"
        if size.width < 34 or size.height < 6:
            return Content(f"Too small: {have}\nNeeds {need}.\nNothing is lost.")
        return Content(f"Terminal too small:\nhave {have}, need {need}.\n\nMake it larger; nothing is lost.\nCtrl+Q leaves.")

    def on_resize(self, _: events.Resize) -> None:
        """Say the new size."""
        self.query_one(Static).update(self._said())
