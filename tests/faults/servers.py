"""Servers and databases that a test may kill: ``hubconsole serve`` in a process of its own, PostgreSQL that writes to disk in
earnest, and a line to it on which hints are lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil  # type: ignore[import-untyped]

from hubconsole.clock import DAY
from hubconsole.domain.terms import Function, Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests import pg
from tests.bench.serving import REPOSITORY, free_port
from tests.property.oracle import Rules

PATIENCE = 60.0
"""Seconds that anything may take to come about; generous, because machines that run tests are busy."""
_LOOK = 0.02

POLICY = """\
name = "faults"
undo_seconds = 0
[gates]
legal = "legal"
brand = "marketing"
[[rule]]
gate = "legal"
[[rule]]
gate = "brand"
"""
"""Every reply needs the lawyer and the brand, and leaves as soon as it is sent."""
RULES = {"faults": Rules({"legal": "legal", "brand": "marketing"}, DAY)}
"""The same, for who checks it."""

LIMITS = "[limits]\ntoken_rate = 1000000.0\ntoken_burst = 1000000\n"
_DURABLE = "\nfsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"


def until(fulfilled: Callable[[], object], seconds: float = PATIENCE, what: str = "it") -> float:
    """Wait for a condition; the seconds it took. Fails when that is more than ``seconds``."""
    began = time.monotonic()
    while not fulfilled():
        assert time.monotonic() - began < seconds, f"{what} did not come about within {seconds:.0f} s"
        threading.Event().wait(_LOOK)
    return time.monotonic() - began


def make_hub(place: str | Path, members: Sequence[tuple[str, tuple[Function, ...]]], policy: str = POLICY) -> tuple[str, dict[str, str]]:
    """A hub in a file or a database, closed again: where it is, and a token of everybody's (``system``: the worker's)."""
    hub = LocalHub.create(place, name="Bank", policy=policy, members=members)
    try:
        tokens = {name: access.issue(hub, name, Scope.MEMBER, label="console").secret for name, _ in members}
        lead = next(name for name, functions in members if Function.SUPERVISOR in functions)
        tokens["system"] = access.issue(hub, lead, Scope.WORKER, label="worker").secret
        return str(place), tokens
    finally:
        hub.close()


class ServerProcess:
    """``hubconsole serve`` over a store, at one address for as long as the test lasts, however often it is killed."""

    def __init__(
        self, store: str, folder: Path, *, worker: bool = False, name: str = "server", limits: str = LIMITS, read_only: bool = False
    ) -> None:
        self.store = store
        self.folder = folder
        self.worker = worker
        self.read_only = read_only
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{name}.log"
        self.outbox = folder / "outbox"
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "limits.toml").write_text(limits)
        (folder / "config.toml").write_text(f'outbox = "{self.outbox}"\nout = "{folder / "out"}"\n')

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.begin()
        self.until_ready()

    def begin(self) -> None:
        """Start it without waiting."""
        command = [sys.executable, "-m", "hubconsole", "serve", "--store", self.store, "--port", str(self.port)]
        command += ["--settings", str(self.folder / "limits.toml"), *([] if self.worker else ["--no-worker"])]
        command += ["--read-only"] if self.read_only else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=REPOSITORY,
                env={**os.environ, "HUBCONSOLE_CONFIG": str(self.folder / "config.toml")},
            )  # fmt: skip

    def until_ready(self, seconds: float = PATIENCE) -> float:
        """Wait until it says that it is ready; how long that took."""
        return until(lambda: self._dead() or self.status() == 200, seconds, f"{self.url} being ready")

    def _dead(self) -> bool:
        assert self.process is not None
        code = self.process.poll()
        assert code is None, f"the server ended with {code}:\n{self.log.read_text()[-2000:]}"
        return False

    def status(self) -> int:
        """What ``/readyz`` answers; 0 for nothing."""
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code
        return 0

    def signal(self, sig: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(sig)

    def kill(self) -> None:
        """kill -9, and nothing is left of it."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it in good order, or else by force."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(store: str, folder: Path, n: int = 1, *, worker: bool = False, limits: str = LIMITS) -> Iterator[list[ServerProcess]]:
    """``n`` servers over one store; the first has the worker, if any has."""
    servers = [ServerProcess(store, folder, worker=worker and i == 0, name=f"server{i}", limits=limits) for i in range(n)]
    try:
        for one in servers:
            one.begin()
        for one in servers:
            one.until_ready()
        yield servers
    finally:
        for one in servers:
            one.close()


class Postgres:
    """A PostgreSQL of the test's own: what it has committed it has on disk, and it may be killed."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hckill-"))
        self.home.chmod(0o755)
        self.url, self._stop, self.pid = pg.start_server(self.home)
        self._stop()
        with (self.home / "data" / "postgresql.conf").open("a") as conf:
            conf.write(_DURABLE)
        self.start()

    def start(self) -> None:
        """Start it again where it was, whatever state it was left in."""
        self.url, self._stop, self.pid = pg.start_server(self.home)

    def kill(self) -> None:
        """kill -9 of the postmaster; whatever it had started ends by itself for want of it."""
        family = psutil.Process(self.pid).children(recursive=True)
        os.kill(self.pid, signal.SIGKILL)
        until(lambda: not any(map(_lives, [self.pid, *(one.pid for one in family)])), what="the end of PostgreSQL")
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # its number may be another's soon
            (self.home / "data" / lock).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop it and take its data away."""
        with suppress(Exception):
            self._stop()
        shutil.rmtree(self.home, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Deaf:
    """A line to PostgreSQL that passes everything on but what was notified: every hint is lost, and nothing else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.lost = 0
        self.url = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}?sslmode=disable&gssencmode=disable"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no further lines."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._there)
                for work in (self._up, self._down):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        _hang_up(client, server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        """Message by message: one letter, the length of what follows with itself, the rest."""
        held = b""
        with suppress(OSError):
            while data := server.recv(65536):
                held += data
                passed = []
                while len(held) >= 5 and len(held) > (size := int.from_bytes(held[1:5])):
                    message, held = held[: size + 1], held[size + 1 :]
                    if message[:1] == b"A":
                        self.lost += 1
                    else:
                        passed.append(message)
                client.sendall(b"".join(passed))
        _hang_up(client, server)


def _hang_up(*both: socket.socket) -> None:
    for one in both:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
