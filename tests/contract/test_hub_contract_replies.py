"""What every hub does about replies: versions, the gate, what leaves, and what runs out."""

import pytest

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.clock import DAY, HOUR, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Function, Verdict, Visibility
from hubconsole.errors import Conflict, Refused
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import Opened, WorkedHub, hub, place

__all__ = ["hub", "place"]

OTHER = 'name = "other"\n[[rule]]\nid = "O-1"\ngate = "legal"\nwhy = "because"\n'
TWO_GATES = 'name = "two"\n[gates]\nlegal = "legal"\nbrand = "marketing"\n[[rule]]\ngate = "legal"\n[[rule]]\ngate = "brand"\n'
TINY = 'name = "tiny"\ntiny_team = true\n[[rule]]\ngate = "legal"\n'
FREE = 'name = "free"\n[[rule]]\ngate = "legal"\nmode = "none"\n'
SAMPLED = 'name = "sampled"\n[[rule]]\ngate = "legal"\nmode = "sample_after"\nsample_percent = 100\n'
AUTHOR_ACCEPTS = 'name = "accepts"\namend = "author_accepts"\n[[rule]]\ngate = "legal"\n'


def live_digests(hub: WorkedHub, eid: str) -> set[str]:
    """The digests that reviews wait for or approve, and the newest draft's."""
    view = hub.enquiry(eid)
    assert view.reviews
    return {view.drafts[-1].digest} | {r.digest for r in view.reviews if r.state in ("requested", "opened", "decided")}


def recomputed(hub: WorkedHub, eid: str) -> str:
    """The digest of the newest send, computed from what would go on the wire."""
    row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
    assert row is not None
    return wire_digest(outgoing_from(row))


def test_the_view_of_an_enquiry_holds_everything_about_it(hub: WorkedHub) -> None:
    eid = acts.ready(hub, account="@bank", text="Thank you.")
    earlier = acts.receive(hub)
    acts.write_again(hub, eid, "Hello?")
    view = hub.enquiry(eid)
    assert [(m.direction, m.text, m.author) for m in view.messages] == [
        ("in", "Where is my card?", "Maria K"), ("in", "Hello?", "Maria K"),
    ]  # fmt: skip
    assert (view.account, view.recipient, view.in_reply_to) == ("@bank", "@maria_k", view.messages[-1].id)
    assert [(d.version, d.text, d.author, d.contributors) for d in view.drafts] == [(1, "Thank you.", "ada", ("ada",))]
    assert [(r.gate, r.state, r.verdict, r.decided_by) for r in view.reviews] == [("legal", "suspended", "approve", "lex")]
    assert [row.id for row in view.others] == [earlier]
    assert view.why and "legal" in view.why[0]
    kinds = [line.kind for line in view.trail]
    assert kinds[0] == "enquiry.received" and kinds[-1] == "review.suspended"
    assert {line.actor for line in view.trail} == {"ada", "lex"}
    assert all(line.summary and "card" not in line.summary and "Thank" not in line.summary for line in view.trail)
    assert [line.seq for line in view.trail] == sorted(line.seq for line in view.trail)
    assert view.row.version == len(view.trail)


