"""The hub of a console far away: what it shows comes from its own copy of the board, what it does goes to the hub.

The copy stands from the last time, so that the first frame waits for nothing; the first :meth:`LiveHub.wait` starts the line. While the
line is lost everything that was seen stays readable, and nothing can be done: nothing is approved without the hub.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hubconsole.clock import Clock, system_clock
from hubconsole.errors import HubError, Refused, Unreachable
from hubconsole.hub.port import ONLY, Changes, Connection, HubInfo, JournalEntry, Receipt, Verification, Viewer
from hubconsole.hub.remote.board import BoardPart
from hubconsole.hub.remote.feed import Feed
from hubconsole.hub.remote.heard import Heard
from hubconsole.hub.remote.mirror import HUB, Mirror
from hubconsole.hub.remote.stock import Stock
from hubconsole.store import reads
from hubconsole.store.rows import Count, EnquiryView, MemberRow

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command
    from hubconsole.domain.policy import Policy
    from hubconsole.hub.remote.client import RemoteHub, Tokens

SETTLE = 0.1
"""Seconds that an act waits for its own change to come back, so that the counts are right when it returns."""

_DONE = "What is done needs the hub; nothing was done."


class LiveHub(BoardPart):
    """The :class:`hubconsole.hub.port.Hub` for a console with screens. Usable from any thread."""

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        *,
        member: str,
        mirror: Path,
        ca: str = "",
        clock: Clock = system_clock,
        remote: Callable[[], RemoteHub] | None = None,
        scope: str = "",
    ) -> None:
        """Open the copy in the file ``mirror``; only where there is none yet is the hub asked now. Raises Unreachable then.

        ``scope`` is the token's, as far as it is known.
        """
        self.url = url
        self.member = member
        self.only: Literal["", "read", "wall"] = "wall" if scope == "wall" else "read" if scope == "read" else ""
        """See :class:`hubconsole.hub.port.Connected`."""
        self._tokens = tokens
        self._ca = ca
        self._clock = clock
        self._guard = threading.Lock()
        self._made: RemoteHub | None = None
        self._make = remote
        self._feed: Feed | None = None
        self._closed = False
        self._policy: tuple[str, Policy] | None = None
        self._policy_seen: HubInfo | None = None
        self._stock = Stock(self)
        self.mirror = Mirror(mirror)
        try:
            position = self.mirror.position()
            self.heard = Heard(clock, position.seq, position.as_of, self.mirror.info(), self.mirror.members())
            if self.heard.info is None:
                Feed(lambda: self.remote, self.mirror, self.heard, clock).take_snapshot(self.remote)
        except BaseException:
            self.close()
            raise

    # --- the line ---------------------------------------------------------------------------------

    @property
    def remote(self) -> RemoteHub:
        """The hub itself, past the copy; its libraries are imported at the first use."""
        with self._guard:
            if self._closed:
                raise Unreachable("closed", "The console has let go of its hub.")
            if self._made is None:
                if self._make is not None:
                    self._made = self._make()
                else:
                    from hubconsole.hub.remote.client import RemoteHub

                    self._made = RemoteHub(self.url, self._tokens, member=self.member, ca=self._ca)
            return self._made

    def connect(self, timeout: float = 0.0) -> bool:
        """Start listening, unless that is so already, and wait up to ``timeout`` seconds for the line; whether it is up.

        A hub that has not answered by then counts as lost, so that the copy answers in its place.
        """
        with self._guard:
            begin = self._feed is None and not self._closed
            if begin:
                self._feed = Feed(lambda: self.remote, self.mirror, self.heard, self._clock)
        if begin and self._feed is not None:
            self._feed.start()
            self._stock.start()
        up = self.heard.until_live(timeout)
        if timeout and self.heard.state == "connecting":
            self.heard.lost(Unreachable("no_connection", f"The hub at {self.url} did not answer in time.", "The console keeps trying."))
        return up

    @property
    def started(self) -> bool:
        """Whether the line has been asked for."""
        return self._feed is not None

    def connection(self) -> Connection:
        """How this console stands with its hub."""
        return self.heard.connection()

    def reconnect(self) -> None:
        """Try again now instead of when the wait between two tries is over."""
        self.connect()
        if self._feed is not None:
            self._feed.hurry()

    def close(self) -> None:
        """End the line and let go of the copy, within a second."""
        with self._guard:
            self._closed = True
            made = self._made
        self._stock.stop()
        if self._feed is not None:
            self._feed.stop()
        if made is not None:
            made.close()
        self.mirror.close()

    @property
    def _offline(self) -> bool:
        return self.heard.state == "offline"

    def _may(self) -> None:
        """Raise when nothing can be done from this console: with its token, or while the line is lost."""
        if self.only:
            raise Refused("out_of_scope", ONLY[self.only], f"Log in as somebody who acts: hubconsole login {self.url}")
        if self._offline:
            raise self.heard.offline(_DONE)

    # --- what the hub is --------------------------------------------------------------------------

    def info(self) -> HubInfo:
        """Name, place and position of the hub, as last heard."""
        assert self.heard.info is not None
        return self.heard.info._replace(location=self.url, seq=self.heard.place)

    def members(self) -> tuple[MemberRow, ...]:
        """All members, as last heard."""
        return self.heard.members

    def policy(self) -> Policy:
        """The policy in force; asked anew whenever the hub's frame was. Before the line is started the copy's will do."""
        from hubconsole.domain.policy import parse_policy

        text = self.mirror.kept("policy")
        if not text or (self.started and self._policy_seen is not self.heard.info):
            seen = self.heard.info
            text = self._ask(self.remote.policy_text, lambda: text) if not self._offline else text
            if not text:
                raise self.heard.offline("The policy was never read here.")
            self.mirror.keep(policy=text)
            self._policy_seen = seen
        if self._policy is None or self._policy[0] != text:
            self._policy = (text, parse_policy(text))
        return self._policy[1]

    def counts(self) -> tuple[Count, ...]:
        """The kept counts per state and function, as last heard."""
        return self.mirror.counts()

    def oldest_wait(self) -> int | None:
        """Since when the open enquiry that has waited longest has waited."""
        position = self.mirror.position()
        if not position.whole:
            return position.oldest_wait
        with self.mirror.reading() as conn:
            return reads.oldest_wait(conn, HUB, self.heard.now)

    # --- one enquiry ---------------------------------------------------------------------------------

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        """One enquiry as the hub has it now or, while the line is lost, as it was last read here."""
        from hubconsole.hub.remote.answers import read

        whose = viewer or self.member  # what a member read is kept by name, and forgotten when they may not read it any more

        def ask() -> EnquiryView:
            answer = self.remote.enquiry_answer(key, viewer)
            view = read(EnquiryView, answer)
            with suppress(HubError):  # a copy that cannot be written is no reason not to show it
                self.mirror.keep_view(view.row, whose, json.dumps(answer), self._clock())
            return view

        def here() -> EnquiryView:
            body = self.mirror.view(key, whose)
            if not body:
                raise self.heard.offline(f"{key[:40]} was not opened here while there was a line.")
            return read(EnquiryView, json.loads(body))

        if self.only == "wall":
            raise Refused("out_of_scope", ONLY["wall"], "Open it at a desk.")
        if self._feed is None and (body := self.mirror.view(key, whose)):
            view = read(EnquiryView, json.loads(body))
            # Newer things are told once the line is up; what the copy knows to be newer already is asked for.
            if [row.version for row in self.rows((view.row.id,))] == [view.row.version]:
                return view
        return self._ask(ask, here)

    # --- acting -----------------------------------------------------------------------------------

    def execute(self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None) -> Receipt:
        """Carry out one command at the hub. When this returns, the copy holds what came of it. Raises Unreachable ``offline``."""
        self._may()
        carried = self.remote.carry_out(command, actor=actor, via=via, command_id=command_id, seen=seen)
        with suppress(HubError):  # it is done, whatever becomes of the copy
            if carried.row is not None:
                self.mirror.put((carried.row,), carried.receipt.seq)
        self.heard.reach(carried.receipt.seq, SETTLE)
        return carried.receipt

    def execute_all(self, commands: Sequence[Command], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        """Carry out many commands at the hub, each on its own merits. Raises Unreachable ``offline``."""
        self._may()
        answers = self.remote.execute_all(commands, actor=actor, via=via)
        done = [answer for answer in answers if isinstance(answer, Receipt)]
        last = max((receipt.seq for receipt in done), default=0)
        if not self.heard.reach(last, SETTLE):
            with suppress(HubError):
                self.mirror.put(self.remote.wire_rows([receipt.enquiry_id for receipt in done]), last)
        return answers

    def known(self, channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Of these external ids the ones already taken in, with their enquiry."""
        return self.remote.known(channel, external_ids)

    # --- being told -------------------------------------------------------------------------------

    def changes(self, after: int) -> Changes:
        """What happened after ``seq``, as far as it has been heard."""
        found = self.heard.changes(after)
        return found if found is not None else self.remote.changes(after - self.heard.lift)

    def wait(self, after: int, timeout: float) -> bool:
        """Block until something was heard after ``after``; the first call starts the line. Raises Unreachable while it is lost."""
        self.connect()
        return self.heard.wait(after, timeout)

    def journal(self, after: int = 0, stream: str | None = None) -> Iterator[JournalEntry]:
        """Events in order, from the hub."""
        return self.remote.journal(after, stream)

    def verify(self, head: str | None = None, *, tables: bool = True) -> Verification:
        """Check the whole chain, at the hub."""
        return self.remote.verify(head, tables=tables)

    def head(self) -> str:
        """The signed head."""
        return self.remote.head()

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        """Named settings kept in the hub."""
        name = f"saved {kind} {owner}"

        def ask() -> dict[str, str]:
            found = self.remote.saved(kind, owner)
            with suppress(HubError):
                self.mirror.keep(**{name: json.dumps(found)})
            return found

        return self._ask(ask, lambda: json.loads(self.mirror.kept(name) or "{}"))

    def viewers(self) -> tuple[Viewer, ...]:
        """Who has which enquiry open; nobody while the line is lost."""
        if self.heard.state != "live":
            return ()
        told = self.heard.viewers
        return (() if self.only == "wall" else self.remote.viewers()) if told is None else told

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        """Tell the others what is open here; lost without harm while the line is."""
        if self.heard.state == "live" and not self.only:
            with suppress(Unreachable):
                self.remote.look(member, session, enquiry_id, doing)
