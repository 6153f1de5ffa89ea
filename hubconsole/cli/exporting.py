"""Writing enquiries out: CSV that no spreadsheet takes for formulas, JSON, JSON lines."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hubconsole.cli.output import json_text, remark
from hubconsole.cli.shapes import Json, exported, shown
from hubconsole.errors import Unreachable
from hubconsole.text import csv_cell, visible_text

if TYPE_CHECKING:
    from hubconsole.hub.port import Hub
    from hubconsole.store.rows import BoardRow

COLUMNS = (
    "key", "state", "channel", "visibility", "customer", "priority", "owner", "gates", "due_at", "received_at", "words", "flags",
    "disposition", "draft", "last_author", "reopened", "waiting_since", "updated_at", "snoozed_until", "version", "id",
)  # fmt: skip
"""Columns of the CSV form, in order."""


def write(hub: "Hub", rows: "Iterator[BoardRow]", *, form: str, full: bool, out: str | None) -> None:
    """Write ``rows`` as ``csv``, ``json`` or ``jsonl``, to a file or standard output. Raises Unreachable ``file``."""
    shapes = (shown(hub.enquiry(row.key)) if full else exported(row) for row in rows)
    if out is None or out == "-":
        _write(sys.stdout, shapes, form, harmless=sys.stdout.isatty())
        return
    try:
        with Path(out).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            count = _write(file, shapes, form, harmless=False)
    except OSError as error:
        raise Unreachable("file", f"{out} cannot be written: {error.strerror}.", "Name another file with --output.") from error
    remark(f"{count} enquiries written to {out}")


def _write(stream: TextIO, shapes: "Iterator[Json]", form: str, *, harmless: bool) -> int:
    count = 0
    if form == "csv":
        stream.write(_line(COLUMNS, harmless=harmless))
    elif form == "json":
        stream.write("[")
    for shape in shapes:
        if form == "csv":
            stream.write(_line([_cell(shape[name]) for name in COLUMNS], harmless=harmless))
        elif form == "jsonl":
            stream.write(json_text(shape) + "\n")
        else:
            stream.write((",\n  " if count else "\n  ") + json_text(shape))
        count += 1
    if form == "json":
        stream.write("\n]\n" if count else "]\n")
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(f"{one['gate']}:{one['state']}" if isinstance(one, dict) else str(one) for one in value)
    return str(value)


def _line(values: "tuple[str, ...] | list[str]", *, harmless: bool) -> str:
    """One record; on a terminal (``harmless``) control characters are shown instead of obeyed."""
    buffer = io.StringIO(newline="")
    cells = [csv_cell(value) for value in values]
    csv.writer(buffer).writerow([visible_text(cell, newline="mark") for cell in cells] if harmless else cells)
    return buffer.getvalue()
