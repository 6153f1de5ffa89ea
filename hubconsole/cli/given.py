"""Files and numbers that a person gives to a command, read with a limit: nothing that is typed makes a command run on for ever."""

import sys
from pathlib import Path

from hubconsole.errors import UsageProblem

MOST_BYTES = 4 * 1024 * 1024
"""More than any reply, policy or head; a file beyond it is somebody's mistake."""

MOST = 2**53 - 1
"""The largest whole number that every store and every reader of JSON holds exactly."""


def text_of(name: str) -> str:
    """The UTF-8 text of a file, or of standard input for ``-``. Raises UsageProblem ``file``."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (error.strerror if isinstance(error, OSError) else None) or "that is no name of a file"
        raise UsageProblem("file", f"{name!r} cannot be read: {why}.", "Check its name and permissions.") from error
    if len(data) > MOST_BYTES:
        raise UsageProblem("file", f"{name!r} is larger than {MOST_BYTES // 1024**2} MiB.", "Name the file that was meant.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageProblem("file", f"{name!r} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8 and try again.") from error
