"""Drive the console by meaning: press "claim", not "a"; then ask what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled

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

QUIET = 3
"""Rounds in a row in which nothing may be left to do before the console counts as settled."""

AT_REST = 0.01
"""Seconds for which a cursor must rest in tests: waiting for more at each key would be most of their time."""

SOON = 0.1
"""Seconds: a timer set to run within them is waited for."""


class Driver:
    """One console under test."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Let everything that was begun come to its end: messages, workers, what is drawn next, and timers that are about to run."""
        quiet = 0
        for _ in range(PATIENCE):
            await self.pilot._wait_for_screen()
            self.app.screen._on_timer_update()
            running = [worker for worker in self.app.workers if worker.group not in ("warm", "look") and not worker.is_finished]
            for worker in running:
                with suppress(WorkerCancelled):
                    await worker.wait()
            due = self._due()
            if due:
                await asyncio.sleep(0.005)
            quiet = 0 if running or due or self._unfinished() else quiet + 1
            if quiet == QUIET:
                return
            await asyncio.sleep(0)

    def _pumps(self) -> list[MessagePump]:
        return [self.app, *(node for screen in self.app.screen_stack for node in screen.walk_children(with_self=True))]

    def _due(self) -> bool:
        """Whether a timer runs that was set to at most :data:`SOON` seconds."""
        return any(_runs_soon(timer) for pump in self._pumps() for timer in pump._timers)

    def _unfinished(self) -> bool:
        """Whether messages wait anywhere, or something is still to be drawn."""
        screen = self.app.screen
        return bool(screen._callbacks or screen._dirty_widgets or screen._layout_required) or any(
            pump.message_queue_size for pump in self._pumps()
        )

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
        for key in keys:
            await self.pilot.press(key)
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
    with ExitStack() as patches:
        for name in ("board.RESTS", "legal.SETTLE"):
            patches.enter_context(patch(f"hubconsole.tui.screens.{name}", AT_REST))
        patches.enter_context(patch("hubconsole.tui.feed.PATIENCE", SOON / 3))
        patches.enter_context(patch("textual.app.wait_for_idle", _some_turns))
        patches.enter_context(patch.object(Notification, "time_left", 3600.0))  # no toast goes by the wall's clock
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.settle()
            yield driver


def _runs_soon(timer: Any) -> bool:
    return timer._interval <= SOON and timer._active.is_set() and timer._task is not None and not timer._task.done()


async def _some_turns(_: float = 0) -> None:
    """In place of Textual's own wait after a key press, which measures idleness by the clock; :meth:`Driver.settle` knows better."""
    for _turn in range(10):
        await asyncio.sleep(0)
