"""The frame: header, footer, help, palette, settings, login, small terminals, lost hubs, themes and pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.errors import UsageProblem
from hubconsole.tui import panes
from hubconsole.tui.feed import Feed
from hubconsole.tui.launch import run
from hubconsole.tui.messages import Changed
from tests.driver import console
from tests.tui.standin import NOW, StandIn, row, sample

CLOCK = FrozenClock(NOW)


async def test_the_header_names_hub_member_counts_and_connection() -> None:
    async with console(sample(), clock=CLOCK) as d:
        top = d.text().split("\n")[0]
        for words in ("Bank EMEA", "agent1", "service", "new 7", "in review 5", "longest wait", "live"):
            assert words in top


async def test_the_footer_dims_what_does_not_work_and_pressing_it_says_why() -> None:
    hub = StandIn([row(1, "new")])
    async with console(hub, clock=CLOCK) as d:
        await d.do("send")
        assert d.said("E-1 is new; this works while it is ready.")
        assert hub.executed == []


async def test_a_function_that_may_not_triage_is_told_who_may() -> None:
    hub = sample()
    async with console(hub, member="lawyer1", clock=CLOCK) as d:
        await d.do("triage")
        assert d.said("you are legal")
        assert hub.executed == []


async def test_help_searches_the_keys_of_this_place_and_runs_one() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        await d.do("help")
        await d.type("take it")
        assert "Say that you are on it" in d.text()
        await d.keys("enter")
        assert [command.kind for command in hub.executed] == ["claim"]


async def test_the_palette_reaches_panes_and_themes() -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("palette")
        await d.type("theme light")
        await d.keys("enter")
        assert d.app.theme == "light"
        await d.do("palette")
        await d.type("panes service")
        await d.keys("enter")
        assert "SERVICE" in d.text()


async def test_a_pane_is_one_key_away_and_escape_comes_back() -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("down", "go_4")
        assert "SERVICE 15" in d.text()
        await d.do("back")
        assert d.selected == "E-1021"


async def test_the_filter_stays_when_the_screen_changes() -> None:
    async with console(sample(), clock=CLOCK) as d:
        d.screen.set_filter("channel:x")  # type: ignore[attr-defined]
        await d.settle()
        await d.do("go_4")
        assert "[channel:x]" in d.text()


async def test_settings_preview_a_theme_and_escape_brings_the_old_one_back(home: Path) -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("settings")
        await d.keys("down")
        assert d.app.theme != "dark"
        await d.keys("escape")
        assert d.app.theme == "dark"


async def test_settings_keep_what_is_chosen(home: Path) -> None:
    async with console(sample(), clock=CLOCK) as d:
        await d.do("settings")
        await d.keys("down", "enter")
        kept = d.app.theme
        await d.until(lambda: d.said("Kept: theme"))
    written = list(home.rglob("config.toml"))
    assert len(written) == 1
    assert f'theme = "{kept}"' in written[0].read_text(encoding="utf-8")


async def test_ascii_signs_leave_no_other_sign_on_the_rows() -> None:
    async with console(sample(), clock=CLOCK) as d:
        d.app.use_glyphs(True)
        await d.settle()
        rows = [line for line in d.text().split("\n") if "E-10" in line]
        assert rows
        assert not set("●○◔✓▲▸") & set("".join(rows))


async def test_without_a_member_the_console_asks_who_is_here() -> None:
    async with console(sample(), member="", clock=CLOCK) as d:
        assert "Who is here?" in d.text()
        await d.keys("enter")
        assert d.app.session.member == "agent1"
        assert "NEW 7" in d.text()


async def test_a_small_terminal_says_what_it_needs_and_recovers() -> None:
    async with console(sample(), clock=CLOCK, size=(100, 30)) as d:
        await d.pilot.resize_terminal(50, 12)
        await d.settle()
        assert "have 50x12, need 60x18" in d.text()
        await d.pilot.resize_terminal(100, 30)
        await d.settle()
        assert "too small" not in d.text()
        assert d.selected == "E-1020"


async def test_a_lost_hub_shows_in_the_header_blocks_acts_and_comes_back() -> None:
    hub = sample()
    async with console(hub, clock=CLOCK) as d:
        hub.down = "The disk is gone."
        await d.until(lambda: "not connected" in d.text())
        assert "The disk is gone." in d.text()
        await d.keys("a")
        assert d.said("The hub does not answer")
        hub.down = ""
        await d.until(lambda: "live" in d.text().split("\n")[0])
        assert d.app.session.connected


def test_a_thousand_changes_arrive_as_few_messages_and_none_is_lost() -> None:
    hub = sample()
    got: list[Changed] = []
    feed = Feed(hub, 0, lambda message: got.append(cast(Changed, message)), CLOCK)
    feed.start()
    for n in range(1000):
        hub.change(f"id-{1020 + n % 27}", priority=1 + n % 4)
    with hub.lock:
        hub.lock.wait_for(lambda: bool(got) and got[-1].seq == hub.seq, 5)
    feed.stop()
    assert got[-1].seq == 1000
    assert len(got) < 100
    assert frozenset().union(*(message.ids for message in got)) == frozenset(hub.all)


async def test_hostile_words_neither_act_nor_displace_what_stands_left_of_them() -> None:
    hostile = "[@click=app.quit]x[/] [/nope] \x1b[2J\x1b]0;owned\x07 \u202e\u200d\x00 end"
    hub = StandIn([row(1, "new", customer=hostile, words=hostile), row(2, "new", customer="plain", words="plain")])
    async with console(hub, clock=CLOCK, size=(100, 30)) as d:
        text = d.text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\x00" not in text
        first, second = (next(line for line in text.split("\n") if f"new        E-{n} " in line) for n in (1, 2))
        assert first.index("E-1 ") == second.index("E-2 ")
        assert d.selected == "E-1"


async def test_problems_with_own_files_are_told_once_at_start(home: Path) -> None:
    folder = home / ".config" / "hubconsole"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text('[keys]\nclame = "a"\n', encoding="utf-8")
    (folder / "panes.toml").write_text('[[pane]]\nid = "vip"\ntitle = "VIP"\nkey = "6"\nfilter = "priority:1"\n', encoding="utf-8")
    async with console(sample(), clock=CLOCK) as d:
        assert d.said("no key id 'clame'")
        await d.do("go_6")
        assert "VIP" in d.text()
        assert {d.row(key).priority for key in d.shown()} == {1}


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


def test_a_dumb_terminal_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(UsageProblem, match="hubconsole list"):
        run("board", hub=sample(), member="agent1")


def test_no_colour_takes_the_theme_without_colours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    picture = tmp_path / "out.svg"
    assert run("board", hub=sample(), member="agent1", screenshot=picture, size=(100, 30), clock=CLOCK) == 0
    assert "E-1020" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24)])
def test_a_picture_needs_no_terminal_and_holds_the_whole_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = tmp_path / "out.svg"
    assert run("board", hub=sample(), member="agent1", screenshot=picture, size=size, clock=CLOCK) == 0
    text = picture.read_text(encoding="utf-8").replace("&#160;", " ")
    assert "E-1020" in text
    assert "agent1" in text


def test_an_unknown_screen_names_those_that_exist() -> None:
    with pytest.raises(UsageProblem, match="board, enquiry, legal"):
        run("wall", hub=sample(), member="agent1", screenshot="x.svg")


FIRST_FRAME = """
import asyncio, sys
sys.path.insert(0, {root!r})
from tests.tui.standin import sample
from hubconsole import config
from hubconsole.tui.launch import build
loaded = set(sys.modules)
app = build("board", hub=sample(), member="agent1", settings=config.load(), width=160, live=False)
async def main():
    async with app.run_test(size=(160, 45)):
        pass
asyncio.run(main())
heavy = ("pydantic", "sqlmodel", "sqlalchemy", "httpx", "typer", "alembic", "hubconsole.domain.commands", "hubconsole.domain.events", "hubconsole.domain.workflow")
print(" ".join(name for name in heavy if name in sys.modules))
"""


def test_the_first_frame_needs_nothing_heavy() -> None:
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, "-c", FIRST_FRAME.format(root=root)], capture_output=True, text=True, env={**os.environ}, timeout=60, check=True)
    assert done.stdout.strip() == ""
