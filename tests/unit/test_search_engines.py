"""Full-text search finds the same on both engines, and long texts are searched whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubconsole.domain.query import parse
from hubconsole.errors import UsageProblem
from hubconsole.store import reads
from hubconsole.store.dialect import Phrase, dialect_of
from hubconsole.store.engine import Connection
from hubconsole.store.words import tsquery, tsvectors, words_of
from tests.unit.engines import ENGINES, transaction
from tests.unit.test_reads import HUB, NOW, enquiry

Pair = tuple[Connection, Connection]

WORDS = st.sampled_from(
    [
        "card",
        "Card",
        "cards",
        "carding",
        "block",
        "blocked",
        "BLOCKED",
        "kühn",
        "Kuhn",
        "KÜHN",
        "e\u0301te",
        "été",
        "straße",
        "STRASSE",
        "日本",
        "日本語",
        "don't",
        "a_b",
        "12",
        "12.50",
        "x\0y",
        "œuvre",
        "\ufb01n",
        "!",
        "?",
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=6).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("search")
    with ENGINES["sqlite"](folder) as one, ENGINES["postgres"](folder) as other:
        for conn in (one, other):
            with transaction(conn):
                for number in range(1, 6):
                    enquiry(conn, number)
        yield one, other


@given(st.lists(st.tuples(st.integers(1, 5), TEXTS), min_size=1, max_size=8), st.lists(TEXTS, min_size=1, max_size=6))
@example([(1, "my card is blocked"), (1, "blocked card"), (2, "cards")], ["card", "card blocked", '"blocked card"', "blocked car", "ca"])
@settings(max_examples=120)
def test_both_engines_find_the_same(pair: Pair, texts: list[tuple[int, str]], asked: list[str]) -> None:
    for conn in pair:
        with transaction(conn):
            dialect_of(conn).forget_words(conn, HUB)
            for seq, (number, text) in enumerate(texts, 1):
                dialect_of(conn).keep_words(conn, HUB, seq, f"id-{number}", text)
    for text in asked:
        for limit in (1, 50):
            one, other = ([row.id for row in reads.search(conn, HUB, text, limit)] for conn in pair)
            assert one == other
        for query in (text, f'"{text}"', f'-"{text}"', f"{text} state:new"):
            try:
                asks = parse(query)
            except UsageProblem:
                continue
            one, other = ([row.id for row in reads.page(conn, HUB, asks, now=NOW).rows] for conn in pair)
            assert one == other


def test_words_are_cut_and_folded_as_fts5_does() -> None:
    assert words_of("Größe KÜHN don't e\u0301té") == ["große", "kuhn", "don", "t", "ete"]
    assert words_of("") == words_of("!? \0") == []


def test_what_has_no_words_is_looked_for_nowhere() -> None:
    assert tsquery([Phrase("!?")]) == tsquery([]) == ""
    assert tsquery([Phrase("a b"), Phrase("..."), Phrase("c's", True)]) == "('a' <-> 'b') & ('c' <-> 's':*)"


LONG = {
    "a word said a thousand times": "the card " * 1_000 + "zeppelin airport",
    "many thousand different words": " ".join(f"w{n}" for n in range(40_000)) + " zeppelin airport",
    "one word of many thousand letters": "x" * 30_000 + " zeppelin airport",
}


@pytest.mark.parametrize("kind", LONG)
def test_the_end_of_a_long_text_is_found_as_its_beginning_is(pair: Pair, kind: str) -> None:
    text = LONG[kind]
    for conn in pair:
        with transaction(conn):
            dialect_of(conn).forget_words(conn, HUB)
            dialect_of(conn).keep_words(conn, HUB, 1, "id-3", text)
        for wanted in ('"zeppelin airport"', "zeppelin air", text.split()[0][:80], f'"{" ".join(text.split()[-40:])}"'):
            assert [row.id for row in reads.page(conn, HUB, parse(wanted), now=NOW).rows] == ["id-3"], wanted[:40]
        assert [row.id for row in reads.search(conn, HUB, f"zeppelin {text.split()[0]}")] == ["id-3"]
        assert reads.page(conn, HUB, parse('"airport zeppelin"'), now=NOW).rows == ()


def test_a_long_text_is_cut_where_a_vector_would_forget_places() -> None:
    assert len(list(tsvectors("card " * 250))) == 1 and len(list(tsvectors("card " * 251))) == 2
    assert len(list(tsvectors(""))) == 1
