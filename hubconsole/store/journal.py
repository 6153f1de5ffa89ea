"""The journal: append-only, gapless, hash-chained; private text beside the chain.

An event's hash covers the hash before it and the event's whole envelope and body. Private fields stand in the
``private`` table with a random salt; the body holds SHA-256 of salt and text, so that a text can be erased
without breaking the chain, and what is left does not give the text away.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from hubconsole.domain.digest import canonical
from hubconsole.domain.events import EVENTS, Event
from hubconsole.ids import new_id
from hubconsole.store.dialect import dialect_of
from hubconsole.store.engine import Connection

HUB_STREAM = "hub"
"""The stream of events about the hub itself; every enquiry's stream is its id."""

GENESIS = "0" * 64
"""What the first event's hash is chained to."""


class Stamp(NamedTuple):
    """Who, when, by which door, under which command."""

    hub_id: str
    at: int
    actor: str
    via: str
    command_id: str
    fingerprint: str


class Written(NamedTuple):
    """An event with its place in the journal."""

    seq: int
    event: Event


class Stored(NamedTuple):
    """One row of the event table, in column order of :data:`COLUMNS`."""

    seq: int
    id: str
    stream: str
    version: int
    at: int
    actor: str
    via: str
    kind: str
    body: str
    prev_hash: str
    hash: str
    command_id: str
    n: int
    fingerprint: str


COLUMNS = "seq, id, stream, version, at, actor, via, kind, body, prev_hash, hash, command_id, n, fingerprint"
_INSERT = f"INSERT INTO event (hub_id, {COLUMNS}) VALUES (?{', ?' * 14})"
_INSERT_PRIVATE = "INSERT INTO private (hub_id, seq, field, salt, value) VALUES (?, ?, ?, ?, ?)"
_ADVANCE = "UPDATE hub SET last_seq = ?, last_number = ?, head = ? WHERE hub_id = ? AND last_seq = ?"


def event_hash(prev_hash: str, hub_id: str, row: Stored) -> str:
    """The chained hash of one event (its own ``hash`` and ``prev_hash`` columns are not looked at)."""
    return _hash(
        (
            prev_hash, hub_id, row.seq, row.id, row.stream, row.version, row.at, row.actor, row.via, row.kind, row.body,
            row.command_id, row.n, row.fingerprint,
        )
    )  # fmt: skip


def _hash(envelope: tuple[str | int, ...]) -> str:
    return hashlib.sha256(canonical(envelope).encode("ascii")).hexdigest()


def commitment(salt: str, text: str) -> str:
    """What the chain holds of a private text."""
    return hashlib.sha256(salt.encode() + b"\0" + text.encode("utf-8")).hexdigest()


def append(
    conn: Connection, stream: str, version: int, events: Sequence[Event], stamp: Stamp, last_seq: int, head: str
) -> tuple[list[Written], str]:
    """Write events onto a stream that has ``version`` events so far, inside the caller's write transaction.

    ``last_seq`` and ``head`` are the journal's end as read under the write lock. The events with their places, and
    the new head, are returned; before the transaction ends the caller moves the hub's counter there (:func:`advance`).
    """
    written: list[Written] = []
    hub_id, at, actor, via, command_id, fingerprint = stamp
    for n, event in enumerate(events):
        seq = last_seq + n + 1
        body, private = _split(event)
        text, prev = canonical(body), head
        event_id, place = new_id(at), version + n + 1
        head = _hash((prev, hub_id, seq, event_id, stream, place, at, actor, via, event.kind, text, command_id, n, fingerprint))
        conn.execute(
            _INSERT, (hub_id, seq, event_id, stream, place, at, actor, via, event.kind, text, prev, head, command_id, n, fingerprint)
        )  # fmt: skip
        if private:
            conn.executemany(_INSERT_PRIVATE, [(hub_id, seq, *one) for one in private])
        written.append(Written(seq, event))
    return written, head


def insert_stored(conn: Connection, hub_id: str, row: Stored, private: Sequence[tuple[str, str, str]]) -> None:
    """Write an event as it stands in another journal; the caller has checked that it follows, and moves the hub's counter."""
    conn.execute(_INSERT, (hub_id, *row))
    if private:
        conn.executemany(_INSERT_PRIVATE, [(hub_id, row.seq, *one) for one in private])


def advance(conn: Connection, hub_id: str, before: int, last_seq: int, last_number: int, head: str) -> None:
    """Move the hub's counter from ``before`` to the new end of the journal, and its running number along."""
    moved = conn.execute(_ADVANCE, (last_seq, last_number, head, hub_id, before)).rowcount
    if moved != 1:
        raise AssertionError("the hub's counter moved under the write lock")


