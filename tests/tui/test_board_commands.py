"""Acts by the command line, by typed times and by the bars of choices."""

from __future__ import annotations

import pytest

from hubconsole.clock import MINUTE
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Disposition
from tests.driver import console
from tests.tui.hubs import Bank

pytestmark = pytest.mark.slow


async def test_commands_complete_and_run(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("command")
        await d.type("assign 3 ag")
        await d.keys("tab", "enter")
        assert bank.row("E-3").owner == "agent1"
        await d.do("command")
        await d.type("frobnicate")
        await d.keys("enter")
        assert d.said("There is no command “frobnicate”")


async def test_a_snooze_takes_a_time_as_people_type_it(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "t")
        await d.type("45m")
        await d.keys("enter")
        assert bank.row("E-1").snoozed_until == bank.clock() + 45 * MINUTE
        assert d.said("Snoozed E-1 until ")
        await d.do("undo")
        assert bank.row("E-1").snoozed_until == 0


async def test_a_snooze_until_no_time_says_what_can_be_typed(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "t")
        await d.type("soonish")
        await d.keys("enter")
        assert d.said("is no time. Write 45m, 2h")
        assert bank.acts() == []


async def test_a_wrong_key_in_a_bar_of_choices_says_which_keys_there_are(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("priority")
        await d.keys("q")
        assert "q is none of them. Press one of 1 2 3 4, or Esc." in d.text()
        await d.keys("enter")
        assert "Enter is none of them." in d.text()
        await d.keys("2")
        assert bank.row("E-1").priority == 2


async def test_commands_triage_snooze_and_write_without_a_key_being_known(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for line in ("letstand E-2 praise", "snooze 3 2h", "note 3 people rang about this", "monitor E-4"):
            await d.do("command")
            await d.type(line)
            await d.keys("enter")
        assert (bank.row("E-2").disposition, bank.row("E-4").disposition) == ("let_stand", "monitor")
        assert bank.row("E-3").snoozed_until > bank.clock()
        assert bank.local.enquiry("E-1").messages[-1].text == "3 people rang about this"
        await d.do("command")
        await d.type("draft E-8")
        await d.keys("enter")
        await d.until(lambda: d.screen.tab == "enquiry" and "E-8" in d.text())


async def test_titles_and_header_count_what_the_lists_hold_and_no_snoozed_ones(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.keys("Z", "1")
        await d.until(lambda: "new 6" in d.text().split("\n")[0])
        assert "NEW 6" in d.text()
        bank.on("E-3", c.Triage, "tom", disposition=Disposition.LET_STAND, reason="rant")
        await d.until(lambda: "NEW 5" in d.text())
        assert "E-3" in d.shown("new")


@pytest.mark.parametrize(("key", "word"), [("monitor", "monitor"), ("correct_facts", "correct_facts"), ("capture", "capture")])
@pytest.mark.parametrize("screen", ["board", "enquiry"])
async def test_a_disposition_without_a_question_is_one_key(bank: Bank, screen: str, key: str, word: str) -> None:
    async with console(bank.hub, clock=bank.clock, screen=screen, key="E-1" if screen == "enquiry" else None) as d:
        await d.do(key)
        assert bank.row("E-1").disposition == word


async def test_a_transfer_is_one_key_and_where_to(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("transfer")
        await d.keys(*"cards", "enter")
        assert bank.row("E-1").disposition == "transfer"
        assert d.said("Transferred E-1 (cards).")
        await d.do("undo")
        assert d.said("cannot be taken back. It is new again and nobody's; t decides otherwise.")


async def test_a_duplicate_is_one_key_and_the_key_of_the_other(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("duplicate")
        await d.keys(*"E-3", "enter")
        assert bank.row("E-1").disposition == "duplicate"
        assert d.said("Put E-1 away as a duplicate.")


async def test_a_command_without_its_words_asks_as_its_key_does(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for line, ask in (("assign", "Assign E-1"), ("letstand", "Let E-1 stand"), ("transfer", "Transfer E-1")):
            await d.do("command")
            await d.type(line)
            await d.keys("enter")
            assert ask in d.text()
            await d.keys("escape")
        assert bank.acts() == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("as nobody I know", "Nobody here is called “nobody I know”. F9 lists who there is."),
        ("as \x1b[31mred", "Nobody here is called “"),
        ("\x1b[31mred alert", "cannot be a command: those are plain words, such as open or draft."),
        ("approve", ":approve works where a reply is reviewed; 2 goes there."),
        ("save", ":save works on an enquiry; 3 goes to the last one."),
        ("undo everything", ":undo takes nothing after it"),
        ("open sesame", "“sesame” is no enquiry's key; keys look like E-12."),
    ],
)
async def test_a_command_that_cannot_be_says_in_plain_words_what_is_wrong(bank: Bank, line: str, words: str) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("command")
        await d.type(line)
        await d.keys("enter")
        assert d.said(words), d.toasts
        assert "\x1b" not in "".join(d.toasts)
        assert d.app.session.member == "agent1"
        assert bank.acts() == []
