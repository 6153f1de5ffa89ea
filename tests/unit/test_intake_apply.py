"""From conversations to commands."""

from typing import Any

import pytest

from hubconsole.domain.commands import Receive, RecordMessage
from hubconsole.domain.terms import Direction
from hubconsole.ids import is_id
from hubconsole.intake.apply import MISSING, Step, Unanswerable, steps
from hubconsole.intake.records import Incoming
from hubconsole.intake.threads import Conversation, Message

IN, OUT = Direction.IN, Direction.OUT


def message(text: str, direction: Direction, external_id: str = "1", **fields: Any) -> Message:
    return Message(Incoming(line=1, source="f", text=text, **fields), external_id, direction)


def made(*messages: Message, channel: str = "x", enquiry_id: str = "", missing: str = "", account: str = "") -> list[Step]:
    conversation = Conversation(channel, messages, enquiry_id, missing)
    return list(steps(conversation, account=account, own_names={"examplebank": "ExampleBank"}))


def test_the_first_message_from_outside_makes_the_enquiry_and_ours_is_history() -> None:
    receive, record = made(
        message("@examplebank help", IN, "1", author="Ann", handle="ann", posted_at=10, subject="card"),
        message("of course", OUT, "2", handle="ExampleBank", posted_at=20),
    )
    assert isinstance(receive.command, Receive) and isinstance(record.command, RecordMessage)
    first = receive.command
    assert is_id(first.enquiry_id)
    assert (first.customer, first.handle, first.account, first.posted_at) == ("Ann", "ann", "ExampleBank", 10)
    assert (first.subject, first.external_id, first.channel, first.visibility) == ("card", "1", "x", None)
    second = record.command
    assert (second.enquiry_id, second.direction, second.posted_at) == (first.enquiry_id, OUT, 20)
    assert (second.author, second.external_id) == ("ExampleBank", "2")


def test_our_post_that_started_it_follows_with_its_own_earlier_time() -> None:
    receive, post = made(message("news!", OUT, "1", posted_at=5), message("what?", IN, "2", author="Ann", posted_at=10))
    assert receive.command.text == "what?"
    assert (post.command.text, post.command.posted_at) == ("news!", 5)


def test_the_account_is_what_was_told_else_the_file_else_who_answered_else_who_was_addressed() -> None:
    def account(*messages: Message, **fields: Any) -> str:
        command = made(*messages, **fields)[0].command
        assert isinstance(command, Receive)
        return command.account

    answer = message("yes", OUT, "2", handle="help")
    assert account(message("@examplebank a", IN, account="box"), answer, account="told") == "told"
    assert account(message("@examplebank a", IN, account="box"), answer) == "box"
    assert account(message("@examplebank a", IN), answer) == "help"
    assert account(message("@ExampleBank, a", IN)) == "ExampleBank"
    assert account(message("@stranger a", IN)) == ""


def test_nobody_named_is_unknown() -> None:
    command = made(message("hello", IN))[0].command
    assert isinstance(command, Receive)
    assert command.customer == "unknown"


def test_an_answer_to_a_message_nobody_has_makes_an_enquiry_that_says_so() -> None:
    receive, record = made(message("@ann, please call us", OUT, "2", handle="bank", posted_at=7), missing="1")
    assert isinstance(receive.command, Receive)
    assert (receive.command.text, receive.command.customer, receive.command.posted_at) == (MISSING, "ann", 7)
    assert receive.command.external_id not in ("1", "2")
    assert receive.record is None
    assert isinstance(record.command, RecordMessage)
    assert record.command.direction is OUT


def test_our_own_posts_that_answer_nobody_are_no_enquiry() -> None:
    with pytest.raises(Unanswerable):
        made(message("we open at nine", OUT))


def test_further_messages_go_to_the_enquiry_that_is_there() -> None:
    found = made(message("more", IN, "3", author="Ann"), message("answer", OUT, "4"), enquiry_id="there")
    assert [(type(step.command), step.command.enquiry_id, step.new) for step in found] == [(RecordMessage, "there", False)] * 2