def _split(event: Event) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """An event's body for the chain, and its private texts with their salts."""
    body: dict[str, Any] = {}
    private: list[tuple[str, str, str]] = []
    for name in _names(type(event)):
        value = getattr(event, name)
        if name in event.PRIVATE and value:
            salt = os.urandom(16).hex()
            private.append((name, salt, value))
            body[name] = {"sha256": commitment(salt, value)}
        else:
            body[name] = value
    return body, private


_NAMES: dict[type[Event], tuple[str, ...]] = {}
_DECODERS: dict[type[Event], dict[str, Any]] = {}


def _names(cls: type[Event]) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(f.name for f in fields(cls))
    return _NAMES[cls]


ERASED = "[erased]"
"""What stands for a private text that has been erased."""


def decode(kind: str, body: str, private: dict[str, str]) -> Event:
    """The event of a stored row; ``private`` holds its private texts by field."""
    cls = EVENTS[kind]
    raw: dict[str, Any] = json.loads(body)
    if cls not in _DECODERS:
        hints = get_type_hints(cls)
        _DECODERS[cls] = {name: hints[name] for name in _names(cls) if not _plain(hints[name])}
    for name in cls.PRIVATE:
        if isinstance(raw.get(name), dict):
            raw[name] = private.get(name, ERASED)
    for name, hint in _DECODERS[cls].items():
        raw[name] = _revive(hint, raw[name])
    return cls(**raw)


def _plain(hint: Any) -> bool:
    return hint in (str, int, bool)


def _revive(hint: Any, value: Any) -> Any:
    """JSON's lists and words back into tuples and enums."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if get_origin(hint) is tuple:
        args = get_args(hint)
        inner = args[:1] * len(value) if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(_revive(h, v) for h, v in zip(inner, value, strict=True))
    return value


_READ = f"SELECT {COLUMNS} FROM event WHERE hub_id = ? AND seq > ? ORDER BY seq"
_READ_STREAM = f"SELECT {COLUMNS} FROM event WHERE hub_id = ? AND stream = ? AND version > ? ORDER BY version"
_READ_BY_STREAM = f"SELECT {COLUMNS} FROM event WHERE hub_id = ? AND stream <> 'hub' ORDER BY stream, version"
_READ_PAGE = f"SELECT {COLUMNS} FROM event WHERE hub_id = ? AND seq > ? ORDER BY seq LIMIT ?"
_READ_STREAM_PAGE = f"SELECT {COLUMNS} FROM event WHERE hub_id = ? AND seq > ? AND stream = ? ORDER BY version LIMIT ?"
_PRIVATE_OF = "SELECT field, value FROM private WHERE hub_id = ? AND seq = ?"


def read_all(conn: Connection, hub_id: str, after: int = 0) -> Iterator[Stored]:
    """The whole journal in order, inside the caller's transaction."""
    return map(Stored._make, dialect_of(conn).stream(conn, _READ, (hub_id, after)))


def read_page(conn: Connection, hub_id: str, after: int, stream: str | None, limit: int) -> list[Stored]:
    """Up to ``limit`` events after a place, of the whole journal or of one stream."""
    sql, chosen = (_READ_PAGE, ()) if stream is None else (_READ_STREAM_PAGE, (stream,))
    return list(map(Stored._make, conn.execute(sql, (hub_id, after, *chosen, limit))))


def read_stream(conn: Connection, hub_id: str, stream: str, after: int = 0) -> Iterator[Stored]:
    """One stream in order, after its ``after``-th event."""
    return map(Stored._make, conn.execute(_READ_STREAM, (hub_id, stream, after)))


def read_by_stream(conn: Connection, hub_id: str) -> Iterator[Stored]:
    """Every enquiry's stream, one after the other, inside the caller's transaction."""
    return map(Stored._make, dialect_of(conn).stream(conn, _READ_BY_STREAM, (hub_id,)))


def private_of(conn: Connection, hub_id: str, seq: int) -> dict[str, str]:
    """The private texts of one event, by field."""
    return dict(conn.execute(_PRIVATE_OF, (hub_id, seq)).fetchall())


def event_of(conn: Connection, hub_id: str, row: Stored) -> Event:
    """The event of a stored row, its private texts put back."""
    private = private_of(conn, hub_id, row.seq) if EVENTS[row.kind].PRIVATE else {}
    return decode(row.kind, row.body, private)
