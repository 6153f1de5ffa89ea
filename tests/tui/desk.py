"""A hub with replies at every stage of review, for the tests of the enquiry screen and the legal pane."""

from __future__ import annotations

from pathlib import Path

from hubconsole.clock import HOUR, MINUTE, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Disposition, Function, Verdict, Visibility
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.ids import new_id
from hubconsole.store.rows import EnquiryView, ReviewRow
from tests.tui.stores import begun_with

POLICY = """\
name = "tests"

[gates]
legal = "legal"

[[rule]]
id = "G-01"
gate = "legal"
why = "every outgoing reply is read by legal"
"""

FIRST = "Hi Lenny, sorry about our mistake. We will definitely refund the £40 by Friday."
SECOND = "Hi Lenny, sorry about this. We expect to update you soon."
MEMBERS = (
    ("agent1", (Function.SERVICE,)),
    ("agent3", (Function.SERVICE,)),
    ("reyes", (Function.LEGAL,)),
    ("ito", (Function.LEGAL,)),
    ("kim", (Function.MARKETING,)),
)


class Desk:
    """The hub, its clock, and short ways to move it along."""

    def __init__(self, folder: Path, policy: str = POLICY) -> None:
        self.clock = FrozenClock()

        def build(path: Path, clock: FrozenClock) -> LocalHub:
            return LocalHub.create(path, name="Bank EMEA", policy=policy, members=MEMBERS, clock=clock)

        self.hub = begun_with(("desk", policy), folder / "hub.db", self.clock, build)

    def tell(self, who: str, command: c.Command) -> Receipt:
        """Carry out a command as ``who``, a minute later."""
        self.clock.advance(MINUTE)
        return self.hub.execute(command, actor=who)

    def works(self, command: c.Command) -> Receipt:
        """Carry out a command as the hub's own worker."""
        return self.hub.execute(command, actor="system", via="worker")

    def receive(self, text: str, customer: str = "@lenny", *, channel: str = "x", priority: int = 2) -> str:
        """A new enquiry that agent3 takes up; its id."""
        enquiry_id = new_id(self.clock())
        self.tell("agent3", c.Receive(enquiry_id=enquiry_id, channel=channel, text=text, customer=customer, priority=priority))
        self.tell("agent3", c.Triage(enquiry_id=enquiry_id, disposition=Disposition.ENGAGE))
        return enquiry_id

    def draft(self, enquiry_id: str, text: str, who: str = "agent3", visibility: Visibility | None = None) -> None:
        """A new version on top of the newest."""
        base = self.hub.enquiry(enquiry_id).row.draft
        self.tell(who, c.SaveDraft(enquiry_id=enquiry_id, text=text, base=base, visibility=visibility))

    def submitted(self, text: str = FIRST, customer: str = "@lenny") -> str:
        """An enquiry whose reply waits for legal."""
        enquiry_id = self.receive("You took £40 twice. When do I get it back?", customer)
        self.draft(enquiry_id, text)
        self.tell("agent3", c.Submit(enquiry_id=enquiry_id))
        return enquiry_id

    def returned_and_mended(self) -> str:
        """Version 1 was returned by reyes, version 2 waits."""
        enquiry_id = self.submitted(FIRST)
        self.decide(enquiry_id, Verdict.RETURN, reason="promise")
        self.draft(enquiry_id, SECOND)
        self.tell("agent3", c.Submit(enquiry_id=enquiry_id))
        self.clock.advance(HOUR // 10)
        return enquiry_id

    def decide(self, enquiry_id: str, verdict: Verdict, who: str = "reyes", reason: str = "") -> None:
        """A reviewer's decision on the newest version."""
        digest = self.hub.enquiry(enquiry_id).drafts[-1].digest
        self.tell(who, c.OpenReview(enquiry_id=enquiry_id, gate="legal", digest=digest))
        self.tell(who, c.Decide(enquiry_id=enquiry_id, gate="legal", verdict=verdict, digest=digest, reason=reason))

    def approved(self) -> str:
        """An enquiry whose reply is ready to send."""
        enquiry_id = self.submitted(SECOND)
        self.decide(enquiry_id, Verdict.APPROVE)
        return enquiry_id

    def handed_over(self) -> str:
        """An enquiry whose approved reply is with agent3 to be published by hand."""
        enquiry_id = self.approved()
        self.hand_over(enquiry_id)
        return enquiry_id

    def hand_over(self, enquiry_id: str) -> None:
        """Hand a reply that is ready over to agent3."""
        self.tell("agent3", c.Send(enquiry_id=enquiry_id, via="manual", now=True))
        send = self.view(enquiry_id).sends[-1]
        self.works(c.ClaimSend(enquiry_id=enquiry_id, send_id=send.id, wire_digest=send.digest))
        self.works(c.FinishSend(enquiry_id=enquiry_id, send_id=send.id, outcome="handed_over", link="/tmp/E-1.txt"))

    def publish(self, enquiry_id: str) -> None:
        """Send a reply that is ready."""
        self.hand_over(enquiry_id)
        self.tell("agent3", c.MarkSent(enquiry_id=enquiry_id, link="https://x.example/1"))

    def answered(self) -> str:
        """An enquiry whose first reply went out, and whose customer wrote again."""
        enquiry_id = self.approved()
        self.publish(enquiry_id)
        self.customer_writes(enquiry_id, "Thank you. And the fee?")
        return enquiry_id

    def customer_writes(self, enquiry_id: str, text: str) -> None:
        """A further message of the customer."""
        self.tell("agent1", c.RecordMessage(enquiry_id=enquiry_id, direction=Direction.IN, text=text, author="@lenny"))

    def view(self, enquiry_id: str) -> EnquiryView:
        """The enquiry as it is now."""
        return self.hub.enquiry(enquiry_id)

    def review(self, enquiry_id: str) -> ReviewRow:
        """The newest review."""
        return self.view(enquiry_id).reviews[-1]
