"""A hub that has moved away answers as ever, and nothing on it changes any more: no screen may call that live."""

from __future__ import annotations

import re

import pytest

from hubconsole.domain import commands as c
from hubconsole.hub import bodies
from hubconsole.hub.remote.answers import read
from hubconsole.hub.remote.client import info_of
from hubconsole.hub.wire import plain
from tests.driver import Driver, console
from tests.tui.far import FarHub
from tests.tui.hubs import Bank

AWAY = "https://new.bank.example"


def top(d: Driver) -> str:
    return d.text().split("\n")[0]


@pytest.mark.parametrize("width", [160, 120, 80, 60])
@pytest.mark.parametrize("remote", [False, True])
async def test_the_header_says_so_in_place_of_live_as_soon_as_the_hub_moves(bank: Bank, far: FarHub, width: int, remote: bool) -> None:
    async with console(far if remote else bank.hub, clock=bank.clock, size=(width, 24)) as d:
        assert top(d).rstrip().endswith("● live")
        bank.act(c.MoveHub(to=AWAY), "lead1")
        await d.until(lambda: top(d).rstrip().endswith("▲ moved, read only"), "the header to say that the hub moved")
        assert re.search(r"(new |●)7 ", top(d))
        assert "live" not in top(d)
        if width == 160:
            assert d.line("This hub has moved away: what is shown here is as it was then.")


@pytest.mark.parametrize("remote", [False, True])
async def test_a_console_opened_later_says_it_from_the_start_and_h_says_where_it_went(bank: Bank, far: FarHub, remote: bool) -> None:
    bank.act(c.MoveHub(to=AWAY), "lead1")
    async with console(far if remote else bank.hub, clock=bank.clock, size=(100, 30)) as d:
        assert top(d).rstrip().endswith("▲ moved, read only")
        await d.do("hub")
        await d.until(lambda: d.line(f"▲ moved, read only: it has moved to {AWAY}; go on there"))
        assert "always live" not in d.text() and "as it is now" not in d.text()
        assert bool(d.line("as it was when the hub moved")) == remote


async def test_a_line_that_is_lost_as_well_is_said_to_be_lost(bank: Bank, far: FarHub) -> None:
    bank.act(c.MoveHub(to=AWAY), "lead1")
    async with console(far, clock=bank.clock) as d:
        far.cut()
        d.app.look_at_line()
        await d.settle()
        assert re.search(r"▲ not connected 0:00, as of \d\d:\d\d $", top(d)), top(d)


def test_the_api_carries_it_and_an_older_hub_that_does_not_say_it_is_taken_to_be_here(bank: Bank) -> None:
    bank.act(c.MoveHub(to=AWAY), "lead1")
    said = {**plain(bank.local.info()), "time": bank.clock()}
    assert info_of(read(bodies.HubNow, said), "https://hub").moved
    del said["moved"]
    assert not info_of(read(bodies.HubNow, said), "https://hub").moved
