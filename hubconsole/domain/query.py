"""The filter language of the board: ``state:review age>10m channel:x -owner:me "card blocked"``.

Terms beside each other must all hold; ``|`` inside a value means either; ``-`` or ``!`` before a term means
not. Words without a field, and quoted text, are searched for. Rows come in queue order (rank ascending) and
snoozed ones are left out unless the query asks for them. The fields are listed in ``docs/query.md``.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from hubconsole.domain.query_match import Judged, instant, row_matches
from hubconsole.domain.terms import Disposition, Function, State
from hubconsole.errors import UsageProblem
from hubconsole.ids import number_of

STATE_WORDS = {
    **{state.value: state.value for state in State},
    "review": "in_review", "waiting": "waiting_customer", "wait": "waiting_customer", "open": "open", "done": "done",
}  # fmt: skip
"""What may follow ``state:``; ``open`` stands for every state in which the hub has the next move, ``done`` for the rest."""

IS_WORDS = ("snoozed", "awake", "claimed", "unclaimed", "owned", "overdue", "reopened", "flagged", "drafted")
"""What may follow ``is:``, besides the words of STATE_WORDS, ``public``, ``private``, ``mine`` and ``unowned``."""

FIELDS = {
    "state": "word", "channel": "word", "owner": "word", "on": "word", "function": "word", "disposition": "word",
    "visibility": "word", "gate": "word", "flag": "word", "by": "word", "is": "word", "key": "word", "customer": "word",
    "priority": "number", "age": "duration", "wait": "duration", "due": "duration", "received": "date", "updated": "date",
}  # fmt: skip
"""Every field and what it takes."""

ALIASES = {
    "st": "state", "ch": "channel", "who": "owner", "claimed": "on", "claim": "on", "fn": "function", "vis": "visibility",
    "gates": "gate", "flags": "flag", "author": "by", "has": "is", "e": "key", "id": "key", "name": "customer", "cust": "customer",
    "p": "priority", "prio": "priority", "waiting": "wait", "target": "due", "arrived": "received", "changed": "updated",
}  # fmt: skip
"""Other spellings of the fields."""

_HEAD = re.compile(r"([A-Za-z_]+)(:?(?:>=|<=|>|<)|[:=])")
_KEY = re.compile(r"[Ee]-[1-9][0-9]{0,17}")
_DURATION = re.compile(r"(?:[0-9]{1,6}[smhdw])+")
_NEEDS_QUOTES = re.compile(r'[\s|"\\]')
_VISIBILITIES = {"public": "public", "private": "private", "dm": "private"}
_OWNERS = {"mine": "me", "unowned": "none"}
_MOST = 64
"""Terms in a query and alternatives in a term; more is a mistake or an attack."""
_CHIP_LENGTH = 28


class QueryProblem(UsageProblem):
    """The filter cannot be understood; ``position`` is the offset (from 0) of the part that is wrong."""

    def __init__(self, message: str, hint: str, position: int) -> None:
        super().__init__("bad_query", message, hint)
        self.position = position


class Term(NamedTuple):
    """One condition."""

    field: str
    """A name of FIELDS, or ``text`` (a word, found as a prefix) or ``phrase`` (found exactly)."""
    op: str
    """``:``, ``<``, ``<=``, ``>`` or ``>=``."""
    values: tuple[str, ...]
    """Alternatives, in canonical spelling."""
    negated: bool = False

    @property
    def text(self) -> str:
        """The term as it would be typed."""
        sign = "-" if self.negated else ""
        if self.field == "text":
            return sign + self.values[0]
        if self.field == "phrase":
            return sign + _quoted(self.values[0])
        return f"{sign}{self.field}{self.op}" + "|".join(_quoted(v) if _NEEDS_QUOTES.search(v) or not v else v for v in self.values)


class Query(NamedTuple):
    """A filter: immutable and hashable. ``Query()`` shows everything that is not snoozed."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The canonical text; parsing it gives an equal query."""
        return " ".join(term.text for term in self.terms)

    @property
    def needs_store(self) -> bool:
        """Whether some term cannot be judged surely from a board row alone (text search, function)."""
        return any(term.field in ("text", "phrase", "function") for term in self.terms)

    @property
    def hides_snoozed(self) -> bool:
        """Whether snoozed enquiries are left out."""
        return not any(
            not term.negated and (term.field == "key" or (term.field == "is" and "snoozed" in term.values)) for term in self.terms
        )

    def chips(self) -> tuple[str, ...]:
        """One short text for each term, for a border or a status line."""
        texts = (term.text for term in self.terms)
        return tuple(text if len(text) <= _CHIP_LENGTH else text[: _CHIP_LENGTH - 1] + "…" for text in texts)

    def with_term(self, term: Term | str) -> "Query":
        """This query narrowed by one more term (or the terms in a text); what is already there stays once."""
        more = parse(term).terms if isinstance(term, str) else (term,)
        return Query(tuple(dict.fromkeys(self.terms + more)))

    def without(self, term: Term | str) -> "Query":
        """This query without a term, given as such, by its text, its chip, or by the name of a field (all of that field)."""
        chips = self.chips()
        return Query(tuple(t for t, chip in zip(self.terms, chips, strict=True) if term not in (t, t.text, chip, t.field)))

    def as_member(self, me: str) -> "Query":
        """The same query with ``me`` replaced by a member's name, so that it means the same to everybody."""
        return Query(tuple(_for_member(term, me) for term in self.terms))

    def matches(self, row: Judged, *, me: str, now: int) -> bool:
        """Whether a board row belongs to this query for the member ``me`` at ``now`` (ms).

        Text is looked for only in what the row shows, and the function is told from state and gates: when
        :attr:`needs_store` is true, the store has the last word.
        """
        if row.snoozed_until > now and self.hides_snoozed:
            return False
        return all(row_matches(row, term.field, term.op, term.values, me, now) is not term.negated for term in self.terms)


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The query that ``text`` means. Raises QueryProblem (a UsageProblem) saying where and what would be right."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    terms: list[Term] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        negated = text[at] in "-!"
        begin = at + negated
        if begin == len(text) or text[begin].isspace():
            at = begin
            continue
        term, at = _term(text, begin, negated)
        terms.append(term)
        if len(terms) > _MOST:
            raise QueryProblem(f"The filter has more than {_MOST} terms.", "Use fewer, or | inside one term.", begin)
    return Query(tuple(dict.fromkeys(terms)))


