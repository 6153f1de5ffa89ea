"""A query as SQL with bound parameters only.

A page must come off an index in queue order. So a query becomes one or more *arms*, each an equality on the
leading columns of one index (``state = ?``, ``open = ?``, ``owner = ? AND open = ?``, ...); the
database merges several sorted arms without sorting. Whatever else the query says filters the rows of every arm. Only when
text or a key picks few enquiries are these looked up and sorted instead.
"""

from typing import NamedTuple

from hubconsole.domain.query import Query, Term
from hubconsole.domain.query_match import PENDING, duration, instant
from hubconsole.domain.terms import OPEN_STATES, State
from hubconsole.ids import number_of
from hubconsole.store.dialect import SQLITE, Dialect, Phrase

Bindings = dict[str, str | int]
"""Values for the named parameters of a statement."""

NEWEST_HITS = 3_000
"""Full-text terms look at this many of the newest hits."""

_STATES = tuple(state.value for state in State)
_OPEN = tuple(state.value for state in OPEN_STATES)
_DONE = tuple(state for state in _STATES if state not in _OPEN)


class Plan(NamedTuple):
    """How to find a query's rows."""

    arms: tuple[str, ...]
    """Conditions that are alternatives, disjoint, each in queue order by itself."""
    rest: tuple[str, ...]
    """Conditions on every arm's rows, snoozing apart."""
    bindings: Bindings
    hides_snoozed: bool
    by_key: bool
    """The arm picks rows by key or text, so they must be sorted."""
    from_tally: bool
    """Only states and functions are asked for, so the kept counts know the number."""
    dialect: Dialect

    def where(self, arm: str, *, covering: bool = False) -> str:
        """The whole condition of one arm; ``covering`` avoids reading rows just to see whether they are snoozed."""
        parts = [arm, *self.rest]
        if self.hides_snoozed:
            parts.append(self.dialect.awake if covering else "snoozed_until <= :now")
        return " AND ".join(parts)


def plan(query: Query, hub: str, *, me: str, now: int, dialect: Dialect = SQLITE) -> Plan:
    """The plan for a query of the member ``me`` at ``now`` (ms), in an engine's way of saying it."""
    bindings: Bindings = {"hub": hub, "now": now, "me": me}
    positive = {term.field: term for term in reversed(query.terms) if not term.negated and term.op == ":"}
    by_key = any(field in positive for field in ("key", "phrase", "text"))
    used: tuple[Term, ...] = ()
    if by_key:
        arms: tuple[str, ...] = ("hub_id = :hub",)
    else:
        arms, used = _arms(positive, bindings)
    rest = tuple(_condition(term, bindings, dialect) for term in query.terms if term not in used)
    tally = not by_key and set(positive) <= {"state", "function"} and len(positive) == len(query.terms)
    return Plan(arms, rest, bindings, query.hides_snoozed, by_key, tally, dialect)


def states_of(term: Term | None) -> tuple[str, ...]:
    """The states that a state term lets through; all of them without a term."""
    if term is None:
        return _STATES
    found: list[str] = []
    for value in term.values:
        found.extend(_OPEN if value == "open" else _DONE if value == "done" else (value,))
    return tuple(state for state in _STATES if state in found)


def _arms(positive: dict[str, Term], bindings: Bindings) -> tuple[tuple[str, ...], tuple[Term, ...]]:
    """The arms, and the terms that they already fulfil."""
    state, function, owner = (positive.get(name) for name in ("state", "function", "owner"))
    states = states_of(state)
    if owner is not None:
        openness = _openness(states)
        names = [_bind(bindings, _person(name, str(bindings["me"]))) for name in dict.fromkeys(owner.values)]
        arms = tuple(f"hub_id = :hub AND owner = {name} AND open = {o}" for name in names for o in openness)
        whole = state is None or states in (_OPEN, _DONE)
        return arms, (owner, state) if whole and state is not None else (owner,)
    if function is not None:
        arms = tuple(
            f"hub_id = :hub AND function = {_bind(bindings, name)} AND state = '{one}'" for name in function.values for one in states
        )
        return arms, (function,) if state is None else (function, state)
    if state is None or states in (_OPEN, _DONE):
        return tuple(f"hub_id = :hub AND open = {o}" for o in _openness(states)), () if state is None else (state,)
    return tuple(f"hub_id = :hub AND state = '{one}'" for one in states), (state,)


