"""Opening, making and writing a store file with the standard library's sqlite3 alone.

Every connection is in autocommit mode: a write says so with :func:`write`, which takes the write lock at
once (``BEGIN IMMEDIATE``), so that two writers queue instead of failing half-way.
"""

import os
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from hubconsole.errors import HubError, SchemaTooNew, StoreProblem
from hubconsole.store.files import refuse_network_disk

SCHEMA_VERSION = 3
"""The newest revision in ``store/migrations``; kept in the file as ``PRAGMA user_version``."""

BUSY_MS = 5_000
"""How long SQLite itself waits for another writer, in milliseconds."""

_BEGIN_TRIES = 4
_SIDE_FILES = ("-wal", "-shm", "-journal")
_START_HINT = "Run 'hubconsole start' to make a hub, or 'hubconsole demo' for a sample one."


def connect(path: str | Path, *, readonly: bool = False, check: bool = True) -> sqlite3.Connection:
    """Open the store at ``path``; usable from any thread (one at a time).

    An older schema is brought forward first (not with ``readonly``). ``check=False`` leaves the schema
    version unlooked at, for the code that makes it. Raises StoreProblem or SchemaTooNew.
    """
    file = Path(path)
    _refuse_bad_place(file, readonly)
    try:
        conn = _open(file, readonly)
    except sqlite3.Error as error:
        raise problem(error, file) from error
    try:
        if check and _check_schema(conn, file, readonly):
            conn.close()
            _bring_forward(file)
            conn = _open(file, readonly)
        if not readonly:
            _switch_to_wal(conn)
        return conn
    except sqlite3.Error as error:
        conn.close()
        raise problem(error, file) from error
    except HubError:
        conn.close()
        raise


def create(path: str | Path) -> bool:
    """Make a new, empty store at ``path`` (0600; its folder 0700 when made here); False when one is already there.

    It is built under another name and linked into place whole, so a crash or a race leaves either no
    store or a finished one.
    """
    file = Path(path)
    if file.is_dir():
        raise StoreProblem("store_is_folder", f"{file} is a folder, not a store file.", "Name a file in it, such as hub.db.")
    if file.exists():
        return False
    scratch = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    try:
        refuse_network_disk(file)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _build(scratch)
        return _put_in_place(scratch, file)
    except sqlite3.Error as error:
        raise problem(error, file) from error
    except OSError as error:
        why = f"Cannot make a store at {file}: {error.strerror}."
        raise StoreProblem("cannot_create", why, "Choose another place with --store.") from error
    finally:
        for name in ("", *_SIDE_FILES):
            with suppress(OSError):
                Path(f"{scratch}{name}").unlink()


