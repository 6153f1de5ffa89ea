"""Servers and databases that are killed: nothing acknowledged is lost or doubled, P1 to P10 hold, and everybody recovers unaided."""

from __future__ import annotations

import signal
import statistics
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from hubconsole.domain import commands as c
from hubconsole.ids import new_id
from tests import pg
from tests.faults.at_work import at_work, seq_of
from tests.faults.following import Follower
from tests.faults.load import MEMBERS, Client, Load
from tests.faults.servers import Deaf, Postgres, make_hub, serving, until

pytestmark = pytest.mark.faults

KILLS = 3
PAUSE = 0.15
"""Seconds between two commands of one person who is quick: longer than the feed rests after a change."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that has on disk what it says it has."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """A new database in it."""
    with pg.database(server=postgres.url) as url:
        yield url


def test_two_servers_tell_what_was_done_at_the_other(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, tokens = make_hub(database, MEMBERS)
    deaf = Deaf(database)
    (tmp_path / "deaf").mkdir()
    with serving(store, tmp_path, 2) as (one, other), serving(deaf.url, tmp_path / "deaf") as (unhinted,):
        start = seq_of(store)
        with Follower([other.url], tokens["ben"], start) as hinted, Follower([unhinted.url], tokens["ben"], start) as late:
            client = Client([one.url], tokens)
            pace = threading.Event()
            commit, seen, seen_late = [], [], []
            for n in range(60):
                asked = time.monotonic()
                receipt = client.do(c.Receive(enquiry_id=new_id(), channel="x", text=f"help {n}", customer="cy"), "ada")
                assert receipt is not None
                answered = time.monotonic()
                hinted.reach(receipt.seq)
                if n % 5 == 0:
                    late.reach(receipt.seq)
                commit.append(answered - asked)
                seen.append(hinted.heard[receipt.seq - start - 1].at - asked)
                seen_late.append((receipt.seq, asked))
                pace.wait(PAUSE)
            end = seen_late[-1][0]
            late.reach(end)
            worst = max(late.heard[seq - start - 1].at - asked for seq, asked in seen_late)
            for follower in (hinted, late):
                follower.in_order(end)
                assert follower.lines == 1
            client.close()
    deaf.close()
    median, commits = statistics.median(seen), statistics.median(commit)
    with capsys.disabled():
        print(
            f"\ntwo servers: command {commits * 1000:.1f} ms, seen at the other after {median * 1000:.1f} ms ({median / commits:.2f}); "
            f"without hints at most {worst * 1000:.0f} ms ({deaf.lost} hints lost)"
        )
    assert median <= 2 * commits
    assert deaf.lost > 0 and worst <= 1.2


@pytest.mark.parametrize("engine", ["postgres", "sqlite"])
def test_a_server_killed_under_load(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = request.getfixturevalue("database") if engine == "postgres" else tmp_path / "hub.db"
    back = []
    with at_work(place, tmp_path, 2 if engine == "postgres" else 1) as scene:
        for n in range(KILLS):
            victim = scene.servers[n % len(scene.servers)]
            scene.load.more(15)
            victim.kill()
            victim.begin()
            back.append(victim.until_ready())
        scene.load.more(15)
    checker, load, follower = scene.checker, scene.load, scene.follower
    broken = {code: n for code, n in load.said.items() if code in ("line_lost", "no_connection", "closing")}
    with capsys.disabled():
        print(
            f"\n{engine}: {KILLS} servers killed; {load.counted}; {checker.seq} events, "
            f"{checker.claims} replies left; lines lost {broken}; feed read over {follower.lines} lines, 0 lost; "
            f"back after {max(back):.1f} s at most"
        )
    assert checker.claims > 20 and broken and follower.lines > 1


def test_postgresql_killed_under_load(postgres: Postgres, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away, back = [], []
    with at_work(database, tmp_path, 2) as scene:
        servers = scene.servers
        for _ in range(2):
            scene.load.more(10)
            postgres.kill()
            away.append(until(lambda: all(one.status() == 503 for one in servers), 10, "the servers saying that they cannot"))
            postgres.start()
            back.append(until(lambda: all(one.status() == 200 for one in servers), 30, "the servers' recovery"))
        scene.load.more(10)
    checker, load = scene.checker, scene.load
    with capsys.disabled():
        print(
            f"\nPostgreSQL killed twice: {load.counted}; {checker.claims} replies left; "
            f"503 after {max(away):.1f} s, back {max(back):.1f} s after it was started; told meanwhile {dict(load.said)}"
        )
    assert checker.claims > 10


def test_a_server_asleep_under_load(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at_work(database, tmp_path, 2) as scene:
        sleeper, load = scene.servers[0], scene.load
        load.more(5)
        sleeper.signal(signal.SIGSTOP)
        # Whoever spoke with it, and the lock that it may hold, are waited for in vain; then the other server does it.
        slept = until(partial(_all_go_on, load, [len(one.answered) + 20 for one in load.clients]), 90, "everybody going on")
        sleeper.signal(signal.SIGCONT)
        load.more(10)
    checker, follower = scene.checker, scene.follower
    with capsys.disabled():
        print(f"\na server asleep for {slept:.0f} s: {load.counted}; {checker.claims} replies left; feed read over {follower.lines} lines")
    assert follower.lines > 1


def _all_go_on(load: Load, marks: list[int]) -> bool:
    return all(len(one.answered) >= mark for one, mark in zip(load.clients, marks, strict=True))
