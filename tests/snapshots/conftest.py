"""The sample bank at one fixed moment, with ids that are the same in every run, and a way to take its picture."""

from __future__ import annotations

import itertools
import shutil
import types
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hubconsole import config
from hubconsole.clock import FrozenClock
from hubconsole.demo.run import prepare
from hubconsole.hub.local import LocalHub
from hubconsole.tui.launch import build
from tests.driver import Driver

Acts = Callable[[Driver], Awaitable[None]]
"""What is done before the picture is taken."""

Camera = Callable[..., bool]
"""``take(screen, member, size, acts=..., key=..., theme=...)``: whether the picture is the one that was kept."""


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, built once; nothing in it depends on chance."""
    numbers = itertools.count(1)
    clock = FrozenClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hubconsole.ids.os", types.SimpleNamespace(urandom=lambda n: (next(numbers) << 8).to_bytes(n, "big")))
        patch.setattr("hubconsole.ids.time", types.SimpleNamespace(time_ns=lambda: clock() * 1_000_000))
        path = tmp_path_factory.mktemp("sample") / "demo.db"
        prepare(path, clock=clock).close()
    return path


@pytest.fixture
def take(sample: Path, tmp_path: Path, snap_compare: Any, home: Path) -> Iterator[Camera]:
    """A camera on a copy of the sample bank."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(sample, copy)
    clock = FrozenClock()
    hub = LocalHub.open(copy, clock=clock)

    def shoot(
        screen: str, member: str, size: tuple[int, int] = (160, 45), acts: Acts | None = None, key: str | None = None, theme: str = "dark"
    ) -> bool:
        settings = config.load()
        app = build(screen, hub=hub, member=member, key=key, settings=settings, width=size[0], theme=theme, clock=clock, live=False)

        async def before(pilot: Pilot[None]) -> None:
            driver = Driver(app, pilot)
            await driver.settle()
            if acts:
                await acts(driver)
                await driver.settle()
            app.clear_notifications()
            await pilot.pause()

        return bool(snap_compare(app, terminal_size=size, run_before=before))

    yield shoot
    hub.close()
