"""Who sits at a console of the demonstration, and which of the consoles runs the colleagues.

Both are leases in the store, so that consoles in several terminals agree, and one that was killed is forgotten.
"""

from collections.abc import Iterable

from hubconsole.clock import SECOND
from hubconsole.demo.scenario import DemoHub

LEADING = "colleagues"
"""Name of the lease of the one console that runs the colleagues."""

KEPT_MS = 45 * SECOND
"""How long a seat is kept for a console from which nothing is heard."""


class Seats:
    """One console's seat: ``me`` sits here, and ``holder`` names the process."""

    def __init__(self, hub: DemoHub, me: str, holder: str) -> None:
        self.hub = hub
        self.me = me
        self.holder = holder

    def sit(self) -> None:
        """Take one's seat, or keep it. Raises Unreachable."""
        self.hub.lease(_seat(self.me), self.holder, KEPT_MS)

    def leads(self) -> bool:
        """Whether this console is the one that runs the colleagues. Raises Unreachable."""
        return self.hub.lease(LEADING, self.holder, KEPT_MS) is not None

    def taken(self, names: Iterable[str]) -> frozenset[str]:
        """Who of ``names`` is a person at a console: by a seat, or by an enquiry that they have open. Raises Unreachable."""
        looking = {viewer.member for viewer in self.hub.viewers()}
        asked = [name for name in names if name != self.me and name not in looking]
        seated = {name for name in asked if self.hub.lease(_seat(name), self.holder, 0) is None}
        return frozenset({self.me, *looking, *seated})

    def leave(self) -> None:
        """Give the seat and the lead back, so that others need not wait. Raises Unreachable."""
        for name in (_seat(self.me), LEADING):
            self.hub.lease(name, self.holder, 0)


def _seat(member: str) -> str:
    return f"seat:{member}"
