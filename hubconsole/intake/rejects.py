"""The file of records that could not be taken in."""

import json
from pathlib import Path
from typing import TextIO

from hubconsole.intake.records import Reject, Rejected


class Rejects:
    """Collects rejects for the report and writes each, with its raw text, to a file of JSON Lines.

    The file is made with the first reject. Everything beyond ASCII is escaped in it, so that looking at it on a
    terminal is harmless.
    """

    def __init__(self, places: tuple[Path, ...], *, many: bool) -> None:
        """``places`` are tried in order, none writes no file; ``many`` sources make reasons name the file."""
        self._places = places
        self._many = many
        self._file: TextIO | None = None
        self._found: list[Rejected] = []
        self.path: Path | None = None
        """The file that is being written, once there is one."""

    def add(self, reject: Reject) -> None:
        """Take one reject."""
        reason = f"{reject.source}: {reject.reason}" if self._many else reject.reason
        self._found.append(Rejected(reject.line, reason))
        if self._file is None and len(self._found) == 1:
            self._open()
        if self._file is not None:
            entry = {"line": reject.line, "file": reject.source, "reason": reject.reason, "raw": reject.raw}
            self._file.write(json.dumps(entry) + "\n")

    def all(self) -> tuple[Rejected, ...]:
        """Every reject so far, by line (and by file, in the order they were read)."""
        return tuple(self._found) if self._many else tuple(sorted(self._found))

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        for place in self._places:
            try:
                self._file = place.open("w", encoding="ascii")
            except OSError:  # a folder one may only read: the next place will do
                continue
            self.path = place
            return
