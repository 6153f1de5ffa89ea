"""Temporary tables with the shape and the name of real ones: whatever names such a table means the temporary one."""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

from hubconsole.store.dialect import Dialect, dialect_of
from hubconsole.store.engine import Connection

_CREATE = re.compile(r"\s*CREATE TABLE\s+", re.IGNORECASE)
_SEARCH = "CREATE TEMP TABLE search (enquiry_id, text)"
_FOUND = "message_found ON message (hub_id, enquiry_id, external_id)"
"""For the rare questions about who was first; nothing else needs an index beyond the keys."""
_COLUMNS = (
    "SELECT a.attname, i.indrelid IS NOT NULL FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary "
    "AND a.attnum = ANY(i.indkey) WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped "
    "ORDER BY coalesce(array_position(i.indkey::int2[], a.attnum), a.attnum)"
)


class Twin(NamedTuple):
    """A real table and the temporary one that was made like it."""

    table: str
    here: str
    """The real one, by its whole name."""
    there: str
    """The temporary one, by its whole name."""
    key: tuple[str, ...]
    columns: tuple[str, ...]
    """Those outside the key."""
    by_hub: bool
    """Whether a row names its hub."""
    dialect: Dialect

    def differs(self, column: str) -> str:
        """The condition that a real row ``m`` and a temporary ``t`` hold different values."""
        return f'm."{column}" {self.dialect.differs} t."{column}"{self.dialect.as_bytes}'


def twin_of(conn: Connection, table: str) -> Twin:
    """Make an empty temporary table like a real one. Raises LookupError when there is none."""
    if isinstance(conn, sqlite3.Connection):
        return _sqlite(conn, table)
    (schema,) = conn.execute("SELECT current_schema()").fetchone()
    here, there = f'"{schema}".{table}', f"pg_temp.{table}"
    described = conn.execute(_COLUMNS, (here,)).fetchall()
    if not described:
        raise LookupError(table)
    conn.execute(f"CREATE TEMP TABLE {table} (LIKE {here} INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP")
    key = tuple(name for name, in_key in described if in_key)
    return Twin(table, here, there, key, tuple(name for name, in_key in described if not in_key), True, dialect_of(conn))


def index_twins(conn: Connection) -> None:
    """Add what the writing of projections looks things up by."""
    conn.execute(f"CREATE INDEX {'temp.' if isinstance(conn, sqlite3.Connection) else ''}{_FOUND}")


def _sqlite(conn: sqlite3.Connection, table: str) -> Twin:
    sql = _SEARCH
    if table != "search":
        there = conn.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        if there is None:
            raise LookupError(table)
        sql = _CREATE.sub("CREATE TEMP TABLE ", there[0], count=1)
    conn.execute(sql)
    described = conn.execute(f"PRAGMA temp.table_info({table})").fetchall()
    names = tuple(row[1] for row in described)
    key = tuple(row[1] for row in sorted(described, key=lambda row: int(row[5])) if row[5]) or ("rowid",)
    columns = tuple(name for name in names if name not in key)
    return Twin(table, f"main.{table}", f"temp.{table}", key, columns, "hub_id" in names, dialect_of(conn))
