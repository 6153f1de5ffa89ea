"""Letting it out: the undo window, the check at the claim, and what nobody may do while it is on its way."""

from dataclasses import replace
from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import CLOCKS_APART
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Disposition, ReviewState, State, Verdict, Visibility
from hubconsole.domain.workflow.sending import sampled
from tests.unit.workflow_dsl import BOTH, LIFE, NOBODY, SAMPLE, UNDO, Story, policy

OTHER = policy("legal", undo_seconds="20")


def test_only_what_is_ready_is_sent() -> None:
    for story in (Story().new(), Story().draft(), Story().submitted()):
        assert story.no("ada", c.Send, via="manual").code == "wrong_state"


def test_a_send_of_another_digest_than_the_approved_one_is_refused() -> None:
    assert Story().approved().no("ada", c.Send, via="manual", digest="0" * 64).code == "digest_mismatch"


def test_a_reply_is_queued_once() -> None:
    assert Story().queued().no("ada", c.Send, via="manual").code == "already_queued"


def test_it_leaves_after_the_undo_window_and_not_before() -> None:
    story = Story().approved()
    story.does("ada", c.Send, via="manual")
    wire = {"send_id": story.send_id, "wire_digest": story.live}
    assert story.later(UNDO - 1).no("system", c.ClaimSend, **wire).code == "too_early"
    assert story.later(1).does("system", c.ClaimSend, **wire) == ("send.claimed",)


def test_it_can_be_taken_back_until_the_very_claim() -> None:
    story = Story().approved()
    story.does("ada", c.Send, via="manual")
    story.later(UNDO * 5)
    assert story.does("ada", c.UndoSend) == ("send.cancelled",)
    assert (story.q.state, story.send_state) == (State.READY, "cancelled")


def test_after_the_claim_it_is_too_late() -> None:
    story = Story().delivering()
    assert story.no("ada", c.UndoSend).code == "too_late"


def test_a_colleague_may_take_it_back_although_somebody_else_is_on_it() -> None:
    story = Story().queued()
    assert story.q.claimed(story.now) == "ada"
    assert story.does("sue", c.UndoSend) == ("send.cancelled",)


def test_what_was_taken_back_can_be_sent_again_under_the_same_approval() -> None:
    story = Story().queued()
    story.does("ada", c.UndoSend)
    assert story.does("ada", c.Send, via="manual") == ("send.queued",)


def test_a_claim_of_the_send_that_was_taken_back_is_refused() -> None:
    story = Story().queued()
    old = story.send_id
    story.does("ada", c.UndoSend)
    story.does("ada", c.Send, via="manual", now=True)
    assert story.no("system", c.ClaimSend, send_id=old, wire_digest=story.live).code == "not_that_send"


def test_other_bytes_on_the_wire_than_approved_are_blocked_and_asked_for_again() -> None:
    story = Story().queued()
    assert "send.blocked" in story.claim("0" * 64)
    assert (story.q.state, story.gates) == (State.IN_REVIEW, {"legal": ReviewState.REQUESTED})


def test_an_approval_that_runs_out_while_queued_blocks_the_send() -> None:
    story = Story().approved()
    story.later(LIFE - 1).does("ada", c.Send, via="manual")
    assert "send.blocked" in story.later(UNDO).claim()
    assert story.q.state is State.IN_REVIEW and story.q.ready == ""


def test_the_clock_takes_a_queued_send_back_when_its_approval_runs_out() -> None:
    story = Story().approved()
    story.later(LIFE - 1).does("ada", c.Send, via="manual")
    assert story.later(1).does("system", c.Expire)[:2] == ("send.cancelled", "review.expired")
    assert story.gates == {"legal": ReviewState.REQUESTED}


def test_a_new_policy_takes_a_queued_send_back_and_asks_again() -> None:
    story = Story().queued().under(OTHER)
    assert (story.send_state, story.q.state) == ("cancelled", State.IN_REVIEW)


def test_a_new_policy_alone_stops_a_queued_send_even_before_the_clock_looks() -> None:
    story = Story().queued()
    story.rules = OTHER
    assert not story.claimable
    assert story.no("ada", c.Send, via="manual").code == "already_queued"


