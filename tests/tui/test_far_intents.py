"""Acts while the hub is away: never taken, queued as intents, carried out when nothing has moved, else put before the person again."""

from __future__ import annotations

import asyncio

import pytest

from hubconsole.clock import HOUR, MINUTE
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.store.rows import EnquiryView
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.waiting import WaitingScreen
from hubconsole.tui.waiting import Waiting
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.hubs import Bank
from tests.tui.reviewing import asked, confirm, reading
from tests.tui.test_far_line import back, lost, top

pytestmark = pytest.mark.slow


def waiting(d: Driver) -> Waiting:
    found = d.app.session.waiting
    assert found is not None
    return found


def decisions(desk: Desk) -> list[str]:
    return [entry.kind for entry in desk.hub.journal() if entry.kind.startswith("review.decided")]


async def carried(d: Driver, far: FarHub) -> None:
    """The hub is back, and whatever waited has met it."""
    await back(d, far)
    await d.until(lambda: all(one.moved for one in waiting(d).items), "nothing waits any more")
    await d.settle()


async def queue_engagement(d: Driver, far: FarHub) -> None:
    await lost(d, far)
    await d.do("engage")
    await d.until(lambda: d.line("Queue: engage E-1"))
    await d.keys("y")
    await d.until(lambda: len(waiting(d).items) == 1)


async def queue_approval(d: Driver, far: FarHub, key: str = "E-1") -> None:
    await reading(d, key)
    await lost(d, far)
    await d.do("approve")
    await confirm(d)
    await d.until(lambda: waiting(d).items)
    await d.settle()


