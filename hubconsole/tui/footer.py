"""The line at the bottom: the keys that work now; those that do not are dim, and say why when pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.strip import Strip
from textual.widgets import Input, TextArea

from hubconsole.tui.bindings import BY_ID, named, printable, shown
from hubconsole.tui.header import Span, laid_out
from hubconsole.tui.widgets.kept import Kept

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.base import HubScreen

_JOINED = {("down", "up"): "move", ("left", "right"): "column"}
"""Pairs that share one label."""


def first_of(keys: str, typing: bool) -> str:
    """The key to name: where words are typed, the first that does not write a letter. Empty where there is none."""
    names = named(keys)
    return next((name for name in names if typing and not printable(name)), names[0] if names else "")


class FooterBar(Kept):
    """One line, painted from the key table."""

    DEFAULT_CSS = "FooterBar { dock: bottom; height: 1; background: $bar; }"

    def render_line(self, y: int) -> Strip:
        """The keys, as many as fit; help stays visible at the right."""
        app, screen = cast("ConsoleApp", self.app), cast("HubScreen", self.screen)
        palette, keymap = app.palette, app.keys
        left: list[list[Span]] = [[(" ", palette.label)]]
        ids = [key_id for key_id in screen.shown_keys() if key_id not in ("help", "palette") and keymap.keys_of(key_id)]
        skip = False
        typing = isinstance(screen.focused, TextArea | Input)
        for here, following in zip(ids, [*ids[1:], ""], strict=True):
            if skip:
                skip = False
                continue
            pair = _JOINED.get((here, following))
            skip = pair is not None
            works = not screen.blocked(here)
            keys = [shown(first_of(keymap.keys_of(one), typing)) for one in ((here, following) if pair else (here,))]
            quiet = palette.text_dim
            words = f" {pair or BY_ID[here].label}"
            left.append([(" ".join(keys), palette.key if works else quiet), (words, palette.label if works else quiet), ("   ", quiet)])
        right: list[Span] = []
        for always in ("help", "palette"):
            right += [
                ("  ", palette.label),
                (shown(first_of(keymap.keys_of(always), typing)), palette.key),
                (f" {BY_ID[always].label}", palette.label),
            ]
        return laid_out(left, right, self.size.width, palette.bar)

    def on_click(self, event: events.Click) -> None:
        """The footer opens the list of all keys."""
        event.stop()
        cast("HubScreen", self.screen).do("help")
