"""Nothing foreign leaves for the terminal, whatever a widget was given."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widgets import Static

from hubconsole.text import is_variation_selector
from hubconsole.tui.line_filter import ForeignControls, clean_text

HOSTILE: list[dict[str, str]] = json.loads((Path(__file__).parents[2] / "fixtures" / "hostile.json").read_text("ascii"))
BLACK = Color(0, 0, 0)


def foreign(text: str) -> list[str]:
    """Characters that may not reach a terminal; an independent, coarser list than the filter's own."""
    return [
        char
        for char in text
        if char < " " or "\x7f" <= char <= "\x9f" or char in "\u00ad\u061c\ufeff" or "\u200b" <= char <= "\u200f"
        or "\u2028" <= char <= "\u202e" or "\u2060" <= char <= "\u206f" or "\ud800" <= char <= "\udfff"
        or "\U000e0000" <= char <= "\U000e0fff" or is_variation_selector(char)
    ]  # fmt: skip


class Shown(App[None]):
    """A screen whose widgets forgot to clean their text."""

    def __init__(self) -> None:
        super().__init__()
        self.backstop = ForeignControls()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [self.backstop, *super().get_line_filters()]

    def compose(self) -> ComposeResult:
        yield Static("", id="careless", markup=False)


async def test_a_careless_widget_shows_no_foreign_control() -> None:
    app = Shown()
    async with app.run_test(size=(40, 12)) as pilot:
        for entry in HOSTILE:
            app.query_one("#careless", Static).update(entry["text"][:600])
            await pilot.pause()
            segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
            assert [segment.control for segment in segments if segment.control is not None] == [], entry["name"]
            assert foreign("".join(segment.text for segment in segments)) == [], entry["name"]
            assert [segment.style for segment in segments if segment.style and segment.style.link] == [], entry["name"]


@pytest.mark.parametrize("entry", HOSTILE, ids=[entry["name"] for entry in HOSTILE])
def test_cleaning_keeps_the_width_of_the_line(entry: dict[str, str]) -> None:
    cleaned = clean_text(entry["text"])
    assert foreign(cleaned) == []
    assert cell_len(cleaned) == cell_len(entry["text"])


def test_a_clean_line_is_passed_on_untouched() -> None:
    line = [Segment("plain "), Segment("漢字 ✓", Style(bold=True))]
    assert ForeignControls().apply(line, BLACK) is line


def test_two_backstops_share_the_lines_that_were_filtered_already() -> None:
    strip = Strip([Segment("a\x1bb")])
    assert strip.apply_filter(ForeignControls(), BLACK) is strip.apply_filter(ForeignControls(), BLACK)


def test_an_emoji_that_loses_its_selector_keeps_its_cells() -> None:
    assert clean_text("❤\ufe0f!") == "❤ !"
    assert clean_text("👩\u200d👧x") == "👩x"


def test_control_segments_become_plain_text() -> None:
    [segment] = ForeignControls().apply([Segment("a\x1b[2J", None, [(ControlType.BELL,)])], BLACK)
    assert segment == Segment("a[2J", None, None)


def test_links_that_are_not_plain_addresses_are_dropped() -> None:
    def link(target: str) -> str | None:
        [segment] = ForeignControls().apply([Segment("x", Style(link=target, bold=True))], BLACK)
        assert segment.style is not None
        assert segment.style.bold
        return segment.style.link

    assert link("https://bank.example/terms") == "https://bank.example/terms"
    assert link("https://bank.example/\x1b]0;x\x07") is None
    assert link("https://b\u0430nk.example/") is None
    assert link("javascript:alert(1)") is None
    assert link("file:///etc/passwd") is None
