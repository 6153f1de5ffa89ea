"""What servers add: commits that serve many, a second server on the same hub, consoles that only listen."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

from hubconsole.domain.commands import Claim, Command, Release
from hubconsole.hub.local import LocalHub
from hubconsole.hub.wire import command_out
from tests.bench.api import new_enquiry
from tests.bench.load import Line, request, rush
from tests.bench.measure import Figure, Scale, middle
from tests.bench.scale_places import Place, founded, named, spread
from tests.bench.serving import Server, free_port, serving, token_for

CLIENTS = (1, 8, 64)
_PLACE = re.compile(rb"^id: ?(\d+)", re.MULTILINE)
_COMMITS = re.compile(rb"^hubconsole_commits_total\{[^}]*\} ([0-9.]+)", re.MULTILINE)


def run(folder: Path, url: str, scale: Scale) -> Iterator[Figure]:
    """On a file, on PostgreSQL, by two servers; then hearing and memory."""
    on_file, on_pg = founded(str(folder / "served.db"), 1), founded(named(url), 1)
    yield from crowds("serve on SQLite", on_file, 1, folder, scale)
    yield from crowds("serve on PostgreSQL", on_pg, 1, folder, scale)
    yield from crowds("2 x serve on one hub in PostgreSQL", on_pg, 2, folder, scale)
    yield from heard(on_pg, folder, scale)
    yield from listening(on_file, folder, scale)
    yield connections(on_pg, url, folder, scale)


@contextlib.contextmanager
def served(place: Place, folder: Path, times: int = 1, program: str = "hubconsole") -> Iterator[list[Server]]:
    """So many servers of one hub, without a worker and without limits."""
    settings = folder / "served.toml"
    settings.write_text("[limits]\ntoken_rate = 1000000.0\ntoken_burst = 1000000\n")
    command = [sys.executable, "-m", program, "serve", "--no-worker", "--store", place.at, "--settings", str(settings), "--port"]
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(serving("hubconsole serve", [*command, str(port)], port, folder / f"served-{port}.log"))
            for port in (free_port() for _ in range(times))
        ]


def crowds(what: str, place: Place, servers: int, folder: Path, scale: Scale) -> Iterator[Figure]:
    """New enquiries a second by one client, by some, by many, each waiting for its answer."""
    token, numbers, rounds = token_of(place), count(1), 2 if scale.quick else 5
    with served(place, folder, servers) as running:
        for clients in CLIENTS[servers - 1 :]:
            block = min(100 * clients, 1600) // (4 if scale.quick else 1)
            rates, each, group = [], [], []
            with contextlib.ExitStack() as stack:
                lines = [stack.enter_context(contextlib.closing(Line(running[n % servers].port))) for n in range(clients)]
                for turn in range(rounds + 1):
                    asked = [new_enquiry(token, next(numbers)) for _ in range(block)]
                    cpu, commits = sum(one.cpu() for one in running), commits_of(running, token)
                    wall = rush(lines, asked, 201)
                    if turn:
                        rates.append(block / wall)
                        each.append((sum(one.cpu() for one in running) - cpu) * 1000 / block)
                        group.append(block / max(1.0, commits_of(running, token) - commits))
            note = f"{middle(each):.2f} ms of the servers' CPU each, {middle(group):.1f} in one commit"
            yield Figure(f"{what}: new enquiries, {clients} clients at once", middle(rates), "/s", "", note=note)


def heard(place: Place, folder: Path, scale: Scale) -> Iterator[Figure]:
    """A command at one server until it is on the feed of another, with the hint and without."""
    token, times = token_of(place), 20 if scale.quick else 60
    for program in ("hubconsole", "tests.bench.scale_unheard"):
        with served(place, folder, 2, program) as (here, there), contextlib.closing(Ear(there.port, token)) as ear:
            dice, line, late, took = Random(5), Line(here.port), [], []
            for command, _ in zip(_commands(place.ids[0]), range(times), strict=False):
                time.sleep(dice.uniform(0.1, 0.3))
                asked = request("POST", "/v1/commands", token, json.dumps({"command": command_out(command)}).encode())
                begun = time.monotonic()
                seq = json.loads(line.ask(asked, 200))["seq"]
                took.append(time.monotonic() - begun)
                late.append(ear.when(seq) - begun)
            line.close()
        note = f"{spread(late)}; the answer takes {middle(took) * 1000:.1f} ms"
        what = "a command at one server is on another's feed"
        if program == "hubconsole":
            yield Figure(f"{what}: median", middle(late) / middle(took), "x", "its answer", 2.0, note=note)
        else:
            yield Figure(f"{what}; hint lost: most", max(late), "s", "", 1.2, note=note)


def listening(place: Place, folder: Path, scale: Scale) -> Iterator[Figure]:
    """Memory and CPU of a server for consoles that only listen."""
    token = token_of(place)
    found: list[tuple[int, float, float]] = []
    with served(place, folder) as (server,), contextlib.ExitStack() as stack:
        for consoles in (0, 50, 200) if scale.quick else (0, 100, 400, 800):
            for _ in range(consoles - (found[-1][0] if found else 0)):
                stack.enter_context(contextlib.closing(open_feed(server.port, token)))
            time.sleep(1)
            cpu, begun = server.cpu(), time.monotonic()
            time.sleep(3)
            found.append((consoles, server.resident(), 100 * (server.cpu() - cpu) / (time.monotonic() - begun)))
    (first, less, _), (last, more, busy) = found[1], found[-1]
    note = ", ".join(f"{consoles}: {memory:.0f} MB" for consoles, memory, _ in found)
    yield Figure("memory of a server for each console that listens", (more - less) * 1024 / (last - first), "KiB", "", note=note)
    yield Figure(f"CPU of a server with {last} consoles and nothing new", busy, "%", "", note=f"of a core; none: {found[0][2]:.1f}")


def connections(place: Place, url: str, folder: Path, scale: Scale) -> Figure:
    """Connections to PostgreSQL that a server has while many ask."""
    import psycopg

    token, numbers = token_of(place), count(1_000_000)
    with served(place, folder) as (server,), contextlib.ExitStack() as stack:
        lines = [stack.enter_context(contextlib.closing(Line(server.port))) for _ in range(max(CLIENTS))]
        page = request("GET", "/v1/enquiries?query=state:open&limit=50", token)
        rush(lines, [new_enquiry(token, next(numbers)) for _ in range(64)], 201)
        rush(lines, [page] * 256, 200)
        with psycopg.connect(url) as conn:
            (used,) = conn.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone() or (0,)
    return Figure(f"connections of a server to PostgreSQL while {max(CLIENTS)} clients ask", used, "", "", 24)


def commits_of(servers: Sequence[Server], token: str) -> float:
    """Commits of the servers' writers so far."""
    total = 0.0
    for server in servers:
        with contextlib.closing(Line(server.port)) as line:
            found = _COMMITS.search(line.ask(request("GET", "/metrics", token, media="text/plain"), 200))
            assert found
            total += float(found[1])
    return total


