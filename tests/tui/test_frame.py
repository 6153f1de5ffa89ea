"""The frame: header, footer, help, palette, settings, login, small terminals, lost hubs, themes and pictures."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from textual import events

from hubconsole.clock import MINUTE
from hubconsole.domain import commands as c
from hubconsole.errors import UsageProblem
from hubconsole.tui.feed import Feed
from hubconsole.tui.launch import run
from hubconsole.tui.messages import Changed
from hubconsole.tui.panes import Pane
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.screens.board import BoardScreen
from hubconsole.tui.screens.enquiry import EnquiryScreen
from hubconsole.tui.screens.legal import LegalScreen
from tests.driver import console
from tests.tui.hubs import Bank


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


async def test_a_command_typed_faster_than_its_line_opens_is_not_lost(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for key in ("colon", *"priority", "space", "1", "enter"):
            d.app.post_message(events.Key(key, " " if key == "space" else ":" if key == "colon" else key if len(key) == 1 else "\r"))
        await d.until(lambda: bank.row("E-1").priority == 1)


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


async def test_work_that_is_cancelled_before_it_began_is_ended_with_its_screen(bank: Bank) -> None:
    async def work() -> None:
        raise AssertionError("it was cancelled")

    started, followed = work(), work()
    async with console(bank.hub, clock=bank.clock) as d:
        d.screen.start(started, "test")
        d.screen.follow(followed)
        d.app.workers.cancel_node(d.screen)
    assert [inspect.getcoroutinestate(one) for one in (started, followed)] == [inspect.CORO_CLOSED] * 2


@pytest.mark.parametrize("pane", ["board", "legal", "enquiry"])
async def test_a_minute_that_ends_while_a_screen_opens_or_closes_ends_nothing_else(bank: Bank, pane: str) -> None:
    made: dict[str, HubScreen] = {
        "board": BoardScreen(Pane(id="board", title="Board", filter="state:review")),
        "legal": LegalScreen(Pane(id="legal", title="Legal", filter="state:review gate:legal", layout="review")),
        "enquiry": EnquiryScreen(),
    }
    async with console(bank.hub, clock=bank.clock) as d:
        d.app.push_screen(made[pane])
        bank.clock.advance(MINUTE)
        d.app.tick()
        await d.settle()
        assert d.screen is made[pane]
        d.app.pop_screen()
        bank.clock.advance(MINUTE)
        d.app.tick()
        await d.settle()
        assert d.app.is_running
    bank.clock.advance(MINUTE)
    d.app.tick()


async def test_at_most_two_toasts_stand_and_leave_the_footer_free(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        for n in range(4):
            d.screen.toast(f"word {n}")
        await d.settle()
        assert d.toasts == ["word 2", "word 3"]
        lines = d.text().split("\n")
        assert next(at for at, line in enumerate(lines) if "word" in line) in (2, 3)


async def test_words_told_again_stand_once_and_what_weighs_more_stays(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        d.screen.toast("It was not carried out.", severity="warning")
        for _ in range(3):
            d.screen.toast("It has changed.", severity="warning")
        await d.settle()
        assert d.toasts == ["It was not carried out.", "It has changed."]
        d.app.clear_notifications()
        d.screen.toast("It was not carried out.", severity="warning")
        for n in range(3):
            d.screen.toast(f"word {n}")
        await d.settle()
        assert d.toasts == ["It was not carried out.", "word 2"]


async def test_the_footer_holds_only_what_the_members_function_may_do(bank: Bank) -> None:
    async with console(bank.hub, member="lawyer1", clock=bank.clock) as d:
        assert not {"draft", "send", "triage", "claim", "let_stand"} & set(d.screen.shown_keys())
        assert "draft" not in d.text().split("\n")[-1]


async def test_the_listener_alone_notices_that_the_store_was_replaced(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        bank.local.path.rename(bank.local.path.with_name("away.db"))
        await d.until(lambda: "not connected" in d.text().split("\n")[0])
        bank.local.path.with_name("away.db").rename(bank.local.path)
        await d.until(lambda: "live" in d.text().split("\n")[0])


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
