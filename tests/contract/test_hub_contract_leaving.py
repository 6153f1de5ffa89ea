"""What every hub does about what leaves: exactly the approved words, once; what stops it, and what runs out."""

import pytest

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.clock import DAY, HOUR, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Verdict, Visibility
from hubconsole.errors import Conflict, Refused
from tests.contract import acts
from tests.contract.hubs import Opened, WorkedHub, hub, place

__all__ = ["hub", "place"]
OTHER = 'name = "other"\n[[rule]]\nid = "O-1"\ngate = "legal"\nwhy = "because"\n'
SAMPLED = 'name = "sampled"\n[[rule]]\ngate = "legal"\nmode = "sample_after"\nsample_percent = 100\n'


def recomputed(hub: WorkedHub, eid: str) -> str:
    """The digest of the newest send, computed from what would go on the wire."""
    row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    assert row is not None
    return wire_digest(outgoing_from(row))


def test_what_is_due_to_leave_is_exactly_what_was_approved(hub: WorkedHub) -> None:
    eid = acts.queued(hub, external_id="m1", account="@bank", subject="Card", text="Exact  words\n")
    send = hub.enquiry(eid).sends[-1]
    row = hub.outgoing(send.id)
    assert row is not None
    assert (row.enquiry_id, row.key, row.text, row.in_reply_to, row.account) == (eid, "E-1", "Exact  words\n", "m1", "@bank")
    assert row.digest == send.digest == recomputed(hub, eid) == hub.enquiry(eid).reviews[-1].digest
    acts.claim_send(hub, eid)
    acts.finish_send(hub, eid, link="https://example.org/1", external_id="r1")
    view = hub.enquiry(eid)
    assert (view.row.state, view.sends[-1].state, view.sends[-1].link) == ("sent", "delivered", "https://example.org/1")
    assert [(m.direction, m.text, m.external_id) for m in view.messages][-1] == ("out", "Exact  words\n", "r1")
    assert hub.known("x", ["r1"]) == {"r1": eid}


def test_attached_files_are_part_of_what_leaves(hub: WorkedHub) -> None:
    eid, files = acts.receive(hub), ("a" * 64, "b" * 64)
    acts.draft(hub, eid, attachments=files)
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    acts.decide(hub, eid)
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    assert row is not None and row.attachments == files and recomputed(hub, eid) == row.digest
    assert acts.claim_send(hub, eid).events == ("send.claimed",)


def test_what_is_being_delivered_stays_what_was_claimed_whatever_happens_meanwhile(hub: WorkedHub) -> None:
    eid = acts.queued(hub, external_id="m1")
    acts.claim_send(hub, eid)
    claimed = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    acts.write_again(hub, eid, external_id="m2")
    hub.execute(c.AdoptPolicy(policy=OTHER), actor="sue")
    assert hub.outgoing(hub.enquiry(eid).sends[-1].id) == claimed
    assert recomputed(hub, eid) == hub.enquiry(eid).sends[-1].digest
    acts.finish_send(hub, eid)
    assert acts.state(hub, eid) == "working", "the customer's second message is still unanswered"


