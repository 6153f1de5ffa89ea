"""A store's tables looked at from outside, past everything that the hub says of itself."""

import sqlite3
from pathlib import Path
from typing import Any

from hubconsole.store.projections import PROJECTIONS

HUB_ROW = "name, last_seq, last_number, head, policy, policy_version"


def columns(conn: sqlite3.Connection, table: str) -> list[str]:
    """The names of a table's columns."""
    return [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every projection, sorted, with the hub's own row."""
    conn = sqlite3.connect(path)
    try:
        found = {table: sorted(conn.execute(f"SELECT {'rowid, ' * (table == 'search')}* FROM {table}"), key=repr) for table in PROJECTIONS}
        return {**found, "hub": conn.execute(f"SELECT {HUB_ROW} FROM hub").fetchall()}
    finally:
        conn.close()


def recounted(path: Path) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """The kept counts that are not nought, and the same counted from the rows."""
    conn = sqlite3.connect(path)
    try:
        kept = {(state, function): n for state, function, n in conn.execute("SELECT state, function, n FROM tally WHERE n <> 0")}
        counted = {
            (state, function): n
            for state, function, n in conn.execute("SELECT state, function, count(*) FROM enquiry GROUP BY state, function")
        }
        return kept, counted
    finally:
        conn.close()
