"""The legal pane: one reply at a time, with all that is needed to decide about it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from textual import events

from hubconsole.domain.commands import Submit
from hubconsole.tui.screens.confirm import Confirm
from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import asked, reading


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
        assert "a approve   e amend   c condition   r return" in d.text().split("\n")[-1]
        before = d.screen.query_one("#pane").scroll_y
        await d.keys("j", "j", "j")
        assert d.screen.query_one("#pane").scroll_y == before + 3
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


async def test_words_typed_right_after_the_key_that_asks_are_the_question(desk: Desk) -> None:
    enquiry_id = desk.submitted()
    question = "are you sure, or xor 1 o e"
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        d.app.post_message(events.Key("u", "u"))
        for char in question:
            d.app.post_message(events.Key(char if char.isalnum() else unicodedata.name(char).lower(), char))
        d.app.post_message(events.Key("enter", None))
        await d.until(lambda: d.said("Asked agent3; the review stays with you"))
        await d.settle()
        said = [message.text for message in desk.view(enquiry_id).messages if message.direction == "internal"]
        assert any(question in text for text in said), said
        assert desk.review(enquiry_id).state in ("requested", "opened") and not isinstance(d.app.screen, Confirm)
