"""What passes between the stages of an import."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from hubconsole.domain.terms import Direction, Visibility

Progress = Callable[[int, int], None]
"""Called with the bytes (or, while writing, their equivalent) done so far and the total."""

UNKNOWN = "unknown"
"""The customer's name when a file names nobody."""

DEFAULT_CHANNEL = "web"
"""The channel of a table with names or handles whose channel neither the caller nor the columns tell."""

MAX_TEXT = 131_072
"""Longest text of one message, in characters; also the csv module's own limit for a field."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as a file tells it, before it belongs to a conversation."""

    line: int
    """Physical line on which the record starts, counted from 1; 1 for a message that is a file of its own."""
    source: str
    """The file it came from, as it was named to the import."""
    text: str
    channel: str = ""
    """Empty takes the import's channel."""
    external_id: str = ""
    reply_to: str = ""
    """External id of the message that this one answers."""
    replies: tuple[str, ...] = ()
    """External ids of related messages: answers to this one, or its other ancestors."""
    thread: str = ""
    """The channel's id of the whole conversation, if the file has one."""
    author: str = ""
    handle: str = ""
    subject: str = ""
    posted_at: int | None = None
    """Milliseconds since the Unix epoch, UTC."""
    direction: Direction | None = None
    """None: the file does not say; it is worked out from who answers whom."""
    account: str = ""
    visibility: Visibility | None = None


class Reject(NamedTuple):
    """A record that cannot be taken in, and why."""

    line: int
    source: str
    reason: str
    raw: str
    """The record as it stands in the file; undecodable bytes as surrogate escapes."""


class Rejected(NamedTuple):
    """One line of the report's list of rejects."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of an import."""

    created: int
    """Enquiries that are new."""
    updated: int
    """Enquiries that were there before and got further messages."""
    skipped: int
    """Messages that the hub (or an earlier line) already had."""
    rejected: tuple[Rejected, ...]
    messages: int = 0
    """Messages taken in, over all enquiries."""
    rejects_file: Path | None = None
    """Where the rejected records were written; None when there was nothing to write or no place for it."""

    def as_json(self) -> dict[str, object]:
        """The documented form: ``created``, ``updated``, ``skipped``, ``rejected`` with ``line`` and ``reason``."""
        return {
            "created": self.created,
            "updated": self.updated,
            "skipped": self.skipped,
            "rejected": [{"line": line, "reason": reason} for line, reason in self.rejected],
        }


_values = attrgetter(*Incoming.__slots__)
_DIRECTION = Incoming.__slots__.index("direction")
_VISIBILITY = Incoming.__slots__.index("visibility")


def pack(record: Incoming) -> tuple[Any, ...]:
    """The record as a tuple of plain values, in the order of its fields."""
    values = list(_values(record))
    for place in (_DIRECTION, _VISIBILITY):
        if values[place] is not None:
            values[place] = str(values[place])
    return tuple(values)


def unpack(values: tuple[Any, ...]) -> Incoming:
    """The opposite of :func:`pack`."""
    fields = list(values)
    if fields[_DIRECTION]:
        fields[_DIRECTION] = Direction(fields[_DIRECTION])
    if fields[_VISIBILITY]:
        fields[_VISIBILITY] = Visibility(fields[_VISIBILITY])
    return Incoming(*fields)
