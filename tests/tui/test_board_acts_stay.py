"""One's own acts leave the list as it stands: the row stays under the cursor, marked as gone, until a refresh."""

from __future__ import annotations

from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.tui.app import IDLE
from tests.driver import Driver, console
from tests.tui.hubs import Bank

pytestmark = pytest.mark.slow


def filtered(d: Driver, text: str) -> None:
    """Put a filter in force as the command line does."""
    screen: Any = d.screen
    screen.set_filter(text)


SIZES = [(80, 24), (120, 36), (160, 45)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [("t", "e"), ("L", "3"), ("X",), ("Z", "1")])
async def test_a_row_that_ones_own_act_takes_out_of_the_filter_stays_under_the_cursor(
    bank: Bank, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with console(bank.hub, clock=bank.clock, size=size) as d:
        filtered(d, "state:new")
        await d.settle()
        await d.do("down")
        await d.keys(*keys)
        assert d.selected == "E-2"
        assert bank.row("E-2").id in d.queue.gone
        assert "E-2" in d.shown()
        await d.do("refresh")
        assert "E-2" not in d.shown()
        assert d.selected == "E-3"


@pytest.mark.parametrize("size", SIZES)
async def test_rows_that_an_act_on_several_takes_out_of_the_filter_stay_in_their_places(bank: Bank, size: tuple[int, int]) -> None:
    async with console(bank.hub, clock=bank.clock, size=size) as d:
        filtered(d, "state:new")
        await d.settle()
        await d.do("mark", "mark")
        await d.keys("L", "3", "y")
        assert d.selected == "E-3"
        assert d.shown()[:3] == ["E-1", "E-2", "E-3"]
        assert d.queue.gone == {bank.row("E-1").id, bank.row("E-2").id}
        assert [bank.row(f"E-{n}").state for n in (1, 2, 3)] == ["closed", "closed", "new"]


async def test_undo_brings_a_row_that_stayed_back_into_the_filter(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        filtered(d, "state:new")
        await d.settle()
        await d.keys("X")
        await d.do("undo")
        assert d.selected == "E-1"
        assert bank.row("E-1").state == "new"
        assert d.queue.gone == set()


async def test_a_row_found_by_its_words_is_not_taken_for_gone_by_an_act(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        filtered(d, "declined state:new")
        await d.settle()
        await d.keys("P", "1")
        assert d.queue.gone == set()
        await d.keys("X")
        assert len(d.queue.gone) == 1


async def test_the_other_columns_show_at_once_what_an_act_brought_to_them(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("t", "e")
        await d.until(lambda: "E-1" in d.shown("working"))
        assert d.selected == "E-1"
        assert d.queue is d.column("new")


async def test_what_one_did_oneself_leaves_when_the_list_is_idle_and_the_cursor_elsewhere(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(120, 36)) as d:
        filtered(d, "state:new")
        await d.settle()
        await d.keys("t", "e", "j")
        bank.clock.advance(IDLE)
        d.app.tick()
        await d.until(lambda: "E-1" not in d.shown())
        assert d.selected == "E-2"


async def test_taking_back_a_claim_takes_back_the_owner_that_it_made(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("claim")
        assert (bank.row("E-1").on_it, bank.row("E-1").owner) == ("agent1", "agent1")
        await d.do("undo")
        assert (bank.row("E-1").on_it, bank.row("E-1").owner) == ("", "")
        assert d.said("Taken back: took E-1.")


async def test_taking_back_claims_of_several_takes_back_the_owners_that_they_made(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-2", c.Assign, owner="tom")
        await d.until(lambda: d.row("E-2").owner == "tom")
        await d.do("mark", "mark", "mark", "claim")
        await d.keys("y")
        await d.do("undo")
        assert [bank.row(f"E-{n}").on_it for n in (1, 2, 3)] == ["", "", ""]
        assert [bank.row(f"E-{n}").owner for n in (1, 2, 3)] == ["", "tom", ""]


async def test_taking_back_a_claim_leaves_an_owner_who_was_made_since_and_says_so(bank: Bank) -> None:
    async with console(bank.hub, member="lead1", clock=bank.clock) as d:
        await d.do("claim")
        bank.on("E-1", c.Assign, "lead1", owner="tom")
        await d.do("undo")
        assert (bank.row("E-1").on_it, bank.row("E-1").owner) == ("", "tom")
        assert d.said("E-1 changed owner since; that stays.")