def open_feed(port: int, token: str) -> socket.socket:
    """A connection that has been let in to the feed."""
    sock = socket.create_connection(("127.0.0.1", port), 30)
    sock.sendall(request("GET", "/v1/changes", token, media="text/event-stream"))
    head = sock.recv(65536)
    assert head.startswith(b"HTTP/1.1 200"), head
    return sock


class Ear:
    """A reader of the feed that notes when it heard of each place in the journal."""

    def __init__(self, port: int, token: str) -> None:
        self._sock = open_feed(port, token)
        self._heard: list[tuple[int, float]] = []
        self._more = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._sock.recv(1 << 16):
                at = time.monotonic()
                with self._more:
                    self._heard += [(int(seq), at) for seq in _PLACE.findall(data)]
                    self._more.notify_all()

    def when(self, seq: int) -> float:
        """The moment at which ``seq`` was heard of."""
        with self._more:
            assert self._more.wait_for(lambda: any(one >= seq for one, _ in self._heard), 10), f"{seq} was not heard of"
            return next(at for one, at in self._heard if one >= seq)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def token_of(place: Place) -> str:
    """A new token for the hub."""
    hub = LocalHub.open(place.at)
    try:
        return token_for(hub, "agent1")
    finally:
        hub.close()


def _commands(ids: Sequence[str]) -> Iterator[Command]:
    while True:
        for one in ids:
            yield Claim(enquiry_id=one)
            yield Release(enquiry_id=one)
