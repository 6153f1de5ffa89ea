"""The gate: who may decide about what, and what a decision does."""

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import ReviewState, State, Verdict, Visibility
from tests.unit.workflow_dsl import BOTH, LEGAL, LIFE, NOBODY, Story, policy

AT_ONCE, ACCEPT, SECOND = LEGAL, policy("legal", amend='"author_accepts"'), policy("legal", amend='"second_lawyer"')
TINY = policy("legal", tiny_team="true")


def decision(story: Story) -> e.ReviewDecided:
    return next(event for event in story.said if isinstance(event, e.ReviewDecided))


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.NOT_REQUIRED])
def test_an_approval_of_the_only_gate_makes_the_reply_ready(verdict: Verdict) -> None:
    story = Story().submitted()
    assert story.verdict(verdict) == ("review.decided", "reply.readied")
    assert story.q.ready == story.live


def test_a_decision_on_another_digest_is_refused() -> None:
    story = Story().submitted()
    assert story.no_verdict(digest="0" * 64).code == "digest_mismatch"


def test_the_digest_of_the_version_before_no_longer_counts() -> None:
    story = Story().submitted()
    old = story.live
    story.submitted("It is lost.")
    assert story.no_verdict(digest=old).code == "digest_mismatch"


def test_the_second_to_decide_is_told_who_was_first() -> None:
    story = Story(BOTH).submitted()
    story.verdict()
    refusal = story.no_verdict(who="lou")
    assert (refusal.code, getattr(refusal, "winner", "")) == ("already_decided", "lex")


@pytest.mark.parametrize("verdict", [Verdict.RETURN, Verdict.REJECT, Verdict.AMEND])
@pytest.mark.parametrize(("gate", "second"), [("legal", "lou"), ("brand", "mia")])
def test_the_second_to_decide_is_told_who_ended_the_review(verdict: Verdict, gate: str, second: str) -> None:
    story = Story(BOTH).submitted()
    shown = story.live
    story.verdict(verdict, reason="tone", text="Other words.")
    refusal = story.no_verdict(who=second, gate=gate, digest=shown)
    assert (refusal.code, getattr(refusal, "winner", "")) == ("already_decided", "lex")


def test_a_review_that_was_taken_away_after_it_was_asked_again_was_decided_by_nobody() -> None:
    story = Story().submitted()
    shown = story.live
    story.verdict(Verdict.RETURN, reason="tone")
    story.does("ada", c.Submit)
    story.does("ada", c.Withdraw)
    assert story.no_verdict(digest=shown).code == "not_in_review"


@pytest.mark.parametrize("who", ["ada", "mia", "sal", "sue", "ana", "system"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_legal_decides_the_legal_gate(who: str, verdict: Verdict) -> None:
    assert Story().submitted().no_verdict(verdict, who, reason="x", text="y").code == "not_permitted"


def test_the_author_may_not_approve_however_many_functions_they_hold() -> None:
    assert Story().submitted(who="duo").no_verdict(who="duo").code == "own_words"


def test_an_earlier_contributor_may_not_approve_while_a_word_of_theirs_stands() -> None:
    story = Story().draft("Your card is on its way to you.", "duo").submitted("Your card is on its way to you today.", "ada")
    assert story.no_verdict(who="duo").code == "own_words"


def test_a_contributor_of_whom_nothing_is_left_may_approve() -> None:
    story = Story().draft("Nonsense", "duo").submitted("Your card arrives Monday.", "ada")
    assert story.verdict(who="duo")[-1] == "reply.readied"


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.NOT_REQUIRED])
def test_in_a_tiny_team_the_author_may_approve_and_the_record_says_so(verdict: Verdict) -> None:
    story = Story(TINY).submitted(who="duo")
    story.verdict(verdict, "duo")
    assert story.q.state is State.READY and not decision(story).four_eyes


def test_in_a_tiny_team_the_author_amending_is_on_record_too() -> None:
    story = Story(TINY).submitted(who="duo")
    story.amended(who="duo")
    assert story.q.state is State.READY and not decision(story).four_eyes


def test_a_tiny_team_still_needs_the_function_that_decides() -> None:
    assert Story(TINY).submitted().no_verdict(who="ada").code == "not_permitted"


# --- amending: how x who ---


