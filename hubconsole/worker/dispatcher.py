"""Takes due sends out through their channels: claim, deliver, record. A crash between any two steps loses and doubles nothing.

The claim is a transaction in which the hub checks the gate once more and moves the send from queued to
delivering; only one of several dispatchers can win it. A send found in delivery was left behind by a dead
dispatcher: an idempotent channel delivers it again unless something has happened since that would have kept it
back, a channel with a read-back is asked, and otherwise it becomes ``in_doubt`` for a named person. It is never
sent again blindly, and never with other words than the approved ones. A dispatcher that fell asleep and woke after
another took its lease can record nothing any more: everything that it writes is fenced by the lease's token.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from hubconsole.channels.base import Channel, Delivery, Outgoing, outgoing_from, wire_digest
from hubconsole.clock import SECOND, Clock
from hubconsole.domain.commands import ClaimSend, FinishSend
from hubconsole.errors import Conflict, Refused, UsageProblem
from hubconsole.hub.requests import Fence
from hubconsole.store.rows import DueRow
from hubconsole.worker.ports import SYSTEM, VIA, WorkHub

LEASE = "dispatcher"
"""Name of the lease that makes one dispatcher at a time responsible for a hub."""

Did = Literal["delivered", "failed", "in_doubt", "handed_over", "blocked", "lost"]
"""What became of a send: a channel's outcome, ``blocked`` by the gate, or ``lost`` to another dispatcher."""


class Step(NamedTuple):
    """What one tick did about one send."""

    send_id: str
    enquiry_id: str
    did: Did
    reason: str = ""


class Dispatcher:
    """Delivers the due sends of one hub. One at a time holds the lease; it is not to be used by two threads at once.

    ``holder`` names this process; ``lease_ms`` is how long the others wait after it died, and must be longer
    than a channel may take to deliver one reply.
    """

    def __init__(
        self,
        hub: WorkHub,
        channels: Mapping[str, Channel],
        clock: Clock,
        holder: str,
        *,
        lease_ms: int = 30 * SECOND,
    ) -> None:
        self.hub = hub
        self.channels = channels
        self.clock = clock
        self.holder = holder
        self.lease_ms = lease_ms

    def tick(self) -> list[Step]:
        """Do what is due now; nothing while another dispatcher holds the lease. Raises Unreachable when the hub is away."""
        if not self.hub.due(self.clock()):
            return []  # the lease is a write; an idle console leaves the disk alone
        token = self.hub.lease(LEASE, self.holder, self.lease_ms)
        if token is None:
            return []
        steps: list[Step] = []
        for send in self.hub.due(self.clock()):
            if self.hub.lease(LEASE, self.holder, self.lease_ms) != token:
                return steps  # another dispatcher took over while a channel was slow
            fence = (LEASE, token)
            step = self._recover(send, fence) if send.state == "delivering" else self._send(send, fence)
            if step is not None:
                steps.append(step)
        self.hub.lease(LEASE, self.holder, 0)
        return steps

    def _send(self, send: DueRow, fence: Fence) -> Step | None:
        """Claim a queued send and deliver it."""
        row = self.hub.outgoing(send.send_id)
        if row is None:
            return None
        outgoing = outgoing_from(row)
        try:
            receipt = self.hub.execute(
                ClaimSend(enquiry_id=send.enquiry_id, send_id=send.send_id, wire_digest=wire_digest(outgoing)),
                actor=SYSTEM,
                via=VIA,
                fence=fence,
            )
        except Conflict as lost:
            return Step(send.send_id, send.enquiry_id, "lost", lost.message)
        except (Refused, UsageProblem) as problem:
            return Step(send.send_id, send.enquiry_id, "blocked", problem.message)
        if not any(kind.startswith("send.claimed") for kind in receipt.events):
            return Step(send.send_id, send.enquiry_id, "blocked", "The gate no longer holds; see the enquiry's trail.")
        if self.hub.lease(LEASE, self.holder, self.lease_ms) != fence[1]:
            return Step(send.send_id, send.enquiry_id, "lost", "Another dispatcher took over before delivery began.")
        return self._finish(send, self._deliver(send, outgoing), fence)

    def _recover(self, send: DueRow, fence: Fence) -> Step | None:
        """Settle a send that a dead dispatcher left in delivery."""
        row = self.hub.outgoing(send.send_id)
        channel = self.channels.get(send.via)
        if row is None:
            return None
        outgoing = outgoing_from(row)
        if channel is None:
            why = f"It was in delivery by {send.via!r}, which is not installed here."
            return self._finish(send, Delivery("in_doubt", reason=why), fence)
        if wire_digest(outgoing) != outgoing.digest:
            why = "Delivery was cut off, and what is on record now is not the approved reply."
            return self._finish(send, Delivery("in_doubt", reason=why), fence)
        found = _guarded(lambda: channel.lookup(outgoing))
        why = f"Delivery by {send.via} was cut off, and nothing shows whether it went out."
        if found is None and channel.knowledge == "idempotent":
            overtaken = self.hub.overtaken(send.send_id)
            if not overtaken:
                found = self._deliver(send, outgoing)
            why = f"{why} {overtaken}"
        return self._finish(send, found or Delivery("in_doubt", reason=why.strip()), fence)

    def _deliver(self, send: DueRow, outgoing: Outgoing) -> Delivery:
        """Hand it to its channel; whatever the channel raises leaves the outcome unknown."""
        channel = self.channels.get(send.via)
        if channel is None:
            return Delivery("failed", reason=f"There is no channel {send.via!r} here; use one of {', '.join(sorted(self.channels))}.")
        return _guarded(lambda: channel.deliver(outgoing)) or Delivery("in_doubt", reason=f"The channel {send.via} gave no answer.")

    def _finish(self, send: DueRow, delivery: Delivery, fence: Fence) -> Step:
        """Record what the channel said. A send that was handed over then waits for a person to mark it."""
        try:
            self.hub.execute(
                FinishSend(
                    enquiry_id=send.enquiry_id,
                    send_id=send.send_id,
                    outcome=delivery.outcome,
                    external_id=delivery.external_id,
                    link=delivery.link or (delivery.external_id if delivery.outcome == "handed_over" else ""),
                    reason=delivery.reason,
                ),
                actor=SYSTEM,
                via=VIA,
                fence=fence,
            )
        except (Conflict, Refused) as settled:  # somebody marked it meanwhile, or another dispatcher has taken over
            return Step(send.send_id, send.enquiry_id, "lost", settled.message)
        return Step(send.send_id, send.enquiry_id, delivery.outcome, delivery.reason or delivery.external_id)


def _guarded(call: Callable[[], Delivery | None]) -> Delivery | None:
    """The channel's answer; an exception out of a channel means that nobody knows what it did."""
    try:
        return call()
    except Exception as problem:  # noqa: BLE001  a channel may raise anything
        return Delivery("in_doubt", reason=f"The channel broke off: {type(problem).__name__}: {problem}.")
