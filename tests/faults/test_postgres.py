"""A hub in PostgreSQL under many writers at once, and under writers that are killed.

Readers follow the journal by a cursor while others write. That its places are given in the order of commits is what makes
this safe; a plain identity column, written by the same processes in the same minutes, loses rows under the same reader.
"""

import json
import os
import random
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Function, Verdict
from hubconsole.errors import Conflict, Refused, StoreProblem
from hubconsole.hub.local import LocalHub
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.faults.killing import POINTS, Asked, run_and_kill, some_work
from tests.pg import fresh_database, start_server

__all__ = ["fresh_database"]

pytestmark = pytest.mark.faults

WRITERS = 8
RUNS = 5
EVENTS_EACH = 60
REVIEWERS = 50


def in_children(work: list[Callable[[], Any]], folder: Path) -> list[Any]:
    """What each piece of work returns (as JSON), done in processes of their own that begin together."""
    begin, children = os.pipe(), []
    for n, one in enumerate(work):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(begin[1])
                os.read(begin[0], 1)
                (folder / f"{n}.json").write_text(json.dumps(one()))
                code = 0
            except BaseException:  # noqa: BLE001  the parent tells it
                (folder / f"{n}.txt").write_text(traceback.format_exc())
            finally:
                os._exit(code)
        children.append(pid)
    os.close(begin[0])
    os.close(begin[1])
    for n, pid in enumerate(children):
        if os.waitpid(pid, 0)[1] != 0:
            raise AssertionError((folder / f"{n}.txt").read_text())
    return [json.loads((folder / f"{n}.json").read_text()) for n in range(len(work))]


def writer(url: str, n: int, run: int) -> list[int]:
    """Notes to a few enquiries, and as many rows in the plain table, in transactions of any length; the places that were answered."""
    rng, pause, places = random.Random(f"{n} {run}"), threading.Event(), []
    hub = LocalHub.open(url)
    with psycopg.connect(url, autocommit=True) as plain:
        for k in range(EVENTS_EACH):
            receipt = hub.execute(c.AddNote(enquiry_id=hub_ids(hub)[rng.randrange(4)], text=f"{run} {n} {k}"), actor="ada")
            places.append(receipt.seq)
            with plain.transaction():
                plain.execute("INSERT INTO naive (who) VALUES (%s)", (f"{run} {n} {k}",))
                pause.wait(rng.choice((0.0, 0.001, 0.004, 0.02)))
    hub.close()
    return places


_ids: dict[str, list[str]] = {}


def hub_ids(hub: LocalHub) -> list[str]:
    if hub.hub_id not in _ids:
        _ids[hub.hub_id] = [hub.enquiry(f"E-{number}").row.id for number in range(1, 5)]
    return _ids[hub.hub_id]