def _term(text: str, at: int, negated: bool) -> tuple[Term, int]:
    """The term at ``at`` (its sign already read) and where it ends."""
    if text[at] == '"':
        value, end = _read_quoted(text, at)
        if not value.strip():
            raise QueryProblem(f"There is nothing between the quotes at position {at + 1}.", "Put the words to look for in them.", at)
        return Term("phrase", ":", (value,), negated), end
    head = _HEAD.match(text, at)
    if head is None:
        end = at
        while end < len(text) and not text[end].isspace():
            end += 1
        word = text[at:end]
        if _KEY.fullmatch(word):
            return Term("key", ":", (word.upper(),), negated), end
        return Term("text", ":", (word,), negated), end
    field = head[1].lower()
    field = ALIASES.get(field, field)
    if field not in FIELDS:
        hint = _suggest(field, [*FIELDS, *ALIASES]) or f"Fields are {', '.join(FIELDS)}."
        raise QueryProblem(
            f"Unknown field “{head[1]}” at position {at + 1}.", f'{hint} To search for the text, quote it: "{head[0]}…".', at
        )
    op = head[2].replace("=", ":") if head[2] in ":=" else head[2].lstrip(":")
    return _field_term(text, field, op, at, head.end(), negated)


def _field_term(text: str, field: str, op: str, start: int, at: int, negated: bool) -> tuple[Term, int]:
    kind = FIELDS[field]
    if op != ":" and kind == "word":
        raise QueryProblem(f"“{field}” cannot be compared with {op} (position {start + 1}).", f"Write {field}:value.", start)
    if op == ":" and kind == "duration":
        raise QueryProblem(f"“{field}” needs a comparison (position {start + 1}).", f"Write {field}>10m or {field}<2h.", start)
    values: list[str] = []
    while True:
        begin = at
        raw, at = _read_value(text, at)
        if not raw.strip():
            raise QueryProblem(f"“{field}” has no value at position {begin + 1}.", f"Write {field}{op}{_EXAMPLES[field]}.", begin)
        values.append(_value(field, kind, raw, begin))
        if at >= len(text) or text[at] != "|":
            break
        at += 1
    if len(values) > _MOST:
        raise QueryProblem(f"“{field}” at position {start + 1} has more than {_MOST} alternatives.", "Use fewer.", start)
    if op != ":" and len(values) > 1:
        raise QueryProblem(f"“{field}{op}” takes one value, not several (position {start + 1}).", "Leave out the |.", start)
    return _settle(field, op, tuple(dict.fromkeys(values)), negated, start), at


