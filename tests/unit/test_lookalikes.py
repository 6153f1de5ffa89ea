"""What passes for something else: words in other letters, names that nobody could tell apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.lookalikes import mixed_words, name_keys, plain


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("We gu\u0430rantee a refund", "We guarantee a refund"),
        ("W\u0435 pr\u043emise", "We promise"),
        ("\u03a1r\u03bfmise", "promise"),
        ("We guaran\u00adtee\u200b it", "We guarantee it"),
        ("\U0001d420\U0001d42e\U0001d41aranteed", "guaranteed"),
        ("\uff47uarantee", "guarantee"),
        ("gu\u0101r\u00e1nt\u00e9e", "guarantee"),
        ("\ufb01ne", "fine"),
        ("we\t  promise", "we promise"),
        ("we\npromise,\nand", "we promise, and"),
        ("One.\nTwo\n\n- three\n- four", "One.\nTwo\n\n- three\n- four"),
    ],
)
def test_a_text_is_read_as_it_looks(text: str, looks: str) -> None:
    assert plain(text).text == looks


@given(st.text(max_size=80))
def test_every_place_points_into_the_text_and_in_order(text: str) -> None:
    shown = plain(text)
    assert len(shown.places) == len(shown.text)
    assert list(shown.places) == sorted(shown.places)
    assert all(0 <= place < len(text) for place in shown.places)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_plain_text_looks_like_itself(text: str) -> None:
    assert plain(text).text == text
    assert list(mixed_words(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We gu\u0430rantee it", ["gu\u0430rantee"]),
        ("W\u0435 pr\u043emise", ["W\u0435", "pr\u043emise"]),
        ("ref\u200bund r\u0435\u200bfund", ["r\u0435\u200bfund"]),
        ("Привет, Ada! Γεια σου", []),
        ("5 µm, T\u30b7\u30e3\u30c4, 李Li, Zoë", []),
    ],
)
def test_words_of_two_scripts_that_look_alike_are_found(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in mixed_words(text)] == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lawyer1", "Lawyer1"), ("lawyer1", "l\u0430wyer1"), ("lawyer1", "lawyerl"), ("lawyer1", "lawyerI"), ("lawyer1", "lawyer\u00b9"),
        ("lead1", "lead1\u0301"), ("ada", "\u0430d\u0430"), ("bob", "b0b"), ("Bernd", "Bemd"), ("lex", "\uff4cex"), ("ada", "ADA"),
    ],
)  # fmt: skip
def test_names_that_people_cannot_tell_apart_share_a_key(one: str, other: str) -> None:
    assert name_keys(one) & name_keys(other)


@pytest.mark.parametrize(("one", "other"), [("Zoë", "Zoe"), ("agent1", "agent2"), ("lex", "lea"), ("李雷", "李明"), ("ali", "all")])
def test_names_that_differ_to_the_eye_share_none(one: str, other: str) -> None:
    assert not name_keys(one) & name_keys(other)
