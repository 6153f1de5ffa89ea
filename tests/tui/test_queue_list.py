"""The queue list: selection follows the enquiry, order stands still until asked, long queues page by key."""

from __future__ import annotations

from tests.driver import console
from tests.tui.standin import NOW, StandIn, row, sample

from hubconsole.clock import FrozenClock
from hubconsole.tui.widgets.pages import KEPT, PAGE, Pages

CLOCK = FrozenClock(NOW)


async def test_selection_follows_the_enquiry_when_rows_arrive_above_it() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("down", "down")
        assert d.selected == "E-1022"
        hub.change("id-1000", rank=1, state="new")
        await d.until(lambda: "1 new" in d.text())
        assert d.selected == "E-1022"
        assert d.shown()[0] == "E-1020"
        await d.do("refresh")
        assert d.shown()[0] == "E-1000"
        assert d.selected == "E-1022"


async def test_a_row_that_left_stays_in_place_with_its_new_state_until_refresh() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        hub.change("id-1021", state="working")
        await d.until(lambda: "now working" in d.text())
        assert d.shown("new")[1] == "E-1021"
        await d.do("refresh")
        assert "E-1021" not in d.shown("new")
        assert "E-1021" in d.shown("working")


async def test_when_the_selected_row_leaves_its_successor_is_selected_only_after_refresh() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("down")
        hub.change("id-1021", state="working")
        await d.until(lambda: "now working" in d.text())
        assert d.selected == "E-1021"
        await d.do("refresh")
        assert d.selected == "E-1022"


async def test_marks_follow_ids_and_are_dropped_with_their_rows() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("mark", "mark")
        assert set(d.queue.marks) == {"id-1020", "id-1021"}
        hub.change("id-1000", rank=1, state="new")
        hub.change("id-1020", state="working")
        await d.until(lambda: "now working" in d.text())
        await d.do("refresh")
        assert set(d.queue.marks) == {"id-1021"}
        await d.do("back")
        assert d.queue.marks == {}


async def test_a_range_marks_from_where_it_began_to_the_cursor() -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("range", "down", "down", "range", "down")
        assert set(d.queue.marks) == {"id-1020", "id-1021", "id-1022"}
        await d.do("unmark", "mark_all")
        assert len(d.queue.marks) == 7


async def test_both_ends_of_a_long_queue_are_reached_without_reading_it_all() -> None:
    hub = StandIn([row(n, "new") for n in range(1, 3001)])
    async with console(hub, clock=CLOCK, size=(100, 30)) as d:
        await d.do("last")
        assert d.selected == "E-3000"
        assert sum(1 for _ in d.queue.pages.rows()) <= 3 * PAGE
        await d.do("up")
        assert d.selected == "E-2999"
        d.queue.move_to(1500)
        await d.settle()
        assert d.selected == "E-1501"
        await d.do("first")
        assert d.selected == "E-1"


async def test_the_view_moves_by_half_pages_so_that_most_keys_repaint_two_rows() -> None:
    hub = StandIn([row(n, "new") for n in range(1, 300)])
    async with console(hub, clock=CLOCK, size=(100, 30)) as d:
        offsets = []
        for _ in range(60):
            await d.pilot.press("j")
            offsets.append(d.queue.scroll_offset.y)
        assert d.selected == "E-61"
        assert len(set(offsets)) <= 5


async def test_an_empty_queue_says_what_to_do_and_fills_by_itself() -> None:
    hub = StandIn([])
    async with console(hub, clock=CLOCK) as d:
        assert "n takes one in by hand" in d.text()
        hub.change("id-7", state="new")
        await d.until(lambda: d.shown("new") == ["E-7"])


def test_the_page_cache_forgets_the_least_used_page() -> None:
    pages = Pages()
    pages.clear(PAGE * (KEPT + 2))
    for number in range(KEPT + 1):
        pages.put(number, [row(number * PAGE + n + 1, "new") for n in range(PAGE)])
    assert not pages.has(0)
    assert pages.index("id-1") is None
    assert pages.row(PAGE) is not None


def test_pages_are_fetched_by_key_next_to_a_neighbour_and_from_both_ends() -> None:
    hub = StandIn([row(n, "new") for n in range(1, 1001)])
    calls: list[str] = []
    page, page_at = hub.page, hub.page_at

    def spy(query: object, **how: object) -> object:
        calls.append(next((name for name in ("after", "before", "last") if how.get(name)), "first"))
        return page(query, **how)  # type: ignore[arg-type]

    def spy_at(query: object, offset: int, limit: int = 128) -> object:
        calls.append("at")
        return page_at(query, offset, limit)  # type: ignore[arg-type]

    hub.page, hub.page_at = spy, spy_at  # type: ignore[assignment]
    from hubconsole.domain.query import parse

    pages = Pages()
    pages.clear(1000)
    for number in (0, 1, 7, 6, 4):
        pages.put(number, pages.plan(hub, parse("state:new"), number)().rows)  # type: ignore[arg-type]
    assert calls == ["first", "after", "last", "before", "at"]
    assert [pages.row(index).number for index in (0, 128, 512, 768, 999)] == [1, 129, 513, 769, 1000]  # type: ignore[union-attr]
