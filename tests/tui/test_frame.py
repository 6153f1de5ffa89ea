"""The frame: header, footer, help, palette, settings, login, small terminals, lost hubs, themes and pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from textual import events

from hubconsole import config
from hubconsole.clock import HOUR, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Verdict
from hubconsole.errors import UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.tui import palette, panes
from hubconsole.tui.feed import Feed
from hubconsole.tui.launch import run
from hubconsole.tui.messages import Changed
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.hubs import Bank


async def test_the_header_names_hub_member_counts_and_connection(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        top = d.text().split("\n")[0]
        for words in ("Bank EMEA", "agent1", "service", "new 7", "in review 5", "longest wait", "live"):
            assert words in top


@pytest.mark.parametrize("width", [60, 70, 80, 90, 100, 120, 140, 160])
async def test_the_header_shows_all_counts_and_the_connection_at_every_width(bank: Bank, width: int) -> None:
    async with console(bank.hub, clock=bank.clock, size=(width, 24)) as d:
        bank.local.look("tom", "his-console", bank.row("E-2").id)
        d.app.tick()
        await d.until(lambda: d.app.viewers)
        top = d.text().split("\n")[0]
        assert re.search(r"new 7 +work(ing)? 6 +(in )?review 5 +ready 2\b.*● live", top), top


@pytest.mark.parametrize(("width", "names"), [(80, r"Raiff\S*… +Anna-Katharina"), (74, r"Raiff\S*… +Anna-\S*…")])
async def test_the_header_shortens_a_long_hub_and_member_before_the_counts(
    tmp_path: Path, clock: FrozenClock, width: int, names: str
) -> None:
    people = (("Anna-Katharina", (Function.SERVICE, Function.MARKETING)),)
    hub = LocalHub.create(tmp_path / "long.db", name="Raiffeisenlandesbank Oberland", policy=ALL_LEGAL, members=people, clock=clock)
    with closing(hub):
        async with console(hub, member=people[0][0], clock=clock, size=(width, 24)) as d:
            top = d.text().split("\n")[0]
            assert re.search(rf" {names} .*new 0 +work 0 +review 0 +ready 0\b.*● live", top), top


@pytest.mark.parametrize(("width", "words"), [(160, "shift B lead1"), (80, "B lead1")])
async def test_the_header_shows_the_shift_and_follows_it(bank: Bank, width: int, words: str) -> None:
    async with console(bank.hub, clock=bank.clock, size=(width, 24)) as d:
        assert "lead1" not in d.text().split("\n")[0]
        bank.act(c.StartShift(name="B", lead="lead1"), "lead1")
        await d.until(lambda: words in d.text().split("\n")[0])
        assert re.search(r"ready 2\b.*● live", d.text().split("\n")[0])
        bank.act(c.EndShift(), "lead1")
        await d.until(lambda: "lead1" not in d.text().split("\n")[0])


async def test_a_supervisor_starts_and_ends_the_shift_by_its_command_and_others_are_told_why_not(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, member="lead1", size=(160, 24)) as d:
        for line, words in (("shift late desk agent1", "shift late desk agent1"), ("shift C", "shift C lead1")):
            await d.keys("colon")
            await d.type(line)
            await d.keys("enter")
            await d.until(lambda words=words: words in d.text().split("\n")[0])  # type: ignore[misc]
        await d.do("command")
        await d.type("shift end")
        await d.keys("enter")
        await d.until(lambda: "shift" not in d.text().split("\n")[0] and d.said("The shift is over."))
    async with console(bank.hub, clock=bank.clock, member="agent1", size=(160, 24)) as d:
        await d.do("command")
        await d.type("shift B")
        await d.keys("enter")
        await d.until(lambda: d.said("supervisor"))
        assert not bank.hub.info().shift


async def test_the_longest_wait_in_the_header_grows_with_the_clock(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        assert "longest wait 0:24" in d.text()
        bank.clock.advance(2 * HOUR)
        d.app.tick()
        await d.until(lambda: "longest wait 2:24 ▲" in d.text())


async def test_the_footer_dims_what_does_not_work_and_pressing_it_says_why(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("send")
        assert d.said("E-1 is new; this works while it is ready.")
        assert bank.acts() == []


async def test_a_function_that_may_not_triage_is_told_who_may(bank: Bank) -> None:
    async with console(bank.hub, member="lawyer1", clock=bank.clock) as d:
        await d.do("triage")
        assert d.said("you are legal")
        assert bank.acts() == []


async def test_help_searches_the_keys_of_this_place_and_runs_one(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("help")
        await d.type("take it")
        assert "Say that you are on it" in d.text()
        await d.keys("enter")
        assert bank.row("E-1").on_it == "agent1"


async def test_a_command_typed_faster_than_its_line_opens_is_not_lost(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for key in ("colon", *"priority", "space", "1", "enter"):
            d.app.post_message(events.Key(key, " " if key == "space" else ":" if key == "colon" else key if len(key) == 1 else "\r"))
        await d.until(lambda: bank.row("E-1").priority == 1)


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


async def test_a_pane_is_one_key_away_and_escape_comes_back(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("down", "go_4")
        assert "SERVICE 15" in d.text()
        await d.do("back")
        assert d.selected == "E-2"


async def test_the_filter_stays_when_the_screen_changes(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        screen: Any = d.screen
        screen.set_filter("channel:x")
        await d.settle()
        await d.do("go_4")
        assert "[channel:x]" in d.text()


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


async def test_ascii_signs_leave_no_other_sign_on_the_rows(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        d.app.use_glyphs(True)
        await d.settle()
        rows = [line for line in d.text().split("\n") if "E-" in line]
        assert rows
        assert not set("●○◔✓▲▸") & set("".join(rows))


async def test_without_a_member_the_console_asks_who_is_here(bank: Bank) -> None:
    async with console(bank.hub, member="", clock=bank.clock) as d:
        assert "Who is here?" in d.text()
        await d.keys("enter")
        assert d.app.session.member == "agent1"
        assert "NEW 7" in d.text()


async def test_an_empty_hub_says_what_this_is_and_names_three_keys(empty_bank: Bank) -> None:
    async with console(empty_bank.hub, clock=empty_bank.clock) as d:
        await d.until(lambda: "This board shows every customer's enquiry" in d.text())
        assert "hubconsole import FILE" in d.text()


async def test_two_consoles_see_each_others_acts_and_who_is_where(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d, console(bank.hub, member="lawyer1", clock=bank.clock) as other:
        await d.until(lambda: any(viewer.member == "agent1" for viewer in bank.local.viewers()))
        other.app.tick()
        await other.until(lambda: "2 here" in other.text())
        await d.do("claim")
        await other.until(lambda: "▸agent1" in other.text())
    assert bank.local.viewers() == ()


async def test_a_small_terminal_says_what_it_needs_and_recovers(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock, size=(100, 30)) as d:
        await d.pilot.resize_terminal(50, 12)
        await d.settle()
        assert "have 50x12, need 60x18" in d.text()
        await d.pilot.resize_terminal(100, 30)
        await d.settle()
        assert "too small" not in d.text()
        assert d.selected == "E-14"


@pytest.mark.parametrize("size", [(20, 3), (40, 10)])
async def test_the_notice_of_a_small_terminal_fits_into_it(bank: Bank, size: tuple[int, int]) -> None:
    async with console(bank.hub, clock=bank.clock, size=size) as d:
        assert f"{size[0]}x{size[1]}" in d.text()
        assert "othing is lost." in d.text()


async def test_a_colleague_whose_console_died_is_gone_when_nothing_was_heard_for_45_seconds(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.local.look("tom", "his-console", bank.row("E-2").id)
        d.app.tick()
        await d.until(lambda: "2 here" in d.text())
        bank.clock.advance(46_000)
        d.app.tick()
        await d.until(lambda: "2 here" not in d.text())


async def test_at_most_two_toasts_stand_and_leave_the_footer_free(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for n in range(4):
            d.screen.toast(f"word {n}")
        await d.settle()
        assert d.toasts == ["word 2", "word 3"]
        lines = d.text().split("\n")
        assert next(at for at, line in enumerate(lines) if "word" in line) in (2, 3)


async def test_the_footer_holds_only_what_the_members_function_may_do(bank: Bank) -> None:
    async with console(bank.hub, member="lawyer1", clock=bank.clock) as d:
        assert not {"draft", "send", "triage", "claim", "let_stand"} & set(d.screen.shown_keys())
        assert "draft" not in d.text().split("\n")[-1]


async def test_a_lost_hub_shows_in_the_header_blocks_acts_and_comes_back(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.hub.down = "The disk is gone."
        await d.until(lambda: "not connected" in d.text())
        assert "The disk is gone." in d.text()
        await d.keys("a")
        assert d.said("The hub does not answer")
        bank.hub.down = ""
        await d.until(lambda: "live" in d.text().split("\n")[0])
        assert d.app.session.connected


def test_hundreds_of_changes_arrive_as_few_messages_and_none_is_lost(bank: Bank) -> None:
    got: list[Changed] = []
    feed = Feed(bank.local, bank.local.info().seq, lambda message: got.append(cast(Changed, message)), bank.clock)
    feed.start()
    commands = [c.SetPriority(enquiry_id=bank.row(f"E-{1 + n % 20}").id, priority=1 + n // 20 % 4) for n in range(200)]
    for command in commands:
        bank.act(command)
    end = bank.local.info().seq
    for _ in range(100):
        if got and got[-1].seq == end:
            break
        bank.local.wait(end, 0.05)
    feed.stop()
    assert got[-1].seq == end
    assert len(got) < 100
    assert frozenset().union(*(message.ids for message in got)) == {command.enquiry_id for command in commands}


async def test_hostile_words_neither_act_nor_displace_what_stands_left_of_them(empty_bank: Bank) -> None:
    hostile = "[@click=app.quit]x[/] [/nope] \x1b[2J\x1b]0;owned\x07 \u202e\u200d\x00 end"
    empty_bank.receive(1, customer=hostile, text=hostile)
    empty_bank.receive(1)
    async with console(empty_bank.hub, clock=empty_bank.clock, size=(100, 30)) as d:
        text = d.text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\x00" not in text
        first, second = (next(line for line in text.split("\n") if f"new        E-{n} " in line) for n in (1, 2))
        assert first.index("E-1 ") == second.index("E-2 ")
        assert d.selected == "E-1"


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


def test_a_dumb_terminal_is_refused_with_the_way_out(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(UsageProblem, match="hubconsole list"):
        run("board", hub=bank.hub, member="agent1")


def test_no_colour_takes_the_theme_without_colours(bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    picture = tmp_path / "out.svg"
    assert run("board", hub=bank.hub, member="agent1", screenshot=picture, size=(100, 30), clock=bank.clock) == 0
    assert "E-1" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24)])
def test_a_picture_needs_no_terminal_and_holds_the_whole_screen(bank: Bank, tmp_path: Path, size: tuple[int, int]) -> None:
    picture = tmp_path / "out.svg"
    assert run("board", hub=bank.hub, member="agent1", screenshot=picture, size=size, clock=bank.clock) == 0
    text = picture.read_text(encoding="utf-8").replace("&#160;", " ")
    assert "E-1" in text
    assert "agent1" in text


def test_an_unknown_screen_names_those_that_exist(bank: Bank) -> None:
    with pytest.raises(UsageProblem, match="board, enquiry, legal"):
        run("wall", hub=bank.hub, member="agent1", screenshot="x.svg")


FIRST_FRAME = """
import asyncio, sys
sys.path.insert(0, {root!r})
from hubconsole import config
from hubconsole.hub.local import LocalHub
from hubconsole.tui.launch import build
loaded = set(sys.modules)
app = build("board", hub=LocalHub.open({store!r}), member="agent1", settings=config.load(), width=160, live=False)
async def main():
    async with app.run_test(size=(160, 45)):
        pass