def _openness(states: tuple[str, ...]) -> tuple[int, ...]:
    """Values of the column ``open`` that these states have."""
    return tuple(sorted({int(state in _OPEN) for state in states}))


def _bind(bindings: Bindings, value: str | int) -> str:
    """Keep a value for the statement and give its placeholder."""
    name = f"v{len(bindings)}"
    bindings[name] = value
    return f":{name}"


def _condition(term: Term, bindings: Bindings, say: Dialect) -> str:
    """One term as a condition that is never null."""
    sql = _comparison(term, bindings) if term.op != ":" else " OR ".join(_equality(term, value, bindings, say) for value in term.values)
    return f"NOT ({sql})" if term.negated else f"({sql})"


def _comparison(term: Term, bindings: Bindings) -> str:
    field, op, value = term.field, term.op, term.values[0]
    if field == "priority":
        return f"priority {op} {_bind(bindings, int(value))}"
    if field in ("received", "updated"):
        start, end = instant(value)
        edge = _bind(bindings, end if op in ("<=", ">") else start)
        return f"{field}_at {'<' if op[0] == '<' else '>='} {edge}"
    if field == "due":
        return f"(due_at IS NOT NULL AND due_at - :now {op} {_bind(bindings, duration(value))})"
    column = "received_at" if field == "age" else "waiting_since"
    return f"({column} IS NOT NULL AND :now - {column} {op} {_bind(bindings, duration(value))})"


def _equality(term: Term, value: str, bindings: Bindings, say: Dialect) -> str:
    field = term.field
    match field:
        case "text" | "phrase":
            return _text(Phrase(value, field == "text"), bindings, say, capped=not term.negated)
        case "key":
            return f"number = {_bind(bindings, number_of(value) or 0)}"
        case "state" if value in ("open", "done"):
            return f"{say.hint}open = {int(value == 'open')}"
        case "gate":
            words = [value] if ":" in value else [f"{value}:{state}" for state in PENDING]
            return " OR ".join(say.within("' ' || gates || ' '", _bind(bindings, f" {word} ")) for word in words)
        case "flag":
            begins, ends = _bind(bindings, f" {value}"), _bind(bindings, f":{value} ")
            return " OR ".join((say.within("' ' || flags", begins), say.within("flags || ' '", ends)))
        case "customer":
            return say.within("lower(customer)", f"lower({_bind(bindings, value)})")
        case "on":
            who = _bind(bindings, _person(value, str(bindings["me"])))
            return f"(CASE WHEN on_it_until > :now THEN on_it ELSE '' END) = {who}"
        case "received" | "updated":
            start, end = instant(value)
            return f"({field}_at >= {_bind(bindings, start)} AND {field}_at < {_bind(bindings, end)})"
        case "is":
            return _IS[value]
        case "priority":
            return f"priority = {_bind(bindings, int(value))}"
        case "owner" | "by":
            column = "owner" if field == "owner" else "last_author"
            return f"{say.hint}{column} = {_bind(bindings, _person(value, str(bindings['me'])))}"
        case _:
            return f"{say.hint}{field} = {_bind(bindings, value)}"


def _text(phrase: Phrase, bindings: Bindings, say: Dialect, *, capped: bool) -> str:
    """Full-text search; text without a single letter or digit has no tokens and is looked for in what the row shows."""
    if not any(char.isalnum() for char in phrase.text):
        shown = _bind(bindings, phrase.text)
        return f"{say.within('customer', shown)} OR {say.within('words', shown)}"
    wanted = _bind(bindings, say.wanted([phrase])).removeprefix(":")
    return f"id IN ({say.found(wanted, str(NEWEST_HITS) if capped else '')})"


def _person(value: str, me: str) -> str:
    return me if value == "me" else "" if value == "none" else value


_IS = {
    "snoozed": "snoozed_until > :now", "awake": "snoozed_until <= :now",
    "claimed": "(on_it <> '' AND on_it_until > :now)", "unclaimed": "NOT (on_it <> '' AND on_it_until > :now)",
    "owned": "owner <> ''", "overdue": "(due_at IS NOT NULL AND due_at < :now)", "reopened": "reopened > 0",
    "flagged": "flags <> ''", "drafted": "draft > 0",
}  # fmt: skip
