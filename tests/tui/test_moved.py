"""Whoever acts too late is told what truly moved: the customer's words where they may be read, and who was quicker."""

from __future__ import annotations

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.meanwhile import WROTE_AGAIN
from hubconsole.domain.terms import Direction, Verdict
from hubconsole.errors import Conflict, HubError
from hubconsole.text import one_line
from hubconsole.tui.screens.queueing import Asked
from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.hubs import Bank
from tests.tui.reviewing import reading
from tests.tui.test_far_intents import carried, queue_approval, waiting

HOSTILE = "I withdraw \x1b[31m[red]my request[/red] and " + "so on " * 40
SHOWN = one_line(HOSTILE, 60)
BEGINS, ENDS = ": “I withdraw ", " so on…”"


@pytest.mark.slow
async def test_an_intent_put_again_says_that_the_customer_wrote_and_how_it_begins(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await queue_approval(d, far_desk)
        desk.customer_writes(enquiry_id, HOSTILE)
        await carried(d, far_desk)
        (again,) = waiting(d).items
        assert again.moved.startswith("E-1 has changed since you looked: the customer wrote again ")
        assert f": “{SHOWN}”" in again.moved
        assert "\x1b" not in again.moved and "agent1" not in again.moved and "suspended" not in again.moved
        assert d.said("the customer wrote again")


async def test_an_approval_whose_customer_writes_meanwhile_is_told_so_at_once(desk: Desk) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, clock=desk.clock, screen="legal", member="reyes") as d:
        await reading(d, "E-1")
        desk.customer_writes(enquiry_id, HOSTILE)
        await d.until(lambda: d.said("The customer wrote again "))
        told = next(toast for toast in d.toasts if "wrote again" in toast)
        assert BEGINS in told and ENDS in told and "\x1b" not in told


async def test_a_decision_that_the_hub_stops_says_how_the_customers_words_begin(desk: Desk) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, clock=desk.clock, screen="legal", member="reyes") as d:
        pane = await reading(d, "E-1")
        shown = pane.shown
        assert shown is not None
        decide = c.Decide(enquiry_id=enquiry_id, gate="legal", verdict=Verdict.APPROVE, digest=shown.draft.digest)
        desk.customer_writes(enquiry_id, HOSTILE)
        await pane.decide(decide, shown, Asked(decide, "E-1", "approve E-1", None))
        await d.until(lambda: d.said("is suspended"))
        stopped = next(toast for toast in d.toasts if "is suspended" in toast)
        assert BEGINS in stopped and "say it is still right" in stopped


def test_a_claim_that_was_lost_names_who_took_it(bank: Bank) -> None:
    row = bank.row("E-1")
    bank.on("E-1", c.Claim, "tom")
    with pytest.raises(Conflict) as late:
        bank.local.execute(c.Claim(enquiry_id=row.id), actor="agent1", seen=row.version)
    assert late.value.message == "E-1 has changed since you looked: tom took it."
    assert late.value.winner == "tom"


async def test_an_act_on_an_older_look_is_told_of_the_customers_words_once(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        row = bank.row("E-1")
        bank.on("E-1", c.RecordMessage, "tom", direction=Direction.IN, text=HOSTILE, author="@maria_k")
        await d.until(lambda: d.row("E-1").version > row.version)
        await d.do("let_stand")
        await d.keys("1")
        await d.until(lambda: d.said("E-1 has changed since you looked: the customer wrote again "))
        told = next(toast for toast in d.toasts if "has changed" in toast)
        assert BEGINS in told and ENDS in told and "\x1b" not in told
        assert told.count("wrote again") == 1 and " tom " not in told
        assert bank.acts() == []


def test_the_hubs_own_refusal_never_carries_the_customers_words(desk: Desk) -> None:
    enquiry_id = desk.submitted(SECOND)
    seen, digest = desk.view(enquiry_id).row.version, desk.view(enquiry_id).drafts[-1].digest
    desk.customer_writes(enquiry_id, "private words of the customer")
    decide = c.Decide(enquiry_id=enquiry_id, gate="legal", verdict=Verdict.APPROVE, digest=digest)
    with pytest.raises(Conflict) as late:
        desk.hub.execute(decide, actor="reyes", seen=seen)
    assert late.value.message == f"E-1 has changed since you looked: {WROTE_AGAIN}."
    with pytest.raises(HubError) as stopped:
        desk.hub.execute(decide, actor="reyes")
    assert WROTE_AGAIN in stopped.value.message, "what the console fills in is found in both"
    assert "private words" not in f"{late.value}{stopped.value}"
