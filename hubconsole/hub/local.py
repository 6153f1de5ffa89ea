"""A hub in this process, on one SQLite file or in a PostgreSQL database. Several processes may open the same one at once.

Reads of a file use the standard library's sqlite3 alone; the rules and the journal are imported at the first write, so
that a first screen does not wait for them.
"""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import Clock, system_clock
from hubconsole.errors import HubError, StoreProblem, UsageProblem
from hubconsole.hub.port import Changes, HubInfo, JournalEntry, Receipt, Verification, Viewer
from hubconsole.hub.privilege import may_read
from hubconsole.hub.requests import Fence, Request
from hubconsole.ids import new_id
from hubconsole.store import reads
from hubconsole.store.opening import choose_hub, open_store
from hubconsole.store.rows import MOVED_TO, BoardRow, Count, Cursor, DraftRow, EnquiryView, MemberRow, Page, TrailRow

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.domain.policy import Policy
    from hubconsole.domain.query import Query
    from hubconsole.domain.terms import Function
    from hubconsole.hub.writing import Writer
    from hubconsole.store.engine import Connection, Store
    from hubconsole.store.rows import DueRow, OutgoingRow

VIEWER_MS = 45_000
"""How long somebody counts as looking after they were last heard of."""

MOST_CONSOLES = 20
"""Consoles of one member that count as looking at once; those heard of last."""

_JOURNAL_PAGE = 512

_TRAIL = "SELECT seq, at, actor, via, kind, body FROM event WHERE hub_id = ? AND stream = ? ORDER BY version"
_CHANGED = "SELECT DISTINCT stream, kind = 'enquiry.received' FROM event WHERE hub_id = ? AND seq > ? AND seq <= ?"
_SEQ = "SELECT last_seq FROM hub WHERE hub_id = ?"
_LOOK = (
    "INSERT INTO presence (hub_id, session, member, enquiry_id, doing, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hub_id, session) "
    "DO UPDATE SET member = excluded.member, enquiry_id = excluded.enquiry_id, doing = excluded.doing, at = excluded.at"
)
_LOOKED = (
    "DELETE FROM presence WHERE hub_id = ? AND member = ? AND (at < ? OR session NOT IN "
    "(SELECT p.session FROM presence p WHERE p.hub_id = ? AND p.member = ? ORDER BY p.at DESC, p.session LIMIT ?))"
)
_LEASE = (
    "INSERT INTO lease (hub_id, name, holder, token, until) VALUES (?, ?, ?, 1, ?) ON CONFLICT (hub_id, name) DO UPDATE SET "
    "token = lease.token + CASE WHEN lease.holder <> excluded.holder THEN 1 ELSE 0 END, holder = excluded.holder, until = excluded.until "
    "WHERE lease.holder = excluded.holder OR lease.until <= ? RETURNING lease.token"
)


