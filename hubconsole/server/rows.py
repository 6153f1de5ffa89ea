"""Board rows as the wire carries them, read from the store and encoded once for each version.

A row's ``version`` changes with every change of it, so the bytes made for (id, version) hold for as long as it stands.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from hubconsole.domain.terms import OPEN_STATES
from hubconsole.hub.wire import WireRow
from hubconsole.store.reads import COLUMNS
from hubconsole.store.rows import BoardRow, Count, MemberRow

if TYPE_CHECKING:
    from hubconsole.domain.query import Query
    from hubconsole.hub.local import LocalHub
    from hubconsole.store.rows import Cursor

_KEPT = 50_000
_AT_ONCE = 500
_NAMES = (*BoardRow._fields, "function", "open")
_ID, _STATE, _VERSION = (BoardRow._fields.index(name) for name in ("id", "state", "version"))
_CUSTOMER, _WORDS = BoardRow._fields.index("customer"), BoardRow._fields.index("words")
_SELECT = f"SELECT {COLUMNS}, function FROM enquiry WHERE hub_id = ?"
_PLACED = "id, version, rank, number"
_OPEN = _SELECT + " AND open = 1 ORDER BY rank, number LIMIT ?"
_EVENTS = "SELECT seq, kind, stream, actor, at FROM event WHERE hub_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_POLICY = "SELECT policy FROM hub WHERE hub_id = ?"
_LAST = "SELECT last_seq FROM hub WHERE hub_id = ?"

Event = tuple[int, str, str, str, int]
"""Seq, kind, stream, actor, time."""


class Bite(NamedTuple):
    """What the feed reads of the hub at a time, as one state of it."""

    events: tuple[Event, ...]
    last: int
    """The journal's end."""
    rows: tuple[WireRow, ...]
    counts: tuple[Count, ...]
    oldest_wait: int | None


class Whole(NamedTuple):
    """The board of open enquiries, as one state of the hub."""

    seq: int
    rows: tuple[WireRow, ...]
    more: bool
    members: tuple[MemberRow, ...]
    counts: tuple[Count, ...]
    oldest_wait: int | None


def _wire(row: Sequence[Any]) -> WireRow:
    return WireRow(BoardRow._make(row[:-1]), row[-1], row[_STATE] in OPEN_STATES)


def wire_rows(hub: LocalHub, ids: Iterable[str]) -> dict[str, WireRow]:
    """The present rows of these enquiries by id; unknown ids are left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, WireRow] = {}
    with hub.reading() as conn:
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            sql = f"{_SELECT} AND id IN ({', '.join('?' * len(some))})"
            for row in conn.execute(sql, (hub.hub_id, *some)):
                found[row[_ID]] = _wire(row)
    return found


def enquiry_id(hub: LocalHub, key: str) -> str | None:
    """The id of the enquiry with this key or id; None when there is none."""
    from hubconsole.store import reads

    with hub.reading() as conn:
        row = reads.find_enquiry(conn, hub.hub_id, key)
    return row.id if row else None


def last_seq(hub: LocalHub) -> int:
    """The journal's end."""
    with hub.reading() as conn:
        return int(conn.execute(_LAST, (hub.hub_id,)).fetchone()[0])


def policy_text(hub: LocalHub) -> str:
    """The policy in force, as TOML."""
    with hub.reading() as conn:
        return str(conn.execute(_POLICY, (hub.hub_id,)).fetchone()[0])


def events_after(hub: LocalHub, after: int, most: int) -> tuple[tuple[Event, ...], int]:
    """The next events after ``after``, at most so many, and the journal's end."""
    with hub.reading() as conn, hub.store.snapshot(conn):
        last = int(conn.execute(_LAST, (hub.hub_id,)).fetchone()[0])
        if last <= after:
            return (), last
        return tuple(conn.execute(_EVENTS, (hub.hub_id, after, last, most)).fetchall()), last


def bite(hub: LocalHub, after: int, most: int) -> Bite:
    """The next events after ``after`` with the rows that they touch and the counts."""
    from hubconsole.store import reads

    with hub.reading() as conn, hub.store.snapshot(conn):
        events, last = events_after(hub, after, most)
        if not events:
            return Bite((), last, (), (), None)
        rows = wire_rows(hub, (stream for _, _, stream, _, _ in events if stream != "hub"))
        return Bite(events, last, tuple(rows.values()), reads.counts(conn, hub.hub_id), reads.oldest_wait(conn, hub.hub_id, hub.clock()))


