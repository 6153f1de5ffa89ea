"""Simulated colleagues: they take, answer, review and send at a human pace, so that the demonstration lives.

They use the same commands as everybody. They keep away from what a real person owns, holds or has open, and never
act as somebody who sits at a console, with one exception: a reply that a person submitted is decided by the other
functions, else it would wait forever.
"""

from __future__ import annotations

import random
import threading
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from hubconsole import resources
from hubconsole.channels.base import Channel
from hubconsole.clock import MINUTE, Clock
from hubconsole.demo.content import Content
from hubconsole.demo.seats import Seats
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Direction, Disposition, Function, ReviewState, SendState, Verdict, Visibility
from hubconsole.errors import HubError
from hubconsole.hub.port import Hub
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow, EnquiryView
from hubconsole.worker.ports import SYSTEM
from hubconsole.worker.ports import VIA as WORKER_DOOR

VIA = "demo"
"""The door recorded for what simulated colleagues do."""

MOST_NEW = 30
"""With so many new enquiries waiting, no further one arrives."""

AGAIN = 0.1
"""Share of the customers' messages that belong to an enquiry already on the board."""

FLAWED = 0.15
"""Share of first replies that a careful reviewer gives back."""

LEAVE = 0.75
"""Share of the decisions that a reviewer's colleague leaves to the real person."""

PILE = 18
"""With so many in review, the colleague helps without holding back."""

REST_MS = 10 * MINUTE
"""How long after its reply an enquiry is set to resolved when the customer stays silent."""

LEFT_NEW = 8
"""So many new enquiries are left for the person to take."""

AT_ONCE = 16
"""With so many in work, the colleagues finish something before they take more."""

READ_MS = 2 * MINUTE
"""How long a reply lies in review before a colleague decides it, so that a person can be quicker."""


class Script(NamedTuple):
    """What customers and colleagues have to say."""

    customers: tuple[tuple[str, str, str], ...]
    """(name, handle, channel)."""
    replies: tuple[str, ...]
    """Texts in which ``NAME`` stands for the customer's first name."""
    flawed: tuple[tuple[str, str], ...]
    """(text, the reason for which a reviewer returns it)."""
    again: tuple[str, ...]
    """What customers write who were not answered yet, or not to their satisfaction."""


def load_script() -> Script:
    """Read it from the installed fixtures. Raises UsageProblem when the file is missing."""
    raw = tomllib.loads(resources.read_text(resources.fixtures(), "bank", "colleagues.toml"))
    return Script(
        tuple((str(name), str(handle), str(channel)) for name, handle, channel in raw["customers"]),
        tuple(str(text) for text in raw["replies"]),
        tuple((str(text), str(reason)) for text, reason in raw["flawed"]),
        tuple(str(text) for text in raw["again"]),
    )


