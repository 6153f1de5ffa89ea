"""A PostgreSQL connection that takes SQLite's statements: same placeholders, same results, the same exact text.

PostgreSQL's text cannot hold NUL. So U+0010 serves as an escape on the way in and out: every text comes back as it was.
Imported only when a hub is in PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

Raw = psycopg.Connection[tuple[Any, ...]]

_ESCAPE = "\x10"
_AWAY = {"\x10": "\x10\x11", "\0": "\x10\x12"}
_BACK = {coded: plain for plain, coded in _AWAY.items()}
_HARD = re.compile("[\x10\0]")
_CODED = re.compile("\x10[\x11\x12]")

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|::|:([A-Za-z_][A-Za-z_0-9]*)|\?|%""")
_STREAMED = 1_000
"""Rows that are fetched at a time from a statement with many."""
_names = count()


class ExactText(StrDumperUnknown):
    """Text on its way to the database."""

    def dump(self, obj: str) -> Buffer | None:
        """As UTF-8 without NUL."""
        if "\0" in obj or _ESCAPE in obj:
            obj = _HARD.sub(lambda found: _AWAY[found[0]], obj)
        return super().dump(obj)


def adapt(raw: Raw) -> None:
    """Set how values go to the database: whole numbers always as bigint, so that a statement is prepared once."""
    raw.adapters.register_dumper(int, Int8Dumper)
    raw.adapters.register_dumper(str, ExactText)


@lru_cache(4096)
def translated(sql: str) -> bytes:
    """A statement with psycopg's placeholders instead of SQLite's."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return f"%({found[1]})s"
        return {"?": "%s", "::": "::"}.get(found[0]) or found[0].replace("%", "%%")

    return _TOKEN.sub(one, sql).encode()


def _exact(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their texts as they were written. One look at all of them is cheaper than a look at each value."""
    if r"\x10" not in repr(rows):
        return rows
    return [tuple(_CODED.sub(lambda found: _BACK[found[0]], value) if isinstance(value, str) else value for value in row) for row in rows]


def _has_rows(cursor: psycopg.Cursor[tuple[Any, ...]]) -> bool:
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


class Results:
    """What a statement gave back; in a pipeline it may still be on its way."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]], pipeline: psycopg.Pipeline | None) -> None:
        self._cursor = cursor
        self._pipeline = pipeline

    def _arrived(self) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._pipeline is not None and self._cursor.statusmessage is None:
            self._pipeline.sync()
        return self._cursor

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        return self._arrived().rowcount

    @property
    def word(self) -> str | None:
        """What the server says that it did: ``COMMIT``, ``INSERT 0 1``."""
        return self._arrived().statusmessage

    @property
    def said(self) -> str | None:
        """The same as far as it has come already; nothing is waited for."""
        return self._cursor.statusmessage

    def fetchone(self) -> Any:
        """The next row; None when there is none."""
        cursor = self._arrived()
        row = cursor.fetchone() if _has_rows(cursor) else None
        return None if row is None else _exact([row])[0]

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        cursor = self._arrived()
        return _exact(cursor.fetchall()) if _has_rows(cursor) else []

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class Stream(Results):
    """Many rows, a few at a time."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        with self._cursor:
            while rows := self._cursor.fetchmany(_STREAMED):
                yield from _exact(rows)


class PgConnection:
    """A thread's connection. The one to the server is borrowed for as long as somebody holds it (:meth:`hold`)."""

    def __init__(self, take: Callable[[], Raw], give: Callable[[Raw], None]) -> None:
        self._take, self._give = take, give
        self._raw: Raw | None = None
        self._holders = 0
        self._pipeline: psycopg.Pipeline | None = None
        self._leaving: ExitStack | None = None

    @property
    def raw(self) -> Raw:
        """The connection to the server."""
        if self._raw is None:
            self._raw = self._take()
        return self._raw

    def hold(self) -> None:
        """Keep the connection to the server until :meth:`let_go`."""
        self._holders += 1

    def let_go(self) -> None:
        """Give the connection back when nobody else in this thread holds it."""
        self._holders -= 1
        if self._holders == 0 and self._raw is not None:
            raw, self._raw = self._raw, None
            self._give(raw)

    def execute(self, sql: str, parameters: Any = (), /) -> Results:
        """One statement."""
        raw = self.raw
        idle = raw.pgconn.transaction_status == TransactionStatus.IDLE
        try:
            return Results(raw.execute(translated(sql), parameters), self._pipeline)
        except psycopg.OperationalError:
            if not (idle and raw.closed):
                raise
        # Cut off while it lay idle, as by a restart of the server: nothing had begun, so nothing is lost by a new one.
        self._raw = None
        self._give(raw)
        return Results(self.raw.execute(translated(sql), parameters), self._pipeline)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Results:
        """One statement for each set of parameters."""
        cursor = self.raw.cursor()
        cursor.executemany(translated(sql), parameters)
        return Results(cursor, self._pipeline)

    def hurry(self) -> None:
        """Send statements without waiting for what they give back, until somebody asks for it or :meth:`calm`.

        One way to the server and back then serves several statements; their errors come up at a later one.
        """
        if self._pipeline is None:
            self._leaving = ExitStack()
            self._pipeline = self._leaving.enter_context(self.raw.pipeline())

    def calm(self) -> None:
        """Wait for everything that was sent. Raises psycopg.Error for what went wrong with it."""
        leaving, self._pipeline, self._leaving = self._leaving, None, None
        if leaving is not None:
            leaving.close()

    def stream(self, sql: str, parameters: Any = ()) -> Stream:
        """A statement with many rows, inside a transaction."""
        self.calm()
        cursor = self.raw.cursor(name=f"hubconsole_{next(_names)}")
        cursor.execute(translated(sql), parameters)
        return Stream(cursor, None)  # a server's cursor reads like a client's

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, in order or broken."""
        if self._raw is None or self._raw.closed:
            return False
        return self._raw.pgconn.transaction_status != TransactionStatus.IDLE
