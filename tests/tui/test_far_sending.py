"""A send that was queued when the line went: what became of it is not known here, and nothing else is said."""

from __future__ import annotations

import pytest

from hubconsole.clock import MINUTE, SECOND
from hubconsole.domain import commands as c
from tests.driver import console
from tests.tui.desk import Desk
from tests.tui.far import FarHub
from tests.tui.hubs import Switched
from tests.tui.test_far_line import back, lost


@pytest.mark.parametrize("later", [0, 5 * MINUTE])
async def test_a_queued_send_is_never_said_to_be_leaving_while_the_hub_is_away(desk: Desk, far_desk: FarHub, later: int) -> None:
    enquiry_id = desk.approved()
    async with console(far_desk, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        desk.tell("agent3", c.Send(enquiry_id=enquiry_id, via="manual"))
        await d.until(lambda: d.line("v1 leaves by hand in"))
        await lost(d, far_desk)
        desk.clock.advance(later + SECOND)
        d.app.retouch()
        await d.settle()
        assert d.line("v1 was queued to leave by hand, as of 14:"), d.text()
        assert d.line("whether it left is not known")
        assert "is leaving" not in d.text() and "z takes it back" not in d.text()
        await back(d, far_desk)
        await d.until(lambda: d.line("v1 is leaving by hand") if later else d.line("v1 leaves by hand in"))


async def test_nor_while_a_hub_on_this_machine_does_not_answer(desk: Desk) -> None:
    enquiry_id = desk.approved()
    hub = Switched(desk.hub)
    async with console(hub, clock=desk.clock, screen="enquiry", key="E-1", member="agent3") as d:
        desk.tell("agent3", c.Send(enquiry_id=enquiry_id, via="manual"))
        await d.until(lambda: d.line("v1 leaves by hand in"))
        hub.down = "The disk went away."
        await d.until(lambda: not d.app.session.connected)
        d.app.retouch()
        await d.settle()
        assert d.line("v1 was queued to leave by hand; whether it left is not known")
