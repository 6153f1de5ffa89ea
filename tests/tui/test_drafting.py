"""Writing a reply without losing a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import TextArea

from hubconsole.clock import HOUR
from hubconsole.domain import commands as c
from hubconsole.tui.screens.enquiry import EnquiryScreen
from tests.driver import Driver, console
from tests.tui.desk import Desk
from tests.tui.writing import kept, opened, write


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


async def test_recovered_words_are_dropped_by_two_keys_that_nobody_types_by_accident(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "never mind")
        await d.until(lambda: kept(desk, enquiry_id) != "")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        screen = await opened(d)
        await d.do("draft")
        await d.keys(*"dDy")
        assert kept(desk, enquiry_id) == "never mind" and not screen.editing
        await d.keys("ctrl+d")
        assert "never mind" in d.text() and kept(desk, enquiry_id) == "never mind"
        await d.keys("enter", "ctrl+d", "escape")
        assert kept(desk, enquiry_id) == "never mind" and not screen.editing
        await d.do("draft")
        await d.keys("ctrl+d", "y")
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


@pytest.mark.parametrize("leave", [lambda d: d.app.exit(), lambda d: d.screen.show("E-2")], ids=["the console ends", "another enquiry"])
async def test_words_typed_in_the_moment_of_leaving_are_kept(desk: Desk, leave: Callable[[Driver], object]) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.receive("And mine?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        screen = await write(d, "half a ")
        screen.editor.query_one(TextArea).insert("sentence")
        leave(d)
        await d.settle()
    assert kept(desk, enquiry_id) == "half a sentence"


async def test_words_stay_with_their_writer_when_somebody_else_sits_down(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await opened(d)
        await write(d, "between us")
        d.app.become("agent1")
        await d.settle()
        d.app.open_enquiry("E-1")
        await d.settle()
        assert "between us" not in d.text()
        screen = d.screen
        assert isinstance(screen, EnquiryScreen) and not screen.editing
    assert (kept(desk, enquiry_id), kept(desk, enquiry_id, "agent1")) == ("between us", "")
