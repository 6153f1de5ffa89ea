"""What happens at a hub before a test asks its API."""

from __future__ import annotations

from hubconsole.domain.commands import Decide, OpenReview, Receive, SaveDraft, Submit, Triage
from hubconsole.domain.terms import Disposition, Verdict
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.ids import new_id


def received(hub: LocalHub, customer: str = "Maria", text: str = "Where is my card?") -> Receipt:
    """A customer wrote."""
    return hub.execute(Receive(enquiry_id=new_id(), channel="email", text=text, customer=customer), actor="ada")


def in_review(hub: LocalHub, customer: str = "Maria") -> tuple[Receipt, str]:
    """A reply of ada's waits for the lawyer: its enquiry, and the digest to decide on."""
    found = received(hub, customer)
    id = found.enquiry_id
    hub.execute(Triage(enquiry_id=id, disposition=Disposition.ENGAGE), actor="ada")
    hub.execute(SaveDraft(enquiry_id=id, text="It is on its way.", base=0), actor="ada")
    hub.execute(Submit(enquiry_id=id), actor="ada")
    digest = hub.enquiry(id).drafts[-1].digest
    hub.execute(OpenReview(enquiry_id=id, gate="legal", digest=digest), actor="lex")
    return found, digest


def ready(hub: LocalHub, customer: str = "Maria") -> tuple[Receipt, str]:
    """A reply is approved."""
    found, digest = in_review(hub, customer)
    hub.execute(Decide(enquiry_id=found.enquiry_id, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
    return found, digest