class LocalHub:
    """The :class:`hubconsole.hub.port.Hub` over one store. Open it with :meth:`open` or :meth:`create`."""

    def __init__(self, store: Store, hub_id: str, clock: Clock) -> None:
        self.store = store
        self.hub_id = hub_id
        self.clock = clock
        self._writing = threading.Lock()
        self._writer: Writer | None = None

    @classmethod
    def open(cls, place: str | Path, *, clock: Clock = system_clock, readonly: bool = False) -> LocalHub:
        """Open the hub at a path, or at a URL of PostgreSQL (``?hub=`` with an id or name chooses among several).

        Raises StoreProblem (with what to do) or SchemaTooNew.
        """
        store, wanted = open_store(place, readonly=readonly)
        try:
            with store.reading() as conn:
                return cls(store, choose_hub(conn, store.place, wanted), clock)
        except HubError:
            store.close()
            raise

    @classmethod
    def create(
        cls, place: str | Path, *, name: str, policy: str, members: Sequence[tuple[str, tuple[Function, ...]]], clock: Clock = system_clock
    ) -> LocalHub:
        """Make a hub at ``place`` with its policy (TOML) and first members. Raises Conflict when one is already there."""
        from hubconsole.hub.founding import found

        return cls.open(found(place, name, policy, tuple(members), clock), clock=clock)

    @property
    def path(self) -> Path:
        """The file it is in. Raises UsageProblem ``no_file`` for a hub in a database."""
        path: Path | None = getattr(self.store, "path", None)
        if path is None:
            raise UsageProblem("no_file", f"The hub in {self.store.place} is no file.")
        return path

    def _conn(self) -> Connection:
        """This thread's connection."""
        return self.store.connection()

    def reading(self) -> AbstractContextManager[Connection]:
        """This thread's connection for reads inside a ``with``; what the store raises there comes out as the hub's own errors."""
        return self.store.reading()

    def _the_writer(self) -> Writer:
        if self._writer is None:
            from hubconsole.hub.writing import Writer

            self._writer = Writer(self.store, self.hub_id, self.clock)
        return self._writer

    def info(self) -> HubInfo:
        """Name, place and position of the hub."""
        with self.reading() as conn:
            row = reads.hub_row(conn, self.hub_id)
            shift = reads.shift(conn, self.hub_id)
            moved = bool(reads.settings(conn, self.hub_id, *MOVED_TO[:2]).get(MOVED_TO[2]))
        if row is None:
            raise StoreProblem("no_hub", f"The hub in {self.store.place} is gone.", "Restore a backup.")
        # Two words of the policy: a first screen need not wait for the rules about the rest.
        policy = tomllib.loads(row.policy)
        place = (self.hub_id, row.name, self.store.place, row.last_seq)
        return HubInfo(*place, policy.get("name", "unnamed"), policy.get("tiny_team", False), *shift, moved)

    def members(self) -> tuple[MemberRow, ...]:
        """All members, active ones first, by name."""
        with self.reading() as conn:
            return reads.members(conn, self.hub_id)

    def policy(self) -> Policy:
        """The policy in force."""
        from hubconsole.domain.policy import parse_policy

        with self.reading() as conn:
            row = reads.hub_row(conn, self.hub_id)
        assert row is not None
        if getattr(self, "_policy", ("", None))[0] != row.policy:
            self._policy = (row.policy, parse_policy(row.policy))
        return self._policy[1]

    def counts(self) -> tuple[Count, ...]:
        """The kept counts per state and function."""
        with self.reading() as conn:
            return reads.counts(conn, self.hub_id)

    def oldest_wait(self) -> int | None:
        """Since when the open enquiry that has waited longest has waited."""
        with self.reading() as conn:
            return reads.oldest_wait(conn, self.hub_id, self.clock())

    def page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> Page:
        """Rows that match, in queue order (see :class:`hubconsole.hub.port.Hub`)."""
        with self.reading() as conn:
            now = self.clock()
            return reads.page(conn, self.hub_id, query, now=now, after=after, before=before, last=last, limit=limit)

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        """Rows from an absolute position."""
        with self.reading() as conn:
            return reads.page_at(conn, self.hub_id, query, offset, limit, now=self.clock())

    def total(self, query: Query) -> int:
        """How many rows match."""
        with self.reading() as conn:
            return reads.total(conn, self.hub_id, query, now=self.clock())

    def position(self, query: Query, cursor: Cursor) -> int:
        """How many matching rows come before the cursor."""
        with self.reading() as conn:
            return reads.position(conn, self.hub_id, query, cursor, now=self.clock())

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        """The present rows of these enquiries."""
        with self.reading() as conn:
            return reads.rows(conn, self.hub_id, ids)

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        """One enquiry with everything under it, read in one snapshot."""
        from hubconsole.domain.describe import describe

        with self.reading() as conn, self.store.snapshot(conn):
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
                messages=reads.messages(conn, self.hub_id, row.id, privileged=may_read(functions)),
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
        with self.reading() as conn:
            return reads.search(conn, self.hub_id, text, limit)

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        """Named settings kept in the hub."""
        with self.reading() as conn:
            return reads.settings(conn, self.hub_id, kind, owner)

    def known(self, channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Of these external ids the ones already taken in, with their enquiry."""
        with self.reading() as conn:
            return reads.known(conn, self.hub_id, channel, external_ids)

    def execute(
        self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None,
        fence: Fence | None = None,
    ) -> Receipt:  # fmt: skip
        """Carry out one command; with a ``fence`` (a lease's name and token) only while that lease is still held."""
        request = self._named(Request(command, actor, via, command_id, seen, fence))
        with self._writing:
            return self.store.attempt(lambda: self._the_writer().execute(self._conn(), request))

    def execute_all(self, commands: Sequence[Command], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        """Carry out many commands in one transaction."""
        requests = [self._named(Request(command, actor, via)) for command in commands]
        with self._writing:
            return self.store.attempt(lambda: self._the_writer().execute_many(self._conn(), requests))

    def execute_many(self, requests: Sequence[Request]) -> list[Receipt | HubError]:
        """Carry out requests of many people in one transaction, with one commit: an answer or an error per request, in order.

        One that breaks for a reason nobody foresaw takes nobody else with it: all are then done anew, each for itself, and
        its own answer is a HubError ``defect`` with that reason as its cause.
        """
        requests = [self._named(request) for request in requests]
        with self._writing:
            try:
                return self.store.attempt(lambda: self._the_writer().execute_many(self._conn(), requests))
            except HubError as error:
                return [error] * len(requests)
            except Exception:  # noqa: BLE001  whatever it is, it belongs to one of them
                return [self._alone(request) for request in requests]

    def _named(self, request: Request) -> Request:
        """The request with an id, where the store may have to carry it out again without knowing whether it did."""
        return request if request.command_id or not self.store.repeats else request._replace(command_id=new_id())

    def _alone(self, request: Request) -> Receipt | HubError:
        try:
            return self.store.attempt(lambda: self._the_writer().execute(self._conn(), request))
        except HubError as error:
            return error
        except Exception as error:  # noqa: BLE001  it is told as what it is
            defect = HubError("defect", f"The command {request.command.kind} broke: {type(error).__name__}.", "Nothing was written.")
            defect.__cause__ = error
            return defect

    def changes(self, after: int) -> Changes:
        """What happened after ``seq``."""
        with self.reading() as conn:
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
        """Block until the journal is past ``after``."""
        return self.store.wait(self.hub_id, after, timeout)

    def journal(self, after: int = 0, stream: str | None = None) -> Iterator[JournalEntry]:
        """Events in order, private text put back."""
        from hubconsole.hub.auditing import entries

        # A page at a time, so that no read stays open in the caller's hands and stands in the way of their next write.
        while True:
            with self.reading() as conn:
                page = entries(conn, self.hub_id, after, stream, _JOURNAL_PAGE)
            yield from page
            if len(page) < _JOURNAL_PAGE:
                return
            after = page[-1].seq

    def verify(self, head: str | None = None, *, tables: bool = True) -> Verification:
        """Check the whole chain, the tables against it and, when given, a head kept elsewhere; nothing is written."""
        from hubconsole.hub.auditing import verify

        with self.reading():
            return verify(self.store, self.hub_id, head, tables=tables)

    def head(self) -> str:
        """The signed head, one line to keep elsewhere."""
        from hubconsole.hub.auditing import signed_head

        with self.reading() as conn:
            return signed_head(conn, self.hub_id, self.clock())

    def rebuild(self) -> int:
        """Drop every projection and make it again from the journal; how many events were folded."""
        from hubconsole.hub.rebuilding import rebuild

        def work() -> int:
            conn = self._conn()
            with self.store.write(conn, self.hub_id):
                return rebuild(conn, self.hub_id)

        with self._writing:
            return self.store.attempt(work)

    def viewers(self) -> tuple[Viewer, ...]:
        """Who has which enquiry open."""
        with self.reading() as conn:
            return tuple(Viewer(*row) for row in reads.viewers(conn, self.hub_id, self.clock() - VIEWER_MS))

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        """Tell the others what is open here. Not journalled, and lost without harm; of one member only so many consoles count."""
        now = self.clock()
        self._touch(
            (_LOOK, (self.hub_id, session, member, enquiry_id, doing, now)),
            (_LOOKED, (self.hub_id, member, now - VIEWER_MS, self.hub_id, member, MOST_CONSOLES)),
        )

    def due(self, now: int) -> tuple[DueRow, ...]:
        """Sends whose undo window is over, and those that somebody began to deliver, oldest first."""
        from hubconsole.hub import leaving

        with self.reading() as conn:
            return leaving.due(conn, self.hub_id, now)

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        """The reply of a send exactly as it is to leave; None when there is no such send."""
        from hubconsole.hub import leaving

        with self.reading() as conn, self.store.snapshot(conn):
            return leaving.outgoing(conn, self.hub_id, send_id, self.policy().version)

    def overtaken(self, send_id: str) -> str:
        """Why a reply whose delivery was cut off must not be delivered anew by itself; empty when nothing forbids it."""
        from hubconsole.hub import leaving

        with self.reading() as conn, self.store.snapshot(conn):
            return leaving.overtaken(conn, self.hub_id, send_id, self.clock())

    def expiring(self, now: int) -> tuple[str, ...]:
        """Enquiries with an approval or a quiet period that ran out by ``now``."""
        from hubconsole.hub import leaving

        with self.reading() as conn:
            return leaving.expiring(conn, self.hub_id, now, self.policy().quiet_ms)

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        """Take or renew a lease for ``ttl`` ms: its fencing token, which grows with every change of holder, or None."""
        now = self.clock()
        found = self._touch((_LEASE, (self.hub_id, name, holder, now + ttl, now)))
        return found[0][0] if found else None

    def _touch(self, *statements: tuple[str, tuple[str | int, ...]]) -> list[tuple[int]]:
        """Statements about what is not journalled, carried out as one, and the rows that they give back."""

        def work() -> list[tuple[int]]:
            conn = self._conn()
            with self.store.touch(conn):
                return [row for sql, values in statements for row in conn.execute(sql, values).fetchall()]

        with self._writing:
            return self.store.attempt(work)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()
