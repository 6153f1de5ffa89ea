"""The legal pane: one reply at a time, decided about exactly the words that are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole.clock import HOUR
from hubconsole.domain.terms import Verdict
from hubconsole.tui.panes import Pane
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import LegalScreen, ReviewScreen
from hubconsole.tui.screens.reasons import ConditionBar, ReasonBar
from hubconsole.tui.widgets.draft_editor import DraftEditor
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def reading(d: Driver, key: str) -> ReviewScreen:
    """The pane, once it shows this reply."""
    screen = d.screen
    assert isinstance(screen, ReviewScreen)
    await d.until(lambda: screen.shown is not None and screen.shown.view.row.key == key, f"{key} on the screen")
    await d.until(lambda: screen.policy is not None)
    await d.settle()
    return screen


async def asked(d: Driver, kind: type[Confirm] | type[ReasonBar] | type[ConditionBar]) -> None:
    await d.until(lambda: isinstance(d.app.screen, kind), kind.__name__)
    await d.settle()


async def confirm(d: Driver) -> None:
    """Wait until the question takes an answer, then say yes."""
    await asked(d, Confirm)
    question = d.app.screen
    assert isinstance(question, Confirm)
    await d.until(lambda: question.armed, "the guard to lift")
    await d.keys("y")


async def test_the_reply_is_shown_with_its_redline_flags_keys_and_digest(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        text = d.text()
        assert "E-1 reply v2" in text and "X PUBLIC" in text and "to @lenny" in text
        assert "REDLINE  v1 to v2" in text and "definitely refund" in text and "expect to update" in text
        assert "cleared in v2" in text
        digest = desk.view(enquiry_id).drafts[-1].digest
        assert f"{digest[:4]} {digest[4:8]} {digest[8:12]}" in text
        assert "any edit reopens the gate" in text


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


async def test_amending_in_place_makes_a_version_of_the_reviewer(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "S", "o", "r", "r", "y")
        await d.until(lambda: "v2 to your words" in d.text())
        await d.keys("ctrl+s")
        await confirm(d)
        newest = desk.view(enquiry_id).drafts[-1]
        assert (newest.author, newest.text) == ("reyes", SECOND + " Sorry")


async def test_amended_words_survive_leaving_and_closing(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "S", "o", "r", "r", "y", "escape")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        screen = await reading(d, "E-1")
        await d.do("amend")
        assert screen.query_one("#amend", DraftEditor).text == SECOND + " Sorry"


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
    from hubconsole.domain.commands import Submit

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


async def test_reading_a_reply_is_recorded_before_a_decision(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.until(lambda: desk.review(enquiry_id).opened_by == "reyes", "the opening to be recorded")


async def test_older_versions_can_be_read_but_not_decided(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("older_version")
        await d.until(lambda: "reply v1" in d.text())
        await d.do("approve")
        assert d.said("You are looking at v1")


async def test_an_empty_queue_says_so(desk: Desk) -> None:
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await d.until(lambda: "Nothing waits for legal" in d.text())
        await d.do("approve")
        assert d.said("Nothing is waiting for legal")


async def test_a_narrow_screen_shows_one_pane_at_a_time(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=(80, 24)) as d:
        await reading(d, "E-1")
        assert "REDLINE" not in d.text()
        await d.do("open")
        await d.until(lambda: "REDLINE" in d.text())
        await d.do("back")
        await d.until(lambda: "To review 1" in d.text())


@pytest.mark.parametrize("hostile", ["\x1b[31mred\x07", "[bold]not markup[/]", "[@click=app.quit]x[/]", "\u202egnp.exe", "\x00\x85\u2028"])
async def test_hostile_words_are_shown_inert(tmp_path: Path, hostile: str) -> None:
    desk = Desk(tmp_path)
    enquiry_id = desk.receive(hostile, customer=hostile)
    desk.draft(enquiry_id, f"Thanks for {hostile} that.")
    from hubconsole.domain.commands import Submit

    desk.tell("agent3", Submit(enquiry_id=enquiry_id))
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        assert not any(ord(char) < 32 and char != "\n" for char in d.text())
        assert "\u202e" not in d.text()


BOTH = """\
name = "both"

[gates]
brand = "marketing"
legal = "legal"

[[rule]]
id = "G-01"
gate = "legal"

[[rule]]
id = "G-02"
gate = "brand"
"""


async def test_the_same_pane_serves_another_gate(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, member="kim", clock=desk.clock) as d:
        d.app.push_screen(LegalScreen(Pane(id="brand", title="Brand", filter="gate:brand state:review", layout="review")))
        await d.settle()
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        reviews = {review.gate: review for review in desk.view(enquiry_id).reviews}
        assert reviews["brand"].decided_by == "kim" and reviews["legal"].state == "requested"
        assert d.said("It waits for the others.")


async def test_a_gate_is_decided_only_by_its_function(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="kim", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        assert d.said("Only legal decides the legal gate; you are marketing.")
