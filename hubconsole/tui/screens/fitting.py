"""Full screens that stand right from their first frame on, whatever the terminal's size.

Textual lays a screen out first and only then gives it the classes of its breakpoints, so that for a moment, on a slow line for longer,
a narrow terminal shows the panes of a wide one. What is asked in front of a screen keeps to Textual's order: drawn but once, it would
have nothing behind it.
"""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.screen import Screen


class Fitting(Screen[None]):
    """Has the classes of its breakpoints before it is laid out: at first, at another size, and back from behind another screen."""

    def fit(self, size: Size) -> None:
        """Take the classes for this size."""
        classes: dict[str, bool] = {}
        for breakpoints, cells in ((self.HORIZONTAL_BREAKPOINTS, size.width), (self.VERTICAL_BREAKPOINTS, size.height)):
            reached = max((one for one in breakpoints or () if one[0] <= cells), default=None)
            classes |= {one[1]: one == reached for one in breakpoints or ()}
        self.update_classes(classes, animate=False)

    def on_compose(self) -> None:
        """Before anything of it is built."""
        self.fit(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Before it is laid out anew."""
        self.fit(event.size)

    def on_screen_resume(self) -> None:
        """The terminal may have been resized meanwhile."""
        self.fit(self.app.size)