class Readers:
    """Somebody who follows the journal, and somebody who follows the plain table, each by a cursor."""

    def __init__(self, url: str, after: int) -> None:
        self.url, self.stop = url, threading.Event()
        self.seen: list[int] = []
        self.naive: list[int] = []
        self.errors: list[str] = []
        self.threads = [threading.Thread(target=self._guarded, args=(one,)) for one in (lambda: self.follow(after), self.follow_naively)]
        for thread in self.threads:
            thread.start()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException:  # noqa: BLE001  the test tells it
            self.errors.append(traceback.format_exc())

    def follow(self, after: int) -> None:
        hub = LocalHub.open(self.url)
        while True:
            last = self.stop.is_set()
            hub.wait(after, 0.05)
            for entry in hub.journal(after):
                self.seen.append(entry.seq)
                after = entry.seq
            if last:
                break
        hub.close()

    def follow_naively(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            cursor = 0
            while True:
                last = self.stop.is_set()
                for (found,) in conn.execute("SELECT id FROM naive WHERE id > %s ORDER BY id", (cursor,)):
                    self.naive.append(found)
                    cursor = found
                if last:
                    return
                threading.Event().wait(0.001)

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert self.errors == []


def test_eight_writers_lose_nothing_where_an_identity_column_does(
    fresh_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    for _ in range(4):
        acts.receive(hub)
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("CREATE TABLE naive (id BIGSERIAL PRIMARY KEY, who TEXT NOT NULL)")
    lost = total = 0
    began = time.monotonic()
    for run in range(RUNS):
        before = hub.info().seq
        with psycopg.connect(fresh_database, autocommit=True) as conn:
            conn.execute("TRUNCATE naive")
        readers = Readers(fresh_database, before)
        answered = in_children([partial(writer, fresh_database, n, run) for n in range(WRITERS)], tmp_path)
        readers.end()
        end = hub.info().seq
        places = sorted(place for one in answered for place in one)
        assert end - before >= WRITERS * EVENTS_EACH >= 480
        assert readers.seen == list(range(before + 1, end + 1)), "the reader missed an event, or saw one twice or out of order"
        assert places == list(range(before + 1, end + 1)), "an event is lost or nobody's"
        lost += WRITERS * EVENTS_EACH - len(set(readers.naive))
        total += WRITERS * EVENTS_EACH
    seconds = time.monotonic() - began
    assert hub.verify().ok
    texts = [message.text for one in hub_ids(hub) for message in hub.enquiry(one).messages if message.direction == "internal"]
    assert sorted(texts) == sorted(f"{run} {n} {k}" for run in range(RUNS) for n in range(WRITERS) for k in range(EVENTS_EACH))
    hub.close()
    with capsys.disabled():
        print(
            f"\n{WRITERS} writers, {RUNS} runs, {total} events in {seconds:.1f} s: 0 lost, 0 gaps, 0 out of order; "
            f"an identity column under the same reader lost {lost} of {total} ({100 * lost / total:.1f} %)"
        )
    assert lost > total / 100, "the plain cursor lost next to nothing, so this test proves nothing"


@pytest.fixture
def peopled(fresh_database: str, clock: FrozenClock) -> Iterator[tuple[str, list[str]]]:
    """A hub with two enquiries: its URL and their ids."""
    hub = LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    ids = [acts.receive(hub) for _ in range(2)]
    hub.close()
    yield fresh_database, ids


def nothing_is_lost(url: str, clock: FrozenClock, work: list[Asked], acknowledged: dict[int, int]) -> None:
    """What was answered is there, once; all of it asked again under the same ids gives a whole hub."""
    hub = LocalHub.open(url, clock=clock)
    assert hub.verify().ok
    for n, asked in enumerate(work):
        receipt = hub.execute(asked.command, actor=asked.actor, command_id=asked.command_id)
        if n in acknowledged:
            assert receipt.repeated and receipt.seq == acknowledged[n]
    answer = hub.verify()
    assert answer.ok and answer.events == hub.info().seq
    notes = [asked.command.text for asked in work if isinstance(asked.command, c.AddNote)]
    kept = [m.text for row in hub.page(parse(""), limit=1000).rows for m in hub.enquiry(row.id).messages if m.direction == "internal"]
    assert sorted(kept) == sorted(notes), "a note is lost or doubled"
    hub.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_writer_killed_at_a_point_loses_nothing_that_was_answered(peopled: tuple[str, list[str]], clock: FrozenClock, point: str) -> None:
    url, ids = peopled
    rng = random.Random(point)
    work = some_work(rng, ids, 2)
    death = run_and_kill(url, clock, work, point=point, at=rng.randint(2, len(work)))
    assert death.killed and len(death.acknowledged) >= 1
    nothing_is_lost(url, clock, work, death.acknowledged)


def test_writers_killed_at_any_instant_lose_nothing_that_was_answered(peopled: tuple[str, list[str]], clock: FrozenClock) -> None:
    url, ids = peopled
    rng = random.Random(11)
    killed = 0
    everything: list[Asked] = []
    acknowledged: dict[int, int] = {}
    for _ in range(25):
        work = some_work(rng, ids, 6)
        death = run_and_kill(url, clock, work, after=rng.uniform(0.0, 0.12))
        killed += death.killed
        acknowledged |= {len(everything) + n: seq for n, seq in death.acknowledged.items()}
        everything += work
    assert killed > 15 and acknowledged
    nothing_is_lost(url, clock, everything, acknowledged)


def refusal(hub: LocalHub) -> str:
    """What a hub says that has lost its server; those who served it notice within moments."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            hub.info()
        except StoreProblem as problem:
            return problem.code
    return ""


def restarted(home: Path, pid: int) -> tuple[str, Callable[[], None], int]:
    """The same server again, once nothing is left of the one before: its helpers take a moment to notice that they are alone."""
    until = time.monotonic() + 20
    while pg.is_alive(pid) and time.monotonic() < until:
        threading.Event().wait(0.05)
    while True:
        try:
            return start_server(home)
        except RuntimeError:
            if time.monotonic() > until:
                raise
            threading.Event().wait(0.5)


def test_a_hub_outlives_the_death_of_its_server(clock: FrozenClock) -> None:
    home = Path(tempfile.mkdtemp(prefix="hcpg-own-", dir="/tmp"))
    home.chmod(0o755)
    url, stop, pid = start_server(home)
    try:
        hub = LocalHub.create(url, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
        eid = acts.receive(hub)
        for n in range(3):
            note = hub.execute(c.AddNote(enquiry_id=eid, text=f"answered {n}"), actor="ada")
            os.kill(pid, signal.SIGKILL)
            assert refusal(hub) == "store_unreachable"
            with pytest.raises(StoreProblem):
                hub.execute(c.AddNote(enquiry_id=eid, text="never answered"), actor="ada")
            url, stop, pid = restarted(home, pid)
            assert hub.info().seq == note.seq, "what was answered is lost, or what was refused is there"
        assert [m.text for m in hub.enquiry(eid).messages][1:] == [f"answered {n}" for n in range(3)]
        assert hub.wait(0, 0) and hub.verify().ok
        hub.close()
    finally:
        stop()
        shutil.rmtree(home, ignore_errors=True)


def reviewers(url: str, names: list[str], ids: list[str]) -> list[list[str]]:
    """Several lawyers in one process, each with a console of their own: notes of all, decisions of one on each enquiry."""
    told: list[list[str]] = []

    def one(name: str) -> None:
        hub = LocalHub.open(url)
        for eid in ids:
            hub.execute(c.AddNote(enquiry_id=eid, text=f"{name} was here"), actor=name)
            draft = hub.enquiry(eid).drafts[-1]
            decide = c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=draft.digest)
            try:
                hub.execute(decide, actor=name)
                told.append([eid, "won", name])
            except (Conflict, Refused) as error:
                told.append([eid, error.code, getattr(error, "winner", "")])
        hub.close()

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_of_fifty_reviewers_at_once_one_wins_and_no_update_is_lost(fresh_database: str, tmp_path: Path) -> None:
    lawyers = [f"lex{n}" for n in range(REVIEWERS)]
    members = (*MEMBERS, *((name, (Function.LEGAL,)) for name in lawyers))
    hub = LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=members)
    ids = [acts.submitted(hub) for _ in range(3)]
    work: list[Callable[[], Any]] = [partial(reviewers, fresh_database, lawyers[n::10], ids) for n in range(10)]
    told = [line for one in in_children(work, tmp_path) for line in one]
    assert len(told) == REVIEWERS * len(ids)
    for eid in ids:
        won = [name for one, what, name in told if one == eid and what == "won"]
        others = [(what, name) for one, what, name in told if one == eid and what != "won"]
        assert len(won) == 1, "not exactly one decision stands"
        assert others == [("already_decided", won[0])] * (REVIEWERS - 1), "somebody was not told who won"
        view = hub.enquiry(eid)
        assert [review.decided_by for review in view.reviews if review.state == "decided"] == won
        notes = {message.text for message in view.messages if message.direction == "internal" and message.text.endswith("was here")}
        assert notes == {f"{name} was here" for name in lawyers}, "a note is lost"
    assert hub.verify().ok
    hub.close()
