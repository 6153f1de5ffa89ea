"""What a console has heard of its hub, shared between the thread that listens and those that ask and wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Literal, NamedTuple

from hubconsole.clock import Clock
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub.port import Changes, Connection, HubInfo, Viewer
from hubconsole.store.rows import MemberRow

LineState = Literal["connecting", "live", "offline"]
"""As :attr:`hubconsole.hub.port.Connection.state` has it."""

MOST_CHANGES = 20_000
"""Changes that are remembered for whoever asks for what moved since."""

PROMPT = 500
"""Milliseconds: an answer that comes within them tells the hub's clock."""

LATELY = 5_000
"""Milliseconds for which a sign of life is compared with later ones."""


class _Change(NamedTuple):
    """Something moved, at a place in the journal as this console counts it."""

    seq: int
    ids: frozenset[str]
    new_ids: frozenset[str]
    hub: bool


class Heard:
    """The place in the journal, the changes up to it, and the state of the line.

    A hub that was put back from a backup counts anew from an earlier place. Whoever waits for changes must not notice, so places are
    then told with a lift added (:attr:`lift`).
    """

    def __init__(self, clock: Clock, seq: int, as_of: int, info: HubInfo | None, members: tuple[MemberRow, ...]) -> None:
        self._clock = clock
        self._news = threading.Condition()
        self._changes: deque[_Change] = deque(maxlen=MOST_CHANGES)
        self._floor = seq
        self.seq = seq
        """The newest place heard of, as the hub counts."""
        self.lift = 0
        """What is added to the hub's places so that they never go back."""
        self.info = info
        self.members = members
        self.viewers: tuple[Viewer, ...] | None = None
        """Who has what open; None until the hub said so."""
        self._state: LineState = "connecting"
        self._since = clock()
        self._as_of = as_of
        self._skew = 0
        self._beats: deque[tuple[int, int]] = deque()
        self._problem: HubError | None = None

    # --- for the thread that listens --------------------------------------------------------------

    def moved(self, seq: int, ids: frozenset[str], new_ids: frozenset[str], hub: bool) -> None:
        """Changes up to ``seq``."""
        with self._news:
            self._keep(_Change(seq + self.lift, ids, new_ids, hub))
            self.seq = max(self.seq, seq)
            self._as_of = self._clock()
            self._news.notify_all()

    def jumped(self, seq: int, ids: frozenset[str], new_ids: frozenset[str]) -> None:
        """A snapshot of the hub at ``seq``, which may be earlier than what was known; ``ids`` differ from what was shown before."""
        with self._news:
            told = self.seq + self.lift
            moved = bool(ids) or seq != self.seq
            if moved:
                self.lift = max(self.lift, told + 1 - seq) if seq < self.seq else self.lift
                self._keep(_Change(max(seq + self.lift, told + 1), ids, new_ids, True))
                # Something that moved must be at a place of its own, or nobody would be woken for it.
                self.lift = max(self.lift, self._changes[-1].seq - seq)
            self.seq = seq
            self._as_of = self._clock()
            self._news.notify_all()

    def _keep(self, change: _Change) -> None:
        if len(self._changes) == MOST_CHANGES:
            self._floor = self._changes[0].seq
        self._changes.append(change)

    def alive(self) -> None:
        """The line is up, and nothing else is known than before."""
        with self._news:
            self._as_of = self._clock()
            if self._state != "live":
                self._state, self._since, self._problem = "live", self._as_of, None
                self._news.notify_all()

    def lost(self, problem: HubError) -> None:
        """The line is lost."""
        with self._news:
            self._problem = problem
            self.viewers = None
            if self._state != "offline":
                self._state, self._since = "offline", self._clock()
                self._news.notify_all()

    def answered(self, theirs: int, begun: int, ended: int) -> None:
        """The hub's clock said ``theirs`` at some time between ``begun`` and ``ended`` of this machine's (ms).

        Of an answer that took its time only the bounds are believed.
        """
        if ended - begun <= PROMPT:
            self._skew = theirs - (begun + ended) // 2
        else:
            self._skew = max(theirs - ended, min(self._skew, theirs - begun))
        self._beats.clear()

    def beat(self, theirs: int, ours: int) -> None:
        """A sign of life with the hub's time reached here at ``ours`` (ms); it may have been held up, so the promptest of late counts."""
        while self._beats and not 0 <= ours - self._beats[0][0] <= LATELY:
            self._beats.popleft()
        self._beats.append((ours, theirs - ours))
        self._skew = max(ahead for _, ahead in self._beats)

    # --- for whoever asks -------------------------------------------------------------------------

    @property
    def state(self) -> LineState:
        """How the line stands."""
        return self._state

    @property
    def now(self) -> int:
        """The time by the hub's clock (ms)."""
        return self._clock() + self._skew

    @property
    def place(self) -> int:
        """The newest place, as it is told."""
        return self.seq + self.lift

    def connection(self) -> Connection:
        """How the console stands with its hub."""
        with self._news:
            error = str(self._problem) if self._problem is not None and self._state == "offline" else ""
            return Connection(self._state, self._since, self._as_of, self._skew, error)

    def offline(self, what: str) -> Unreachable:
        """The error for what needs the hub while the line is lost; ``what`` is a sentence."""
        problem = self._problem
        why = problem.message if problem is not None else "There is no connection to the hub."
        return Unreachable("offline", f"{why} {what}", (problem.hint if problem is not None else "") or "The console keeps trying.")

    def changes(self, after: int) -> Changes | None:
        """What moved after a place; None when that is too long ago to be known here."""
        with self._news:
            if after < self._floor:
                return None
            newer = [one for one in self._changes if one.seq > after]
            ids = frozenset().union(*(one.ids for one in newer))
            new_ids = frozenset().union(*(one.new_ids for one in newer))
            return Changes(max(after, self.place), ids, new_ids, any(one.hub for one in newer))

    def wait(self, after: int, timeout: float) -> bool:
        """Block until something moved after ``after``, or for ``timeout`` seconds. Raises Unreachable ``offline``."""
        end = time.monotonic() + timeout
        with self._news:
            while True:
                if self.place > after:
                    return True
                if self._state == "offline":
                    raise self.offline("What stands here is what was last known.")
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(left)

    def reach(self, seq: int, timeout: float) -> bool:
        """Block until the hub's place ``seq`` has been heard of, at most ``timeout`` seconds and only while the line is up."""
        end = time.monotonic() + timeout
        with self._news:
            while self.seq < seq and self._state == "live" and (left := end - time.monotonic()) > 0:
                self._news.wait(left)
            return self.seq >= seq

    def until_live(self, timeout: float) -> bool:
        """Block until the line is up or known to be lost, at most ``timeout`` seconds; whether it is up."""
        end = time.monotonic() + timeout
        with self._news:
            while self._state == "connecting" and (left := end - time.monotonic()) > 0:
                self._news.wait(left)
            return self._state == "live"
