"""Lines that are kept until the widget is refreshed.

The compositor asks every widget on the screen for all of its lines at every change of any of them; a list
that moves its cursor would pay for header, footer and all other lists. These answer with what they painted last.
"""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Kept(Widget):
    """Mixed in before the widget's own base class."""

    _kept: tuple[Region, list[Strip]] | None = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As in every widget; what was kept is out of date."""
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """As in every widget; what was kept is out of date."""
        self._kept = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region: those painted last where nothing was refreshed since."""
        if self._kept is not None and self._kept[0] == crop:
            return self._kept[1]
        lines: list[Strip] = super().render_lines(crop)
        self._kept = (crop, lines)
        return lines
