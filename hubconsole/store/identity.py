"""Which file a store is, so that another one put in its place under an open console is noticed.

A connection stays with the file that it opened, whatever happens to the name. Someone who deletes or replaces a store would
otherwise leave consoles behind that read, and write, what nobody else will ever see.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from hubconsole.errors import StoreProblem
from hubconsole.store.sqlite import file_of

_Mark = tuple[int, int]
"""Device and inode."""


def mark_of(path: str | Path) -> _Mark | None:
    """Which file has this name now; None when none has. Raises StoreProblem when nobody may look."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreProblem("cannot_open", f"{path} cannot be looked at: {error.strerror}.", "Check the disk and the folder.") from error
    return found.st_dev, found.st_ino


class StoreIdentity:
    """The files that a store had when it was opened: its own, and its log where it keeps one.

    SQLite never takes the log away from under an open connection, so a log that is gone means that somebody did.
    """

    def __init__(self, path: str | Path, conn: sqlite3.Connection, before: _Mark | None) -> None:
        """Remember the files behind ``conn``, which has read already; ``before`` is the mark taken before it was opened."""
        self.path = path
        self._file = os.path.abspath(path)
        self._log = f"{file_of(conn)}-wal"
        self._mark = before
        self._log_mark = mark_of(self._log)
        self.check()

    @property
    def same(self) -> bool:
        """Whether the names still lead to those files. Raises StoreProblem when nobody may look."""
        if self._mark is None or mark_of(self._file) != self._mark:
            return False
        return self._log_mark is None or mark_of(self._log) == self._log_mark

    def let_go(self, conn: sqlite3.Connection) -> None:
        """Close a connection without harm to what stands in the store's place now.

        The last connection to close folds its log into the file of that inode. When that is a backup which was written over
        the store, the log is not the backup's, so the connection is left to the end of the process, which closes nothing.
        """
        if mark_of(self._file) == self._mark and not self.same:
            from ctypes import py_object, pythonapi

            pythonapi.Py_IncRef(py_object(conn))
            return
        conn.close()

    def check(self) -> None:
        """Raise StoreProblem ``store_replaced`` unless they do."""
        if not self.same:
            why = f"{self.path} was replaced or removed while it was open; what stands here is from before."
            raise StoreProblem("store_replaced", why, "Leave and open it again.")