def test_the_digest_of_the_draft_is_the_one_that_reviews_are_about(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    assert len(live_digests(hub, eid)) == 1
    acts.write_again(hub, eid)
    hub.execute(c.Resume(enquiry_id=eid, seen_message=hub.enquiry(eid).in_reply_to), actor="ada")
    assert len(live_digests(hub, eid)) == 1
    acts.decide(hub, eid, Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",))
    view = hub.enquiry(eid)
    assert {view.drafts[-1].digest} == {r.digest for r in view.reviews if r.state == "decided"}
    assert view.row.state == "ready"


def test_another_policy_asks_for_what_was_approved_again(hub: WorkedHub, place: Opened) -> None:
    approved, asked, drafted = acts.ready(hub), acts.submitted(hub), acts.receive(hub)
    acts.draft(hub, drafted)
    old = {eid: hub.enquiry(eid).drafts[-1].digest for eid in (approved, asked)}
    place.another().execute(c.AdoptPolicy(policy=OTHER), actor="lex")
    for eid in (approved, asked):
        view = hub.enquiry(eid)
        assert (view.row.state, view.row.gates) == ("in_review", "legal:requested")
        pending = [r for r in view.reviews if r.state == "requested"]
        assert [r.digest for r in pending] == [view.drafts[-1].digest] != [old[eid]]
        with pytest.raises(Refused) as refusal:
            acts.decide(hub, eid, digest=old[eid])
        assert refusal.value.code == "digest_mismatch"
        acts.decide(hub, eid)
    assert acts.state(hub, drafted) == "working"
    hub.execute(c.Submit(enquiry_id=drafted), actor="ada")
    acts.decide(hub, drafted)
    assert hub.policy().name == hub.info().policy_name == "other"


def test_a_policy_that_asks_for_nothing_gives_back_what_nobody_has_read(hub: WorkedHub) -> None:
    asked, approved = acts.submitted(hub), acts.queued(hub)
    hub.execute(c.AdoptPolicy(policy=FREE), actor="sue")
    for eid in (asked, approved):
        view = hub.enquiry(eid)
        assert (view.row.state, view.row.gates) == ("working", "")
        assert "asks for no approval" in view.trail[-1].summary
        assert not [send for send in view.sends if send.state == "queued"]
    hub.execute(c.Submit(enquiry_id=asked), actor="ada")
    assert acts.state(hub, asked) == "ready"
    hub.execute(c.AdoptPolicy(policy=FREE.replace("free", "freer")), actor="sue")
    assert acts.state(hub, asked) == "ready", "its author knew that nobody would read it"


def test_another_policy_counts_also_when_it_comes_with_other_commands(hub: WorkedHub) -> None:
    eid = acts.ready(hub)
    hub.execute_all([c.AdoptPolicy(policy=OTHER), c.AddNote(enquiry_id=eid, text="new rules")], actor="sue")
    assert acts.state(hub, eid) == "in_review"


def test_putting_the_same_policy_in_force_changes_nothing(hub: WorkedHub) -> None:
    eid, seq = acts.ready(hub), hub.info().seq
    assert hub.execute(c.AdoptPolicy(policy=hub.policy().text + "\n# a remark\n"), actor="sue").events == ()
    assert (hub.info().seq, acts.state(hub, eid)) == (seq, "ready")


def test_repeating_the_adoption_of_a_policy_renews_nothing_twice(hub: WorkedHub, clock: FrozenClock) -> None:
    once = new_id()
    hub.execute(c.AdoptPolicy(policy=OTHER), actor="sue", command_id=once)
    acts.ready(hub)
    clock.advance(30 * DAY)
    seq = hub.info().seq
    assert hub.execute(c.AdoptPolicy(policy=OTHER), actor="sue", command_id=once).repeated
    assert hub.info().seq == seq


def test_a_detour_over_other_words_does_not_let_a_lawyer_approve_her_own(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    hers = "We will pay the fee back by the end of the week."
    acts.draft(hub, eid, hers, actor="lex")
    hub.execute(c.Release(enquiry_id=eid), actor="lex")
    for text in ("Please call us.", hers):
        acts.draft(hub, eid, text)
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    with pytest.raises(Refused) as refusal:
        acts.decide(hub, eid, actor="lex")
    assert refusal.value.code == "own_words"
    acts.decide(hub, eid, actor="lou")
    assert acts.state(hub, eid) == "ready"


def test_the_second_of_two_decisions_is_told_who_was_first(hub: WorkedHub, place: Opened, clock: FrozenClock) -> None:
    eid = acts.submitted(hub)
    digest = hub.enquiry(eid).drafts[-1].digest
    acts.decide(place.another(), eid, actor="lou")
    decided = clock.now
    clock.advance(SECOND)
    with pytest.raises(Conflict) as conflict:
        acts.decide(hub, eid, Verdict.RETURN, reason="facts", digest=digest)
    assert (conflict.value.code, conflict.value.winner, conflict.value.at) == ("already_decided", "lou", decided)


def test_saving_on_top_of_an_older_version_is_a_conflict_that_names_its_author(hub: WorkedHub, place: Opened, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    acts.draft(hub, eid, "one")
    clock.advance(HOUR)
    place.another().execute(c.SaveDraft(enquiry_id=eid, text="two", base=1), actor="ben")
    clock.advance(HOUR)
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.SaveDraft(enquiry_id=eid, text="three", base=1), actor="ada")
    assert (conflict.value.code, conflict.value.winner) == ("stale_draft", "ben")
    assert [d.text for d in hub.enquiry(eid).drafts] == ["one", "two"]


def test_nobody_approves_their_own_words(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    acts.draft(hub, eid, "Words of a lawyer.", actor="lex")
    hub.execute(c.Release(enquiry_id=eid), actor="lex")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    with pytest.raises(Refused) as refusal:
        acts.decide(hub, eid)
    assert refusal.value.code == "own_words"
    acts.decide(hub, eid, actor="lou")
    assert acts.state(hub, eid) == "ready"


@pytest.mark.parametrize("policy", [TINY])
def test_a_tiny_team_may_and_it_is_shown_and_on_record(hub: WorkedHub, policy: str) -> None:
    assert hub.info().tiny_team
    eid = acts.receive(hub)
    acts.draft(hub, eid, "Words of a lawyer.", actor="lex")
    hub.execute(c.Release(enquiry_id=eid), actor="lex")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    acts.decide(hub, eid)
    assert acts.state(hub, eid) == "ready"
    assert [e.body["four_eyes"] for e in hub.journal(stream=eid) if e.kind == "review.decided"] == [False]
    assert any("tiny team" in line.summary for line in hub.enquiry(eid).trail)


@pytest.mark.parametrize("policy", [TWO_GATES])
def test_parallel_gates_all_have_to_approve(hub: WorkedHub, policy: str) -> None:
    eid = acts.submitted(hub)
    assert hub.enquiry(eid).row.gates == "legal:requested brand:requested"
    acts.decide(hub, eid, gate="brand", actor="ben")
    assert acts.state(hub, eid) == "in_review"
    acts.decide(hub, eid)
    assert (acts.state(hub, eid), hub.enquiry(eid).row.gates) == ("ready", "legal:approve brand:approve")


def test_amended_words_are_a_version_of_the_lawyer(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    acts.decide(hub, eid, Verdict.AMEND, text="It should be on its way.")
    view = hub.enquiry(eid)
    assert [(d.author, d.contributors) for d in view.drafts] == [("ada", ("ada",)), ("lex", ("ada", "lex"))]
    assert (view.row.state, view.row.last_author, view.row.gates) == ("ready", "lex", "legal:amend")


@pytest.mark.parametrize("policy", [AUTHOR_ACCEPTS])
def test_amended_words_wait_for_their_author_where_the_policy_says_so(hub: WorkedHub, policy: str) -> None:
    eid = acts.submitted(hub)
    acts.decide(hub, eid, Verdict.AMEND, text="It should be on its way.")
    assert (acts.state(hub, eid), hub.enquiry(eid).row.gates) == ("in_review", "legal:accepting")
    hub.execute(c.AcceptAmendment(enquiry_id=eid, digest=hub.enquiry(eid).drafts[-1].digest), actor="ada")
    assert acts.state(hub, eid) == "ready"


def test_a_returned_and_a_rejected_reply_go_back_with_the_reason(hub: WorkedHub) -> None:
    for verdict in (Verdict.RETURN, Verdict.REJECT):
        eid = acts.submitted(hub)
        acts.decide(hub, eid, verdict, reason="promise")
        view = hub.enquiry(eid)
        assert (view.row.state, view.reviews[-1].verdict, view.reviews[-1].reason) == ("working", verdict, "promise")
    with pytest.raises(Refused) as refusal:
        hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    assert refusal.value.code == "rejected"


# --- leaving ---------------------------------------------------------------------------------------


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


def test_a_second_lawyer_joins_and_decides(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    with pytest.raises(Refused):
        acts.decide(hub, eid, actor="ada")
    hub.execute(c.AddMember(name="ada", functions=(Function.SERVICE, Function.LEGAL)), actor="sue")
    with pytest.raises(Refused) as refusal:
        acts.decide(hub, eid, actor="ada")
    assert refusal.value.code == "own_words"


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
