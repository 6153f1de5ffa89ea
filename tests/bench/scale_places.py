"""Where hubs of the section ``scale`` live: files, and a PostgreSQL that keeps what it has answered for."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hubconsole.domain.commands import Receive
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests import pg
from tests.bench.measure import high, middle
from tests.bench.serving import REPOSITORY
from tests.bench.stores import MEMBERS, policy

EACH = 40
"""Enquiries for each writer."""
_DURABLE = ("fsync = on", "synchronous_commit = on", "full_page_writes = on", "autovacuum = on")


class Place(NamedTuple):
    """A hub, and enquiries in it for each of its writers."""

    at: str
    ids: tuple[tuple[str, ...], ...]


class Database(NamedTuple):
    """An empty database on a server of its own."""

    url: str
    pid: int

    def cpu(self) -> float:
        """User and system seconds of the server and of those of its processes that have ended, to a hundredth."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def durable(home: Path) -> Iterator[Database]:
    """A database that forces every commit to the disk."""
    import psycopg

    url, stop, pid = pg.start_server(home)
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            for one in _DURABLE:
                conn.execute(f"ALTER SYSTEM SET {one}".encode())
            conn.execute("SELECT pg_reload_conf()")
        with pg.database(server=url) as made:
            yield Database(made, pid)
    finally:
        stop()


def founded(at: str, writers: int) -> Place:
    """A new hub with enquiries for so many writers."""
    hub = LocalHub.create(at, name=f"Bank {at[-8:]}", policy=policy(), members=MEMBERS)
    try:
        ids = tuple(tuple(new_id() for _ in range(EACH)) for _ in range(writers))
        texts = [
            Receive(enquiry_id=one, channel="x", text=f"Where is my card? I have waited {n} days.", customer=f"@ola{n}")
            for n, one in enumerate(sum(ids, ()))
        ]
        for answer in hub.execute_all(texts, actor="agent1"):
            assert not isinstance(answer, Exception), answer
        from hubconsole.store.postgres import with_hub

        return Place(with_hub(at, hub.hub_id) if "://" in at else at, ids)
    finally:
        hub.close()


def named(url: str) -> str:
    """The URL for a further hub in the database."""
    from hubconsole.store.postgres import with_hub

    return with_hub(url, new_id())


def together(plans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A process for each plan (see ``scale_worker``), begun at the same moment; what they did."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.scale_worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
        )
        for _ in plans
    ]  # fmt: skip
    try:
        for process, plan in zip(processes, plans, strict=True):
            assert process.stdin
            print(json.dumps(plan), file=process.stdin, flush=True)
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n", "a process of the section gave up; what it said is above"
        for process in processes:
            print("go", file=process.stdin, flush=True)
        return [json.loads(process.communicate(timeout=300)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and the most of some times, in words."""
    return f"median {middle(seconds) * 1000:.1f} ms, p95 {high(seconds) * 1000:.0f}, most {max(seconds) * 1000:.0f}"
