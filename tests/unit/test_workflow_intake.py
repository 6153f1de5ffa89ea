"""What comes in, and the history that comes with it."""

from typing import Any

import pytest

from hubconsole.clock import DAY
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, State, Visibility
from hubconsole.errors import Conflict
from tests.unit.workflow_dsl import START, Story, policy


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"text": " \n"}, "empty_text"),
        ({"channel": " "}, "no_channel"),
        ({"customer": ""}, "no_customer"),
        ({"priority": 9}, "bad_priority"),
    ],
)
def test_an_enquiry_needs_words_a_channel_and_somebody_to_answer(facts: dict[str, Any], code: str) -> None:
    assert Story().no("ada", c.Receive, **{"channel": "x", "text": "Hi", "customer": "Ola"} | facts).code == code


def test_an_enquiry_comes_in_once() -> None:
    refusal = Story().new().no("ada", c.Receive, channel="x", text="Hi", customer="Ola")
    assert isinstance(refusal, Conflict) and refusal.code == "exists"


def test_nothing_can_be_done_to_an_enquiry_that_is_not_there() -> None:
    assert Story().no("ada", c.Claim).code == "unknown_enquiry"


def test_an_old_message_counts_from_when_it_was_written_and_its_targets_from_when_the_hub_took_it_in() -> None:
    story = Story().new(posted_at=START - 30 * DAY)
    assert (story.q.received_at, story.q.last_in_at) == (START - 30 * DAY, START - 30 * DAY)
    assert (story.q.taken_in_at, story.q.waiting_since) == (START, START)


def test_no_message_was_written_after_it_came_in() -> None:
    assert Story().new(posted_at=START + DAY).q.received_at == START


def test_an_older_message_that_is_found_later_is_the_first_one() -> None:
    story = Story().new(posted_at=START - DAY)
    story.writes_again(posted_at=START - 2 * DAY)
    assert story.q.received_at == START - 2 * DAY
    story.writes_again(posted_at=START)
    assert story.q.received_at == START - 2 * DAY


def test_the_address_stands_for_the_name_where_there_is_none() -> None:
    assert Story().new(handle="").q.recipient == "Maria"


def test_exact_bytes_are_kept() -> None:
    story = Story().new(text=" \x1b[31mA\u202e ")
    assert getattr(story.said[0], "text", "") == " \x1b[31mA\u202e "


# --- history ---


def test_an_imported_reply_older_than_the_customers_last_message_answers_nothing() -> None:
    story = Story().new(posted_at=100)
    story.answered_elsewhere(posted_at=99)
    assert story.q.state is State.NEW and story.q.waiting_since is not None and story.q.replied


@pytest.mark.parametrize("posted_at", [100, 101, None])
def test_a_reply_by_another_door_that_came_later_is_an_answer(posted_at: int | None) -> None:
    story = Story().new(posted_at=100)
    story.answered_elsewhere(posted_at=posted_at)
    assert (story.q.state, story.q.waiting_since) == (State.SENT, None)


def test_in_a_thread_read_out_of_order_the_last_word_decides() -> None:
    story = Story().new(posted_at=100)
    story.writes_again(posted_at=300)
    story.answered_elsewhere(posted_at=200)
    early = story.q.state
    story.answered_elsewhere(posted_at=400)
    assert (early, story.q.state) == (State.NEW, State.SENT)


def test_an_older_message_taken_in_late_does_not_move_the_customers_last_word_back() -> None:
    story = Story().new(posted_at=300)
    story.writes_again(posted_at=100)
    assert story.q.last_in_at == 300


def test_a_message_dated_in_the_future_can_still_be_answered() -> None:
    story = Story().new(posted_at=START + 900 * DAY)
    story.answered_elsewhere()
    assert story.q.state is State.SENT


def test_history_never_replaces_a_reply_that_is_being_written() -> None:
    story = Story().draft()
    story.answered_elsewhere()
    assert (story.q.state, story.version) == (State.WORKING, 1)


@pytest.mark.parametrize("given", ["submitted", "approved"])
def test_an_answer_by_another_door_stops_the_reply_under_way_too(given: str) -> None:
    story: Story = getattr(Story(), given)()
    assert story.answered_elsewhere()[-1] == "review.suspended"


def test_the_oldest_unanswered_message_is_what_the_clock_counts_from() -> None:
    story = Story().new()
    story.later(1000).writes_again()
    assert story.q.waiting_since == START


def test_a_message_to_something_closed_is_never_lost() -> None:
    story = Story().sent()
    story.does("ada", c.Close)
    story.writes_again("Hello?")
    assert story.q.state is State.WORKING and story.q.words == "Hello?"


# --- messages and notes ---


@pytest.mark.parametrize(("direction", "text", "code"), [(Direction.IN, " ", "empty_text"), (Direction.INTERNAL, "x", "internal_message")])
def test_a_message_has_words_and_comes_from_outside(direction: Direction, text: str, code: str) -> None:
    assert Story().new().no("ada", c.RecordMessage, direction=direction, text=text, author="x").code == code


@pytest.mark.parametrize("given", ["submitted", "approved", "queued", "sent"])
def test_a_note_moves_nothing(given: str) -> None:
    story: Story = getattr(Story(), given)()
    before = story.q.state, story.gates, story.send_state
    assert story.does("ada", c.AddNote, text="Careful.") == ("note.added",)
    assert (story.q.state, story.gates, story.send_state) == before


def test_an_empty_note_is_refused() -> None:
    assert Story().new().no("ada", c.AddNote, text=" ").code == "empty_text"


@pytest.mark.parametrize("said", ["x", "X", " x", "x\n", "\uff58", "\uff38 "])
def test_a_channel_has_one_name_however_it_is_written(said: str) -> None:
    story = Story(policy("legal none", "legal pre_approve x")).new(channel=said)
    assert story.q.channel == "x"
    story.draft().does("ada", c.Submit)
    assert story.q.state is State.IN_REVIEW, "the rule about the channel speaks"


@pytest.mark.parametrize("said", ["x\u200b", "x y", "\u0445", "\x1b[2J", "-x", "x" * 33, "x/y", "<x>"])
def test_what_cannot_be_a_channels_name_is_refused(said: str) -> None:
    assert Story().no("ada", c.Receive, channel=said, text="Hi", customer="Ola").code == "bad_channel"


@pytest.mark.parametrize(
    ("channel", "expected"), [("email", "private"), (" Email ", "private"), ("phone", "private"), ("x", "public"), ("some_forum", "public")]
)
def test_an_enquiry_is_as_public_as_is_usual_on_its_channel_unless_it_says_otherwise(channel: str, expected: str) -> None:
    assert Story().new(channel=channel).q.visibility == expected
    assert Story().new(channel=channel, visibility=Visibility.PUBLIC).q.visibility == "public"
