"""Help, palette, settings, and what is wrong with a person's own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hubconsole import config
from hubconsole.domain import commands as c
from hubconsole.tui import palette, panes
from tests.driver import console
from tests.tui.hubs import Bank


async def test_help_searches_the_keys_of_this_place_and_runs_one(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("help")
        await d.type("take it")
        assert "Say that you are on it" in d.text()
        await d.keys("enter")
        assert bank.row("E-1").on_it == "agent1"


async def test_the_palette_reaches_panes_and_themes(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("palette")
        await d.type("theme light")
        await d.keys("enter")
        assert d.app.theme == "light"
        await d.do("palette")
        await d.type("go: service")
        await d.keys("enter")
        assert "SERVICE" in d.text()


async def test_every_entry_of_the_palette_is_called_by_area_and_verb(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        titles = [entry.verb.title for entry in palette.entries(d.screen, d.app, everything=True)]
        assert {"triage: Let stand", "reply: Draft", "reply: Submit", "go: Board", "go: Service", "theme: dark"} <= set(titles)
        assert all(re.fullmatch(r"[a-z]+: \S.*", title) for title in titles)
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize("words", ["triage stand", "let stand", "triage: Let st"])
async def test_the_palette_finds_an_act_by_its_area_and_by_its_verb(bank: Bank, words: str) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("palette")
        await d.type(words)
        assert "triage: Let stand" in d.text()
        await d.keys("enter", "2")
        assert bank.row("E-1").disposition == "let_stand"


async def test_the_palette_of_the_board_reaches_what_is_done_on_the_enquiry(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.on("E-8", c.SaveDraft, "agent1", text="Dear customer, thank you.", base=0)
        await d.do("right", "palette")
        await d.type("reply: submit")
        await d.keys("enter")
        await d.until(lambda: bank.row("E-8").state == "in_review")


async def test_settings_preview_a_theme_and_escape_brings_the_old_one_back(bank: Bank, home: Path) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("settings")
        await d.keys("down")
        assert d.app.theme != "dark"
        await d.keys("escape")
        assert d.app.theme == "dark"


async def test_settings_keep_what_is_chosen(bank: Bank, home: Path) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("settings")
        await d.keys("down", "enter")
        kept = d.app.theme
        await d.until(lambda: d.said("Kept: theme"))
    assert config.load().theme == kept


async def test_problems_with_own_files_are_told_once_at_start(bank: Bank, home: Path) -> None:
    folder = home / ".config" / "hubconsole"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text('[keys]\nclame = "a"\n', encoding="utf-8")
    (folder / "panes.toml").write_text('[[pane]]\nid = "vip"\ntitle = "VIP"\nkey = "6"\nfilter = "priority:1"\n', encoding="utf-8")
    bank.receive(1, priority=1)
    async with console(bank.hub, clock=bank.clock) as d:
        assert d.said("no key id 'clame'")
        await d.do("go_6")
        assert "VIP" in d.text()
        assert {d.row(key).priority for key in d.shown()} == {1}


async def test_settings_list_every_problem_with_the_keys_and_what_they_say_holds(bank: Bank, home: Path) -> None:
    folder = home / ".config" / "hubconsole"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text('[keys]\nsnooze = "a"\nmark = "L"\nspam = "E"\nclame = "a"\nwake = "ctrl+h"\n', encoding="utf-8")
    async with console(bank.hub, clock=bank.clock) as d:
        assert d.said("3 more; F10 lists all.")
        d.app.clear_notifications()
        await d.keys("L")
        assert [row.key for row in d.queue.marks.values()] == ["E-1"]
        await d.keys("escape", "E")
        assert bank.row("E-2").disposition == "spam"
        await d.keys("f10", "end")
        text = " ".join(d.text().split())
        for words in (
            "a is both claim and snooze",
            "L is both mark and let_stand",
            "E is both engage and spam",
            "clame",
            "ctrl+h cannot be used",
        ):
            assert words in text, words


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('title = "x"', "id is missing"),
        ('id = "x"\ntitle = "x"\nkey = "1"', "must be one of 4 to 9"),
        ('id = "x"\ntitle = "x"\nfilter = "stat:new"', "Did you mean"),
        ('id = "x"\ntitle = "x"\ncolumns = ["colour"]', "is not among"),
        ('id = "x"\ntitle = "x"\nkeys = ["jump"]', "is not among"),
        ('id = "x"\ntitle = "x"\nfunction = "chef"', "no function"),
        ('id = "x"\ntitle = "x"\nsize = 3', "no field 'size'"),
        ('id = "board"\ntitle = "x"', "cannot be used"),
    ],
)
def test_a_pane_that_makes_no_sense_is_left_out_with_the_reason(entry: str, words: str) -> None:
    found, problems = panes.read(f"[[pane]]\n{entry}\n", "mine.toml")
    assert found == []
    assert len(problems) == 1
    assert words in problems[0]
