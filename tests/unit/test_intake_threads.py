"""Conversations from reply ids; the same message twice; who is the brand."""

from collections.abc import Sequence
from typing import Any

from hubconsole.domain.terms import Direction
from hubconsole.intake.records import Incoming, pack, unpack
from hubconsole.intake.spool import Spool
from hubconsole.intake.threads import Again, Conversation, Message, Threads


def message(text: str, **fields: Any) -> Incoming:
    return Incoming(line=fields.pop("line", 1), source="f", text=text, **fields)


def nobody(channel: str, ids: Sequence[str]) -> dict[str, str]:
    return {}


def unchanged(enquiry_id: str, messages: Sequence[Message]) -> list[Again]:
    return [Again.SAME] * len(messages)


def threaded(*records: Incoming, known: dict[str, str] | None = None, brand: Sequence[str] = ()) -> list[Conversation]:
    threads = Threads(brand)
    for record in records:
        assert threads.add(record, record.channel or "x") is None
    there = known or {}
    return list(threads.conversations(lambda channel, ids: {one: there[one] for one in ids if one in there}, unchanged))


def texts(conversations: list[Conversation]) -> list[list[str]]:
    return [[found.record.text for found in conversation.messages] for conversation in conversations]


def test_replies_are_followed_from_either_end_and_put_in_order_of_time() -> None:
    found = threaded(
        message("answer", external_id="2", reply_to="1", posted_at=20),
        message("question", external_id="1", replies=("2", "3"), posted_at=10),
        message("more", external_id="3", posted_at=30),
        message("another", external_id="9", posted_at=5),
    )
    assert texts(found) == [["another"], ["question", "answer", "more"]]


def test_answers_to_the_same_missing_message_belong_together() -> None:
    found = threaded(message("a", external_id="2", reply_to="1", posted_at=1), message("b", external_id="3", reply_to="1", posted_at=2))
    assert texts(found) == [["a", "b"]]
    assert found[0].missing == "1"


def test_a_thread_id_joins_what_has_no_reply_ids() -> None:
    found = threaded(message("a", external_id="1", thread="t"), message("b", external_id="2", thread="t"), message("c", external_id="t"))
    assert texts(found) == [["a", "b"], ["c"]]


def test_circles_and_answers_to_oneself_end() -> None:
    found = threaded(
        message("a", external_id="1", reply_to="2"),
        message("b", external_id="2", reply_to="3"),
        message("c", external_id="3", reply_to="1"),
        message("d", external_id="4", reply_to="4"),
    )
    assert texts(found) == [["a", "b", "c"], ["d"]]
    assert found[1].missing == ""


def test_a_chain_of_many_thousands_is_one_conversation() -> None:
    found = threaded(*(message(str(n), external_id=str(n), reply_to=str(n - 1), posted_at=n) for n in range(1, 20_000)))
    assert [len(conversation.messages) for conversation in found] == [19_999]


def test_the_same_id_on_two_channels_is_two_messages() -> None:
    found = threaded(message("a", external_id="1", channel="x"), message("b", external_id="1", channel="email"))
    assert [(one.channel, len(one.messages)) for one in found] == [("x", 1), ("email", 1)]


def test_what_the_hub_has_is_skipped_and_what_is_new_goes_to_its_enquiry() -> None:
    threads = Threads()
    for record in (message("a", external_id="1"), message("b", external_id="2", reply_to="1"), message("c", external_id="3")):
        threads.add(record, "x")
    found = list(threads.conversations(lambda channel, ids: {"1": "enquiry-1", "3": "enquiry-3"}, unchanged))
    assert [(one.enquiry_id, [m.external_id for m in one.messages]) for one in found] == [("enquiry-1", ["2"])]
    assert threads.skipped == 2


def test_what_answers_somebody_elses_message_under_a_known_id_stays_out_of_that_enquiry() -> None:
    for found, home in ((Again.EDITED, "enquiry-1"), (Again.ANOTHERS, "")):
        threads = Threads()
        for record in (message("a", external_id="1"), message("b", external_id="2", reply_to="1")):
            threads.add(record, "x")
        (one,) = threads.conversations(lambda channel, ids: {"1": "enquiry-1"}, lambda enquiry_id, messages, found=found: [found])  # type: ignore[misc]
        assert (one.enquiry_id, [m.external_id for m in one.messages], threads.skipped) == (home, ["2"], 0)


