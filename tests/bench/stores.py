"""Stores of any size in seconds: rows written straight into the tables, with a journal that verifies.

Every enquiry has one event, its message, its search text and its board row, as if it had been received and,
for some, had come to rest since (the board row alone says so). The hub's counters and kept counts agree.
"""

import hashlib
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hubconsole import resources
from hubconsole.clock import MINUTE, system_clock
from hubconsole.domain.digest import canonical
from hubconsole.domain.terms import Function
from hubconsole.hub.local import LocalHub
from hubconsole.store.rows import RESTING

MEMBERS = (("agent1", (Function.SERVICE,)), ("lawyer1", (Function.LEGAL,)), ("lead1", (Function.SUPERVISOR,)))
BATCH = 20_000
STATES = ("new",) * 5 + ("working",) * 2 + ("sent", "resolved", "closed")
"""Half are new, a fifth is being worked on, the rest is at rest."""

_NAMES = ("Ada", "Bo", "Caro", "Dev", "Eli", "Fay", "Gus", "Hana", "Ivo", "June", "Kit", "Lou", "Mara", "Noor", "Ola", "Pia")
_WORDS = (
    "my card payment was declined at the till this morning", "when will the refund for the cancelled flight reach my account",
    "a transfer to my landlord has been pending since Tuesday", "I cannot log in after the update of the app",
    "there is a charge on my statement that I do not know", "how do I change the address that you hold for me",
    "the cash machine kept my card and gave me nothing", "why is the exchange rate not the one that I was shown",
)  # fmt: skip
_RARE = ("marmalade", "saxophone", "zeppelin", "quicksilver")

_EVENT = f"INSERT INTO event VALUES ({', '.join('?' * 15)})"
_PRIVATE = "INSERT INTO private VALUES (?, ?, ?, ?, ?)"
_MESSAGE = (
    "INSERT INTO message (hub_id, id, enquiry_id, seq, direction, visibility, channel, author, text, at) "
    "VALUES (?, ?, ?, ?, 'in', 'public', 'x', ?, ?, ?)"
)
_SEARCH = "INSERT INTO search (rowid, enquiry_id, text) VALUES (?, ?, ?)"
_ENQUIRY = (
    "INSERT INTO enquiry (hub_id, id, number, state, open, function, channel, visibility, customer, words, priority, due_at, "
    "waiting_since, received_at, updated_at, rank, version, recipient, handle, in_reply_to) "
    "VALUES (?, ?, ?, ?, ?, ?, 'x', 'public', ?, ?, 3, ?, ?, ?, ?, ?, 1, ?, ?, ?)"
)


def policy() -> str:
    """The policy that new hubs have."""
    return resources.read_text(resources.fixtures(), "policies", "all-legal.toml")


def empty(path: Path) -> LocalHub:
    """A new hub with three members."""
    return LocalHub.create(path, name="Bench Bank", policy=policy(), members=MEMBERS)


def filled(folder: Path, size: int) -> Path:
    """A store with ``size`` enquiries, made on the first call and kept in ``folder``."""
    path = folder / f"hub-{size}.db"
    if not path.exists():
        scratch = folder / f"hub-{size}.making.db"
        for old in folder.glob(f"{scratch.name}*"):
            old.unlink()
        empty(scratch).close()
        _fill(scratch, size)
        scratch.rename(path)
    return path


def _fill(path: Path, size: int) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    # A store that only a benchmark reads may be lost with the machine; with durable writes this would take minutes.
    for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "cache_size = -262144"):
        conn.execute(f"PRAGMA {pragma}")
    indexes = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('enquiry', 'message') AND sql <> ''"
    ).fetchall()
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    hub_id, seq, head = conn.execute("SELECT hub_id, last_seq, head FROM hub").fetchone()
    conn.execute("BEGIN")
    rows = _rows(hub_id, seq, head, size)
    counts: Counter[tuple[str, str]] = Counter()
    while batch := [row for row, _ in zip(rows, range(BATCH), strict=False)]:
        conn.executemany(_EVENT, (row[0] for row in batch))
        conn.executemany(_PRIVATE, (private for row in batch for private in row[1]))
        conn.executemany(_MESSAGE, (row[2] for row in batch))
        conn.executemany(_SEARCH, (row[3] for row in batch))
        conn.executemany(_ENQUIRY, (row[4] for row in batch))
        counts.update((row[4][3], row[4][5]) for row in batch)
        head = batch[-1][0][11]
    conn.executemany("INSERT INTO tally VALUES (?, ?, ?, ?)", ((hub_id, *key, n) for key, n in counts.items()))
    conn.execute("UPDATE hub SET last_seq = ?, last_number = ?, head = ?", (seq + size, size, head))
    conn.execute("COMMIT")
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("ANALYZE")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.close()


_Row = tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...], tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]


def _rows(hub_id: str, seq: int, head: str, size: int) -> Iterator[_Row]:
    """Event, private texts, message, search text and board row of one enquiry after the other."""
    dice = random.Random(size)
    now = system_clock()
    salt = os.urandom(16).hex()
    print_ = hashlib.sha256(b"bench").hexdigest()[:32]
    for number in range(1, size + 1):
        seq += 1
        at = now - (size - number) % (30 * 24 * 60) * MINUTE // 10 - dice.randrange(MINUTE)
        state = dice.choice(STATES)
        open_ = state in ("new", "working")
        name = f"{dice.choice(_NAMES)}{number}"
        words = dice.choice(_WORDS) + (f" {dice.choice(_RARE)}" if dice.random() < 0.001 else "")
        enquiry_id, event_id, command_id = (f"{0x0190_0000_0000 + kind:012x}-7000-8000-{number:012x}" for kind in (1, 2, 3))
        enquiry_id, event_id, command_id = (f"{one[:8]}-{one[8:]}" for one in (enquiry_id, event_id, command_id))
        message_id = f"{enquiry_id}/1"
        texts = (("text", words), ("customer", name))
        body = {
            "number": number, "message_id": message_id, "channel": "x", "account": "", "handle": "", "visibility": "public", "subject": "",
            "posted_at": at, "external_id": "", "thread": "", "priority": 3,
            **{field: {"sha256": hashlib.sha256(salt.encode() + b"\0" + text.encode()).hexdigest()} for field, text in texts},
        }  # fmt: skip
        event = (seq, event_id, enquiry_id, 1, at, "agent1", "bench", "enquiry.received", canonical(body))
        prev = head
        head = hashlib.sha256(canonical((prev, hub_id, *event, command_id, 0, print_)).encode()).hexdigest()
        due = at + 240 * MINUTE if open_ else None
        rank = due if due is not None else RESTING - at
        function = "service" if open_ else "customer" if state == "sent" else ""
        yield (
            (hub_id, *event, prev, head, command_id, 0, print_),
            tuple((hub_id, seq, field, salt, text) for field, text in texts),
            (hub_id, message_id, enquiry_id, seq, name, words, at),
            (seq, enquiry_id, f"{name}\n{words}"),
            (
                hub_id, enquiry_id, number, state, int(open_), function, name, words, due, at if open_ else None, at, at, rank, name,
                name, message_id,
            ),
        )  # fmt: skip