@pytest.mark.parametrize(
    ("rules", "state", "events"),
    [
        (AT_ONCE, State.READY, ("review.decided", "reply.readied")),
        (ACCEPT, State.IN_REVIEW, ("review.decided",)),
        (SECOND, State.IN_REVIEW, ()),
    ],
    ids=["at once", "author accepts", "second lawyer"],
)
def test_an_amendment_is_the_lawyers_version_and_approved_as_the_policy_says(rules: Policy, state: State, events: tuple[str, ...]) -> None:
    story = Story(rules).submitted()
    assert story.amended() == ("review.withdrawn", "draft.saved", "draft.submitted", "review.requested", *events)
    assert story.q.state is state
    assert story.q.draft is not None and (story.q.draft.author, story.version) == ("lex", 2)


@pytest.mark.parametrize("rules", [AT_ONCE, ACCEPT], ids=["at once", "author accepts"])
def test_whoever_wrote_the_reply_may_not_amend_it_into_an_approval(rules: Policy) -> None:
    assert Story(rules).submitted(who="duo").no_verdict(Verdict.AMEND, "duo", text="Other words").code == "own_words"


def test_an_earlier_contributor_may_not_amend_it_into_an_approval_either() -> None:
    story = Story().draft("Your card is on its way to you.", "duo").submitted("Your card is on its way to you today.", "ada")
    assert story.no_verdict(Verdict.AMEND, "duo", text="Your card is on its way.").code == "own_words"


def test_with_a_second_lawyer_the_amender_herself_may_not_approve() -> None:
    story = Story(SECOND).submitted()
    story.amended()
    assert story.no_verdict(who="lex").code == "own_words"
    assert story.verdict(who="lou")[-1] == "reply.readied"


def test_the_author_accepts_and_the_reply_is_ready() -> None:
    story = Story(ACCEPT).submitted()
    story.amended()
    assert story.no("ada", c.Send, via="manual").code == "wrong_state"
    assert story.does("ada", c.AcceptAmendment, digest=story.live) == ("amendment.accepted", "reply.readied")


@pytest.mark.parametrize("who", ["bo", "lex", "lou", "sue", "system"])
def test_nobody_but_the_author_accepts(who: str) -> None:
    story = Story(ACCEPT).submitted()
    story.amended()
    assert story.no(who, c.AcceptAmendment, digest=story.live).code == "not_the_author"


def test_accepting_other_words_than_those_shown_is_refused() -> None:
    story = Story(ACCEPT).submitted()
    old = story.live
    story.amended()
    assert story.no("ada", c.AcceptAmendment, digest=old).code == "digest_mismatch"


def test_the_author_declines_by_saving_a_version_of_their_own() -> None:
    story = Story(ACCEPT).submitted()
    story.amended()
    story.draft("Neither of the two.")
    assert (story.q.state, story.gates) == (State.WORKING, {})
    assert story.no("ada", c.AcceptAmendment, digest=story.live).code == "wrong_state"


def test_asking_for_review_again_does_not_get_round_the_acceptance() -> None:
    story = Story(ACCEPT).submitted()
    story.amended()
    assert story.does("ada", c.Submit) == ()
    assert story.q.state is State.IN_REVIEW


def test_an_acceptance_after_the_approval_ran_out_asks_legal_again() -> None:
    story = Story(ACCEPT).submitted()
    story.amended()
    story.later(LIFE).does("ada", c.AcceptAmendment, digest=story.live)
    assert (story.q.state, story.gates) == (State.IN_REVIEW, {"legal": ReviewState.REQUESTED})


def test_in_a_tiny_team_nobody_has_to_accept_their_own_amendment() -> None:
    story = Story(policy("legal", tiny_team="true", amend='"author_accepts"')).submitted(who="duo")
    story.amended(who="duo")
    assert story.q.state is State.READY


def test_an_amendment_asks_the_other_gates_anew() -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="mia", gate="brand")
    story.amended()
    assert story.gates == {"brand": ReviewState.REQUESTED, "legal": ReviewState.DECIDED}
    assert story.q.state is State.IN_REVIEW


@pytest.mark.parametrize(("text", "code"), [("  ", "empty_text"), ("It is on its way.", "no_change"), ("x" * 61, "too_long")])
def test_an_amendment_needs_words_that_differ_and_fit(text: str, code: str) -> None:
    assert Story().submitted().no_verdict(Verdict.AMEND, text=text).code == code