async def test_an_approval_without_the_hub_is_queued_and_carried_out_once_it_is_back(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await reading(d, "E-1")
        await lost(d, far_desk)
        await d.do("approve")
        await asked(d, Confirm)
        assert d.line("Queue: approve E-1 reply v1 for legal, as it stands")
        assert d.line("Not decided or done now")
        assert SECOND.split(".")[0] in d.text()
        await confirm(d)
        await d.until(lambda: waiting(d).items)
        await d.settle()
        assert d.said("Queued, not done: approve E-1 reply v1 for legal")
        assert d.line("… queued"), "the row says it"
        assert "Approved" not in d.text()
        assert "… 1 queued" in top(d)
        await d.do("approve")
        assert d.said("Queued: approve E-1 reply v1 for legal. F8 lists it")
        assert decisions(desk) == []
        await carried(d, far_desk)
        assert d.said("Carried out now: approve E-1 reply v1 for legal.")
        assert (desk.review(enquiry_id).verdict, desk.review(enquiry_id).decided_by) == ("approve", "reyes")
        assert waiting(d).items == ()
        assert "queued" not in top(d)
        await d.do("undo")
        await d.until(lambda: desk.review(enquiry_id).state in ("requested", "opened"))


@pytest.mark.parametrize("what", ["customer", "colleague", "words", "note"])
async def test_what_moved_meanwhile_is_put_before_the_person_again_and_nothing_is_decided(desk: Desk, far_desk: FarHub, what: str) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await queue_approval(d, far_desk)
        if what == "customer":
            desk.customer_writes(enquiry_id, "And the fee?")
        elif what == "colleague":
            desk.decide(enquiry_id, Verdict.RETURN, "ito", "promise")
        elif what == "note":
            desk.tell("agent1", c.AddNote(enquiry_id=enquiry_id, text="She called."))
        else:
            desk.draft(enquiry_id, SECOND + " Soon.")
            desk.tell("agent3", c.Submit(enquiry_id=enquiry_id))
        taken = decisions(desk)
        await carried(d, far_desk)
        assert decisions(desk) == taken, "nothing is decided silently"
        assert d.said("1 act of yours not carried out: approve E-1 reply v1 for legal (")
        await d.until(lambda: isinstance(d.app.screen, WaitingScreen), "it is put before the person")
        assert d.line("look again")
        assert d.line("Not carried out.")
        await d.until(lambda: getattr(d.app.screen, "_armed", False))
        await d.keys("enter")
        pane = await reading(d, "E-1")
        assert pane.changed.startswith("You had queued: approve E-1 reply v1 for legal.")
        await d.until(lambda: waiting(d).items == ())
        if what in ("note", "words"):
            d.app.clear_notifications()
            await d.do("approve")
            assert d.said("Read it as it stands now, then press the key again.")
            await d.do("approve")
            await confirm(d)
            await d.until(lambda: len(decisions(desk)) == len(taken) + 1)


async def test_two_that_carry_it_out_at_once_tell_of_it_once(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await queue_approval(d, far_desk)
        desk.decide(enquiry_id, Verdict.RETURN, "ito", "promise")
        far_desk.mend()
        first, second = await asyncio.gather(waiting(d).carry(), waiting(d).carry())
        assert [len(first), len(second)] == [1, 0]


async def test_the_list_of_what_waits_counts_down_follows_and_acts_on_what_is_lit(desk: Desk, far_desk: FarHub) -> None:
    desk.submitted(SECOND)
    desk.submitted("Dear Ann, we are sorry.", "@ann")
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await reading(d, "E-1")
        await d.do("down")
        await reading(d, "E-2")
        await d.do("up")
        await queue_approval(d, far_desk)
        await queue_approval_of_next(d)
        await d.do("waiting")
        listed = d.app.screen
        assert isinstance(listed, WaitingScreen)
        await d.until(lambda: listed._armed)
        assert d.line("12:00 left")
        desk.clock.advance(HOUR + MINUTE)
        await d.until(lambda: d.line("10:5"), "it counts down")
        await d.keys("down")
        assert listed.lit is not None
        assert listed.lit.key == "E-2"
        first, second = waiting(d).items
        await waiting(d).drop(first.id)
        await d.keys("x")
        await d.until(lambda: waiting(d).items == (), "the lit one goes, wherever it stands by now")
        assert d.said("Removed: approve E-2")
        await waiting(d).queue(first.command, first.key, first.label, first.seen)
        await waiting(d).queue(second.command, second.key, second.label, second.seen)
        await d.until(lambda: listed.lit is not None and len(listed._drawn) == 2)
        await waiting(d).drop(waiting(d).items[0].id)
        await d.keys("x")
        assert [one.key for one in waiting(d).items] == ["E-2"], "what was lit is gone, and nothing else goes in its place"
        assert d.said("does not wait any more")
        await d.until(lambda: len(listed._drawn) == 1)


async def queue_approval_of_next(d: Driver) -> None:
    await reading(d, "E-2")
    await d.do("approve")
    await confirm(d)
    await d.until(lambda: len(waiting(d).items) == 2)
    await d.settle()


async def test_nobody_else_and_no_other_hub_carries_it_out(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await queue_approval(d, far_desk)
        d.app.become("ito")
        await d.settle()
        assert waiting(d).items == ()
        await carried(d, far_desk)
        assert desk.review(enquiry_id).verdict == ""
        info = d.app.session.info
        d.app.session.info = info._replace(id="another")
        d.app.become("reyes")
        await d.settle()
        assert desk.review(enquiry_id).verdict == ""
        d.app.session.info = info
        d.app.become("reyes")
        await d.until(lambda: desk.review(enquiry_id).verdict == "approve")


async def test_an_intent_outlives_the_console_and_runs_out_after_twelve_hours(desk: Desk, far_desk: FarHub) -> None:
    first, second = desk.submitted(SECOND), desk.submitted(SECOND, "@ann")
    far_desk.enquiry("E-2")
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes", key="E-1") as d:
        await queue_approval(d, far_desk)
    desk.clock.advance(6 * HOUR)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes", key="E-2") as d:
        await d.until(lambda: [one.key for one in waiting(d).items] == ["E-1"])
        await reading(d, "E-2")
        await d.do("return")
        await d.keys("6")
        await confirm(d)
        await d.until(lambda: len(waiting(d).items) == 2)
    desk.clock.advance(6 * HOUR)
    far_desk.mend()
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        await d.until(lambda: d.said("Too old, and not carried out: approve E-1 reply v1 for legal."))
        await d.until(lambda: desk.review(second).verdict == "return")
        assert desk.review(first).verdict == ""


async def test_triage_and_the_like_are_queued_for_one_and_for_several(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock) as d:
        await queue_engagement(d, far)
        assert d.line("… queued")
        assert d.selected == "E-1"
        await d.do("down", "mark", "mark", "priority")
        await d.keys("1")
        await d.until(lambda: d.line("and 1 more"))
        await d.keys("y")
        await d.until(lambda: len(waiting(d).items) == 3)
        assert bank.kinds() == []
        bank.on("E-3", c.AddNote, "tom", text="He called.")
        await carried(d, far)
        assert bank.row("E-1").state == "working"
        assert (bank.row("E-2").priority, bank.row("E-3").priority) == (1, 3)
        assert [one.key for one in waiting(d).items] == ["E-3"]


async def test_what_waits_is_listed_and_can_be_removed(bank: Bank, far: FarHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubconsole.tui.screens.waiting.GUARD", 60)
    async with console(far, clock=bank.clock, size=(80, 24)) as d:
        await lost(d, far)
        await d.do("claim")
        await d.keys("y")
        await d.until(lambda: waiting(d).items)
        label = waiting(d).items[0].label
        await d.do("palette")
        await d.type("hub: waiting")
        await d.keys("enter")
        await d.until(lambda: d.line(label))
        assert d.line("12:00 left")
        await d.keys("x")
        assert waiting(d).items, "keys count after a moment only"
        getattr(d.app.screen, "_arm")()  # noqa: B009 - the moment is over
        await d.keys("x")
        await d.until(lambda: not waiting(d).items)
        assert d.line("Nothing waits.")
        await d.keys("escape")
        assert "queued" not in d.text().replace("can be queued", "")
        await carried(d, far)
        assert bank.kinds() == []


async def test_what_is_not_put_to_the_hub_while_it_is_connected_to_waits_for_it(bank: Bank, far: FarHub) -> None:
    far.cut("", "connecting")
    async with console(far, clock=bank.clock) as d:
        await d.pilot.press("E")
        await d.until(lambda: d.line("… deciding"))
        far.mend()
        await d.until(lambda: bank.row("E-1").state == "working")
        assert not d.line("Queue:")


async def test_what_is_no_decision_is_put_again_on_its_enquiry_and_waits_until_that_is_shown(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock) as d:
        await queue_engagement(d, far)
        bank.on("E-1", c.AddNote, "tom", text="He called.")
        await carried(d, far)
        await d.until(lambda: isinstance(d.app.screen, WaitingScreen) and d.app.screen._armed)
        asks = far.enquiry
        held: list[int] = []

        def watched(key: str, *, viewer: str = "") -> EnquiryView:
            held.append(len(waiting(d).items))
            return asks(key, viewer=viewer)

        far.enquiry = watched  # type: ignore[method-assign]
        await d.keys("enter")
        await d.until(lambda: d.screen.tab == "enquiry" and not waiting(d).items, "it to count as looked at")
        assert held[0] == 1
        assert "to look at again" not in top(d)
