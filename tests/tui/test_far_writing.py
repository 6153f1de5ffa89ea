"""Writing while the hub is away: the words are kept here, saved by themselves when it is back, and never lost."""

from __future__ import annotations

import pytest

from hubconsole.clock import HOUR
from hubconsole.domain import commands as c
from hubconsole.tui.screens.enquiry import EnquiryScreen
from tests.driver import Driver, console
from tests.tui.desk import FIRST, Desk
from tests.tui.far import FarHub
from tests.tui.test_far_intents import carried, waiting
from tests.tui.test_far_line import lost
from tests.tui.writing import opened, write

pytestmark = pytest.mark.slow

WORDS = "Dear Lenny, we are looking into it."


async def written_offline(d: Driver, far: FarHub, words: str = WORDS) -> EnquiryScreen:
    """The editor open, the hub away, and the words saved as far as they can be."""
    await opened(d)
    await lost(d, far)
    screen = await write(d, words)
    await d.do("save")
    await d.until(lambda: waiting(d).items)
    await d.settle()
    return screen


async def test_words_saved_without_the_hub_are_kept_and_saved_when_it_is_back(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        screen = await written_offline(d, far_desk)
        assert d.line("your words are kept on this computer, and are saved by themselves")
        assert desk.view(enquiry_id).drafts == ()
        kept = screen.recovery.find(enquiry_id)
        assert kept is not None
        assert kept.text == WORDS
        await carried(d, far_desk)
        await d.until(lambda: d.line("saved as v1"))
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == [WORDS]
        assert screen.recovery.find(enquiry_id) is None
        assert screen.editing


async def test_what_is_typed_on_meanwhile_stays_in_the_editor_on_top_of_what_was_saved(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        screen = await written_offline(d, far_desk)
        await d.keys("space", "O", "K")
        await carried(d, far_desk)
        await d.until(lambda: desk.view(enquiry_id).drafts)
        await d.until(lambda: screen.editor.base == 1)
        assert (screen.editor.text, screen.editor.dirty, screen.clash) == (WORDS + " OK", True, None)
        await d.do("save")
        await d.until(lambda: len(desk.view(enquiry_id).drafts) == 2)
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == [WORDS, WORDS + " OK"]


async def test_left_and_opened_again_without_the_hub_the_words_are_there(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        await opened(d)
        await lost(d, far_desk)
        screen = await write(d, WORDS)
        await d.do("back")
        await d.until(lambda: not screen.editing)
        assert d.line("kept here: save the reply to E-1")
        await d.do("draft")
        await d.until(lambda: screen.editing and screen.editor.text == WORDS)
        await d.keys("exclamation_mark")
        await d.do("back")
        await d.until(lambda: not screen.editing)
        assert len(waiting(d).items) == 1
    far_desk.mend()
    async with console(far_desk, clock=desk.clock, screen="board", member="agent3") as d:
        await d.until(lambda: [draft.text for draft in desk.view(enquiry_id).drafts] == [WORDS + "!"], "saved by the next console")
        assert d.app.session.waiting is not None


async def test_somebody_elses_version_is_shown_beside_the_words_that_were_kept(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3", size=(160, 50)) as d:
        screen = await written_offline(d, far_desk)
        desk.draft(enquiry_id, FIRST, "agent1")
        await carried(d, far_desk)
        await d.until(lambda: screen.clash is not None)
        assert (screen.clash and screen.clash.text, screen.editor.text) == (FIRST, WORDS)
        assert [draft.text for draft in desk.view(enquiry_id).drafts] == [FIRST]
        assert d.said("1 act of yours not carried out: save the reply to E-1")


async def test_a_version_saved_by_another_leaves_the_kept_words_to_be_restored(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        screen = await written_offline(d, far_desk)
        await d.do("back")
        await d.until(lambda: not screen.editing)
        desk.draft(enquiry_id, FIRST, "agent1")
        await carried(d, far_desk)
        await d.until(lambda: d.line("look again"))
        await d.until(lambda: getattr(d.app.screen, "_armed", False))
        await d.keys("enter")
        await d.until(lambda: d.line("restore them"))
        await d.keys("r")
        await d.until(lambda: screen.editing and screen.editor.text == WORDS)
        assert waiting(d).items == ()
        desk.clock.advance(HOUR)
        await d.do("save")
        await d.until(lambda: [draft.text for draft in desk.view(enquiry_id).drafts] == [FIRST, WORDS])


async def test_removing_it_from_the_list_keeps_the_words(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        screen = await written_offline(d, far_desk)
        await d.do("back")
        await d.do("waiting")
        await d.until(lambda: getattr(d.app.screen, "_armed", False))
        await d.keys("x")
        await d.until(lambda: not waiting(d).items)
        await d.keys("escape")
        kept = screen.recovery.find(enquiry_id)
        assert kept is not None
        assert kept.text == WORDS
        await carried(d, far_desk)
        assert desk.view(enquiry_id).drafts == ()


async def test_words_that_a_colleagues_claim_keeps_out_wait_for_their_writer(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.receive("Where is my card?")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        screen = await written_offline(d, far_desk)
        desk.hub.execute(c.Claim(enquiry_id=enquiry_id), actor="agent1")
        await carried(d, far_desk)
        await d.until(lambda: d.line("Not saved:"))
        assert (desk.view(enquiry_id).drafts, screen.editor.text) == ((), WORDS)
