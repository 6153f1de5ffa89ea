"""Listens to the hub in a thread and tells the screen in front what moved, at most twenty times a second.

Between two tellings changes are gathered by id, so a thousand changes a second are still twenty messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from hubconsole.errors import HubError, Unreachable
from hubconsole.tui.messages import Changed, Disconnected, Reconnected

if TYPE_CHECKING:
    from hubconsole.clock import Clock
    from hubconsole.hub.port import Hub

FLUSH = 0.05
"""Seconds between two messages."""

PATIENCE = 1.0
"""Seconds that one wait for the hub may take; also how soon a lost hub is noticed."""


class Feed:
    """The thread. ``post`` must be safe to call from it (``App.post_message`` is)."""

    def __init__(self, hub: Hub, after: int, post: Callable[[Message], object], clock: Clock) -> None:
        self._hub = hub
        self._after = after
        self._post = post
        self._clock = clock
        self._answered = clock()
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hubconsole-feed", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for the thread: the hub may be closed afterwards."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE * 2)

    def mark_lost(self) -> None:
        """An act of this console found the hub gone although listening did not: the next answer says that it is back."""
        self._lost = True

    def _run(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                moved = self._hub.wait(self._after, PATIENCE)
                if moved and not self._stop.is_set():
                    self._tell()
                self._answers()
            except HubError as error:
                self._lose(error)
            except Exception as error:  # noqa: BLE001 - a listener that dies silently would show a board that is no longer true
                self._lose(Unreachable("feed", f"The hub's changes cannot be read: {error}.", "The console keeps trying."))
            self._stop.wait(max(0.0, FLUSH - (time.monotonic() - begun)))

    def _tell(self) -> None:
        changes = self._hub.changes(self._after)
        if changes.seq > self._after:
            self._after = changes.seq
            self._post(Changed(changes.enquiry_ids, changes.new_ids, changes.seq, changes.hub_changed))

    def _answers(self) -> None:
        self._answered = self._clock()
        if self._lost:
            self._lost = False
            self._post(Reconnected(self._after))

    def _lose(self, error: HubError) -> None:
        if not self._lost:
            self._lost = True
            self._post(Disconnected(str(error), self._answered))
        self._stop.wait(PATIENCE)
