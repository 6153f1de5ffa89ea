"""A worker in a process of its own that stops at a point of a delivery and says so, to be killed or put to sleep there.

``python -m tests.faults.delivering URL HOLDER LEASE_MS CHANNEL FOLDER [POINT]``: the hub's address, under which name it takes the
lease and for how long, which channel, where that publishes, and where in its first delivery it waits for a line on its input:
``before`` (it is claimed, nothing went out) or ``after`` (it went out, nobody was told). The worker's token is read from the
environment (``WORKER_TOKEN``). Each thing done is a line of JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from hubconsole.channels.base import Channel, Delivery, Knowledge, Outgoing
from hubconsole.channels.outbox import OutboxChannel
from hubconsole.clock import system_clock
from hubconsole.errors import HubError
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher
from hubconsole.worker.run import Background
from tests.faults.proving import Published


def say(**what: object) -> None:
    """A line for the parent."""
    print(json.dumps(what), flush=True)


class Wall:
    """Publishes a line to a file, each time it is asked: nobody else would notice a second time. ``knowledge`` as it claims to have."""

    def __init__(self, folder: Path, knowledge: Knowledge) -> None:
        self.name = "wall"
        self.knowledge: Knowledge = knowledge
        self.file = folder / "wall"

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """One line more."""
        line = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(line, f"{outgoing.send_id} {outgoing.digest}\n".encode())
        finally:
            os.close(line)
        return Delivery("delivered", external_id=outgoing.send_id)

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        """The line, for those who can look."""
        there = self.knowledge == "lookup" and any(one.send_id == outgoing.send_id for one in published(self.file.parent))
        return Delivery("delivered", external_id=outgoing.send_id) if there else None


def published(folder: Path) -> list[Published]:
    """What stands on the wall."""
    file = folder / "wall"
    return [Published(*line.split()) for line in file.read_text().splitlines()] if file.exists() else []


class Halting:
    """A channel that stops at a point of its first delivery until there is a line on standard input."""

    def __init__(self, channel: Channel, point: str) -> None:
        self.channel, self.point = channel, point
        self.name, self.knowledge, self.lookup = channel.name, channel.knowledge, channel.lookup

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Halt before or after the channel does it."""
        self._halt("before", outgoing)
        delivery = self.channel.deliver(outgoing)
        self._halt("after", outgoing)
        return delivery

    def _halt(self, point: str, outgoing: Outgoing) -> None:
        if self.point == point:
            self.point = ""
            say(at=point, send=outgoing.send_id)
            sys.stdin.readline()


CHANNELS = ("outbox", "lookup", "blind")
"""Mails in a folder, which are written once by their nature; a wall that can be looked at; one that cannot."""


def made(kind: str, folder: Path) -> Channel:
    """One of CHANNELS."""
    if kind == "outbox":
        return OutboxChannel(folder)
    return Wall(folder, "lookup" if kind == "lookup" else "blind")


def main(url: str, holder: str, lease: str, kind: str, place: str, point: str = "") -> None:
    """Work until the process is ended."""
    channel = made(kind, Path(place))
    hub = RemoteHub(url, lambda name: os.environ["WORKER_TOKEN"])
    dispatcher = Dispatcher(hub, {channel.name: Halting(channel, point)}, system_clock, holder, lease_ms=int(lease))
    work = Background(dispatcher, Clockwork(hub, system_clock))
    say(at="work")
    while True:
        try:
            for step in work.once():
                say(did=step.did, send=step.send_id, why=step.reason)
        except HubError as away:
            say(away=away.code)
        threading.Event().wait(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
