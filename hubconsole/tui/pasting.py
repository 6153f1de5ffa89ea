"""What is pasted stays words, whatever stands in it: no byte of a paste is ever taken for a key.

Terminals put marks around a paste. Most take escapes out of what is between them, some do not (multiplexers that pass a
buffer on as it is), and Textual's parser gives an escape that it finds there, with what follows it, to the program as keys:
copied words could then decide something. Here escapes become spaces before the parser sees them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

BEGIN, END = "\x1b[200~", "\x1b[201~"
"""The marks around a paste (bracketed paste mode, DEC private mode 2004)."""

_ESCAPE = "\x1b"


class Pastes:
    """Makes what a terminal sends safe to parse, piece by piece as it is read."""

    def __init__(self) -> None:
        self._inside = False
        self._tail = ""
        """Outside a paste the end of what was passed on, where a mark may have begun."""
        self._held = ""
        """Inside a paste the end of what was read, which may begin the mark at its end; not passed on yet."""

    def tame(self, text: str) -> str:
        """The same text, with a space for every escape inside a paste."""
        text, self._held = self._held + text, ""
        said: list[str] = []
        while text:
            done, text = self._words(text) if self._inside else self._keys(text)
            said.append(done)
        return "".join(said)

    def _keys(self, text: str) -> tuple[str, str]:
        seen = self._tail + text
        begin = seen.find(BEGIN)
        if begin < 0:
            self._tail = seen[-len(BEGIN) + 1 :]
            return text, ""
        cut = begin + len(BEGIN) - len(self._tail)
        self._inside, self._tail = True, ""
        return text[:cut], text[cut:]

    def _words(self, text: str) -> tuple[str, str]:
        end = text.find(END)
        if end >= 0:
            self._inside = False
            return text[:end].replace(_ESCAPE, " ") + END, text[end + len(END) :]
        cut = len(text) - next((size for size in range(len(END) - 1, 0, -1) if text.endswith(END[:size])), 0)
        self._held = text[cut:]
        return text[:cut].replace(_ESCAPE, " "), ""


class PasteParser(XTermParser):
    """Textual's parser behind :class:`Pastes`."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pastes = Pastes()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse the next piece; an empty one is the end."""
        if data and not (data := self._pastes.tame(data)):
            return ()
        return super().feed(data)


def guard(driver: type[Driver]) -> None:
    """Have this driver parse what it reads with :class:`PasteParser`; drivers take the parser by name from their module."""
    module = sys.modules[driver.__module__]
    if hasattr(module, "XTermParser"):
        module.XTermParser = PasteParser  # type: ignore[attr-defined]