def whole(hub: LocalHub, most: int) -> Whole:
    """Every open row, at most so many, with members and counts."""
    from hubconsole.store import reads

    with hub.reading() as conn, hub.store.snapshot(conn):
        rows = [_wire(row) for row in conn.execute(_OPEN, (hub.hub_id, most + 1))]
        return Whole(
            last_seq(hub), tuple(rows[:most]), len(rows) > most, reads.members(conn, hub.hub_id), reads.counts(conn, hub.hub_id),
            reads.oldest_wait(conn, hub.hub_id, hub.clock()),
        )  # fmt: skip


def masked(row: WireRow) -> WireRow:
    """The row without names or words of the customer."""
    return row._replace(row=row.row._replace(customer="", words=""))


class RowBytes:
    """Rows as JSON, kept by id and version."""

    def __init__(self, hub: LocalHub) -> None:
        self.hub = hub
        self._kept: tuple[OrderedDict[tuple[str, int], bytes], OrderedDict[tuple[str, int], bytes]] = (OrderedDict(), OrderedDict())

    def of(self, row: WireRow, *, mask: bool = False) -> bytes:
        """One row whose function is known."""
        key = (row.row.id, row.row.version)
        kept = self._kept[mask]
        found = kept.get(key)
        if found is None:
            shown = masked(row) if mask else row
            found = kept[key] = orjson.dumps(dict(zip(_NAMES, (*shown.row, shown.function, shown.open), strict=True)))
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        return found

    def list(self, rows: Iterable[WireRow], *, mask: bool = False) -> bytes:
        """Rows as a JSON list."""
        return b"[" + b",".join([self.of(row, mask=mask) for row in rows]) + b"]"

    def within(self, rows: Iterable[WireRow], most: int, *, mask: bool = False) -> tuple[bytes, bool]:
        """Rows as a JSON list of at most so many bytes, and whether all of them are in it."""
        parts: list[bytes] = []
        for row in rows:
            part = self.of(row, mask=mask)
            most -= len(part) + 1
            if most < 0:
                return b"[" + b",".join(parts) + b"]", False
            parts.append(part)
        return b"[" + b",".join(parts) + b"]", True

    def page(
        self, query: Query, *, after: Cursor | None, before: Cursor | None, last: bool, limit: int, mask: bool = False
    ) -> tuple[bytes, bool]:
        """A page of the board as a JSON list, and whether there are more; what was encoded before is not read again."""
        from hubconsole.store import reads

        hub, kept = self.hub, self._kept[mask]
        with hub.reading() as conn:
            rows, more = reads.page_of(
                conn, hub.hub_id, query, _PLACED, now=hub.clock(), after=after, before=before, last=last, limit=limit
            )
            parts = [kept.get((id, version)) for id, version, _, _ in rows]
            lacking = [row[0] for row, part in zip(rows, parts, strict=True) if part is None]
            if lacking:
                # What moved in between is shown as it is now.
                now = wire_rows(hub, lacking)
                found = iter(lacking)
                parts = [part if part is not None else self._of(now.get(next(found)), mask) for part in parts]
        return b"[%b]" % b",".join([part for part in parts if part]), more

    def _of(self, row: WireRow | None, mask: bool) -> bytes:
        return self.of(row, mask=mask) if row else b""

    def board(self, rows: Sequence[BoardRow], *, mask: bool = False) -> bytes:
        """Board rows as a JSON list; whose move it is is looked up for those that were not encoded yet."""
        kept = self._kept[mask]
        parts = [kept.get((row.id, row.version)) for row in rows]
        lacking = [row.id for row, part in zip(rows, parts, strict=True) if part is None]
        if lacking:
            # What moved in between is shown as it is now.
            now = wire_rows(self.hub, lacking)
            parts = [
                self.of(now.get(row.id) or WireRow(row, "", row.state in OPEN_STATES), mask=mask) if part is None else part
                for row, part in zip(rows, parts, strict=True)
            ]
        return b"[" + b",".join([part for part in parts if part is not None]) + b"]"
