"""What a console keeps of a hub far away: a small SQLite file with every open row, so that the board stands before the hub has answered.

It is a copy and nothing else: damaged, from another version or unwritable, it is made anew. Rows only ever move forward (by their
version), so that several consoles of one person may share the file. Read with the standard library alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from hubconsole.errors import Unreachable
from hubconsole.hub.port import HubInfo
from hubconsole.ids import is_id, key_of, number_of
from hubconsole.private_files import locked
from hubconsole.store import reads
from hubconsole.store.rows import BoardRow, Count, MemberRow

if TYPE_CHECKING:
    from hubconsole.hub.wire import WireRow

VERSION = 1
"""Of the file's shape; a file of another version is made anew."""

HUB = "hub"
"""The one hub of the file, as the tables name it."""

MOST_VIEWS = 400
"""Enquiries as they were last read that are kept; the oldest go."""

MOST_AT_REST = 2_000
"""Rows that came to rest while the console looked on and are kept; the oldest go."""

_STORED = (*(field for field in BoardRow._fields if field != "key"), "function", "open")
_KINDS = {"id": "TEXT", "due_at": "INTEGER", "waiting_since": "INTEGER"}
_NUMBERS = frozenset(
    {"number", "priority", "on_it_until", "received_at", "updated_at", "snoozed_until", "draft", "reopened", "rank", "version", "open"}
)
_COLUMNS = ", ".join(
    f"{name} {_KINDS[name]}" if name in _KINDS else f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT'} NOT NULL" for name in _STORED
)
_SCHEMA = (
    f"CREATE TABLE enquiry (hub_id TEXT NOT NULL, {_COLUMNS}, as_of INTEGER NOT NULL, PRIMARY KEY (hub_id, id))",
    "CREATE INDEX by_state ON enquiry (hub_id, state, rank, number)",
    "CREATE INDEX by_open ON enquiry (hub_id, open, rank, number)",
    "CREATE INDEX by_owner ON enquiry (hub_id, owner, open, rank, number)",
    "CREATE INDEX by_function ON enquiry (hub_id, function, state, rank, number)",
    "CREATE INDEX by_number ON enquiry (hub_id, number)",
    "CREATE INDEX waiting ON enquiry (hub_id, open, waiting_since, snoozed_until) WHERE open = 1",
    "CREATE INDEX snoozed ON enquiry (hub_id, snoozed_until) WHERE snoozed_until > 0",
    "CREATE TABLE tally (hub_id TEXT NOT NULL, state TEXT NOT NULL, function TEXT NOT NULL, n INTEGER NOT NULL)",
    "CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE view (id TEXT, number INTEGER NOT NULL, viewer TEXT, body TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (id, viewer))",
    f"PRAGMA user_version = {VERSION}",
)
_PUT = (
    f"INSERT INTO enquiry (hub_id, {', '.join(_STORED)}, as_of) VALUES ('{HUB}'{', ?' * (len(_STORED) + 1)}) "
    f"ON CONFLICT (hub_id, id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in (*_STORED, 'as_of') if name != 'id')} "
    "WHERE excluded.version >= enquiry.version"
)
_WHOLE = f"SELECT {', '.join(_STORED)}, as_of FROM enquiry"
_KEEP = "INSERT INTO kept (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_KEEP_VIEW = (
    "INSERT INTO view (id, number, viewer, body, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (id, viewer) DO UPDATE SET body = excluded.body, at = excluded.at"
)


class Position(NamedTuple):
    """How far the copy goes."""

    seq: int
    as_of: int
    """When that was known to be all (ms, this machine's clock)."""
    whole: bool
    """Whether every open row is here."""
    oldest_wait: int | None
    """As the hub said; for a copy that is not whole."""


NOTHING = Position(0, 0, False, None)
"""Before the first snapshot."""


class Moved(NamedTuple):
    """Ids of the rows that a snapshot changed, and of those that were not here before."""

    ids: frozenset[str]
    new_ids: frozenset[str]


_PRAGMAS = ("journal_mode = WAL", "secure_delete = ON", "synchronous = NORMAL", "trusted_schema = OFF", "temp_store = MEMORY")


