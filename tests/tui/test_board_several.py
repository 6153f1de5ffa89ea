"""Acts on several enquiries at once, undo and repeat."""

from __future__ import annotations

from hubconsole.domain import commands as c
from tests.driver import console
from tests.tui.hubs import Bank


async def test_taking_an_enquiry_is_told_and_undone(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        assert bank.row("E-1").on_it == "agent1"
        assert d.said("Took E-1. z takes it back.")
        await d.do("undo")
        assert bank.row("E-1").on_it == ""
        assert d.said("Taken back: took E-1.")


async def test_assigning_is_undone_to_the_owner_before(bank: Bank) -> None:
    async with console(bank.hub, member="lead1", clock=bank.clock) as d:
        await d.do("right")
        assert bank.row("E-8").owner == "tom"
        await d.keys("x", "1")
        assert bank.row("E-8").owner == "agent1"
        await d.do("undo")
        assert bank.row("E-8").owner == "tom"


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
