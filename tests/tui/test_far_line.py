"""A hub far away: what the header says of the line to it, what stays readable without it, and what is told when it is back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from hubconsole.clock import MINUTE
from hubconsole.clock import SECOND as A_SECOND
from hubconsole.domain import commands as c
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.enquiry import EnquiryScreen
from hubconsole.tui.screens.legal import ReviewScreen
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import GONE, FarHub
from tests.tui.hubs import Bank
from tests.tui.reviewing import asked, reading

COUNTS = r"(new |●)7 +(work(ing)? |○)6 +((in )?review |◔)5 +(ready |✓)2\b"


def top(d: Driver) -> str:
    return d.text().split("\n")[0]


async def lost(d: Driver, far: FarHub, error: str = GONE) -> None:
    far.cut(error)
    d.app.look_at_line()
    await d.settle()


async def back(d: Driver, far: FarHub) -> None:
    far.mend()
    d.app.look_at_line()
    await d.settle()


@pytest.mark.parametrize("width", [160, 120, 80])
async def test_the_header_says_where_the_hub_is_and_how_the_line_to_it_stands(bank: Bank, far: FarHub, width: int) -> None:
    async with console(far, clock=bank.clock, size=(width, 30)) as d:
        assert re.search(COUNTS + r".*● live", top(d)), top(d)
        assert ("at hub.bank.example" in top(d)) == (width == 160)
        await lost(d, far)
        bank.clock.advance(12 * A_SECOND)
        d.app.look_at_line()
        await d.settle()
        assert re.search(COUNTS + r".*▲ not connected 0:12, as of 14:\d\d $", top(d)), top(d)
        assert (GONE in d.text().split("\n")[1]) == (width == 160)
        assert re.search(r"as of 14:\d\d", "\n".join(d.text().split("\n")[2:])), "the lists say it too"
        await back(d, far)
        assert re.search(COUNTS + r".*● live", top(d))
        assert d.said("The hub answers again.")
        assert "as of" not in d.text()


@pytest.mark.parametrize("width", [160, 120, 80])
async def test_a_board_from_the_copy_is_connecting_and_then_live_by_itself(bank: Bank, far: FarHub, width: int) -> None:
    far.cut("", "connecting")
    bank.on("E-1", c.SetPriority, "tom", priority=1)
    bank.receive(1)
    async with console(far, clock=bank.clock, size=(width, 30)) as d:
        assert re.search(COUNTS + r".*○ connecting, as of 14:\d\d $", top(d)), top(d)
        assert re.search(r"as of 14:\d\d", "\n".join(d.text().split("\n")[2:]))
        assert (d.row("E-1").priority, d.app.session.count("new")) == (3, 7)
        await back(d, far)
        await d.until(lambda: "● live" in top(d) and d.row("E-1").priority == 1 and "E-25" in d.shown())
        assert not d.said("answers again")


async def test_the_hubs_clock_is_said_when_it_is_off_and_its_time_counts(bank: Bank, far: FarHub) -> None:
    far.skew_ms = 14 * A_SECOND
    async with console(far, clock=bank.clock) as d:
        d.app.look_at_line()
        await d.settle()
        assert "▲ hub's clock +14 s  ● live" in top(d)
        assert d.app.session.now() == bank.clock() + 14 * A_SECOND
        far.skew_ms = A_SECOND
        d.app.look_at_line()
        await d.settle()
        assert "hub's clock" not in d.text()


async def test_what_was_loaded_stays_readable_and_scrolls_without_the_hub(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock, size=(120, 36)) as d:
        await lost(d, far)
        bank.on("E-2", c.SetPriority, "tom", priority=1)
        before = d.selected
        await d.do("down", "down", "refresh")
        assert d.selected != before
        assert not d.said("was not opened here"), "the rows can be walked in peace"
        await d.do("up", "up")
        assert d.selected == before
        await d.do("open")
        await d.until(lambda: "what others did since is not shown" in d.text())
        assert bank.row(d.app.session.last_opened).words[:20] in d.text()
        await d.do("older_version")
        assert d.said("That is the") or not d.toasts[-1].startswith("Not connected, and")
        await d.do("back")
        await back(d, far)
        await d.until(lambda: d.row("E-2").priority == 1)


async def test_a_list_that_could_not_be_read_is_read_when_the_hub_is_back(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock, size=(120, 36)) as d:
        await lost(d, far)
        far.unread = True
        await d.do("refresh")
        await d.until(lambda: d.queue.problem)
        assert d.queue.total == 20, "what is at hand stays"
        await back(d, far)
        await d.until(lambda: not d.queue.problem)


async def test_a_reply_that_was_not_open_before_is_not_mistaken_for_another_and_comes_when_the_hub_is_back(
    desk: Desk, far_desk: FarHub
) -> None:
    desk.submitted(SECOND)
    desk.submitted("Dear Ann, we are sorry.", "@ann")
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        pane = await reading(d, "E-1")
        await lost(d, far_desk)
        await d.do("down")
        await d.until(lambda: pane.shown is None)
        assert d.line("E-2 is not at hand: not connected")
        assert SECOND.split(".")[0] not in d.text()
        for key in ("approve", "return"):
            d.app.clear_notifications()
            await d.do(key)
            assert d.said("E-2 is not at hand: not connected, and it was not read here before.")
        await d.keys("1")
        assert d.screen is pane, "the digit was meant for the question"
        assert d.said("That answered nothing, so you are still here. E-2 is not at hand")
        await d.keys("1")
        assert d.screen is not pane
        await d.do("go_legal")
        await back(d, far_desk)
        await reading(d, "E-2")


async def test_a_policy_that_could_not_be_read_is_learnt_when_the_hub_is_back(desk: Desk, far_desk: FarHub) -> None:
    desk.submitted(SECOND)
    far_desk.enquiry("E-1")
    far_desk.cut()
    far_desk.lacks.add("policy")
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        pane = d.screen
        assert isinstance(pane, ReviewScreen)
        await d.until(lambda: pane.shown is not None)
        assert pane.policy is None
        await back(d, far_desk)
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        assert not d.line("not computed here")
        assert d.line("DIGEST")
        await d.keys("escape")
        await d.do("go_enquiry")
        await d.until(lambda: getattr(d.screen, "policy", None) is not None)


async def test_the_enquiry_screen_learns_the_policy_too_once_there_is_a_line(desk: Desk, far_desk: FarHub) -> None:
    desk.submitted(SECOND)
    far_desk.enquiry("E-1")
    far_desk.cut()
    far_desk.lacks.add("policy")
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        await d.until(lambda: d.line("You took £40 twice"))
        screen = d.screen
        assert isinstance(screen, EnquiryScreen)
        assert screen.policy is None
        await back(d, far_desk)
        await d.until(lambda: screen.policy is not None and screen.editor.policy is screen.policy)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_an_enquiry_that_is_not_at_hand_says_so_and_keeps_what_its_row_says(bank: Bank, far: FarHub, size: tuple[int, int]) -> None:
    async with console(far, clock=bank.clock, screen="enquiry", key="E-3", size=size) as d:
        await d.until(lambda: d.line("E-3 "))
        await lost(d, far)
        row = bank.row("E-2")
        d.app.clear_notifications()
        d.app.open_enquiry("E-2")
        await d.until(lambda: d.line("E-2 is not at hand"))
        assert d.line(f"E-2 {row.customer}")
        assert row.words[:20] in d.text()
        for words in ("nothing happened yet", "reading E-2", "nothing submitted yet", bank.row("E-3").customer):
            assert words not in d.text(), words
        for key in ("draft", "submit"):
            d.app.clear_notifications()
            await d.do(key)
            assert d.toasts, key
            assert "at hand" in d.toasts[-1] or "not queued" in d.toasts[-1]
        assert not d.screen.editing  # type: ignore[attr-defined]
        assert [row.key for row in d.screen.targets()] == ["E-2"]  # type: ignore[attr-defined]
        await back(d, far)
        await d.until(lambda: "is not at hand" not in d.text() and d.line("GATES" if size[0] > 90 else f"E-2 {row.customer}"))


@pytest.mark.parametrize("key", ["E-2", "E-3"])
async def test_the_first_enquiry_opened_without_a_line_shows_what_is_at_hand_too(
    bank: Bank, far: FarHub, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    far.enquiry("E-3")
    far.lacks.add("policy")
    async with console(far, clock=bank.clock, size=(120, 36)) as d:
        await lost(d, far)
        monkeypatch.setattr(d.app.session, "call", at_once)
        d.app.open_enquiry(key)
        await d.until(lambda: d.line(f"{key} is not at hand" if key == "E-2" else "GATES"))
        assert d.line(f"{key} {bank.row(key).customer}")
        assert bank.row(key).words[:20] in d.text()
        assert "reading" not in d.text()


async def test_rows_that_are_not_at_hand_say_so_and_are_read_when_the_hub_is_back(bank: Bank, far: FarHub) -> None:
    far.short = 5
    async with console(far, clock=bank.clock, size=(120, 36)) as d:
        assert d.queue.total > 15
        await lost(d, far)
        await d.do("refresh")
        assert len(d.shown()) == 15
        await d.do("last")
        assert d.line("· not at hand")
        assert "reading" not in d.text()
        await back(d, far)
        await d.until(lambda: len(d.shown()) == d.queue.total)
        assert "not at hand" not in d.text()


async def test_the_connection_box_hangs_long_lines_and_does_not_claim_to_know_who_is_here(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock, size=(80, 30)) as d:
        await lost(d, far, "The hub at hub.bank.example cannot be reached: no route to that host. Check the address and the network.")
        await d.do("hub")
        lines = d.text().split("\n")
        at = next(n for n, line in enumerate(lines) if "because      The hub" in line)
        assert lines[at + 1].index(lines[at + 1].strip("│ ").split()[0]) == lines[at].index("The hub"), "it hangs under its value"
        assert d.line("here now     not known while the line is lost")


async def test_what_is_not_queued_says_so(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock, screen="enquiry", key="E-19", size=(120, 36)) as d:
        await d.until(lambda: "E-19" in d.text())
        await lost(d, far)
        for key, words in (("send", "sending is never queued"), ("withdraw", "is not queued: it needs the hub"), ("undo", "is not queued")):
            d.app.clear_notifications()
            await d.do(key)
            assert d.said(words), (key, d.toasts)
        assert bank.kinds() == []


async def test_a_token_that_ran_out_says_what_to_do_and_the_board_stays(bank: Bank, far: FarHub) -> None:
    async with console(far, clock=bank.clock) as d:
        await lost(d, far, "Your token has expired. Sign in again: hubconsole login https://hub.bank.example")
        assert re.search(r"▲ signed out, as of 14:\d\d $", top(d))
        assert d.said("hubconsole login https://hub.bank.example")
        assert d.queue.total == 7
        await d.do("hub")
        assert "Sign in again: hubconsole login https://hub.bank.example" in d.text()


async def test_the_connection_can_be_looked_at_and_tried_at_once(bank: Bank, far: FarHub) -> None:
    far.skew_ms = -9 * A_SECOND
    async with console(far, clock=bank.clock) as d:
        await d.do("command")
        await d.type("hub")
        await d.keys("enter")
        seq = bank.local.info().seq
        for words in ("Bank EMEA", "https://hub.bank.example", "● live", "9 s behind this machine's", "agent1", f"event {seq}"):
            assert d.line(words), words
        await d.keys("r")
        assert d.said("The line is live.")
        await lost(d, far)
        bank.clock.advance(MINUTE)
        d.app.screen.renew()  # type: ignore[attr-defined]
        await d.settle()
        assert re.search(r"line +▲ not connected 1:00, as of 14:\d\d", d.text())
        assert d.line(f"because      {GONE}")
        await d.keys("r")
        assert far.hurried == 1
        await d.keys("escape")
        await d.do("palette")
        await d.type("hub: connection")
        await d.keys("enter")
        await d.until(lambda: d.line("r connects now"))


async def test_a_hub_on_this_machine_has_no_line(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("hub")
        assert d.line("on this machine: always live")
        await d.keys("r", "escape")
        await d.do("waiting")
        assert d.said("nothing waits for it")
