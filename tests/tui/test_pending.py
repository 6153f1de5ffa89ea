"""What a person does is on the screen at once as pending, then confirmed or taken back with the reason; nothing flickers."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.errors import Refused
from hubconsole.hub.local import LocalHub
from hubconsole.tui import doing
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.hubs import Bank
from tests.tui.reviewing import reading


@pytest.mark.parametrize("width", [160, 120, 80])
async def test_an_act_shows_at_once_as_pending_and_the_cursor_stays(bank: Bank, far: FarHub, width: int) -> None:
    async with console(far, clock=bank.clock, size=(width, 30)) as d:
        await d.do(*["down"] * (1 if width == 160 else 6))
        key = d.selected
        far.free.clear()
        await d.pilot.press("a")
        await d.until(lambda: d.line("… taking"))
        assert key in d.line("… taking") or width == 160
        assert bank.row(key).on_it != "agent1"
        far.free.set()
        await d.until(lambda: not d.line("… taking") and bank.row(key).on_it == "agent1")
        assert d.selected == key


async def test_a_refusal_takes_it_back_and_says_why(bank: Bank, far: FarHub, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(far, clock=bank.clock) as d:
        far.free.clear()
        await d.pilot.press("E")
        await d.until(lambda: d.line("… deciding"))
        bank.on("E-1", c.SetPriority, "lead1", priority=1)
        far.free.set()
        await d.until(lambda: d.said("has changed since you looked"))
        await d.settle()
        assert not d.line("… deciding")
        assert bank.row("E-1").state == "new"


async def test_a_decision_is_called_pending_until_the_hub_has_it(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        pane = await reading(d, "E-1")
        await d.until(lambda: pane.shown is not None and pane.shown.review is not None and pane.shown.review.state == "opened")
        await d.do("approve")
        far_desk.free.clear()
        await _yes(d)
        await d.until(lambda: d.line("… approval pending"))
        assert d.line("… pending")
        assert "Approved" not in d.text()
        assert "wait for the hub's answer" in pane.blocked("return")
        assert desk.review(enquiry_id).verdict == ""
        far_desk.free.set()
        await d.until(lambda: d.said("Approved E-1."))
        assert not d.line("… approval pending")


async def _yes(d: Driver) -> None:
    question: Any = d.app.screen
    await d.until(lambda: question.armed)
    await d.pilot.press("y")


class Slow:
    """A hub on this machine that takes its time over commands when told to."""

    def __init__(self, hub: LocalHub) -> None:
        self._hub = hub
        self.free = threading.Event()
        self.free.set()

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self.free.wait(10)
        return self._hub.execute(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hub, name)


async def test_a_hub_on_this_machine_shows_it_only_when_it_takes_its_time(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    hub: Any = Slow(bank.local)
    said: list[str] = []
    monkeypatch.setattr(doing.Doing, "put", lambda self, token, enquiry_id, mark, until=0: said.append(mark.short))
    async with console(hub, clock=bank.clock) as d:
        monkeypatch.setattr("hubconsole.tui.session.AT_ONCE", 60.0)
        await d.do("claim")
        assert said == []
        monkeypatch.setattr("hubconsole.tui.session.AT_ONCE", doing.AT_ONCE)
        hub.free.clear()
        await d.pilot.press("A")
        await d.until(lambda: said == ["letting go"])
        hub.free.set()


async def test_an_act_that_the_hub_refuses_outright_leaves_no_mark(bank: Bank, far: FarHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise Refused("no", "The hub says no.")

    async with console(far, clock=bank.clock) as d:
        monkeypatch.setattr(far, "execute", refuse)
        await d.do("claim")
        assert d.said("The hub says no.")
        assert not d.app.session.doing.mark(bank.row("E-1").id, 0)


def test_every_decision_and_every_act_on_an_enquiry_has_its_word() -> None:
    for verdict in Verdict:
        mark = doing.mark_of(c.Decide(enquiry_id="e", gate="legal", verdict=verdict, digest="d"))
        assert mark is not None
        assert mark.long.endswith("pending")
    silent = {"receive", "record_message", "open_review", "claim_send", "finish_send", "expire"}
    for kind, cls in c.COMMANDS.items():
        if issubclass(cls, c.EnquiryCommand) and kind not in silent | {"decide", "revoke"}:
            assert doing.mark_of(_bare(cls)) is not None, kind


def _bare(cls: type[c.Command]) -> c.Command:
    return object.__new__(cls)
