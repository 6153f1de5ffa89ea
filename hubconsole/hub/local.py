"""A hub on one SQLite file, in this process. Several processes may open the same file at once.

Reads use the standard library's sqlite3 alone; the rules and the journal are imported at the first write, so
that a first screen does not wait for them. Every thread has a connection of its own.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import Clock, system_clock
from hubconsole.errors import HubError, StoreProblem, UsageProblem
from hubconsole.hub.port import Changes, HubInfo, JournalEntry, Receipt, Verification, Viewer
from hubconsole.store import reads, sqlite
from hubconsole.store.identity import StoreIdentity, mark_of
from hubconsole.store.rows import BoardRow, Count, Cursor, DraftRow, DueRow, EnquiryView, MemberRow, OutgoingRow, Page, TrailRow

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.domain.policy import Policy
    from hubconsole.domain.query import Query
    from hubconsole.domain.terms import Function
    from hubconsole.hub.writing import Writer

VIEWER_MS = 45_000
"""How long somebody counts as looking after they were last heard of."""

_POLL_SECONDS = 0.05
_JOURNAL_PAGE = 512

_TRAIL = "SELECT seq, at, actor, via, kind, body FROM event WHERE hub_id = ? AND stream = ? ORDER BY version"
_CHANGED = "SELECT DISTINCT stream, kind = 'enquiry.received' FROM event WHERE hub_id = ? AND seq > ? AND seq <= ?"
_SEQ = "SELECT last_seq FROM hub WHERE hub_id = ?"
_LOOK = (
    "INSERT INTO presence (hub_id, session, member, enquiry_id, doing, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hub_id, session) "
    "DO UPDATE SET member = excluded.member, enquiry_id = excluded.enquiry_id, doing = excluded.doing, at = excluded.at"
)
_LEASE = (
    "INSERT INTO lease (hub_id, name, holder, token, until) VALUES (?, ?, ?, 1, ?) ON CONFLICT (hub_id, name) DO UPDATE SET "
    "token = lease.token + (lease.holder <> excluded.holder), holder = excluded.holder, until = excluded.until "
    "WHERE lease.holder = excluded.holder OR lease.until <= ? RETURNING token"
)


class LocalHub:
    """The :class:`hubconsole.hub.port.Hub` over one SQLite file. Open it with :meth:`open` or :meth:`create`."""

    def __init__(
        self, path: Path, hub_id: str, clock: Clock, first: sqlite3.Connection, identity: StoreIdentity, *, readonly: bool = False
    ) -> None:
        self.path = path
        self.identity = identity
        self.hub_id = hub_id
        self.clock = clock
        self.readonly = readonly
        self._threads = threading.local()
        self._threads.conn = first
        self._open = [first]
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._writer: Writer | None = None

    @classmethod
    def open(cls, path: str | Path, *, clock: Clock = system_clock, readonly: bool = False) -> LocalHub:
        """Open the hub at ``path``. Raises StoreProblem (with what to do) or SchemaTooNew."""
        before = mark_of(path)
        conn = sqlite.connect(path, readonly=readonly)
        try:
            row = reads.hub_row(conn)
            if row is None:
                raise StoreProblem("no_hub", f"There is no hub in {path} yet.", "Make one with: hubconsole start")
            return cls(Path(path), row.hub_id, clock, conn, StoreIdentity(path, conn, before), readonly=readonly)
        except sqlite3.Error as error:
            conn.close()
            raise sqlite.problem(error, path) from error
        except HubError:
            conn.close()
            raise

    @classmethod
    def create(
        cls, path: str | Path, *, name: str, policy: str, members: Sequence[tuple[str, tuple[Function, ...]]], clock: Clock = system_clock
    ) -> LocalHub:
        """Make a hub at ``path`` with its policy (TOML) and first members. Raises Conflict when one is already there."""
        from hubconsole.hub.founding import found

        found(path, name, policy, tuple(members), clock)
        return cls.open(path, clock=clock)

    def _conn(self) -> sqlite3.Connection:
        """This thread's connection. Raises StoreProblem ``store_replaced`` when the store is not the file that was opened."""
        self.identity.check()
        conn: sqlite3.Connection | None = getattr(self._threads, "conn", None)
        if conn is None:
            conn = sqlite.connect(self.path, readonly=self.readonly)
            if not self.identity.same:  # put in its place this very moment
                conn.close()
            self.identity.check()
            self._threads.conn = conn
            with self._guard:
                self._open.append(conn)
        return conn

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._conn()
        except sqlite3.Error as error:
            raise sqlite.problem(error, self.path) from error

    def _the_writer(self) -> Writer:
        if self._writer is None:
            from hubconsole.hub.writing import Writer

            self._writer = Writer(self.hub_id, self.clock)
        return self._writer

    def info(self) -> HubInfo:
        """Name, place and position of the hub."""
        with self._reading() as conn:
            row = reads.hub_row(conn, self.hub_id)
            shift = reads.shift(conn, self.hub_id)
        if row is None:
            raise StoreProblem("no_hub", f"The hub in {self.path} is gone.", "Restore a backup.")
        # Two words of the policy: a first screen need not wait for the rules about the rest.
        policy = tomllib.loads(row.policy)
        place = (self.hub_id, row.name, str(self.path), row.last_seq)
        return HubInfo(*place, policy.get("name", "unnamed"), policy.get("tiny_team", False), *shift)

    def members(self) -> tuple[MemberRow, ...]:
        """All members, active ones first, by name."""
        with self._reading() as conn:
            return reads.members(conn, self.hub_id)

    def policy(self) -> Policy:
        """The policy in force."""
        from hubconsole.domain.policy import parse_policy

        with self._reading() as conn:
            row = reads.hub_row(conn, self.hub_id)
        assert row is not None
        if getattr(self, "_policy", ("", None))[0] != row.policy:
            self._policy = (row.policy, parse_policy(row.policy))
        return self._policy[1]

    def counts(self) -> tuple[Count, ...]:
        """The kept counts per state and function."""
        with self._reading() as conn:
            return reads.counts(conn, self.hub_id)

    def oldest_wait(self) -> int | None:
        """Since when the open enquiry that has waited longest has waited."""
        with self._reading() as conn:
            return reads.oldest_wait(conn, self.hub_id, self.clock())

    def page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> Page:
        """Rows that match, in queue order (see :class:`hubconsole.hub.port.Hub`)."""
        with self._reading() as conn:
            now = self.clock()
            return reads.page(conn, self.hub_id, query, now=now, after=after, before=before, last=last, limit=limit)

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        """Rows from an absolute position."""
        with self._reading() as conn:
            return reads.page_at(conn, self.hub_id, query, offset, limit, now=self.clock())

    def total(self, query: Query) -> int:
        """How many rows match."""
        with self._reading() as conn:
            return reads.total(conn, self.hub_id, query, now=self.clock())

    def position(self, query: Query, cursor: Cursor) -> int:
        """How many matching rows come before the cursor."""
        with self._reading() as conn:
            return reads.position(conn, self.hub_id, query, cursor, now=self.clock())

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        """The present rows of these enquiries."""
        with self._reading() as conn:
            return reads.rows(conn, self.hub_id, ids)

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        """One enquiry with everything under it, read in one snapshot."""
        from hubconsole.domain.describe import describe

        with self._reading() as conn, sqlite.snapshot(conn):
            row = reads.find_enquiry(conn, self.hub_id, key)
            if row is None:
                raise UsageProblem("unknown_enquiry", f"There is no enquiry {key}.", "Look it up: hubconsole list.")
            functions = next((m.functions for m in reads.members(conn, self.hub_id) if m.name == viewer), ())
            envelope = reads.envelope(conn, self.hub_id, row.id)
            assert envelope is not None
            drafts = reads.drafts(conn, self.hub_id, row.id)
            trail = [(*what, json.loads(body)) for *what, body in conn.execute(_TRAIL, (self.hub_id, row.id))]
            attached = [body["attachments"] for *_, kind, body in trail if kind == "draft.saved"]
            return EnquiryView(
                row=row,
                account=envelope.account,
                recipient=envelope.recipient,
                in_reply_to=envelope.in_reply_to,
                subject=envelope.subject,
                messages=reads.messages(conn, self.hub_id, row.id, privileged=bool({"legal", "supervisor"} & set(functions))),
                drafts=drafts,
                reviews=reads.reviews(conn, self.hub_id, row.id),
                sends=reads.sends(conn, self.hub_id, row.id),
                trail=tuple(TrailRow(seq, at, actor, via, kind, describe(kind, body)) for seq, at, actor, via, kind, body in trail),
                why=self._why(row, drafts),
                others=reads.others_of_customer(conn, self.hub_id, row),
                attachments=tuple(attached[-1]) if attached else (),
            )

    def _why(self, row: BoardRow, drafts: Sequence[DraftRow]) -> tuple[str, ...]:
        ids = tuple(word.rpartition(":")[0] for word in row.flags.split())
        words = {"pre_approve": "must approve it first", "sample_after": "may look at it afterwards", "none": "need not look at it"}
        demands = self.policy().demands(row.channel, drafts[-1].visibility if drafts else row.visibility, ids)
        return tuple(f"{d.gate} {words[d.mode]}: {d.why} ({d.rule})" for d in demands)

    def search(self, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
        """Full-text search, newest enquiries first."""
        with self._reading() as conn:
            return reads.search(conn, self.hub_id, text, limit)

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        """Named settings kept in the hub."""
        with self._reading() as conn:
            return reads.settings(conn, self.hub_id, kind, owner)

    def known(self, channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Of these external ids the ones already taken in, with their enquiry."""
        with self._reading() as conn:
            return reads.known(conn, self.hub_id, channel, external_ids)

    def execute(self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None) -> Receipt:
        """Carry out one command."""
        with self._writing:
            receipt = self._the_writer().execute(self._conn(), command, actor, via, command_id, seen)
            self.identity.check()  # nothing is answered for that went into a file which is not the store any more
            return receipt

    def execute_all(self, commands: Sequence[Command], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        """Carry out many commands in one transaction."""
        with self._writing:
            answers = self._the_writer().execute_all(self._conn(), commands, actor, via)
            self.identity.check()
            return answers

    def changes(self, after: int) -> Changes:
        """What happened after ``seq``."""
        with self._reading() as conn:
            (seq,) = conn.execute(_SEQ, (self.hub_id,)).fetchone()
            touched: set[str] = set()
            new: set[str] = set()
            for stream, received in conn.execute(_CHANGED, (self.hub_id, after, seq)):
                touched.add(stream)
                if received:
                    new.add(stream)
            hub_changed = "hub" in touched
            touched.discard("hub")
            return Changes(seq, frozenset(touched), frozenset(new), hub_changed)

    def wait(self, after: int, timeout: float) -> bool:
        """Block until the journal is past ``after``, looking every 50 ms at a counter that costs microseconds."""
        pause = threading.Event()
        left = timeout
        version = -1
        while True:
            with self._reading() as conn:
                (now,) = conn.execute("PRAGMA data_version").fetchone()
                if now != version:
                    version = now
                    if conn.execute(_SEQ, (self.hub_id,)).fetchone()[0] > after:
                        return True
            if left <= 0:
                return False
            pause.wait(min(_POLL_SECONDS, left))
            left -= _POLL_SECONDS

    def journal(self, after: int = 0, stream: str | None = None) -> Iterator[JournalEntry]:
        """Events in order, private text put back."""
        from hubconsole.hub.auditing import entries

        # A page at a time, so that no read stays open in the caller's hands and stands in the way of their next write.
        while True:
            with self._reading() as conn:
                page = entries(conn, self.hub_id, after, stream, _JOURNAL_PAGE)
            yield from page
            if len(page) < _JOURNAL_PAGE:
                return
            after = page[-1].seq

    def verify(self, head: str | None = None, *, tables: bool = True) -> Verification:
        """Check the whole chain, the tables against it and, when given, a head kept elsewhere; nothing is written."""
        from hubconsole.hub.auditing import verify

        with self._reading():
            return verify(self.path, self.hub_id, head, tables=tables)

    def head(self) -> str:
        """The signed head, one line to keep elsewhere."""
        from hubconsole.hub.auditing import signed_head

        with self._reading() as conn:
            return signed_head(conn, self.hub_id, self.clock())

    def rebuild(self) -> int:
        """Drop every projection and make it again from the journal; how many events were folded."""
        from hubconsole.hub.rebuilding import rebuild

        with self._writing, sqlite.write(self._conn()) as conn:
            return rebuild(conn, self.hub_id)

    def viewers(self) -> tuple[Viewer, ...]:
        """Who has which enquiry open."""
        with self._reading() as conn:
            return tuple(Viewer(*row) for row in reads.viewers(conn, self.hub_id, self.clock() - VIEWER_MS))

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        """Tell the others what is open here. Not journalled, and lost without harm."""
        with self._writing, sqlite.write(self._conn()) as conn:
            conn.execute(_LOOK, (self.hub_id, session, member, enquiry_id, doing, self.clock()))

    def due(self, now: int) -> tuple[DueRow, ...]:
        """Sends whose undo window is over, and those that somebody began to deliver, oldest first."""
        from hubconsole.hub import leaving

        with self._reading() as conn:
            return leaving.due(conn, self.hub_id, now)

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        """The reply of a send exactly as it is to leave; None when there is no such send."""
        from hubconsole.hub import leaving

        with self._reading() as conn, sqlite.snapshot(conn):
            return leaving.outgoing(conn, self.hub_id, send_id, self.policy().version)

    def overtaken(self, send_id: str) -> str:
        """Why a reply whose delivery was cut off must not be delivered anew by itself; empty when nothing forbids it."""
        from hubconsole.hub import leaving

        with self._reading() as conn, sqlite.snapshot(conn):
            return leaving.overtaken(conn, self.hub_id, send_id, self.clock())

    def expiring(self, now: int) -> tuple[str, ...]:
        """Enquiries with an approval or a quiet period that ran out by ``now``."""
        from hubconsole.hub import leaving

        with self._reading() as conn:
            return leaving.expiring(conn, self.hub_id, now, self.policy().quiet_ms)

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        """Take or renew a lease for ``ttl`` ms: its fencing token, which grows with every change of holder, or None."""
        now = self.clock()
        with self._writing, sqlite.write(self._conn()) as conn:
            row = conn.execute(_LEASE, (self.hub_id, name, holder, now + ttl, now)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close every connection."""
        with self._guard:
            for conn in self._open:
                self.identity.let_go(conn)
            self._open.clear()
        self._threads = threading.local()
