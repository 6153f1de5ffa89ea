"""Which ways out there are: the built-in ones, and those that installed packages announce.

A package announces a channel as an entry point of the group ``hubconsole.channels``. The entry point is
called with a folder that the channel may write to and returns a :class:`~hubconsole.channels.base.Channel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.channels.base import Channel, Delivery, Knowledge, Outgoing
from hubconsole.channels.files import stem_of
from hubconsole.channels.manual import ManualChannel
from hubconsole.channels.outbox import OutboxChannel
from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "hubconsole.channels"
"""Name of the entry point group."""

Factory = Callable[[Path], Channel]
"""Makes a channel that writes below the given folder."""


class BrokenChannel:
    """Stands in for a channel that could not be loaded: it fails every send with the reason, and blocks nothing else."""

    knowledge: Knowledge = "idempotent"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Always ``failed``."""
        return Delivery("failed", reason=self.reason)

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        """Nothing was ever sent by it."""
        return None


def open_channels(out: Path, outbox: Path, announced: list[EntryPoint] | None = None) -> dict[str, Channel]:
    """All channels by name; one that cannot be loaded becomes a :class:`BrokenChannel`.

    ``manual`` writes its texts into ``out``, ``outbox`` its mails into ``outbox``, and a package's channel
    may write below ``out`` in a folder of its own name. The built-in names cannot be replaced by a package.
    """
    channels: dict[str, Channel] = {}
    for point in _announced() if announced is None else announced:
        try:
            factory: Factory = point.load()
            channels[point.name] = factory(out / stem_of(point.name))
        except Exception as problem:  # noqa: BLE001  whatever a foreign package raises must not stop the others
            reason = f"The channel {point.name!r} could not be loaded ({type(problem).__name__}: {problem}). Update or remove its package."
            channels[point.name] = BrokenChannel(point.name, reason)
    return {**channels, "manual": ManualChannel(out), "outbox": OutboxChannel(outbox)}


def _announced() -> list[EntryPoint]:
    """What the installed packages announce."""
    from importlib.metadata import entry_points  # slow to import

    return list(entry_points(group=GROUP))


def channel_named(channels: Mapping[str, Channel], name: str) -> Channel:
    """The channel called ``name``. Raises UsageProblem ``unknown_channel`` with the names there are."""
    if name not in channels:
        raise UsageProblem("unknown_channel", f"There is no channel {name!r} to send by.", f"Use one of: {', '.join(sorted(channels))}.")
    return channels[name]
