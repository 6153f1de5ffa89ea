"""The person's filter on the queues of a screen: typing it, putting it in force, and saying where else it finds something.

A screen mixes :class:`Filtering` in and answers two questions: what its queues show (``sliced``) and which other places
the same filter could be tried in (``other_places``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import on

from hubconsole.tui import filters
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.widgets.queue_moves import Selected
from hubconsole.tui.widgets.queue_rows import QueueRows, Slice
from hubconsole.tui.wording import thousands

NO_MATCH = "No match here."
"""What an empty queue says first while a filter is in force."""

SHOW_ALL = "Esc shows all again."
"""How a filter is dropped, for the end of such a sentence."""


class Place(NamedTuple):
    """Somewhere else where a filter may find something."""

    words: str
    """Its name in a sentence: ``in review``."""
    filter: str
    """What it shows before the person's filter."""
    way: str
    """How to get there: ``l goes there``; empty when it is in view."""


class Filtering(HubScreen):
    """See the module's text."""

    # --- what the screen answers ------------------------------------------------------------------

    def sliced(self) -> Iterable[tuple[QueueRows, Slice]]:
        """Each queue on the screen with what it shows under the filter in force."""
        return ()

    def other_places(self, queue: QueueRows) -> Sequence[Place]:
        """Where else to look for what ``queue`` does not hold, nearest first. None by default."""
        return ()

    @property
    def filter_waits(self) -> bool:
        """Whether the queues must stay as they are for now, because somebody writes."""
        return bool(getattr(self, "amending", False) or getattr(self, "editing", False))

    # --- keys ---------------------------------------------------------------------------------------

    def act_filter(self) -> None:
        """Type a filter; Enter puts it in force, and it stays when another screen is shown."""
        self.console_app.open_command("/", self.session.filter)

    def set_filter(self, text: str) -> None:
        """Use a filter; an empty one shows all. A filter that makes no sense is refused with the place of the mistake."""
        wrong = filters.problem(text)
        if wrong:
            self.toast(wrong, "warning")
            return
        before, self.session.filter = self.session.filter, text.strip()
        self.will_narrow(before)
        for queue, piece in self.sliced():
            queue.set_piece(piece)
        self.narrowed()

    def will_narrow(self, before: str) -> None:
        """The queues are about to be read under another filter than ``before``."""

    def narrowed(self) -> None:
        """The queues were given what they show under the filter in force."""

    def on_screen_resume(self) -> None:
        """The filter may have been changed on another screen."""
        if self.filter_waits:
            return
        stale = [(queue, piece) for queue, piece in self.sliced() if piece.query != queue.piece.query]
        for queue, piece in stale:
            queue.set_piece(piece)
        if stale:
            self.narrowed()

    # --- nothing found ------------------------------------------------------------------------------

    @on(Selected)
    def _look_elsewhere(self, message: Selected) -> None:
        """A filter that empties a queue: find out where else it matches."""
        queue = message.queue
        if message.row is None and queue.total == 0 and not queue.loading_first and self.session.filter:
            self.start(self._tell_elsewhere(queue, self.session.filter), f"elsewhere-{queue.piece.id}")

    async def _tell_elsewhere(self, queue: QueueRows, text: str) -> None:
        found = await self.matches(self.other_places(queue), text)
        if self.session.filter == text and queue.total == 0:
            queue.say_empty(no_match(found))

    async def matches(self, places: Sequence[Place], text: str) -> list[tuple[Place, int]]:
        """The places in which a filter finds something, and how many."""
        hub, me = self.session.hub, self.session.member
        queries = [filters.combined(place.filter, text, me) for place in places]
        counts = await self.session.call(lambda: [hub.total(query) for query in queries])
        return [(place, count) for place, count in zip(places, counts, strict=True) if count]


def no_match(found: Sequence[tuple[Place, int]] = ()) -> str:
    """What an empty queue says under a filter: where else it matches, how to get there, and how to drop it."""
    lines = [f"{thousands(count)} {place.words}" + (f"; {place.way}" if place.way else "") for place, count in found]
    return "\n".join([NO_MATCH, *lines, SHOW_ALL])
