"""A decision whose answer never came: nobody here may say that it was not taken, and once the hub shows it nothing is asked any more."""

from __future__ import annotations

from typing import Any

import pytest

from hubconsole.domain.commands import Command
from hubconsole.errors import Unreachable
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.dialogs import ConfirmBox
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.reviewing import confirm, reading
from tests.tui.test_far_intents import decisions, waiting
from tests.tui.test_far_line import back

LOST = "The line was lost before the answer came: whether it was done is not known."


class Stopped(FarHub):
    """A hub that stops answering at a decision, which it has taken by then (``takes``) or has not."""

    takes = True

    def execute(self, command: Command, **more: Any) -> Any:
        if command.kind != "decide" or self.state != "live" or more["command_id"] in self._asked:
            return super().execute(command, **more)
        self._asked.add(more["command_id"])
        self.cut()  # what is shown from now on is from before
        if self.takes:
            self.local.execute(command, **more)
        raise Unreachable("line_lost", LOST)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.hub, desk.clock)
        self._asked: set[str] = set()


async def asked_again(d: Driver, *keys: str) -> None:
    """Decide by these keys, and be asked what is to become of it."""
    pane = await reading(d, "E-1")
    await d.until(lambda: pane.shown is not None and pane.shown.review is not None and pane.shown.review.state == "opened")
    await d.do(keys[0])
    await d.keys(*keys[1:])
    await d.until(lambda: isinstance(d.app.screen, Confirm))
    await confirm(d)
    await d.until(lambda: isinstance(d.app.screen, ConfirmBox), "the question what is to become of it")
    d.app.look_at_line()
    await d.settle()


async def test_it_is_never_said_that_it_was_not_done_and_asking_again_does_and_tells_it_once(desk: Desk) -> None:
    desk.submitted(SECOND)
    hub = Stopped(desk)
    async with console(hub, clock=desk.clock, screen="legal", member="reyes") as d:
        await asked_again(d, "approve")
        assert d.line("whether it was done is not known")
        assert d.line("It is asked again under the same number")
        assert "Not decided" not in d.text()
        await d.keys("y")
        await d.until(lambda: waiting(d).items)
        assert d.said("Queued to be asked again: approve E-1 reply v1 for legal") and not d.said("not done")
        await back(d, hub)
        d.app.load_waiting()
        await d.until(lambda: d.said("Carried out now") and not waiting(d).items)
        await d.settle()
        assert sum("Carried out now" in said for said in d.toasts) == 1
        assert decisions(desk) == ["review.decided"]


@pytest.mark.parametrize(("keys", "said"), [(("approve",), "Approved E-1"), (("return", "6"), "Returned E-1")])
async def test_the_question_closes_by_itself_once_the_hub_shows_that_it_was_done(desk: Desk, keys: tuple[str, ...], said: str) -> None:
    desk.submitted(SECOND)
    desk.submitted(SECOND, "@ola")
    hub = Stopped(desk)
    async with console(hub, clock=desk.clock, screen="legal", member="reyes") as d:
        await asked_again(d, *keys)
        await back(d, hub)
        await d.until(lambda: not isinstance(d.app.screen, ConfirmBox), "the question to close")
        await d.until(lambda: d.said(f"Only the answer was lost; it is done. {said}."))
        await reading(d, "E-2")
        assert (decisions(desk), waiting(d).items) == (["review.decided"], ())
        if keys == ("approve",):
            await d.do("undo")
            await d.until(lambda: d.said("waits for your decision again"))


async def test_the_question_stays_while_the_hub_has_not_done_it(desk: Desk) -> None:
    enquiry_id = desk.submitted(SECOND)
    hub = Stopped(desk)
    hub.takes = False
    async with console(hub, clock=desk.clock, screen="legal", member="reyes") as d:
        await asked_again(d, "approve")
        await back(d, hub)
        assert isinstance(d.app.screen, ConfirmBox)
        await d.keys("y")
        await d.until(lambda: desk.review(enquiry_id).verdict == "approve" and not waiting(d).items)
        assert decisions(desk) == ["review.decided"]


async def test_an_answer_lost_on_a_line_that_holds_is_found_out_at_once(desk: Desk, far_desk: FarHub) -> None:
    desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes") as d:
        pane = await reading(d, "E-1")
        await d.until(lambda: pane.shown is not None and pane.shown.review is not None and pane.shown.review.state == "opened")
        far_desk.swallows = True
        await d.do("approve")
        await confirm(d)
        await d.until(lambda: d.said("Only the answer was lost; it is done. Approved E-1."))
        await d.settle()
        assert not isinstance(d.app.screen, ConfirmBox)
        assert (decisions(desk), waiting(d).items) == (["review.decided"], ())
