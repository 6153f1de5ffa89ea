"""Screens for when there is nothing to work with: a terminal that is too small."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

SMALLEST = (60, 18)
"""Columns and rows that the screens need at least."""


class TooSmall(ModalScreen[None]):
    """Plain words in front of everything; goes away by itself when there is room again."""

    CSS_PATH = "states.tcss"

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(self._said(), id="too-small")

    def _said(self) -> Content:
        size = self.app.size
        return Content(
            f"Terminal too small:\nhave {size.width}x{size.height}, need {SMALLEST[0]}x{SMALLEST[1]}.\n\n"
            "Make it larger; nothing is lost.\nCtrl+Q leaves."
        )

    def on_resize(self, _: events.Resize) -> None:
        """Say the new size."""
        self.query_one(Static).update(self._said())
