"""What is typed at once after a key that opens something to type in lands there, and is never taken for commands."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.tui.bindings import named
from hubconsole.tui.screens.board import BoardScreen
from hubconsole.tui.screens.enquiry import EnquiryScreen
from hubconsole.tui.screens.help import HelpScreen
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.widgets.draft_editor import DraftEditor
from tests.driver import Driver, console
from tests.tui.desk import Desk
from tests.tui.hubs import Bank

WORDS = "Sorry Charlie, CRegards azt"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def at_once(d: Driver, meaning: str, words: str) -> None:
    """Put a key and the words after it into the application's queue before anything can answer."""
    first = named(d.app.keys.keys_of(meaning))[0]
    keys = [(first, first if len(first) == 1 else None)]
    keys += [(char if char.isalnum() else unicodedata.name(char).lower().replace(" ", "_"), char) for char in words]
    for key, char in keys:
        d.app.post_message(events.Key(key, char))


def happened(desk: Desk, enquiry_id: str) -> list[str]:
    """The trail of an enquiry, in words."""
    return [row.summary for row in desk.view(enquiry_id).trail]


@pytest.mark.parametrize("screen", ["board", "enquiry"])
async def test_words_typed_right_after_the_key_that_writes_land_in_the_reply(desk: Desk, screen: str) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.tell("agent3", c.Claim(enquiry_id=enquiry_id))
    before = happened(desk, enquiry_id)
    async with console(desk.hub, screen=screen, key="E-1", member="agent3", clock=desk.clock) as d:
        at_once(d, "draft", WORDS)
        await d.until(lambda: isinstance(d.screen, EnquiryScreen) and d.screen.editing, "the editor")
        shown = d.screen
        assert isinstance(shown, EnquiryScreen)
        await d.until(lambda: shown.editor.text == WORDS, "the words in the editor")
        assert not d.app.holds_keys
        assert happened(desk, enquiry_id) == before


async def test_a_reviewers_words_land_in_the_amendment(desk: Desk) -> None:
    enquiry_id = desk.submitted("Hi Lenny.")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        screen = d.screen
        assert isinstance(screen, ReviewScreen)
        await d.until(lambda: screen.shown is not None and screen.pending is not None, "the reply")
        at_once(d, "amend", WORDS)
        editor = screen.query_one("#amend", DraftEditor)
        await d.until(lambda: editor.text == f"Hi Lenny.{WORDS}", "the words in the amendment")
        assert desk.view(enquiry_id).row.state == "in_review" and len(desk.view(enquiry_id).drafts) == 1


async def test_words_after_a_refused_key_are_commands_no_more_than_words(desk: Desk) -> None:
    enquiry_id = desk.receive("When do I get it back?")
    desk.tell("agent3", c.Resolve(enquiry_id=enquiry_id))
    async with console(desk.hub, screen="board", key="E-1", member="agent3", clock=desk.clock) as d:
        d.app.open_enquiry("E-1", then="draft")
        at_once(d, "close", "")
        await d.until(lambda: d.said("were not used"), "word about the keys")
        await d.settle()
        assert desk.view(enquiry_id).row.state == "resolved" and not d.app.holds_keys


async def test_escape_ends_the_wait(desk: Desk) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, member="agent3", clock=desk.clock) as d:
        d.app.hold_keys()
        at_once(d, "close", "")
        await d.settle()
        held = d.app.holds_keys
        await d.keys("escape")
        assert (held, d.app.holds_keys) == (True, False)
        assert d.said("were not used")


@pytest.mark.parametrize("sign", ["filter", "command"])
async def test_a_line_typed_right_after_its_sign_is_whole(desk: Desk, sign: str) -> None:
    desk.receive("When do I get it back?")
    async with console(desk.hub, member="agent3", clock=desk.clock) as d:
        at_once(d, sign, "owner:me")
        await d.until(lambda: getattr(d.app.screen.focused, "value", "") == "owner:me", "the line")
        assert not d.app.holds_keys and not isinstance(d.screen, BoardScreen)


def hit(d: Driver, *keys: str) -> None:
    """Press keys in one go, faster than anything can open: names, or the characters themselves."""
    for key in keys:
        name = key if len(key) > 1 or key.isalnum() else unicodedata.name(key).lower().replace(" ", "_")
        d.app.post_message(events.Key(name, key if len(key) == 1 else "\r" if key == "enter" else None))


async def test_both_lines_of_an_entry_typed_in_one_go_land_where_they_belong(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        hit(d, "n", *"Ann Price paper", "enter", *"Where is my letter?", "enter", "j", "j")
        await d.until(lambda: bank.local.total(parse("state:new")) == 8)
        row = bank.row("E-25")
        assert (row.customer, row.channel, row.words) == ("Ann Price", "paper", "Where is my letter?")
        assert bank.kinds() == ["enquiry.received"]
        await d.until(lambda: d.toasts)
        assert d.toasts == ["E-25 is in. t triages it, d answers it."]


async def test_words_typed_right_after_a_choice_are_for_the_line_that_it_opens(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        hit(d, "t", "t", *"fraud desk", "enter")
        await d.until(lambda: bank.row("E-1").disposition == "transfer")
        await d.until(lambda: d.said("Transferred E-1 (fraud desk)."))
        assert len(bank.acts()) == 1


async def test_keys_typed_right_after_an_answer_act_on_the_screen_behind_in_order(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        hit(d, "P", "1", "j", "j", "P", "4")
        await d.until(lambda: bank.row("E-3").priority == 4)
        assert (bank.row("E-1").priority, d.selected) == (1, "E-3")
        hit(d, ":", *"priority 2", "enter", "?")
        await d.until(lambda: bank.row("E-3").priority == 2)
        await d.until(lambda: isinstance(d.app.screen, HelpScreen))


@pytest.mark.parametrize("pasted", ["spam\nspam E-2\n", "\r\n  spam\r\nquit\r\n", "spam\x1b[13~\u2028spam E-2"])
async def test_pasted_lines_are_never_run_as_commands(bank: Bank, pasted: str) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("command")
        d.app.post_message(events.Paste(pasted))
        await d.settle()
        line = d.app.screen.query_one(Input)
        assert line.value.startswith("spam")
        assert line.value.isprintable()
        assert bank.acts() == []
        assert d.app.is_running


async def test_pasted_lines_become_one_line_of_words(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("note")
        d.app.post_message(events.Paste("first line\nsecond\x1b[2J line\r\nthird"))
        await d.settle()
        await d.keys("enter")
        assert bank.local.enquiry("E-1").messages[-1].text == "first line second [2J line third"
