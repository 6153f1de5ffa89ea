"""Writing a reply and putting it forward."""

from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.terms import Disposition, ReviewState, State, Verdict, Visibility
from hubconsole.errors import Conflict, UsageProblem
from tests.unit.workflow_dsl import BOTH, LEASE, Story, policy

FILES = ("a" * 64, "b" * 64)


def test_the_first_version_makes_its_author_the_owner_who_is_on_it() -> None:
    story = Story().draft()
    assert (story.q.state, story.q.owner, story.q.claimed(story.now)) == (State.WORKING, "ada", "ada")
    assert story.q.disposition is Disposition.ENGAGE


def test_a_version_on_top_of_an_older_one_is_refused_with_who_was_first() -> None:
    story = Story().draft().draft("Again.")
    refusal = story.no("ada", c.SaveDraft, text="Mine.", base=1)
    assert isinstance(refusal, Conflict) and (refusal.code, refusal.winner) == ("stale_draft", "ada")


@pytest.mark.parametrize("base", [-1, 2, 99])
def test_a_version_that_never_was_is_no_base(base: int) -> None:
    refusal = Story().draft().no("ada", c.SaveDraft, text="Mine.", base=base)
    assert isinstance(refusal, UsageProblem) and refusal.code == "no_version" and "the newest is version 1" in refusal.message


def test_the_same_reply_again_is_no_new_version() -> None:
    story = Story().submitted()
    assert story.does("ada", c.SaveDraft, text="It is on its way.", base=1) == ()
    assert story.q.state is State.IN_REVIEW


@pytest.mark.parametrize(
    "facts",
    [{"visibility": Visibility.PRIVATE}, {"attachments": FILES}, {"text": "It is on its way. "}],
    ids=["private", "files", "a space"],
)
def test_any_difference_is_a_new_version_with_another_digest(facts: dict[str, Any]) -> None:
    story = Story().approved()
    old = story.live
    said: dict[str, Any] = {"base": 1, "text": "It is on its way."} | facts
    story.does("ada", c.SaveDraft, **said)
    assert (story.version, story.q.state, story.q.ready) == (2, State.WORKING, "")
    assert story.live != old


def test_the_order_of_files_is_part_of_what_is_approved() -> None:
    story = Story().draft(attachments=FILES)
    old = story.live
    story.draft(attachments=FILES[::-1])
    assert story.version == 2 and story.live != old


@pytest.mark.parametrize("name", ["", "report.pdf", "A" * 64, "a" * 63, "a" * 64 + "\n", "\ud800"])
def test_a_file_is_named_by_its_digest(name: str) -> None:
    assert Story().new().no("ada", c.SaveDraft, text="Hello.", base=0, attachments=(name,)).code == "bad_attachment"


def test_the_visibility_of_the_last_version_is_kept_when_none_is_given() -> None:
    story = Story().draft(visibility=Visibility.PRIVATE).draft("Other.")
    assert story.q.draft is not None and story.q.draft.visibility is Visibility.PRIVATE


def test_an_empty_reply_is_refused() -> None:
    assert Story().new().no("ada", c.SaveDraft, text=" \n ", base=0).code == "empty_text"


@pytest.mark.parametrize("given", ["submitted", "approved", "queued"])
def test_saving_takes_the_reply_back_from_wherever_it_was(given: str) -> None:
    story: Story = getattr(Story(BOTH if given == "submitted" else policy("legal")), given)()
    story.draft("Better words.")
    assert (story.q.state, story.gates) == (State.WORKING, {})


def test_lawyers_draft_but_do_not_submit() -> None:
    story = Story().draft(who="lex")
    assert story.no("lex", c.Submit).code == "not_permitted"


def test_another_may_submit_but_the_author_stays_the_author() -> None:
    story = Story().draft(who="duo").later(LEASE)
    story.does("ada", c.Submit)
    assert story.no_verdict(who="duo").code == "own_words"


@pytest.mark.parametrize("state", ["new", "sent"])
def test_there_must_be_something_unsent_to_submit(state: str) -> None:
    story: Story = getattr(Story(), state)()
    refused = story.no("ada", c.Submit)
    assert (refused.code, refused.hint) in (("no_draft", "Write one first."), ("wrong_state", "Write a new version first."))


def test_submitting_another_version_than_the_newest_is_a_conflict() -> None:
    assert Story().draft().draft("Two.").no("ada", c.Submit, version=1).code == "stale_draft"


def test_submitting_twice_asks_once() -> None:
    story = Story().submitted()
    assert story.does("ada", c.Submit) == ()
    story.verdict()
    assert story.does("ada", c.Submit) == () and story.q.state is State.READY


def test_every_gate_that_the_policy_demands_is_asked_at_once() -> None:
    story = Story(BOTH).submitted()
    assert story.gates == {"legal": ReviewState.REQUESTED, "brand": ReviewState.REQUESTED}


def test_what_was_waived_is_on_record_also_when_the_lawyer_amends() -> None:
    story = Story(policy("legal", "brand sample_after")).submitted()
    story.amended()
    waived = [event.waived for event in story.said if isinstance(event, e.DraftSubmitted)]
    assert waived == [("brand:sample_after:r2",)]


@pytest.mark.parametrize(
    ("length", "visibility", "fits"), [(60, Visibility.PUBLIC, True), (61, Visibility.PUBLIC, False), (41, Visibility.PRIVATE, False)]
)
def test_a_reply_fits_its_channel_before_anybody_reads_it(length: int, visibility: Visibility, fits: bool) -> None:
    story = Story().draft("y" * length, visibility=visibility)
    if fits:
        assert story.does("ada", c.Submit)[0] == "draft.submitted"
    else:
        assert story.no("ada", c.Submit).code == "too_long"


def test_withdrawing_voids_what_was_asked_and_the_reply_can_come_again() -> None:
    story = Story().approved()
    assert story.does("ada", c.Withdraw) == ("review.withdrawn", "draft.withdrawn")
    assert story.no("ada", c.Send, via="manual").code == "wrong_state"
    story.does("ada", c.Submit)
    assert story.gates == {"legal": ReviewState.REQUESTED}


def test_a_further_reply_after_the_first_goes_through_the_gate_like_any_other() -> None:
    story = Story().sent()
    story.submitted("One more thing.")
    assert story.q.state is State.IN_REVIEW
    story.verdict()
    story.queued()
    story.claim()
    story.finish("delivered")
    assert story.q.published == {1, 2}


def test_the_words_of_a_reply_that_was_sent_may_be_sent_again_only_as_a_version_of_their_own() -> None:
    story = Story().sent()
    assert story.does("ada", c.SaveDraft, text="It is on its way.", base=1) == ()
    story.submitted("Something else.").submitted("It is on its way.")
    assert story.gates == {"legal": ReviewState.REQUESTED}


def test_rejecting_one_version_does_not_reject_another() -> None:
    story = Story().submitted("We promise.")
    story.verdict(Verdict.REJECT, reason="promise")
    story.submitted("We try.")
    assert story.q.state is State.IN_REVIEW
