"""What a person types outlives the terminal: unsaved draft text in small local files.

One file per hub, enquiry and member, readable by its owner only, replaced atomically and flushed to the disk. It is written
at most :data:`DELAY` seconds after a key press however long the typing goes on, so a killed terminal loses less than two
seconds of it, and it is removed once the hub has the words as a version.
"""

import contextlib
import hashlib
import json
import threading
from pathlib import Path
from typing import NamedTuple

from hubconsole.private_files import write_private

DELAY = 0.5
"""Seconds between the first unsaved key press and the write that holds it."""

_FORMAT = 1


class Kept(NamedTuple):
    """Draft text that was typed and not yet saved to the hub."""

    enquiry_id: str
    member: str
    text: str
    base: int
    """The version that was on the screen when the typing began; 0 when there was none."""
    at: int
    """When it was typed, milliseconds since the Unix epoch."""


class Recovery:
    """The recovery folder of one member on one hub."""

    def __init__(self, folder: Path, hub_id: str, member: str) -> None:
        self.folder = folder
        self.hub_id = hub_id
        self.member = member
        self._lock = threading.Lock()

    def path(self, enquiry_id: str) -> Path:
        """Where the text for this enquiry is kept; the name gives nothing away."""
        name = "\0".join((self.hub_id, enquiry_id, self.member))
        return self.folder / f"{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.json"

    def keep(self, kept: Kept) -> None:
        """Write the text so that after return it is on the disk. Raises OSError when the folder cannot be written."""
        body = {"v": _FORMAT, "hub": self.hub_id, "enquiry": kept.enquiry_id, "member": self.member}
        data = json.dumps(body | {"base": kept.base, "at": kept.at, "text": kept.text}).encode("ascii")
        with self._lock:
            write_private(self.path(kept.enquiry_id), data)

    def find(self, enquiry_id: str) -> Kept | None:
        """The text kept for this enquiry, or None: nothing kept, or the file is not one of ours."""
        try:
            body = json.loads(self.path(enquiry_id).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(body, dict) or body.get("v") != _FORMAT:
            return None
        if (body.get("hub"), body.get("enquiry"), body.get("member")) != (self.hub_id, enquiry_id, self.member):
            return None
        text, base, at = body.get("text"), body.get("base"), body.get("at")
        if not (isinstance(text, str) and isinstance(base, int) and isinstance(at, int)):
            return None
        return Kept(enquiry_id, self.member, text, base, at)

    def forget(self, enquiry_id: str) -> None:
        """Remove the text kept for this enquiry: the hub has it, or nobody wants it."""
        with self._lock, contextlib.suppress(OSError):
            self.path(enquiry_id).unlink(missing_ok=True)


class RecoveryWriter:
    """Keeps typing safe without slowing it: the newest text is written by a thread of its own.

    ``problem`` is the sentence of the last failure to write (empty when all is well), for the screen to show.
    """

    def __init__(self, recovery: Recovery, delay: float = DELAY) -> None:
        self.recovery = recovery
        self.delay = delay
        self.problem = ""
        self._pending: Kept | None = None
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, kept: Kept) -> None:
        """Take the newest text; returns at once."""
        waiting = self._pending
        if waiting is not None and waiting.enquiry_id != kept.enquiry_id:
            self.flush()
        self._pending = kept
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="draft-recovery", daemon=True)
            self._thread.start()
        self._wake.set()

    def flush(self) -> None:
        """Write what is pending now, in the calling thread."""
        with self._writing:
            kept, self._pending = self._pending, None
            if kept is None:
                return
            try:
                self.recovery.keep(kept)
            except OSError as problem:
                self.problem = f"Unsaved typing cannot be kept in {self.recovery.folder}: {problem.strerror or problem}."
            else:
                self.problem = ""

    def forget(self, enquiry_id: str) -> None:
        """Drop what is pending or kept for this enquiry."""
        with self._writing:
            if self._pending is not None and self._pending.enquiry_id == enquiry_id:
                self._pending = None
            self.recovery.forget(enquiry_id)

    def close(self) -> None:
        """Write what is pending and end the thread."""
        self._closed.set()
        self._wake.set()
        self.flush()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.wait()
            self._wake.clear()
            if not self._closed.wait(self.delay):
                self.flush()
