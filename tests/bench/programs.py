"""What is measured against: the smallest Textual application, the smallest long list in it, and a board under a stream of changes.

``python -m tests.bench.programs app``, ``... list N``, ``... board STORE CHANGES_A_SECOND CURSOR``.
"""

import sys
import threading
import time
from collections.abc import Sequence

from tests.bench.stores import MEMBERS


def app() -> None:
    """One line of text."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Smallest(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("READY")

    Smallest().run()


def long_list(size: int) -> None:
    """A list of ``size`` lines with a cursor: Textual's own line interface, nothing behind it, and the position in the border."""
    from rich.segment import Segment
    from rich.style import Style
    from textual.app import App, ComposeResult
    from textual.binding import Binding
    from textual.geometry import Region, Size
    from textual.scroll_view import ScrollView
    from textual.strip import Strip

    plain, lit = Style.parse("white on black"), Style.parse("black on white")

    class Lines(ScrollView, can_focus=True):
        DEFAULT_CSS = "Lines { border: round white; scrollbar-size: 0 0; }"
        BINDINGS = [Binding("j", "move(1)"), Binding("k", "move(-1)"), Binding("G", "go(-1)"), Binding("g", "go(0)")]
        cursor = 0

        def on_mount(self) -> None:
            self.virtual_size = Size(100, size)
            self.action_go(0)

        def render_line(self, y: int) -> Strip:
            index = self.scroll_offset.y + y
            text = f" E-{index}   customer {index}   my card payment was declined at the till this morning"
            return Strip([Segment(text.ljust(self.size.width), lit if index == self.cursor else plain)])

        def action_move(self, by: int) -> None:
            before, self.cursor = self.cursor, max(0, min(size - 1, self.cursor + by))
            top = self.scroll_offset.y
            if top <= self.cursor < top + self.size.height:
                for index in (before, self.cursor):
                    self.refresh(Region(0, index - top, self.size.width, 1))
            else:
                self.scroll_to(y=self.cursor - (self.size.height // 2), animate=False, force=True, immediate=True)
            self.border_subtitle = f"{self.cursor + 1} of {size}"

        def action_go(self, index: int) -> None:
            self.cursor = index % size
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
            self.refresh()
            self.border_subtitle = f"{self.cursor + 1} of {size}"

    class Long(App[None]):
        def compose(self) -> ComposeResult:
            yield Lines()

    Long().run()


def board(store: str, rate: int, place: int) -> None:
    """The console's board with the cursor at ``place`` of NEW, on a hub in which ``rate`` enquiries a second change.

    These are the first 128 of NEW and of WORKING, so a twentieth of the changes is in view.
    """
    from hubconsole import config
    from hubconsole.domain.query import parse
    from hubconsole.hub.local import LocalHub
    from hubconsole.hub.port import Changes
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.launch import build
    from hubconsole.tui.widgets.queue_list import QueueList

    class Churning(LocalHub):
        """Says that enquiries changed, and hands out their rows with another holder each time."""

        def begin(self) -> None:
            first = [row.id for row in self.page(parse("state:new"), limit=128).rows]
            rest = [row.id for row in self.page(parse("state:working"), limit=128).rows]
            # The cursor stays among the first four, so that a paint of its row can only come from a key.
            self._pool = [one for pair in zip(first[4:], rest[4:], strict=False) for one in pair]
            self._origin = time.monotonic()
            self._start = self.info().seq
            self._told = self._next = 0

        def wait(self, after: int, timeout: float) -> bool:
            if not rate:
                return super().wait(after, timeout)
            time.sleep(max(0.0, self._origin + (self._told + 1) / rate - time.monotonic()))
            return True

        def changes(self, after: int) -> Changes:
            due = int((time.monotonic() - self._origin) * rate)
            count, self._told = due - self._told, due
            touched = [self._pool[(self._next + n) % len(self._pool)] for n in range(min(count, len(self._pool)))]
            self._next += count
            return Changes(self._start + due, frozenset(touched), frozenset(), False)

        def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
            now = self.clock()
            return tuple(
                row._replace(version=self._told + n, on_it=MEMBERS[(self._told + n) % len(MEMBERS)][0], on_it_until=now + 300_000)
                for n, row in enumerate(super().rows(ids))
            )

    hub = Churning.open(store)
    assert isinstance(hub, Churning)
    hub.begin()
    app = build("board", hub=hub, member="agent1", settings=config.load())

    def go() -> None:
        time.sleep(0.5)
        app.call_from_thread(lambda: app.screen.query_one("#q-new", QueueList).move_to(place))

    if place:
        threading.Thread(target=go, daemon=True).start()
    app.run()


if __name__ == "__main__":
    what, *more = sys.argv[1:]
    if what == "app":
        app()
    elif what == "list":
        long_list(int(more[0]))
    else:
        board(more[0], int(more[1]), int(more[2]))
