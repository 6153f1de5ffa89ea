"""A console that is there to look at alone: a board on a wall, or one that was logged in to read."""

from __future__ import annotations

from typing import Any

import pytest

from hubconsole.errors import Refused
from hubconsole.hub.port import ONLY
from hubconsole.store.rows import EnquiryView
from tests.driver import console
from tests.tui.far import FarHub
from tests.tui.hubs import Bank


class Watched(FarHub):
    """A hub that tells what else than the board it was asked for."""

    def __init__(self, bank: Bank, only: str) -> None:
        super().__init__(bank.local, bank.clock)
        self.only = only
        self.opened: list[str] = []

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        self.opened.append(key)
        return super().enquiry(key, viewer=viewer)

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        raise Refused("out_of_scope", "It came as far as the hub.")


@pytest.mark.parametrize("only", ["wall", "read"])
async def test_no_key_that_does_something_is_offered_or_works(bank: Bank, only: str) -> None:
    async with console(Watched(bank, only), clock=bank.clock, size=(120, 30)) as d:
        footer = d.text().rstrip("\n").split("\n")[-1]
        assert "take it" not in footer and "triage" not in footer and "filter" in footer
        for key in ("claim", "triage", "draft", "note", "priority", "mark"):
            d.screen.do(key)
        await d.settle()
        assert d.said(ONLY[only]) and not d.said("as far as the hub")


async def test_a_wall_opens_no_enquiry_and_asks_for_none(bank: Bank) -> None:
    hub = Watched(bank, "wall")
    async with console(hub, clock=bank.clock, size=(160, 30)) as d:
        assert "wall: looks on" in d.text().split("\n")[0]
        assert [word for word in ("Board", "Service") if word in d.text().split("\n")[1]] == ["Board", "Service"]
        assert not [word for word in ("Legal", "Enquiry", "Marketing") if word in d.text().split("\n")[1]]
        await d.do("down", "open")
        await d.keys("2", "3")
        await d.settle()
        d.app.open_enquiry("E-9")
        d.app.go("legal")
        await d.settle()
        assert (d.screen.tab, hub.opened) == ("board", [])
        assert d.said(ONLY["wall"])


async def test_who_only_reads_opens_what_they_like(bank: Bank) -> None:
    hub = Watched(bank, "read")
    async with console(hub, clock=bank.clock, size=(160, 30)) as d:
        assert "reads only" in d.text().split("\n")[0]
        await d.do("down", "open")
        await d.settle()
        assert d.screen.tab == "enquiry" and hub.opened
