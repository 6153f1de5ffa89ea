"""Judging one board row by one term of a query, without asking the store.

``store/query_sql.py`` says the same in SQL; a test holds the two together.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from hubconsole.clock import DAY, HOUR, MINUTE, SECOND
from hubconsole.domain.terms import OPEN_STATES

PENDING = ("requested", "opened", "suspended")
"""Review states in which a gate still waits for its answer."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?")
_PART = re.compile(r"([0-9]+)([smhdw])")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""SQLite folds the letters A to Z only; the two sides must agree."""


class Judged(Protocol):
    """What a term may look at; every board row has it."""

    # One line a property keeps this readable as the list that it is.
    # fmt: off
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def customer(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def owner(self) -> str: ...
    @property
    def gates(self) -> str: ...
    @property
    def flags(self) -> str: ...
    @property
    def on_it(self) -> str: ...
    @property
    def on_it_until(self) -> int: ...
    @property
    def due_at(self) -> int | None: ...
    @property
    def waiting_since(self) -> int | None: ...
    @property
    def received_at(self) -> int: ...
    @property
    def updated_at(self) -> int: ...
    @property
    def snoozed_until(self) -> int: ...
    @property
    def disposition(self) -> str: ...
    @property
    def draft(self) -> int: ...
    @property
    def last_author(self) -> str: ...
    @property
    def reopened(self) -> int: ...
    # fmt: on


def row_matches(row: Judged, field: str, op: str, values: tuple[str, ...], me: str, now: int) -> bool:
    """Whether the row satisfies the condition (before any negation); ``now`` in ms."""
    if op != ":":
        return _compares(row, field, op, values[0], now)
    return any(_holds(row, field, value, me, now) for value in values)


@lru_cache(maxsize=256)
def duration(value: str) -> int:
    """Milliseconds in ``90s``, ``10m``, ``1h30m``, ``2d`` or ``1w``."""
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(value))


@lru_cache(maxsize=256)
def instant(value: str) -> tuple[int, int]:
    """Beginning and end (ms, UTC) of the day ``2026-11-01`` or of the minute ``2026-11-01T14:30``. Raises ValueError."""
    form = _DATE.fullmatch(value)
    if form is None:
        raise ValueError(value)
    start = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()) * SECOND
    return start, start + (MINUTE if form[1] else DAY)


def fold(text: str) -> str:
    """Lower case for the letters A to Z, as SQLite's ``lower`` does it."""
    return text.translate(_TO_LOWER)


def compare(left: int, op: str, right: int) -> bool:
    """``left op right``."""
    if op == "<":
        return left < right
    if op == "<=":
        return left <= right
    return left > right if op == ">" else left >= right


def _compares(row: Judged, field: str, op: str, value: str, now: int) -> bool:
    if field == "priority":
        return compare(row.priority, op, int(value))
    if field in ("received", "updated"):
        at = row.received_at if field == "received" else row.updated_at
        start, end = instant(value)
        return {"<": at < start, "<=": at < end, ">": at >= end, ">=": at >= start}[op]
    if field == "due":
        return row.due_at is not None and compare(row.due_at - now, op, duration(value))
    since = row.received_at if field == "age" else row.waiting_since
    return since is not None and compare(now - since, op, duration(value))


def _holds(row: Judged, field: str, value: str, me: str, now: int) -> bool:
    match field:
        case "state":
            return (row.state in OPEN_STATES) is (value == "open") if value in ("open", "done") else row.state == value
        case "channel" | "visibility" | "disposition":
            return bool(getattr(row, field) == value)
        case "owner" | "by":
            return (row.owner if field == "owner" else row.last_author) == _name(value, me)
        case "on":
            return (row.on_it if row.on_it_until > now else "") == _name(value, me)
        case "priority":
            return row.priority == int(value)
        case "key":
            return f"E-{row.number}" == value
        case "customer":
            return fold(value) in fold(row.customer)
        case "gate":
            words = row.gates.split()
            return value in words if ":" in value else any(f"{value}:{state}" in words for state in PENDING)
        case "flag":
            return any(word.startswith(value) or word.endswith(":" + value) for word in row.flags.split())
        case "received" | "updated":
            start, end = instant(value)
            return start <= (row.received_at if field == "received" else row.updated_at) < end
        case "function":
            return _function(row, value)
        case "is":
            return _is(row, value, now)
        case _:
            return fold(value) in fold(f"E-{row.number} {row.customer} {row.words}")


def _name(value: str, me: str) -> str:
    return me if value == "me" else "" if value == "none" else value


def _function(row: Judged, function: str) -> bool:
    """A guess from what the row shows: in review it is the pending gates' move, else, while open, service's."""
    if row.state != "in_review":
        return row.state in OPEN_STATES and function == "service"
    gate = "brand" if function == "marketing" else function
    return any(f"{gate}:{state}" in row.gates.split() for state in PENDING)


def _is(row: Judged, word: str, now: int) -> bool:
    match word:
        case "snoozed" | "awake":
            return (row.snoozed_until > now) is (word == "snoozed")
        case "claimed" | "unclaimed":
            return bool(row.on_it and row.on_it_until > now) is (word == "claimed")
        case "owned":
            return row.owner != ""
        case "overdue":
            return row.due_at is not None and row.due_at < now
        case "reopened":
            return row.reopened > 0
        case "flagged":
            return row.flags != ""
        case _:
            return row.draft > 0
