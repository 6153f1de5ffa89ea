"""Preparing the demonstration: the scratch file is built when it is missing, and who ``--as ROLE`` is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import HOUR, Clock, system_clock
from hubconsole.demo import content as contents
from hubconsole.errors import Refused, UsageProblem

if TYPE_CHECKING:
    from hubconsole.channels.base import Channel
    from hubconsole.hub.local import LocalHub
    from hubconsole.store.rows import MemberRow

STALE_MS = 12 * HOUR
"""After so long without an event, a demonstration looks like a hub that nobody works in."""

_PANES = ("legal", "marketing")
"""Functions that have a pane of what waits for them."""

_ROLES = {
    "agent": "service",
    "lawyer": "legal",
    "brand": "marketing",
    "lead": "supervisor",
    "analyst": "analytics",
}


class PastClock:
    """A clock that the scenario moves while the demonstration's past is written."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self.now


def default_path() -> Path:
    """The scratch file in the person's data folder."""
    from platformdirs import user_data_path

    return user_data_path("hubconsole", appauthor=False) / "demo.db"


def prepare(path: Path | None = None, *, reset: bool = False, clock: Clock = system_clock) -> LocalHub:
    """The demonstration hub, built when there is none or ``reset`` asks for a fresh one, on ``clock``.

    Raises Refused ``not_demo`` when the file at ``path`` is somebody's real hub, so that none is ever overwritten.
    """
    from hubconsole.hub.local import LocalHub

    place = path or default_path()
    if place.exists():
        hub = LocalHub.open(place, clock=clock)
        name = hub.info().name
        if name != contents.hub_name():
            hub.close()
            raise Refused("not_demo", f"{place} is the hub {name}, not the demonstration.", "Leave --store out, or name another file.")
        if not reset:
            return hub
        hub.close()
        _remove(place)
    _build(place, contents.load(), clock())
    return LocalHub.open(place, clock=clock)


def _build(place: Path, content: contents.Content, now: int) -> None:
    """Write the demonstration beside ``place`` and give it its name only when it is whole."""
    from hubconsole.demo.scenario import build
    from hubconsole.setup import MemberSpec, create

    draft = place.with_name(place.name + ".part")
    _remove(draft)
    past = PastClock(now - max(told.age for told in content.enquiries) - 60_000)
    hub = create(draft, content.name, content.policy, [MemberSpec(*member) for member in content.members], past)
    try:
        past.now = now
        build(hub, past, content)
    finally:
        hub.close()
    draft.rename(place)


def _remove(place: Path) -> None:
    """Take away a store with the files that SQLite keeps beside it, and what the demonstration sent."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(_folder(place), ignore_errors=True)


def _folder(place: Path) -> Path:
    return place.with_name(place.stem + "-sent")


def channels(path: Path | None = None) -> Mapping[str, Channel]:
    """The demonstration's own ways out: folders beside its file, so that nothing of it lands among real replies."""
    from hubconsole.channels.registry import open_channels

    folder = _folder(path or default_path())
    return open_channels(folder / "manual", folder / "outbox", [])


def stale(hub: LocalHub, now: int) -> str:
    """A sentence for the person when the demonstration is from another day, so that every clock has run out; else empty."""
    last = next((entry.at for entry in hub.journal(hub.info().seq - 1)), now)
    return "" if now - last < STALE_MS else "This demonstration is from another day; hubconsole demo --reset builds a fresh one."


def screen_for(members: Sequence[MemberRow], name: str) -> str:
    """The screen on which a member has the next thing to do: the pane of a reviewing function, else the board."""
    functions = next((member.functions for member in members if member.name == name), ())
    return next((pane for pane in _PANES if pane in functions), "board")


def member_for(members: Sequence[MemberRow], said: str) -> str:
    """The member for ``--as``: a name, or a function such as ``legal`` (or ``lawyer``); without one, the first in service.

    Raises UsageProblem ``who`` with what can be said.
    """
    active = [member for member in members if member.active]
    wanted = said.strip().lower() or "service"
    for member in active:
        if member.name.lower() == wanted:
            return member.name
    for member in active:
        if _ROLES.get(wanted, wanted) in member.functions:
            return member.name
    names = ", ".join(f"{member.name} ({'+'.join(member.functions)})" for member in active)
    raise UsageProblem("who", f"Nobody in the demonstration is called {said!r}.", f"Use a function, or one of: {names}.")
