"""A review counts as opened, and what was put again as looked at, only once the reply's words have been on the screen."""

from __future__ import annotations

import pytest

from hubconsole.domain import commands as c
from hubconsole.tui.screens import looking
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.screens.waiting import WaitingScreen
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.reviewing import reading
from tests.tui.test_far_intents import queue_approval, waiting
from tests.tui.test_far_line import back, lost, top

NARROW, WIDE = (80, 24), (160, 48)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply counts as read after a moment that a test waits for."""
    monkeypatch.setattr(looking, "READ", 0.05)


def opened(desk: Desk) -> int:
    return [entry.kind for entry in desk.hub.journal()].count("review.opened")


async def still_unopened(d: Driver, desk: Desk) -> None:
    """Long enough for a reply in sight to count as read."""
    await d.pilot.pause(0.15)
    await d.settle()
    assert opened(desk) == 0


async def listed(d: Driver) -> None:
    """The list of what waits takes keys."""
    await d.until(lambda: isinstance(d.app.screen, WaitingScreen) and d.app.screen._armed)


async def put_before_again(d: Driver, desk: Desk, far_desk: FarHub, enquiry_id: str) -> None:
    """Queue an approval of a reply about which something moves before the hub is back."""
    await queue_approval(d, far_desk)
    desk.tell("agent1", c.AddNote(enquiry_id=enquiry_id, text="She called."))
    await back(d, far_desk)
    await listed(d)


@pytest.mark.usefixtures("soon")
async def test_behind_the_queue_of_a_narrow_screen_nothing_is_opened_until_enter_shows_it(desk: Desk) -> None:
    desk.submitted(SECOND)
    desk.submitted(SECOND, "@ola")
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=NARROW) as d:
        await reading(d, "E-1")
        await still_unopened(d, desk)
        await d.do("down")
        await reading(d, "E-2")
        await still_unopened(d, desk)
        await d.do("open")
        await d.until(lambda: opened(desk) == 1, "the opening to be recorded")


@pytest.mark.usefixtures("soon")
async def test_a_screen_that_becomes_wide_enough_shows_it_and_says_so(desk: Desk) -> None:
    desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=NARROW) as d:
        await reading(d, "E-1")
        await still_unopened(d, desk)
        await d.pilot.resize_terminal(*WIDE)
        await d.until(lambda: opened(desk) == 1, "the opening to be recorded")


@pytest.mark.usefixtures("soon")
async def test_a_pane_behind_another_screen_opens_nothing_that_arrives_there(desk: Desk) -> None:
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock, size=WIDE) as d:
        await d.settle()
        pane = d.screen
        assert isinstance(pane, ReviewScreen)
        await d.do("go_board")
        desk.submitted(SECOND)
        await d.until(lambda: pane.shown is not None, "the reply on the pane behind the board")
        await still_unopened(d, desk)
        await d.do("go_legal")
        await d.until(lambda: opened(desk) == 1, "the opening to be recorded")


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("screen", ["legal", "enquiry"])
async def test_nobody_reads_a_picture(desk: Desk, screen: str) -> None:
    desk.submitted(SECOND)
    async with console(desk.hub, screen=screen, key="E-1", member="reyes", clock=desk.clock, size=WIDE, live=False) as d:
        await d.until(lambda: SECOND.split(".")[0] in d.text(), "the reply")
        await still_unopened(d, desk)
        assert desk.hub.viewers() == ()


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_enter_on_what_was_put_again_shows_the_reply_and_only_then_is_it_looked_at(
    desk: Desk, far_desk: FarHub, size: tuple[int, int], elsewhere: bool
) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes", size=size) as d:
        await put_before_again(d, desk, far_desk, enquiry_id)
        if elsewhere:
            await d.keys("escape")
            await d.do("go_board", "waiting")
            await listed(d)
        held, put = [], ReviewScreen._put

        async def watched(self: ReviewScreen, *args: object, **more: object) -> None:
            held.append(len(waiting(d).items))
            await put(self, *args, **more)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ReviewScreen, "_put", watched)
            await d.keys("enter")
            pane = await reading(d, "E-1")
            await d.until(lambda: not waiting(d).items, "it to count as looked at")
        assert held[0] == 1, "it waits until the reply is there"
        await d.settle()
        d.app.clear_notifications()
        await d.settle()
        assert SECOND.split(".")[0] in d.text(), f"the words are on the screen: {d.text()}"
        assert pane.changed.startswith("You had queued: approve E-1 reply v1 for legal.")
        assert "to look at again" not in top(d)


async def test_what_cannot_be_shown_again_stays_to_be_looked_at(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.submitted(SECOND)
    async with console(far_desk, clock=desk.clock, screen="legal", member="reyes", size=NARROW) as d:
        await put_before_again(d, desk, far_desk, enquiry_id)
        await lost(d, far_desk)
        far_desk._seen.clear()
        await d.keys("enter")
        await d.until(lambda: d.line("E-1 is not at hand"))
        assert [one.key for one in waiting(d).items] == ["E-1"]
        await back(d, far_desk)
        await reading(d, "E-1")
        await d.until(lambda: not waiting(d).items, "it to count as looked at")
