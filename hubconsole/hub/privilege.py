"""Who may read the words of a privileged note, and what everybody else reads in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubconsole.hub.port import JournalEntry

READERS = frozenset({"legal", "supervisor"})
"""The functions that read and write privileged notes."""

INSTEAD = "[privileged: for legal and supervisors]"
"""What stands for the words of a privileged note where they may not be read."""


def may_read(functions: Iterable[str]) -> bool:
    """Whether a member with these functions may read privileged notes."""
    return not READERS.isdisjoint(functions)


def open_to(entry: JournalEntry, cleared: bool) -> JournalEntry:
    """The event, without the words of a privileged note unless ``cleared``; that there is one, and who wrote it, stays."""
    if cleared or entry.kind != "note.added" or not entry.body.get("privileged"):
        return entry
    return entry._replace(body=entry.body | {"text": INSTEAD})
