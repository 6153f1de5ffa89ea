"""The words of a text for PostgreSQL's full-text search, cut and folded by FTS5's own tokenizer.

So a hub finds the same whichever engine it is on, and PostgreSQL needs no extension and no dictionary: it is given
finished ``tsvector`` and ``tsquery`` literals. What these cannot hold is taken care of here: a vector remembers at most
256 places of a word, places up to 16,383 and words of 2 KiB, so long texts are cut into parts that overlap.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence

from hubconsole.store.dialect import Phrase

_MOST_PLACES = 250
_MOST_WORDS = 15_000
_OVERLAP = 64
"""Words that a part repeats from the one before, so that a phrase of up to as many is found across the cut."""
_LONGEST = 500
"""Characters of a word that are kept as they are; of a longer one the beginning and a digest."""

_TOKENS = "SELECT term FROM instances ORDER BY offset"
_guard = threading.Lock()
_cutters: list[sqlite3.Connection] = []


def words_of(text: str) -> list[str]:
    """The words of a text in order, folded as FTS5 folds them."""
    with _guard:
        if not _cutters:
            _cutters.append(_cutter())
        conn = _cutters[0]
        try:
            conn.execute("INSERT INTO cut (rowid, text) VALUES (1, ?)", (text,))
            return [term for (term,) in conn.execute(_TOKENS)]
        finally:
            conn.execute("INSERT INTO cut (cut) VALUES ('delete-all')")


def tsvectors(text: str) -> Iterator[str]:
    """A text as ``tsvector`` literals; nearly always one."""
    words = words_of(text)
    start = 0
    while True:
        end = _end(words, start)
        yield _vector(words[start:end])
        if end == len(words):
            return
        start = max(start + 1, end - _OVERLAP)


def tsquery(phrases: Sequence[Phrase]) -> str:
    """Phrases that must all occur, as a ``tsquery`` literal; without a single word it finds nothing."""
    return " & ".join(filter(None, map(_phrase, phrases)))


def _phrase(phrase: Phrase) -> str:
    words = words_of(phrase.text.replace("\0", " "))
    if not words:
        return ""
    last = f"{_quoted(words[-1][:_LONGEST])}:*" if phrase.prefix else _quoted(_kept(words[-1]))
    return "(" + " <-> ".join([*(_quoted(_kept(word)) for word in words[:-1]), last]) + ")"


def _cutter() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    conn.execute("PRAGMA journal_mode = OFF")
    conn.execute("CREATE VIRTUAL TABLE cut USING fts5(text, content = '', tokenize = \"unicode61 remove_diacritics 2\")")
    conn.execute("CREATE VIRTUAL TABLE instances USING fts5vocab(cut, instance)")
    return conn


def _end(words: list[str], start: int) -> int:
    """Where the part that begins at ``start`` must end."""
    counts: dict[str, int] = {}
    for place in range(start, min(len(words), start + _MOST_WORDS)):
        word = words[place]
        counts[word] = counts.get(word, 0) + 1
        if counts[word] > _MOST_PLACES:
            return place
    return min(len(words), start + _MOST_WORDS)


def _vector(words: list[str]) -> str:
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(_kept(word), []).append(str(place))
    return " ".join(f"{_quoted(word)}:{','.join(at)}" for word, at in places.items())


def _kept(word: str) -> str:
    if len(word) <= _LONGEST:
        return word
    return word[:_LONGEST] + hashlib.sha256(word.encode()).hexdigest()


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
