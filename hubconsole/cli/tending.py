"""The worker in the foreground, for a service manager: it runs until it is told to stop."""

import signal
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hubconsole.channels.base import Channel
from hubconsole.cli import output
from hubconsole.cli.background import working
from hubconsole.clock import iso, system_clock
from hubconsole.worker.dispatcher import Step

if TYPE_CHECKING:
    from hubconsole.worker.ports import WorkHub


def tend(hub: "WorkHub", channels: Mapping[str, Channel], *, once: bool = False, json: bool = False) -> None:
    """Work until SIGTERM, SIGINT or SIGHUP (or for one round); what was done about each send is a line on standard output."""

    def tell(steps: list[Step]) -> None:
        for step in steps:
            if json:
                output.say_json(
                    {"at": iso(system_clock()), "send": step.send_id, "enquiry": step.enquiry_id, "did": step.did, "why": step.reason}
                )
            else:
                output.say(f"{iso(system_clock())}  {step.did:<12} {step.enquiry_id}  {output.safe(step.reason)}")
        sys.stdout.flush()

    background = working(hub, channels, "worker", tell)
    if once:
        tell(background.once())
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    background.start()
    said = ""
    while not stop.wait(1.0):
        now = str(background.problem or "")
        if now != said:
            said = now
            output.remark(f"{iso(system_clock())}  {now or 'The hub answers again.'}")
    background.stop(30.0)
