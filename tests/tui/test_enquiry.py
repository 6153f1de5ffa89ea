"""The enquiry screen: reading, writing without losing a word, submitting, sending."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole import config
from hubconsole.clock import HOUR, SECOND
from hubconsole.domain import commands as c
from hubconsole.tui.recovery import Recovery
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.enquiry import EnquiryScreen
from hubconsole.tui.screens.legal import ReviewScreen
from tests.driver import Driver, console
from tests.tui.desk import FIRST, Desk
from tests.tui.desk import SECOND as MENDED


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def opened(d: Driver, key: str = "E-1") -> EnquiryScreen:
    """The screen, once it shows this enquiry."""
    screen = d.screen
    assert isinstance(screen, EnquiryScreen)
    await d.until(lambda: screen.view is not None and screen.view.row.key == key and screen.policy is not None, f"{key} on the screen")
    await d.settle()
    return screen


async def write(d: Driver, words: str) -> EnquiryScreen:
    """Open the editor and put these words at the end of what is there."""
    screen = d.screen
    assert isinstance(screen, EnquiryScreen)
    if not screen.editing:
        await d.do("draft")
    await d.until(lambda: screen.editing and screen.focused is not None and screen.focused.id == "words", "the cursor in the words")
    screen.editor.query_one("#words").insert(words)  # type: ignore[attr-defined]
    await d.settle()
    return screen


async def confirm(d: Driver) -> None:
    """Wait until the question takes an answer, then say yes."""
    await d.until(lambda: isinstance(d.app.screen, Confirm), "the last look")
    question = d.app.screen
    assert isinstance(question, Confirm)
    await d.until(lambda: question.armed, "the guard to lift")
    await d.keys("y")


def kept(desk: Desk, enquiry_id: str, member: str = "agent3") -> str:
    """The text in the recovery file; empty when there is none."""
    found = Recovery(config.load().recovery, desk.hub.info().id, member).find(enquiry_id)
    return found.text if found else ""


async def test_conversation_notes_customer_gates_and_trail_are_shown(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    desk.receive("Is the branch open on Saturday?")
    desk.tell("agent1", c.AddNote(enquiry_id=enquiry_id, text="confirmed by the card desk"))
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        text = d.text()
        for words in ("@lenny", "You took £40 twice", "INTERNAL", "never sent", "confirmed by the card desk", "2nd enquiry", "E-2"):
            assert words in text, words
        for words in ("GATES", "WHY", "(G-01)", "TIME", "■ touch", "░ wait", "TRAIL", "Reply v2", "X PUBLIC"):
            assert words in text, words


async def test_words_are_saved_as_a_version_with_their_length_and_badge(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "We are looking into it.")
        assert "23 of 280" in d.text() and "X PUBLIC" in d.text() and "not saved yet" in d.text()
        await d.do("save")
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == ["We are looking into it."]
        await d.until(lambda: "saved as v1" in d.text())
        assert kept(desk, enquiry_id) == ""


async def test_leaving_the_editor_saves(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "Soon.")
        await d.keys("escape")
        await d.until(lambda: not screen.editing)
        assert desk.view(enquiry_id).drafts[-1].text == "Soon."


async def test_too_long_a_reply_is_shown_and_not_submitted(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "a" * 283)
        assert "▲ 283 of 280, 3 too many" in d.text()
        await d.keys("f2")
        assert d.said("3 too long")
        assert desk.view(enquiry_id).row.state == "working"


async def test_flags_appear_while_the_words_are_typed(desk: Desk) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "We guarantee it.")
        await d.until(lambda: "“guarantee”" in d.text(), "the flag")


async def test_typing_is_kept_offered_again_and_gone_once_saved(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "half a sentence")
        await d.until(lambda: kept(desk, enquiry_id) == "half a sentence", "the recovery file")
    assert desk.view(enquiry_id).drafts == ()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await d.until(lambda: "15 characters typed" in d.text(), "the offer")
        await d.do("draft")
        await d.keys("r")
        await d.until(lambda: screen.editing and screen.editor.text == "half a sentence")
        await d.do("save")
        assert desk.view(enquiry_id).drafts[-1].text == "half a sentence"
        assert kept(desk, enquiry_id) == ""


async def test_dropped_words_are_not_offered_again(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "never mind")
        await d.until(lambda: kept(desk, enquiry_id) != "")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await d.do("draft")
        await d.keys("d")
        await d.until(lambda: screen.editing)
        assert screen.editor.text == "" and kept(desk, enquiry_id) == ""


async def test_two_writers_lose_nothing(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.clock.advance(HOUR)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "My words.")
        desk.clock.advance(HOUR)
        desk.draft(enquiry_id, "Their words.", who="agent1")
        await d.until(lambda: screen.clash is not None, "the clash")
        assert screen.editor.text == "My words."
        assert "agent1 saved v1 meanwhile" in d.text()
        await d.until(lambda: "v1 by agent1 struck, yours underlined" in d.text() and "Their" in d.text(), "both texts")
        await d.do("save")
        await d.until(lambda: "agent1 is on it until" in d.text(), "the reason why it is not saved")
        assert screen.editing and screen.editor.text == "My words." and kept(desk, enquiry_id) == "My words."
        desk.clock.advance(HOUR)
        await d.do("save")
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == ["Their words.", "My words."]


async def test_a_version_that_was_not_seen_is_shown_before_one_is_put_on_top(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.clock.advance(HOUR)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock, live=False) as d:
        screen = await opened(d)
        await write(d, "My words.")
        desk.clock.advance(HOUR)
        desk.draft(enquiry_id, "Their words.", who="agent1")
        desk.clock.advance(HOUR)
        await d.do("save")
        await d.until(lambda: screen.clash is not None, "the clash")
        assert "Their" in d.text() and [draft.text for draft in desk.view(enquiry_id).drafts] == ["Their words."]
        await d.do("save")
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == ["Their words.", "My words."]


async def test_escape_leaves_the_editor_when_somebody_else_is_on_it_and_the_words_are_kept(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.clock.advance(HOUR)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "My words.")
        desk.clock.advance(HOUR)
        desk.tell("agent1", c.Claim(enquiry_id=enquiry_id))
        await d.keys("escape")
        await d.until(lambda: not screen.editing, "the way out")
        assert desk.view(enquiry_id).drafts == () and kept(desk, enquiry_id) == "My words."
        assert "9 characters typed" in d.text()
        await d.do("draft")
        await d.keys("r")
        await d.until(lambda: screen.editing and screen.editor.text == "My words.")
        assert "agent1 is on it until" in d.text()


async def test_opening_the_editor_takes_what_is_free_and_leaving_it_unused_gives_it_back(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.clock.advance(HOUR)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("draft")
        await d.until(lambda: d.said("You are on E-1 now"))
        row = desk.view(enquiry_id).row
        assert (row.on_it, row.on_it_until > desk.clock()) == ("agent3", True)
        await d.keys("escape")
        await d.until(lambda: desk.view(enquiry_id).row.on_it_until <= desk.clock() or not desk.view(enquiry_id).row.on_it, "the release")


async def test_the_footer_names_the_keys_of_the_editor_and_of_what_is_in_review(desk: Desk) -> None:
    desk.receive("When do I get it back?")
    desk.submitted()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await d.do("draft")
        footer = d.text().split("\n")[-1]
        assert all(words in footer for words in ("^s save", "F2 submit", "F3 public/DM", "Esc back"))
        await d.keys("escape")
        screen.show("E-2")
        await opened(d, "E-2")
        footer = d.text().split("\n")[-1]
        assert "w take back" in footer and "submit" not in footer


async def test_a_lawyer_claims_nothing_by_the_key_of_approval_but_goes_to_the_decision(desk: Desk) -> None:
    first, second = desk.submitted(), desk.receive("Is the branch open?", "@ola")
    async with console(desk.hub, screen="enquiry", key="E-2", member="reyes", clock=desk.clock) as d:
        screen = await opened(d, "E-2")
        await d.do("claim")
        assert d.said("Nothing on E-2 waits for your decision now") and desk.view(second).row.on_it != "reyes"
        screen.show("E-1")
        await opened(d)
        assert "legal waits for your decision" in d.text()
        await d.do("claim")
        await d.until(lambda: isinstance(d.screen, ReviewScreen) and d.screen.shown is not None and d.screen.shown.view.row.id == first)
        assert desk.view(first).row.on_it != "reyes"


async def test_what_went_out_is_no_part_of_the_next_redline(desk: Desk) -> None:
    enquiry_id = desk.answered()
    desk.draft(enquiry_id, "Dear Lenny, it is on its way.")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        text = d.text()
        assert "Reply v2" in text and "Dear Lenny, it is on its way." in text and "v1 to v2" not in text


async def test_customers_without_a_name_have_no_other_enquiries(desk: Desk) -> None:
    for _ in range(3):
        desk.receive("When do I get it back?", "unknown")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        assert "OTHER ENQUIRIES" not in d.text() and "not by name" in d.text()


async def test_only_three_other_enquiries_are_listed(desk: Desk) -> None:
    for _ in range(6):
        desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        assert "OTHER ENQUIRIES  2 more" in d.text() and "6th enquiry" in d.text()


async def test_the_address_of_what_was_published_looks_like_one(desk: Desk) -> None:
    enquiry_id = desk.handed_over()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("mark_sent")
        await d.type("not a url")
        await d.keys("enter")
        assert d.said("That is no link") and desk.view(enquiry_id).sends[-1].state == "handed_over"


async def test_going_elsewhere_ends_the_look_that_others_see(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.until(lambda: any(viewer.enquiry_id == enquiry_id for viewer in desk.hub.viewers()))
        await d.do("go_legal")
        await d.until(lambda: not any(viewer.enquiry_id == enquiry_id for viewer in desk.hub.viewers()))


async def test_submitting_from_the_editor_saves_first(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "We are looking into it.")
        await d.keys("f2")
        await d.until(lambda: desk.view(enquiry_id).row.state == "in_review")
        assert not screen.editing
        assert desk.view(enquiry_id).drafts[-1].text == "We are looking into it."


async def test_the_visibility_of_a_reply_can_be_switched(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "Only for you.")
        await d.keys("f3")
        assert "X DM" in d.text() and "13 of 10000" in d.text()
        await d.do("save")
        await d.keys("escape")
        await d.until(lambda: not screen.editing)
        await d.until(lambda: "Reply v1 · X DM" in d.text(), "the badge of the saved version")
        assert desk.view(enquiry_id).row.draft == 1


async def test_versions_can_be_walked(desk: Desk) -> None:
    desk.returned_and_mended()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("older_version")
        assert "Reply v1" in d.text() and FIRST[:30] in d.text() and "v2 is the newest" in d.text()
        await d.do("newer_version")
        assert "Reply v2" in d.text()


async def test_a_send_shows_the_exact_words_counts_down_and_can_be_taken_back(desk: Desk) -> None:
    enquiry_id = desk.approved()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("send")
        await d.keys("m")
        await d.until(lambda: isinstance(d.app.screen, Confirm))
        await d.settle()
        assert MENDED in d.text().replace("┃ ", "") and "computed here again" in d.text()
        await confirm(d)
        assert desk.view(enquiry_id).sends[-1].state == "queued"
        await d.until(lambda: "leaves by hand in 10 s, z takes it back" in d.text(), "the countdown")
        desk.clock.advance(4 * SECOND)
        await d.until(lambda: "leaves by hand in 6 s" in d.text(), "the countdown to move")
        await d.do("undo")
        assert desk.view(enquiry_id).sends[-1].state == "cancelled"


async def test_after_a_new_message_the_author_says_that_it_is_still_right(desk: Desk) -> None:
    enquiry_id = desk.returned_and_mended()
    desk.customer_writes(enquiry_id, "Hello? Anybody there?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        assert "legal is suspended" in d.text() and "Hello? Anybody there?" in d.text()
        await d.do("still_right")
        assert desk.review(enquiry_id).state == "requested"
        await d.until(lambda: "legal is suspended" not in d.text())


async def test_a_reply_cannot_be_sent_before_it_is_approved(desk: Desk) -> None:
    desk.submitted()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("send")
        assert d.said("E-1 is in review; this works while it is ready")


async def test_others_on_the_same_enquiry_are_named(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.hub.look("agent1", "another console", enquiry_id, "typing")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.until(lambda: "agent1 is typing" in d.text())


async def test_what_others_do_appears_and_typing_goes_on(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "Dear")
        desk.customer_writes(enquiry_id, "One more thing.")
        await d.until(lambda: "One more thing." in d.text())
        assert screen.editing and screen.editor.text == "Dear"


HOSTILE = ("\x1b]0;owned\x07", "[bold]not markup[/]", "[/x]", "\u202egnp.exe", "\x00\x9b31m", "a\u200b\u0301" * 40)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_are_shown_inert_and_kept_exactly(tmp_path: Path, hostile: str) -> None:
    desk = Desk(tmp_path)
    enquiry_id = desk.receive(hostile, customer=hostile)
    desk.tell("agent1", c.AddNote(enquiry_id=enquiry_id, text=hostile))
    desk.draft(enquiry_id, hostile)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await write(d, "!")
        assert screen.editor.text == hostile + "!"
        assert not any(ord(char) < 32 and char != "\n" for char in d.text())
        await d.do("save")
        assert desk.view(enquiry_id).drafts[-1].text == hostile + "!"


async def test_unusual_line_ends_are_announced_and_an_untouched_reply_stays_as_it_is(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.draft(enquiry_id, "one\u2028two")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await d.do("draft")
        await d.until(lambda: screen.editing and "unusual line ends" in d.text())
        await d.keys("escape")
        await d.until(lambda: not screen.editing)
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == ["one\u2028two"]


async def test_words_handed_over_are_on_the_clipboard_and_the_next_step_is_said(desk: Desk) -> None:
    enquiry_id = desk.approved()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        desk.tell("agent3", c.Send(enquiry_id=enquiry_id, via="manual", now=True))
        send = desk.view(enquiry_id).sends[-1]
        desk.works(c.ClaimSend(enquiry_id=enquiry_id, send_id=send.id, wire_digest=send.digest))
        desk.works(c.FinishSend(enquiry_id=enquiry_id, send_id=send.id, outcome="handed_over", link="/tmp/E-1.txt"))
        await d.until(lambda: d.said("on your clipboard and in /tmp/E-1.txt"), "the next step")
        assert d.app.clipboard == MENDED
        await d.until(lambda: "HANDED OVER by agent3: publish v1, then M marks it sent" in d.text())
        assert "M was sent" in d.text().split("\n")[-1] and "F2 submit" not in d.text().split("\n")[-1]
        await d.do("mark_sent")
        await d.keys("enter")
        await d.until(lambda: desk.view(enquiry_id).row.state in ("sent", "waiting_customer"))
