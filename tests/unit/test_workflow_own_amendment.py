"""A reviewer approves anew what she made by amending, where the policy approves amendments at once; and only there."""

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import Actor
from hubconsole.domain.events import ReviewDecided
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Function, State, Verdict
from hubconsole.errors import Refused
from tests.unit.workflow_dsl import BOTH, EID, LIFE, Story, policy

AT_ONCE = policy("legal", amend='"at_once"')
OTHERS = {mode: policy("legal", amend=f'"{mode}"') for mode in ("author_accepts", "second_lawyer")}


def ran_out(story: Story) -> Story:
    """The approval is too old and is asked for again."""
    story.later(2 * LIFE).does("system", c.Expire)
    assert story.q.state is State.IN_REVIEW
    return story


def amended(rules: Policy = AT_ONCE) -> Story:
    """Ada's reply, amended by Lex."""
    story = Story(rules).submitted()
    story.amended()
    return story


def test_after_it_ran_out_she_approves_her_unchanged_words_again() -> None:
    story = ran_out(amended())
    assert story.verdict() == ("review.decided", "reply.readied")
    decided = next(event for event in story.said if isinstance(event, ReviewDecided))
    assert decided.four_eyes, "it is the same act as the amendment, no exception for a tiny team"
    assert story.queued().claimable


def test_after_the_customer_wrote_and_somebody_resumed_she_does_too() -> None:
    story = amended()
    story.writes_again()
    story.does("ada", c.Resume, seen_message=story.q.last_in)
    story.verdict(Verdict.APPROVE_WITH_CONDITIONS, conditions=("this_reply_only",))
    assert story.q.state is State.READY


def test_after_she_took_it_back_she_does_too() -> None:
    story = amended()
    story.does("lex", c.Revoke, gate="legal", digest=story.live)
    story.verdict()
    assert story.q.state is State.READY


@pytest.mark.parametrize("mode", OTHERS)
def test_never_where_the_policy_waits_for_the_author_or_a_second_lawyer(mode: str) -> None:
    story = amended(OTHERS[mode])
    if mode == "author_accepts":
        story.does("ada", c.AcceptAmendment, digest=story.live)
        ran_out(story)
    assert story.no_verdict().code == "own_words"


@pytest.mark.parametrize("mode", OTHERS)
def test_nor_after_the_policy_changed_to_one_of_these(mode: str) -> None:
    story = amended().under(OTHERS[mode])
    assert story.no_verdict().code == "own_words"


def test_nor_for_an_amendment_of_a_policy_that_waited_for_the_author() -> None:
    story = amended(OTHERS["author_accepts"]).under(AT_ONCE)
    story.no_verdict()
    story.does("ada", c.Withdraw)
    story.does("ada", c.Submit)
    assert story.no_verdict().code == "own_words"


def test_nor_once_a_word_has_changed_since() -> None:
    story = amended()
    story.draft("It left our house today, we think.", "duo")
    story.does("duo", c.Release)
    story.does("ada", c.Submit)
    assert story.no_verdict().code == "own_words"


def test_nor_words_that_she_drafted_herself() -> None:
    story = Story(AT_ONCE).submitted("Mine.", "duo")
    assert story.no_verdict(who="duo").code == "own_words"


def test_nor_at_another_gate_than_the_one_at_which_she_amended() -> None:
    story = Story(BOTH).submitted()
    story.amended(who="duo")
    both = Actor("duo", frozenset({Function.LEGAL, Function.MARKETING}))
    ran_out(story)
    for gate, refusal in (("brand", True), ("legal", False)):
        command = c.Decide(enquiry_id=EID, gate=gate, verdict=Verdict.APPROVE, digest=story.live)
        try:
            story.decided(both, command)
        except Refused as no:
            assert refusal and no.code == "own_words", gate
        else:
            assert not refusal, gate


@pytest.mark.parametrize("verdict", [Verdict.NOT_REQUIRED, Verdict.AMEND, Verdict.APPROVE_WITH_CONDITIONS])
def test_nor_anything_but_the_same_words_to_the_same_readers(verdict: Verdict) -> None:
    story = ran_out(amended())
    facts = {"text": "Other words."} if verdict is Verdict.AMEND else {}
    conditions = ("dm_only",) if verdict is Verdict.APPROVE_WITH_CONDITIONS else ()
    assert story.no_verdict(verdict, conditions=conditions, **facts).code == "own_words"


def test_an_amendment_that_only_a_tiny_team_allowed_is_none() -> None:
    story = Story(policy("legal", tiny_team="true")).submitted("Mine.", "duo")
    story.amended("Mine still.", "duo")
    story.under(AT_ONCE)
    assert story.no_verdict(who="duo").code == "own_words"
