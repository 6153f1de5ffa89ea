"""Servers in processes of their own: started, waited for, their CPU read from the kernel, ended."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests.bench.measure import CannotMeasure

PATIENCE = 60
"""Seconds that a server may take to come up."""
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    pid: int
    port: int

    def cpu(self) -> float:
        """User and system seconds of the process and of those that it started and that still run."""
        return sum(_cpu_of(pid) for pid in (self.pid, *_offspring(self.pid)))

    def resident(self) -> float:
        """Memory in use, MB, of the process alone."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextlib.contextmanager
def serving(name: str, command: Sequence[str], port: int, log: Path, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run ``command`` while the block runs, from its first open port on. Raises CannotMeasure with the end of its log."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=REPOSITORY
        )
    try:
        _until_open(name, process, port, log)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def hub_serving(store: Path, log: Path) -> contextlib.AbstractContextManager[Server]:
    """``hubconsole serve`` over a store, allowing a few clients on one machine to ask as much as a whole building would."""
    port = free_port()
    settings = log.with_suffix(".toml")
    settings.write_text("[limits]\ntoken_rate = 1000000.0\ntoken_burst = 1000000\n")
    command = [sys.executable, "-m", "hubconsole", "serve", "--store", str(store), "--port", str(port), "--settings", str(settings)]
    return serving("hubconsole serve", command, port, log)


def token_for(hub: LocalHub, member: str) -> str:
    """A new token of the member's."""
    return access.issue(hub, member, Scope.MEMBER, label="bench").secret


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _until_open(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    what = f"did not open its port within {PATIENCE} s" if process.poll() is None else "ended at once"
    end = log.read_text("utf-8", "replace")[-2000:].strip()
    raise CannotMeasure(f"{name} {what}. Its last words:\n{end}")


def _cpu_of(pid: int) -> float:
    # The kernel's clock of another process, all its threads (living and ended): finer than the ticks in /proc/PID/stat.
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0


def _offspring(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_offspring(child)]
    return found
