"""The legal pane: one reply at a time, decided about exactly the words that are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole.clock import HOUR
from hubconsole.domain.commands import Submit
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


async def test_our_earlier_reply_stands_in_the_conversation_and_not_in_the_redline(desk: Desk) -> None:
    enquiry_id = desk.answered()
    desk.draft(enquiry_id, "Dear Lenny, there is none.")
    desk.tell("agent3", Submit(enquiry_id=enquiry_id))
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        text = d.text()
        places = [text.index(words) for words in ("You took £40 twice", SECOND, "Thank you. And the fee?", "Dear Lenny, there is none.")]
        assert places == sorted(places)
        assert "ours, sent" in text and "REPLY  v2, a new answer" in text and "REDLINE" not in text


async def test_length_and_flags_stay_in_sight_while_amending_a_small_screen(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=(80, 24)) as d:
        await reading(d, "E-1")
        await d.do("amend")
        await d.keys("space", "g", "u", "a", "r", "a", "n", "t", "e", "e")
        await d.until(lambda: "67 of 280" in d.line("flag") and "1 flag" in d.text(), "length and flags")


async def test_the_queue_names_channel_and_customer(desk: Desk) -> None:
    desk.submitted(customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        assert any("X  @ola" in line[:44] for line in d.text().split("\n"))


async def test_nobody_seems_to_look_at_a_reply_that_was_left(desk: Desk) -> None:
    first, second = desk.submitted(customer="@lenny"), desk.submitted("Thank you for asking.", customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.until(lambda: [viewer.enquiry_id for viewer in desk.hub.viewers()] == [first])
        await d.do("later")
        await reading(d, "E-2")
        await d.until(lambda: [viewer.enquiry_id for viewer in desk.hub.viewers()] == [second])


async def test_a_reply_asked_for_by_name_is_shown_and_the_cursor_goes_to_it(desk: Desk) -> None:
    desk.submitted(customer="@lenny")
    desk.submitted("Thank you for asking.", customer="@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, key="E-2") as d:
        await reading(d, "E-2")
        assert d.queue.cursor == 1


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


async def test_marketing_starts_where_the_brand_gate_is_decided(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="marketing", member="kim", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        assert {review.gate: review.decided_by for review in desk.view(enquiry_id).reviews}["brand"] == "kim"


async def test_the_key_of_approval_goes_from_the_enquiry_to_the_gate_of_marketing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="enquiry", key="E-1", member="kim", clock=desk.clock) as d:
        await d.until(lambda: "brand waits for your decision" in d.text())
        await d.do("claim")
        await d.until(lambda: isinstance(d.screen, ReviewScreen))
        screen = await reading(d, "E-1")
        assert screen.GATE == "brand" and desk.view(enquiry_id).row.on_it != "kim"


async def test_a_gate_is_decided_only_by_its_function(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="kim", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await d.until(lambda: d.said("Only legal decides the legal gate; you are marketing."))