asyncio.run(main())
heavy = "pydantic sqlmodel sqlalchemy httpx typer alembic hubconsole.domain.commands hubconsole.domain.events hubconsole.domain.workflow"
print(" ".join(name for name in heavy.split() if name in sys.modules))
"""


def test_the_first_frame_needs_nothing_heavy(bank: Bank) -> None:
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME.format(root=root, store=str(bank.local.path))],
        capture_output=True,
        text=True,
        env={**os.environ},
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == ""


TWO_GATES = """\
name = "tests"

[gates]
legal = "legal"
brand = "marketing"

[[rule]]
id = "G-01"
gate = "legal"

[[rule]]
id = "G-02"
gate = "brand"
"""


async def test_a_reply_that_waits_on_two_gates_is_counted_on_the_tab_of_each(tmp_path: Path) -> None:
    desk = Desk(tmp_path, TWO_GATES)
    enquiry_id = desk.submitted(SECOND)
    desk.submitted(SECOND)

    def tabs(d: Driver) -> tuple[int, int]:
        by_id = {tab.id: tab.waiting for tab in d.app.tabs()}
        return by_id["legal"], by_id["marketing"]

    async with console(desk.hub, clock=desk.clock) as d:
        await d.until(lambda: tabs(d) == (2, 2))
        assert re.search(r"Legal 2 .*Marketing 2", d.text().split("\n")[1])
        desk.decide(enquiry_id, Verdict.APPROVE)
        await d.until(lambda: tabs(d) == (1, 2))
    desk.hub.close()
