"""The two lines at the top: hub, member, counts, shift, longest wait, connection, tabs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hubconsole.clock import HOUR, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Verdict
from hubconsole.hub.local import LocalHub
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.hubs import Bank
from tests.tui.reviewing import BOTH


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


async def test_a_store_that_was_replaced_shows_in_the_header_and_takes_no_act(bank: Bank) -> None:
    async with console(bank.hub, clock=bank.clock) as d:
        with closing(sqlite3.connect(bank.local.path)) as source, closing(sqlite3.connect(bank.local.path.with_name("b.db"))) as copy:
            source.backup(copy)
        bank.local.path.with_name("b.db").replace(bank.local.path)
        await d.keys("a")
        assert d.said("was replaced or removed while it was open")
        await d.until(lambda: "not connected" in d.text().split("\n")[0])
        assert "was replaced or removed while it was open" in d.app.session.reason
        await d.keys("a")
        assert d.said("Leave and open it again.")
        await d.do("quit")
        assert not d.app.is_running
    bank.local.close()
    with closing(LocalHub.open(bank.local.path, clock=bank.clock)) as now:
        assert not [entry for entry in now.journal() if entry.via == "tui"]


async def test_the_longest_wait_is_the_same_wherever_one_looks(bank: Bank) -> None:
    for screen, member in (("board", "agent1"), ("legal", "lawyer1"), ("enquiry", "agent1")):
        async with console(bank.hub, clock=bank.clock, screen=screen, member=member, key="E-3" if screen == "enquiry" else None) as d:
            assert "longest wait 0:24" in d.text().split("\n")[0], screen
    async with console(bank.hub, clock=bank.clock) as d:
        await d.do("filter")
        await d.type("E-7")
        await d.keys("enter")
        await d.until(lambda: d.queue.total == 1)
        assert "longest wait 0:24" in d.text().split("\n")[0]


async def test_a_reply_that_waits_on_two_gates_is_counted_on_the_tab_of_each(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
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
