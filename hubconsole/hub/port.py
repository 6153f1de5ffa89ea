"""The Hub protocol: everything a screen or a command may ask of a hub, wherever it is.

Calls are synchronous and may be made from any thread. They raise only errors of :mod:`hubconsole.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from hubconsole.errors import HubError
from hubconsole.store.rows import BoardRow, Count, Cursor, EnquiryView, MemberRow, Page

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.domain.policy import Policy
    from hubconsole.domain.query import Query


class HubInfo(NamedTuple):
    """What the frame of every screen shows about the hub."""

    id: str
    name: str
    location: str
    """Where it is: a file path, or a URL."""
    seq: int
    """The newest event's place in the journal."""
    policy_name: str
    tiny_team: bool
    shift: str = ""
    """Name of the running shift; empty when none is on."""
    shift_lead: str = ""
    """The member who leads it."""
    shift_since: int = 0
    """When it began (ms); 0 when none is on."""
    moved: bool = False
    """Whether it has moved away: here it can only be read, and nothing changes any more."""


class Receipt(NamedTuple):
    """The answer to a command that was carried out (now, or earlier under the same command id)."""

    command_id: str
    enquiry_id: str
    key: str
    events: tuple[str, ...]
    """Kinds of the events that were written, in order; empty when nothing needed to change."""
    seq: int
    """Place of the last of them in the journal."""
    state: str
    version: int
    repeated: bool
    """True when the command id had been carried out before."""


class Changes(NamedTuple):
    """What moved after a place in the journal: ids of the enquiries touched, and of those that are new."""

    seq: int
    enquiry_ids: frozenset[str]
    new_ids: frozenset[str]
    hub_changed: bool
    """Members, policy, settings or the shift changed."""


class JournalEntry(NamedTuple):
    """One event as the journal holds it, private text put back in place."""

    seq: int
    id: str
    stream: str
    version: int
    at: int
    actor: str
    via: str
    kind: str
    body: dict[str, object]
    hash: str


class Verification(NamedTuple):
    """The outcome of checking the journal."""

    ok: bool
    events: int
    head: str
    problems: tuple[str, ...]


class Viewer(NamedTuple):
    """Somebody with an enquiry open or under the cursor; ``doing`` is ``viewing`` or ``typing``."""

    member: str
    enquiry_id: str
    doing: str
    at: int


class Connection(NamedTuple):
    """The line to a hub far away. Times are milliseconds since the Unix epoch, by this machine's clock."""

    state: Literal["connecting", "live", "offline"]
    """``connecting``: not yet heard of since the start. ``live``: every change arrives. ``offline``: the line is lost."""
    since: int
    """When this state began."""
    as_of: int
    """When what the console shows was last known to be the hub's; 0 for never."""
    skew_ms: int
    """How far the hub's clock is ahead of this machine's; negative when it is behind."""
    error: str
    """What happened and what to do, while offline; empty otherwise."""


ONLY = {
    "read": "This console is logged in to read: nothing is done from here.",
    "wall": "This console is a wall's: it shows the board without names or words of customers, and nothing is done from here.",
}
"""What to say of a console that is there to look at alone, by :attr:`Connected.only`."""


class Connected(Protocol):
    """What a hub far away can tell besides :class:`Hub`; a local hub has none of it and is always live."""

    only: Literal["", "read", "wall"]
    """``read``: this console's token lets nobody do anything. ``wall``: nor open an enquiry, for it sees neither names nor words of
    customers. Empty for one with which its member does everything, or where that is not known."""

    def connection(self) -> Connection:
        """How the line is now. Answers at once, from any thread, and never raises."""

    def reconnect(self) -> None:
        """Try again now instead of when the wait between two tries is over. Returns at once."""


class Hub(Protocol):
    """See the module's text."""

    def info(self) -> HubInfo:
        """Name, place and position of the hub."""

    def members(self) -> tuple[MemberRow, ...]:
        """All members, active ones first, by name."""

    def policy(self) -> Policy:
        """The policy in force."""

    def counts(self) -> tuple[Count, ...]:
        """The kept counts per state and function."""

    def oldest_wait(self) -> int | None:
        """Since when (ms) the open enquiry that has waited longest has waited, snoozed ones left out; None when none waits."""

    def page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> Page:
        """Rows that match, in queue order: from the start, after or before a cursor, or (``last``) the end."""

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        """Rows from an absolute position; for jumping into the middle of a long list."""

    def total(self, query: Query) -> int:
        """How many rows match; from kept counts where the query allows it."""

    def position(self, query: Query, cursor: Cursor) -> int:
        """How many matching rows come before the cursor."""

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        """The present rows of these enquiries; unknown ids are left out."""

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        """One enquiry by key (``E-12``) or id, as the member ``viewer`` may read it: privileged notes are left
        out unless the viewer holds legal or supervisor. Raises UsageProblem ``unknown_enquiry``."""

    def search(self, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
        """Full-text search over names, messages, drafts and notes, newest enquiries first."""

    def execute(self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None) -> Receipt:
        """Carry out one command for the member ``actor``.

        ``command_id`` (a UUIDv7; made here when None) makes it idempotent: what was written is written once, and the
        first answer is given again. A command for which nothing had to change leaves no trace; asked again under the
        same id it is decided anew, by what holds then. ``seen`` is the enquiry's
        version the person was looking at: when others changed it since, Conflict ``changed`` says who.
        Raises Refused, Conflict, UsageProblem, Unreachable.
        """

    def execute_all(self, commands: Sequence[Command], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        """Carry out many commands in one transaction, each on its own merits: an answer or an error per command, in order."""

    def known(self, channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Of these external message ids of a channel, the ones already taken in, with the id of their enquiry."""

    def changes(self, after: int) -> Changes:
        """What happened after ``seq``."""

    def wait(self, after: int, timeout: float) -> bool:
        """Block until the journal is past ``after`` (True) or ``timeout`` seconds have gone by (False)."""

    def journal(self, after: int = 0, stream: str | None = None) -> Iterator[JournalEntry]:
        """Events in order, of the whole hub or of one stream."""

    def verify(self, head: str | None = None, *, tables: bool = True) -> Verification:
        """Check the whole chain, an outside signed head and (``tables``) every table that is made from the journal."""

    def head(self) -> str:
        """The signed head, one line of text to keep elsewhere."""

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        """Named settings kept in the hub: ``view`` (saved filters), ``mapping`` (import columns by header signature)."""

    def viewers(self) -> tuple[Viewer, ...]:
        """Who has which enquiry open, seen within the last 45 seconds."""

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        """Tell the others what ``member`` has open in the console ``session`` (empty id: nothing). Not journalled."""

    def close(self) -> None:
        """Let go of files and connections."""
