"""What every hub does about replies: versions, policies, and the gate."""

import pytest

from hubconsole.clock import DAY, HOUR, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Function, Verdict
from hubconsole.errors import Conflict, Refused
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import Opened, WorkedHub, hub, place

__all__ = ["hub", "place"]

OTHER = 'name = "other"\n[[rule]]\nid = "O-1"\ngate = "legal"\nwhy = "because"\n'
TWO_GATES = 'name = "two"\n[gates]\nlegal = "legal"\nbrand = "marketing"\n[[rule]]\ngate = "legal"\n[[rule]]\ngate = "brand"\n'
TINY = 'name = "tiny"\ntiny_team = true\n[[rule]]\ngate = "legal"\n'
FREE = 'name = "free"\n[[rule]]\ngate = "legal"\nmode = "none"\n'
AMENDED = 'name = "amended"\namend = "{}"\n[[rule]]\ngate = "legal"\n'
AUTHOR_ACCEPTS = 'name = "accepts"\namend = "author_accepts"\n[[rule]]\ngate = "legal"\n'


def live_digests(hub: WorkedHub, eid: str) -> set[str]:
    """The digests that reviews wait for or approve, and the newest draft's."""
    view = hub.enquiry(eid)
    assert view.reviews
    return {view.drafts[-1].digest} | {r.digest for r in view.reviews if r.state in ("requested", "opened", "decided")}


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


@pytest.mark.parametrize("policy", [AMENDED.format(mode) for mode in ("at_once", "author_accepts", "second_lawyer")])
@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.AMEND, Verdict.RETURN])
def test_whoever_comes_after_an_amendment_is_told_who_was_first(
    hub: WorkedHub, place: Opened, clock: FrozenClock, verdict: Verdict, policy: str
) -> None:
    eid = acts.submitted(hub)
    digest = hub.enquiry(eid).drafts[-1].digest
    acts.decide(place.another(), eid, Verdict.AMEND, actor="lou", text="It should be on its way.")
    amended = clock.now
    clock.advance(SECOND)
    for others in range(2):
        before = hub.info().seq
        with pytest.raises(Conflict) as conflict:
            acts.decide(hub, eid, verdict, digest=digest, reason="facts", text="Call us." if verdict is Verdict.AMEND else "")
        assert (conflict.value.code, conflict.value.winner, conflict.value.at) == ("already_decided", "lou", amended)
        assert hub.info().seq == before
        if "second_lawyer" in policy and not others:
            with pytest.raises(Refused) as refusal:
                acts.decide(hub, eid, actor="lou")
            assert refusal.value.code == "own_words"
            acts.decide(hub, eid, actor="lex")
            assert acts.state(hub, eid) == "ready"


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


def test_a_second_lawyer_joins_and_decides(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    with pytest.raises(Refused):
        acts.decide(hub, eid, actor="ada")
    hub.execute(c.AddMember(name="ada", functions=(Function.SERVICE, Function.LEGAL)), actor="sue")
    with pytest.raises(Refused) as refusal:
        acts.decide(hub, eid, actor="ada")
    assert refusal.value.code == "own_words"
