"""`hubconsole serve --workers 2` over PostgreSQL: what is done at one process is told at the other, and one that dies is replaced."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests import pg
from tests.api.acting import received
from tests.api.listening import Listener
from tests.api.serving import MEMBERS, bearer
from tests.api.test_serving import free_port, running

pytestmark = pytest.mark.slow


class Far:
    """A hub in PostgreSQL that two processes serve."""

    def __init__(self, hub: LocalHub, port: int, process: subprocess.Popen[str]) -> None:
        self.hub = hub
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.tokens = {name: access.issue(hub, name, Scope.MEMBER, label="desk").secret for name in ("ada", "ben")}

    def children(self) -> list[int]:
        """The processes that serve now."""
        return sorted(int(one.pid) for one in psutil.Process(self.process.pid).children())

    def client(self, who: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=bearer(self.tokens[who]), timeout=30.0)


@contextmanager
def held(pid: int) -> Iterator[None]:
    """Whoever comes meanwhile is served by another process than this."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def far() -> Iterator[Far]:
    with pg.database() as url:
        hub = LocalHub.create(url, name="Bank", policy=ALL_LEGAL, members=MEMBERS)
        port = free_port()
        with running(url, port, "--workers", "2") as process:
            yield Far(hub, port, process)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        hub.close()


def until(fulfilled: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def test_a_command_at_one_process_is_on_the_feed_of_the_other(far: Far) -> None:
    one, other = far.children()
    with far.client("ben") as ben:
        with held(one):
            assert ben.get("/readyz").status_code == 200, "this connection stays with the other process"
        with held(other):
            listener = Listener(far, "ada", after=far.hub.info().seq)
            listener.__enter__()
        try:
            # Each process says how many listen to itself.
            figures = ben.get("/metrics").text
            assert re.search(r'^hubconsole_feed_readers\{process="[^"]+"\} 0\.0$', figures, re.MULTILINE)
            assert 'hubconsole_outbox_sends{state="queued"} 0.0' in figures and "hubconsole_journal_seq" in figures
            asked = time.monotonic()
            made = ben.post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Maria"}).json()
            assert listener.until(lambda told: made["seq"] in told.seqs())
            frame = listener.frames()[-1]
            assert [row["key"] for row in frame.data["rows"]] == [made["key"]] and frame.at - asked < 5
        finally:
            listener.__exit__(None, None, None)


def test_a_process_that_is_killed_is_replaced_and_nothing_is_lost(far: Far) -> None:
    one, other = far.children()
    with held(other):
        first = Listener(far, "ada", after=far.hub.info().seq)
        first.__enter__()
    seen = received(far.hub)
    assert first.until(lambda told: seen.seq in told.seqs())
    os.kill(one, signal.SIGKILL)
    assert first.ended.wait(10) and first.broken
    missed = received(far.hub)
    until(lambda: len(far.children()) == 2 and one not in far.children())
    with held(other), far.client("ben") as ben:
        assert ben.get("/v1/hub").json()["seq"] == missed.seq, "the new process answers"
        with Listener(far, "ada", after=seen.seq) as again:
            assert again.until(lambda told: told.seqs() == [missed.seq])


def test_a_signal_ends_all_processes(far: Far) -> None:
    children = far.children()
    far.process.send_signal(signal.SIGTERM)
    assert far.process.wait(30) == 0
    assert not any(psutil.pid_exists(pid) for pid in children)
    assert far.hub.lease("dispatcher", "another", 1_000) is not None, "the worker gave its lease back"


def test_no_process_goes_on_without_the_one_that_minds_them(far: Far) -> None:
    children = far.children()
    far.process.kill()
    far.process.wait(30)
    until(lambda: not any(psutil.pid_exists(pid) for pid in children))
