"""Moving a hub from one store to another: its journal goes over row by row as it was written, and everything else is made from it.

The journal of the target must be a beginning of the source's, so a move that broke off is taken up where it stopped, and
one that is repeated finds nothing left to do. Two journals that went different ways are never joined. What arrives is checked
row by row against the chain before any of it counts; it counts in one transaction with the tables made from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hubconsole.domain import commands as c
from hubconsole.domain.command import Command
from hubconsole.errors import Conflict, HubError, StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.places import lasting, only_there
from hubconsole.hub.port import Receipt, Verification
from hubconsole.hub.rebuilding import rebuild
from hubconsole.store import reads
from hubconsole.store.dialect import dialect_of
from hubconsole.store.engine import Connection, Store
from hubconsole.store.journal import GENESIS, Stored, commitment, event_hash, insert_stored, read_all
from hubconsole.store.opening import choose_hub, is_database, make_room, open_store, shown
from hubconsole.store.rows import MOVED_TO

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_PAGE = 500
_ADD_HUB = (
    "INSERT INTO hub (hub_id, name, created_at, last_seq, last_number, head, policy, policy_version) VALUES (?, ?, ?, 0, 0, ?, '', 0)"
)
_END = "UPDATE hub SET last_seq = ?, head = ? WHERE hub_id = ?"
_HASH = "SELECT hash FROM event WHERE hub_id = ? AND seq = ?"
_PRIVATE = "SELECT seq, field, salt, value FROM private WHERE hub_id = ? AND seq > ? AND seq <= ? ORDER BY seq, field"

Private = tuple[str, str, str]
"""A text beside the chain: field, salt, value."""


class Copied(NamedTuple):
    """One event exactly as it stands in a journal, with its texts beside the chain."""

    row: Stored
    private: tuple[Private, ...]


class Source(Protocol):
    """Where a journal is read."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    def end(self, hub_id: str) -> End | None:
        """The end of this hub's journal here (empty id: of whichever is here); None where it is not."""

    def closed(self, hub_id: str) -> bool:
        """Whether the hub here has moved away: its journal ends with its leaving."""

    def hash_at(self, hub_id: str, seq: int) -> str:
        """The hash of one event; empty where there is none."""

    def rows(self, hub_id: str, after: int) -> Iterator[Copied]:
        """The journal after a place, in order."""


class Side(Source, Protocol):
    """One end of a move."""

    def prepare(self) -> None:
        """Make sure, as far as can be told before, that a journal can be taken in here. Raises what stands in the way."""

    def take_in(self, end: End, rows: Iterable[Copied]) -> None:
        """Append these rows, which lead up to ``end``, all or none."""

    def execute(self, command: Command, actor: str) -> Receipt:
        """Carry out a command here."""

    def verify(self) -> Verification:
        """Check the journal here, and the tables made from it."""


class Moved(NamedTuple):
    """What a move came to."""

    hub_id: str
    name: str
    events: int
    """How many events went over this time."""
    seq: int
    """Where the journal of the target ends now."""
    there_already: bool
    """True when the hub had moved there before and nothing was left to do."""


def move(source: Side, target: Side, actor: str) -> Moved:
    """Move the hub at ``source`` to ``target``, as a member who may: afterwards it goes on there, and here it can only be read.

    The hub is closed here before anything of it is taken in there, so that at no moment two of it are open: nothing is written
    while its journal travels. Raises Conflict (``forked``, ``other_hub``, ``ahead``), StoreProblem ``journal_broken``, and what
    either side raises; a move that broke off after the closing is completed by asking again, and only by asking for the same one:
    Conflict ``moved_elsewhere`` when the hub left for another place than ``target``.
    """
    first = source.end("")
    if first is None:
        raise StoreProblem("no_hub", f"There is no hub in {source.place}.", "Make one with: hubconsole start")
    before = _beginning(source, target, first)
    if before > first.seq:
        return Moved(first.hub_id, first.name, 0, before, True)
    gone = _gone_to(source, first.hub_id)
    only_there(gone, source.place, target.place)
    require_whole(source)
    target.prepare()
    if not gone:
        source.execute(c.MoveHub(to=lasting(target.place)), actor)
    try:
        last = source.end(first.hub_id)
        assert last is not None
        carry(source, target, before, last)
        arrived = target.execute(c.ArriveHub(place=target.place), actor)
        require_whole(target)
    except HubError as error:
        error.hint = f"{error.hint} The hub in {source.place} is closed until it has arrived: ask for the same move again.".strip()
        raise
    return Moved(last.hub_id, last.name, last.seq - before, arrived.seq, False)


def _gone_to(source: Source, hub_id: str) -> str:
    """Where the hub here has left for; empty while it is here. Nothing follows its leaving but its arrival."""
    end = source.end(hub_id) if source.closed(hub_id) else None
    left = [copied.row for copied in source.rows(hub_id, end.seq - 1)] if end else []
    return str(json.loads(left[0].body)["to"]) if left else ""


