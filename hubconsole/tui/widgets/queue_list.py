"""A queue of enquiries to work in: what its keys and the mouse do on :class:`QueueRows`."""

from __future__ import annotations

from textual import events

from hubconsole.store.rows import BoardRow
from hubconsole.tui.bindings import BY_ID, LIST, bindings_for
from hubconsole.tui.widgets.queue_moves import Opened, Selected
from hubconsole.tui.widgets.queue_rows import QueueRows, Slice

__all__ = ["MARKS_MAX", "QueueList", "Slice"]

MARKS_MAX = 500
"""Rows that can be marked at once."""


class QueueList(QueueRows, can_focus=True):
    """See the module's text."""

    BINDINGS = bindings_for(LIST)

    _stayed_on = ""
    """Id of the last row while the mark just set on it left the cursor where it was."""

    # --- moving ---------------------------------------------------------------------------------

    def move_to(self, index: int) -> None:
        """Put the cursor on a row; the view jumps by half pages, so that most keys repaint two rows only."""
        index = max(0, min(index, self.total - 1))
        if self.total == 0 or (index == self.cursor and self.cursor_id):
            return
        self._stayed_on = ""
        old, self.cursor = self.cursor, index
        row = self.row_at(index)
        self.cursor_id = row.id if row is not None else ""
        if self.range_from is not None:
            self._mark_between(self.range_from, index)
        self.touch(old)
        self.touch(index)
        self.reveal()
        self.post_message(Selected(self, row))

    def act_down(self) -> None:
        """Next row."""
        self.move_to(self.cursor + 1)

    def act_up(self) -> None:
        """Previous row."""
        self.move_to(self.cursor - 1)

    def act_first(self) -> None:
        """First row."""
        self.move_to(0)

    def act_last(self) -> None:
        """Last row."""
        self.move_to(self.total - 1)

    def _rows_in_view(self) -> int:
        return max(1, self.size.height // self.row_height)

    def act_page_down(self) -> None:
        """A page further."""
        self.move_to(self.cursor + self._rows_in_view())

    def act_page_up(self) -> None:
        """A page back."""
        self.move_to(self.cursor - self._rows_in_view())

    def act_half_down(self) -> None:
        """Half a page further."""
        self.move_to(self.cursor + max(1, self._rows_in_view() // 2))

    def act_half_up(self) -> None:
        """Half a page back."""
        self.move_to(self.cursor - max(1, self._rows_in_view() // 2))

    def act_open(self) -> None:
        """Open the row."""
        row = self.selected
        if row is not None:
            self.post_message(Opened(self, row))

    # --- marking --------------------------------------------------------------------------------

    def _mark(self, row: BoardRow) -> None:
        if len(self.marks) < MARKS_MAX:
            self.marks[row.id] = row

    def _mark_between(self, one: int, other: int) -> None:
        for index in range(min(one, other), max(one, other) + 1):
            row = self.pages.row(index)
            if row is not None:
                self._mark(row)
        self.refresh()
        self.retitle()

    def act_mark(self) -> None:
        """Mark or unmark the row, and go on to the next."""
        row = self.selected
        if row is None:
            return
        last = self.cursor == self.total - 1
        if row.id in self.marks and last and self._stayed_on == row.id:
            # A Space held down must not take back what it did; only one more, after this was said, does.
            self._stayed_on = ""
            self.app.notify(f"{row.key} is the last row and stays marked. Press again to unmark it.")
            return
        if self.marks.pop(row.id, None) is None:
            self._mark(row)
            self._stayed_on = row.id if last else ""
        self.touch(self.cursor)
        self.retitle()
        self.move_to(self.cursor + 1)

    def act_range(self) -> None:
        """Begin or end marking a range."""
        if self.range_from is None:
            self.range_from = self.cursor
            self._mark_between(self.cursor, self.cursor)
        else:
            self.range_from = None

    async def act_mark_all(self) -> None:
        """Mark all rows of the query, up to ``MARKS_MAX``."""
        page = await self.session.call(self.session.hub.page, self.piece.query, limit=MARKS_MAX)
        for row in page.rows:
            self._mark(row)
        self.refresh()
        self.retitle()

    def act_unmark(self) -> None:
        """Forget all marks."""
        self.range_from = None
        self.marks.clear()
        self.refresh()
        self.retitle()

    # --- keys and mouse -------------------------------------------------------------------------

    def action_do(self, key_id: str) -> None:
        """A key of the list; the screen may know why it does not work now."""
        assert key_id in BY_ID
        ask = getattr(self.screen, "action_do", None)
        if ask is not None:
            ask(key_id)
        else:
            getattr(self, "act_" + key_id)()

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        offset = event.get_content_offset(self)
        if offset is not None:
            index = (self.scroll_offset.y + offset.y) // self.row_height
            if index < self.total:
                self.move_to(index)
                if event.chain > 1:
                    self.act_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.move_to(self.cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.move_to(self.cursor - 3)
