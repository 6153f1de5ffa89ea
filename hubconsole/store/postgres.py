"""A store in a PostgreSQL database, which may hold several hubs and be shared by any number of processes and machines.

Every write takes the lock of its hub's row first, under READ COMMITTED: each statement after that sees all that was
committed before it. One lock for each hub, so writers of one hub queue and never meet in a deadlock. Imported only when a
hub is in PostgreSQL; needs psycopg.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from psycopg.pq import TransactionStatus

from hubconsole.errors import Conflict, HubError, SchemaTooNew, StoreProblem
from hubconsole.store import reads
from hubconsole.store.dialect import POSTGRES
from hubconsole.store.engine import Connection, Standing
from hubconsole.store.opening import joined, split_hub
from hubconsole.store.postgres_conn import PgConnection, Raw
from hubconsole.store.postgres_door import Door
from hubconsole.store.postgres_ears import Ears, channel
from hubconsole.store.postgres_errors import Lost, TryAgain, meaning, problem
from hubconsole.store.sqlite import SCHEMA_VERSION

T = TypeVar("T")

_CONNECTIONS = 24
"""How many connections one process keeps at most."""
_TRIES = 8
_LOST_TRIES = 3
_LOCK = "SELECT 1 FROM hub WHERE hub_id = ? FOR UPDATE"
_VERSION = "SELECT version FROM schema_version"
_IS_COPY = "SELECT pg_is_in_recovery()"
_STANDING = (
    "SELECT EXISTS (SELECT 1 FROM pg_stat_wal_receiver), CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0 "
    "ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
)


class PostgresStore:
    """The :class:`hubconsole.store.engine.Store` over one database. Raises StoreProblem or SchemaTooNew."""

    dialect = POSTGRES
    broken_rules: tuple[type[Exception], ...] = (psycopg.IntegrityError, psycopg.DataError)
    repeats = True

    def __init__(self, url: str, *, hub: str = "", readonly: bool = False, check: bool = True) -> None:
        self.url = url
        self.readonly = readonly
        self.place = shown(with_hub(url, hub) if hub else url)
        self._threads = threading.local()
        self._guard = threading.Lock()
        self._room = threading.Semaphore(_CONNECTIONS)
        self._idle: list[Raw] = []
        self._all: set[Raw] = set()
        self._closed = False
        self._door = Door(url, readonly=readonly)
        self._ears = Ears(self.connect)
        if check:
            try:
                self._check_schema()
            except BaseException:
                self.close()
                raise

    def connect(self) -> Raw:
        """A new connection of its own, in autocommit mode. Raises psycopg.Error."""
        return self._door.connect()

    def connection(self) -> PgConnection:
        """This thread's connection."""
        conn: PgConnection | None = getattr(self._threads, "conn", None)
        if conn is None:
            conn = self._threads.conn = PgConnection(self._take, self._give)
        return conn

    @contextmanager
    def _held(self) -> Iterator[PgConnection]:
        conn = self.connection()
        conn.hold()
        try:
            yield conn
        finally:
            conn.let_go()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """This thread's connection for a few reads."""
        with self._held() as conn:
            try:
                yield conn
            except psycopg.Error as error:
                raise self.problem(error) from error

    @contextmanager
    def snapshot(self, conn: Connection) -> Iterator[None]:
        """Several reads that see one state of the store."""
        assert isinstance(conn, PgConnection)
        if conn.in_transaction:
            yield
            return
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            _end(conn, "COMMIT")

    @contextmanager
    def write(self, conn: Connection, hub_id: str) -> Iterator[None]:
        """One write transaction under the lock of the hub's row; who listens is told after it."""
        assert isinstance(conn, PgConnection)
        # Told in the transaction itself, all hubs of the database would queue behind one lock while each is written to disk.
        # Who is not told looks within a second.
        with self._transaction(conn, f"NOTIFY {channel(hub_id)}"):
            conn.execute(_LOCK, (hub_id,))
            yield

    @contextmanager
    def touch(self, conn: Connection) -> Iterator[None]:
        """One short write of what is not journalled; it does not wait for the hub's lock."""
        assert isinstance(conn, PgConnection)
        with self._transaction(conn):
            yield

    @contextmanager
    def _transaction(self, conn: PgConnection, afterwards: str = "") -> Iterator[None]:
        ended = None
        try:
            conn.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            conn.hurry()
            for limit in self._door.each():
                conn.execute(limit)
            yield
            ended = conn.execute("COMMIT")
            if afterwards:
                conn.execute(afterwards)
            conn.calm()
            if ended.word != "COMMIT":
                raise AssertionError(f"the transaction ended in {ended.word}")
        except BaseException as error:
            with suppress(psycopg.Error):
                conn.calm()
            if ended is not None and ended.said == "COMMIT" and isinstance(error, psycopg.ProgrammingError | psycopg.NotSupportedError):
                return  # it is written; what came after was a hint, and an engine may not know it
            _end(conn, "ROLLBACK")
            if isinstance(error, psycopg.Error):
                raise meaning(error, self.place) from error
            raise

    def attempt(self, work: Callable[[], T]) -> T:
        """Carry out one write; again when the database broke it off for another's sake, or when the line to it was lost.

        Then nobody knows whether it was written, so ``work`` must be such that its repetition does no harm.
        """
        lost = 0
        for attempt in range(_TRIES):
            try:
                with self._held():
                    return work()
            except TryAgain as error:
                if attempt == _TRIES - 1:
                    raise error.problem from error
            except Lost as error:
                lost += 1
                if lost == _LOST_TRIES:
                    raise error.problem from error
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection of its own in one snapshot; what it writes are temporary tables, gone at the end."""
        with self._held_apart() as conn:
            # A standby refuses even to be asked; without temporary tables it can be read like any other.
            (is_copy,) = conn.execute(_IS_COPY).fetchone()
            conn.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ{'' if is_copy else ' READ WRITE'}")
            try:
                conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                POSTGRES.take_time(conn)
                yield conn
            finally:
                _end(conn, "ROLLBACK")

    @contextmanager
    def _held_apart(self) -> Iterator[PgConnection]:
        try:
            raw = self.connect()
        except psycopg.Error as error:
            raise self.problem(error) from error
        conn = PgConnection(lambda: raw, lambda gone: gone.close())
        conn.hold()
        try:
            yield conn
        except psycopg.Error as error:
            raise self.problem(error) from error
        finally:
            conn.let_go()
            raw.close()

    def wait(self, hub_id: str, after: int, timeout: float) -> bool:
        """Listen for the hint that something was written, and look each second whatever one hears."""

        def past() -> bool:
            with self.reading() as conn:
                row = conn.execute("SELECT last_seq FROM hub WHERE hub_id = ?", (hub_id,)).fetchone()
                return row is not None and row[0] > after

        return self._ears.wait(hub_id, past, timeout)

    def standing(self) -> Standing | None:
        """How a standby stands to its primary; None on a primary."""
        with self.reading() as conn:
            if not conn.execute(_IS_COPY).fetchone()[0]:
                return None
            following, behind = conn.execute(_STANDING).fetchone()
            return Standing(following, max(0.0, float(behind or 0)))

    def problem(self, error: Exception) -> HubError:
        """What an error of PostgreSQL means for people."""
        assert isinstance(error, psycopg.Error)
        return problem(error, self.place)

    def close(self) -> None:
        """Close every connection."""
        self._ears.close()
        with self._guard:
            self._closed = True
            everything, self._all, self._idle = self._all, set(), []
        for raw in everything:
            raw.close()
        self._threads = threading.local()

    def _take(self) -> Raw:
        """A connection that nobody uses, or a new one."""
        if not self._room.acquire(timeout=15):
            raise StoreProblem("store_busy", f"All connections to {self.place} are in use.", "Nothing was written; try again in a moment.")
        try:
            with self._guard:
                while self._idle:
                    raw = self._idle.pop()
                    if not raw.closed:
                        return raw
                    self._all.discard(raw)
            raw = self.connect()
            with self._guard:
                self._all.add(raw)
            return raw
        except BaseException:
            self._room.release()
            raise

    def _give(self, raw: Raw) -> None:
        """Take a connection back; one that is not in order is closed."""
        usable = not raw.closed and raw.pgconn.transaction_status == TransactionStatus.IDLE
        with self._guard:
            if usable and not self._closed:
                self._idle.append(raw)
            else:
                self._all.discard(raw)
                usable = False
        if not usable:
            raw.close()
        self._room.release()

    def schema_of(self, conn: Connection) -> int:
        """The schema version that the database has, 0 for none. Raises StoreProblem ``bad_encoding`` when it cannot hold every text."""
        there, encoding = conn.execute("SELECT to_regclass('schema_version') IS NOT NULL, current_setting('server_encoding')").fetchone()
        if encoding != "UTF8":
            why = f"The database {self.place} keeps text as {encoding}, which cannot hold every text."
            raise StoreProblem("bad_encoding", why, "Make a database with ENCODING 'UTF8'.")
        row = conn.execute(_VERSION).fetchone() if there else None
        return int(row[0]) if row else 0

    def _check_schema(self) -> None:
        with self.reading() as conn:
            version = self.schema_of(conn)
        if version == 0:
            raise StoreProblem("no_store", f"There is no hub in {self.place}.", "Run 'hubconsole start' to make one.")
        if version > SCHEMA_VERSION:
            why = f"{self.place} was written by a newer hubconsole (schema {version}; this one knows {SCHEMA_VERSION})."
            raise SchemaTooNew("schema_too_new", why, "Upgrade hubconsole; nothing was changed.")
        if version < SCHEMA_VERSION:
            if self.readonly:
                why = f"{self.place} has an older schema ({version}) and is open read-only."
                raise StoreProblem("schema_old", why, "Open it once with write permission.")
            bring_forward(self)


def bring_forward(store: PostgresStore) -> None:
    """Make or upgrade the tables."""
    from hubconsole.store.upgrade import upgrade_database

    try:
        upgrade_database(store.connect, store.place)
    except psycopg.Error as error:
        raise store.problem(error) from error


def prepare(url: str) -> None:
    """Make the tables in a database that has none, or bring them forward. Raises StoreProblem, SchemaTooNew."""
    store = PostgresStore(url, check=False)
    try:
        with store.reading() as conn:
            version = store.schema_of(conn)
        if version < SCHEMA_VERSION:
            bring_forward(store)
        store._check_schema()
    finally:
        store.close()


@contextmanager
def founding(url: str) -> Iterator[tuple[Connection, bool]]:
    """The transaction in which a hub is made in a database, its tables made first; and whether the URL asked for a further one.

    Raises Conflict ``hub_exists``. Two who found at once take turns.
    """
    bare, wanted = split_hub(url)
    prepare(bare)
    store = PostgresStore(bare, check=False)
    try:
        with store.reading() as conn, store.touch(conn):
            conn.execute(f"{_VERSION} FOR UPDATE").fetchone()
            there = reads.hubs_called(conn, wanted) if wanted else None
            first = reads.hub_row(conn)
            if there or (first and not wanted):
                name = wanted or (first.name if first else "")
                hint = "Open it, or add ?hub=NAME to the URL to make another beside it."
                raise Conflict("hub_exists", f"{store.place} already holds the hub {name!r}.", hint)
            yield conn, bool(wanted)
    finally:
        store.close()


def with_hub(url: str, hub: str) -> str:
    """The URL of one hub in a database."""
    parts = urlsplit(split_hub(url)[0])
    query = "&".join(filter(None, (parts.query, urlencode({"hub": hub}))))
    return joined(parts._replace(query=query))


def shown(url: str) -> str:
    """A URL without its password."""
    parts = urlsplit(url)
    who, at, where = parts.netloc.rpartition("@")
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if "password" not in name])
    return joined(parts._replace(netloc=f"{who.partition(':')[0]}{at}{where}", query=query))


def _end(conn: PgConnection, how: str) -> None:
    """End a transaction that may have ended by itself."""
    if conn.in_transaction:
        with suppress(psycopg.Error):
            conn.execute(how)
