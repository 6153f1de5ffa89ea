"""Writing a reply into a folder so that it is there completely, once, readable by its owner only, or not at all."""

import contextlib
import hashlib
import os
import re
import stat
from pathlib import Path

from hubconsole.private_files import sync_folder, write_beside

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}(?:/[0-9]{1,12})?")


def stem_of(send_id: str) -> str:
    """A file name stem for a send id: the id itself (``/`` as ``_``) when it is plain, else its hash.

    Different ids have different stems, and none can name another folder."""
    return send_id.replace("/", "_") if _PLAIN.fullmatch(send_id) else hashlib.sha256(send_id.encode("utf-8", "surrogatepass")).hexdigest()


class NotAFile(OSError):
    """What has the name is a link, a folder or a pipe: nothing that we wrote."""


def held(path: Path, most: int) -> bytes | None:
    """What the file at ``path`` holds, up to ``most`` bytes and one more; None when nothing has that name.

    Links are not followed and pipes not waited for. Raises NotAFile, and OSError when it cannot be read.
    """
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise NotAFile(0, "it is not a regular file, and nothing that was written here")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(most + 1)


def write_once(path: Path, content: bytes) -> bool:
    """Put ``content`` at ``path`` (mode 0600) and on the disk; False when a file of that name was there already.

    The bytes go to a temporary file in the same folder, are synced, and only then get their name, which never
    replaces another file. Missing folders are made (mode 0700). Raises OSError; then nothing is at ``path``
    that was not there before, except when syncing the folder itself failed.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = write_beside(path.parent, content)
    try:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                return False
            os.rename(temporary, path)
        sync_folder(path.parent)
        return True
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
