"""CSV, TSV and their kin: records with the physical line each of them starts on."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path

from hubconsole.errors import UsageProblem
from hubconsole.intake import dates, rows
from hubconsole.intake.columns import Layout, layout
from hubconsole.intake.encoding import MAX_LINE, Encoding, Lines, guess
from hubconsole.intake.records import Incoming, Progress, Reject
from hubconsole.intake.table import Shape, parse, shape

SAMPLE_LINES = 2_000
"""Physical lines that the guesses are made from."""
_REREAD = 16 << 20  # characters that may be read a second time because of stray quotes, beyond the file's own size
_REPORT_EVERY = 512
_REASONS = {
    "unexpected end of data": "the file ends inside a quoted field",
    "new-line character seen": "a carriage return outside quotes breaks the record off",
    "field larger than field limit": "a field is longer than 131,072 characters",
    "expected after": "text follows a closing quote",
}


class Delimited:
    """One delimited file, guessed at once and then read as often as wanted."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """``name`` is what messages and rejects call the file. Raises UsageProblem ``empty_file`` and those of reading."""
        self.path = path
        self.name = name or path.name
        self.encoding: Encoding = guess(path)
        lines = Lines(path, self.encoding)
        self._sample = list(islice(lines, SAMPLE_LINES))
        lines.close()
        if not any(line.strip() for line in self._sample):
            raise UsageProblem("empty_file", f"The file {path} holds no records.", "Check that the export succeeded.")
        self.shape: Shape = shape(self._sample, tabs=path.suffix.lower() in (".tsv", ".tab"))
        self.columns = self.shape.columns
        self.size = path.stat().st_size

    def sample(self) -> list[list[str]]:
        """The first rows below the header that have all columns."""
        found = parse(self._sample, self.shape.delimiter)
        found = [row for row in found if len(row) == len(self.columns)]
        return found[1:] if self.shape.header else found

    def layout(self, mapping: Mapping[str, str] | None = None) -> Layout:
        """Which column holds which field; raises UsageProblem as :func:`hubconsole.intake.columns.layout` does."""
        found = layout(self.shape.columns, self.sample(), mapping, named=self.shape.header)
        if found.date_style in ("dmy", "mdy"):
            found = found._replace(date_style=self._order(found))
        return found

    def records(self, layout: Layout, zone: tzinfo = UTC, progress: Progress | None = None) -> Iterator[Incoming | Reject]:
        """Every record of the file as a message or, with its line and reason, as a reject."""
        make = rows.message_maker(layout, zone)
        width = len(self.columns)
        header = self.shape.header
        source = _Source(self.path, self.encoding, self.shape.delimiter, width)
        for count, (line, cells, raw, problem) in enumerate(source.rows()):
            if progress and not count % _REPORT_EVERY:
                progress(source.done(), self.size)
            if header and cells and not problem:
                header = False
                continue
            if not problem:
                if not cells:
                    continue
                if len(cells) > width and not any(cells[width:]):
                    del cells[width:]  # delimiters at the end of the line
                problem = rows.check(raw) or (f"it has {len(cells)} of {width} columns" if len(cells) != width else None)
            if not problem:
                try:
                    yield make(cells, line, self.name)
                    continue
                except ValueError as reason:
                    problem = str(reason)
            yield Reject(line, self.name, problem, raw)
        if progress:
            progress(self.size, self.size)

    def _order(self, found: Layout) -> str:
        """Day first or month first, decided by the whole column where the sample leaves it open."""
        at = found.fields["time"]
        if dates.disagree(row[at] for row in self.sample()):
            return found.date_style
        source = _Source(self.path, self.encoding, self.shape.delimiter, len(found.columns))
        for _, cells, _, problem in source.rows():
            if not problem and at < len(cells) and dates.disagree((cells[at],)):
                return dates.guess_style((cells[at],)) or found.date_style
        return found.date_style


class _Source:
    """Rows with their first line's number and their raw text; a row that the csv module refuses has a problem."""

    def __init__(self, path: Path, encoding: Encoding, delimiter: str, width: int) -> None:
        self._lines = Lines(path, encoding)
        self._delimiter = delimiter
        self._width = width
        self._limit = _REREAD + path.stat().st_size
        self._again: deque[str] = deque()
        self._record: list[str] = []

    def done(self) -> int:
        return self._lines.done()

    def rows(self) -> Iterator[tuple[int, list[str], str, str | None]]:
        reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
        record = self._record
        line, reread = 1, 0
        while True:
            problem: str | None = None
            cells: list[str] = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = _reason(str(error))
                if len(record) > 1 and reread < self._limit and self._hides_records(record):
                    # a stray quote swallowed whole records: give up its own line only
                    reread += sum(map(len, record))
                    self._again.extendleft(reversed(record[1:]))
                    del record[1:]
                    problem = "a quoted field is not closed on its line"
            if len(record) == 1 and len(record[0]) >= MAX_LINE:
                problem = f"the line is longer than {MAX_LINE:,} characters"
            yield line, cells, record[0] if len(record) == 1 else "".join(record), problem
            line += len(record)
            record.clear()
            if problem and not cells:
                # the reader ends its feed after an error at the end of the data; a fresh one goes on with what was put back
                reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        record, lines = self._record, self._lines
        while True:
            if self._again:
                line = self._again.popleft()
            else:
                try:
                    line = next(lines)
                except (StopIteration, ValueError):  # ValueError: the file was closed at its end
                    return
            record.append(line)
            yield line

    def _hides_records(self, record: list[str]) -> bool:
        whole = sum(len(row) == self._width for line in record[1:200] for row in parse([line], self._delimiter))
        return self._width > 1 and whole * 2 >= len(record[1:200])


def _reason(error: str) -> str:
    for words, reason in _REASONS.items():
        if words in error:
            return reason
    return error
