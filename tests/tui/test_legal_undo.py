"""Taking a decision back in the legal pane: the last one, while the reply is still here, and nothing older."""

from __future__ import annotations

import pytest

from hubconsole.domain.terms import Verdict
from hubconsole.tui.screens.reasons import ConditionBar, ReasonBar
from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import asked, confirm, reading

pytestmark = pytest.mark.slow


async def test_an_approval_is_taken_back_and_the_reply_waits_on_the_screen_again(desk: Desk) -> None:
    first, second = desk.submitted(customer="@lenny"), desk.submitted("Thank you for asking.", customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        assert desk.view(first).row.state == "ready" and d.said("z takes it back.")
        await reading(d, "E-2")
        await d.do("undo")
        assert d.said("Took back: approved E-1. It waits for your decision again; nothing goes out."), d.toasts
        await reading(d, "E-1")
        assert d.selected == "E-1"
        assert desk.view(first).row.state == "in_review" and desk.review(first).state in ("requested", "opened")
        assert desk.review(second).state in ("requested", "opened")


async def test_undo_never_reaches_the_decision_before(desk: Desk) -> None:
    first, second = desk.submitted(customer="@lenny"), desk.submitted("Thank you for asking.", customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        for key in ("E-1", "E-2"):
            await reading(d, key)
            await d.do("approve")
            await confirm(d)
        await d.do("undo", "undo")
        assert d.said("E-2 waits for your decision again.")
        assert desk.view(first).row.state == "ready" and desk.view(second).row.state == "in_review"


@pytest.mark.parametrize("verdict", [Verdict.AMEND, Verdict.APPROVE_WITH_CONDITIONS, Verdict.NOT_REQUIRED])
async def test_every_kind_of_approval_can_be_taken_back(desk: Desk, verdict: Verdict) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        if verdict is Verdict.AMEND:
            await d.do("amend")
            await d.keys("space", "S", "o", "o", "n", "f2")
        elif verdict is Verdict.APPROVE_WITH_CONDITIONS:
            await d.do("condition")
            await asked(d, ConditionBar)
            await d.keys("1", "enter")
        else:
            await d.do("not_required")
        await confirm(d)
        assert desk.review(enquiry_id).verdict == verdict and desk.view(enquiry_id).row.state == "ready"
        await d.do("undo")
        assert desk.view(enquiry_id).row.state == "in_review" and not desk.review(enquiry_id).verdict
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        assert desk.view(enquiry_id).row.state == "ready", "also her own amended words, which count at once here"


async def test_a_return_stands_and_says_why(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("return")
        await asked(d, ReasonBar)
        await d.keys("1")
        await confirm(d)
        await d.do("undo")
        assert d.said("“Returned E-1” cannot be taken back. The author has it back")


async def test_what_has_left_cannot_be_taken_back(desk: Desk) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        desk.publish(enquiry_id)
        await d.settle()
        await d.do("undo")
        assert d.said("its approval has been used"), d.toasts
        assert desk.view(enquiry_id).row.state == "sent"


async def test_with_nothing_decided_undo_says_so(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("undo")
        assert d.said("You have decided nothing yet that could be taken back.")
