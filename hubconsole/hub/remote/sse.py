"""Server-sent events out of a stream of bytes, with a bound on what one of them may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hubconsole.errors import Unreachable

MOST_BYTES = 64 * 1024 * 1024
"""One event is never larger; a stream that tries is given up."""


class Event(NamedTuple):
    """One event, or (``name`` empty) a sign of life: a comment that the server sends so that a dead line is noticed."""

    name: str
    data: bytes
    id: str
    """The place in the journal up to which this event tells; empty for what has none."""


def events(chunks: Iterable[bytes], most: int = MOST_BYTES) -> Iterator[Event]:
    """The events of a stream, each as soon as it is whole. Raises Unreachable ``bad_answer`` for one beyond ``most`` bytes.

    The id belongs to its event alone: a signal without one does not move the place. Data is bytes, to be parsed as JSON.
    """
    parts: list[bytes] = []
    data: list[bytes] = []
    name, place, held = "message", "", 0
    for chunk in chunks:
        held += len(chunk)
        if held > most:
            raise Unreachable("bad_answer", "The hub sent a change that is larger than any can be.", "Try again later.")
        parts.append(chunk)
        if b"\n" not in chunk:
            continue
        *lines, tail = b"".join(parts).split(b"\n")
        parts = [tail]
        for raw in lines:
            line = raw.rstrip(b"\r")
            if not line:
                if data:
                    yield Event(name, b"\n".join(data), place)
                name, place, data, held = "message", "", [], len(tail)
                continue
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if not field:
                held = min(held, sum(len(one) for one in data) + len(tail))
                yield Event("", value, "")
            elif field == b"data":
                data.append(value)
            elif field == b"event":
                name = value.decode("utf-8", "replace")[:40]
            elif field == b"id" and b"\0" not in value:
                place = value.decode("utf-8", "replace")[:40]
