"""Which disk a path lies on; write-ahead logging needs a local one.

The log's index is shared memory between processes of one machine, so on a network file system two
machines would silently damage each other's work.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from hubconsole.errors import StoreProblem

_NETWORK = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "afpfs", "coda", "ceph", "glusterfs", "lustre",
        "gpfs", "beegfs", "orangefs", "pvfs2", "davfs", "webdav", "ocfs2", "gfs", "gfs2", "virtiofs", "sshfs", "macfuse", "osxfuse",
    }
)  # fmt: skip
_LOCAL_FUSE = frozenset({"fuse.ext2", "fuse.ext4", "fuse.ntfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.fuse-overlayfs"})


class Mount(NamedTuple):
    """One mounted file system: where it is in the tree, and its kind."""

    point: str
    kind: str


def refuse_network_disk(path: Path, mounts: tuple[Mount, ...] | None = None) -> None:
    """Raise StoreProblem ``network_disk`` when ``path`` lies on a network file system (``mounts``: default, the machine's)."""
    found = mount_of(path, local_mounts() if mounts is None else mounts)
    if found and is_network(found.kind):
        raise StoreProblem(
            "network_disk",
            f"{path} lies on a network file system ({found.kind} at {found.point}), where SQLite's log is not safe.",
            "Keep the store on a local disk; to share a hub between machines, run it on one and log in there.",
        )


def is_network(kind: str) -> bool:
    """Whether a file system kind is reached over a network (or cannot be told to be local)."""
    return kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)


def mount_of(path: Path, mounts: tuple[Mount, ...]) -> Mount | None:
    """The mount that holds ``path`` (symbolic links followed); the last of the longest wins, as a later mount hides an earlier."""
    real = os.path.realpath(path)
    best: Mount | None = None
    for mount in mounts:
        inside = real == mount.point or real.startswith(mount.point.rstrip("/") + "/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def platform() -> str:
    """The system's name as Python gives it."""
    return sys.platform


def local_mounts() -> tuple[Mount, ...]:
    """What is mounted on this machine; empty when it cannot be told."""
    try:
        system = platform()
        if system.startswith("linux"):
            return parse_mountinfo(Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape"))
        if system == "darwin":
            done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
            return parse_mount_output(done.stdout)
    except (OSError, subprocess.SubprocessError):
        pass
    return ()


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """Mounts out of Linux's ``mountinfo`` (proc(5)): fields, a lone dash, then the kind; odd characters are octal escapes."""
    found = []
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if dash and len(fields) >= 5 and after:
            found.append(Mount(_unescape(fields[4]), after.split(" ")[0]))
    return tuple(found)


def parse_mount_output(text: str) -> tuple[Mount, ...]:
    """Mounts out of macOS's ``mount``: ``device on /point (kind, options)``."""
    found = []
    for line in text.splitlines():
        rest = line.partition(" on ")[2]
        point, bracket, options = rest.rpartition(" (")
        if bracket:
            found.append(Mount(point, options.rstrip(")").split(",")[0].strip()))
    return tuple(found)


def _unescape(field: str) -> str:
    """Undo the octal escapes of blanks, tabs, newlines and backslashes."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, char)
    return field
