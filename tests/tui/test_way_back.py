"""What was taken in, hidden, lost or taken back is found again, and said as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole.clock import HOUR
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Disposition
from hubconsole.errors import Unreachable
from hubconsole.hub.port import Receipt
from hubconsole.store.rows import TrailRow
from hubconsole.tui.panes import Pane, read
from hubconsole.tui.screens.enquiry import EnquiryScreen
from hubconsole.tui.screens.legal import LegalScreen, ReviewScreen
from hubconsole.tui.widgets.trail import Trail
from tests.driver import Driver, console
from tests.tui.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def take_in(d: Driver) -> None:
    """Take an enquiry in by hand."""
    await d.do("new")
    await d.type("Ann Price walk_in")
    await d.keys("enter")
    await d.type("My card is gone")
    await d.keys("enter")
    await d.until(lambda: d.said("is in."), "the new enquiry")


@pytest.mark.parametrize("size", [(160, 45), (120, 36)], ids=["columns", "list"])
async def test_the_cursor_goes_to_what_was_taken_in(desk: Desk, size: tuple[int, int]) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, member="agent3", clock=desk.clock, size=size) as d:
        await take_in(d)
        await d.until(lambda: d.selected == "E-2", "the cursor on it")
        await d.do("draft")
        await d.until(lambda: isinstance(d.screen, EnquiryScreen) and d.screen.editing, "its editor")
        assert isinstance(d.screen, EnquiryScreen) and d.screen.view is not None and d.screen.view.row.key == "E-2"


async def test_where_the_filter_hides_what_was_taken_in_the_way_to_it_is_said(desk: Desk) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, member="agent3", clock=desk.clock, size=(120, 36)) as d:
        d.screen.set_filter("channel:x")  # type: ignore[attr-defined]
        await d.settle()
        await take_in(d)
        assert d.said(":open E-2") and d.selected == "E-1"


async def test_a_filter_dropped_elsewhere_is_dropped_on_the_board_too(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, member="reyes", clock=desk.clock, size=(120, 36)) as d:
        d.screen.set_filter("channel:email")  # type: ignore[attr-defined]
        await d.settle()
        assert d.shown() == []
        await d.do("go_legal")
        await d.until(lambda: "No match; 1 wait; Esc shows all." in d.text(), "word of what waits")
        await d.do("back")
        await d.do("go_board")
        await d.until(lambda: d.shown() == ["E-1"], "the whole board")


async def test_a_filter_set_on_the_board_holds_in_the_legal_pane_visited_before(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await d.until(lambda: isinstance(d.screen, ReviewScreen) and d.screen.shown is not None, "the reply")
        await d.do("go_board")
        d.screen.set_filter("channel:email")  # type: ignore[attr-defined]
        await d.do("go_legal")
        await d.until(lambda: "No match; 1 wait; Esc shows all." in d.text(), "the filter in force")


async def test_an_act_that_finds_the_hub_gone_is_followed_by_word_that_it_is_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.receive("When do I get it back?")

    def gone(*_: object, **__: object) -> Receipt:
        raise Unreachable("gone", "The hub does not answer.", "Try again.")

    async with console(desk.hub, member="agent3", clock=desk.clock) as d:
        monkeypatch.setattr(desk.hub, "execute", gone)
        await d.do("claim")
        await d.until(lambda: d.said("The hub answers again."), "word that it is back")
        assert d.app.session.connected


async def test_taking_a_triage_back_lets_the_clock_go_on(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    before = desk.view(enquiry_id).row
    async with console(desk.hub, member="agent3", clock=desk.clock) as d:
        await d.do("let_stand")
        await d.keys("1")
        await d.until(lambda: desk.view(enquiry_id).row.state == "closed", "the triage")
        desk.clock.advance(HOUR)
        await d.do("undo")
        await d.until(lambda: desk.view(enquiry_id).row.state == "new", "the way back")
    after = desk.view(enquiry_id).row
    assert (after.waiting_since, after.due_at) == (before.waiting_since, before.due_at)


async def test_a_reopening_for_another_reason_begins_the_wait_anew(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.tell("agent3", c.Triage(enquiry_id=enquiry_id, disposition=Disposition.SPAM))
    desk.tell("agent3", c.Reopen(enquiry_id=enquiry_id, reason="it is none"))
    assert desk.view(enquiry_id).row.waiting_since == desk.clock()


async def test_while_an_enquiry_is_read_its_key_is_shown(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="board", member="agent3", clock=desk.clock) as d:
        said: list[str] = []
        d.app.open_enquiry("E-1")
        for _ in range(40):
            await d.pilot.pause(0.005)
            said.append(d.text())
        await d.until(lambda: "Reply v1" in d.text())
        assert not any("No enquiry is open" in text for text in said)


def test_a_review_pane_narrows_its_queue_by_its_own_filter() -> None:
    pane = Pane("dms", "DMs", filter="state:review gate:brand channel:dm priority:1", layout="review", keys=("later",))
    assert LegalScreen(pane).base() == "state:in_review gate:brand channel:dm priority:1"


def test_columns_of_a_review_pane_are_refused_with_the_reason() -> None:
    panes, problems = read('[[pane]]\nid = "dms"\ntitle = "DMs"\nlayout = "review"\ncolumns = ["key"]', "mine.toml")
    assert panes == []
    assert problems[0].startswith("mine.toml, pane 1: columns are for the list layout")


async def test_what_a_gate_did_is_said_in_the_past(desk: Desk) -> None:
    desk.approved()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await d.until(lambda: "legal approved it: every" in d.text(), "the gate in the past")
        assert "must approve it first" not in d.text()


def test_reviews_made_void_in_one_act_are_one_line(desk: Desk) -> None:
    rows = tuple(
        TrailRow(n, desk.clock(), "agent3", "tui", "review.withdrawn", "made the review void: the author saved version 2") for n in range(3)
    )
    trail = Trail()
    trail._rows, trail._now = rows, desk.clock()
    assert [words for _, _, words in trail._together()] == ["made 3 reviews void: the author saved version 2"]
