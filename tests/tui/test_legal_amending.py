"""The reviewer's own words in place of the author's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import TextArea

from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.widgets.draft_editor import DraftEditor
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import asked, confirm, reading


async def test_length_and_flags_stay_in_sight_while_amending_a_small_screen(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=(80, 24)) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "g", "u", "a", "r", "a", "n", "t", "e", "e")
        await d.until(lambda: "67 of 280" in d.line("flag") and "1 flag" in d.text(), "length and flags")


async def test_amending_in_place_makes_a_version_of_the_reviewer(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "S", "o", "r", "r", "y")
        await d.until(lambda: "v2 to your words" in d.text())
        await d.keys("ctrl+s")
        await confirm(d)
        newest = desk.view(enquiry_id).drafts[-1]
        assert (newest.author, newest.text) == ("reyes", SECOND + " Sorry")


async def test_amended_words_survive_leaving_and_closing(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "S", "o", "r", "r", "y", "escape")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        screen = await reading(d, "E-1")
        await d.do("amend")
        assert screen.query_one("#amend", DraftEditor).text == SECOND + " Sorry"


@pytest.mark.parametrize("key", ["ctrl+s", "f2"])
async def test_the_way_on_and_the_way_back_stay_in_sight_while_amending(desk: Desk, key: str) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=(80, 24)) as d:
        await reading(d, "E-1")
        await d.do("amend")
        footer = d.text().split("\n")[-1]
        assert "Esc back" in footer and "approve" not in footer
        await d.until(lambda: "^s or F2 goes on, Esc leaves" in d.line("no flags"), "the keys beside length and flags")
        await d.keys("space", "S", "o", "o", "n", key)
        await asked(d, Confirm)
        await d.keys("escape", "escape")
        screen = d.screen
        assert isinstance(screen, ReviewScreen) and not screen.amending


@pytest.mark.parametrize(
    "leave", [lambda d: d.app.exit(), lambda d: d.screen.do("back"), lambda d: d.app.become("ito")], ids=["end", "back", "login"]
)
async def test_words_typed_in_the_moment_of_leaving_are_kept_for_their_writer(desk: Desk, leave: Callable[[Driver], object]) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("amend")
        d.screen.query_one("#amend TextArea", TextArea).insert(" Sorry")
        leave(d)
        await d.settle()
        assert not d.screen.query("ReviewPane.-amending") or d.app.return_code is not None
    for member, words in (("ito", SECOND), ("reyes", SECOND + " Sorry")):
        async with console(desk.hub, screen="legal", member=member, clock=desk.clock) as d:
            screen = await reading(d, "E-1")
            await d.do("amend")
            assert screen.query_one("#amend", DraftEditor).text == words
