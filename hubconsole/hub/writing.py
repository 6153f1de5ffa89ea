"""How a command becomes fact: one write transaction with the decision, its events and every projection.

The state is folded from the journal and kept in memory with its version; a version read under the write lock
says whether what is kept is still true. Nothing in here imports an ORM.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from typing import Any, NamedTuple

from hubconsole.clock import EARLIEST, LATEST, Clock
from hubconsole.domain import commands as c
from hubconsole.domain import looking
from hubconsole.domain.channel_names import channel_name
from hubconsole.domain.digest import canonical
from hubconsole.domain.enquiry import SYSTEM, Actor, Enquiry
from hubconsole.domain.events import EnquiryTriaged, Event
from hubconsole.domain.hub import HubState, decide_hub, fold_hub
from hubconsole.domain.meanwhile import MOST, Happened, what_decided
from hubconsole.domain.policy import Policy
from hubconsole.domain.standing import let_in
from hubconsole.domain.terms import Disposition, State
from hubconsole.domain.workflow import decide, evolve
from hubconsole.errors import Conflict, HubError, Refused, UsageProblem
from hubconsole.hub.port import Receipt
from hubconsole.hub.requests import Fence, Request
from hubconsole.ids import is_id, key_of, new_id
from hubconsole.store.engine import Connection, Store
from hubconsole.store.journal import HUB_STREAM, Stamp, advance, append, event_of, read_stream
from hubconsole.store.projections import project_children, project_enquiry, project_hub, stored_row
from hubconsole.store.projections.enquiry import COLUMNS, Row

WORKER = "worker"
"""The door by which alone the hub's own clock and worker come in."""

_KEPT = 4096
_LARGEST = 2**62
_HUB = "SELECT last_seq, last_number, head, policy_version FROM hub WHERE hub_id = ?"
_BOTH = (
    f"SELECT h.last_seq, h.last_number, h.head, h.policy_version, {', '.join(f'e.{name}' for name in COLUMNS)} FROM hub h "
    "LEFT JOIN enquiry e ON e.hub_id = h.hub_id AND e.id = ? WHERE h.hub_id = ?"
)
_AT_VERSION = COLUMNS.index("version")
_ANSWERED = "SELECT stream, version, kind, seq, actor, fingerprint FROM event WHERE hub_id = ? AND command_id = ? ORDER BY n"
_VERSION = "SELECT version, state, number FROM enquiry WHERE hub_id = ? AND id = ?"
_SINCE = (
    "SELECT actor, kind, at, body, command_id FROM event WHERE hub_id = ? AND stream = ? AND version > ? AND actor <> ? "
    f"AND kind <> 'review.opened' ORDER BY version DESC LIMIT {MOST}"
)
_TAKEN_IN = (
    "SELECT e.number FROM intake i JOIN enquiry e ON e.hub_id = i.hub_id AND e.id = i.enquiry_id "
    "WHERE i.hub_id = ? AND i.channel = ? AND i.external_id = ?"
)
_LEASED = "SELECT holder, token FROM lease WHERE hub_id = ? AND name = ?"
_TO_RENEW = "SELECT id FROM enquiry WHERE hub_id = ? AND state IN ('in_review', 'ready')"


class _End(NamedTuple):
    """The end of the journal: as read under the write lock, then as this transaction moves it."""

    last_seq: int
    last_number: int
    head: str
    hub_version: int
    """Events of the hub's own stream."""


