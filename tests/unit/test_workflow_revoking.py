"""Taking an approval back before the reply leaves."""

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import Actor
from hubconsole.domain.terms import Function, ReviewState, State, Verdict
from hubconsole.errors import Refused, UsageProblem
from tests.unit.workflow_dsl import BOTH, EID, LEGAL, LIFE, NOBODY, Story, policy

APPROVALS = (Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS, Verdict.NOT_REQUIRED, Verdict.AMEND)


def revoked(story: Story, who: str = "lex", gate: str = "legal", **facts: str) -> tuple[str, ...]:
    """``who`` takes back what was approved."""
    return story.does(who, c.Revoke, **{"gate": gate, "digest": story.live} | facts)


def refused(story: Story, who: str = "lex", gate: str = "legal", **facts: str) -> str:
    """The code of the refusal."""
    no = story.no(who, c.Revoke, **{"gate": gate, "digest": story.live} | facts)
    assert isinstance(no, Refused | UsageProblem)
    return no.code


@pytest.mark.parametrize("verdict", APPROVALS)
def test_an_approval_of_any_kind_is_taken_back_and_the_review_waits_again(verdict: Verdict) -> None:
    story = Story().submitted()
    if verdict is Verdict.AMEND:
        story.amended()
    else:
        story.verdict(verdict, conditions=("this_reply_only",) if verdict is Verdict.APPROVE_WITH_CONDITIONS else ())
    assert story.q.state is State.READY
    version, digest, submitted = story.version, story.live, story.q.submitted_at
    assert revoked(story.later(1000)) == ("review.revoked",)
    (review,) = story.q.current_reviews()
    assert (story.q.state, story.q.ready) == (State.IN_REVIEW, "")
    assert (review.state, review.verdict, review.decided_by, review.expires_at) == (ReviewState.REQUESTED, None, "", 0)
    assert (review.version, review.digest, story.q.submitted_at) == (version, digest, submitted)


def test_nothing_leaves_after_it_and_a_new_approval_lets_it_leave() -> None:
    story = Story().approved()
    revoked(story)
    assert story.no("ada", c.Send, via="manual", now=True).code == "wrong_state"
    story.verdict(who="lou")
    assert story.queued().claimable


def test_during_the_undo_window_the_queued_send_is_cancelled() -> None:
    story = Story().approved()
    story.does("ada", c.Send, via="manual")
    assert revoked(story) == ("send.cancelled", "review.revoked")
    assert (story.send_state, story.q.state) == ("cancelled", State.IN_REVIEW)
    assert story.no("system", c.ClaimSend, send_id=story.send_id, wire_digest=story.live).code


@pytest.mark.parametrize("who", ["lex", "lou", "duo", "sue"])
def test_who_decided_who_decides_the_gate_and_a_supervisor_may(who: str) -> None:
    assert "review.revoked" in revoked(Story().approved(), who)


@pytest.mark.parametrize("who", ["ada", "bo", "mia", "sal", "ana", "system"])
def test_nobody_else_may(who: str) -> None:
    assert refused(Story().approved(), who) == "not_permitted"


def test_whoever_decided_may_though_the_gate_is_no_longer_theirs() -> None:
    story = Story().approved()
    lex = Actor("lex", frozenset({Function.ANALYTICS}))
    command = c.Revoke(enquiry_id=EID, gate="legal", digest=story.live)
    assert [event.kind for event in story.decided(lex, command)] == ["review.revoked"]


def test_the_other_gates_approval_stands() -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="lex")
    story.verdict(who="mia", gate="brand")
    revoked(story)
    assert story.gates == {"legal": ReviewState.REQUESTED, "brand": ReviewState.DECIDED}
    story.verdict(who="lou")
    assert story.q.state is State.READY


def test_an_approval_is_taken_back_before_the_other_gate_has_decided() -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="lex")
    assert story.q.state is State.IN_REVIEW
    revoked(story)
    story.verdict(who="mia", gate="brand")
    assert story.q.state is State.IN_REVIEW


def test_an_amendment_that_waits_for_its_author_is_taken_back() -> None:
    story = Story(policy("legal", amend='"author_accepts"')).submitted()
    story.amended()
    revoked(story)
    assert story.no("ada", c.AcceptAmendment, digest=story.live).code == "nothing_to_accept"


@pytest.mark.parametrize("state", ["delivering", "handed_over", "in_doubt", "delivered"])
def test_what_was_claimed_or_has_left_is_out_of_reach(state: str) -> None:
    story = Story().delivering() if state == "delivering" else Story().open_ended(state)
    assert refused(story) == "too_late"


def test_what_a_person_says_was_not_published_is_within_reach_again() -> None:
    story = Story().open_ended()
    story.does("ada", c.MarkNotSent)
    assert revoked(story) == ("review.revoked",)


def test_a_decision_against_or_none_at_all_is_no_approval() -> None:
    assert refused(Story().submitted()) == "not_approved"
    returned = Story().submitted()
    returned.verdict(Verdict.RETURN, reason="facts")
    assert refused(returned) == "wrong_state"
    assert refused(Story(NOBODY).submitted()) == "not_approved"
    twice = Story().approved()
    revoked(twice)
    assert refused(twice) == "not_approved"


def test_a_suspended_approval_counts_no_more_anyway() -> None:
    story = Story().approved()
    story.writes_again()
    assert refused(story) == "suspended"


def test_it_is_about_exactly_what_was_shown() -> None:
    story = Story().approved()
    assert refused(story, digest="0" * 64) == "digest_mismatch"
    assert refused(story, digest=story.live[:12]) == "digest_mismatch"
    assert refused(story, gate="tax") == "unknown_gate"


def test_an_approval_that_was_taken_back_never_expires_into_anything() -> None:
    story = Story(LEGAL).approved()
    revoked(story)
    assert story.later(2 * LIFE).does("system", c.Expire) == ()


def test_it_wakes_what_was_snoozed() -> None:
    story = Story().approved()
    story.does("ada", c.Snooze, until=story.now + LIFE)
    revoked(story)
    assert story.q.snoozed_until == 0