def _beginning(source: Side, target: Side, end: End) -> int:
    """How much of the source's journal the target has; more than all of it when the hub went on there."""
    there = target.end(end.hub_id)
    if there is None:
        return 0
    if there.hub_id != end.hub_id:
        raise Conflict("other_hub", f"{target.place} holds another hub, {there.name!r}.", "Name a place of its own for this one.")
    if there.seq <= end.seq and source.hash_at(end.hub_id, there.seq) == there.hash:
        return there.seq
    if there.seq > end.seq and target.hash_at(end.hub_id, end.seq) == end.hash and source.closed(end.hub_id):
        return there.seq
    if there.seq > end.seq and target.hash_at(end.hub_id, end.seq) == end.hash:
        raise Conflict(
            "ahead", f"The hub in {target.place} is {there.seq - end.seq} events further than the one in {source.place}.",
            "Move it the other way.",
        )  # fmt: skip
    raise Conflict(
        "forked",
        f"The hubs in {source.place} and {target.place} began as one and went different ways.",
        "Nothing was changed; keep one of them.",
    )


def carry(source: Side, target: Side, after: int, end: End) -> None:
    """Bring the target, which has everything up to event ``after``, up to ``end``. Raises StoreProblem ``journal_broken``."""
    if after < end.seq:
        rows = (copied for copied in source.rows(end.hub_id, after) if copied.row.seq <= end.seq)
        target.take_in(end, rows)
    there = target.end(end.hub_id)
    if there is None or (there.seq, there.hash) != (end.seq, end.hash):
        raise StoreProblem(
            "journal_broken", f"What arrived in {target.place} is not what left {source.place}.", "Nothing was lost; try again."
        )


def require_whole(side: Side) -> None:
    """Raise StoreProblem ``journal_broken`` unless the journal and its tables verify."""
    found = side.verify()
    if not found.ok:
        raise StoreProblem(
            "journal_broken", f"The hub in {side.place} does not verify: {found.problems[0]}", "See all of it: hubconsole audit verify."
        )


# --- one side in a store ---------------------------------------------------------------------------


def end_of(conn: Connection, hub_id: str) -> End | None:
    """The end of a journal in a store; empty id: of the store's first hub."""
    row = reads.hub_row(conn, hub_id or None)
    return End(row.hub_id, row.name, row.created_at, row.last_seq, row.head) if row else None


def closed_at(conn: Connection, hub_id: str) -> bool:
    """Whether a hub in a store has moved away."""
    kind, owner, name = MOVED_TO
    return bool(reads.settings(conn, hub_id, kind, owner).get(name))


def hash_at(conn: Connection, hub_id: str, seq: int) -> str:
    """The hash of one event; empty where there is none."""
    if seq == 0:
        return GENESIS
    found = conn.execute(_HASH, (hub_id, seq)).fetchone()
    return str(found[0]) if found else ""


def rows_of(store: Store, hub_id: str, after: int) -> Iterator[Copied]:
    """The journal after a place, a page at a time, so that no read stays open."""
    while True:
        with store.reading() as conn, store.snapshot(conn):
            page = _page(conn, hub_id, after)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].row.seq


def _page(conn: Connection, hub_id: str, after: int) -> list[Copied]:
    rows = []
    for row in read_all(conn, hub_id, after):
        rows.append(row)
        if len(rows) == _PAGE:
            break
    private: dict[int, list[Private]] = {}
    if rows:
        for seq, field, salt, value in conn.execute(_PRIVATE, (hub_id, after, rows[-1].seq)):
            private.setdefault(seq, []).append((field, salt, value))
    return [Copied(row, tuple(private.get(row.seq, ()))) for row in rows]


def append_copied(conn: Connection, end: End, rows: Iterable[Copied]) -> int:
    """Append rows to the hub's journal inside the caller's write transaction, make its tables anew, and say how many came.

    Raises StoreProblem ``journal_broken`` when a row does not follow from the one before it or the last is not ``end``.
    """
    dialect_of(conn).take_time(conn)
    there = end_of(conn, end.hub_id)
    if there is None:
        conn.execute(_ADD_HUB, (end.hub_id, end.name, end.created_at, GENESIS))
        there = End(end.hub_id, end.name, end.created_at, 0, GENESIS)
    seq, head, count = there.seq, there.hash, 0
    for copied in rows:
        _follows(copied, end.hub_id, seq, head)
        insert_stored(conn, end.hub_id, copied.row, copied.private)
        seq, head, count = copied.row.seq, copied.row.hash, count + 1
    if (seq, head) != (end.seq, end.hash):
        raise _broken(f"it ends at event {seq} and should end at {end.seq}")
    conn.execute(_END, (seq, head, end.hub_id))
    try:
        rebuild(conn, end.hub_id)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise _broken(f"it cannot be replayed into tables ({type(error).__name__})") from error
    return count