def test_rejected_words_come_back_by_no_door() -> None:
    story = Story().submitted("We promise.")
    story.verdict(Verdict.REJECT, reason="promise")
    assert story.no("ada", c.Submit).code == "rejected"
    story.submitted("Something else.")
    assert story.no_verdict(Verdict.AMEND, text="We promise.").code == "rejected"
    story.draft("We promise.")
    assert story.no("ada", c.Submit).code == "rejected"


# --- conditions, flags, limits ---


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.APPROVE_WITH_CONDITIONS])
def test_a_condition_is_never_recorded_where_it_is_not_enforced(verdict: Verdict) -> None:
    story = Story().submitted()
    assert story.no_verdict(verdict, conditions=("dm_only",), text="Other words.", reason="x").code == "conditions"


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("", "unknown_condition"),
        ("whenever", "unknown_condition"),
        ("valid_until", "past_time"),
        ("valid_until:soon", "past_time"),
        ("valid_until:²", "past_time"),
        ("valid_until:" + "9" * 5000, "past_time"),
        ("valid_until:1000", "past_time"),
        ("add_link", "condition_unmet"),
        ("add_link:https://bank.example/x", "condition_unmet"),
    ],
)
def test_a_condition_that_does_not_hold_is_refused(condition: str, code: str) -> None:
    assert Story().submitted().no_verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,)).code == code


def test_conditional_approval_needs_a_condition() -> None:
    assert Story().submitted().no_verdict(Verdict.APPROVE_WITH_CONDITIONS).code == "conditions"


def test_a_link_that_stands_in_the_text_satisfies_the_condition() -> None:
    story = Story().submitted("See https://bank.example/x now.")
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("add_link:https://bank.example/x",))
    assert story.q.state is State.READY


def test_valid_until_ends_the_approval_earlier_never_later() -> None:
    short, long = Story().submitted(), Story().submitted()
    short.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=(f"valid_until:{short.now + 5}",))
    long.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=(f"valid_until:{long.now + 9 * LIFE}",))
    assert decision(short).expires_at == short.now + 5 and decision(long).expires_at == long.now + LIFE
    assert short.later(5).no("ada", c.Send, via="manual").code == "gate_closed"


def test_dm_only_turns_a_public_reply_private_and_binds_the_approval_to_that() -> None:
    story = Story().submitted()
    public = story.live
    assert "reply.redirected" in story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",))
    assert story.q.draft is not None and story.q.draft.visibility is Visibility.PRIVATE
    assert story.q.state is State.READY and story.q.ready == story.live != public
    assert (decision(story).shown, decision(story).digest) == (public, story.live)


def test_after_dm_only_a_public_version_needs_another_approval() -> None:
    story = Story().submitted()
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",))
    story.draft(visibility=Visibility.PUBLIC)
    assert (story.q.state, story.q.ready) == (State.WORKING, "")


def test_dm_only_has_the_other_gate_look_again_in_either_order() -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="mia", gate="brand")
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",))
    assert story.gates == {"legal": ReviewState.DECIDED, "brand": ReviewState.REQUESTED}
    assert story.verdict(who="mia", gate="brand")[-1] == "reply.readied"


def test_two_gates_may_both_ask_for_dm_only() -> None:
    story = Story(BOTH).submitted()
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",))
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, "mia", "brand", conditions=("dm_only",))
    assert story.q.state is State.READY and story.q.ready == story.live


def test_dm_only_is_refused_when_the_private_limit_is_shorter_than_the_text() -> None:
    assert Story().submitted("y" * 50).no_verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",)).code == "too_long"


def test_dm_only_is_refused_when_the_private_reply_would_hold_unconfirmed_flags() -> None:
    story = Story().submitted("HIDDEN")
    assert story.no_verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",)).code == "unconfirmed"
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("dm_only",), confirm=("secret",))
    assert story.q.state is State.READY


@pytest.mark.parametrize(("confirm", "passes"), [((), False), (("other",), False), (("banned",), True), (("banned", "other"), True)])
def test_a_blocking_flag_is_confirmed_by_its_own_name(confirm: tuple[str, ...], passes: bool) -> None:
    story = Story().submitted("BLOCK")
    if passes:
        story.verdict(confirm=confirm)
        assert decision(story).confirmed == ("banned",)
    else:
        assert story.no_verdict(confirm=confirm).code == "unconfirmed"


