"""Keys that come in one burst edit the words in the order in which they were pressed."""

from __future__ import annotations

import unicodedata

import pytest
from textual import events
from textual.widgets import Input, TextArea

from tests.driver import Driver, console
from tests.tui.desk import Desk
from tests.tui.writing import opened


def burst(d: Driver, *keys: str) -> None:
    """Post keys as a terminal does that was held up: all before the first is dealt with."""
    for key in keys:
        name = key if len(key) > 1 or key.isalnum() else unicodedata.name(key).lower().replace(" ", "_")
        d.app.post_message(events.Key(name, key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([*"abcdef", *["backspace"] * 3, *"XYZ 1"], "abcXYZ 1"),
        ([*"we will not refund", *["left"] * 7, *["backspace"] * 4, *"!"], "we will! refund"),
        ([*"one", "home", *"two ", "end", *" three", "ctrl+w", *"four"], "two one four"),
        ([*"above", "enter", *"below", "up", "end", "delete", *", "], "above, below"),
    ],
)
async def test_what_is_typed_and_mended_in_one_burst_reads_as_it_was_typed(desk: Desk, keys: list[str], words: str) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("draft")
        await d.until(lambda: isinstance(d.app.screen.focused, TextArea))
        burst(d, *keys)
        await d.settle()
        assert d.app.screen.query_one("#words", TextArea).text == words


async def test_the_same_on_a_line(desk: Desk) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, member="agent3", clock=desk.clock) as d:
        await d.do("command")
        await d.until(lambda: isinstance(d.app.screen.focused, Input))
        burst(d, *"opem", "backspace", *"n E-9", "left", "delete", *"1")
        await d.settle()
        assert d.app.screen.query_one(Input).value == "open E-1"
