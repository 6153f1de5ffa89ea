"""The two lines at the top: hub, member, time, counts, longest wait, connection; and the tabs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hubconsole.clock import age
from hubconsole.text import cell_width, one_line
from hubconsole.tui.widgets.kept import Kept
from hubconsole.tui.wording import thousands

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp

Span = tuple[str, Style]

LONG_WAIT = 30 * 60_000
"""A wait of this many milliseconds is an alarm in the header."""


def laid_out(left: list[list[Span]], right: list[Span], width: int, ground: Style) -> Strip:
    """Groups from the left and one flush right, on one line; a group that does not fit whole is left out, with all after it."""
    room = width - sum(cell_width(text) for text, _ in right) - 3
    out: list[Segment] = []
    used = 0
    for group in left:
        size = sum(cell_width(text) for text, _ in group)
        if used + size > room:
            break
        out += [Segment(text, style + ground) for text, style in group]
        used += size
    out.append(Segment(" " * max(0, room - used + 2), ground))
    out += [Segment(text, style + ground) for text, style in right]
    out.append(Segment(" ", ground))
    return Strip(out).adjust_cell_length(width, ground)


class HeaderBar(Kept):
    """Two lines of text, painted directly: it is on every screen and must cost nothing."""

    DEFAULT_CSS = "HeaderBar { dock: top; height: 2; background: $bar; }"

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    def render_line(self, y: int) -> Strip:
        """Line 0 is the state of the hub, line 1 the tabs."""
        return self._state_line(self.size.width) if y == 0 else self._tab_line(self.size.width)

    def _state_line(self, width: int) -> Strip:
        app, session = self.console, self.console.session
        palette, glyphs = app.palette, app.glyphs
        dim, gap = palette.text_dim, ("   ", palette.label)
        when = datetime.fromtimestamp(session.now() / 1000).strftime("%a %H:%M")
        left: list[list[Span]] = [[(" hubconsole", palette.strong), (" " + one_line(session.info.name, 24), palette.accent)]]
        left.append([gap, (one_line(session.member or "nobody yet", 16), palette.value), (" " + " ".join(session.functions), dim)])
        left.append([gap, (when, dim), gap])
        wait = self._longest_wait()
        if 100 <= width < 140:
            left += wait
        for word, states in (("new", ("new",)), ("working", ("working",)), ("in review", ("in_review",)), ("ready", ("ready",))):
            left.append([(word + " ", dim), (thousands(session.count(*states)), palette.strong), ("  ", dim)])
        if not 100 <= width < 140:
            left += wait
        if not session.connected:
            right = [(f"{glyphs.alarm} not connected", palette.red)]
            left = [*left[:1], [gap, (one_line(session.reason, max(10, width - 60)), palette.amber)]]
        else:
            here = sorted({viewer.member for viewer in app.viewers} | ({session.member} if session.member else set()))
            right = [(f"{len(here)} here ", dim)] if len(here) > 1 else []
            right += [(glyphs.here, palette.green), (" live", dim)]
        return laid_out(left, right, width, palette.bar)

    def _longest_wait(self) -> list[list[Span]]:
        app, wait = self.console, self.console.session.longest_wait
        if not wait:
            return []
        palette, alarm = app.palette, wait >= LONG_WAIT
        sign = [(f" {app.glyphs.alarm}", palette.amber)] if alarm else []
        return [
            [("longest wait ", palette.text_dim), (age(wait), palette.amber if alarm else palette.value), *sign, ("   ", palette.label)]
        ]

    def _tab_line(self, width: int) -> Strip:
        app = self.console
        palette = app.palette
        lit = getattr(self.screen, "tab", "")
        left: list[list[Span]] = [[(" ", palette.label)]]
        for tab in app.tabs():
            style = palette.strong + Style(underline=True) if tab.id == lit else palette.label
            group = [(f" {tab.key} ", palette.text_dim), (tab.title, style)]
            group += [(f" {thousands(tab.waiting)}", palette.value if tab.id == lit else palette.text_dim)] if tab.waiting else []
            left.append([*group, ("   ", palette.label)])
        return laid_out(left, [], width, palette.bar)
