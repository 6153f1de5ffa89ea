"""The hub API over SQLite against plain FastAPI with SQLModel's ORM, each in a process of its own, with the same enquiries."""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from hubconsole.hub.local import LocalHub
from hubconsole.store.rows import BoardRow
from tests.bench.load import Line, request, rush
from tests.bench.measure import Figure, Scale, middle
from tests.bench.serving import REPOSITORY, Server, free_port, hub_serving, serving, token_for
from tests.bench.stores import filled

PAGE = 50
LINES = 16
"""Clients at once."""
PLACES = 40
"""Pages from so many places of the list."""
WORDS = "My card payment was declined at the till this morning, and the cash machine has kept my card. Please help me, I travel tomorrow."


class Side(NamedTuple):
    """One of the two servers, and what it is asked with."""

    server: Server
    token: str
    new: Callable[[str], bytes]
    """The next enquiry, for a token."""
    places: tuple[str, ...]
    """Edges of pages, spread over its list."""


class Load(NamedTuple):
    """What a number of requests took."""

    cpu: float
    """Microseconds of the server's processes for each."""
    rate: float
    """Requests a second."""


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Creates by 16 clients and by one, and pages of 50."""
    rounds, block = (7, 400) if scale.quick else (15, 800)
    found = measure(folder, scale, rounds, block)
    for what, words, budget in (
        ("crowd", f"create, {LINES} clients", 0.25),
        ("page", f"page of {PAGE}, {LINES} clients", 0.25),
        ("alone", "create, one client", None),
    ):
        own, theirs = (middle(load.cpu for load in found[what][name]) for name in ("hub", "plain"))
        note = f"{own:.0f} to {theirs:.0f} µs"
        yield Figure(f"hub API, {words}: CPU", own / theirs, "x", "FastAPI + SQLModel", budget, note=note)
    for what, words, least in (
        ("crowd", f"create, {LINES} clients", 5.0),
        ("page", f"page of {PAGE}, {LINES} clients", None),
        ("alone", "create, one client", None),
    ):
        own, theirs = (middle(load.rate for load in found[what][name]) for name in ("hub", "plain"))
        note = f"{own:.0f} to {theirs:.0f} a second"
        yield Figure(f"hub API, {words}: rate", own / theirs, "x", "FastAPI + SQLModel", least, floor=True, note=note)


def measure(folder: Path, scale: Scale, rounds: int, block: int) -> dict[str, dict[str, list[Load]]]:
    """What creates by a crowd and by one client and pages took at ``hub`` and ``plain``, ``block`` requests at a time, in turns."""
    found: dict[str, dict[str, list[Load]]] = {name: {"hub": [], "plain": []} for name in ("crowd", "alone", "page")}
    with contextlib.ExitStack() as stack:
        sides = {"hub": _ours(folder, scale, stack), "plain": _theirs(folder, scale, stack)}
        for turn in range(rounds + 1):
            for name, side in sides.items():
                # The requests are made before the clock runs.
                for what, clients, asked, status in (
                    ("crowd", LINES, _creates(side, block), 201),
                    ("alone", 1, _creates(side, block // 4), 201),
                    ("page", LINES, _pages(side, block), 200),
                ):
                    load = _loaded(side.server, clients, asked, status)
                    if turn:
                        found[what][name].append(load)
        _checked(sides)
    return found


def ours(folder: Path, scale: Scale, name: str) -> tuple[Path, str]:
    """A copy of the small store, and a member's token for it."""
    store = folder / f"{name}.db"
    for old in folder.glob(f"{store.name}*"):
        old.unlink()
    shutil.copy(filled(folder, scale.small), store)
    hub = LocalHub.open(store)
    try:
        return store, token_for(hub, "agent1")
    finally:
        hub.close()


def new_enquiry(token: str, number: int) -> bytes:
    """A request that makes one at the hub."""
    body = {"channel": "x", "customer": f"ola{number}", "text": f"{WORDS} ({number})"}
    return request("POST", "/v1/enquiries", token, json.dumps(body).encode())


