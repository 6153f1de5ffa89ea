"""Consoles on a real server: what one does is on the other's screen, and a server that is killed is no end of anybody's work."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests.real.hostile import Planted, harmless, plant
from tests.real.terminal import REPOSITORY, Terminal, console, environment

NOTICED = 3.0
"""Seconds within which a lost hub must be said."""


class Server:
    """``hubconsole serve`` in a process of its own, on one port for all its lives."""

    def __init__(self, store: Path, env: Mapping[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._store, self._env = store, env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it does."""
        command = [sys.executable, "-m", "hubconsole", "serve", "--store", str(self._store), "--port", str(self.port), "--no-worker"]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, env=dict(self._env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, "the server ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < end, "the server does not answer"
                threading.Event().wait(0.05)

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return plant(tmp_path / "hub.db", harmless(8))


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return environment(home, HUBCONSOLE_CREDENTIALS="file")


@pytest.fixture
def server(planted: Planted, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server, and everybody logged in at it."""
    monkeypatch.setenv("HUBCONSOLE_CREDENTIALS", "file")
    server = Server(planted.path, env)
    hub = LocalHub.open(planted.path)
    for member in hub.members():
        issued = access.issue(hub, member.name, Scope.MEMBER, label="test")
        credentials.keep(server.url, member.name, issued.secret, issued.token.id)
    hub.close()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def pair(server: Server, env: dict[str, str]) -> Iterator[tuple[Terminal, Terminal]]:
    """An agent's console and a lawyer's on the server, both live."""
    with ExitStack() as stack:
        both = tuple(
            stack.enter_context(console("board", "--as", who, "--hub", server.url, env=env, size=(140, 36))) for who in ("agent1", "lex")
        )
        for terminal in both:
            terminal.until(lambda text: " live" in text.splitlines()[0], "the header says live")
        yield both[0], both[1]


@pytest.mark.slow
def test_what_one_takes_the_other_sees_and_a_killed_server_is_said_and_survived(server: Server, pair: tuple[Terminal, Terminal]) -> None:
    one, two = pair
    one.keys("a")
    one.shows("Took E-")
    two.until(lambda text: "▸agent1" in text, "who has it")

    server.kill()
    begun = time.monotonic()
    for terminal in pair:
        terminal.until(lambda text: "not connected" in text.splitlines()[0], "the header says that the line is lost")
    took = time.monotonic() - begun
    print(f"\nsaid after {took:.2f} s")
    assert took < NOTICED
    assert "▸agent1" in two.text(), "what was known stays readable"
    one.keys("j")
    one.still()

    server.start()
    for terminal in pair:
        terminal.until(lambda text: " live" in text.splitlines()[0], "the line is back by itself")
    one.keys("a")
    two.until(lambda text: text.count("▸agent1") == 2, "the next act after the server came back")


@pytest.mark.slow
def test_the_board_of_the_last_time_stands_while_the_hub_is_away(server: Server, env: dict[str, str]) -> None:
    with console("board", "--as", "agent1", "--hub", server.url, env=env, size=(140, 36)) as first:
        first.until(lambda text: " live" in text.splitlines()[0], "the header says live")
        known = first.shows("E-12")
        assert known
    server.kill()
    with console("board", "--as", "agent1", "--hub", server.url, env=env, size=(140, 36)) as second:
        second.shows("E-12")
        second.until(lambda text: "as of" in text.splitlines()[0] and "not connected" in text.splitlines()[0], "as of when it is true")
        server.start()
        second.until(lambda text: " live" in text.splitlines()[0], "the line comes by itself")