def test_an_approval_is_no_longer_live_in_the_millisecond_it_ends() -> None:
    story = Story().approved()
    assert story.later(LIFE - 1).copy().does("ada", c.Send, via="manual") == ("send.queued",)
    assert story.later(1).no("ada", c.Send, via="manual").code == "gate_closed"


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        (c.Resolve, {}),
        (c.Close, {}),
        (c.AwaitCustomer, {}),
        (c.Reopen, {}),
        (c.Triage, {"disposition": Disposition.DUPLICATE, "duplicate_of": "other"}),
        (c.Triage, {"disposition": Disposition.TRANSFER, "reason": "mortgages"}),
        (c.Triage, {"disposition": Disposition.SPAM}),
    ],
)
@pytest.mark.parametrize("given", ["submitted", "approved", "queued", "delivering", "open_ended"])
def test_nothing_is_put_away_over_a_reply_under_way(given: str, command: type[c.EnquiryCommand], facts: dict[str, Any]) -> None:
    story: Story = getattr(Story(), given)()
    assert story.no("ada", command, **facts).code == "wrong_state"


@pytest.mark.parametrize("command", [c.Submit, c.Withdraw])
@pytest.mark.parametrize("outcome", ["", "handed_over", "in_doubt"])
def test_a_reply_on_its_way_cannot_be_changed_or_recalled(outcome: str, command: type[c.EnquiryCommand]) -> None:
    story = Story().open_ended(outcome) if outcome else Story().delivering()
    assert story.no("ada", command).code in ("being_sent", "already_sent")
    assert story.no("ada", c.SaveDraft, text="No!", base=1).code == "being_sent"


@pytest.mark.parametrize("given", ["approved", "queued"])
def test_editing_or_withdrawing_voids_the_approval_and_takes_the_send_back(given: str) -> None:
    for act in ("edit", "withdraw"):
        story: Story = getattr(Story(), given)()
        if act == "edit":
            story.draft("Another reply.")
        else:
            story.does("ada", c.Withdraw)
        assert (story.q.state, story.q.ready, story.gates) == (State.WORKING, "", {})
        assert story.send_state in ("", "cancelled")


def test_a_new_message_while_queued_takes_the_send_back() -> None:
    story = Story().queued()
    assert story.writes_again() == ("message.recorded", "send.cancelled", "review.suspended")


def test_a_new_message_while_it_is_on_its_way_leaves_it_and_stays_unanswered() -> None:
    story = Story().delivering()
    assert story.writes_again() == ("message.recorded",)
    story.finish("delivered")
    assert story.q.state is State.WORKING and story.q.waiting_since is not None


def test_a_version_leaves_once() -> None:
    story = Story().sent()
    assert story.no("ada", c.Send, via="manual").code == "already_sent"
    story.writes_again()
    assert story.no("ada", c.Submit).code == "already_sent"


@pytest.mark.parametrize("outcome", ["handed_over", "in_doubt"])
def test_an_open_send_is_never_sent_again_before_somebody_says_so(outcome: str) -> None:
    story = Story().open_ended(outcome)
    assert story.no("ada", c.Send, via="manual").code == "already_sent"
    assert story.no("system", c.FinishSend, send_id=story.send_id, outcome="failed").code == "not_that_send"


@pytest.mark.parametrize("outcome", ["handed_over", "in_doubt"])
def test_a_person_says_it_went_out(outcome: str) -> None:
    story = Story().open_ended(outcome)
    assert story.does("ada", c.MarkSent, link="https://x.example/1") == ("send.finished",)
    assert story.q.state is State.SENT
    assert story.no("ada", c.MarkSent).code == "nothing_open"


@pytest.mark.parametrize("outcome", ["handed_over", "in_doubt"])
def test_what_a_person_says_never_went_out_may_go_again_while_the_approval_lives(outcome: str) -> None:
    story = Story().open_ended(outcome)
    story.does("ada", c.MarkNotSent)
    assert story.copy().does("ada", c.Send, via="manual") == ("send.queued",)
    assert story.later(LIFE).no("ada", c.Send, via="manual").code == "gate_closed"


