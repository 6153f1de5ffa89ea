"""Keys that are typed while something else is still opening or closing: they wait for it, in order.

Words wait for the place they are typed for and are never taken for commands. Keys that follow an answer wait until it has
been dealt with: then they are words where it asks for more, and keys of the screen behind where it does not.
"""

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

    _pressed_again: bool = False
    """Whether what waits is pressed again where no place to type opens."""
    _held: list[events.Key | events.Paste] | None = None
    _hold_ends: Timer | None = None

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait for a place that is opening."""
        return self._held is not None

    def hold_keys(self) -> None:
        """From now on keys wait for a place to type, for at most :data:`PATIENCE` seconds."""
        self._hold(False)

    def hold_answered(self) -> None:
        """An answer was given: keys wait for whatever comes of it; ``resume_keys`` says that nothing to type in does."""
        self._hold(self._held is None or self._pressed_again)

    def _hold(self, pressed_again: bool) -> None:
        if self._hold_ends is not None:
            self._hold_ends.stop()
        self._held = self._held or []
        self._pressed_again = pressed_again
        self._hold_ends = self.set_timer(PATIENCE, self.release_keys)

    def resume_keys(self) -> None:
        """An answer was dealt with: keys that waited for that are pressed again, in order, before any that come later."""
        if self._held is not None and self._pressed_again:
            self.call_next(self._press_again, self._take_held())

    async def _press_again(self, held: list[events.Key | events.Paste]) -> None:
        for event in held:
            if self.screen_stack:  # with the last screen gone nothing is left to type into
                await self.on_event(fresh(event))

    def _take_held(self) -> list[events.Key | events.Paste]:
        held, self._held = self._held or [], None
        if self._hold_ends is not None:
            self._hold_ends.stop()
            self._hold_ends = None
        return sorted(held, key=lambda event: event.time)

    def release_keys(self, to: Widget | None = None) -> None:
        """Keys work again. Those that waited go in order to ``to`` where that has the focus; else they are dropped, which is told.

        Where Enter is an answer, what follows it waits on for what comes of that.
        """
        held = self._take_held()
        if not held:
            return
        if to is None or self.focused is not to:
            self.notify("Keys typed while it opened were not used.", severity="warning")
            return
        if getattr(to, "ENTER_ANSWERS", False):
            enter = next((at for at, event in enumerate(held, 1) if isinstance(event, events.Key) and event.key == "enter"), len(held))
            if held[enter:]:
                self._hold(True)
                held, self._held = held[:enter], held[enter:]
        for event in held:
            to._forward_event(fresh(event))

    def waits(self, event: events.Event) -> bool:
        """Keep a key that has to wait, and say so. Keys that no widget took come by a second time and wait as well."""
        if self._held is None or not isinstance(event, events.Key | events.Paste):
            return False
        if isinstance(event, events.Key) and event.key in _ALWAYS:
            self.release_keys()
            return False
        self._held.append(event)
        return True


def fresh(event: events.Key | events.Paste) -> events.Key | events.Paste:
    """The same key or paste anew, as of the same time: one that had already been forwarded carries a mark that stops it."""
    new = events.Paste(event.text) if isinstance(event, events.Paste) else events.Key(event.key, event.character)
    new.time = event.time
    return new
