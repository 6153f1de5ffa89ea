"""A new, empty store of either engine, and a connection to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from hubconsole.store.engine import Connection
from hubconsole.store.sqlite import connect, create, write
from tests import pg


@contextmanager
def in_file(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new store in a file."""
    create(folder / "hub.db")
    conn = connect(folder / "hub.db")
    yield conn
    conn.close()


@contextmanager
def in_database(_folder: Path) -> Iterator[Connection]:
    """A connection to a new store in PostgreSQL."""
    from hubconsole.store.postgres import PostgresStore

    with pg.database(pg.migrated()) as url:
        store = PostgresStore(url)
        with store.reading() as conn:
            yield conn
        store.close()


ENGINES = {"sqlite": in_file, "postgres": in_database}


def transaction(conn: Connection) -> AbstractContextManager[object]:
    """Everything inside is written at once."""
    return write(conn) if isinstance(conn, sqlite3.Connection) else begun(conn)


@contextmanager
def begun(conn: Connection) -> Iterator[None]:
    conn.execute("BEGIN")
    yield
    conn.execute("COMMIT")
