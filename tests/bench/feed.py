"""The live feed: consoles that listen to one server process while enquiries change, and whose connections are cut again and again."""

import contextlib
import json
import os
import selectors
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from hubconsole.domain.commands import Claim, Command, Receive, Release
from hubconsole.hub.local import LocalHub
from hubconsole.hub.wire import command_out
from hubconsole.ids import new_id
from tests.bench.api import WORDS, ours
from tests.bench.load import Line, expect, request
from tests.bench.measure import CannotMeasure, Figure, Scale
from tests.bench.serving import REPOSITORY, Server, hub_serving, token_for
from tests.bench.stores import MEMBERS

WRITERS = 8
"""Members who change something, each waiting for the answer before the next."""


class Room(NamedTuple):
    """How many listen to how much."""

    readers: int = 300
    rate: int = 50
    """Events a second."""
    seconds: float = 20
    cuts: int = 3
    """Times that each reader's connection is cut."""
    away: float = 0.5
    """Seconds that it may stay away."""


class Outcome(NamedTuple):
    """What was heard, and what it cost."""

    heard: dict[str, Any]
    """See :meth:`tests.bench.listeners.Crowd.outcome`."""
    events: int
    cpu: float
    """Seconds of the server, carrying out the commands and letting readers in again included."""
    wall: float


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """300 readers, 50 events a second, 900 cuts."""
    room = Room()
    found = measure(folder, scale, room)
    heard, each = found.heard, found.cpu * 1e6 / max(1, found.heard["deliveries"])
    what = f"feed, {room.readers} consoles x {found.events / found.wall:.0f} events/s"
    note = f"{heard['deliveries']} deliveries, {100 * found.cpu / found.wall:.0f} % of a core, {found.events} commands included"
    yield Figure(f"{what}: CPU a delivery", each, "µs", "", 25, note=note)
    busy = 100 * heard["cpu"] / found.wall
    note = f"median {heard['p50']:.0f} ms; the readers used {busy:.0f} % of a core, load {os.getloadavg()[0]:.1f}"
    yield Figure(f"{what}: p99", heard["p99"], "ms", "", 150, note=note)
    wrong = sum(heard[name] for name in ("lost", "doubled", "disordered"))
    note = ", ".join(f"{heard[name]} {name}" for name in ("lost", "doubled", "disordered", "reconnects", "cut_off"))
    yield Figure(f"{what}: lost, doubled or out of order", wrong, "events", "", 0, note=note)


def measure(folder: Path, scale: Scale, room: Room) -> Outcome:
    """Serve, listen, write, and compare what was heard with the journal."""
    store, token = ours(folder, scale, "feed-hub")
    hub = LocalHub.open(store)
    tokens = [token_for(hub, name) for name, _ in MEMBERS]
    with contextlib.closing(sqlite3.connect(store)) as conn:
        ids = [one for (one,) in conn.execute("SELECT id FROM enquiry WHERE state = 'new' ORDER BY rank, number LIMIT 100")]
        after: int = conn.execute("SELECT last_seq FROM hub").fetchone()[0]
    hub.close()
    with hub_serving(store, folder / "feed-hub.log") as server:
        plan = folder / "feed-plan.json"
        plan.write_text(json.dumps({"port": server.port, "tokens": tokens, "after": after, **room._asdict()}))
        listeners = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.listeners", str(plan)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
        )  # fmt: skip
        try:
            assert listeners.stdin and listeners.stdout
            if listeners.stdout.readline() != "ready\n":
                raise CannotMeasure("the readers of the feed were not let in")
            cpu, begun = server.cpu(), time.perf_counter()
            end = _write(server, token, ids, room, after)
            wall = time.perf_counter() - begun
            out, _ = listeners.communicate(f"end {end}\n", 60)
            cpu = server.cpu() - cpu
        finally:
            listeners.kill()
            listeners.wait()
    if listeners.returncode != 0:
        raise CannotMeasure("the readers of the feed gave up; what they said is above")
    heard = json.loads(out)
    _agree(store, after, end, heard)
    return Outcome(heard, end - after, cpu, wall)


def _write(server: Server, token: str, ids: list[str], room: Room, after: int) -> int:
    """Commands at the pace of the room, several under way at a time where the hub is slow; gives the place of the last event."""
    seq, sent, begun = after, 0, time.perf_counter()
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as busy:
        lines = [stack.enter_context(contextlib.closing(Line(server.port))) for _ in range(WRITERS)]
        free = [(line, _commands(ids[n::WRITERS])) for n, line in enumerate(lines)]
        while (gone := time.perf_counter() - begun) < room.seconds or busy.get_map():
            if free and sent <= gone * room.rate and gone < room.seconds:
                line, commands = free.pop(0)
                body = json.dumps({"command": command_out(next(commands))}).encode()
                line.sock.sendall(request("POST", "/v1/commands", token, body))
                busy.register(line.sock, selectors.EVENT_READ, (line, commands))
                sent += 1
                continue
            for key, _ in busy.select(max(0.001, sent / room.rate - gone)):
                answer = key.data[0].take()
                if answer is not None:
                    seq = max(seq, json.loads(expect(answer, 200).body)["seq"])
                    busy.unregister(key.fileobj)
                    free.append(key.data)
    return seq


def _commands(ids: list[str]) -> Iterator[Command]:
    """Claims and releases of enquiries at the top of the queue, and now and then a new one: one event each."""
    for n, one in enumerate(cycle(ids)):
        yield Claim(enquiry_id=one)
        yield Release(enquiry_id=one)
        if n % 3 == 0:
            yield Receive(enquiry_id=new_id(), channel="x", text=f"{WORDS} ({n})", customer=f"ola{n}")


def _agree(store: Path, after: int, end: int, heard: dict[str, Any]) -> None:
    """The journal has no gaps, and what the readers were told is what it holds."""
    with contextlib.closing(sqlite3.connect(store)) as conn:
        about = "CASE stream WHEN 'hub' THEN '' ELSE stream END"
        sql = f"SELECT seq, kind, {about}, actor, at FROM event WHERE seq > ? AND seq <= ? ORDER BY seq"
        journal = {str(seq): list(rest) for seq, *rest in conn.execute(sql, (after, end))}
    assert len(journal) == end - after, "the journal has a gap"
    assert {seq: event for seq, event in heard["journal"].items() if int(seq) <= end} == journal, "the readers were told something else"