def page_at(token: str, place: str = "") -> bytes:
    """A request for a page of the open enquiries."""
    return request("GET", f"/v1/enquiries?query=state:open&limit={PAGE}{f'&after={place}' if place else ''}", token)


def _ours(folder: Path, scale: Scale, stack: contextlib.ExitStack) -> Side:
    store, token = ours(folder, scale, "api-hub")
    server = stack.enter_context(hub_serving(store, folder / "api-hub.log"))
    numbers = count(1)
    return Side(server, token, lambda token: new_enquiry(token, next(numbers)), _places(store))


def _theirs(folder: Path, scale: Scale, stack: contextlib.ExitStack) -> Side:
    store, token = folder / "api-plain.db", "hct_" + "a" * 43
    for old in folder.glob(f"{store.name}*"):
        old.unlink()
    env = {"PLAIN_STORE": str(store)}
    made = "from sqlmodel import SQLModel; from tests.bench.plain_api import engine; SQLModel.metadata.create_all(engine)"
    subprocess.run([sys.executable, "-c", made], env={**os.environ, **env}, cwd=REPOSITORY, check=True)
    _copy_rows(filled(folder, scale.small), store, token)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.plain_api:app", "--port", str(port)]
    server = stack.enter_context(serving("plain FastAPI", command, port, folder / "api-plain.log", env))
    numbers = count(1)
    return Side(server, token, lambda token: new_enquiry(token, next(numbers)), _places(store))


def _copy_rows(store: Path, plain: Path, token: str) -> None:
    """The same board and messages."""
    columns = ", ".join(name for name in (*BoardRow._fields, "function", "open") if name != "key")
    with contextlib.closing(sqlite3.connect(plain)) as conn, conn:
        conn.execute("ATTACH ? AS ours", (str(store),))
        conn.execute(f"INSERT INTO main.enquiry ({columns}) SELECT {columns} FROM ours.enquiry")
        said = "id, enquiry_id, direction, author, text, at"
        conn.execute(f"INSERT INTO main.message ({said}) SELECT {said} FROM ours.message")
        digest = hashlib.sha256(token.encode()).hexdigest()
        conn.execute("INSERT INTO main.token (digest, member, expires_at) VALUES (?, 'agent1', ?)", (digest, int(time.time()) + 86_400))
        conn.execute("ANALYZE main")


def _places(store: Path) -> tuple[str, ...]:
    with contextlib.closing(sqlite3.connect(store)) as conn:
        rows = conn.execute("SELECT rank, number FROM enquiry WHERE open = 1 ORDER BY rank, number").fetchall()
    step = max(1, len(rows) // PLACES)
    return tuple(f"{rank}.{number}" for rank, number in rows[: len(rows) - PAGE : step])


def _creates(side: Side, number: int) -> list[bytes]:
    return [side.new(side.token) for _ in range(number)]


def _pages(side: Side, number: int) -> list[bytes]:
    return [page_at(side.token, side.places[n % len(side.places)] if side.places else "") for n in range(number)]


def _loaded(server: Server, clients: int, requests: Sequence[bytes], status: int) -> Load:
    # New connections each time: a server hangs up on those that are silent while the other one is measured.
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(contextlib.closing(Line(server.port))) for _ in range(clients)]
        before = server.cpu()
        took = rush(lines, requests, status)
        return Load((server.cpu() - before) * 1e6 / len(requests), len(requests) / took)


def _checked(sides: Mapping[str, Side]) -> None:
    """Both answer the same page with the same rows, or the comparison is worth nothing."""
    place = sides["hub"].places[0] if sides["hub"].places else ""
    pages = {}
    for name, side in sides.items():
        with contextlib.closing(Line(side.server.port)) as line:
            pages[name] = json.loads(line.ask(page_at(side.token, place), 200))["rows"]
    keys = {name: [row["key"] for row in rows] for name, rows in pages.items()}
    assert keys["hub"] == keys["plain"], "the two sides show another list"
    assert pages["hub"][0].keys() == pages["plain"][0].keys(), "the two sides show other columns"
