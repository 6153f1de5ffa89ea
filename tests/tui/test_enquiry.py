"""The enquiry screen: reading, submitting, sending."""

from __future__ import annotations

from hubconsole.clock import SECOND
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.widgets.timeline import handoffs
from tests.driver import console
from tests.tui.desk import FIRST, Desk
from tests.tui.desk import SECOND as MENDED
from tests.tui.writing import confirm, opened, write


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


async def test_what_is_approved_offers_to_be_sent_and_what_is_queued_to_be_taken_back(desk: Desk) -> None:
    enquiry_id = desk.approved()
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        assert d.text().split("\n")[-1].startswith(" S send   w take back")
        desk.tell("agent3", c.Send(enquiry_id=enquiry_id, via="manual"))
        await d.until(lambda: "z takes it back" in d.text())
        footer = d.text().split("\n")[-1]
        assert footer.startswith(" z undo") and "S send" not in footer


async def test_a_submission_is_taken_back_by_undo_and_its_author_hears_of_the_approval(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.draft(enquiry_id, "We are looking into it.")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await d.do("submit")
        assert d.said("Submitted E-1. z takes it back.") and desk.view(enquiry_id).row.state == "in_review"
        await d.do("undo")
        assert desk.view(enquiry_id).row.state == "working"
        await d.do("submit")
        desk.decide(enquiry_id, Verdict.APPROVE)
        await d.until(lambda: d.said("E-1 is approved: S sends it."))


async def test_what_has_gone_out_offers_how_it_ends(desk: Desk) -> None:
    enquiry_id = desk.approved()
    desk.publish(enquiry_id)
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        footer = d.text().split("\n")[-1]
        assert desk.view(enquiry_id).row.state == "sent"
        assert footer.startswith(" R resolve   K wait   C close") and "submit" not in footer and "send" not in footer


async def test_hand_overs_are_between_functions_and_the_hub_itself_holds_nothing(desk: Desk) -> None:
    enquiry_id = desk.approved()
    names = {"agent1": "service", "agent3": "service", "reyes": "legal"}
    assert handoffs(desk.view(enquiry_id), names) == 1
    desk.hand_over(enquiry_id)
    assert handoffs(desk.view(enquiry_id), names) == 2


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
