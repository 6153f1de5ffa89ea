"""A command together with who asks for it and how, for hubs that carry out many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command

Fence = tuple[str, int]
"""A lease's name and the token that its holder was given."""


class Request(NamedTuple):
    """One command to be carried out."""

    command: Command
    actor: str
    via: str = "api"
    """The door it came in by."""
    command_id: str | None = None
    """A UUIDv7 that makes it idempotent; made by the hub when None."""
    seen: int | None = None
    """The enquiry's version that the person was looking at."""
    fence: Fence | None = None
    """Only while this lease has this token; for jobs that only one process may do at a time."""
