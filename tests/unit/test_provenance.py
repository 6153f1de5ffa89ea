"""Words that come back have their old writers, whatever was saved in between."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.enquiry import Blame, Earlier
from hubconsole.domain.provenance import RUN, recall, remember
from hubconsole.domain.redline import blame, contributors, tokens

OWN = "We will pay the fee back by the end of the week."
OTHER = "Please call us."


def history(*steps: tuple[str, str]) -> Blame:
    """Provenance after each (author, text) in turn, as the hub keeps it."""
    ledger: tuple[Earlier, ...] = ()
    provenance: Blame = ()
    text = ""
    for author, new in steps:
        provenance = recall(blame(provenance, text, new, author), new, ledger)
        ledger, text = remember(ledger, new, provenance), new
    return provenance


def test_pasting_words_back_after_a_detour_does_not_make_them_somebody_elses() -> None:
    assert contributors(history(("lex", OWN), ("bo", OTHER), ("bo", OWN))) == {"lex", "bo"}


def test_writing_it_all_in_capitals_makes_it_nobody_elses() -> None:
    assert contributors(history(("lex", OWN), ("bo", OWN.upper()))) == {"lex", "bo"}


@pytest.mark.parametrize("words", ["a b ", "b a b a a ", "the quick brown fox "])
def test_texts_that_repeat_themselves_take_no_time(words: str) -> None:
    started = time.process_time()
    history(("lex", words * 800), ("bo", words[::-1] * 800), ("bo", words * 801))
    assert time.process_time() - started < 5


def test_a_long_detour_and_other_spaces_and_capitals_change_nothing() -> None:
    detour = [("bo", f"{n} quite another text {n}") for n in range(5)]
    assert "lex" in contributors(history(("lex", OWN), *detour, ("bo", OWN.upper().replace(" ", "\n"))))


def test_sentences_that_come_back_in_another_order_are_still_their_writers() -> None:
    first = "The card was blocked on Monday evening. A new one was sent to you by courier."
    back = "A new one was sent to you by courier. The card was blocked on Monday evening."
    assert history(("lex", first), ("bo", OTHER), ("bo", back))[0][1] == ("bo", "lex")


def test_only_the_words_that_came_back_are_theirs() -> None:
    after = history(("lex", OWN), ("bo", OTHER), ("bo", f"{OTHER} We will pay the fee tomorrow"))
    people = [who for count, who in after for _ in range(count)]
    words = dict(zip(tokens(f"{OTHER} We will pay the fee tomorrow"), people, strict=True))
    assert words["fee"] == ("bo", "lex")
    assert words["tomorrow"] == words["Please"] == ("bo",)


def test_a_phrase_shorter_than_a_run_is_nobodys() -> None:
    phrase = " ".join(OWN.split()[: RUN - 1])
    assert contributors(history(("lex", OWN), ("bo", OTHER), ("bo", f"Now {phrase}"))) == {"bo"}


def test_a_short_text_comes_back_as_a_whole_or_not_at_all() -> None:
    assert contributors(history(("lex", "Yes, gladly"), ("bo", OTHER), ("bo", "Yes gladly!"))) == {"lex", "bo"}
    assert contributors(history(("lex", "Yes, gladly"), ("bo", OTHER), ("bo", "Yes, gladly do that"))) == {"bo"}


def test_a_text_that_stands_in_the_ledger_twice_is_kept_once_with_all_its_people() -> None:
    ledger = remember(remember((), OWN, ((len(tokens(OWN)), ("lex",)),)), OWN, ((len(tokens(OWN)), ("lex", "bo")),))
    assert ledger == (Earlier(OWN, ((len(tokens(OWN)), ("lex", "bo")),)),)


@given(st.lists(st.tuples(st.sampled_from(("ana", "bo", "lex")), st.text("ab .\n", max_size=24)), min_size=1, max_size=6))
def test_provenance_still_covers_every_token_and_loses_nobody(steps: list[tuple[str, str]]) -> None:
    plain: Blame = ()
    text = ""
    for author, new in steps:
        plain, text = blame(plain, text, new, author), new
    after = history(*steps)
    assert sum(count for count, _ in after) == len(tokens(text))
    assert contributors(plain) <= contributors(after)
