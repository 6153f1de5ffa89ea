"""The person's filter on the board: to the first column with a match and back, and by a saved view."""

from __future__ import annotations

from hubconsole.errors import HubError
from hubconsole.text import one_line
from hubconsole.tui import filters
from hubconsole.tui.screens.filtering import Filtering
from hubconsole.tui.widgets.queue_list import QueueList

OFFERED = 9
"""Saved views that have a digit."""


class Narrowing(Filtering):
    """See the module's text."""

    layout_name = ""
    """``columns``, ``beside`` or ``single``."""

    _came_from = ("", "")
    """Column and enquiry under the cursor before a filter."""

    _led_to = ""
    """The column that the filter led to; empty when it stayed where it was."""

    def lists(self) -> list[QueueList]:
        """The queues on the screen, left to right."""
        return list(self.query(QueueList))

    @property
    def queue(self) -> QueueList | None:
        """The queue with the focus, else the first."""
        focused = self.focused
        return focused if isinstance(focused, QueueList) else next(iter(self.query(QueueList)), None)

    def will_narrow(self, before: str) -> None:
        """With the filter the cursor goes back to where it stood before it; unless the person has gone on to another column."""
        queue = self.queue
        if not before:
            self._came_from = (queue.piece.id, queue.cursor_id) if queue is not None else ("", "")
            self._led_to = ""
        elif not self.session.filter and queue is not None and self._led_to == queue.piece.id:
            column, row_id = self._came_from
            home = next((other for other in self.lists() if other.piece.id == column), None)
            if home is not None:
                home.cursor_id = row_id
                home.focus(scroll_visible=False)

    def narrowed(self) -> None:
        """From a column that a filter has emptied the cursor goes on to the first with a match."""
        self.refresh_frame()
        if self.session.filter and self.layout_name == "columns":
            self.start(self._go_to_match(self.session.filter), "match")

    async def _go_to_match(self, text: str) -> None:
        queues, hub = self.lists(), self.session.hub
        counts = await self.session.call(lambda: [hub.total(queue.piece.query) for queue in queues])
        found = [queue for queue, count in zip(queues, counts, strict=True) if count]
        here = self.queue
        if found and here not in found and self.session.filter == text:
            self._led_to = found[0].piece.id
            found[0].focus(scroll_visible=False)

    async def act_views(self) -> None:
        """Choose a saved view."""
        from hubconsole.tui.asking import Choice

        try:
            views = await self.session.call(filters.saved_views, self.session.hub, self.session.member)
        except HubError as error:
            self.report(error)
            return
        if not views:
            self.toast("There are no saved views yet. Filter with /, then :view save NAME.")
            return
        names = filters.in_order(views)
        more = f" ({len(names) - OFFERED} more: {self.console_app.keys.sign('command')}view NAME)" if len(names) > OFFERED else ""
        choices = [Choice(str(n), one_line(f"{name} ({views[name]})", 30), views[name]) for n, name in enumerate(names[:OFFERED], 1)]
        self.choose(f"Go to the view{more}", choices, self.set_filter)
