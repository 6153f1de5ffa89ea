"""What a worker asks of a hub far away: what is due, what to deliver, and the lease under which it may."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hubconsole.errors import UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.remote.answers import read
from hubconsole.hub.remote.transport import Question, clean
from hubconsole.hub.wire import plain
from hubconsole.store.rows import DueRow, OutgoingRow

if TYPE_CHECKING:
    from hubconsole.hub.remote.transport import Line, Pass

SYSTEM = "system"
"""Under this name the worker's token is kept, and it acts."""

SYSTEM_DOOR = "worker"
"""The door by which it comes in."""


class WorkerPart(ABC):
    """The worker's half of a hub far away; it needs a token with the scope ``worker``."""

    line: Line
    """The connections to the hub."""

    @abstractmethod
    def token_of(self, name: str) -> Pass:
        """The token kept under this name. Raises Refused where there is none."""

    def due(self, now: int) -> tuple[DueRow, ...]:
        """Sends whose undo window is over, and those that somebody began to deliver, oldest first."""
        return read(bodies.Due, self._as_worker("due", {"now": now})).sends

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        """The reply of a send exactly as it is to leave; None when there is no such send."""
        try:
            return read(bodies.Outgoing, self._as_worker(f"outgoing/{_part(send_id)}")).outgoing
        except UsageProblem:
            return None

    def overtaken(self, send_id: str) -> str:
        """Why a reply whose delivery was cut off must not be delivered anew by itself; empty when nothing forbids it."""
        return read(bodies.Overtaken, self._as_worker(f"overtaken/{_part(send_id)}")).why

    def expiring(self, now: int) -> tuple[str, ...]:
        """Enquiries with an approval or a quiet period that ran out by ``now``."""
        return read(bodies.Expiring, self._as_worker("expiring", {"now": now})).ids

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        """Take or renew a lease for ``ttl`` ms: its fencing token, or None while another holds it."""
        body = plain(bodies.LeaseAsk(holder, ttl))
        question = Question("PUT", f"/v1/worker/leases/{_part(name)}", self.token_of(SYSTEM), body=body)
        return read(bodies.Lease, self.line.ask(question)).token

    def _as_worker(self, path: str, params: dict[str, str | int] | None = None) -> Any:
        return self.line.ask(Question("GET", f"/v1/worker/{path}", self.token_of(SYSTEM), params or {}))


def _part(text: str) -> str:
    return quote(clean(text), safe="") or "%2E"
