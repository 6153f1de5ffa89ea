"""The worker killed in the middle of a delivery, or asleep past its lease: no reply goes out twice, what nobody knows is in doubt."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hubconsole.domain import commands as c
from tests import pg
from tests.bench.serving import REPOSITORY
from tests.faults.delivering import published
from tests.faults.load import MEMBERS, Client, enquiry
from tests.faults.proving import Published, effects, mails, prove
from tests.faults.servers import RULES, ServerProcess, make_hub, serving, until

pytestmark = pytest.mark.faults

LEASE = 1500
"""Milliseconds; short, so that a test can wait for its end."""
REAL_LEASE, REAL_SLEEP = 30_000, 60.0


class Worker:
    """A worker in a process of its own."""

    def __init__(self, place: Place, holder: str, kind: str, folder: Path, point: str = "", lease: int = LEASE) -> None:
        self.said: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.delivering", place.server.url, holder, str(lease), kind, str(folder), point],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
            env={**os.environ, "WORKER_TOKEN": place.tokens["system"], "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
        self._ear = threading.Thread(target=self._hear, daemon=True)
        self._ear.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def at(self, point: str) -> str:
        """Wait until it has come to a point; the send at hand."""
        until(lambda: any(one.get("at") == point for one in self.said), what=f"the worker being at {point} ({self.said})")
        return str(next(one.get("send", "") for one in self.said if one.get("at") == point))

    def did(self, send_id: str) -> str:
        """Wait until it has done something about a send; what."""
        until(lambda: any(one.get("send") == send_id and "did" in one for one in self.said), what=f"a step about {send_id}")
        return str(next(one["did"] for one in self.said if one.get("send") == send_id and "did" in one))

    def go_on(self) -> None:
        """Let it leave the point where it waits."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """kill -9, wherever it is."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)
        self._ear.join(10)


class Place(NamedTuple):
    """A hub on PostgreSQL behind a server without a worker."""

    store: str
    tokens: dict[str, str]
    server: ServerProcess
    client: Client
    out: list[Published]
    """What all channels have let out so far."""

    def state(self, send_id: str, eid: str) -> str:
        """Where a send stands."""
        return next(one.state for one in self.client.read(lambda hub: hub.enquiry(eid)).sends if one.id == send_id)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with pg.database() as url:
        store, tokens = make_hub(url, MEMBERS)
        with serving(store, tmp_path_factory.mktemp("workers")) as (server,):
            client = Client([server.url], tokens)
            yield Place(store, tokens, server, client, [])
            client.close()


@contextmanager
def workers(place: Place, kind: str, folder: Path) -> Iterator[Any]:
    """Starts workers, and ends all of them."""
    folder.mkdir(exist_ok=True)
    made: list[Worker] = []

    def start(holder: str, point: str = "", lease: int = LEASE) -> Worker:
        made.append(Worker(place, holder, kind, folder, point, lease))
        return made[-1]

    try:
        yield start
    finally:
        for one in made:
            one.end()


def queued(place: Place, kind: str, replies: int = 3) -> set[str]:
    """Replies that are due to leave; the ids of their sends."""
    rng = random.Random(5)
    sent = 0
    while sent < replies:
        sent += enquiry(place.client, rng, f"1x{len(place.client.asked)}", "outbox" if kind == "outbox" else "wall")
    return {one.send_id for one in place.client.read(lambda hub: hub.due(1 << 50))}


def proved(place: Place, sends: set[str], kind: str, folder: Path) -> tuple[list[str], int]:
    """What became of these sends, once P1 to P10 are seen to hold, and how many went out."""
    out = mails(folder) if kind == "outbox" else published(folder)
    place.out.extend(out)
    checker = prove(place.store, RULES, published=place.out)
    return sorted(checker.sends[one].state for one in sends), len(out)


def all_settled(place: Place) -> bool:
    """Whether nothing is on its way any more."""
    return not place.client.read(lambda hub: hub.due(1 << 50))


KNOWN = {("outbox", "after"): "delivered", ("lookup", "after"): "delivered"}
"""What the next worker finds out about the delivery that was cut off; everything else is in doubt."""


@pytest.mark.parametrize("blow", ["killed", "asleep"])
@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize("kind", ["outbox", "lookup", "blind"])
def test_a_worker_that_is_gone_in_the_middle_of_a_delivery(place: Place, tmp_path: Path, kind: str, point: str, blow: str) -> None:
    folder = tmp_path / "out"
    sends = queued(place, kind)
    with workers(place, kind, folder) as start:
        first = start("first", point)
        send_id = first.at(point)
        first.process.send_signal(signal.SIGKILL if blow == "killed" else signal.SIGSTOP)
        heir = start("heir")
        did = heir.did(send_id)
        assert did == KNOWN.get((kind, point), "in_doubt")
        until(lambda: all_settled(place), what="the end of every send")
        before = effects(place.store)
        if blow == "asleep":
            first.process.send_signal(signal.SIGCONT)
            first.go_on()
            # It wakes in the middle of what it was at; what it wants to record is refused.
            assert first.did(send_id) == "lost"
        assert effects(place.store) == before, "a worker without a lease wrote something"
    assert proved(place, sends, kind, folder) == (sorted([did, "delivered", "delivered"]), 3 - (point == "before" and blow == "killed"))


@pytest.mark.slow
def test_a_worker_asleep_for_a_minute_under_the_lease_as_it_is(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    sends = queued(place, "blind")
    with workers(place, "blind", folder) as start:
        first = start("first", "before", REAL_LEASE)
        send_id = first.at("before")
        first.process.send_signal(signal.SIGSTOP)
        heir = start("heir", "", REAL_LEASE)
        took = until(lambda: any(one.get("send") == send_id for one in heir.said), REAL_SLEEP, "the heir taking over")
        threading.Event().wait(REAL_SLEEP - took)
        first.process.send_signal(signal.SIGCONT)
        first.go_on()
        assert (heir.did(send_id), first.did(send_id)) == ("in_doubt", "lost")
    assert proved(place, sends, "blind", folder) == (["delivered", "delivered", "in_doubt"], 3)
    with capsys.disabled():
        print(f"\na worker asleep for {REAL_SLEEP:.0f} s: taken over after {took:.1f} s; one reply in doubt, none twice")


def test_a_reply_in_doubt_is_settled_by_a_person_and_left_alone_by_workers(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    sends = queued(place, "blind", 1)
    with workers(place, "blind", folder) as start:
        first = start("first", "after")
        send_id = first.at("after")
        first.end()
        heir = start("heir")
        assert heir.did(send_id) == "in_doubt"
        eid = next(command.enquiry_id for _, command, _ in reversed(place.client.asked) if isinstance(command, c.Send))
        assert place.state(send_id, eid) == "in_doubt"
        assert place.client.do(c.MarkSent(enquiry_id=eid, link="https://bank.example/1"), "ada") is not None
    assert proved(place, sends, "blind", folder) == (["delivered"], 1)
