"""A program in a pseudo-terminal of 160x45, seen from outside: what it wrote and when, its CPU time and memory.

Nothing is emulated while time is taken. A moment is known by the words that the program writes: the raw output is
searched, escape sequences taken out, as it arrives.
"""

import os
import re
import select
import signal
import time
from pathlib import Path

from ptyprocess import PtyProcess

ROWS, COLUMNS = 45, 160
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X].*?(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])", re.S)
_TAIL = 65536
_OPEN = re.compile(rb"\x1b[^\x1b]{0,64}\Z", re.S)
"""An escape sequence that may not be complete yet."""
_ANSWERS = (
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),  # it knows synchronised output, as today's terminals do
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[c", b"\x1b[?62;22c"),
)


class Silent(AssertionError):
    """The program did not write what was waited for; the message ends with what it last wrote."""


class Terminal:
    """One running program."""

    def __init__(self, command: list[str], home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH")}
        environment = {**kept, "HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        self.begun = time.perf_counter()
        self._process = PtyProcess.spawn(command, dimensions=(ROWS, COLUMNS), env=environment)
        self._fd: int = self._process.fd
        self._pid: int = self._process.pid
        self._text = self._open = b""

    def until(self, words: re.Pattern[bytes], patience: float = 60.0) -> float:
        """When the output first held ``words`` (``time.perf_counter``); what came before is forgotten. Raises Silent."""
        end = time.perf_counter() + patience
        while True:
            at = self._read(end - time.perf_counter())
            if at is None:
                raise Silent(f"{words.pattern!r} never came; the end was {self._text[-400:].decode(errors='replace')!r}")
            if words.search(self._text):
                self._text = b""
                return at

    def settle(self, quiet: float, patience: float = 10.0) -> None:
        """Read until nothing came for ``quiet`` seconds, and forget it."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end and self._read(quiet) is not None:
            pass
        self._text = b""

    def watch(self, seconds: float) -> None:
        """Read for so long, and forget it."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)
        self._text = b""

    def press(self, key: bytes) -> float:
        """Write a key; when."""
        at = time.perf_counter()
        os.write(self._fd, key)
        return at

    def cpu(self) -> float:
        """User and system time of the program so far, in milliseconds, to the nanosecond: its CPU-time clock (Linux)."""
        return time.clock_gettime(~self._pid << 3 | 2) * 1000

    def peak(self) -> float:
        """The most memory it held, in megabytes."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def close(self) -> None:
        """End the program."""
        for way in (signal.SIGTERM, signal.SIGKILL):
            if self._process.isalive():
                os.kill(self._pid, way)
                end = time.perf_counter() + 2
                while self._process.isalive() and time.perf_counter() < end:
                    self._read(0.02)
        self._process.close(force=True)

    def _read(self, patience: float) -> float | None:
        ready, _, _ = select.select([self._fd], [], [], max(0.0, patience))
        if not ready:
            return None
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return None
        at = time.perf_counter()
        if not data:
            return None
        for asked, answer in _ANSWERS:
            if asked in data:
                os.write(self._fd, answer)
        text = _ESCAPE.sub(b"", self._open + data)
        self._open = b""
        if open_ := _OPEN.search(text):
            text, self._open = text[: open_.start()], open_[0]
        self._text = self._text[-_TAIL:] + text
        return at
