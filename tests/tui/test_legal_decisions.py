"""Deciding: exactly the words that are shown, by a key that nobody presses by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole.clock import HOUR
from hubconsole.domain.commands import Submit
from hubconsole.domain.terms import Verdict
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.screens.reasons import ConditionBar, ReasonBar
from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import asked, confirm, reading


async def test_an_approval_needs_the_exact_text_shown_and_another_key(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        text = d.text()
        assert SECOND in text.replace("┃ ", "")
        assert "IN REPLY TO" in text and "computed here again" in text
        assert desk.view(enquiry_id).row.state == "in_review"
        await confirm(d)
        assert desk.view(enquiry_id).row.state == "ready"
        assert d.said("Approved E-1. It is ready to send.")


async def test_in_the_first_moments_no_key_is_an_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    enquiry_id = desk.returned_and_mended()
    monkeypatch.setattr("hubconsole.tui.screens.confirm.GUARD", 3600)
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        await d.keys("y", "enter", "y")
        assert isinstance(d.app.screen, Confirm)
        assert desk.view(enquiry_id).row.state == "in_review"


async def test_a_held_key_and_enter_confirm_nothing(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        question = d.app.screen
        assert isinstance(question, Confirm)
        await d.until(lambda: question.armed)
        await d.keys("enter", "a", "a", "enter", "space")
        assert isinstance(d.app.screen, Confirm)
        await d.keys("escape")
        await d.until(lambda: not isinstance(d.app.screen, Confirm))
        assert desk.view(enquiry_id).row.state == "in_review"


async def test_a_return_is_a_key_and_a_digit_and_goes_on_to_the_next(desk: Desk) -> None:
    first, second = desk.submitted(customer="@lenny"), desk.submitted("Thank you for asking.", customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("return")
        await asked(d, ReasonBar)
        await d.keys("1")
        await confirm(d)
        assert desk.review(first).verdict == "return" and desk.review(first).reason == "promise"
        assert d.said("agent3 has it back")
        await reading(d, "E-2")
        assert desk.view(second).row.state == "in_review"


async def test_a_reject_takes_other_words(desk: Desk) -> None:
    enquiry_id = desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("reject")
        await asked(d, ReasonBar)
        await d.keys("0")
        await d.type("not our product")
        await d.keys("enter")
        await confirm(d)
        assert (desk.review(enquiry_id).verdict, desk.review(enquiry_id).reason) == ("reject", "not our product")


async def test_conditions_are_switched_by_digits(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("condition")
        await asked(d, ConditionBar)
        await d.keys("1", "4", "5", "5", "enter")
        await asked(d, Confirm)
        assert "moved there by the condition" in d.text()
        await confirm(d)
        assert desk.review(enquiry_id).verdict == "approve_with_conditions"
        assert desk.review(enquiry_id).conditions.split() == ["dm_only", "this_reply_only"]


async def test_a_link_that_the_reply_does_not_hold_is_told_before_the_last_look(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("condition")
        await asked(d, ConditionBar)
        await d.keys("2")
        await d.type("https://bank.example/terms")
        await d.keys("enter", "enter")
        assert d.said("does not hold the link https://bank.example/terms") and not isinstance(d.app.screen, Confirm)


async def test_the_last_look_names_each_condition_with_its_value(desk: Desk) -> None:
    enquiry_id = desk.submitted("Thank you, see https://bank.example/terms for all of it.")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("condition")
        await asked(d, ConditionBar)
        await d.keys("2")
        await d.type("not-a-link")
        await d.keys("enter")
        assert isinstance(d.app.screen, ConditionBar) and not d.app.screen.chosen
        await d.type("https://bank.example/terms")
        await d.keys("enter", "3")
        await d.type("2025-12-01 09:30")
        await d.keys("enter", "enter")
        await asked(d, Confirm)
        assert "Only until 1 Dec 09:30." in d.text() and "Only with the link https://bank.example/terms." in d.text()
        await confirm(d)
        assert desk.review(enquiry_id).conditions.startswith("add_link:https://bank.example/terms valid_until:")


async def test_a_wrong_key_among_the_reasons_says_which_there_are_and_enter_opens_the_line(desk: Desk) -> None:
    enquiry_id = desk.submitted()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("reject")
        await asked(d, ReasonBar)
        await d.keys("q")
        assert "press 1 to 7, or 0 for other words" in d.text()
        await d.keys("enter")
        await d.type("No such case.")
        await d.keys("enter")
        await asked(d, Confirm)
        assert "No such case." in d.text() and "case.." not in d.text()
        await confirm(d)
        assert desk.review(enquiry_id).reason == "No such case."


SAMPLED = """\
name = "sampled"

[gates]
legal = "legal"

[[rule]]
id = "S-01"
gate = "legal"
mode = "sample_after"
sample_percent = 100
"""


async def test_a_sample_after_sending_is_found_in_the_queue_of_its_gate(tmp_path: Path) -> None:
    desk = Desk(tmp_path, SAMPLED)
    enquiry_id = desk.receive("When do I get it back?")
    desk.draft(enquiry_id, SECOND)
    desk.tell("agent3", Submit(enquiry_id=enquiry_id))
    desk.publish(enquiry_id)
    desk.customer_writes(enquiry_id, "Thanks!")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await d.until(lambda: isinstance(d.screen, ReviewScreen) and d.screen.shown is not None, "the sample")
        await d.settle()
        assert "It has gone out. You look at it afterwards" in d.text()
        await d.do("amend")
        assert d.said("only be found right (a) or wanting (r)")
        await d.do("return")
        await asked(d, ReasonBar)
        await d.keys("6")
        await confirm(d)
        assert d.said("Found E-1 wanting")
        assert (desk.review(enquiry_id).verdict, desk.review(enquiry_id).reason) == ("return", "tone")


async def test_a_blocking_flag_is_confirmed_by_name_first(desk: Desk) -> None:
    enquiry_id = desk.submitted("Please pay to card 4111 1111 1111 1111 today.")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        question = d.app.screen
        assert isinstance(question, Confirm) and question.proposal.flags
        await d.until(lambda: question.armed)
        await d.keys("y")
        assert isinstance(d.app.screen, Confirm)
        await d.keys(*(str(n) for n in range(1, len(question.proposal.flags) + 1)), "y")
        await d.until(lambda: desk.view(enquiry_id).row.state == "ready")


async def test_nobody_approves_words_of_their_own(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.draft(enquiry_id, "We are looking into it, Lenny.", who="reyes")
    desk.clock.advance(HOUR)
    desk.draft(enquiry_id, "We are looking into it, Lenny. Soon.", who="agent3")
    desk.tell("agent3", Submit(enquiry_id=enquiry_id))
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        assert d.said("You wrote words of v2")
        assert not isinstance(d.app.screen, Confirm)


async def test_another_decision_cancels_the_question_at_once(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        desk.decide(enquiry_id, Verdict.RETURN, who="ito", reason="facts")
        await d.until(lambda: not isinstance(d.app.screen, Confirm), "the question to close")
        await d.until(lambda: d.said("ito decided it"), f"{d.toasts}")
        assert desk.review(enquiry_id).decided_by == "ito"


async def test_a_new_message_of_the_customer_suspends_and_is_shown(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        screen = await reading(d, "E-1")
        desk.customer_writes(enquiry_id, "It came back today, forget it.")
        await d.until(lambda: bool(screen.changed), "the change to be noticed")
        await d.until(lambda: "It came back today" in d.text())
        assert "Suspended" in d.text()
        await d.do("approve")
        assert not isinstance(d.app.screen, Confirm)