def test_not_required_does_not_slip_a_blocking_flag_through() -> None:
    assert Story().submitted("BLOCK").no_verdict(Verdict.NOT_REQUIRED).code == "unconfirmed"


def test_blocking_flags_in_amended_words_are_confirmed_too() -> None:
    story = Story().submitted()
    assert story.no_verdict(Verdict.AMEND, text="BLOCK").code == "unconfirmed"
    story.amended("BLOCK", confirm=("banned",))
    assert story.q.state is State.READY and decision(story).confirmed == ("banned",)


def test_a_questioning_flag_needs_no_confirmation() -> None:
    assert Story().submitted("maybe").verdict()[-1] == "reply.readied"


# --- giving back ---


@pytest.mark.parametrize("verdict", [Verdict.RETURN, Verdict.REJECT])
def test_giving_back_needs_a_reason_and_voids_what_other_gates_said(verdict: Verdict) -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="mia", gate="brand")
    assert story.no_verdict(verdict, reason=" ").code == "no_reason"
    assert story.verdict(verdict, reason="tone") == ("review.decided", "review.withdrawn", "reply.returned")
    assert (story.q.state, story.gates) == (State.WORKING, {})


def test_a_returned_reply_may_be_put_forward_again_but_the_old_approvals_are_gone() -> None:
    story = Story(BOTH).submitted()
    story.verdict(who="mia", gate="brand")
    story.verdict(Verdict.RETURN, reason="tone")
    story.does("ada", c.Submit)
    assert story.gates == {"legal": ReviewState.REQUESTED, "brand": ReviewState.REQUESTED}


def test_asking_the_author_moves_nothing() -> None:
    story = Story().submitted()
    assert story.does("lex", c.AskAuthor, gate="legal", text="Which card?") == ("author.asked",)
    assert story.gates == {"legal": ReviewState.REQUESTED}
    assert story.no("mia", c.AskAuthor, gate="legal", text="Which?").code == "not_permitted"


def test_opening_is_noted_once() -> None:
    story = Story().submitted()
    assert story.does("lex", c.OpenReview, gate="legal", digest=story.live) == ("review.opened",)
    assert story.does("lou", c.OpenReview, gate="legal", digest=story.live) == ()


def test_with_two_gates_one_approval_is_not_enough() -> None:
    story = Story(BOTH).submitted()
    assert story.verdict() == ("review.decided",)
    assert story.q.state is State.IN_REVIEW
    assert story.verdict(who="mia", gate="brand") == ("review.decided", "reply.readied")


def test_an_unknown_gate_is_named() -> None:
    assert Story().submitted().no_verdict(gate="tax").code == "unknown_gate"


# --- the stale guard ---


@pytest.mark.parametrize("approved", [False, True], ids=["in review", "ready"])
def test_a_new_message_suspends_what_was_asked_and_approved(approved: bool) -> None:
    story = Story().approved() if approved else Story().submitted()
    assert story.writes_again() == ("message.recorded", "review.suspended")
    assert (story.q.state, story.q.ready, story.gates) == (State.IN_REVIEW, "", {"legal": ReviewState.SUSPENDED})
    assert story.no_verdict().code == "suspended"
    assert story.no("ada", c.Send, via="manual").code == "wrong_state"


def test_going_on_needs_the_newest_message_to_have_been_read() -> None:
    story = Story().approved()
    seen = story.q.last_in
    story.writes_again()
    assert story.no("ada", c.Resume, seen_message=seen).code == "unread"
    story.does("ada", c.Resume, seen_message=story.q.last_in)
    assert story.gates == {"legal": ReviewState.REQUESTED}, "the approval does not come back, it is asked for again"


@pytest.mark.parametrize("rules", [policy("legal", undo_seconds="1"), BOTH, NOBODY], ids=["another", "one more gate", "no gate"])
def test_neither_a_new_policy_nor_time_lifts_a_suspension(rules: Policy) -> None:
    story = Story().approved()
    story.writes_again()
    story.later(2 * LIFE).under(rules)
    assert story.gates == {"legal": ReviewState.SUSPENDED}


def test_nothing_that_is_not_suspended_is_resumed() -> None:
    story = Story().submitted()
    assert story.no("ada", c.Resume, seen_message=story.q.last_in).code == "not_suspended"
