"""The board: triage, claim, assign, undo, several at once, and acts on what changed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from hubconsole.clock import MINUTE
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


async def test_taking_an_enquiry_is_told_and_undone(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        assert bank.row("E-1").on_it == "agent1"
        assert d.said("Took E-1. z takes it back.")
        await d.do("undo")
        assert bank.row("E-1").on_it == ""
        assert d.said("Taken back: took E-1.")


async def test_letting_stand_is_one_key_and_a_digit(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("L", "3")
        row = bank.row("E-1")
        assert (row.state, row.disposition) == ("closed", "let_stand")
        assert bank.acts()[0].body["reason"] == "rant"
        assert "E-1" not in d.shown("new")
        assert d.selected == "E-2"


async def test_triage_keys_typed_at_once_are_answered_in_order(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("t", "e", "t", "m")
        assert (bank.row("E-1").disposition, bank.row("E-2").disposition) == ("engage", "monitor")


async def test_escape_leaves_the_triage_bar_without_an_act(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("triage")
        assert "let stand" in d.text()
        await d.keys("escape")
        assert bank.acts() == []


async def test_assigning_is_undone_to_the_owner_before(bank: Bank) -> None:
    async with console(bank.hub, member="lead1", clock=bank.clock) as d:
        await d.do("right")
        assert bank.row("E-8").owner == "tom"
        await d.keys("x", "1")
        assert bank.row("E-8").owner == "agent1"
        await d.do("undo")
        assert bank.row("E-8").owner == "tom"


async def test_an_act_on_what_changed_meanwhile_asks_again(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-1", c.Assign, owner="tom")
        await d.until(lambda: d.row("E-1").owner == "tom")
        await d.do("claim")
        assert bank.acts() == []
        assert d.said("the owner is tom")
        assert d.said("E-1 changed while you looked at it")
        assert d.said("Nothing was done")
        await d.do("claim")
        assert bank.row("E-1").on_it == "agent1"


async def test_a_refusal_says_why_and_changes_nothing(bank: Bank) -> None:
    bank.on("E-1", c.Claim)
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        assert any("tom" in message for message in d.toasts)
        assert bank.acts() == []


async def test_several_are_acted_on_after_one_confirmation_with_an_answer_for_each(bank: Bank) -> None:
    bank.on("E-2", c.Claim)
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("mark", "mark", "mark", "claim")
        assert "Take 3 enquiries" in d.text()
        assert all(f"E-{n}" in d.text() for n in (1, 2, 3))
        await d.keys("enter")
        assert bank.acts() == []
        await d.keys("y")
        assert [bank.row(f"E-{n}").on_it for n in (1, 2, 3)] == ["agent1", "tom", "agent1"]
        assert "1 not done" in d.text()
        assert "E-2" in d.text()
        await d.keys("y")
        assert d.column("new").marks == {}


async def test_repeat_does_the_last_act_on_the_next_enquiry(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("P", "1")
        await d.do("down", "repeat")
        assert [bank.row(f"E-{n}").priority for n in (1, 2, 3)] == [1, 1, 3]


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


async def test_commands_complete_and_run(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("command")
        await d.type("assign 3 ag")
        await d.keys("tab", "enter")
        assert bank.row("E-3").owner == "agent1"
        await d.do("command")
        await d.type("frobnicate")
        await d.keys("enter")
        assert d.said("There is no command “frobnicate”")


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


async def test_undo_is_dim_until_there_is_something_to_take_back(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("undo")
        assert d.said("There is nothing of yours to take back.")
        await d.do("engage", "undo")
        assert d.said("cannot be taken back")
        assert bank.row("E-1").disposition == "engage"


async def test_undo_after_an_act_on_several_takes_all_of_them_back_and_nothing_older(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("P", "1")
        await d.do("mark", "mark", "mark")
        await d.keys("L", "2", "y")
        assert [bank.row(f"E-{n}").state for n in (1, 2, 3)] == ["closed"] * 3
        assert d.said("Let 3 enquiries stand (praise). z takes all back.")
        await d.do("undo")
        assert "closed" not in [bank.row(f"E-{n}").state for n in (1, 2, 3)]
        assert bank.row("E-1").priority == 1
        assert d.said("Taken back: let 3 enquiries stand (praise).")


async def test_undo_of_several_lists_those_that_could_not_be_taken_back(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("mark", "mark", "claim")
        await d.keys("y")
        bank.on("E-2", c.Claim, "lead1", take_over=True)
        await d.do("undo")
        assert "1 not done" in d.text()
        assert [bank.row(f"E-{n}").on_it for n in (1, 2)] == ["", "lead1"]


async def test_undo_says_why_the_last_act_stays_instead_of_taking_back_an_older_one(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("P", "1")
        await d.do("engage", "undo")
        assert d.said("“engaged E-1” cannot be taken back. Work on it has begun; t decides otherwise.")
        assert bank.row("E-1").priority == 1


async def test_a_snooze_takes_a_time_as_people_type_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "t")
        await d.type("45m")
        await d.keys("enter")
        assert bank.row("E-1").snoozed_until == bank.clock() + 45 * MINUTE
        assert d.said("Snoozed E-1 until ")
        await d.do("undo")
        assert bank.row("E-1").snoozed_until == 0


async def test_a_snooze_until_no_time_says_what_can_be_typed(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "t")
        await d.type("soonish")
        await d.keys("enter")
        assert d.said("is no time. Write 45m, 2h")
        assert bank.acts() == []


async def test_a_wrong_key_in_a_bar_of_choices_says_which_keys_there_are(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("priority")
        await d.keys("q")
        assert "q is none of them. Press one of 1 2 3 4, or Esc." in d.text()
        await d.keys("enter")
        assert "Enter is none of them." in d.text()
        await d.keys("2")
        assert bank.row("E-1").priority == 2


async def test_assigning_shows_what_everybody_does(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("assign")
        assert "lawyer1 legal" in d.text()


async def test_commands_triage_snooze_and_write_without_a_key_being_known(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for line in ("letstand E-2 praise", "snooze 3 2h", "note 3 people rang about this", "monitor E-4"):
            await d.do("command")
            await d.type(line)
            await d.keys("enter")
        assert (bank.row("E-2").disposition, bank.row("E-4").disposition) == ("let_stand", "monitor")
        assert bank.row("E-3").snoozed_until > bank.clock()
        assert bank.local.enquiry("E-1").messages[-1].text == "3 people rang about this"
        await d.do("command")
        await d.type("draft E-8")
        await d.keys("enter")
        await d.until(lambda: d.screen.tab == "enquiry" and "E-8" in d.text())


async def test_titles_and_header_count_what_the_lists_hold_and_no_snoozed_ones(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "1")
        await d.until(lambda: "new 6" in d.text().split("\n")[0])
        assert "NEW 6" in d.text()
        bank.on("E-3", c.Triage, "tom", disposition=Disposition.LET_STAND, reason="rant")
        await d.until(lambda: "NEW 5" in d.text())
        assert "E-3" in d.shown("new")


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


@pytest.mark.parametrize(("key", "word"), [("monitor", "monitor"), ("correct_facts", "correct_facts"), ("capture", "capture")])
@pytest.mark.parametrize("screen", ["board", "enquiry"])
async def test_a_disposition_without_a_question_is_one_key(bank: Bank, screen: str, key: str, word: str) -> None:
    async with console(bank.hub, clock=bank.clock, screen=screen, key="E-1" if screen == "enquiry" else None) as d:
        await d.do(key)
        assert bank.row("E-1").disposition == word


async def test_a_transfer_is_one_key_and_where_to(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("transfer")
        await d.keys(*"cards", "enter")
        assert bank.row("E-1").disposition == "transfer"
        assert d.said("Transferred E-1 (cards).")
        await d.do("undo")
        assert d.said("cannot be taken back. It is new again and nobody's; t decides otherwise.")


async def test_a_duplicate_is_one_key_and_the_key_of_the_other(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("duplicate")
        await d.keys(*"E-3", "enter")
        assert bank.row("E-1").disposition == "duplicate"
        assert d.said("Put E-1 away as a duplicate.")


async def test_a_command_without_its_words_asks_as_its_key_does(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for line, ask in (("assign", "Assign E-1"), ("letstand", "Let E-1 stand"), ("transfer", "Transfer E-1")):
            await d.do("command")
            await d.type(line)
            await d.keys("enter")
            assert ask in d.text()
            await d.keys("escape")
        assert bank.acts() == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("as nobody I know", "Nobody here is called “nobody I know”. F9 lists who there is."),
        ("as \x1b[31mred", "Nobody here is called “"),
        ("\x1b[31mred alert", "cannot be a command: those are plain words, such as open or draft."),
        ("approve", ":approve works where a reply is reviewed; 2 goes there."),
        ("save", ":save works on an enquiry; 3 goes to the last one."),
        ("undo everything", ":undo takes nothing after it"),
        ("open sesame", "“sesame” is no enquiry's key; keys look like E-12."),
    ],
)
async def test_a_command_that_cannot_be_says_in_plain_words_what_is_wrong(bank: Bank, line: str, words: str) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("command")
        await d.type(line)
        await d.keys("enter")
        assert d.said(words), d.toasts
        assert "\x1b" not in "".join(d.toasts)
        assert d.app.session.member == "agent1"
        assert bank.acts() == []