def test_not_sent_after_the_customer_wrote_again_is_suspended() -> None:
    story = Story().open_ended("in_doubt")
    story.writes_again()
    assert story.does("ada", c.MarkNotSent) == ("send.cancelled", "review.suspended")


def test_a_failed_send_leaves_the_reply_ready() -> None:
    story = Story().delivering()
    story.finish("failed")
    assert story.q.state is State.READY and story.does("ada", c.Send, via="outbox") == ("send.queued",)


def test_an_outcome_is_recorded_once() -> None:
    story = Story().sent()
    assert story.no("system", c.FinishSend, send_id=story.send_id, outcome="failed").code == "not_that_send"


def test_a_new_policy_while_it_is_with_a_person_lets_them_finish() -> None:
    story = Story().open_ended().under(BOTH)
    assert story.send_state == "handed_over"
    story.does("ada", c.MarkSent)
    assert story.q.state is State.SENT


def test_not_sent_under_a_new_policy_must_be_asked_for_again() -> None:
    story = Story().open_ended().under(BOTH)
    story.does("ada", c.MarkNotSent)
    assert story.no("ada", c.Send, via="manual").code == "gate_closed"
    story.does("ada", c.Submit)
    assert set(story.gates) == {"legal", "brand"}


def test_the_approval_of_a_reply_that_went_out_stays_on_record() -> None:
    story = Story().sent()
    story.draft("A second reply.")
    assert "review.withdrawn" not in [event.kind for event in story.said]


@pytest.mark.parametrize("who", ["lex", "ana"])
def test_legal_and_analysts_never_send(who: str) -> None:
    assert Story().approved().no(who, c.Send, via="manual").code == "not_permitted"


# --- replies that no gate holds back ---


@pytest.mark.parametrize("rules", [NOBODY, SAMPLE, policy()], ids=["none", "sample_after", "no rule"])
def test_without_a_gate_a_submitted_reply_is_ready(rules: Policy) -> None:
    story = Story(rules).submitted()
    assert story.q.state is State.READY and story.q.waived


@pytest.mark.parametrize("given", ["ready", "queued"])
def test_a_new_message_gives_a_waived_reply_back_to_its_author(given: str) -> None:
    story = Story(NOBODY).submitted()
    if given == "queued":
        story.queued()
    assert story.writes_again()[-1] == "reply.returned"
    assert (story.q.state, story.q.ready) == (State.WORKING, "")
    assert story.no("ada", c.Send, via="manual").code == "wrong_state"


def test_a_waived_reply_with_blocking_flags_is_refused() -> None:
    assert Story(NOBODY).draft("BLOCK").no("ada", c.Submit).code == "blocked"


def test_a_waived_reply_meets_a_gate_that_a_new_policy_brings() -> None:
    story = Story(NOBODY).submitted().queued()
    assert story.under(BOTH).send_state == "cancelled"
    assert set(story.gates) == {"legal", "brand"}


def test_a_policy_without_gates_never_frees_a_reply_with_blocking_flags() -> None:
    story = Story().submitted("BLOCK").under(NOBODY)
    assert story.q.state is State.WORKING


def test_a_reply_too_long_for_its_channel_goes_back_when_the_clock_puts_it_forward() -> None:
    story = Story().approved("y" * 50)
    assert story.q.draft is not None
    story.q = story.q.but(draft=replace(story.q.draft, visibility=Visibility.PRIVATE))
    story.under(OTHER)
    assert story.q.state is State.WORKING and story.told[-1] == "reply.returned"


# --- samples ---


def sampled_story() -> Story:
    story = Story(SAMPLE).submitted().queued()
    story.claim()
    story.finish("delivered")
    return story


def test_a_delivered_reply_is_sampled_and_bound_to_what_went_out() -> None:
    story = sampled_story()
    assert [(r.gate, r.version, r.state) for r in story.samples] == [("legal", 1, ReviewState.REQUESTED)]
    assert story.q.sending is not None and story.samples[0].digest == story.q.sending.digest
    assert story.q.state is State.SENT


