"""The filter language: what it accepts, how it explains itself, and what a query can do."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.query import ALIASES, FIELDS, IS_WORDS, STATE_WORDS, Query, QueryProblem, Term, parse
from hubconsole.errors import UsageProblem
from hubconsole.store.rows import BoardRow

NOW = 1_763_474_400_000
ROW = BoardRow(
    id="i", number=12, key="E-12", state="in_review", channel="x", visibility="public", customer="Maria K", words="my card is blocked",
    priority=2, owner="anna", gates="legal:requested brand:approve", flags="promise:warn", on_it="ben", on_it_until=NOW + 1,
    due_at=NOW + 600_000, waiting_since=NOW - 900_000, received_at=NOW - 3_600_000, updated_at=NOW, snoozed_until=0, disposition="engage",
    draft=1, last_author="anna", reopened=0, rank=5, version=3,
)  # fmt: skip


def matches(text: str, row: BoardRow = ROW) -> bool:
    return parse(text).matches(row, me="anna", now=NOW)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("state:review", Term("state", ":", ("in_review",))),
        ("is:open", Term("state", ":", ("open",))),
        ("st=NEW", Term("state", ":", ("new",))),
        ("!owner:@anna", Term("owner", ":", ("anna",), True)),
        ("is:mine", Term("owner", ":", ("me",))),
        ("channel:x|Email|x", Term("channel", ":", ("x", "email"))),
        ("age>1h30m", Term("age", ">", ("1h30m",))),
        ("age:>10m", Term("age", ">", ("10m",))),
        ("p:P1", Term("priority", ":", ("1",))),
        ('customer:"maria k"|bob', Term("customer", ":", ("maria k", "bob"))),
        ('-"card blocked"', Term("phrase", ":", ("card blocked",), True)),
        ("e-12", Term("key", ":", ("E-12",))),
        ("key:12", Term("key", ":", ("E-12",))),
        ("card", Term("text", ":", ("card",))),
        ("gate:legal:approve", Term("gate", ":", ("legal:approve",))),
        ("received>=2026-11-01t14:30", Term("received", ">=", ("2026-11-01T14:30",))),
        ("vis:dm", Term("visibility", ":", ("private",))),
    ],
)
def test_one_term_is_read(text: str, term: Term) -> None:
    assert parse(text).terms == (term,)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("stat:new", 0, "Did you mean “state”"),
        ("channel:x stae:new", 10, "Did you mean “state”"),
        ("state:reviw", 6, "Did you mean “review”"),
        ("state:new|xyz", 10, "not a state"),
        ("age:10m", 0, "age>10m"),
        ("age>10", 4, "10m"),
        ("due<soon", 4, "not a duration"),
        ("state>new", 0, "cannot be compared"),
        ("owner:", 6, "no value"),
        ("channel:x|", 10, "no value"),
        ('say "card', 4, "not closed"),
        ('""', 0, "nothing between"),
        ("priority:9", 9, "not a priority"),
        ("priority<1|2", 0, "one value"),
        ("received>2026-13-01", 9, "not a date"),
        ("key:abc", 4, "not a key"),
        ("is:open|snoozed", 0, "mixes"),
        ("is:purple", 3, "not a word"),
        ("http://x", 0, "quote it"),
        (" ".join(f"w{n}" for n in range(100)), 246, "more than 64"),
        ("channel:" + "|".join(f"w{n}" for n in range(100)), 0, "more than 64"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(text: str, position: int, says: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse(text)
    assert isinstance(caught.value, QueryProblem)
    assert says in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "", "state:review", "state:open", "-state:new", "channel:x|email", "owner:me", "owner:anna|none", "on:ben", "by:me", "priority<=2",
        "priority>1", "gate:legal", "gate:brand:approve", "flag:promise", "flag:warn",
        "age>10m", "age<2h", "wait>=15m", "due<15m", "due>5m",
        "customer:MARIA", "is:claimed", "is:owned", "is:flagged", "is:drafted", "is:awake", "disposition:engage", "E-12", "function:legal",
        "received<2030-01-01", "updated>2020-01-01", "visibility:public", "card", '"card is"', "-gate:brand", "-is:overdue", "-is:reopened",
    ],
)  # fmt: skip
def test_terms_that_hold_for_the_row(text: str) -> None:
    assert matches(text)
    if text and not text.startswith("-"):
        assert not matches("-" + text)


@pytest.mark.parametrize(
    "text", ["is:snoozed", "state:new", "owner:none", "age<10m", "due<5m", "customer:bob", "E-13", "function:service", "on:me"]
)
def test_terms_that_do_not_hold_for_the_row(text: str) -> None:
    assert not matches(text)
    assert matches("-" + text)


def test_snoozed_rows_are_hidden_unless_asked_for() -> None:
    asleep = ROW._replace(snoozed_until=NOW + 1)
    assert not matches("", asleep)
    assert not matches("state:review", asleep)
    assert matches("is:snoozed", asleep)
    assert matches("is:snoozed|awake", asleep)
    assert matches("E-12", asleep)
    assert matches("", ROW._replace(snoozed_until=NOW))


def test_a_claim_that_ran_out_is_nobodys() -> None:
    late = ROW._replace(on_it_until=NOW)
    assert not matches("is:claimed", late)
    assert matches("on:none", late)


def test_missing_times_never_match_a_comparison() -> None:
    bare = ROW._replace(due_at=None, waiting_since=None)
    assert not any(matches(text, bare) for text in ("due<1w", "due>1s", "wait>1s", "wait<1w", "is:overdue"))


def test_a_day_is_the_whole_day_in_utc() -> None:
    noon = ROW._replace(received_at=1_762_000_000_000)  # 2025-11-01 12:26:40 UTC
    assert matches("received:2025-11-01 received>=2025-11-01 received<=2025-11-01", noon)
    assert not matches("received>2025-11-01", noon)
    assert not matches("received<2025-11-01", noon)
    assert matches("received>2025-10-31 received<2025-11-02 received:2025-11-01T12:26", noon)


def test_terms_are_added_once_and_taken_away_by_text_chip_or_field() -> None:
    query = parse("state:new").with_term("channel:x").with_term("state:new").with_term(Term("text", ":", ("card",)))
    assert query.text == "state:new channel:x card"
    assert query.without("channel:x").text == "state:new card"
    assert query.without("state").text == "channel:x card"
    assert query.without(query.terms[2]).text == "state:new channel:x"
    long = parse('customer:"a very long name of a customer"')
    assert len(long.chips()[0]) <= 28
    assert long.without(long.chips()[0]) == Query()


def test_me_becomes_a_name_so_that_the_query_means_the_same_to_everybody() -> None:
    query = parse("owner:me|none -on:me channel:x").as_member("anna")
    assert query.text == "owner:anna|none -on:anna channel:x"
    assert query.matches(ROW, me="someone else", now=NOW)


def test_queries_are_equal_and_hashable_by_what_they_say() -> None:
    assert len({parse("state:review"), parse(" st:in_review "), parse("is:review")}) == 1


def test_text_and_function_need_the_store_for_certainty() -> None:
    assert [parse(text).needs_store for text in ("card", '"a b"', "function:legal", "state:new owner:me")] == [True, True, True, False]


@given(
    st.text(max_size=60) | st.lists(st.sampled_from([*FIELDS, *ALIASES, ":", ">", "|", '"', "\\", "-", " ", "new", "me", "1"])).map("".join)
)
def test_any_text_is_a_query_or_a_problem_and_a_querys_text_means_the_same_query(text: str) -> None:
    try:
        query = parse(text)
    except QueryProblem as problem:
        assert 0 <= problem.position <= len(text)
        return
    assert parse(query.text) == query
    assert parse(query.text).text == query.text
    query.matches(ROW, me="anna", now=NOW)


def test_importing_the_language_brings_in_nothing_heavy() -> None:
    heavy = "('dataclasses', 'difflib', 'pydantic', 'sqlite3')"
    code = f"import sys; import hubconsole.domain.query; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_documentation_names_every_field_and_word() -> None:
    text = (Path(__file__).parents[2] / "docs" / "query.md").read_text("utf-8")
    for word in (*FIELDS, *ALIASES, *IS_WORDS, *STATE_WORDS):
        assert f"`{word}`" in text, word


def test_the_examples_of_the_documentation_are_queries() -> None:
    text = (Path(__file__).parents[2] / "docs" / "query.md").read_text("utf-8")
    examples = [line for block in text.split("```")[1::2] for line in block.strip().splitlines()]
    assert len(examples) >= 5
    for example in examples:
        assert parse(example.split("  ")[0]).terms
