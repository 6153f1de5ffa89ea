"""What people do to an enquiry, in one call each, on any hub."""

from typing import Any

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Verdict
from hubconsole.hub.port import Hub, Receipt
from hubconsole.ids import new_id
from tests.contract.hubs import WorkedHub


def receive(hub: Hub, *, actor: str = "ada", **facts: Any) -> str:
    """A customer's first message comes in; the enquiry's id."""
    eid = facts.pop("enquiry_id", None) or new_id()
    facts = {"channel": "x", "text": "Where is my card?", "customer": "Maria K", "handle": "@maria_k"} | facts
    hub.execute(c.Receive(enquiry_id=eid, **facts), actor=actor)
    return eid


def write_again(hub: Hub, eid: str, text: str = "And?", **facts: Any) -> Receipt:
    """The customer writes again."""
    return hub.execute(c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text=text, author="Maria K", **facts), actor="ada")


def draft(hub: Hub, eid: str, text: str = "It is on its way.", *, actor: str = "ada", **facts: Any) -> Receipt:
    """A new version on top of the newest."""
    return hub.execute(c.SaveDraft(enquiry_id=eid, text=text, base=hub.enquiry(eid).row.draft, **facts), actor=actor)


def submitted(hub: Hub, *, text: str = "It is on its way.", **facts: Any) -> str:
    """An enquiry with a reply in review."""
    eid = receive(hub, **facts)
    draft(hub, eid, text)
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    return eid


def decide(hub: Hub, eid: str, verdict: Verdict = Verdict.APPROVE, *, actor: str = "lex", gate: str = "legal", **facts: Any) -> Receipt:
    """Decide about the newest version as it stands."""
    digest = facts.pop("digest", None) or hub.enquiry(eid).drafts[-1].digest
    return hub.execute(c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, **facts), actor=actor)


def ready(hub: Hub, **facts: Any) -> str:
    """An enquiry with an approved reply."""
    eid = submitted(hub, **facts)
    decide(hub, eid)
    return eid


def queued(hub: Hub, **facts: Any) -> str:
    """An enquiry whose reply is due to leave."""
    eid = ready(hub, **facts)
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    return eid


def claim_send(hub: WorkedHub, eid: str) -> Receipt:
    """The worker claims the newest send, with the digest of what it would put on the wire."""
    send_id = hub.enquiry(eid).sends[-1].id
    row = hub.outgoing(send_id)
    assert row is not None
    wire = wire_digest(outgoing_from(row))
    return hub.execute(c.ClaimSend(enquiry_id=eid, send_id=send_id, wire_digest=wire), actor="system", via="worker")


def finish_send(hub: Hub, eid: str, outcome: str = "delivered", **facts: Any) -> Receipt:
    """The channel says what became of the newest send."""
    send_id = hub.enquiry(eid).sends[-1].id
    return hub.execute(c.FinishSend(enquiry_id=eid, send_id=send_id, outcome=outcome, **facts), actor="system", via="worker")


def sent(hub: WorkedHub, **facts: Any) -> str:
    """An enquiry whose reply has gone out."""
    eid = queued(hub, **facts)
    claim_send(hub, eid)
    finish_send(hub, eid)
    return eid


def state(hub: Hub, eid: str) -> str:
    """Where it stands."""
    return hub.enquiry(eid).row.state
