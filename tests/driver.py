"""Drive the console by meaning: press "claim", not "a"; then ask what stands on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from hubconsole import config
from hubconsole.clock import Clock
from hubconsole.hub.port import Hub
from hubconsole.store.rows import BoardRow
from hubconsole.tui.app import ConsoleApp
from hubconsole.tui.bindings import named
from hubconsole.tui.launch import build
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.widgets.queue_list import QueueList

PATIENCE = 300
"""Rounds of the event loop that :meth:`Driver.until` waits."""


class Driver:
    """One console under test."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Let everything that was begun come to its end."""
        for _ in range(4):
            await self.pilot.pause()
            await self.app.workers.wait_for_complete([worker for worker in self.app.workers if worker.group not in ("warm", "look")])
        await self.pilot.pause()

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Go on until ``holds()`` is true; fails after :data:`PATIENCE` rounds."""
        for _ in range(PATIENCE):
            if holds():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"never came: {what or holds}; the screen says:\n{self.text()}")

    async def do(self, *meanings: str) -> None:
        """Press the first key of each meaning: an id of the key table."""
        for meaning in meanings:
            await self.pilot.press(named(self.app.keys.keys_of(meaning))[0])
            await self.settle()

    async def keys(self, *keys: str) -> None:
        """Press keys by name."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Put text into the focused line."""
        line = cast(Input, self.app.screen.focused)
        line.insert_text_at_cursor(text)
        await self.settle()

    @property
    def screen(self) -> HubScreen:
        """The screen in front."""
        return cast(HubScreen, self.app.screen)

    @property
    def queue(self) -> QueueList:
        """The focused queue."""
        focused = self.app.screen.focused
        assert isinstance(focused, QueueList), f"the focus is on {focused!r}"
        return focused

    def column(self, name: str) -> QueueList:
        """A queue by its short name."""
        return self.app.screen.query_one(f"#q-{name}", QueueList)

    @property
    def selected(self) -> str:
        """Key of the enquiry under the cursor; empty when there is none."""
        row = self.queue.selected
        return row.key if row else ""

    def shown(self, name: str | None = None) -> list[str]:
        """Keys of the rows read by a queue, in order."""
        queue = self.column(name) if name else self.queue
        return [row.key for row in queue.pages.rows()]

    def row(self, key: str) -> BoardRow:
        """A row as some queue on the screen holds it."""
        return next(row for queue in self.app.screen.query(QueueList) for row in queue.pages.rows() if row.key == key)

    @property
    def toasts(self) -> list[str]:
        """What was told in the corner, oldest first."""
        return [note.message for note in self.app._notifications]

    def said(self, words: str) -> bool:
        """Whether a toast holds these words."""
        return any(words in message for message in self.toasts)

    def text(self) -> str:
        """The whole screen as text, line by line."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips(self.app.size) if hasattr(self.app.screen._compositor, "render_strips") else []
        lines = ["".join(segment.text for segment in strip) for strip in strips]
        return "\n".join(lines) if lines else f"{Region(0, 0, width, height)}"

    def line(self, words: str) -> str:
        """The first line of the screen that holds these words; empty when none does."""
        return next((line for line in self.text().split("\n") if words in line), "")


@asynccontextmanager
async def console(
    hub: Hub,
    *,
    screen: str = "board",
    member: str = "agent1",
    size: tuple[int, int] = (160, 45),
    clock: Clock,
    key: str | None = None,
    live: bool = True,
) -> AsyncIterator[Driver]:
    """A running console on ``hub``."""
    settings = config.load()
    assert Path(settings.path).name == "config.toml"
    app = build(screen, hub=hub, member=member, key=key, settings=settings, width=size[0], clock=clock, live=live)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        yield driver