class Writer:
    """Carries out commands on one store. Not thread-safe: the hub around it holds a lock."""

    def __init__(self, store: Store, hub_id: str, clock: Clock) -> None:
        self.store = store
        self.hub_id = hub_id
        self.clock = clock
        self._hub = HubState()
        self._kept: OrderedDict[str, Enquiry] = OrderedDict()
        self._moved: set[str] = set()
        self._end: _End | None = None
        self._began = 0
        self._rows: dict[str, Row] = {}
        """Board rows written in this transaction."""

    def execute(self, conn: Connection, request: Request) -> Receipt:
        """One command in its own transaction."""
        with self._writing(conn):
            return self._one(conn, request)

    def execute_many(self, conn: Connection, requests: Iterable[Request]) -> list[Receipt | HubError]:
        """Many commands in one transaction; each is carried out whole or not at all."""
        answers: list[Receipt | HubError] = []
        with self._writing(conn):
            for request in requests:
                try:
                    if isinstance(request.command, c.HubCommand):
                        answers.append(self._apart(conn, request))
                    else:
                        # Everything that can be refused about an enquiry is refused before anything is written.
                        answers.append(self._one(conn, request))
                except HubError as error:
                    answers.append(error)
        return answers

    def _apart(self, conn: Connection, request: Request) -> Receipt:
        """A command that moves more than one stream, in a savepoint of its own."""
        before = self._end
        conn.execute("SAVEPOINT one")
        try:
            return self._one(conn, request)
        except HubError:
            conn.execute("ROLLBACK TO one")
            self._forget()
            self._end = before
            raise
        finally:
            conn.execute("RELEASE one")

    @contextmanager
    def _writing(self, conn: Connection) -> Iterator[None]:
        """One write transaction. What was kept of states that never became fact is forgotten when it fails."""
        self._moved.clear()
        self._rows.clear()
        self._end = None
        try:
            with self.store.write(conn, self.hub_id):
                yield
                self._advance(conn)
        except BaseException:
            self._forget()
            raise

    def _advance(self, conn: Connection) -> None:
        """The hub's counter moves last, once in a transaction."""
        if self._end is not None and self._end.last_seq != self._began:
            last_seq, last_number, head, _ = self._end
            advance(conn, self.hub_id, self._began, last_seq, last_number, head)

    def _forget(self) -> None:
        self._rows.clear()
        if self._moved:
            self._hub = HubState()
        for enquiry_id in self._moved:
            self._kept.pop(enquiry_id, None)

    def policy(self, conn: Connection) -> Policy:
        """The policy in force."""
        hub = self.hub(conn, conn.execute(_HUB, (self.hub_id,)).fetchone()[3])
        assert hub.policy is not None
        return hub.policy

    def hub(self, conn: Connection, version: int) -> HubState:
        """The hub's state at ``version`` events of its own stream."""
        state = self._hub if self._hub.version <= version else HubState()
        if state.version < version:
            rows = read_stream(conn, self.hub_id, HUB_STREAM, state.version)
            state = fold_hub(state, (event_of(conn, self.hub_id, row) for row in rows))
        self._hub = state
        return state

    def enquiry(self, conn: Connection, enquiry_id: str, version: int) -> Enquiry:
        """The enquiry at ``version`` events."""
        state = self._kept.get(enquiry_id) or Enquiry(enquiry_id)
        if state.version > version:
            state = Enquiry(enquiry_id)
        if state.version < version:
            for row in read_stream(conn, self.hub_id, enquiry_id, state.version):
                state = evolve(state, event_of(conn, self.hub_id, row), by=row.actor, at=row.at)
        return state

    def _look(self, conn: Connection, command: c.Command) -> tuple[_End, Row | None]:
        """The end of the journal, read once in a transaction, and the stored row of the command's enquiry."""
        enquiry_id = command.enquiry_id if isinstance(command, c.EnquiryCommand) else ""
        if self._end is None:
            both = conn.execute(_BOTH, (enquiry_id, self.hub_id)).fetchone()
            self._end = _End(*both[:4])
            self._began = self._end.last_seq
            return self._end, both[4:] if both[4 + _AT_VERSION] is not None else None
        if not enquiry_id:
            return self._end, None
        return self._end, self._rows.get(enquiry_id) or stored_row(conn, self.hub_id, enquiry_id)

    def _one(self, conn: Connection, request: Request) -> Receipt:
        command, actor, via, command_id, seen, fence = request
        command, print_ = _taken(command)
        if not command_id:
            command_id = new_id()
        elif not is_id(command_id):
            raise UsageProblem("bad_command_id", "A command id is a UUIDv7.", "Leave it out, or make one.")
        elif answered := conn.execute(_ANSWERED, (self.hub_id, command_id)).fetchall():
            return self._repeat(conn, answered, command_id, actor, print_)
        if fence is not None:
            self._fenced(conn, fence)
        end, row = self._look(conn, command)
        hub = self.hub(conn, end.hub_version)
        who = _actor(hub, actor, via)
        let_in(hub.standing, command)
        stamp = Stamp(self.hub_id, self.clock(), actor, via, command_id, print_)
        if isinstance(command, c.HubCommand):
            return self._on_hub(conn, command, hub, who, stamp, end)
        if not isinstance(command, c.EnquiryCommand):
            raise UsageProblem("unknown_command", f"Nothing answers the command {command.kind!r}.")
        return self._on_enquiry(conn, command, hub, who, stamp, end, row, seen)

    def _on_hub(self, conn: Connection, command: c.HubCommand, hub: HubState, who: Actor, stamp: Stamp, end: _End) -> Receipt:
        events = decide_hub(hub, command, who, stamp.at)
        if not events:
            return Receipt(stamp.command_id, "", "", (), end.last_seq, "", hub.version, False)
        written, head = append(conn, HUB_STREAM, hub.version, events, stamp, end.last_seq, end.head)
        self._end = _End(written[-1].seq, end.last_number, head, hub.version + len(events))
        conn.execute("UPDATE hub SET policy_version = policy_version + ? WHERE hub_id = ?", (len(events), self.hub_id))
        for _, event in written:
            project_hub(conn, self.hub_id, event)
        self._moved.add(HUB_STREAM)
        if isinstance(command, c.AdoptPolicy):
            self._renew(conn)
        kinds = tuple(event.kind for event in events)
        return Receipt(stamp.command_id, "", "", kinds, written[-1].seq, "", hub.version + len(events), False)

    def _on_enquiry(
        self, conn: Connection, command: c.EnquiryCommand, hub: HubState, who: Actor, stamp: Stamp, end: _End, row: Row | None,
        seen: int | None,
    ) -> Receipt:  # fmt: skip
        policy = hub.policy
        assert policy is not None
        before = self.enquiry(conn, command.enquiry_id, int(row[_AT_VERSION] or 0) if row else 0)
        if seen is not None and row and seen != before.version:
            self._look_again(conn, before, seen, stamp.actor, command.kind)
        self._once(conn, command, before)
        if isinstance(command, c.Triage) and command.duplicate_of:
            self._original(conn, command, before)
        if isinstance(command, c.Receive) and not row:
            if not is_id(command.enquiry_id):
                raise UsageProblem("bad_enquiry_id", "An enquiry id is a UUIDv7.", "Make one for each new enquiry.")
            before = before.but(number=end.last_number + 1)
        owner_function = ""
        if isinstance(command, c.Assign) and command.owner:
            owner_function = hub.first_function(command.owner)
            if not owner_function:
                members = ", ".join(name for name, _ in hub.members)
                raise UsageProblem("unknown_member", f"There is no member {command.owner!r}.", f"Members: {members}.")
        measure = partial(looking.measure, policy)
        events = decide(
            before, command, who, policy, stamp.at, check=looking.check, measure=measure, owner_function=owner_function
        )  # fmt: skip
        if not events:
            return Receipt(stamp.command_id, before.id, key_of(before.number), (), end.last_seq, before.state.value, before.version, False)
        return self._write(conn, before, row, events, policy, stamp, end)

    def _write(
        self, conn: Connection, before: Enquiry, row: Row | None, events: tuple[Event, ...], policy: Policy, stamp: Stamp, end: _End
    ) -> Receipt:
        after = before
        for event in events:
            after = evolve(after, event, by=stamp.actor, at=stamp.at)
        written, head = append(conn, after.id, before.version, events, stamp, end.last_seq, end.head)
        self._end = _End(written[-1].seq, end.last_number if before.exists else after.number, head, end.hub_version)
        project_children(conn, self.hub_id, after, written, policy.version, stamp.at, stamp.actor)
        self._rows[after.id] = project_enquiry(conn, self.hub_id, row, after, policy, stamp.at)
        self._moved.add(after.id)
        self._kept[after.id] = after
        self._kept.move_to_end(after.id)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        kinds = tuple(event.kind for event in events)
        return Receipt(stamp.command_id, after.id, key_of(after.number), kinds, written[-1].seq, after.state.value, after.version, False)

    def _look_again(self, conn: Connection, state: Enquiry, seen: int, actor: str, kind: str) -> None:
        """Raise Conflict when others moved the enquiry since the version ``seen``; it names who settled what the command is about."""
        others = [Happened._make(row) for row in conn.execute(_SINCE, (self.hub_id, state.id, seen, actor)).fetchall()]
        if others:
            settled, words = what_decided(kind, others)
            raise Conflict(
                "changed",
                f"{key_of(state.number)} has changed since you looked: {words}.",
                "Look at it as it is now; then do it again.",
                winner=settled.by,
                at=settled.at,
                version=state.version,
            )

    def _once(self, conn: Connection, command: c.EnquiryCommand, state: Enquiry) -> None:
        """One external message is taken in once."""
        if isinstance(command, c.Receive | c.RecordMessage) and command.external_id:
            channel = channel_name(command.channel) if isinstance(command, c.Receive) else state.channel
            taken = conn.execute(_TAKEN_IN, (self.hub_id, channel, command.external_id)).fetchone()
            if taken:
                raise Conflict("taken_in", f"That message is already in {key_of(taken[0])}.", "Nothing needs to be done.")

    def _original(self, conn: Connection, command: c.Triage, state: Enquiry) -> None:
        """What is repeated is an enquiry of this hub, and not itself put away as a repetition of this one."""
        other = conn.execute(_VERSION, (self.hub_id, command.duplicate_of)).fetchone()
        if other is None:
            raise UsageProblem("unknown_enquiry", f"There is no enquiry {command.duplicate_of[:80]!r} to repeat.", "Give its key.")
        original = self.enquiry(conn, command.duplicate_of, other[0])
        if original.state is not State.CLOSED or original.disposition is not Disposition.DUPLICATE:
            return
        triaged = [row for row in read_stream(conn, self.hub_id, command.duplicate_of, 0) if row.kind.startswith("enquiry.triaged")]
        newest = event_of(conn, self.hub_id, triaged[-1]) if triaged else None
        if isinstance(newest, EnquiryTriaged) and newest.duplicate_of == state.id:
            here, there = key_of(state.number), key_of(original.number)
            raise Refused(
                "circular_duplicate",
                f"{there} is closed as a duplicate of {here}; each would point at the other.",
                f"Answer {here}, or reopen {there} first.",
            )

    def _repeat(self, conn: Connection, rows: list[Any], command_id: str, actor: str, print_: str) -> Receipt:
        stream, version, _, seq, first_actor, first_print = rows[-1]
        if (actor, print_) != (first_actor, first_print):
            raise Conflict("command_id_reused", "That command id has been used for another request.", "Make a new one.", winner=first_actor)
        kinds = tuple(row[2] for row in rows)
        if stream == HUB_STREAM:
            return Receipt(command_id, "", "", kinds, seq, "", version, True)
        now = conn.execute(_VERSION, (self.hub_id, stream)).fetchone()
        return Receipt(command_id, stream, key_of(now[2]), kinds, seq, now[1], version, True)

    def _renew(self, conn: Connection) -> None:
        """A new policy: whatever was asked or approved under the old one is asked again, now."""
        for (enquiry_id,) in conn.execute(_TO_RENEW, (self.hub_id,)).fetchall():
            self._one(conn, Request(c.Expire(enquiry_id=enquiry_id), SYSTEM.name, WORKER))

    def _fenced(self, conn: Connection, fence: Fence) -> None:
        """Raise Conflict ``fenced`` when somebody else has taken the lease since; nobody can until this transaction is over."""
        name, token = fence
        row = conn.execute(f"{_LEASED}{self.store.dialect.keeps}", (self.hub_id, name)).fetchone()
        if row is None or row[1] != token:
            why = f"The lease {name!r} has been taken by {row[0]}." if row else f"Nobody holds the lease {name!r}."
            raise Conflict("fenced", why, "Take the lease anew before going on.", winner=row[0] if row else "")


