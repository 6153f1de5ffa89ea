"""Screens stand right from their first frame on."""

from __future__ import annotations

import pytest
from textual.geometry import Size
from textual.screen import Screen

from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import reading


async def test_no_screen_is_ever_laid_out_for_another_size_than_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    layouts: list[tuple[str, int, set[str]]] = []
    lay_out = Screen._refresh_layout

    def noted(screen: Screen[None], size: Size | None = None, scroll: bool = False) -> None:
        layouts.append((type(screen).__name__, (size or screen.outer_size).width, {"-narrow", "-middle", "-wide"} & screen.classes))
        lay_out(screen, size, scroll)

    monkeypatch.setattr(Screen, "_refresh_layout", noted)
    desk.submitted(SECOND)
    async with console(desk.hub, screen="board", member="reyes", clock=desk.clock, size=(80, 24)) as d:
        await d.keys("2")
        await reading(d, "E-1")
        await d.keys("1")
        await d.pilot.resize_terminal(160, 45)
        await d.keys("2")
        await d.settle()
    wrong = [
        (name, width, found)
        for name, width, found in layouts
        if width and name == "LegalScreen" and found != {"-wide" if width >= 150 else "-narrow"}
    ]
    assert {(name, width) for name, width, _ in layouts} >= {("LegalScreen", 80), ("LegalScreen", 160)}
    assert wrong == []
