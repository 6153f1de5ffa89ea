"""A console of ada's on a scripted hub far away, and the network between them, for tests of what it shows and does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.query import parse
from hubconsole.hub.remote import feed, stock
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.remote.live import LiveHub
from tests.unit.scripted_hub import URL, ScriptedHub, problem, row

OPEN = parse("state:open")


@pytest.fixture
def there(clock: FrozenClock) -> ScriptedHub:
    found = ScriptedHub(clock)
    found.put(row(1), row(2, state="working"), row(3, state="ready"))
    return found


Start = Callable[[], LiveHub]


@pytest.fixture
def start(there: ScriptedHub, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a console of ada's; all of them stand on one copy."""
    monkeypatch.setattr(feed, "pause", lambda misses: 0.01)
    monkeypatch.setattr(stock, "FIRST", 600.0)
    opened: list[LiveHub] = []

    def begin() -> LiveHub:
        make = lambda: RemoteHub(URL, lambda name: f"hct_{name}", member="ada", transport=there)  # noqa: E731
        hub = LiveHub(URL, lambda name: None, member="ada", mirror=tmp_path / "m.db", clock=clock, remote=make)
        opened.append(hub)
        return hub

    yield begin
    there.fail = lambda request: problem(403, "over", "refused")
    for stream in there.streams:
        stream.put(None)
    for hub in opened:
        hub.close()


@pytest.fixture
def live(start: Start) -> LiveHub:
    hub = start()
    assert hub.connect(10)
    return hub


def numbers(hub: LiveHub, words: str = "state:open") -> list[int]:
    """What a query finds."""
    return [one.number for one in hub.page(parse(words)).rows]


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came about"
        threading.Event().wait(0.002)


def cut(there: ScriptedHub) -> None:
    """The network is gone."""

    def refuse(request: httpx.Request) -> None:
        raise httpx.ConnectError("no route")

    there.fail = refuse
    if there.streams:
        there.send(httpx.ReadTimeout("silence"))


def back(there: ScriptedHub) -> None:
    """The network is there again."""
    there.fail = lambda request: None
