"""What a queue is given to show, and what stands where it has no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubconsole.domain.query import Query
    from hubconsole.tui.glyphs import Glyphs
    from hubconsole.tui.session import Session


@dataclass
class Slice:
    """What a list shows: a query and how its title reads."""

    id: str
    """Short name of the list."""
    title: str
    """The first word of the border title."""
    query: Query
    """Which rows."""
    card: bool = False
    """Three lines and a blank one per row instead of one line."""
    columns: Sequence[str] = field(default=("state", "key", "clock", "priority", "channel", "owner", "gates", "flags"))
    """Columns of the one-line form."""
    empty: str = ""
    """What an empty list says to do."""
    chips: str = ""
    """The filter in force, for the title."""
    bare: bool = False
    """Whether the title leaves the filter out, because it stands elsewhere."""
    aged: bool = True
    """Whether the title names the longest wait."""


def absent(session: Session, problem: str, known: bool, glyphs: Glyphs) -> str:
    """What stands in place of a row that is not here; ``known`` says that its page was read, without it."""
    if problem:
        return f"not at hand: {problem.partition(chr(10))[0]}"
    if session.away:
        return "not at hand"
    line = session.line
    return "has left; R reads anew" if known and (line is None or line.state == "live") else f"reading {glyphs.more}"
