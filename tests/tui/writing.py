"""Short ways through the enquiry screen for its tests: wait for it, write, say yes, look at what is kept."""

from __future__ import annotations

from hubconsole import config
from hubconsole.tui.recovery import Recovery
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.enquiry import EnquiryScreen
from tests.driver import Driver
from tests.tui.desk import Desk


async def opened(d: Driver, key: str = "E-1") -> EnquiryScreen:
    """The screen, once it shows this enquiry."""
    screen = d.screen
    assert isinstance(screen, EnquiryScreen)
    await d.until(lambda: screen.view is not None and screen.view.row.key == key and screen.policy is not None, f"{key} on the screen")
    await d.settle()
    return screen


async def write(d: Driver, words: str) -> EnquiryScreen:
    """Open the editor and put these words at the end of what is there."""
    screen = d.screen
    assert isinstance(screen, EnquiryScreen)
    if not screen.editing:
        await d.do("draft")
    await d.until(lambda: screen.editing and screen.focused is not None and screen.focused.id == "words", "the cursor in the words")
    screen.editor.query_one("#words").insert(words)  # type: ignore[attr-defined]
    await d.settle()
    return screen


async def confirm(d: Driver) -> None:
    """Wait until the question takes an answer, then say yes."""
    await d.until(lambda: isinstance(d.app.screen, Confirm), "the last look")
    question = d.app.screen
    assert isinstance(question, Confirm)
    await d.until(lambda: question.armed, "the guard to lift")
    await d.keys("y")


def kept(desk: Desk, enquiry_id: str, member: str = "agent3") -> str:
    """The text in the recovery file; empty when there is none."""
    found = Recovery(config.load().recovery, desk.hub.info().id, member).find(enquiry_id)
    return found.text if found else ""
