"""Which encoding a file is in, and its physical lines one at a time."""

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from hubconsole.errors import UsageProblem

_CHUNK = 1 << 20
MAX_LINE = 1 << 20
"""Longest physical line, in characters, that is kept whole; a longer one is cut and its rest dropped."""


class Encoding(NamedTuple):
    """How a file's bytes become lines."""

    name: str
    """A codec of Python: ``utf-8``, ``utf-8-sig``, ``utf-16``, ``utf-16-le``, ``utf-16-be``, ``utf-32`` or ``cp1252``."""
    newline: str
    r"""What ends a line: ``\n`` (also when ``\r\n`` does), or ``\r`` where that ends the first one."""


def guess(path: Path) -> Encoding:
    """Read the file through once and say how to decode it.

    A byte order mark decides; then NUL bytes in every other place mean UTF-16. Otherwise it is UTF-8 if that
    reads it, or reads most of its characters beyond ASCII; else Windows-1252.
    Raises UsageProblem ``not_text`` for programs, pictures and the like.
    """
    with open_bytes(path) as file:
        head = file.read(_CHUNK)
        name = _marked(head) or _wide(head)
        if name:
            return Encoding(name, _newline(head.decode(name, "replace")))
        if head.count(0) >= 64 and head.count(0) * 20 > len(head):
            raise UsageProblem("not_text", f"{path} is no text file: it is full of NUL bytes.", "Export it as CSV, JSONL or mail.")
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        good = bad = 0
        chunk = head
        while chunk:
            if not chunk.isascii():
                text = decoder.decode(chunk)
                wrong = text.count("\ufffd")
                bad += wrong
                good += len(text) - len(text.encode("ascii", "ignore")) - wrong
            chunk = file.read(_CHUNK)
    return Encoding("cp1252" if bad > good else "utf-8", _newline(head.decode("latin-1")))


def open_bytes(path: Path) -> BufferedReader:
    """Open a file for reading. Raises UsageProblem ``no_such_file`` or ``unreadable``."""
    try:
        return path.open("rb")
    except FileNotFoundError as problem:
        raise UsageProblem("no_such_file", f"There is no file {path}.", "Check the name and the folder.") from problem
    except OSError as problem:
        raise UsageProblem("unreadable", f"The file {path} cannot be read: {problem.strerror}.", "Check who may read it.") from problem


class Lines(Iterator[str]):
    """The physical lines of a file, terminators kept, with the number of bytes read so far.

    Bytes that the encoding has no character for come as surrogate escapes, for :func:`undecodable` to find.
    """

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._bytes = open_bytes(path)
        wide = encoding.name.startswith(("utf-16", "utf-32"))
        self._text = TextIOWrapper(self._bytes, encoding.name, errors="replace" if wide else "surrogateescape", newline=encoding.newline)
        self._readline = self._text.readline

    def __next__(self) -> str:
        line = self._readline(MAX_LINE)
        if not line:
            self._text.close()
            raise StopIteration
        if len(line) == MAX_LINE and line[-1] not in "\r\n":
            while True:
                rest = self._readline(MAX_LINE)
                if len(rest) < MAX_LINE or rest[-1] in "\r\n":
                    break
        return line

    def done(self) -> int:
        """Bytes read from the file so far, a little ahead of the lines handed out."""
        return 0 if self._text.closed else self._bytes.tell()

    def close(self) -> None:
        """Close the file; also done at its end."""
        self._text.close()


def undecodable(text: str) -> bool:
    """Whether ``text`` holds a lone surrogate: a byte that could not be decoded, or half a character."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _marked(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _wide(head: bytes) -> str | None:
    sample = head[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd * 4 >= len(sample) and even * 20 < len(sample):
        return "utf-16-le"
    return "utf-16-be" if even * 4 >= len(sample) and odd * 20 < len(sample) and even else None


_END_OR_QUOTED = re.compile(r'"[^"]*"|\r\n|\n|\r')


def _newline(text: str) -> str:
    """What ends the first line; line ends inside quotes belong to a cell (Excel for Mac writes both kinds in one file)."""
    first = next((match[0] for match in _END_OR_QUOTED.finditer(text) if match[0][0] != '"'), "")
    return "\r" if first == "\r" else "\n"
