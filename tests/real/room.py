"""A room of scripted consoles on a real server over a real database, which is killed and started again in the middle.

``python -m tests.real.room --minutes 10 --store postgresql://...`` (an empty database; without one a PostgreSQL of its own is
started) seats twenty people at consoles of their own, lets customers write and write again, kills the server twice, and looks at
the end whether every console saw every change, every reply passed the gate, and the audit verifies. Two more members, ``guest``
(service) and ``counsel`` (legal), are for people at real consoles: their tokens are printed at the start.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubconsole.clock import DAY
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import OPEN_STATES, Direction, Function, Scope
from hubconsole.errors import Conflict, Unreachable
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.ids import new_id
from tests.bench.serving import REPOSITORY
from tests.faults.proving import effects, mails, prove
from tests.faults.servers import Postgres, ServerProcess, make_hub, until
from tests.property.oracle import Rules

POLICY = """\
name = "room"
undo_seconds = 3
[gates]
legal = "legal"
brand = "marketing"
[[rule]]
gate = "legal"
why = "every reply is read by legal"
[[rule]]
gate = "brand"
why = "every reply is in our voice"
"""
RULES = {"room": Rules({"legal": "legal", "brand": "marketing"}, DAY)}
GUESTS = (("guest", (Function.SERVICE,)), ("counsel", (Function.LEGAL,)))
_SEATS = (("s", Function.SERVICE, 0.45), ("l", Function.LEGAL, 0.25), ("m", Function.MARKETING, 0.2), ("v", Function.SUPERVISOR, 0.1))
_SAID = (
    "Where is my card?",
    "I was charged twice.",
    "The transfer has not arrived.",
    "Thank you, but that is not my question.",
    "Still nothing!",
)
QUIET = 60.0
"""Seconds that what is on its way is given at the end."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the room is to be."""

    seconds: float
    consoles: int = 20
    processes: int = 4
    pace: tuple[float, float] = (3.0, 10.0)
    """Seconds between two acts of one person, at least and at most."""
    arrivals: float = 4.0
    """Seconds between two messages of customers."""
    kills: tuple[float, ...] = (1 / 3, 2 / 3)
    """When the server is killed, in parts of the whole time."""


@dataclass
class Room:
    """What came of it."""

    end: int = 0
    """The journal's last place."""
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    arrived: int = 0
    answered: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What the mailbox was told: events and place by command id."""
    kills: list[tuple[float, float]] = field(default_factory=list)
    """When the server was killed, and when it was ready again (monotonic seconds)."""
    compared: int = 0
    """Consoles whose board was held against the hub's, row for row."""
    figures: dict[str, Any] = field(default_factory=dict)


def seats(n: int) -> list[tuple[str, Function]]:
    """Who sits in a room of ``n``."""
    found: list[tuple[str, Function]] = []
    for letter, function, part in _SEATS:
        found += [(f"{letter}{i}", function) for i in range(max(1, round(n * part)))]
    return found[:n]


class Mailbox:
    """Customers: new ones, and ones who write again; an integration with a token that can do nothing else."""

    def __init__(self, url: str, token: str, member: str, every: float, room: Room) -> None:
        self.hub = RemoteHub(url, lambda name: token, member=member)
        self.member = member
        self.every = every
        self.room = room
        self.failed: list[BaseException] = []
        self._stop = threading.Event()
        self._rng = random.Random(7)
        self._known: list[str] = []
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)
        self.hub.close()
        assert not self.failed, self.failed

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._rng.uniform(0.3, 1.7) * self.every):
                self._message()
        except BaseException as error:  # noqa: BLE001  told to whoever runs the room
            self.failed.append(error)

    def _message(self) -> None:
        said, mark = self._rng.choice(_SAID), new_id()
        if self._known and self._rng.random() < 0.3:
            eid = self._rng.choice(self._known[-30:])
            self._deliver(c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text=said, author="cy", external_id=mark))
            return
        n = len(self._known)
        self._known.append(new_id())
        handle = f"customer{n}@example.net"
        self._deliver(
            c.Receive(enquiry_id=self._known[-1], channel="email", text=said, customer=f"Customer {n}", handle=handle, external_id=mark)
        )

    def _deliver(self, command: c.Command) -> None:
        command_id = new_id()
        while True:
            try:
                receipt = self.hub.execute(command, actor=self.member, command_id=command_id)
            except Unreachable:
                if self._stop.wait(0.2):
                    raise
                continue
            except Conflict:
                return
            self.room.arrived += 1
            self.room.answered[command_id] = (len(receipt.events), receipt.seq)
            return