class Colleagues:
    """Everybody in the room but the people at the consoles. ``arrive`` and ``act`` do one thing each; a thread paces them."""

    def __init__(self, hub: Hub, content: Content, clock: Clock, *, seats: Seats, channels: Mapping[str, Channel], seed: int = 7) -> None:
        self.hub = hub
        self.seats = seats
        self.people: frozenset[str] = frozenset({seats.me})
        """Who sits at a console now."""
        self.content = content
        self.clock = clock
        self.via = "outbox" if "outbox" in channels else next(iter(channels))
        self.script = load_script()
        self.random = random.Random(seed)
        self.functions = dict(content.members)

    def holding(self, function: Function) -> list[str]:
        """The colleagues with a function."""
        return [name for name, functions in self.functions.items() if function in functions and name not in self.people]

    def _decides(self, function: Function | None) -> bool:
        """Whether somebody at a console holds the function."""
        return any(function in self.functions.get(name, ()) for name in self.people)

    def arrive(self) -> str:
        """A customer writes, seldom about something that is open; the key, or empty when enough enquiries wait already."""
        self.people = self.seats.taken(self.functions)
        if self.random.random() < AGAIN:
            return self._write_again()
        if self.hub.total(parse("state:new")) >= MOST_NEW:
            return ""
        name, handle, channel = self.random.choice(self.script.customers)
        private = channel in ("email", "chat", "dm", "web")
        receipt = self.hub.execute(
            c.Receive(
                enquiry_id=new_id(self.clock()),
                channel=channel,
                text=self.random.choice(self.content.spare),
                customer=name,
                handle=handle,
                account=self.content.account(channel),
                visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                priority=self.random.choice((2, 3, 3, 3, 4)),
            ),
            actor=SYSTEM,
            via=WORKER_DOOR,
        )
        return receipt.key

    def _write_again(self) -> str:
        """A customer with an enquiry in review, or answered a while ago, writes once more."""
        rows = self._free("state:review|sent|waiting")
        if not rows:
            return ""
        row = self.random.choice(rows)
        text = self.random.choice(self.script.again)
        message = c.RecordMessage(enquiry_id=row.id, direction=Direction.IN, text=text, author=row.customer)
        return self.hub.execute(message, actor=SYSTEM, via=WORKER_DOOR).key

    def act(self) -> str:
        """One colleague does one thing; what, in a few words, or empty when there was nothing to do."""
        self.people = self.seats.taken(self.functions)
        moves: list[Callable[[], str]] = [self._send, self._review, self._review, self._submit, self._draft, self._take, self._resume]
        moves.append(self._settle)
        self.random.shuffle(moves)
        for move in moves:
            try:
                done = move()
            except HubError:
                continue  # the person, or another console, was quicker
            if done:
                return done
        return ""

    def mine(self, row: BoardRow) -> bool:
        """Whether a real person owns it, holds it, or has it open; colleagues leave such an enquiry alone."""
        return self._held(row) or row.owner in self.people

    def _held(self, row: BoardRow) -> bool:
        held = row.on_it in self.people and row.on_it_until > self.clock()
        return held or any(viewer.enquiry_id == row.id for viewer in self.hub.viewers())

    def _free(self, query: str) -> list[BoardRow]:
        """Rows of a query that are nobody's right now, and not a person's."""
        now = self.clock()
        rows = self.hub.page(parse(query), limit=60).rows
        return [row for row in rows if not self.mine(row) and (row.on_it_until <= now or row.on_it == row.owner)]

    def _do(self, command: c.EnquiryCommand, who: str, row: BoardRow) -> None:
        self.hub.execute(command, actor=who, via=VIA, seen=row.version)

    def _take(self) -> str:
        rows = self._free("state:new")
        service = self.holding(Function.SERVICE)
        if len(rows) <= LEFT_NEW or not service or self.hub.total(parse("state:working")) >= AT_ONCE:
            return ""
        row, who = self.random.choice(rows[:8]), self.random.choice(service)
        self._do(c.Triage(enquiry_id=row.id, disposition=Disposition.ENGAGE), who, row)
        self.hub.execute(c.Claim(enquiry_id=row.id), actor=who, via=VIA)
        return f"{who} took {row.key}"

    def _owned(self, query: str) -> list[BoardRow]:
        """Enquiries that a colleague who writes replies owns, in the order of a lottery."""
        rows = [row for row in self._free(query) if row.owner in self.functions and self.functions[row.owner] != (Function.LEGAL,)]
        self.random.shuffle(rows)
        return rows

    def _draft(self) -> str:
        """A first reply, or another one after the first was returned."""
        for row in self._owned("state:working"):
            if row.draft and not self._done_with(row):
                continue
            flawed = not row.draft and self.random.random() < FLAWED
            text = self.random.choice(self.script.flawed)[0] if flawed else self.random.choice(self.script.replies)
            text = text.replace("NAME", row.customer.split(" ")[0])
            self._do(c.SaveDraft(enquiry_id=row.id, text=text, base=row.draft), row.owner, row)
            return f"{row.owner} drafted {row.key}"
        return ""

    def _submit(self) -> str:
        for row in self._owned("state:working"):
            if row.draft and row.last_author == row.owner and not self._done_with(row):
                self._do(c.Submit(enquiry_id=row.id, version=row.draft), row.owner, row)
                return f"{row.owner} submitted {row.key}"
        return ""

    def _done_with(self, row: BoardRow) -> bool:
        """Whether the newest version was returned or has gone out, so that another one is needed."""
        view = self.hub.enquiry(row.id)
        returned = any(review.version == row.draft and review.verdict in (Verdict.RETURN, Verdict.REJECT) for review in view.reviews)
        return returned or any(send.version == row.draft for send in view.sends)

    def _review(self) -> str:
        rows = [row for row in self.hub.page(parse("state:review"), limit=60).rows if (row.waiting_since or 0) + READ_MS <= self.clock()]
        if not rows:
            return ""
        row = self.random.choice(rows)
        view = self.hub.enquiry(row.id)
        for review in view.reviews:
            function = self.hub.policy().decides(review.gate)
            pending = review.state in (ReviewState.REQUESTED, ReviewState.OPENED) and not review.after
            deciders = self.holding(function) if function else []
            if not pending or not deciders or self._hands_off(row, function) or review.opened_by in self.people:
                continue
            if self._decides(function) and len(rows) < PILE and self.random.random() < LEAVE:
                return ""
            who = deciders[-1]
            self._do(c.OpenReview(enquiry_id=row.id, gate=review.gate, digest=review.digest), who, row)
            decision = self._decision(view, review.gate, review.digest)
            self.hub.execute(decision, actor=who, via=VIA)
            return f"{who} decided {review.gate} on {row.key}: {decision.verdict}"
        return ""

    def _hands_off(self, row: BoardRow, function: Function | None) -> bool:
        """A person's own submitted reply is decided, unless a person decides that gate and may have it open."""
        return self._held(row) and (self._decides(function) or row.last_author not in self.people)

    def _decision(self, view: EnquiryView, gate: str, digest: str) -> c.Decide:
        """A careful reviewer: what is flagged goes back, the rest is approved."""
        flags = view.row.flags.split()
        flawed = next((reason for text, reason in self.script.flawed if text[9:] in view.drafts[-1].text), "")
        blocked = any(flag.endswith(":block") for flag in flags)
        if flawed or blocked:
            reason = flawed or "personal_data"
            return c.Decide(enquiry_id=view.row.id, gate=gate, verdict=Verdict.RETURN, digest=digest, reason=reason)
        return c.Decide(enquiry_id=view.row.id, gate=gate, verdict=Verdict.APPROVE, digest=digest)

    def _send(self) -> str:
        for row in self._owned("state:ready"):
            if not any(send.version == row.draft and send.state != SendState.CANCELLED for send in self.hub.enquiry(row.id).sends):
                self._do(c.Send(enquiry_id=row.id, via=self.via), row.owner, row)
                return f"{row.owner} sent {row.key}"
        return ""

    def _resume(self) -> str:
        """Having read what the customer added, the owner says that the reply is still right."""
        for row in self._owned("state:review"):
            if "suspended" in row.gates:
                newest = [message.id for message in self.hub.enquiry(row.id).messages if message.direction == Direction.IN][-1]
                self._do(c.Resume(enquiry_id=row.id, seen_message=newest), row.owner, row)
                return f"{row.owner} resumed {row.key}"
        return ""

    def _settle(self) -> str:
        for row in self._owned("state:sent"):
            if row.updated_at + REST_MS <= self.clock():
                self._do(c.Resolve(enquiry_id=row.id), row.owner, row)
                return f"{row.owner} resolved {row.key}"
        return ""