def test_a_send_is_due_when_its_undo_window_is_over(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.ready(hub)
    hub.execute(c.Send(enquiry_id=eid, via="outbox"), actor="ada")
    send_id = hub.enquiry(eid).sends[-1].id
    assert hub.due(clock.now + 9_999) == ()
    assert [(d.send_id, d.state) for d in hub.due(clock.now + 10_000)] == [(send_id, "queued")]
    with pytest.raises(Refused):
        acts.claim_send(hub, eid)
    hub.execute(c.UndoSend(enquiry_id=eid), actor="ada")
    assert hub.due(clock.now + DAY) == () and acts.state(hub, eid) == "ready"
    clock.advance(SECOND)
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    acts.claim_send(hub, eid)
    assert [d.state for d in hub.due(clock.now)] == ["delivering"]
    with pytest.raises(Conflict):
        acts.claim_send(hub, eid)
    acts.finish_send(hub, eid, "handed_over")
    assert hub.due(clock.now + DAY) == ()
    hub.execute(c.MarkSent(enquiry_id=eid, link="https://example.org"), actor="ada")
    assert acts.state(hub, eid) == "sent"
    assert hub.outgoing("nonsense") is None


def test_a_customer_who_writes_again_stops_what_was_about_to_leave(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.queued(hub)
    acts.write_again(hub, eid)
    assert (acts.state(hub, eid), hub.due(clock.now + DAY)) == ("in_review", ())
    with pytest.raises(Conflict):
        acts.claim_send(hub, eid)


def test_an_expired_approval_is_found_and_asked_for_again(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.ready(hub)
    assert hub.expiring(clock.now + DAY - 1) == ()
    assert hub.expiring(clock.now + DAY) == (eid,)
    clock.advance(DAY)
    with pytest.raises(Refused, match="expired"):
        hub.execute(c.Send(enquiry_id=eid, via="outbox"), actor="ada")
    hub.execute(c.Expire(enquiry_id=eid), actor="system", via="worker")
    assert (acts.state(hub, eid), hub.expiring(clock.now)) == ("in_review", ())


def test_a_resolved_enquiry_is_found_when_it_has_been_quiet_long_enough(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.sent(hub)
    hub.execute(c.Resolve(enquiry_id=eid), actor="ada")
    assert hub.expiring(clock.now + 7 * DAY - 1) == ()
    clock.advance(7 * DAY)
    assert hub.expiring(clock.now) == (eid,)
    hub.execute(c.Expire(enquiry_id=eid), actor="system", via="worker")
    assert (acts.state(hub, eid), hub.expiring(clock.now)) == ("closed", ())


@pytest.mark.parametrize("policy", [SAMPLED])
def test_a_sample_after_sending_holds_nothing_back(hub: WorkedHub, policy: str) -> None:
    eid = acts.submitted(hub)
    assert acts.state(hub, eid) == "ready"
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    acts.claim_send(hub, eid)
    acts.finish_send(hub, eid)
    view = hub.enquiry(eid)
    assert [(r.after, r.state) for r in view.reviews] == [(True, "requested")]
    acts.decide(hub, eid, Verdict.RETURN, reason="tone", digest=view.reviews[0].digest)
    assert (acts.state(hub, eid), hub.enquiry(eid).reviews[0].verdict) == ("sent", "return")


def test_a_private_reply_to_a_public_question_is_its_own_thing(hub: WorkedHub) -> None:
    eid = acts.receive(hub, visibility=Visibility.PUBLIC)
    acts.draft(hub, eid)
    public = hub.enquiry(eid).drafts[-1].digest
    acts.draft(hub, eid, visibility=Visibility.PRIVATE)
    assert hub.enquiry(eid).drafts[-1].digest != public


def test_a_reply_by_another_door_counts_as_an_answer_unless_it_is_older_than_the_question(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    for posted, state in ((1, "new"), (clock.advance(HOUR), "sent")):
        hub.execute(c.RecordMessage(enquiry_id=eid, direction=Direction.OUT, text="Done.", author="@bank", posted_at=posted), actor="ada")
        assert acts.state(hub, eid) == state
    assert [(m.direction, m.at) for m in hub.enquiry(eid).messages] == [("out", 1), ("in", clock.now - HOUR), ("out", clock.now)]


def test_a_lease_has_one_holder_and_a_token_that_grows_with_each_new_one(hub: WorkedHub, place: Opened, clock: FrozenClock) -> None:
    other = place.another()
    first = hub.lease("dispatcher", "a", 1_000)
    assert first is not None and hub.lease("dispatcher", "a", 1_000) == first
    assert other.lease("dispatcher", "b", 1_000) is None
    assert other.lease("clockwork", "b", 1_000) is not None
    clock.advance(1_000)
    second = other.lease("dispatcher", "b", 1_000)
    assert second is not None and second > first
    assert hub.lease("dispatcher", "a", 1_000) is None
    assert other.lease("dispatcher", "b", 0) == second
    third = hub.lease("dispatcher", "a", 1_000)
    assert third is not None and third > second


def test_an_approval_that_was_taken_back_holds_the_reply_back_and_the_same_review_waits_again(hub: WorkedHub) -> None:
    eid = acts.ready(hub)
    hub.execute(c.Send(enquiry_id=eid, via="outbox"), actor="ada")
    before = hub.enquiry(eid)
    (given,) = before.reviews
    revoke = c.Revoke(enquiry_id=eid, gate="legal", digest=given.digest, reason="facts")
    with pytest.raises(Refused) as no:
        hub.execute(revoke, actor="ada")
    assert no.value.code == "not_permitted"
    assert hub.execute(revoke, actor="lex").events == ("send.cancelled", "review.revoked")
    view = hub.enquiry(eid)
    (review,) = view.reviews
    assert (review.id, review.version, review.digest, review.requested_at) == (given.id, given.version, given.digest, given.requested_at)
    assert (review.state, review.verdict, review.decided_by, review.expires_at) == ("requested", "", "", 0)
    assert "lex" in review.because and "facts" in review.because
    assert (view.row.state, view.row.gates, view.sends[-1].state) == ("in_review", "legal:requested", "cancelled")
    assert hub.due(before.sends[-1].not_before + HOUR) == ()
    assert hub.enquiry(eid).drafts[-1].digest == given.digest
    acts.decide(hub, eid, actor="lou")
    assert acts.state(hub, eid) == "ready"


def test_an_approval_that_has_been_used_cannot_be_taken_back(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    acts.claim_send(hub, eid)
    revoke = c.Revoke(enquiry_id=eid, gate="legal", digest=hub.enquiry(eid).drafts[-1].digest)
    for _ in ("delivering", "delivered"):
        with pytest.raises(Refused) as no:
            hub.execute(revoke, actor="lex")
        assert no.value.code == "too_late"
        if acts.state(hub, eid) == "ready":
            acts.finish_send(hub, eid)
    assert acts.state(hub, eid) == "sent"
