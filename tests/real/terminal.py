"""A console in a process of its own on a pseudo-terminal: type, wait for what the screen says, keep every byte.

Nothing here sleeps for a fixed time: :meth:`Terminal.until` waits for a predicate on the screen, woken by each piece of
output, and fails with the screen's text when the time limit is over.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import signal
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte
from ptyprocess import PtyProcess, PtyProcessError

REPOSITORY = Path(__file__).resolve().parents[2]

PATIENCE = 30.0
"""Seconds that a screen may take to say something; generous, because machines that run tests are busy."""

_LOOK = 0.02
"""Seconds between two looks at whether a program computes."""

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "pagedown": "\x1b[6~", "pageup": "\x1b[5~",
    "f2": "\x1bOQ", "f9": "\x1b[20~", "f10": "\x1b[21~", "ctrl+s": "\x13", "ctrl+p": "\x10", "ctrl+q": "\x11", "home": "\x1b[H",
    "end": "\x1b[F", "ctrl+u": "\x15", "backspace": "\x7f",
}  # fmt: skip
"""What a terminal sends for keys that write no character."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """A person's surroundings with nothing of the test runner's in them; ``more`` is added, an empty value removes."""
    base = {
        "PATH": os.environ.get("PATH", ""), "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "TZ": "UTC",
        "XDG_DATA_HOME": str(home / ".local/share"), "XDG_STATE_HOME": str(home / ".local/state"), "XDG_CACHE_HOME": str(home / ".cache"),
        "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none",
    }  # fmt: skip
    return {name: value for name, value in {**base, **more}.items() if value}


# The emulator drops the rest of a run at such a mark; a terminal gives it no cell of its own, and so does this.
_MARKS_ALONE = re.compile(
    f"[{''.join(c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c) in {'Mn', 'Me'} and not unicodedata.combining(c))}]"
)

EDITOR = re.compile(r"(?:PUBLIC|DM)  ·  .*(?:nothing written yet|saved as v\d+|not saved yet)")
"""The state line under the words that are being written."""


class Terminal:
    """One program on one pseudo-terminal, read by a thread of its own."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (160, 45)) -> None:
        self.columns, self.rows = size
        self.raw = bytearray()
        """Everything the program wrote, in order."""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._news = threading.Condition()
        self._ended = False
        self._waited = False
        command = [sys.executable, "-m", "hubconsole", *arguments]
        self.process = PtyProcess.spawn(command, cwd=str(REPOSITORY), env=dict(env), dimensions=(self.rows, self.columns))
        self._threads = Path(f"/proc/{self.process.pid}/task")
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = self.process.read(65536)
            except (EOFError, OSError, ValueError, PtyProcessError):
                break
            with self._news:
                self.raw += piece
                self._stream.feed(_MARKS_ALONE.sub("", self._decoder.decode(piece)))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    # --- what stands there --------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The screen, line by line."""
        with self._news:
            return self._drawn()

    def _drawn(self) -> list[str]:
        # The emulator's own way to say this fails on half a wide character, which an overwritten one leaves behind.
        buffer = self._screen.buffer
        return ["".join(buffer[y][x].data for x in range(self.columns)) for y in range(self.rows)]

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(line.rstrip() for line in self.lines())

    def cells(self) -> list[list[str]]:
        """The screen cell by cell; the second cell of a wide character is empty."""
        with self._news:
            return [[self._screen.buffer[y][x].data for x in range(self.columns)] for y in range(self.rows)]

    def hues(self) -> set[str]:
        """Every colour name or RGB value that a cell of the screen has."""
        with self._news:
            found = [self._screen.buffer[y][x] for y in range(self.rows) for x in range(self.columns)]
        return {colour for cell in found for colour in (cell.fg, cell.bg)}

    def mark(self) -> int:
        """How many bytes have come so far."""
        with self._news:
            return len(self.raw)

    def until(self, holds: Callable[[str], object], what: str = "", limit: float = PATIENCE) -> str:
        """Wait until ``holds(text of the screen)``; that text is returned. Fails after ``limit`` seconds, or when the program ends."""
        end = time.monotonic() + limit
        with self._news:
            while True:
                text = "\n".join(line.rstrip() for line in self._drawn())
                if holds(text):
                    return text
                left = end - time.monotonic()
                if left <= 0 or self._ended:
                    why = "the program ended" if self._ended else f"{limit} s went by"
                    raise AssertionError(f"never came ({why}): {what or 'the predicate'}\n{text}")
                self._news.wait(min(left, 0.5))

    def shows(self, words: str, limit: float = PATIENCE) -> str:
        """Wait until the screen holds these words."""
        return self.until(lambda text: words in text, repr(words), limit)

    def lacks(self, words: str, limit: float = PATIENCE) -> str:
        """Wait until the screen does not hold these words any more."""
        return self.until(lambda text: words not in text, f"not {words!r}", limit)

    def still(self, quiet: float = 0.15, limit: float = PATIENCE) -> str:
        """Wait until the program has written nothing and computed nothing for ``quiet`` seconds: it has drawn what it has to draw.

        On a busy machine silence alone would only mean that the program has not had its turn yet.
        """
        now = time.monotonic()
        end, since, seen = now + limit, now, self.mark()
        with self._news:
            while not self._ended and (now := time.monotonic()) < min(end, since + quiet):
                self._news.wait(min(_LOOK, since + quiet - now))
                if len(self.raw) != seen or self._computing():
                    since, seen = time.monotonic(), len(self.raw)
        return self.text()

    def _computing(self) -> bool:
        """Whether a thread of the program runs or waits for a processor; False where the system does not say."""
        try:
            states = [path.read_text("ascii", "replace").rpartition(") ")[2][:1] for path in self._threads.glob("*/stat")]
        except OSError:  # a thread ended meanwhile
            return True
        return any(state in "RD" for state in states)

    def writing(self) -> str:
        """Wait until the editor is open: its state line says what the hub has of the words, or that it has not."""
        return self.until(lambda text: EDITOR.search(text), "the editor's state line")

    # --- what is typed ------------------------------------------------------------------------------

    def keys(self, *names: str) -> None:
        """Press keys, by name where they write no character."""
        self.send("".join(KEYS.get(name, name) for name in names))

    def send(self, text: str) -> None:
        """Write to the program as a keyboard does."""
        self.process.write(text.encode("utf-8", "surrogatepass"))

    def paste(self, text: str) -> None:
        """Write as a terminal does for a paste in bracketed mode."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; the program is told by the operating system."""
        with self._news:
            self.columns, self.rows = columns, rows
            self._screen.resize(rows, columns)
            self._screen.reset()
        self.process.setwinsize(rows, columns)

    # --- how it ends --------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return bool(self.process.isalive())

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.process.pid, number)

    def ended(self, limit: float = PATIENCE) -> int:
        """Wait for the end; the exit code, or minus the signal that ended it."""
        with self._news:
            if not self._news.wait_for(lambda: self._ended, limit):
                raise AssertionError(f"the program did not end\n{self.text()}")
        self.process.wait()
        status, number = self.process.exitstatus, self.process.signalstatus
        return -number if number is not None else int(status)

    def gone(self, limit: float = PATIENCE) -> bool:
        """Whether the process ends within the limit, looked at by the operating system alone (its terminal may be closed)."""
        ended: list[int] = []
        waiter = threading.Thread(target=lambda: ended.append(os.waitpid(self.process.pid, 0)[1]), daemon=True)
        waiter.start()
        waiter.join(limit)
        self._waited = bool(ended)
        return bool(ended)

    def leave(self) -> int:
        """Quit by the key, and wait."""
        self.keys("ctrl+q")
        return self.ended()

    def close(self) -> None:
        """Make sure that it is gone."""
        if not self._waited and self.process.isalive():
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(5)
        with contextlib.suppress(OSError):  # its terminal may have been taken away already
            self.process.close(force=True)


@contextmanager
def console(*arguments: str, env: Mapping[str, str], size: tuple[int, int] = (160, 45)) -> Iterator[Terminal]:
    """A running ``hubconsole`` with these arguments."""
    terminal = Terminal(arguments, env, size)
    try:
        yield terminal
    finally:
        terminal.close()
