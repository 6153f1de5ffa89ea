"""A hub's journal as lines of JSON, for moving it over a wire: first its end, then one line for each event, as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hubconsole.errors import StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.transfer import Copied
from hubconsole.hub.wire import WireProblem, revive
from hubconsole.store.journal import Stored

MEDIA = "application/x-ndjson"
"""Media type of the lines."""

LONGEST = 16 << 20
"""Bytes in one line at most; one event is far smaller."""

_BATCH = 200


def lines(end: End, rows: Iterable[Copied]) -> Iterator[bytes]:
    """The lines of a move, some at a time."""
    batch = [json.dumps(list(end))]
    for row, private in rows:
        batch.append(json.dumps([list(row), [list(one) for one in private]]))
        if len(batch) >= _BATCH:
            yield ("\n".join(batch) + "\n").encode()
            batch.clear()
    if batch:
        yield ("\n".join(batch) + "\n").encode()


def read(parts: Iterable[bytes]) -> tuple[End, Iterator[Copied]]:
    """The end and the rows of a move that arrives in parts. Raises StoreProblem ``journal_broken`` for anything else."""
    found = _split(parts)
    first = next(found, None)
    if first is None:
        raise _broken("nothing arrived")
    return End._make(_read(tuple[str, str, int, int, str], first)), map(_copied, found)


def _copied(line: bytes) -> Copied:
    row, private = _read(_LINE, line)
    return Copied(Stored._make(row), private)


_LINE: Any = tuple[
    tuple[int, str, str, int, int, str, str, str, str, str, str, str, int, str],
    tuple[tuple[str, str, str], ...],
]
"""What a line holds: an event's columns and its texts beside the chain."""


def _read(shape: Any, line: bytes) -> Any:
    try:
        return revive(shape, json.loads(line))
    except (WireProblem, ValueError, RecursionError) as error:
        raise _broken("a line of it is no event") from error


def _split(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from (line for line in whole if line)
        if len(rest) > LONGEST:
            raise _broken("a line of it is longer than any event")
    if rest:
        raise _broken("it was cut off in the middle of a line")


def _broken(what: str) -> StoreProblem:
    return StoreProblem("journal_broken", f"The journal that arrived is not whole: {what}.", "Nothing was taken in; try again.")
