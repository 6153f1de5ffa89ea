"""The shape of a delimited file: delimiter, whether there is a header, names of the columns."""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from hubconsole.intake import dates
from hubconsole.intake.columns import known_name

_DELIMITERS = (",", ";", "\t", "|")


class Shape(NamedTuple):
    """How the lines of a delimited file become cells."""

    delimiter: str
    header: bool
    columns: tuple[str, ...]
    """Names from the header, or ``1``, ``2``... A nameless or repeated column is called by its position."""


def shape(lines: Sequence[str], *, tabs: bool = False) -> Shape:
    """Guess from the first lines of a file; ``tabs`` when its name ends in ``.tsv``."""
    delimiter = "\t" if tabs else _delimiter(lines[:400])
    rows = [row for row in parse(lines, delimiter) if row]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 1
    header = bool(rows) and _is_header(rows[0], [row for row in rows[1:] if len(row) == width])
    if not header:
        return Shape(delimiter, False, tuple(map(str, range(1, width + 1))))
    names: list[str] = []
    for position, cell in enumerate(rows[0], start=1):
        name = cell.strip()
        names.append(name if name and name not in names else str(position))
    return Shape(delimiter, True, tuple(names))


def parse(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The rows in these lines; ones that do not parse, and an unfinished last one, are left out."""
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            rows.extend(reader)
        except csv.Error:
            continue
        return rows


def _delimiter(lines: Sequence[str]) -> str:
    best, score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in parse(lines, delimiter) if row)
        if not widths:
            continue
        width, often = widths.most_common(1)[0]
        agreement = round(often / sum(widths.values()), 2)
        # prose with commas also splits, but every line differently; a true delimiter agrees
        if width > 1 and agreement >= 0.6 and (agreement, width) > score:
            best, score = delimiter, (agreement, width)
    return best


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    if any(len(cell) > 80 or "\n" in cell or _is_value(cell) for cell in first):
        return False
    if any(known_name(cell) for cell in first):
        return True
    if len(set(first)) < len(first) or not rest:
        return False
    for position in range(len(first)):
        cells = [row[position] for row in rest if position < len(row) and row[position]]
        values = sum(map(_is_value, cells))
        average = sum(map(len, cells)) / len(cells) if cells else 0
        if cells and (values * 5 >= len(cells) * 4 or average > 3 * len(first[position]) + 12):
            return True
    return False


def _is_value(cell: str) -> bool:
    cell = cell.strip()
    if not cell:
        return False
    if cell.replace(".", "", 1).replace("-", "", 1).isdigit() or "@" in cell[1:]:
        return True
    return dates.guess_style([cell], numbers=False) is not None