def test_a_sample_binds_what_went_out_even_when_the_customer_wrote_meanwhile() -> None:
    story = Story(SAMPLE).submitted().queued()
    story.claim()
    story.writes_again()
    story.finish("delivered")
    assert story.q.sending is not None and story.samples[0].digest == story.q.sending.digest != story.live


def test_a_sample_outlives_a_new_draft_and_holds_nothing_back() -> None:
    story = sampled_story()
    story.submitted("More news.")
    assert len(story.samples) == 1 and story.q.state is State.READY


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.RETURN])
def test_a_sample_is_found_right_or_wanting_and_nothing_moves(verdict: Verdict) -> None:
    story = sampled_story()
    story.verdict(verdict, digest=story.samples[0].digest, reason="tone")
    assert story.q.state is State.SENT and story.samples[0].verdict is verdict


@pytest.mark.parametrize("verdict", [Verdict.AMEND, Verdict.REJECT, Verdict.NOT_REQUIRED, Verdict.APPROVE_WITH_CONDITIONS])
def test_a_sample_cannot_be_changed_any_more(verdict: Verdict) -> None:
    story = sampled_story()
    assert story.no_verdict(verdict, digest=story.samples[0].digest, reason="x", text="y").code == "sample"


def test_a_sample_is_not_judged_by_whoever_wrote_it_though_the_newest_draft_is_anothers() -> None:
    story = Story(SAMPLE).submitted(who="duo")
    story.does("duo", c.Send, via="manual", now=True)
    story.claim()
    story.finish("delivered")
    story.draft("Somebody else's words altogether", "ada")
    assert story.no_verdict(who="duo", digest=story.samples[0].digest).code == "own_words"
    assert story.verdict(digest=story.samples[0].digest) == ("review.decided",)


def test_a_sample_can_be_judged_beside_a_review_of_the_same_gate() -> None:
    story = sampled_story()
    sample = story.samples[0].digest
    story.rules = policy("legal")
    story.submitted("More news.")
    assert story.verdict(digest=sample) == ("review.decided",)
    assert story.verdict()[-1] == "reply.readied"


def test_sampling_is_the_same_for_everybody_and_about_as_often_as_said() -> None:
    hits = [sampled(f"id-{n}", 1, 20) for n in range(1000)]
    assert hits == [sampled(f"id-{n}", 1, 20) for n in range(1000)]
    assert 150 < sum(hits) < 250
    assert not sampled("id", 1, 0) and sampled("id", 1, 100)


def test_every_send_is_named_by_its_event() -> None:
    story = Story().queued()
    queued = next(event for event in story.said if isinstance(event, e.SendQueued))
    assert (queued.digest, queued.version) == (story.q.ready, 1)


def test_an_approval_that_a_clock_running_ahead_gave_lets_nothing_through() -> None:
    story = Story().submitted()
    story.later(3650 * LIFE).verdict()
    assert story.q.state is State.READY
    story.later(-3000 * LIFE)
    refusal = story.no("ada", c.Send, via="manual")
    assert (refusal.code, "dated in the future" in refusal.message) == ("gate_closed", True)


def test_a_reply_queued_under_a_clock_running_ahead_is_stopped_at_the_claim() -> None:
    story = Story().submitted()
    story.later(LIFE).verdict()
    story.does("ada", c.Send, via="manual", now=True)
    wire = {"send_id": story.send_id, "wire_digest": story.live}
    story.later(-CLOCKS_APART - 1)
    assert story.no("system", c.ClaimSend, **wire).code == "too_early"
    story.q = story.q.but(sending=story.q.sending.but(not_before=story.now)) if story.q.sending else story.q
    assert "send.blocked" in story.does("system", c.ClaimSend, **wire)


def test_clocks_that_differ_a_little_do_not_stand_in_the_way() -> None:
    story = Story().approved()
    story.later(-CLOCKS_APART)
    assert story.does("ada", c.Send, via="manual") == ("send.queued",)
    assert Story().approved().later(-CLOCKS_APART - 1).no("ada", c.Send, via="manual").code == "gate_closed"