def run(plan: Plan, store: str, folder: Path, *, say: bool = True) -> Room:
    """Hold the room. Fails when anything was lost, doubled, unseen or ungated."""
    room, people = Room(), seats(plan.consoles)
    lead = next(name for name, function in people if function is Function.SUPERVISOR)
    _, tokens = make_hub(store, [*((name, (function,)) for name, function in people), *GUESTS], POLICY)
    hub = LocalHub.open(store)
    intake = access.issue(hub, lead, Scope.INTAKE, label="mailbox").secret
    hub.close()
    with ExitStack() as stack:
        server = ServerProcess(store, folder, worker=True)
        stack.callback(server.close)
        server.start()
        if say:
            _tell(server, tokens)
        desks = _seat(plan, people, tokens, server, folder, stack)
        mailbox = Mailbox(server.url, intake, lead, plan.arrivals, room)
        mailbox.start()
        began = time.monotonic()
        try:
            for part in (*plan.kills, 1.0):
                threading.Event().wait(max(0.0, began + part * plan.seconds - time.monotonic()))
                if part < 1.0:
                    _kill(server, room, say)
        finally:
            mailbox.stop()
        _end(room, store, folder, desks)
        for record in folder.glob("record*.json"):
            room.records |= json.loads(record.read_text())
    _check(room, store, server, plan, tokens)
    return room


def _tell(server: ServerProcess, tokens: dict[str, str]) -> None:
    print(f"The room is at {server.url}. Two seats are free, each in a terminal of its own:")
    for name, functions in GUESTS:
        screen = "legal" if Function.LEGAL in functions else "board"
        print(f"  HUBCONSOLE_TOKEN={tokens[name]} hubconsole {screen} --hub {server.url} --as {name}")
    sys.stdout.flush()


def _seat(
    plan: Plan, people: Sequence[tuple[str, Function]], tokens: dict[str, str], server: ServerProcess, folder: Path, stack: ExitStack
) -> list[subprocess.Popen[bytes]]:
    """Start the desks."""
    desks = []
    for n in range(plan.processes):
        mine = [{"name": name, "function": function.value, "token": tokens[name]} for name, function in people[n :: plan.processes]]
        until_when = time.monotonic() + plan.seconds
        file = folder / f"plan{n}.json"
        file.touch(0o600)
        file.write_text(
            json.dumps(
                {
                    "url": server.url, "people": mine, "until": until_when, "pace": plan.pace, "folder": str(folder),
                    "outbox": str(server.outbox), "over": str(folder / "over.json"),
                }
            )
        )  # fmt: skip
        command = [sys.executable, "-m", "tests.real.desk", str(file), str(folder / f"record{n}.json")]
        desks.append(subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}))
        stack.callback(_put_out, desks[-1])
    return desks


def _put_out(desk: subprocess.Popen[bytes]) -> None:
    if desk.poll() is None:
        desk.kill()
        desk.wait()


def _kill(server: ServerProcess, room: Room, say: bool) -> None:
    """kill -9 of the server, and it is started again."""
    at = time.monotonic()
    server.kill()
    server.begin()
    server.until_ready()
    room.kills.append((at, time.monotonic()))
    if say:
        print(f"  the server was killed, and answers again after {room.kills[-1][1] - at:.1f} s", flush=True)