class Mirror:
    """The file. Usable from any thread; every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it: an unusable one is replaced, and where none can be kept it is a temporary one."""
        self._threads = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._guard = threading.Condition()
        self._writing = threading.Lock()
        self._closed = False
        self._busy = 0
        self._scratch: Path | None = None
        self.path = path
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(Path(f"{self.path}.lock")):
                self._begin()
        except (sqlite3.Error, OSError):
            self._elsewhere()

    def _begin(self) -> None:
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            if self._conn().execute("PRAGMA user_version").fetchone()[0] == VERSION:
                self._conn().execute("SELECT count(*) FROM kept").fetchone()
                return
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise
        self._make_anew()

    def _make_anew(self) -> None:
        """Replace the file by an empty one; whoever else has the old one open goes on with theirs."""
        self._let_go()
        for name in ("", "-wal", "-shm"):
            Path(f"{self.path}{name}").unlink(missing_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        conn = self._conn()
        with self._write(conn):
            for statement in _SCHEMA:
                conn.execute(statement)

    def _elsewhere(self) -> None:
        """No room for a copy in the cache folder: keep one for as long as this console runs."""
        import tempfile

        self._let_go()
        self._scratch = Path(tempfile.mkdtemp(prefix="hubconsole-"))
        self.path = self._scratch / "hub.db"
        self._make_anew()

    def _conn(self) -> sqlite3.Connection:
        conn: sqlite3.Connection | None = getattr(self._threads, "conn", None)
        if conn is None:
            conn = sqlite3.connect(
                f"file:{quote(os.fspath(self.path.absolute()))}?mode=rw",
                uri=True, isolation_level=None, check_same_thread=False, timeout=2.0, cached_statements=128,
            )  # fmt: skip
            for pragma in _PRAGMAS:
                conn.execute(f"PRAGMA {pragma}")
            with self._guard:
                self._open.append(conn)
            self._threads.conn = conn
        return conn

    def _let_go(self) -> None:
        with self._guard:
            for conn in self._open:
                with suppress(sqlite3.Error):
                    conn.close()
            self._open.clear()
        self._threads = threading.local()

    def close(self, timeout: float = 0.3) -> None:
        """Close every connection; a temporary copy is removed.

        A connection that another thread is reading from must not be closed under it: when that takes longer than ``timeout`` seconds,
        the connections are left to the end of the process.
        """
        with self._guard:
            self._closed = True
            idle = self._guard.wait_for(lambda: self._busy == 0, timeout)
        if idle:
            self._let_go()
        if self._scratch is not None:
            from shutil import rmtree

            rmtree(self._scratch, ignore_errors=True)

    @contextmanager
    def _using(self) -> Iterator[None]:
        """While this lasts nobody closes this thread's connection. Raises Unreachable ``closed`` when that has happened."""
        with self._guard:
            if self._closed:
                raise Unreachable("closed", "The console has let go of its hub.")
            self._busy += 1
        try:
            yield
        finally:
            with self._guard:
                self._busy -= 1
                self._guard.notify_all()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, for :mod:`hubconsole.store.reads` with the hub :data:`HUB`. Raises Unreachable ``mirror``."""
        with self._using():
            try:
                yield self._conn()
            except sqlite3.Error as error:
                raise unusable(self.path, error) from error

    @contextmanager
    def _write(self, conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield conn
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise

    @contextmanager
    def _writer(self) -> Iterator[sqlite3.Connection]:
        """One write at a time. What the hub said and no table can hold is the hub's fault, not a defect here."""
        try:
            with self._using(), self._writing, self._write(self._conn()) as conn:
                yield conn
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise Unreachable("bad_answer", f"The hub sent what cannot be kept: {error}.", "Is it a hub at all?") from error

    # --- reading ----------------------------------------------------------------------------------

    def kept(self, name: str) -> str:
        """A text kept under a name; empty for none."""
        with self.reading() as conn:
            row = conn.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def position(self) -> Position:
        """How far the copy goes."""
        said = self.kept("position")
        return Position(*json.loads(said)) if said else NOTHING

    def info(self) -> HubInfo | None:
        """Name, place and position of the hub; None while nothing is known of it."""
        said = self.kept("info")
        return HubInfo(*json.loads(said)) if said else None

    def members(self) -> tuple[MemberRow, ...]:
        """The members as last heard of."""
        return tuple(MemberRow(name, tuple(functions), active) for name, functions, active in json.loads(self.kept("members") or "[]"))

    def counts(self) -> tuple[Count, ...]:
        """The kept counts as last heard of."""
        with self.reading() as conn:
            return reads.counts(conn, HUB)

    def view(self, key: str, viewer: str) -> str:
        """An enquiry (by key or id) as ``viewer`` last read it, as JSON; empty for one that was never read here."""
        with self.reading() as conn:
            number = number_of(key)
            if number is None and not is_id(key.strip().lower()):
                return ""
            found = (key.strip().lower(), number or 0, viewer)
            row = conn.execute("SELECT body FROM view WHERE (id = ? OR number = ?) AND viewer = ?", found).fetchone()
        return row[0] if row else ""

    def everything(self) -> list[BoardRow]:
        """All rows that are here, in queue order."""
        with self.reading() as conn:
            rows = conn.execute(f"SELECT {', '.join(_STORED[:-2])} FROM enquiry ORDER BY rank, number")
            return [BoardRow._make((*row[:_KEY], key_of(row[1]), *row[_KEY:])) for row in rows]

    # --- writing ----------------------------------------------------------------------------------

    def keep(self, **texts: str) -> None:
        """Keep texts under names."""
        with self._writer() as conn:
            conn.executemany(_KEEP, texts.items())

    def load(
        self, rows: Sequence[WireRow], counts: Iterable[Count], position: Position, known: int, touched: frozenset[str] | None
    ) -> Moved:
        """Take a snapshot of the open rows in: what was open here and is not in it has come to rest, and is not known any more.

        ``touched``: all enquiries that moved since ``known``, the place that this console has shown, so that rows at rest which did
        not are still good; None when that is not known. Also told is what another console wrote here after ``known``.
        """
        with self._writer() as conn:
            before: dict[str, tuple[object, ...]] = {row[0]: row[1:] for row in conn.execute(_WHOLE)}
            stale = {one: row[:-1] for one, row in before.items() if _as_of(row) <= position.seq}
            came = {row.row.id: _values(row)[1:] for row in rows}
            differ = [row for row in rows if stale.get(row.row.id, ()) != came[row.row.id]]
            gone = {one for one, row in stale.items() if one not in came and (row[-1] or touched is None or one in touched)}
            conn.executemany("DELETE FROM enquiry WHERE id = ?", ((one,) for one in gone))
            conn.execute("UPDATE enquiry SET as_of = :seq WHERE as_of < :seq", {"seq": position.seq})
            self._put(conn, differ, position.seq)
            self._recount(conn, counts, position)
        written = {one for one, row in before.items() if _as_of(row) > known}
        changed = {row.row.id for row in differ} | gone | written | (touched or frozenset())
        return Moved(frozenset(changed), frozenset(came.keys() - before.keys()))

    def start_over(self) -> None:
        """Forget every row: the hub there is another one now, or went back to a backup."""
        with self._writer() as conn:
            for table in ("enquiry", "view", "tally", "kept"):
                conn.execute(f"DELETE FROM {table}")

    def apply(self, rows: Sequence[WireRow], counts: Iterable[Count], position: Position) -> None:
        """Take one change in; counts are the newer ones of what is here and what came."""
        with self._writer() as conn:
            self._put(conn, rows, position.seq)
            said = conn.execute("SELECT value FROM kept WHERE name = 'position'").fetchone()
            if not said or json.loads(said[0])[0] <= position.seq:
                self._recount(conn, counts, position)
            if any(not row.open for row in rows):
                conn.execute(
                    "DELETE FROM enquiry WHERE open = 0 AND id IN "
                    "(SELECT id FROM enquiry WHERE open = 0 ORDER BY as_of DESC LIMIT -1 OFFSET ?)",
                    (MOST_AT_REST,),
                )

    def put(self, rows: Sequence[WireRow], seq: int) -> None:
        """Take rows in that came with an answer of the hub."""
        with self._writer() as conn:
            self._put(conn, rows, seq)

    def keep_view(self, row: BoardRow, viewer: str, body: str, at: int) -> None:
        """Keep an enquiry as ``viewer`` read it."""
        with self._writer() as conn:
            conn.execute(_KEEP_VIEW, (row.id, row.number, viewer, body, at))
            conn.execute("DELETE FROM view WHERE rowid IN (SELECT rowid FROM view ORDER BY at DESC LIMIT -1 OFFSET ?)", (MOST_VIEWS,))

    def forget_views(self, viewers: Iterable[str] | None = None) -> None:
        """Throw away what these members read (None: all), and leave no trace of it in the file: they may not read it any more."""
        with self._writer() as conn:
            if viewers is None:
                conn.execute("DELETE FROM view")
            else:
                conn.executemany("DELETE FROM view WHERE viewer = ?", ((viewer,) for viewer in viewers))
        with self.reading() as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _put(self, conn: sqlite3.Connection, rows: Sequence[WireRow], seq: int) -> None:
        conn.executemany(_PUT, ((*_values(row), seq) for row in rows))

    def _recount(self, conn: sqlite3.Connection, counts: Iterable[Count], position: Position) -> None:
        conn.execute("DELETE FROM tally")
        conn.executemany(f"INSERT INTO tally (hub_id, state, function, n) VALUES ('{HUB}', ?, ?, ?)", counts)
        conn.execute(_KEEP, ("position", json.dumps(position)))


_KEY = BoardRow._fields.index("key")


def _values(row: WireRow) -> tuple[str | int | None, ...]:
    board = row.row
    return (*board[:_KEY], *board[_KEY + 1 :], row.function, int(row.open))


def _as_of(row: tuple[object, ...]) -> int:
    """The place in the journal as of which a stored row is known; the last column."""
    place = row[-1]
    assert isinstance(place, int)
    return place


def unusable(path: Path, error: sqlite3.Error) -> Unreachable:
    """The error for a copy that cannot be used."""
    why = f"This console's copy of the board, {path}, cannot be used: {error}."
    return Unreachable("mirror", why, "Leave, delete it, and start again.")