def test_a_message_finds_its_enquiry_through_the_hub_when_its_parent_is_not_in_the_file() -> None:
    found = threaded(message("b", external_id="2", reply_to="1"), known={"1": "enquiry-1"})
    assert (found[0].enquiry_id, found[0].missing) == ("enquiry-1", "1")


def test_a_repeated_id_is_skipped_and_one_with_another_text_is_a_reject_that_says_where() -> None:
    threads = Threads()
    assert threads.add(message("a", external_id="1", line=2), "x") is None
    assert threads.add(message("a", external_id="1", line=3), "x") is None
    problem = threads.add(message("b", external_id="1", line=4), "x")
    assert threads.skipped == 1
    assert problem is not None
    assert (problem.line, problem.reason) == (4, "the id '1' stands for another text on line 2")
    problem = threads.add(message("a", external_id="1", line=5, author="ann"), "x")
    assert problem is not None and problem.reason == "the id '1' stands for another author on line 2"


def test_without_ids_content_tells_repetitions_apart() -> None:
    threads = Threads()
    for record in (
        message("lost card", author="ann", posted_at=1),
        message("lost card", author="ann", posted_at=1),
        message("lost card", author="ann", posted_at=2),
        message("lost card"),
        message("lost card"),
    ):
        assert threads.add(record, "x") is None
    first = {found.messages[0].external_id for found in threads.conversations(nobody, unchanged)}
    assert (len(first), threads.skipped) == (4, 1)
    again = Threads()
    for record in (message("lost card"), message("lost card"), message("lost card")):
        again.add(record, "x")
    second = {found.messages[0].external_id for found in again.conversations(nobody, unchanged)}
    assert len(second - first) == 1


def test_whoever_answers_many_people_is_taken_for_the_brand() -> None:
    records = []
    for n in range(1, 5):
        records.append(message(f"q{n}", external_id=f"q{n}", author=f"customer{n}"))
        records.append(message(f"a{n}", external_id=f"a{n}", author="bank", reply_to=f"q{n}"))
        records.append(message(f"t{n}", external_id=f"t{n}", author=f"customer{n}", reply_to=f"a{n}"))
    directions = {found.record.text[0]: found.direction for one in threaded(*records) for found in one.messages}
    assert directions == {"q": Direction.IN, "a": Direction.OUT, "t": Direction.IN}


def test_a_named_brand_is_recognised_by_name_handle_address_or_domain_and_nobody_else_is() -> None:
    def way(**fields: Any) -> Direction:
        return threaded(message("x", external_id="1", **fields), brand=("@ExampleBank", "bank.example"))[0].messages[0].direction

    assert way(author="examplebank") is Direction.OUT
    assert way(author="Kim", handle="kim@bank.example") is Direction.OUT
    assert way(author="Kim", handle="kim@notbank.example") is Direction.IN
    assert way(author="Kim", handle="kim@bank.example", direction=Direction.IN) is Direction.IN


def test_a_mailbox_that_many_people_write_to_is_ours() -> None:
    records = [message(f"q{n}", external_id=f"q{n}", handle=f"p{n}@mail.example", account="help@bank.example") for n in range(3)]
    records.append(message("answer", external_id="a", handle="help@bank.example", account="p1@mail.example", reply_to="q1"))
    directions = {found.record.text: found.direction for one in threaded(*records) for found in one.messages}
    assert directions["answer"] is Direction.OUT
    assert directions["q1"] is Direction.IN


def test_records_come_back_from_the_spool_as_they_went_in() -> None:
    spool = Spool()
    records = [message(f"text {n} \ud800\0", direction=Direction.OUT, replies=("1", "2"), posted_at=n) for n in range(50)]
    for record in records:
        spool.append(record)
    assert [spool[place] for place in range(49, -1, -1)] == records[::-1]
    assert unpack(pack(records[0])) == records[0]
    spool.close()
