"""A store in one SQLite file. Every thread has a connection of its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TypeVar

from hubconsole.errors import HubError
from hubconsole.store import sqlite
from hubconsole.store.dialect import SQLITE
from hubconsole.store.engine import Connection
from hubconsole.store.identity import StoreIdentity, mark_of

T = TypeVar("T")

_POLL_SECONDS = 0.05
_SEQ = "SELECT last_seq FROM hub WHERE hub_id = ?"


class SqliteStore:
    """The :class:`hubconsole.store.engine.Store` over one file, which must be there. Raises StoreProblem or SchemaTooNew."""

    dialect = SQLITE
    broken_rules = (sqlite3.IntegrityError,)
    repeats = False

    def __init__(self, path: str | Path, *, readonly: bool = False) -> None:
        before = mark_of(path)
        first = sqlite.connect(path, readonly=readonly)
        try:
            first.execute("SELECT 1 FROM hub").fetchone()  # only a connection that has read has its log beside it
            self.path = Path(path)
            self.readonly = readonly
            self.identity = StoreIdentity(path, first, before)
        except sqlite3.Error as error:
            first.close()
            raise sqlite.problem(error, path) from error
        except HubError:
            first.close()
            raise
        self._threads = threading.local()
        self._threads.conn = first
        self._open = [first]
        self._guard = threading.Lock()

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self.path)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection. Raises StoreProblem ``store_replaced`` when the store is not the file that was opened."""
        self.identity.check()
        conn: sqlite3.Connection | None = getattr(self._threads, "conn", None)
        if conn is None:
            conn = sqlite.connect(self.path, readonly=self.readonly)
            if not self.identity.same:  # put in its place this very moment
                conn.close()
            self.identity.check()
            self._threads.conn = conn
            with self._guard:
                self._open.append(conn)
        return conn

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection for a few reads."""
        try:
            yield self.connection()
        except sqlite3.Error as error:
            raise sqlite.problem(error, self.path) from error

    def snapshot(self, conn: Connection) -> AbstractContextManager[object]:
        """Several reads that see one state of the store."""
        assert isinstance(conn, sqlite3.Connection)
        return sqlite.snapshot(conn)

    def write(self, conn: Connection, hub_id: str) -> AbstractContextManager[object]:
        """One write transaction; the file has one write lock for all."""
        assert isinstance(conn, sqlite3.Connection)
        return sqlite.write(conn)

    def touch(self, conn: Connection) -> AbstractContextManager[object]:
        """One short write; here it takes its turn with the others."""
        assert isinstance(conn, sqlite3.Connection)
        return sqlite.write(conn)

    def attempt(self, work: Callable[[], T]) -> T:
        """Carry out one write; nothing is answered for that went into a file which is not the store any more."""
        answer = work()
        self.identity.check()
        return answer

    @contextmanager
    def apart(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads the file and can write nothing but temporary tables, in one snapshot.

        These live in a file of SQLite's own that is gone with the connection, so memory stays flat however large the hub is.
        """
        with closing(sqlite.connect(self.path, readonly=True)) as conn:
            conn.execute("PRAGMA temp_store = FILE")
            conn.execute("PRAGMA query_only = OFF")  # the file itself is open for reading only
            with sqlite.snapshot(conn):
                yield conn

    def wait(self, hub_id: str, after: int, timeout: float) -> bool:
        """Look every 50 ms at a counter that costs microseconds."""
        pause = threading.Event()
        left = timeout
        version = -1
        while True:
            with self.reading() as conn:
                (now,) = conn.execute("PRAGMA data_version").fetchone()
                if now != version:
                    version = now
                    if conn.execute(_SEQ, (hub_id,)).fetchone()[0] > after:
                        return True
            if left <= 0:
                return False
            pause.wait(min(_POLL_SECONDS, left))
            left -= _POLL_SECONDS

    def standing(self) -> None:
        """A file is no copy of another that is written."""

    def problem(self, error: Exception) -> HubError:
        """What a failure of SQLite means for people."""
        assert isinstance(error, sqlite3.Error)
        return sqlite.problem(error, self.path)

    def close(self) -> None:
        """Close every connection."""
        with self._guard:
            for conn in self._open:
                self.identity.let_go(conn)
            self._open.clear()
        self._threads = threading.local()
