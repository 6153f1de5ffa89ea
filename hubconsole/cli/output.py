"""Printing: JSON for programs, plain aligned text for people. No library, so that it costs nothing at start-up."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from hubconsole.text import cell_width, one_line, visible_text

WIDTH_IN_A_PIPE = 160
"""Columns assumed when standard output is no terminal and COLUMNS is not set."""

WIDEST = 24
"""Most columns that a cell gets, other than in the last column."""


def count(n: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 member``, ``2 members``; ``many`` is for nouns that do not just take an s."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def local_time(ms: int | None) -> str:
    """A time for people: ``21 Nov 2026 23:14``, on this machine's clock; empty for none."""
    if not ms:
        return ""
    from hubconsole.clock import local

    at = local(ms)
    return f"{at.day} {at:%b %Y %H:%M}"


def safe(text: str) -> str:
    """Untrusted text as one harmless line."""
    return visible_text(text, newline="mark")


def say(line: str = "") -> None:
    """One line for people, on standard output. Untrusted text in it has gone through :func:`safe` before."""
    sys.stdout.write(line + "\n")


def wrapped(line: str, *, indent: str = "", stream: TextIO | None = None) -> str:
    """A sentence broken between words to fit the terminal behind ``stream`` (default: standard output).

    Further lines begin with ``indent``; where there is no terminal it stays one line.
    """
    if not (stream or sys.stdout).isatty():
        return line
    import textwrap

    width = terminal_width()
    if len(line) <= width:
        return line
    return "\n".join(textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def say_json(value: object) -> None:
    """One JSON value, on standard output."""
    sys.stdout.write(json_text(value, indent=2) + "\n")


def say_json_list(values: Iterable[object]) -> None:
    """A JSON list, written while it is read, so that a long one needs no memory."""
    sys.stdout.write("[")
    first = True
    for value in values:
        sys.stdout.write(("\n  " if first else ",\n  ") + json_text(value))
        first = False
    sys.stdout.write("]\n" if first else "\n]\n")


def json_text(value: object, indent: int | None = None) -> str:
    """JSON in readable Unicode; whatever a terminal might obey or hide is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def remark(line: str) -> None:
    """A line beside the result, on standard error, so that pipes stay clean."""
    sys.stderr.write(line + "\n")


def terminal_width() -> int:
    """Columns to fit a table into."""
    return max(40, shutil.get_terminal_size((WIDTH_IN_A_PIPE, 24)).columns)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> None:
    """Print raw, untrusted values in columns as wide as their widest; the last one takes what is left of ``width``."""
    last = len(headings) - 1
    shown = [[one_line(value, WIDEST) for value in row[:last]] for row in rows]
    widths = [max([len(headings[n]), *(cell_width(row[n]) for row in shown)]) for n in range(last)]
    room = max(12, width - sum(widths) - 2 * last)
    for start, end in zip([list(headings[:last]), *shown], [headings[last], *(row[last] for row in rows)], strict=True):
        cells = [value + " " * (size - cell_width(value)) for value, size in zip(start, widths, strict=True)]
        say("  ".join([*cells, one_line(end, room)]).rstrip())
