"""Lets time take effect: approvals, snoozes and quiet periods that have run out."""

from hubconsole.clock import Clock
from hubconsole.domain.commands import Expire
from hubconsole.errors import Conflict, Refused, UsageProblem
from hubconsole.worker.ports import SYSTEM, VIA, WorkHub


class Clockwork:
    """Issues ``Expire`` for every enquiry with something that ran out. Harmless when two consoles do it at once."""

    def __init__(self, hub: WorkHub, clock: Clock) -> None:
        self.hub = hub
        self.clock = clock

    def tick(self) -> list[str]:
        """Ids of the enquiries that changed. Raises Unreachable when the hub is away."""
        changed = []
        for enquiry_id in self.hub.expiring(self.clock()):
            try:
                receipt = self.hub.execute(Expire(enquiry_id=enquiry_id), actor=SYSTEM, via=VIA)
            except (Conflict, Refused, UsageProblem):
                continue  # somebody acted on it in the meantime
            if receipt.events:
                changed.append(enquiry_id)
        return changed
