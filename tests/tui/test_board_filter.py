"""The person's filter on the board: what stands where, where the cursor goes, saved views, the tabs and plain signs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.tui.filters import in_order
from hubconsole.tui.header import HeaderBar
from hubconsole.tui.screens.entry import who_and_channel
from tests.driver import Driver, console
from tests.tui.hubs import Bank


def filtered(d: Driver, text: str) -> None:
    """Put a filter in force as the command line does."""
    screen: Any = d.screen
    screen.set_filter(text)


async def test_a_filter_that_empties_the_column_leads_to_the_first_with_a_match_and_back(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("down", "down")
        filtered(d, "state:ready")
        await d.settle()
        assert d.queue is d.column("ready")
        assert d.selected in ("E-19", "E-20")
        assert "Nothing selected" not in d.text()
        await d.do("back")
        assert d.queue is d.column("new")
        assert d.selected == "E-3"


async def test_a_filter_dropped_in_another_column_leaves_the_cursor_there(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        filtered(d, "state:ready|working")
        await d.settle()
        assert d.queue is d.column("working")
        await d.do("right", "right", "back")
        assert d.queue is d.column("ready")


async def test_the_filter_stands_once_and_whole_above_the_columns(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        filtered(d, "state:in_review channel:x")
        await d.settle()
        assert d.text().count("[state:in_review") == 1
        assert "[state:in_review] [channel:x]" in d.text().split("\n")[1]
        await d.do("back")
        assert "[state" not in d.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_filter_stands_once_and_whole_in_the_border_of_a_list(bank: Bank, size: tuple[int, int]) -> None:
    async with console(bank.hub, clock=bank.clock, size=size) as d:
        filtered(d, "state:in_review channel:x")
        await d.settle()
        assert d.text().count("[state:in_review] [channel:x]") == 1


def test_views_are_listed_as_people_count() -> None:
    assert in_order(["v10", "v2", "V1", "b", "2 late", "10 late"]) == ["2 late", "10 late", "b", "V1", "v2", "v10"]


async def test_views_beyond_nine_are_counted_with_the_way_to_them(bank: Bank) -> None:
    for n in range(1, 12):
        bank.act(c.SaveSetting(setting="view", name=f"v{n}", value=json.dumps(f"priority:{1 + n % 4}"), owner="agent1"), "agent1")
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("views")
        assert "Go to the view (2 more: :view NAME)" in " ".join(d.text().split())
        assert "v10" not in d.text()
        await d.keys("2")
        assert d.app.session.filter == "priority:3"


async def test_a_click_on_a_tab_goes_there(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        tabs = d.text().split("\n")[1]
        await d.pilot.click(HeaderBar, offset=(tabs.index("Service") + 2, 1))
        await d.settle()
        assert d.screen.tab == "service"
        await d.pilot.click(HeaderBar, offset=(tabs.index("Board"), 1))
        await d.settle()
        assert d.screen.tab == "board"
        await d.pilot.click(HeaderBar, offset=(tabs.index("Service"), 0))
        await d.settle()
        assert d.screen.tab == "board"


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Maria K., phone", ("Maria K.", "phone")),
        ("Ann Price paper", ("Ann Price", "paper")),
        ("Ann Price,walk-in", ("Ann Price", "walk_in")),
        ("Maria K.,", ("Maria K.", "phone")),
        ("Price, Ann", ("Price, Ann", "phone")),
        ("phone", ("phone", "phone")),
    ],
)
def test_the_name_taken_in_by_hand_ends_before_the_comma(typed: str, known: tuple[str, str]) -> None:
    assert who_and_channel(typed) == known


async def test_marking_the_last_row_twice_leaves_it_marked_and_says_so(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("last", "mark", "mark")
        assert set(d.queue.marks) == {bank.row("E-7").id}
        assert d.said("E-7 is the last row and stays marked.")
        await d.do("mark")
        assert d.queue.marks == {}


async def test_a_mark_on_the_last_row_goes_when_one_comes_back_to_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("last", "mark", "up", "down", "mark")
        assert d.queue.marks == {}


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 45)])
async def test_plain_signs_leave_nothing_but_ascii_on_the_board(bank: Bank, size: tuple[int, int]) -> None:
    async with console(bank.hub, clock=bank.clock, size=size) as d:
        d.app.use_glyphs(True)
        await d.settle()
        await d.keys("k", "j")
        await d.until(lambda: "what this hub knows" in d.text() or size[0] == 80)
        shown = d.text().split("\n")
        assert [(line, sign) for line in shown[:-1] for sign in line if not sign.isascii()] == []
        assert "+--" in d.text()


async def test_plain_signs_reach_the_borders_of_questions(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        d.app.use_glyphs(True)
        await d.settle()
        await d.do("mark", "mark", "claim")
        assert "+- Take 2 enquiries" in d.text()
