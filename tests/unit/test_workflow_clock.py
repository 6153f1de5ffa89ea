"""What happens when nobody does anything, and that the rules answer to nothing but their arguments."""

import pytest

from hubconsole.clock import DAY
from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import Enquiry
from hubconsole.domain.terms import ReviewState, State
from hubconsole.domain.workflow import fold
from hubconsole.domain.workflow.rules import no_flags, no_limit
from tests.unit.workflow_dsl import BOTH, LIFE, PEOPLE, START, Story, policy

QUIET = 7 * DAY


def resolved() -> Story:
    story = Story().sent()
    story.does("ada", c.Resolve)
    return story


@pytest.mark.parametrize("given", ["new", "draft", "submitted", "sent"])
def test_time_alone_moves_nothing_that_has_no_approval(given: str) -> None:
    story: Story = getattr(Story(), given)()
    assert story.later(400 * DAY).does("system", c.Expire) == ()


def test_an_approval_that_ran_out_is_asked_for_again() -> None:
    story = Story().approved()
    assert story.later(LIFE - 1).does("system", c.Expire) == ()
    assert story.later(1).does("system", c.Expire) == ("review.expired", "draft.submitted", "review.requested")
    assert story.q.state is State.IN_REVIEW and story.does("system", c.Expire) == ()


def test_an_approval_that_ran_out_while_another_gate_was_still_reading_is_asked_for_again() -> None:
    story = Story(BOTH).submitted()
    story.verdict()
    story.later(LIFE).verdict(who="mia", gate="brand")
    assert story.q.state is State.IN_REVIEW, "one approval has run out by then"
    story.does("system", c.Expire)
    assert story.gates["legal"] is ReviewState.REQUESTED


def test_an_amendment_goes_on_waiting_for_its_author() -> None:
    story = Story(policy("legal", amend='"author_accepts"')).submitted()
    story.amended()
    assert story.later(9 * LIFE).does("system", c.Expire) == ()


@pytest.mark.parametrize("outcome", ["", "handed_over", "in_doubt"])
def test_what_is_on_its_way_does_not_expire(outcome: str) -> None:
    story = Story().open_ended(outcome) if outcome else Story().delivering()
    assert story.later(9 * LIFE).does("system", c.Expire) == ()


def test_a_policy_of_the_same_meaning_moves_nothing() -> None:
    story = Story().approved()
    assert story.under(policy("legal")).said == ()


def test_an_approval_given_under_another_policy_does_not_count_even_if_that_one_comes_back() -> None:
    story = Story().approved()
    before = story.rules
    story.under(policy("legal", undo_seconds="20")).under(before)
    assert story.gates == {"legal": ReviewState.REQUESTED}


def test_a_resolved_enquiry_closes_after_the_quiet_time_and_not_before() -> None:
    story = resolved()
    assert story.later(QUIET - 1).does("system", c.Expire) == ()
    assert story.later(1).does("system", c.Expire) == ("enquiry.closed",)


def test_a_word_of_the_customer_ends_the_quiet() -> None:
    story = resolved()
    story.later(QUIET - 1).writes_again()
    assert story.later(QUIET).does("system", c.Expire) == () and story.q.state is State.WORKING


def test_a_refused_command_says_nothing() -> None:
    story = Story().submitted()
    told = list(story.told)
    story.no("ada", c.Send, via="manual")
    assert story.told == told


def test_the_same_question_has_the_same_answer() -> None:
    story = Story().submitted()
    command = c.Withdraw(enquiry_id=story.q.id)
    assert story.decided(PEOPLE["ada"], command) == story.decided(PEOPLE["ada"], command)


def test_folding_the_events_again_gives_the_same_enquiry() -> None:
    story, happened = Story(), []
    for who, step in (("ada", story.new), ("ada", story.draft)):
        step()
        happened += [(event, who, START) for event in story.said]
    story.does("ada", c.Submit)
    happened += [(event, "ada", START) for event in story.said]
    story.verdict()
    happened += [(event, "lex", START) for event in story.said]
    assert fold(Enquiry(story.q.id, number=1), happened) == story.q
    assert story.q.version == len(happened)


def test_without_a_checker_or_a_measure_nothing_is_flagged_or_too_long() -> None:
    assert no_flags("BLOCK", "x", "public") == () and no_limit("abc", "x", "public") == (3, None)
