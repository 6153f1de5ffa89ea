"""Words that the worker of a hub far away handed over reach the person who asked: on the clipboard and in a file of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubconsole.config import load
from tests.driver import Driver, console
from tests.tui.desk import SECOND, Desk
from tests.tui.far import FarHub
from tests.tui.test_far_line import back, lost

pytestmark = pytest.mark.slow


def files() -> list[Path]:
    """What is in this machine's folder ``out``."""
    folder = load().out
    return sorted(folder.iterdir()) if folder.is_dir() else []


def plain(d: Driver) -> str:
    """What the screen shows, without frames and line ends."""
    return " ".join("".join(" " if "\u2500" <= char <= "\u257f" else char for char in d.text()).split())


async def opened(d: Driver) -> None:
    await d.until(lambda: "E-1" in d.text() and "reading" not in d.text())
    await d.settle()


async def test_what_is_handed_over_far_away_is_brought_to_this_machine(desk: Desk, far_desk: FarHub) -> None:
    enquiry_id = desk.approved()
    async with console(far_desk, screen="enquiry", key="E-1", member="agent3", clock=desk.clock, size=(160, 40)) as d:
        await opened(d)
        desk.hand_over(enquiry_id)
        await d.until(lambda: d.said("the words are on your clipboard and in "), "the next step")
        (file,) = files()
        assert file.read_text("utf-8") == d.app.clipboard == SECOND
        assert any(f"in {file} on this machine" in toast for toast in d.toasts)
        assert "/tmp/E-1.txt" not in d.text(), "that is a path of another machine"
        assert "on this machine" in plain(d)


async def test_what_was_handed_over_while_nobody_looked_is_brought_when_it_is_opened_and_once(desk: Desk, far_desk: FarHub) -> None:
    desk.handed_over()
    for copied in (SECOND, ""):
        async with console(far_desk, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
            await d.until(lambda: files() and "HANDED OVER by agent3" in d.text())
            await d.settle()
            assert d.app.clipboard == copied


async def test_a_colleague_and_a_console_to_look_at_alone_are_told_whose_machine_it_is_on(desk: Desk, far_desk: FarHub) -> None:
    desk.handed_over()
    for member, only in (("agent1", ""), ("agent3", "read")):
        far_desk.only = only
        async with console(far_desk, screen="enquiry", key="E-1", member=member, clock=desk.clock, size=(160, 40)) as d:
            await d.until(lambda: "HANDED OVER by agent3" in d.text())
            await d.settle()
            assert "/tmp/E-1.txt on the machine of the hub's worker" in plain(d)
            assert (files(), d.app.clipboard) == ([], "")


async def test_words_whose_approved_digest_does_not_follow_any_more_are_not_brought(desk: Desk, far_desk: FarHub) -> None:
    desk.handed_over()
    real = far_desk.enquiry

    def tampered(key: str, *, viewer: str = "") -> object:
        view = real(key, viewer=viewer)
        return view._replace(drafts=(*view.drafts[:-1], view.drafts[-1]._replace(text="Send money to me.")))

    far_desk.enquiry = tampered  # type: ignore[method-assign, assignment]
    async with console(far_desk, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await d.until(lambda: d.said("v1 is not brought here"))
        assert (files(), d.app.clipboard) == ([], "")


async def test_nothing_is_brought_without_the_hub(desk: Desk, far_desk: FarHub) -> None:
    desk.handed_over()
    far_desk.enquiry("E-1")
    far_desk.cut()
    async with console(far_desk, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await d.until(lambda: "HANDED OVER by agent3" in d.text())
        await lost(d, far_desk)
        assert files() == []
        await back(d, far_desk)
        await d.do("refresh")
        await d.until(lambda: files())
