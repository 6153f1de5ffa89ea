"""Keys that are typed while a place to type is still opening: they wait for it, in order, and are never taken for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import App
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.timer import Timer

PATIENCE = 3.0
"""Seconds after which keys are not held any longer, whatever became of the place."""

_ALWAYS = ("escape", "ctrl+q", "ctrl+c")
"""Keys that are never held."""


class KeyHold(App[None]):
    """Mixed into the application: ``hold_keys`` when something to type in begins to open, ``release_keys`` once it has the focus."""

    _held: list[events.Key | events.Paste] | None = None
    _hold_ends: Timer | None = None

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait for a place that is opening."""
        return self._held is not None

    def hold_keys(self) -> None:
        """From now on keys wait, for at most :data:`PATIENCE` seconds."""
        if self._hold_ends is not None:
            self._hold_ends.stop()
        self._held = self._held or []
        self._hold_ends = self.set_timer(PATIENCE, self.release_keys)

    def release_keys(self, to: Widget | None = None) -> None:
        """Keys work again. Those that waited go in order to ``to`` where that has the focus; else they are dropped, which is told."""
        held, self._held = self._held, None
        if self._hold_ends is not None:
            self._hold_ends.stop()
            self._hold_ends = None
        if not held:
            return
        if to is None or self.focused is not to:
            self.notify("Keys typed while it opened were not used.", severity="warning")
            return
        for event in sorted(held, key=lambda event: event.time):
            # A key that had already been forwarded once carries that mark, so a fresh one takes its place.
            to._forward_event(events.Paste(event.text) if isinstance(event, events.Paste) else events.Key(event.key, event.character))

    def waits(self, event: events.Event) -> bool:
        """Keep a key that has to wait, and say so. Keys that no widget took come by a second time and wait as well."""
        if self._held is None or not isinstance(event, events.Key | events.Paste):
            return False
        if isinstance(event, events.Key) and event.key in _ALWAYS:
            self.release_keys()
            return False
        self._held.append(event)
        return True