def _settle(field: str, op: str, values: tuple[str, ...], negated: bool, start: int) -> Term:
    """``is:open`` and ``is:public`` are the same terms as ``state:open`` and ``visibility:public``."""
    if field == "is":
        for other, words in (("state", STATE_WORDS), ("visibility", _VISIBILITIES), ("owner", _OWNERS)):
            if all(value in words for value in values):
                return Term(other, op, tuple(dict.fromkeys(words[value] for value in values)), negated)
        if not all(value in IS_WORDS for value in values):
            raise QueryProblem(f"“is” at position {start + 1} mixes different kinds of words.", "Write them as separate terms.", start)
    return Term(field, op, values, negated)


def _value(field: str, kind: str, raw: str, at: int) -> str:
    """One value in canonical spelling."""
    word = raw.strip().lower()
    if kind == "duration":
        if not _DURATION.fullmatch(word):
            raise QueryProblem(f"“{raw}” at position {at + 1} is not a duration.", "Write 90s, 10m, 2h, 1h30m, 3d or 1w.", at)
        return word
    if kind == "date":
        word = word.upper()
        try:
            instant(word)
        except (ValueError, OverflowError):
            raise QueryProblem(f"“{raw}” at position {at + 1} is not a date.", "Write 2026-11-01 or 2026-11-01T14:30 (UTC).", at) from None
        return word
    if kind == "number":
        return _among(word.removeprefix("p"), {str(n): str(n) for n in (1, 2, 3, 4)}, "a priority", at)
    if field == "key":
        number = number_of(word)
        if number is None:
            raise QueryProblem(f"“{raw}” at position {at + 1} is not a key.", "Write key:E-12.", at)
        return f"E-{number}"
    words = _CLOSED.get(field)
    if words is not None:
        return _among(word, words, f"a {field}" if field != "is" else "a word for “is”", at)
    if field in ("owner", "on", "by"):
        name = raw.strip().removeprefix("@")
        return name.lower() if name.lower() in ("me", "none") else "none" if name.lower() == "nobody" else name
    return raw if field == "customer" else word


_CLOSED: dict[str, dict[str, str]] = {
    "state": STATE_WORDS,
    "disposition": {d.value: d.value for d in Disposition},
    "function": {f.value: f.value for f in Function},
    "visibility": _VISIBILITIES,
    "is": {word: word for word in (*IS_WORDS, *STATE_WORDS, *_VISIBILITIES, *_OWNERS)},
}
_EXAMPLES = {
    "state": "review", "channel": "x", "owner": "me", "on": "me", "function": "legal", "disposition": "spam", "visibility": "public",
    "gate": "legal", "flag": "promise", "by": "me", "is": "snoozed", "key": "E-12", "customer": "maria", "priority": "2",
    "age": "10m", "wait": "10m", "due": "15m", "received": "2026-11-01", "updated": "2026-11-01",
}  # fmt: skip


def _among(word: str, words: dict[str, str], what: str, at: int) -> str:
    found = words.get(word)
    if found is None:
        hint = _suggest(word, list(words)) or f"Known are {', '.join(dict.fromkeys(words))}."
        raise QueryProblem(f"“{word}” at position {at + 1} is not {what}.", hint, at)
    return found


def _suggest(word: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1, 0.6) or [name for name in known if len(word) > 1 and name.startswith(word)]
    return f"Did you mean “{close[0]}”?" if close else ""


def _read_value(text: str, at: int) -> tuple[str, int]:
    if at < len(text) and text[at] == '"':
        return _read_quoted(text, at)
    end = at
    while end < len(text) and text[end] != "|" and not text[end].isspace():
        end += 1
    return text[at:end], end


def _read_quoted(text: str, at: int) -> tuple[str, int]:
    """The text between quotes (a backslash keeps the next character) and where it ends."""
    out: list[str] = []
    i = at + 1
    while i < len(text):
        if text[i] == '"':
            return "".join(out), i + 1
        i += text[i] == "\\" and i + 1 < len(text)
        out.append(text[i])
        i += 1
    raise QueryProblem(f"The quote at position {at + 1} is not closed.", 'Add a closing ".', at)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _for_member(term: Term, me: str) -> Term:
    if term.field in ("owner", "on", "by") and "me" in term.values:
        return term._replace(values=tuple(me if value == "me" else value for value in term.values))
    return term