def _actor(hub: HubState, name: str, via: str) -> Actor:
    if name == SYSTEM.name and via == WORKER:
        return SYSTEM
    member = hub.member(name)
    if member is None:
        known = ", ".join(sorted(member for member, _ in hub.members))
        raise Refused("unknown_member", f"{name or 'nobody'} is no member of this hub.", f"Act as one of: {known}.")
    return member


def fingerprint(command: c.Command) -> str:
    """A digest of a command, by which a reused command id is found out."""
    return _print(command, {name: getattr(command, name) for name in _names(type(command))})


def _print(command: c.Command, values: dict[str, Any]) -> str:
    return hashlib.sha256(canonical([command.kind, values]).encode("ascii")).hexdigest()[:32]


def _taken(command: c.Command) -> tuple[c.Command, str]:
    """The command as the store can hold it, with its fingerprint.

    Text that no UTF-8 store can hold (lone surrogates) becomes U+FFFD; everything else stays byte for byte.
    Raises UsageProblem for a number that no store can hold, and a time that no calendar can show.
    """
    values = {name: getattr(command, name) for name in _names(type(command))}
    broken: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            if not value.isascii() and not _encodes(value):
                broken[name] = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        elif isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
            what = name.replace("_", " ")
            raise UsageProblem("bad_number", f"The {what} is larger than any number the hub keeps.", "Give a smaller one.")
        elif name in _TIMES and value is not None and not EARLIEST <= value <= LATEST:
            raise UsageProblem("bad_time", "The time is not in the years 1900 to 2999.", "Give it in milliseconds since 1970, UTC.")
    if broken:
        command, values = replace(command, **broken), values | broken
    return command, _print(command, values)


_TIMES = ("posted_at", "until")
"""Fields of commands that are moments."""

_NAMES: dict[type[c.Command], tuple[str, ...]] = {}


def _names(cls: type[c.Command]) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(field.name for field in fields(cls))
    return _NAMES[cls]


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
