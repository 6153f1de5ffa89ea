"""The board: triage, claim, assign, undo, several at once, and acts on what changed meanwhile."""

from __future__ import annotations

from typing import Any

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Disposition
from hubconsole.tui.app import IDLE
from tests.driver import Driver, console
from tests.tui.hubs import Bank


def filtered(d: Driver, text: str) -> None:
    """Put a filter in force as the command line does."""
    screen: Any = d.screen
    screen.set_filter(text)


async def test_the_wide_board_shows_columns_and_the_enquiry_under_the_cursor(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        text = d.text()
        for title in ("NEW 7", "WORKING 6", "IN REVIEW 5", "READY 2", "WAITING"):
            assert title in text
        assert "E-1 · X public" in text
        await d.until(lambda: "first contact" in d.text() or "other" in d.text())


async def test_letting_stand_is_one_key_and_a_digit(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("L", "3")
        row = bank.row("E-1")
        assert (row.state, row.disposition) == ("closed", "let_stand")
        assert bank.acts()[0].body["reason"] == "rant"
        assert d.selected == "E-1"
        await d.do("refresh")
        assert "E-1" not in d.shown("new")
        assert d.selected == "E-2"


async def test_triage_keys_typed_at_once_are_answered_in_order(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("t", "e", "j", "t", "m")
        assert (bank.row("E-1").disposition, bank.row("E-2").disposition) == ("engage", "monitor")


async def test_escape_leaves_the_triage_bar_without_an_act(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("triage")
        assert "let stand" in d.text()
        await d.keys("escape")
        assert bank.acts() == []


async def test_an_act_on_what_changed_meanwhile_asks_again(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-1", c.Assign, owner="tom")
        await d.until(lambda: d.row("E-1").owner == "tom")
        await d.do("claim")
        assert bank.acts() == []
        assert d.said("the owner is tom")
        assert d.said("E-1 has changed since you looked: tom")
        assert d.said("Nothing was done")
        await d.do("claim")
        assert bank.row("E-1").on_it == "agent1"


async def test_a_refusal_says_why_and_changes_nothing(bank: Bank) -> None:
    bank.on("E-1", c.Claim)
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        assert any("tom" in message for message in d.toasts)
        assert bank.acts() == []


async def test_an_enquiry_is_taken_in_by_hand_in_two_lines(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("new")
        await d.type("Ann Price paper")
        await d.keys("enter")
        await d.type("Where is my letter?")
        await d.keys("enter")
        row = bank.row("E-25")
        assert (row.customer, row.channel, row.words) == ("Ann Price", "paper", "Where is my letter?")
        assert "E-25" in d.shown("new")


async def test_a_filter_narrows_every_column_shows_its_chips_and_escape_drops_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("filter")
        await d.type("channel:x")
        await d.keys("enter")
        assert {d.row(key).channel for key in d.shown("working")} == {"x"}
        assert "[channel:x]" in d.text()
        await d.do("back")
        assert len(d.shown("working")) == 6


async def test_a_wrong_filter_says_what_would_be_right_and_changes_nothing(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("filter")
        await d.type("stat:new")
        await d.keys("enter")
        assert "Did you mean" in d.text()
        await d.keys("escape")
        assert len(d.shown("new")) == 7


async def test_a_filter_without_a_match_offers_to_clear_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        filtered(d, "nosuchword")
        await d.settle()
        assert "Esc shows all again." in d.text()


async def test_the_middling_layout_puts_the_enquiry_beside_the_list_and_the_narrow_one_on_a_key(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        assert "OPEN 20" in d.text()
        assert "what this hub knows" in d.text()
        await d.do("right")
        assert "NEW 7" in d.text()
        await d.do("down")
        await d.pilot.resize_terminal(80, 24)
        await d.settle()
        assert "what this hub knows" not in d.text()
        assert d.selected == "E-2"
        await d.do("peek")
        await d.until(lambda: "TARGET" in d.text())
        assert "When is the rate going to change?" in d.text()


async def test_crossing_into_the_wide_layout_keeps_the_enquiry(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        await d.keys(*["j"] * 8)
        assert d.selected == "E-4"
        await d.pilot.resize_terminal(170, 45)
        await d.settle()
        assert d.selected == "E-4"
        assert d.queue is d.column("new")


async def test_a_view_is_saved_and_found_again(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        filtered(d, "priority:1")
        await d.do("command")
        await d.type("view save urgent")
        await d.keys("enter")
        await d.do("back", "views")
        assert "urgent" in d.text()
        await d.keys("1")
        assert d.app.session.filter == "priority:1"


async def test_another_persons_enquiry_is_not_assigned_by_a_colleague_and_says_so(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("right", "assign")
        assert d.said("E-8 is tom's; only they or a supervisor may do this.")
        assert bank.acts() == []


async def test_next_goes_to_work_at_hand_before_what_is_new(bank: Bank) -> None:
    bank.on("E-7", c.Triage, "agent1", disposition=Disposition.ENGAGE)
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("next_mine")
        assert d.selected == "E-7"
        await d.do("next_mine")
        assert d.selected == "E-1"


async def test_assigning_shows_what_everybody_does(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("assign")
        assert "lawyer1 legal" in d.text()


async def test_lists_bring_in_what_is_new_when_nobody_has_pressed_a_key_for_a_while(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.receive(1, priority=1)
        await d.until(lambda: "1 new, R to show" in d.text())
        await d.do("down", "up")
        d.app.tick()
        await d.settle()
        assert "E-25" not in d.shown("new")
        bank.clock.advance(IDLE)
        d.app.tick()
        await d.until(lambda: "E-25" in d.shown("new"))
        assert d.selected == "E-1"


async def test_an_idle_list_keeps_the_row_under_the_cursor_that_has_left_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-1", c.Triage, "tom", disposition=Disposition.LET_STAND, reason="rant")
        await d.until(lambda: d.row("E-1").state == "closed")
        bank.clock.advance(IDLE)
        d.app.tick()
        await d.settle()
        assert d.selected == "E-1"


async def test_marks_hold_the_list_still(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("mark")
        bank.receive(1, priority=1)
        await d.until(lambda: "1 marked · 1 new" in d.text())
        bank.clock.advance(IDLE)
        d.app.tick()
        await d.settle()
        assert "E-25" not in d.shown("new")


async def test_coming_back_to_the_board_finds_it_up_to_date(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("go_4")
        bank.on("E-3", c.Triage, "tom", disposition=Disposition.LET_STAND, reason="rant")
        await d.until(lambda: d.app.session.totals["state:new"] == 6)
        await d.do("go_board")
        await d.until(lambda: "E-3" not in d.shown("new"))


async def test_a_filter_without_a_match_says_in_which_other_slice_it_matches(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(80, 24)) as d:
        filtered(d, "state:closed")
        await d.until(lambda: "No match here." in d.text())
        await d.until(lambda: "4 waiting · done; h goes there" in d.text())
        await d.do("left")
        assert "WAITING · DONE 4" in d.text()
        await d.do("left")
        await d.until(lambda: "4 waiting · done; l goes there" in d.text())
        await d.do("back")
        assert "No match" not in d.text()


async def test_a_pane_without_a_match_says_what_the_board_holds(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        await d.do("go_4")
        filtered(d, "state:in_review")
        await d.until(lambda: "5 open on the board; 1 goes there" in d.text())


async def test_whoever_takes_an_enquiry_became_its_owner_and_gave_it_to_nobody(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        await d.until(lambda: "agent1 became its owner" in d.text(), "the customer's box says what was done lately")
        assert "gave it to" not in d.text()
