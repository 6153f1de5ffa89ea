"""Comparing the tables that screens read with the journal: the journal is folded again into temporary tables, and each
table is held against its twin row for row. The store itself is not written to.

The temporary tables have the names of the real ones, so the same code that writes projections writes here: both engines
look for a name among temporary tables first.
"""

from collections.abc import Iterator

from hubconsole.hub.rebuilding import rebuild
from hubconsole.store.engine import Connection, Store
from hubconsole.store.projections import PROJECTIONS
from hubconsole.store.twins import Twin, index_twins, twin_of

_HUB = ("name", "policy", "policy_version", "last_number")
"""What the hub's own row takes from events."""


def differences(store: Store, conn: Connection, hub_id: str, most: int) -> list[str]:
    """One sentence for each row that differs, at most ``most``. The journal must be whole.

    ``conn`` is one from :meth:`Store.apart`; afterwards the names of the tables stand for the temporary ones.
    """
    mistakes: tuple[type[Exception], ...] = (*store.broken_rules, LookupError, ValueError, TypeError, AttributeError, AssertionError)
    try:
        twins = [twin_of(conn, table) for table in (*PROJECTIONS, "hub")]
        hub = twins[-1] = twins[-1]._replace(columns=_HUB)
        index_twins(conn)
        conn.execute(f"INSERT INTO {hub.there} SELECT * FROM {hub.here} WHERE hub_id = ?", (hub_id,))
        conn.execute(f"UPDATE {hub.there} SET name = '', policy = '', policy_version = 0, last_number = 0")
        rebuild(conn, hub_id)
        found: list[str] = []
        for twin in twins:
            if len(found) < most:
                found += _compare(conn, hub_id, twin, most - len(found))
        return found
    except mistakes as error:
        return [f"The journal cannot be replayed into tables ({type(error).__name__}), so these could not be compared with it."]


def _compare(conn: Connection, hub_id: str, twin: Twin, most: int) -> Iterator[str]:
    """The rows of one table that are not what the journal says."""
    same_key = " AND ".join(f"m.{name} = t.{name}" for name in twin.key)
    differs = [twin.differs(name) for name in twin.columns]
    mine = "m.hub_id = :hub AND " if twin.by_hub else ""
    parameters = {"hub": hub_id, "most": most}
    named = ", ".join(f"m.{name}" for name in twin.key)
    sql = (
        f"SELECT {named}, {_owner(twin, 'm')}, {', '.join(differs)} FROM {twin.here} m JOIN {twin.there} t ON {same_key} "
        f"WHERE {mine}({' OR '.join(differs)}) LIMIT :most"
    )
    for row in conn.execute(sql, parameters).fetchall():
        wrong = [name for name, differing in zip(twin.columns, row[len(twin.key) + 1 :], strict=True) if differing]
        yield _sentence(conn, twin, row, f"differs from the journal in {' and '.join(wrong)}")
    ways = ((twin.here, twin.there, "is in no event of the journal"), (twin.there, twin.here, "is missing; the journal has it"))
    for here, there, what in ways:
        sql = (
            f"SELECT {named}, {_owner(twin, 'm')} FROM {here} m WHERE {mine}"
            f"NOT EXISTS (SELECT 1 FROM {there} t WHERE {same_key}) LIMIT :most"
        )
        for row in conn.execute(sql, parameters).fetchall():
            yield _sentence(conn, twin, row, what)


def _owner(twin: Twin, alias: str) -> str:
    """The column that names the enquiry a row belongs to."""
    return f"{alias}.enquiry_id" if "enquiry_id" in twin.columns else "NULL"


def _sentence(conn: Connection, twin: Twin, row: tuple[object, ...], what: str) -> str:
    table = twin.table
    values = dict(zip(twin.key, row, strict=False))
    enquiry = row[len(twin.key)] or values.get("enquiry_id") or (values.get("id") if table == "enquiry" else None)
    words = [str(value)[:40] for name, value in values.items() if name not in ("hub_id", "enquiry_id")]
    number = conn.execute("SELECT number FROM enquiry WHERE id = ?", (enquiry,)).fetchone() if enquiry else None
    of = f" of {f'E-{number[0]}' if number else f'an unknown enquiry ({str(enquiry)[:40]})'}" if enquiry else ""
    which = "" if table in ("enquiry", "hub") else f" {' '.join(words)}"
    return f"Table {table}: the row{which}{of} {what}; hubconsole rebuild makes it again."
