"""JSON Lines: one JSON object a line, with the same guessing of fields as tables."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path

from hubconsole.errors import UsageProblem
from hubconsole.intake import rows
from hubconsole.intake.columns import Layout, layout
from hubconsole.intake.encoding import MAX_LINE, Encoding, Lines, guess, undecodable
from hubconsole.intake.records import Incoming, Progress, Reject

_SAMPLE_LINES = 500
_DEPTH = 3


class JsonLines:
    """One file of JSON Lines. Nested objects are reached by dotted names: ``user.screen_name``."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Raises UsageProblem ``empty_file`` when no line of the sample is a JSON object, and those of reading."""
        self.path = path
        self.name = name or path.name
        self.encoding: Encoding = guess(path)
        self.size = path.stat().st_size
        lines = Lines(path, self.encoding)
        records = [flat for line in islice(lines, _SAMPLE_LINES) if (flat := _try(line)) is not None]
        lines.close()
        if not records:
            raise UsageProblem("empty_file", f"No line at the start of {path} is a JSON object.", "One object a line is expected.")
        self.columns = tuple(dict.fromkeys(name for record in records for name in record))
        self._sample = [[record.get(name, "") for name in self.columns] for record in records]

    def sample(self) -> list[list[str]]:
        """The first records as rows of text, in the order of ``columns``."""
        return self._sample

    def layout(self, mapping: Mapping[str, str] | None = None) -> Layout:
        """Which name holds which field; raises UsageProblem as :func:`hubconsole.intake.columns.layout` does."""
        return layout(self.columns, self._sample, mapping)

    def records(self, layout: Layout, zone: tzinfo = UTC, progress: Progress | None = None) -> Iterator[Incoming | Reject]:
        """Every line as a message or, with its number and reason, as a reject. Empty lines are passed over."""
        make = rows.message_maker(layout, zone)
        lines = Lines(self.path, self.encoding)
        for number, line in enumerate(lines, start=1):
            if progress and not number % 512:
                progress(lines.done(), self.size)
            if not line.strip():
                continue
            try:
                if len(line) >= MAX_LINE:
                    raise ValueError(f"the line is longer than {MAX_LINE:,} characters")
                problem = rows.check(line)
                if problem:
                    raise ValueError(problem)
                record = flatten(line)
                cells = [record.get(name, "") for name in layout.columns]
                made = make(cells, number, self.name)
                problem = rows.check(made.text + made.author + made.subject + made.handle + made.external_id) if "\\u" in line else None
                if problem:
                    raise ValueError(problem)
                yield made
            except ValueError as reason:
                yield Reject(number, self.name, str(reason), line)
        if progress:
            progress(self.size, self.size)


def flatten(line: str) -> dict[str, str]:
    """One JSON object as text by dotted name. Raises ValueError when the line is not one."""
    try:
        loaded = json.loads(line)
    except json.JSONDecodeError as problem:
        raise ValueError(f"it is not JSON: {problem.msg} at character {problem.pos + 1}") from problem
    except RecursionError as problem:
        raise ValueError("it is nested too deeply") from problem
    if not isinstance(loaded, dict):
        raise ValueError("it is not a JSON object")
    flat: dict[str, str] = {}
    _into(flat, "", loaded, _DEPTH)
    return flat


def _into(flat: dict[str, str], prefix: str, value: dict[str, object], depth: int) -> None:
    for name, inner in value.items():
        if isinstance(inner, dict) and depth > 1:
            _into(flat, f"{prefix}{name}.", inner, depth - 1)
        else:
            flat[prefix + name] = _text(inner)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _try(line: str) -> dict[str, str] | None:
    if undecodable(line):
        return None
    try:
        return flatten(line)
    except ValueError:
        return None
