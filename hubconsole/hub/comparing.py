"""Comparing the tables that screens read with the journal: the journal is folded again into temporary tables, and each
table is held against its twin row for row. The hub's own file is not written to.

The temporary tables have the names of the real ones, so the same code that writes projections writes here: SQLite looks
for a name among temporary tables first. They live in a file of SQLite's own that is gone with the connection, so memory
stays flat however large the hub is.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hubconsole.hub.rebuilding import rebuild
from hubconsole.store import sqlite
from hubconsole.store.projections import PROJECTIONS

_HUB = ("name", "policy", "policy_version", "last_number")
"""What the hub's own row takes from events."""
_CREATE = re.compile(r"\s*CREATE TABLE\s+", re.IGNORECASE)
_LISTS = {"search": "CREATE TEMP TABLE search (enquiry_id, text)"}
_INDEX = "CREATE INDEX temp.message_found ON message (hub_id, enquiry_id, external_id)"
"""For the rare questions about who was first; nothing else here needs an index beyond the keys."""


@contextmanager
def apart(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads the hub and can write nothing but temporary tables, in one snapshot."""
    with closing(sqlite.connect(path, readonly=True)) as conn:
        conn.execute("PRAGMA temp_store = FILE")
        conn.execute("PRAGMA query_only = OFF")  # the file itself is open for reading only
        with sqlite.snapshot(conn):
            yield conn


def differences(conn: sqlite3.Connection, hub_id: str, most: int) -> list[str]:
    """One sentence for each row that differs, at most ``most``. The journal must be whole.

    ``conn`` is one from :func:`apart`; afterwards the names of the tables stand for the temporary ones.
    """
    try:
        keys = {table: _twin(conn, table) for table in (*PROJECTIONS, "hub")}
        conn.execute(_INDEX)
        conn.execute("INSERT INTO temp.hub SELECT * FROM main.hub WHERE hub_id = ?", (hub_id,))
        conn.execute("UPDATE temp.hub SET name = '', policy = '', policy_version = 0, last_number = 0")
        rebuild(conn, hub_id)
        found: list[str] = []
        for table, (key, columns) in keys.items():
            if len(found) < most:
                found += _compare(conn, hub_id, table, key, columns, most - len(found))
        return found
    except (sqlite3.IntegrityError, LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        return [f"The journal cannot be replayed into tables ({type(error).__name__}), so these could not be compared with it."]


def _twin(conn: sqlite3.Connection, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make an empty temporary table like a real one; its key and its other columns."""
    sql = _LISTS.get(table)
    if sql is None:
        there = conn.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        if there is None:
            raise LookupError(table)
        sql = _CREATE.sub("CREATE TEMP TABLE ", there[0], count=1)
    conn.execute(sql)
    described = conn.execute(f"PRAGMA temp.table_info({table})").fetchall()
    names = tuple(row[1] for row in described)
    if table == "hub":
        return ("hub_id",), _HUB
    key = tuple(row[1] for row in sorted(described, key=lambda row: int(row[5])) if row[5]) or ("rowid",)
    return key, tuple(name for name in names if name not in key)


def _compare(conn: sqlite3.Connection, hub_id: str, table: str, key: tuple[str, ...], columns: tuple[str, ...], most: int) -> Iterator[str]:
    """The rows of one table that are not what the journal says."""
    same_key = " AND ".join(f'm."{name}" = t."{name}"' if name != "rowid" else "m.rowid = t.rowid" for name in key)
    differs = [f'm."{name}" IS NOT t."{name}" COLLATE BINARY' for name in columns]
    mine = "" if table == "search" else "m.hub_id = :hub AND "
    parameters = {"hub": hub_id, "most": most}
    named = ", ".join(_column(name) for name in key)
    sql = (
        f"SELECT {named}, {_owner(columns, 'm')}, {', '.join(differs)} FROM main.{table} m JOIN temp.{table} t ON {same_key} "
        f"WHERE {mine}({' OR '.join(differs)}) LIMIT :most"
    )
    for row in conn.execute(sql, parameters).fetchall():
        wrong = [name for name, differing in zip(columns, row[len(key) + 1 :], strict=True) if differing]
        yield _sentence(conn, table, key, row, f"differs from the journal in {' and '.join(wrong)}")
    for here, there, what in (("main", "temp", "is in no event of the journal"), ("temp", "main", "is missing; the journal has it")):
        sql = (
            f"SELECT {named}, {_owner(columns, 'm')} FROM {here}.{table} m WHERE {mine}"
            f"NOT EXISTS (SELECT 1 FROM {there}.{table} t WHERE {same_key}) LIMIT :most"
        )
        for row in conn.execute(sql, parameters).fetchall():
            yield _sentence(conn, table, key, row, what)


def _column(name: str) -> str:
    return "m.rowid" if name == "rowid" else f'm."{name}"'


def _owner(columns: tuple[str, ...], alias: str) -> str:
    """The column that names the enquiry a row belongs to."""
    return f"{alias}.enquiry_id" if "enquiry_id" in columns else "NULL"


def _sentence(conn: sqlite3.Connection, table: str, key: tuple[str, ...], row: tuple[object, ...], what: str) -> str:
    values = dict(zip(key, row, strict=False))
    enquiry = row[len(key)] or values.get("enquiry_id") or (values.get("id") if table == "enquiry" else None)
    words = [str(value)[:40] for name, value in values.items() if name not in ("hub_id", "enquiry_id")]
    number = conn.execute("SELECT number FROM temp.enquiry WHERE id = ?", (enquiry,)).fetchone() if enquiry else None
    of = f" of {f'E-{number[0]}' if number else f'an unknown enquiry ({str(enquiry)[:40]})'}" if enquiry else ""
    which = "" if table in ("enquiry", "hub") else f" {' '.join(words)}"
    return f"Table {table}: the row{which}{of} {what}; hubconsole rebuild makes it again."
