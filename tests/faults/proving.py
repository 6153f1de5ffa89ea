"""What must be true of a hub whatever was killed: P1 to P10, read from its journal alone by code that did not write it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import JournalEntry
from tests.property.oracle import Broken, Oracle, Reply, Rules

_AFTER = {
    "queued": {"claimed", "blocked", "cancelled"},
    "claimed": {"delivered", "failed", "in_doubt", "handed_over"},
    "handed_over": {"delivered", "cancelled"},
    "in_doubt": {"delivered", "cancelled"},
}
"""What may become of a send. Nothing comes after anything else."""
_BY_A_PERSON = {"handed_over", "in_doubt"}


class Published(NamedTuple):
    """One time that a channel let a reply out, as the channel itself remembers it."""

    send_id: str
    digest: str


@dataclass
class Sent:
    """The life of one send."""

    stream: str
    version: int
    digest: str
    states: list[str] = field(default_factory=lambda: ["queued"])
    reason: str = ""

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.states[-1]


class Checker(Oracle):
    """The oracle of the gate (P1 to P5, P13), and what it does not ask: what was shown, what became of each send, who won."""

    def __init__(self, rules: dict[str, Rules]) -> None:
        super().__init__(rules)
        self.kinds: Counter[str] = Counter()
        self.sends: dict[str, Sent] = {}
        self.decided: dict[str, str] = {}
        self._asked: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._digests: defaultdict[str, set[str]] = defaultdict(set)

    def read(self, entries: Iterable[JournalEntry]) -> None:
        """Take further events into account. Raises Broken."""

        def counted() -> Iterable[JournalEntry]:
            for entry in entries:
                self.kinds[entry.kind] += 1
                yield entry

        super().read(counted())

    def _review_requested(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._asked[(entry.stream, body["gate"])].add(body["digest"])

    def _review_decided(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        if body["shown"] not in self._asked[(entry.stream, body["gate"])]:
            raise Broken("P6: decided about a reply that nobody was shown")
        if body["shown"] != body["digest"] and body["verdict"] != "amend" and not body["conditions"]:
            raise Broken("P6: decided about another reply than the one shown")
        if body["review_id"] in self.decided:
            raise Broken(f"P10: {entry.actor} decided what {self.decided[body['review_id']]} had decided")
        self.decided[body["review_id"]] = entry.actor
        super()._review_decided(entry, body, reply)

    def _review_revoked(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        super()._review_revoked(entry, body, reply)
        self.decided.pop(body["review_id"])

    def _send_queued(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        super()._send_queued(entry, body, reply)
        self.sends[body["send_id"]] = Sent(entry.stream, body["version"], body["digest"])

    def _send_claimed(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._move(body["send_id"], "claimed", entry)
        super()._send_claimed(entry, body, reply)

    def _send_blocked(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._move(body["send_id"], "blocked", entry, body["because"])

    def _send_handed_over(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._move(body["send_id"], "handed_over", entry)

    def _send_finished(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._move(body["send_id"], body["outcome"], entry, body["reason"])
        super()._send_finished(entry, body, reply)

    def _send_cancelled(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self._move(body["send_id"], "cancelled", entry, body["because"])
        super()._send_cancelled(entry, body, reply)

    def _move(self, send_id: str, to: str, entry: JournalEntry, reason: str = "") -> None:
        sent = self.sends[send_id]
        if to not in _AFTER.get(sent.state, set()):
            raise Broken(f"P7: a send went from {sent.state} to {to}")
        if sent.state in _BY_A_PERSON and entry.actor == "system":
            raise Broken("P7: what nobody knew was settled by a machine")
        if to in ("blocked", "failed", "in_doubt", "cancelled") and not reason:
            raise Broken(f"P8: a send ended {to} without a reason")
        sent.states.append(to)
        sent.reason = reason

    def settled(self) -> None:
        """Raise Broken while a send has not come to its end (P8)."""
        for send_id, sent in self.sends.items():
            if sent.state in ("queued", "claimed"):
                raise Broken(f"P8: the send {send_id} is left {sent.state}")

    def left(self, published: Iterable[Published]) -> None:
        """Compare with what the channels did: nothing twice, nothing unclaimed, nothing delivered that was not (P1, P2, P7)."""
        times = Counter(published)
        twice = [one for one, n in Counter(one.send_id for one in times.elements()).items() if n > 1]
        if twice:
            raise Broken(f"P7: published more than once: {twice}")
        for one in times:
            sent = self.sends[one.send_id]
            if "claimed" not in sent.states or one.digest != sent.digest:
                raise Broken("P1/P2: something left that nobody had approved")
            if sent.state in ("failed", "cancelled", "blocked"):
                raise Broken(f"P7: what was published is on record as {sent.state}")
        there = {one.send_id for one in times}
        for send_id, sent in self.sends.items():
            if sent.states[-2:] == ["claimed", "delivered"] and send_id not in there:
                raise Broken("P7: on record as delivered, and it was not")


def prove(store: str | Path, rules: dict[str, Rules], *, published: Iterable[Published] | None = None, settled: bool = True) -> Checker:
    """Fail unless P1 to P10 hold for the hub at ``store``, its chain is whole and its tables are what the journal says (P9)."""
    hub = LocalHub.open(store)
    try:
        checker = Checker(rules)
        checker.read(hub.journal())
        answer = hub.verify(tables=True)
        assert answer.ok, answer.problems
        assert answer.events == checker.seq == hub.info().seq
        if settled:
            checker.settled()
        if published is not None:
            checker.left(published)
        return checker
    finally:
        hub.close()


def mails(outbox: Path) -> list[Published]:
    """What the channel ``outbox`` let out."""
    found = []
    for path in sorted(outbox.glob("*.eml")):
        head = dict(line.split(": ", 1) for line in path.read_text("utf-8").split("\n\n")[0].splitlines() if ": " in line)
        found.append(Published(head["X-Hubconsole-Send"], head["X-Hubconsole-Digest"]))
    return found


def effects(store: str | Path) -> Mapping[str, tuple[int, int, str]]:
    """What each command wrote, by its id: how many events, the place of the last, and where; events of one command stand together."""
    hub = LocalHub.open(store)
    try:
        with hub.store.reading() as conn:
            rows = conn.execute(
                "SELECT command_id, COUNT(*), MIN(seq), MAX(seq), MIN(stream), MAX(stream) FROM event "
                "WHERE hub_id = ? AND command_id <> '' GROUP BY command_id",
                (hub.hub_id,),
            ).fetchall()
        for command_id, n, first, last, stream, other in rows:
            assert last - first + 1 == n and stream == other, f"the command {command_id} is torn"
        return {command_id: (n, last, stream) for command_id, n, _, last, stream, _ in rows}
    finally:
        hub.close()
