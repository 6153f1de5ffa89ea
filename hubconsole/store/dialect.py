"""Where the SQL of the two engines differs; everything else is one text for both.

SQLite reads tables through ``rowid`` and takes hints (``+column`` keeps an index out of the choice); PostgreSQL plans by
statistics and has neither. Full text is FTS5 on the one and ``tsvector`` on the other, whose words FTS5's own tokenizer
makes (:mod:`hubconsole.store.words`), so that both find the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from hubconsole.store.engine import Connection, Cursor


class Phrase(NamedTuple):
    """Words that follow each other in a text."""

    text: str
    prefix: bool = False
    """The last of them may be the beginning of a longer word."""


class Dialect(Protocol):
    """One engine's way of saying it."""

    name: str
    hint: str
    """Put before a column: no index is to be chosen for it."""
    row_id: str
    """The column by which a row of ``enquiry`` within one hub is named most cheaply."""
    awake: str
    """The condition that a row is not snoozed at ``:now``, where it is best not to read the row itself."""
    differs: str
    """The operator that compares two values, nulls included."""
    keeps: str
    """Put after a SELECT of one row in a write transaction: nobody changes the row before the end of it."""
    as_bytes: str
    """Put after a comparison: letters are compared as they are."""

    def within(self, text: str, part: str) -> str:
        """The condition that one SQL expression's text holds another's."""

    def among(self, name: str) -> str:
        """The condition, after a column, that it is one of the values bound to ``name`` by :meth:`several`."""

    def several(self, values: Iterable[str]) -> Any:
        """Many values as one parameter."""

    def found(self, name: str, newest: str) -> str:
        """The statement for the enquiries whose texts hold what is bound to ``name`` by :meth:`wanted`; ``newest`` is a limit or empty."""

    def wanted(self, phrases: Sequence[Phrase]) -> str:
        """Phrases that must all be in one text, as one parameter."""

    def keep_words(self, conn: Connection, hub_id: str, seq: int, enquiry_id: str, text: str) -> None:
        """Make a text findable."""

    def forget_words(self, conn: Connection, hub_id: str) -> None:
        """Make nothing of the hub findable."""

    def take_time(self, conn: Connection) -> None:
        """Let the caller's transaction take as long as it needs."""

    def stream(self, conn: Connection, sql: str, parameters: Any) -> Cursor:
        """A statement with more rows than memory should hold, inside the caller's transaction."""


class _Sqlite:
    """SQLite: one hub a file, so what is found needs no hub."""

    name = "sqlite"
    hint = "+"
    row_id = "rowid"
    awake = "rowid NOT IN (SELECT rowid FROM enquiry WHERE hub_id = :hub AND snoozed_until > 0 AND snoozed_until > :now)"
    differs = "IS NOT"
    keeps = ""
    as_bytes = " COLLATE BINARY"

    def within(self, text: str, part: str) -> str:
        return f"instr({text}, {part}) > 0"

    def among(self, name: str) -> str:
        return f"IN (SELECT value FROM json_each(:{name}))"

    def several(self, values: Iterable[str]) -> str:
        return json.dumps(list(values))

    def found(self, name: str, newest: str) -> str:
        return f"SELECT enquiry_id FROM search WHERE search MATCH :{name}{newest and f' ORDER BY rowid DESC LIMIT {newest}'}"

    def wanted(self, phrases: Sequence[Phrase]) -> str:
        # One FTS5 string each, so that none of its characters is an operator.
        return " ".join('"' + text.replace("\0", " ").replace('"', '""') + '"' + "*" * prefix for text, prefix in phrases)

    def keep_words(self, conn: Connection, hub_id: str, seq: int, enquiry_id: str, text: str) -> None:
        conn.execute("INSERT INTO search (rowid, enquiry_id, text) VALUES (?, ?, ?)", (seq, enquiry_id, text))

    def forget_words(self, conn: Connection, hub_id: str) -> None:
        conn.execute("DELETE FROM search")

    def take_time(self, conn: Connection) -> None:
        """Nothing limits it here."""

    def stream(self, conn: Connection, sql: str, parameters: Any) -> Cursor:
        return conn.execute(sql, parameters)


class _Postgres:
    """PostgreSQL: many hubs in one database, texts cut into parts that its ``tsvector`` can hold whole."""

    name = "postgresql"
    hint = ""
    row_id = "id"
    awake = "snoozed_until <= :now"
    differs = "IS DISTINCT FROM"
    keeps = " FOR SHARE"
    as_bytes = ""

    def within(self, text: str, part: str) -> str:
        return f"strpos({text}, {part}) > 0"

    def among(self, name: str) -> str:
        return f"= ANY(:{name})"

    def several(self, values: Iterable[str]) -> list[str]:
        # What cannot be encoded is in no table; a list with it could not be sent.
        return [value for value in values if value.encode("utf-8", "replace").decode() == value]

    def found(self, name: str, newest: str) -> str:
        return (
            f"SELECT enquiry_id FROM search WHERE hub_id = :hub AND words @@ CAST(:{name} AS tsquery)"
            f"{newest and f' ORDER BY seq DESC LIMIT {newest}'}"
        )

    def wanted(self, phrases: Sequence[Phrase]) -> str:
        from hubconsole.store.words import tsquery

        return tsquery(phrases)

    def keep_words(self, conn: Connection, hub_id: str, seq: int, enquiry_id: str, text: str) -> None:
        from hubconsole.store.words import tsvectors

        sql = "INSERT INTO search (hub_id, seq, part, enquiry_id, text, words) VALUES (?, ?, ?, ?, ?, CAST(? AS tsvector))"
        for part, vector in enumerate(tsvectors(text)):
            conn.execute(sql, (hub_id, seq, part, enquiry_id, "" if part else text, vector))

    def forget_words(self, conn: Connection, hub_id: str) -> None:
        conn.execute("DELETE FROM search WHERE hub_id = ?", (hub_id,))

    def take_time(self, conn: Connection) -> None:
        conn.execute(time_limit(0, "transaction"))

    def stream(self, conn: Connection, sql: str, parameters: Any) -> Cursor:
        cursor: Cursor = conn.stream(sql, parameters)  # type: ignore[attr-defined]
        return cursor


def time_limit(most: int, lasts: Literal["session", "transaction"]) -> str:
    """The statement by which PostgreSQL ends transactions that take longer than ``most`` ms (0: none), for as long as it ``lasts``.

    PostgreSQL 17 and later have this limit; with the ones before it does nothing.
    """
    local = "true" if lasts == "transaction" else "false"
    return f"SELECT set_config('transaction_timeout', '{most:d}', {local}) FROM pg_settings WHERE name = 'transaction_timeout'"


SQLITE: Dialect = _Sqlite()
POSTGRES: Dialect = _Postgres()


def dialect_of(conn: Connection) -> Dialect:
    """How to speak to this connection's engine."""
    if isinstance(conn, sqlite3.Connection):
        return SQLITE
    return POSTGRES
