"""Files that only their owner reads: replaced in one step, on the disk when that returns, and changed by one process at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make sure that a folder exists; what had to be made is its owner's alone (0700). Raises OSError."""
    missing = []
    place = path
    while not place.exists() and place != place.parent:
        missing.append(place)
        place = place.parent
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, "it is not a folder", str(path))


def write_beside(folder: Path, data: bytes) -> str:
    """Put ``data`` into a new file of its owner's (0600) in ``folder``, on the disk whole; its name, which the caller gives another
    or removes. Raises OSError; then there is none."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(name)
        raise
    return name


def write_private(path: Path, data: bytes) -> None:
    """Replace a file (0600), or make it and its folder, so that after return it is on the disk whole.

    Raises OSError; then the file is as it was.
    """
    make_folder(path.parent)
    name = write_beside(path.parent, data)
    try:
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    with suppress(OSError):  # file systems that cannot flush a folder do it themselves
        sync_folder(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While this lasts no other process, and no other thread, is inside it for the same ``path``. Raises OSError.

    The lock file is made (0600) and stays; its folder must exist. The system takes the lock back from a process that dies.
    """
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` survive a power cut, where the system can (Windows cannot open folders). Raises OSError."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
