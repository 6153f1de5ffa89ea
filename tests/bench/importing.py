"""``hubconsole import`` from beginning to end, against bare inserts of the rows that it made."""

import csv
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hubconsole.store import sqlite
from tests.bench.measure import Figure, Sample, Scale, cpu, timed, wall
from tests.bench.stores import empty
from tests.corpora import CORPORA

BATCH = 256
TABLES = ("event", "private", "enquiry", "message", "intake", "thread", "search", "tally")
TWEETS = Path("social/twcs_sample_5000.csv")


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Whole processes, so starting Python and reading the file count too."""
    file, what = _tweets(folder)
    ours: list[Sample] = []
    theirs: list[Sample] = []
    messages = 0
    for n in range(3 if scale.quick else 5):
        store = folder / f"import-{n}.db"
        empty(store).close()
        bare = folder / f"import-{n}-bare.db"
        shutil.copy(store, bare)
        ours.append(_import(store, file))
        rows = _rows(store)
        messages = len(rows["message"])
        conn = sqlite.connect(bare)
        theirs.append(timed(lambda conn=conn, rows=rows, messages=messages: _insert(conn, rows, messages)))  # type: ignore[misc]
        conn.close()
        for name in (store, bare):
            name.unlink()
    took, by_bare = wall(ours), wall(theirs) * messages
    yield Figure(
        f"import of {what}", messages / took * 1000, "messages/s", "", 1000, floor=True, note=f"{messages} messages in {took:.0f} ms"
    )
    note = f"{cpu(ours):.0f} to {cpu(theirs) * messages:.0f} ms CPU"
    yield Figure(f"import of {what}: CPU", cpu(ours) / (cpu(theirs) * messages), "x", "bare inserts of the same rows", note=note)
    note = f"{took:.0f} to {by_bare:.0f} ms"
    yield Figure(f"import of {what}: time", took / by_bare, "x", "bare inserts of the same rows", note=note)


def _import(store: Path, file: Path) -> Sample:
    arguments = ["import", str(file), "--channel", "x", "--yes", "--json", "--store", str(store), "--as", "agent1"]
    arguments += ["--rejects", str(store.with_suffix(".rejects.jsonl"))]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "hubconsole", *arguments], capture_output=True, text=True, check=False)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"the import failed: {done.stderr}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(used * 1000, took * 1000)


def _rows(store: Path) -> dict[str, list[tuple[object, ...]]]:
    conn = sqlite3.connect(store)
    found = {}
    for table in TABLES:
        columns = "rowid, enquiry_id, text" if table == "search" else "*"
        founded = " WHERE seq > (SELECT count(*) FROM event WHERE stream = 'hub' AND version <= 5)" if table in ("event", "private") else ""
        found[table] = conn.execute(f"SELECT {columns} FROM {table}{founded}").fetchall()
    found["hub"] = conn.execute("SELECT last_seq, last_number, head, hub_id FROM hub").fetchall()
    conn.close()
    return found


def _insert(conn: sqlite3.Connection, rows: dict[str, list[tuple[object, ...]]], messages: int) -> int:
    parts = -(-messages // BATCH)
    for part in range(parts):
        conn.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            here = rows[table][len(rows[table]) * part // parts : len(rows[table]) * (part + 1) // parts]
            if here:
                names = "(rowid, enquiry_id, text) " if table == "search" else ""
                conn.executemany(f"INSERT INTO {table} {names}VALUES ({', '.join('?' * len(here[0]))})", here)
        conn.execute("UPDATE hub SET last_seq = ?, last_number = ?, head = ? WHERE hub_id = ?", rows["hub"][0])
        conn.execute("COMMIT")
    return messages


def _tweets(folder: Path) -> tuple[Path, str]:
    """The tweets where they are at hand, else as many invented ones in the same shape."""
    if (CORPORA / TWEETS).is_file():
        # A copy: the file of rejected lines is written beside it.
        return Path(shutil.copy(CORPORA / TWEETS, folder)), "5 000 tweets"
    file = folder / "tweets.csv"
    dice = random.Random(1)
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(("tweet_id", "author_id", "inbound", "created_at", "text", "response_tweet_id", "in_response_to_tweet_id"))
        for n in range(1, 5001):
            answers = n - 1 if n % 3 else ""
            inbound = n % 3 != 2
            author = str(100_000 + n // 3) if inbound else "BenchBank"
            words = " ".join(dice.choice(("card", "refund", "late", "please", "help", "app", "login", "transfer")) for _ in range(14))
            when = f"Tue Oct 31 {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d} +0000 2017"
            table.writerow((n, author, inbound, when, f"@{'BenchBank' if inbound else author} {words}", "", answers))
    return file, "5 000 invented tweets"