def _end(room: Room, store: str, folder: Path, desks: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until nothing is on its way, say where the journal ends, and let everybody write down what they saw."""
    hub = LocalHub.open(store)
    try:
        seen: list[int] = []

        def quiet() -> bool:
            seen.append(hub.info().seq)
            threading.Event().wait(0.25)
            # Whoever was in the middle of something has finished it when nothing has moved for as long as that may take.
            return not hub.due(1 << 60) and len(seen) > 16 and len(set(seen[-16:])) == 1

        with suppress(AssertionError):
            until(quiet, QUIET, "quiet")
        room.end = hub.info().seq
    finally:
        hub.close()
    over = folder / "over.part"
    over.write_text(json.dumps({"seq": room.end}))
    over.rename(folder / "over.json")
    for one in desks:
        one.wait(150)


def _check(room: Room, store: str, server: ServerProcess, plan: Plan, tokens: dict[str, str]) -> None:
    """Everything that must be true in the end, and the figures."""
    failed = {name: record["failed"] for name, record in room.records.items() if "failed" in record}
    assert not failed, failed
    assert len(room.records) == plan.consoles, "a console is missing"
    checker = prove(store, RULES, published=mails(server.outbox))
    hub = LocalHub.open(store)
    try:
        streams = {entry.seq: entry.stream for entry in hub.journal()}
        board = [list(row) for state in sorted(OPEN_STATES) for row in hub.page(parse(f"state:{state}"), limit=5_000).rows]
    finally:
        hub.close()
    for name, record in room.records.items():
        _followed(name, record, streams, room.end)
        if len(streams) == room.end:  # else somebody at a real console went on after the end
            assert record["board"] == board, f"{name}'s board is another than the hub's"
            room.compared += 1
    wrote = effects(store)
    acts = [(name, *did) for name, record in room.records.items() for did in record["did"]]
    for _, command_id, _, events, seq, _, _ in acts:
        assert not events or wrote[command_id][:2] == (events, seq), f"the command {command_id} is lost or doubled"
    for command_id, answer in room.answered.items():
        assert wrote[command_id][:2] == answer, f"the message {command_id} is lost or doubled"
    _no_secret(server, tokens)
    room.figures = figures(room, checker, acts)


def _followed(name: str, record: dict[str, Any], streams: dict[int, str], end: int) -> None:
    """Fail unless a console was told every change once, in order."""
    place, jumps = record["began"], 0
    for seq, ids, _, anew in record["frames"]:
        assert seq > place, f"{name} was told {seq} after {place}"
        jumps += anew
        if not anew:
            moved = sorted({streams[one] for one in range(place + 1, seq + 1)} - {"hub"})
            assert moved == ids, f"{name} was told something else of {place + 1} to {seq} than happened"
        place = seq
    assert place >= end, f"{name} saw the journal up to {place} only, of {end}"
    assert record["jumps"] <= 1 and jumps <= 1, f"{name} read the board anew {record['jumps']} times"


def _no_secret(server: ServerProcess, tokens: dict[str, str]) -> None:
    log = server.log.read_text()
    assert not any(secret in log for secret in tokens.values()), "a token is in the server's log"
    assert "example.net" not in log, "a customer's address is in the server's log"


def figures(room: Room, checker: Any, acts: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """What the room came to, times in milliseconds."""
    heard: defaultdict[int, list[float]] = defaultdict(list)
    for record in room.records.values():
        place = record["began"]
        for seq, _, at, _ in record["frames"]:
            for one in range(place + 1, seq + 1):
                heard[one].append(at)
            place = seq
    away = [(killed - 1, ready + 5) for killed, ready in room.kills]
    latency, seen, seen_all = [], [], []
    for _, _, _, events, seq, asked, answered in acts:
        calm = not any(begin <= asked <= end or begin <= answered <= end for begin, end in away)
        if calm:
            latency.append(answered - asked)
        if events:
            since = [at - asked for at in heard[seq]]
            seen += since if calm else []
            seen_all += since
    noticed, back = [], []
    for record in room.records.values():
        for killed, ready in room.kills:
            lost = [at for state, at in record["lines"] if state == "offline" and killed <= at <= ready + 20]
            live = [at for state, at in record["lines"] if state == "live" and lost and at >= lost[0]]
            noticed += [lost[0] - killed] if lost else []
            back += [live[0] - ready] if live else []
    states = Counter(sent.state for sent in checker.sends.values())
    return {
        "consoles": len(room.records),
        "boards that are the hub's, row for row": room.compared,
        "commands": len(acts),
        "messages of customers": room.arrived,
        "events": checker.seq,
        "replies left": checker.claims,
        "sends": dict(states),
        "decisions": checker.kinds["review.decided"],
        "suspended by a message": checker.kinds["review.suspended"],
        "told no": dict(sum((Counter(record["told"]) for record in room.records.values()), Counter())),
        "command ms p50, p95": _spread(latency),
        "seen elsewhere ms p50, p95": _spread(seen),
        "seen elsewhere, kills included, ms p50, p95, most": [*_spread(seen_all), round(max(seen_all, default=0) * 1000)],
        "deliveries": sum(map(len, heard.values())),
        "server away s": [round(ready - killed, 1) for killed, ready in room.kills],
        "line noticed lost s, most": round(max(noticed, default=0), 2),
        "live again after the server was ready s p50, most": [round(statistics.median(back or [0]), 2), round(max(back, default=0), 2)],
        "consoles back": len(back),
    }


def _spread(values: Sequence[float]) -> list[float]:
    ordered = sorted(values) or [0.0]
    return [round(ordered[int(part * (len(ordered) - 1))] * 1000, 1) for part in (0.5, 0.95)]


def main() -> int:
    """Hold a room by hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.room", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--store", default="", help="an empty database; without it a PostgreSQL of its own")
    parser.add_argument("--consoles", type=int, default=20)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="room-")))
        store = given.store
        if not store:
            own = Postgres()
            stack.callback(own.close)
            store = own.url
        room = run(Plan(seconds=given.minutes * 60, consoles=given.consoles), store, folder)
    for name, figure in room.figures.items():
        print(f"{name:<52} {figure}")
    print("Every change was seen by all, in order and once; every reply was gated; the audit verifies.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
