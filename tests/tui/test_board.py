"""The board: triage, claim, assign, undo, several at once, and acts on what changed meanwhile."""

from __future__ import annotations

from hubconsole.clock import FrozenClock
from tests.driver import console
from tests.tui.standin import NOW, StandIn, row, sample

CLOCK = FrozenClock(NOW)


async def test_the_wide_board_shows_columns_and_the_enquiry_under_the_cursor() -> None:
    async with console(sample(), clock=CLOCK) as d:
        text = d.text()
        for title in ("NEW 7", "WORKING 6", "IN REVIEW 5", "READY 2", "WAITING"):
            assert title in text
        assert "E-1020 · X public" in text
        await d.until(lambda: "called twice, no answer" in d.text())


async def test_taking_an_enquiry_moves_it_on_and_selects_the_next() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("claim")
        assert hub.all["id-1020"].on_it == "agent1"
        assert d.said("Took E-1020. z takes it back.")
        await d.until(lambda: "E-1020" in d.shown("working"))
        assert d.selected == "E-1021"
        await d.do("undo")
        assert hub.all["id-1020"].on_it == ""
        assert d.said("Taken back: took E-1020.")


async def test_letting_stand_is_one_key_and_a_digit() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.keys("L", "3")
        command = hub.executed[-1]
        assert (command.kind, command.disposition, command.reason) == ("triage", "let_stand", "rant")
        await d.until(lambda: "E-1020" not in d.shown("new"))


async def test_triage_keys_typed_at_once_are_answered_in_order() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.keys("t", "e", "t", "m")
        assert [(c.kind, c.disposition) for c in hub.executed] == [("triage", "engage"), ("triage", "monitor")]


async def test_escape_leaves_the_triage_bar_without_an_act() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("triage")
        assert "let stand" in d.text()
        await d.keys("escape")
        assert hub.executed == []


async def test_assigning_is_undone_to_the_owner_before() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("right")
        before = hub.all["id-1027"].owner
        await d.keys("x", "3")
        assert hub.all["id-1027"].owner == "tom"
        await d.do("undo")
        assert hub.all["id-1027"].owner == before


async def test_an_act_on_what_changed_meanwhile_asks_again() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        hub.change("id-1020", owner="tom")
        await d.until(lambda: d.row("E-1020").owner == "tom")
        await d.do("claim")
        assert hub.all["id-1020"].on_it != "agent1"
        assert d.said("E-1020 changed while you looked at it")
        assert d.said("Nothing was done")
        await d.do("claim")
        assert hub.all["id-1020"].on_it == "agent1"


async def test_a_refusal_says_why_and_changes_nothing() -> None:
    hub = StandIn([row(1, "new", on_it="tom", on_it_until=NOW + 60_000)])
    async with console(hub, clock=CLOCK) as d:
        await d.do("claim")
        assert d.said("tom is on E-1.")
        assert hub.all["id-1"].version == 1


async def test_several_are_acted_on_after_one_confirmation_with_an_answer_for_each() -> None:
    hub = StandIn([row(1, "new", on_it=""), row(2, "new", on_it="tom", on_it_until=NOW + 60_000), row(3, "new", on_it="")])
    async with console(hub, clock=CLOCK) as d:
        await d.do("mark_all", "claim")
        assert "3 enquiries: took" in d.text()
        assert all(f"E-{n}" in d.text() for n in (1, 2, 3))
        await d.keys("enter")
        assert hub.executed == []
        await d.keys("y")
        assert [hub.all[f"id-{n}"].on_it for n in (1, 2, 3)] == ["agent1", "tom", "agent1"]
        assert "1 not done" in d.text()
        assert "tom is on E-2." in d.text()
        await d.keys("y")
        assert d.list("new").marks == {}


async def test_repeat_does_the_last_act_on_the_next_enquiry() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.keys("P", "1")
        await d.do("down", "repeat")
        assert [(c.enquiry_id, c.priority) for c in hub.executed] == [("id-1020", 1), ("id-1021", 1)]


async def test_an_enquiry_is_taken_in_by_hand_in_two_lines() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("new")
        await d.type("Ann Price paper")
        await d.keys("enter")
        await d.type("Where is my letter?")
        await d.keys("enter")
        command = hub.executed[-1]
        assert (command.customer, command.channel, command.text) == ("Ann Price", "paper", "Where is my letter?")


async def test_a_filter_narrows_every_column_shows_its_chips_and_escape_drops_it() -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("filter")
        await d.type("channel:x")
        await d.keys("enter")
        assert {d.row(key).channel for key in d.shown("working")} == {"x"}
        assert "[channel:x]" in d.text()
        await d.do("back")
        assert len(d.shown("working")) == 6


async def test_a_wrong_filter_says_what_would_be_right_and_changes_nothing() -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("filter")
        await d.type("stat:new")
        await d.keys("enter")
        assert "Did you mean" in d.text()
        await d.keys("escape")
        assert len(d.shown("new")) == 7


async def test_a_filter_without_a_match_offers_to_clear_it() -> None:
    async with console(sample(), clock=CLOCK) as d:
        d.screen.set_filter("nosuchword")  # type: ignore[attr-defined]
        await d.settle()
        assert "Esc shows all again." in d.text()


async def test_the_middling_layout_puts_the_enquiry_beside_the_list_and_the_narrow_one_on_a_key() -> None:
    async with console(sample(), clock=CLOCK, size=(120, 36)) as d:
        assert "OPEN 20" in d.text()
        assert "what this hub knows" in d.text()
        await d.do("right")
        assert "NEW 7" in d.text()
        await d.do("down")
        await d.pilot.resize_terminal(80, 24)
        await d.settle()
        assert "what this hub knows" not in d.text()
        assert d.selected == "E-1021"
        await d.do("peek")
        assert "TARGET" in d.text()


async def test_crossing_into_the_wide_layout_keeps_the_enquiry() -> None:
    async with console(sample(), clock=CLOCK, size=(120, 36)) as d:
        await d.keys(*["j"] * 8)
        assert d.selected == "E-1028"
        await d.pilot.resize_terminal(170, 45)
        await d.settle()
        assert d.selected == "E-1028"
        assert d.queue is d.list("working")


async def test_commands_complete_and_run() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("command")
        await d.type("assign 1031 to")
        await d.keys("tab", "enter")
        assert hub.all["id-1031"].owner == "tom"
        await d.do("command")
        await d.type("frobnicate")
        await d.keys("enter")
        assert d.said("There is no command “frobnicate”")


async def test_a_view_is_saved_and_found_again() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        d.screen.set_filter("priority:1")  # type: ignore[attr-defined]
        await d.do("command")
        await d.type("view save urgent")
        await d.keys("enter")
        await d.do("back", "views")
        assert "urgent" in d.text()
        await d.keys("1")
        assert d.app.session.filter == "priority:1"
