"""One server process for a hub in a file: a lock beside it that the system takes back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from hubconsole.errors import StoreProblem

_LONGEST = 200


class Serving:
    """The right to serve the hub in a file, held until :meth:`release` or the end of the process."""

    def __init__(self, path: str | Path, where: str = "") -> None:
        """Take it for a server that can be reached at ``where``. Raises StoreProblem ``already_served`` naming who has it."""
        self.file = Path(f"{Path(path)}.serving")
        try:
            self._handle: int | None = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            why = f"{self.file} cannot be made: {error.strerror}."
            raise StoreProblem("cannot_serve", why, "A server needs write permission on the folder.") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._handle, _LONGEST).decode("utf-8", "replace").strip() or "another process"
            os.close(self._handle)
            self._handle = None
            hint = "Use that one, or stop it first; for several servers keep the hub in PostgreSQL."
            raise StoreProblem("already_served", f"{path} is served already by {holder}.", hint) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"process {os.getpid()} on {socket.gethostname()}{f' at {where}' if where else ''}\n".encode(), 0)

    def release(self) -> None:
        """Let somebody else serve it. The file stays: were it removed, two could each lock a file of this name."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
