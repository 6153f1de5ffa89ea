"""Typing in order: what edits the text is done when its key comes, not after the letters that came behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual.widget import Widget as _Widget
else:
    _Widget = object  # a second widget among the bases would cut the styles and the focus of the first off


class InOrder(_Widget):
    """Mixed in before an editor or an input.

    Those take letters as they come, but Backspace, arrows and the like are bindings, which are looked up only when the key
    has bubbled through the screen: on a slow line, letters typed after a Backspace were in the text before it.
    """

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what one of the widget's own bindings does."""
        binding = next(iter(self._bindings.key_to_bindings.get(event.key, ())), None)
        if binding is not None and not binding.priority:
            event.stop()
            event.prevent_default()
            await self.app.run_action(binding.action, default_namespace=self)


class WordsArea(InOrder, TextArea):
    """An editor whose keys work in the order in which they were pressed."""


class WordsLine(InOrder, Input):
    """A line of which the same is true."""