@contextmanager
def write(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One write transaction: commits on leaving, rolls back on any error. Raises StoreProblem when SQLite fails."""
    begin(conn)
    try:
        yield conn
        conn.execute("COMMIT")
    except BaseException as error:
        if conn.in_transaction:
            with suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise problem(error, file_of(conn)) from error
        raise


def begin(conn: sqlite3.Connection) -> None:
    """Take the write lock, asking a few more times with jitter when other writers hold it for long."""
    for attempt in range(_BEGIN_TRIES):
        try:
            conn.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or attempt == _BEGIN_TRIES - 1:
                raise problem(error, file_of(conn)) from error
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)


def schema_version(conn: sqlite3.Connection) -> int:
    """The schema version that the file says it has; 0 for none."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def file_of(conn: sqlite3.Connection) -> str:
    """The file behind a connection, for messages."""
    with suppress(sqlite3.Error):
        for _, name, file in conn.execute("PRAGMA database_list"):
            if name == "main" and file:
                return str(file)
    return "the store"


def problem(error: sqlite3.Error, path: str | Path) -> HubError:
    """What a failure of SQLite on the store ``path`` means for people, and what they can do."""
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (code, what, hint) in _MEANINGS.items():
        if name.startswith(prefix):
            return StoreProblem(code, f"{path} {what}.", hint)
    return StoreProblem("store_failed", f"{path} cannot be used: {error}.", "Nothing was written.")


_MEANINGS = {
    "SQLITE_BUSY": ("store_locked", "is locked by another program", "Nothing was written; try again in a moment."),
    "SQLITE_LOCKED": ("store_locked", "is locked by another part of this program", "Nothing was written; try again in a moment."),
    "SQLITE_FULL": ("disk_full", "cannot grow: the disk is full", "Nothing was written; free some space and try again."),
    "SQLITE_READONLY": ("store_read_only", "is read-only", "Nothing was written; ask for write permission on the file and its folder."),
    "SQLITE_CORRUPT": ("store_damaged", "is damaged", "Stop using it, keep a copy, and restore a backup."),
    "SQLITE_NOTADB": ("not_a_store", "is not a hub store (not an SQLite database)", "Name another file with --store."),
    "SQLITE_IOERR": ("disk_error", "cannot be read or written: the disk reports an error", "Nothing was written; check the disk."),
    "SQLITE_CANTOPEN": ("cannot_open", "cannot be opened", "Check that it exists and that you may read and write it and its folder."),
    "SQLITE_PERM": ("no_permission", "may not be used by you", "Ask for permission on the file and its folder."),
    "SQLITE_AUTH": ("no_permission", "may not be used by you", "Ask for permission on the file and its folder."),
    "SQLITE_TOOBIG": ("too_big", "was offered a text or row that is too large", "Nothing was written; shorten it."),
}


def _refuse_bad_place(file: Path, readonly: bool) -> None:
    """Say clearly what is wrong with the file before SQLite says it vaguely."""
    if file.is_dir():
        raise StoreProblem("store_is_folder", f"{file} is a folder, not a store file.", "Name a file in it, such as hub.db.")
    if not file.exists():
        raise StoreProblem("no_store", f"There is no hub at {file}.", _START_HINT)
    if not os.access(file, os.R_OK):
        raise StoreProblem("no_permission", f"You may not read {file}.", "Ask for permission on the file and its folder.")
    if not readonly and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise StoreProblem("store_read_only", f"{file} is read-only for you.", "Ask for write permission on the file and its folder.")
    refuse_network_disk(file)


def _open(file: Path, readonly: bool) -> sqlite3.Connection:
    """A connection with our settings."""
    mode = "mode=ro" if readonly else "mode=rw"
    # Reading a log-keeping file needs a small side file; where none can be made and no log exists, nobody is writing.
    if readonly and not os.access(file.parent, os.W_OK) and not Path(f"{file}-wal").exists():
        mode = "mode=ro&immutable=1"
    conn = sqlite3.connect(
        f"file:{quote(os.fspath(file.absolute()))}?{mode}",
        uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000, cached_statements=256,
    )  # fmt: skip
    try:
        for pragma in (*_PRAGMAS, f"query_only = {int(readonly)}"):
            conn.execute(f"PRAGMA {pragma}")
    except BaseException:
        conn.close()
        raise
    return conn


_PRAGMAS = (
    f"busy_timeout = {BUSY_MS}", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON",
    "temp_store = MEMORY", "cache_size = -4096", "trusted_schema = OFF",
)  # fmt: skip


def _switch_to_wal(conn: sqlite3.Connection) -> None:
    """Write-ahead logging; the mode stays in the file, so this writes only once."""
    if conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        conn.execute("PRAGMA journal_mode = WAL")


def _check_schema(conn: sqlite3.Connection, file: Path, readonly: bool) -> bool:
    """Whether the schema must be brought forward first; raises when the file cannot be a hub for this program."""
    version = schema_version(conn)
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(
            "schema_too_new",
            f"{file} was written by a newer hubconsole (schema {version}; this one knows {SCHEMA_VERSION}).",
            "Upgrade hubconsole; nothing was changed.",
        )
    if version == SCHEMA_VERSION:
        return False
    if version == 0:
        tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        raise StoreProblem("no_store", f"There is no hub in {file}{' (it is another SQLite database)' if tables else ''}.", _START_HINT)
    if readonly:
        why = f"{file} has an older schema ({version}) and is open read-only."
        raise StoreProblem("schema_old", why, "Open it once with write permission.")
    return True


def _bring_forward(file: Path) -> None:
    """Upgrade an older store."""
    from hubconsole.store.upgrade import upgrade

    upgrade(file)


def _build(scratch: Path) -> None:
    """Make the schema in a scratch file and fold the log back in, so that one file is the whole store."""
    from hubconsole.store.upgrade import create_schema

    conn = _open(scratch, readonly=False)
    try:
        _switch_to_wal(conn)
        create_schema(conn)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        conn.close()


def _put_in_place(scratch: Path, file: Path) -> bool:
    """Give the finished file its name; False when somebody else was first."""
    try:
        os.link(scratch, file)
        return True
    except FileExistsError:
        return False
    except OSError:
        # Some local file systems have no hard links; the name was free a moment ago.
        if file.exists():
            return False
        os.rename(scratch, file)
        return True


def _is_busy(error: sqlite3.Error) -> bool:
    """Whether the error only says that another connection is writing."""
    return (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY")


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """Several reads that see one state of the store, whatever is written meanwhile."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        # An error inside may have ended it already.
        with suppress(sqlite3.OperationalError):
            conn.execute("COMMIT")