def _follows(copied: Copied, hub_id: str, seq: int, head: str) -> None:
    row = copied.row
    try:
        whole = row.seq == seq + 1 and row.prev_hash == head and event_hash(head, hub_id, row) == row.hash
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise _broken(f"event {seq + 1} is missing or was changed")
    for field, salt, value in copied.private:
        if f'"{field}":{{"sha256":"{commitment(salt, value)}"}}' not in row.body:
            raise _broken(f"the text {field[:40]!r} beside event {row.seq} is not the one that was written")


def _broken(what: str) -> StoreProblem:
    return StoreProblem("journal_broken", f"The journal that arrived is not whole: {what}.", "Nothing was taken in; verify the source.")


class StoreSide:
    """A side in a file or a database, which may not hold the hub yet."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._hub_place = place

    @property
    def place(self) -> str:
        """A path, or a URL without password."""
        return shown(self._place)

    def end(self, hub_id: str) -> End | None:
        """See :class:`Side`."""
        try:
            store, wanted = open_store(self._place)
        except StoreProblem as problem:
            if problem.code == "no_store":
                return None
            raise
        try:
            with store.reading() as conn:
                if hub_id and (found := end_of(conn, hub_id)):
                    return found
                # A file holds one hub, and a URL may name one: another one there must be told of, not overlooked.
                if hub_id and store.dialect.name != "sqlite" and not wanted:
                    return None
                return end_of(conn, choose_hub(conn, store.place, wanted))
        except StoreProblem as problem:
            if problem.code != "no_hub":
                raise
            return None
        finally:
            store.close()

    def closed(self, hub_id: str) -> bool:
        """See :class:`Side`."""
        with _opened(self._place) as store, store.reading() as conn:
            return closed_at(conn, hub_id)

    def prepare(self) -> None:
        """See :class:`Side`."""
        make_room(self._place)

    def hash_at(self, hub_id: str, seq: int) -> str:
        """See :class:`Side`."""
        with _opened(self._place) as store, store.reading() as conn:
            return hash_at(conn, hub_id, seq)

    def rows(self, hub_id: str, after: int) -> Iterator[Copied]:
        """See :class:`Side`."""
        with _opened(self._place) as store:
            yield from rows_of(store, hub_id, after)

    def take_in(self, end: End, rows: Iterable[Copied]) -> None:
        """See :class:`Side`."""
        self.take_in_with(end, rows, lambda store, conn: None)

    def take_in_with(self, end: End, rows: Iterable[Copied], then: Callable[[Store, Connection], None]) -> None:
        """Take in, and do more in the same transaction: both count, or neither does."""
        self.prepare()
        with _opened(self._place) as store, store.reading() as conn, store.write(conn, end.hub_id):
            append_copied(conn, end, rows)
            then(store, conn)
        if is_database(self._place):  # it may hold others beside this one
            from hubconsole.store.postgres import with_hub

            self._hub_place = with_hub(self._place, end.hub_id)

    def execute(self, command: Command, actor: str) -> Receipt:
        """See :class:`Side`."""
        with _hub(self._hub_place) as hub:
            return hub.execute(command, actor=actor, via="cli")

    def verify(self) -> Verification:
        """See :class:`Side`."""
        with _hub(self._hub_place) as hub:
            return hub.verify()


class HubSide:
    """A hub that is open in this process, perhaps served to others meanwhile, as a source."""

    def __init__(self, hub: LocalHub) -> None:
        self.hub = hub

    @property
    def place(self) -> str:
        """A path, or a URL without password."""
        return self.hub.store.place

    def end(self, hub_id: str) -> End | None:
        """See :class:`Source`; another hub than the one that is open is told of in its place."""
        with self.hub.store.reading() as conn:
            return end_of(conn, self.hub.hub_id)

    def closed(self, hub_id: str) -> bool:
        """See :class:`Source`."""
        with self.hub.store.reading() as conn:
            return closed_at(conn, self.hub.hub_id)

    def hash_at(self, hub_id: str, seq: int) -> str:
        """See :class:`Source`."""
        with self.hub.store.reading() as conn:
            return hash_at(conn, hub_id, seq)

    def rows(self, hub_id: str, after: int) -> Iterator[Copied]:
        """See :class:`Source`."""
        return rows_of(self.hub.store, hub_id, after)


@contextmanager
def _opened(place: str) -> Iterator[Store]:
    store, _ = open_store(place)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _hub(place: str) -> Iterator[LocalHub]:
    from hubconsole.hub.local import LocalHub

    hub = LocalHub.open(place)
    try:
        yield hub
    finally:
        hub.close()
