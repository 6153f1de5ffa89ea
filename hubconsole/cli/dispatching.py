"""One round of the worker from the command line, with the channels of this machine."""

from typing import TYPE_CHECKING

from hubconsole.channels.base import Channel
from hubconsole.channels.registry import open_channels
from hubconsole.cli.background import holder
from hubconsole.clock import system_clock
from hubconsole.config import load
from hubconsole.worker.dispatcher import Dispatcher, Step

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub


def channels_here() -> dict[str, Channel]:
    """The channels, writing to the folders of the settings file."""
    settings = load()
    return open_channels(settings.out, settings.outbox)


def round_of(hub: "LocalHub") -> list[Step]:
    """Send what is due; nothing when another console holds the dispatcher's lease. Raises Unreachable."""
    return Dispatcher(hub, channels_here(), system_clock, holder("cli")).tick()
