"""What a queue tells the screen around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from hubconsole.store.rows import BoardRow

if TYPE_CHECKING:
    from hubconsole.tui.widgets.queue_rows import QueueRows


class Selected(Message):
    """The cursor is on another row, or the row under it changed."""

    def __init__(self, queue: QueueRows, row: BoardRow | None) -> None:
        super().__init__()
        self.queue = queue
        """The list it stands in."""
        self.row = row
        """The enquiry; None in an empty list, or while its page is on the way."""


class Opened(Message):
    """A row is to be opened."""

    def __init__(self, queue: QueueRows, row: BoardRow) -> None:
        super().__init__()
        self.queue = queue
        """The list it stands in."""
        self.row = row
        """The enquiry."""
