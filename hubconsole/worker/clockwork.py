"""Lets time take effect: approvals, snoozes and quiet periods that have run out."""

from hubconsole.clock import MINUTE, SECOND, Clock
from hubconsole.domain.commands import Expire
from hubconsole.errors import Conflict, Refused, UsageProblem
from hubconsole.worker.ports import SYSTEM, VIA, WorkHub


class Clockwork:
    """Issues ``Expire`` for every enquiry with something that ran out. Harmless when two consoles do it at once.

    It looks every ``every`` ms at most. An enquiry for which nothing could be done (its reply is on its way,
    say) is left alone for ``patience`` ms.
    """

    def __init__(self, hub: WorkHub, clock: Clock, *, every: int = 5 * SECOND, patience: int = MINUTE) -> None:
        self.hub = hub
        self.clock = clock
        self.every = every
        self.patience = patience
        self._next = 0
        self._later: dict[str, int] = {}

    def tick(self) -> list[str]:
        """Ids of the enquiries that changed. Raises Unreachable when the hub is away."""
        now = self.clock()
        if now < self._next:
            return []
        self._next = now + self.every
        self._later = {enquiry_id: until for enquiry_id, until in self._later.items() if until > now}
        changed = []
        for enquiry_id in self.hub.expiring(now):
            if enquiry_id in self._later:
                continue
            try:
                receipt = self.hub.execute(Expire(enquiry_id=enquiry_id), actor=SYSTEM, via=VIA)
            except (Conflict, Refused, UsageProblem):
                receipt = None  # somebody acted on it in the meantime
            if receipt and receipt.events:
                changed.append(enquiry_id)
            else:
                self._later[enquiry_id] = now + self.patience
        return changed
