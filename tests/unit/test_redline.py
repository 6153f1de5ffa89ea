"""The word diff that a reviewer reads, and whose words a text consists of."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.diff import changes
from hubconsole.domain.enquiry import Blame
from hubconsole.domain.redline import Piece, blame, contributors, redline, tokens

WORDS = st.lists(
    st.sampled_from(["we", "will", "refund", "the", "fee", ".", ",", "\n", " ", "  ", "Friday", "3.50", "don't", "漢字", "é"]), max_size=30
)
TEXTS = st.one_of(WORDS.map(" ".join), WORDS.map("".join), st.text(max_size=40))
PEOPLE = ["ana", "bo", "cy"]


def marked(old: str, new: str) -> str:
    """The redline as one line: [-removed-] {+added+}."""
    signs = {"keep": "{}", "remove": "[-{}-]", "add": "{{+{}+}}"}
    return "".join(signs[piece.op].format(piece.text) for piece in redline(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("same", "same", "same"),
        ("We will refund the fee.", "We may refund the fee.", "We [-will-]{+may+} refund the fee."),
        ("a clear answer", "a very clear answer", "a{+ very+} clear answer"),
        ("You will get it by Friday.", "You will get it.", "You will get it[- by Friday-]."),
        ("costs 3.50 now", "costs 4.50 now", "costs [-3.50-]{+4.50+} now"),
        ("don't worry", "do not worry", "[-don't-]{+do not+} worry"),
        ("red blue green", "one two green", "[-red blue-]{+one two+} green"),
        ("カードが使えません", "カードは使えません", "カード[-が-]{+は+}使えません"),
        ("a b", "a  b", "a[- -]{+  +}b"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
    ],
)
def test_a_redline_reads_word_by_word(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


def test_a_short_word_between_larger_changes_is_changed_with_them() -> None:
    shown = marked(
        "Our staff guarantees refunds to every single customer", "Please write quickly if anything to somebody private who cares"
    )
    assert shown.count("[-") == 1


@given(TEXTS)
def test_tokens_lose_nothing(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


@given(TEXTS, TEXTS)
def test_pieces_rebuild_both_texts_and_never_repeat_an_operation(old: str, new: str) -> None:
    pieces = redline(old, new)
    assert "".join(piece.text for piece in pieces if piece.op != "add") == old
    assert "".join(piece.text for piece in pieces if piece.op != "remove") == new
    assert all(a.op != b.op for a, b in pairwise(pieces))
    assert (old == new) == all(piece.op == "keep" for piece in pieces)


@given(TEXTS, TEXTS)
def test_between_changes_the_tokens_are_equal(old: str, new: str) -> None:
    a, b = tokens(old), tokens(new)
    x = y = 0
    for change in changes(a, b):
        assert change.size
        assert a[x : change.old_start] == b[y : change.new_start]
        x, y = change.old_end, change.new_end
    assert a[x:] == b[y:]


def test_a_long_text_is_compared_quickly_however_different() -> None:
    choice = random.Random(7)
    vocabulary = [f"word{n}" for n in range(400)]

    def letter() -> str:
        return ". ".join(" ".join(choice.choices(vocabulary, k=12)) for _ in range(130))[:10_000]

    one, other = letter(), letter()
    started = time.process_time()
    assert redline(one, other)
    small = redline(one, one.replace("word7 ", "seven "))
    assert time.process_time() - started < 2
    assert Piece("add", "seven") in small


def history(*steps: tuple[str, str]) -> Blame:
    """Provenance after each (author, text) in turn."""
    provenance: Blame = ()
    text = ""
    for author, new in steps:
        provenance = blame(provenance, text, new, author)
        text = new
    return provenance


def test_the_writer_of_a_first_version_is_its_only_contributor() -> None:
    assert history(("ana", "We will look into it.")) == ((len(tokens("We will look into it.")), ("ana",)),)


def test_who_adds_a_word_joins_and_the_others_keep_theirs() -> None:
    assert contributors(history(("ana", "We will look."), ("bo", "We will gladly look."))) == {"ana", "bo"}


def test_who_only_takes_a_word_away_has_edited_what_is_left() -> None:
    after = history(("ana", "We will definitely look."), ("bo", "We will look."))
    assert contributors(after) == {"ana", "bo"}
    assert after == ((2, ("ana",)), (3, ("ana", "bo")), (1, ("ana",)))


def test_a_deletion_is_not_forgotten_when_the_next_word_is_replaced() -> None:
    after = history(("ana", "We will not definitely look."), ("bo", "We will not look."), ("cy", "We will not search."))
    assert "bo" in contributors(after)


def test_somebody_whose_every_word_was_replaced_is_gone() -> None:
    assert contributors(history(("ana", "Nothing good here, sorry."), ("bo", "Please write privately, thanks."))) == {"bo"}


def test_putting_the_old_word_back_takes_the_replacer_out_again() -> None:
    assert contributors(history(("ana", "We will look."), ("bo", "We may look."), ("ana", "We will look."))) == {"ana"}


def test_saving_the_same_text_changes_nothing() -> None:
    first = history(("ana", "Hello."))
    assert blame(first, "Hello.", "Hello.", "bo") == first


def test_emptying_a_text_leaves_who_emptied_it() -> None:
    assert contributors(history(("ana", "Hello."), ("bo", ""))) == {"bo"}
    assert contributors(history(("ana", "Hello."), ("bo", ""), ("cy", "Good day"))) == {"cy"}


def test_provenance_of_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="covers 1 tokens"):
        blame(((1, ("ana",)),), "two words", "one", "bo")


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), TEXTS), min_size=1, max_size=6))
def test_provenance_covers_every_token_and_names_who_changed_it(steps: list[tuple[str, str]]) -> None:
    provenance: Blame = ()
    text = ""
    for author, new in steps:
        before, provenance = provenance, blame(provenance, text, new, author)
        assert sum(count for count, _ in provenance) == len(tokens(new))
        assert contributors(provenance) <= contributors(before) | {author}
        if new != text:
            assert author in contributors(provenance)
        text = new


@given(TEXTS, TEXTS)
def test_nobody_remains_whose_every_token_vanished(old: str, new: str) -> None:
    first = blame((), "", old, "ana")
    second = blame(first, old, new, "bo")
    kept = {token for token in tokens(old) if not token.isspace()} & set(tokens(new))
    if not any(char.isalnum() for token in kept for char in token) and old != new:
        assert contributors(second) == {"bo"}
