"""Making and upgrading the schema with Alembic; forward only.

Imported only when a schema has to be made or brought forward, because it pulls in SQLAlchemy. The whole run is one
transaction under a lock (``BEGIN IMMEDIATE``; on PostgreSQL the one row of ``schema_version``): two processes that find
an old store do the work once, and a failure leaves the store as it was.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubconsole.errors import SchemaTooNew
from hubconsole.store.dialect import time_limit
from hubconsole.store.sqlite import SCHEMA_VERSION, connect, schema_version, write

if TYPE_CHECKING:
    import psycopg
    from alembic.script import ScriptDirectory
    from sqlalchemy.engine import Connection

_ALONE = threading.Lock()
"""Alembic's ``op`` is one for the whole process, so only one thread may migrate at a time."""


def create_schema(target: sqlite3.Connection | str | Path) -> None:
    """Bring an empty or older database to the newest schema. A path must name a file that exists."""
    if isinstance(target, sqlite3.Connection):
        _run(target)
        return
    conn = connect(target, check=False)
    try:
        _run(conn)
    finally:
        conn.close()


def upgrade(path: str | Path) -> int:
    """Bring the store at ``path`` forward; the version it had before is returned. Raises StoreProblem, SchemaTooNew."""
    conn = connect(path, check=False)
    try:
        before = schema_version(conn)
        if before > SCHEMA_VERSION:
            why = f"{path} has schema {before}; this hubconsole knows {SCHEMA_VERSION}."
            raise SchemaTooNew("schema_too_new", why, "Upgrade hubconsole.")
        _run(conn)
        return before
    finally:
        conn.close()


def _run(conn: sqlite3.Connection) -> None:
    """Apply what is missing inside one write transaction."""
    from sqlalchemy.exc import DBAPIError

    with _ALONE, write(conn):
        if schema_version(conn) >= SCHEMA_VERSION:
            return
        try:
            with _engine_over(conn) as bind, script_directory() as script:
                _migrate(bind, script)
        except DBAPIError as error:
            # A full disk must read as one, whichever library was asked to write.
            raise (error.orig if isinstance(error.orig, sqlite3.Error) else error) from error
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


_KEPT = "CREATE TABLE IF NOT EXISTS schema_version (one SMALLINT PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL)"
_FIRST = "INSERT INTO schema_version (one, version) VALUES (1, 0) ON CONFLICT (one) DO NOTHING"
_TRIES = 5


def upgrade_database(connect: Callable[[], psycopg.Connection[Any]], place: str) -> int:
    """Bring a PostgreSQL database forward; the version it had before is returned. Raises SchemaTooNew, psycopg.Error."""
    from sqlalchemy import create_engine
    from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    class Exact(PGTypeCompiler):
        """Text is compared byte by byte, as on SQLite, whatever language the database speaks."""

        def visit_TEXT(self, type_: Any, **_: Any) -> str:
            return 'TEXT COLLATE "C"'

    def once() -> psycopg.Connection[Any]:
        raw = connect()
        raw.execute(time_limit(0, "session"))
        raw.autocommit = False
        return raw

    _keep_version(connect)
    engine = create_engine("postgresql+psycopg://", creator=once, poolclass=NullPool, use_native_hstore=False)
    engine.dialect.type_compiler_instance = Exact(engine.dialect)
    try:
        with _ALONE, engine.begin() as bind:
            before = int(bind.exec_driver_sql("SELECT version FROM schema_version FOR UPDATE").scalar_one())
            if before > SCHEMA_VERSION:
                why = f"{place} has schema {before}; this hubconsole knows {SCHEMA_VERSION}."
                raise SchemaTooNew("schema_too_new", why, "Upgrade hubconsole.")
            if before < SCHEMA_VERSION:
                with script_directory() as script:
                    _migrate(bind, script)
                bind.exec_driver_sql(f"UPDATE schema_version SET version = {SCHEMA_VERSION}")
            return before
    except DBAPIError as error:
        raise (error.orig or error) from error
    finally:
        engine.dispose()


def _keep_version(connect: Callable[[], psycopg.Connection[Any]]) -> None:
    """The table with the version, whose one row is the lock. Two who make it at once get in each other's way, once."""
    import psycopg

    with connect() as raw:
        for attempt in range(_TRIES):
            try:
                raw.execute(_KEPT)
                raw.execute(_FIRST)
                return
            except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
                if attempt == _TRIES - 1:
                    raise


def _migrate(bind: Connection, script: ScriptDirectory) -> None:
    """Run the revisions between the database's and the newest."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    def steps(present: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", present)

    with EnvironmentContext(Config(), script, fn=steps) as env:
        env.configure(connection=bind, transactional_ddl=False)
        env.run_migrations()


@contextmanager
def script_directory() -> Iterator[ScriptDirectory]:
    """The revisions as Alembic wants them: in a real folder, copied out when the package lies in an archive."""
    from alembic.script import ScriptDirectory

    home = files("hubconsole.store") / "migrations"
    if isinstance(home, Path):
        yield ScriptDirectory(str(home))
        return
    with tempfile.TemporaryDirectory(prefix="hubconsole-") as folder:
        _copy(home, Path(folder))
        yield ScriptDirectory(folder)


def _copy(source: Traversable, target: Path) -> None:
    """Copy Python files out of an archive, folders included."""
    target.mkdir(exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name)
        elif item.name.endswith(".py"):
            with item.open("rb") as src, (target / item.name).open("wb") as out:
                shutil.copyfileobj(src, out)


@contextmanager
def _engine_over(conn: sqlite3.Connection) -> Iterator[Connection]:
    """SQLAlchemy on a connection that is ours: neither commits nor closes it."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    borrowed = _Borrowed(conn)
    engine = create_engine("sqlite://", creator=lambda: borrowed, poolclass=StaticPool)
    with engine.connect() as bind:
        yield bind


class _Borrowed:
    """A connection whose transaction and life belong to somebody else."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)

    def commit(self) -> None:
        """Left to the owner."""

    def rollback(self) -> None:
        """Left to the owner."""

    def close(self) -> None:
        """Left to the owner."""
