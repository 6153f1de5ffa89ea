"""The part of a hub that the worker needs, so that it can be tested against a small stand-in and run on any hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from hubconsole.hub.port import Receipt
from hubconsole.store.rows import DueRow, OutgoingRow

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.hub.requests import Fence

SYSTEM = "system"
"""The member name under which the worker and the clock act."""

VIA = "worker"
"""The door by which alone the worker may come in."""


class WorkHub(Protocol):
    """What the dispatcher and the clockwork ask of a hub. Calls raise only errors of :mod:`hubconsole.errors`."""

    def due(self, now: int) -> Sequence[DueRow]:
        """Queued sends whose undo window is over, and sends in delivery that no person was handed yet, oldest first."""

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        """The reply of a send as it is to leave; None when the send is unknown."""

    def overtaken(self, send_id: str) -> str:
        """Why a send whose delivery was cut off must not be delivered anew by itself, as a sentence; empty when nothing forbids it."""

    def expiring(self, now: int) -> Sequence[str]:
        """Ids of enquiries with an approval, a snooze or a quiet period that ran out by ``now``."""

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        """Take or renew the lease ``name`` for ``ttl`` ms; its fencing token, or None while another holds it.

        The token grows with every change of holder and stays the same while one holder renews; ``ttl`` 0 lets go."""

    def execute(
        self, command: Command, *, actor: str, via: str = ..., command_id: str | None = None, fence: Fence | None = None
    ) -> Receipt:
        """Carry out one command, as :meth:`hubconsole.hub.port.Hub.execute` does. With a ``fence`` (a lease's name and token)
        only while nobody else has taken that lease; Conflict ``fenced`` then."""