class Pace:
    """Runs colleagues in a thread: a customer every 20 to 60 s, a colleague's act every 6 to 15 s.

    ``room`` makes them; it is called in the thread, so that a first screen need not wait for their script. Of several
    consoles only one runs them. A ``still`` one never does, and only keeps the person's seat.
    """

    def __init__(
        self,
        room: Callable[[], Colleagues],
        *,
        still: bool = False,
        arrivals: tuple[float, float] = (20, 60),
        acts: tuple[float, float] = (6, 15),
    ) -> None:
        self.room = room
        self.still = still
        self.arrivals = arrivals
        self.acts = acts
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a second call while it runs does nothing."""
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._loop, name="hubconsole-colleagues", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """End after the act at hand; False when that took longer than ``timeout`` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _loop(self) -> None:
        """Acts and arrivals, each when its time has come."""
        colleagues = self.room()
        draw = colleagues.random.uniform
        arrival, act = draw(*self.arrivals), draw(*self.acts)
        wait = 0.0
        while not self._stop.wait(wait):
            arrival, act = arrival - wait, act - wait
            try:
                colleagues.seats.sit()
                if not self.still and colleagues.seats.leads():
                    if arrival <= 0:
                        colleagues.arrive()
                    if act <= 0:
                        colleagues.act()
            except HubError:
                pass  # the hub is away for a moment; colleagues wait like everybody
            arrival = draw(*self.arrivals) if arrival <= 0 else arrival
            act = draw(*self.acts) if act <= 0 else act
            wait = min(arrival, act)
        with suppress(HubError):
            colleagues.seats.leave()
