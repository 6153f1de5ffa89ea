"""What every hub does when it is told where replies go."""

import pytest

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.clock import SECOND
from hubconsole.domain import commands as c
from hubconsole.errors import HubError, Refused, UsageProblem
from tests.contract import acts
from tests.contract.hubs import WorkedHub, hub, place

__all__ = ["hub", "place"]

ADDRESS = "maria@example.net"


def readdress(hub: WorkedHub, eid: str, recipient: str = ADDRESS, actor: str = "ada") -> tuple[str, ...]:
    """Say where replies go; the kinds of what happened."""
    return hub.execute(c.SetRecipient(enquiry_id=eid, recipient=recipient), actor=actor).events


def refused(hub: WorkedHub, eid: str, recipient: str = ADDRESS, actor: str = "ada") -> HubError:
    """The refusal."""
    with pytest.raises((Refused, UsageProblem)) as no:
        readdress(hub, eid, recipient, actor)
    return no.value


def test_a_reply_by_mail_to_nobody_gets_an_address_and_leaves_for_it(hub: WorkedHub) -> None:
    eid = acts.receive(hub, channel="email", customer="Maria K", handle="Maria K")
    assert readdress(hub, eid, f" {ADDRESS} ") == ("recipient.set",)
    assert readdress(hub, eid) == ()
    assert hub.enquiry(eid).recipient == ADDRESS
    assert [row.id for row in hub.search("example")] == [eid]
    acts.draft(hub, eid)
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    acts.decide(hub, eid)
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    assert row is not None and row.recipient == ADDRESS
    assert "send.claimed" in acts.claim_send(hub, eid).events
    assert refused(hub, eid, "other@example.net").code == "being_sent"


def test_an_approval_for_one_recipient_releases_nothing_to_another(hub: WorkedHub) -> None:
    eid = acts.ready(hub)
    hub.execute(c.Send(enquiry_id=eid, via="outbox"), actor="ada")
    before = hub.enquiry(eid)
    readdress(hub, eid, "@somebody_else")
    view = hub.enquiry(eid)
    assert (view.row.state, view.row.gates, view.sends[-1].state) == ("in_review", "legal:requested", "cancelled")
    assert [review.state for review in view.reviews] == ["withdrawn", "requested"]
    digest = view.reviews[-1].digest
    assert digest != before.reviews[-1].digest and digest == view.drafts[-1].digest
    assert hub.due(before.sends[-1].not_before + SECOND) == ()
    with pytest.raises(Refused):
        acts.decide(hub, eid, digest=before.reviews[-1].digest)
    acts.decide(hub, eid, digest=digest)
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    assert row is not None and wire_digest(outgoing_from(row)) == digest


def test_what_is_no_address_is_not_taken_and_not_from_everybody(hub: WorkedHub) -> None:
    mail, post = acts.receive(hub, channel="email"), acts.receive(hub)
    for eid, recipient in (
        (mail, "nobody"),
        (mail, ""),
        (post, "  "),
        (post, "@a\x1b[2J"),
        (post, "@" + "a" * 320),
        (mail, "a@b\nBcc: c@d"),
    ):
        assert refused(hub, eid, recipient).code == "bad_recipient", recipient
    assert readdress(hub, post, "+43 1 555") == ("recipient.set",)
    assert refused(hub, mail, actor="lex").code == "not_permitted"
    hub.execute(c.Claim(enquiry_id=mail), actor="ben")
    with pytest.raises(HubError) as busy:
        readdress(hub, mail)
    assert busy.value.code == "claimed"
