"""The queue list: selection follows the enquiry, order stands still until asked, long queues page by key."""

from __future__ import annotations

from typing import Any

from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Disposition
from hubconsole.store.rows import Page
from hubconsole.tui.widgets.pages import KEPT, PAGE, Pages
from tests.driver import console
from tests.tui.hubs import Bank


async def test_selection_follows_the_enquiry_when_rows_arrive_above_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("down", "down")
        assert d.selected == "E-3"
        bank.receive(1, priority=1)
        await d.until(lambda: "1 new, R to show" in d.text())
        assert d.selected == "E-3"
        assert d.shown()[0] == "E-1"
        await d.do("refresh")
        assert d.shown()[0] == "E-25"
        assert d.selected == "E-3"


async def test_the_selected_enquiry_keeps_its_line_when_rows_arrive_above_it(bank: Bank) -> None:
    bank.receive(60)
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        await d.keys(*["j"] * 40)
        key, line = d.selected, d.queue.cursor - d.queue.scroll_offset.y
        bank.receive(5, priority=1)
        await d.until(lambda: "5 new" in d.text())
        await d.do("refresh")
        assert d.selected == key
        assert d.queue.cursor - d.queue.scroll_offset.y == line


async def test_a_row_that_left_stays_in_place_with_its_new_state_until_refresh(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-2", c.Triage, disposition=Disposition.ENGAGE)
        await d.until(lambda: "now working" in d.text())
        assert d.shown("new")[1] == "E-2"
        await d.do("refresh")
        assert "E-2" not in d.shown("new")
        assert "E-2" in d.shown("working")


async def test_when_the_selected_row_leaves_its_successor_is_selected_only_after_refresh(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("down")
        bank.on("E-2", c.Triage, disposition=Disposition.ENGAGE)
        await d.until(lambda: "now working" in d.text())
        assert d.selected == "E-2"
        await d.do("refresh")
        assert d.selected == "E-3"


async def test_marks_follow_ids_and_are_dropped_with_their_rows(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("mark", "mark")
        assert set(d.queue.marks) == {bank.row("E-1").id, bank.row("E-2").id}
        bank.receive(1, priority=1)
        bank.on("E-1", c.Triage, disposition=Disposition.ENGAGE)
        await d.until(lambda: "now working" in d.text())
        await d.do("refresh")
        assert set(d.queue.marks) == {bank.row("E-2").id}
        await d.do("back")
        assert d.queue.marks == {}


async def test_a_range_marks_from_where_it_began_to_the_cursor(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("range", "down", "down", "range", "down")
        assert set(d.queue.marks) == {bank.row(f"E-{n}").id for n in (1, 2, 3)}
        await d.do("unmark", "mark_all")
        assert len(d.queue.marks) == 7


async def test_both_ends_and_the_middle_of_a_long_queue_are_reached_without_reading_it_all(empty_bank: Bank) -> None:
    empty_bank.receive(4 * PAGE + 10)
    async with console(empty_bank.hub, clock=empty_bank.clock, size=(100, 30)) as d:
        await d.do("last")
        assert d.selected == f"E-{4 * PAGE + 10}"
        assert not d.queue.pages.has(2)
        await d.do("up")
        assert d.selected == f"E-{4 * PAGE + 9}"
        d.queue.move_to(2 * PAGE + 64)
        await d.settle()
        assert d.selected == f"E-{2 * PAGE + 65}"
        assert not d.queue.pages.has(1)
        await d.do("first")
        assert d.selected == "E-1"


async def test_a_change_of_a_row_that_is_not_at_hand_is_not_announced_as_new(empty_bank: Bank) -> None:
    empty_bank.receive(3 * PAGE)
    async with console(empty_bank.hub, clock=empty_bank.clock) as d:
        queue = d.column("new")
        key = f"E-{2 * PAGE + 5}"
        assert key not in d.shown("new")
        empty_bank.on(key, c.SetPriority, priority=1)
        await d.until(lambda: queue._recounting)
        await d.until(lambda: not queue._recounting)
        await d.settle()
        assert queue.fresh == 0
        assert "new, R to show" not in d.text()
        empty_bank.receive(2)
        d.app._touched = empty_bank.clock()  # somebody is at the keyboard, so no list is brought up to date by itself
        await d.until(lambda: "2 new, R to show" in d.text())
        empty_bank.on(key, c.Triage, disposition=Disposition.ENGAGE)
        await d.until(lambda: "WORKING 1" in d.text())
        await d.settle()
        assert (queue.fresh, d.column("working").fresh) == (2, 0)


async def test_an_older_enquiry_that_joins_a_long_list_is_announced(empty_bank: Bank) -> None:
    empty_bank.receive(PAGE + 12)
    empty_bank.on("E-1", c.Triage, disposition=Disposition.ENGAGE)
    async with console(empty_bank.hub, clock=empty_bank.clock) as d:
        assert not d.column("new").pages.whole
        empty_bank.on("E-1", c.Triage, disposition=Disposition.TRANSFER, reason="cards")
        await d.until(lambda: "1 new, R to show" in d.text())
        assert (d.column("new").fresh, d.column("working").fresh) == (1, 0)
        await d.do("refresh")
        assert d.column("new").fresh == 0
        assert "E-1" in d.shown("new")


async def test_the_view_moves_by_half_pages_so_that_most_keys_repaint_two_rows(empty_bank: Bank) -> None:
    empty_bank.receive(80)
    async with console(empty_bank.hub, clock=empty_bank.clock, size=(100, 30)) as d:
        offsets = []
        for _ in range(60):
            await d.pilot.press("j")
            offsets.append(d.queue.scroll_offset.y)
        assert d.selected == "E-61"
        assert len(set(offsets)) <= 5


async def test_an_empty_queue_says_what_to_do_and_fills_by_itself(empty_bank: Bank) -> None:
    async with console(empty_bank.hub, clock=empty_bank.clock) as d:
        assert "n takes one in by hand" in d.text()
        empty_bank.receive(1)
        await d.until(lambda: d.shown("new") == ["E-1"])


def test_the_page_cache_forgets_the_least_used_page(bank: Bank) -> None:
    some = bank.row("E-1")
    pages = Pages()
    pages.clear(PAGE * (KEPT + 2))
    for number in range(KEPT + 1):
        pages.put(number, [some._replace(id=str(number * PAGE + n), number=n) for n in range(PAGE)])
    assert not pages.has(0)
    assert pages.index("0") is None
    assert pages.row(PAGE) is not None


def test_pages_are_fetched_by_key_next_to_a_neighbour_and_from_both_ends(empty_bank: Bank) -> None:
    empty_bank.receive(8 * PAGE - 20)
    total = 8 * PAGE - 20
    calls: list[str] = []

    class Spy:
        def page(self, query: Any, **how: Any) -> Page:
            calls.append(next((name for name in ("after", "before", "last") if how.get(name)), "first"))
            return empty_bank.local.page(query, **how)

        def page_at(self, query: Any, offset: int, limit: int = PAGE) -> Page:
            calls.append("at")
            return empty_bank.local.page_at(query, offset, limit)

    pages = Pages()
    pages.clear(total)
    hub: Any = Spy()
    for number in (0, 1, 7, 6, 4):
        pages.put(number, pages.plan(hub, parse("state:new"), number)().rows)
    assert calls == ["first", "after", "last", "before", "at"]
    found = [pages.row(index) for index in (0, PAGE, 4 * PAGE, 6 * PAGE, total - 1)]
    assert [row.number for row in found if row is not None] == [1, PAGE + 1, 4 * PAGE + 1, 6 * PAGE + 1, total]
