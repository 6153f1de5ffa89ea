"""One command through the hub against bare sqlite3 writing the same rows with the same durability."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hubconsole.domain.commands import Claim, Receive
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.store import sqlite
from tests.bench.measure import Figure, Scale, cpu, interleaved, wall
from tests.bench.stores import empty

BLOCK = 20
"""Claims in one piece of work."""


class Claims:
    """Claims through a hub, and the same claims replayed by bare sqlite3 on a copy of the file."""

    def __init__(self, folder: Path, name: str, blocks: int, kept: bool) -> None:
        self.hub = empty(folder / f"{name}.db")
        self.ids = [new_id() for _ in range(blocks * BLOCK)]
        taking_in = [
            Receive(enquiry_id=one, channel="x", text=f"Where is my card? I have waited {n} days.", customer=f"@ola{n}")
            for n, one in enumerate(self.ids)
        ]
        self.hub.execute_all(taking_in, actor="agent1")
        if not kept:  # another process made them: their state must be folded from the journal first
            self.hub.close()
            self.hub = LocalHub.open(folder / f"{name}.db")
        self.hub.execute(Receive(enquiry_id=new_id(), channel="x", text="The first one", customer="@ola"), actor="agent1")
        self.bare = self._copy(folder / f"{name}-bare.db")
        self.look = sqlite3.connect(f"file:{folder / f'{name}.db'}?mode=ro", uri=True, isolation_level=None)
        self.todo = iter([self.ids[n : n + BLOCK] for n in range(0, len(self.ids), BLOCK)])
        self.block: list[str] = []
        self.rows: list[tuple[list[tuple[object, ...]], str, tuple[object, ...], tuple[object, ...]]] = []

    def _copy(self, path: Path) -> sqlite3.Connection:
        with sqlite3.connect(self.hub.path) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()
        shutil.copy(self.hub.path, path)
        return sqlite.connect(path)

    def through_hub(self) -> int:
        """Claim the next block."""
        self.block = next(self.todo)
        for one in self.block:
            self.hub.execute(Claim(enquiry_id=one), actor="agent1")
        return BLOCK

    def prepare(self) -> None:
        """Read what the hub wrote for the block, and which columns of the board row it changed."""
        self.rows = []
        for one in self.block:
            events = self.look.execute("SELECT * FROM event WHERE stream = ? AND version > 1 ORDER BY seq", (one,)).fetchall()
            found = self.look.execute("SELECT * FROM enquiry WHERE id = ?", (one,))
            names = [column[0] for column in found.description]
            now, was = found.fetchone(), self.bare.execute("SELECT * FROM enquiry WHERE id = ?", (one,)).fetchone()
            moved = [n for n in range(len(names)) if now[n] != was[n]]
            update = f"UPDATE enquiry SET {', '.join(f'{names[n]} = ?' for n in moved)} WHERE hub_id = ? AND id = ?"
            end = (events[-1][1], events[-1][11], self.hub.hub_id)
            self.rows.append((events, update, (*(now[n] for n in moved), self.hub.hub_id, one), end))

    def barely(self) -> int:
        """Write the same rows without looking at anything."""
        insert = f"INSERT INTO event VALUES ({', '.join('?' * 15)})"
        for events, update, values, end in self.rows:
            self.bare.execute("BEGIN IMMEDIATE")
            for event in events:
                self.bare.execute(insert, event)
            self.bare.execute(update, values)
            self.bare.execute("UPDATE hub SET last_seq = ?, head = ? WHERE hub_id = ?", end)
            self.bare.execute("COMMIT")
        return BLOCK

    def agree(self) -> None:
        """Both files hold the same board and journal, or the comparison is worth nothing."""
        for table in ("event", "enquiry", "tally", "hub"):
            ours, theirs = (set(conn.execute(f"SELECT * FROM {table}")) for conn in (self.look, self.bare))
            assert ours == theirs, f"{table} differs"
        assert self.hub.verify().ok

    def close(self) -> None:
        """Close both files."""
        self.look.close()
        self.bare.close()
        self.hub.close()


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Claims of enquiries whose state is kept in memory, and of others."""
    blocks = 20 if scale.quick else 60
    for name, kept, what in (("kept", True, "claim, state kept"), ("cold", False, "claim, state folded from the journal")):
        claims = Claims(folder, name, blocks, kept)

        def through_hub(claims: Claims = claims) -> int:
            return claims.through_hub()

        def barely(claims: Claims = claims) -> int:
            return claims.barely()

        ours, theirs = [], []
        for _ in range(blocks):
            ours += interleaved(1, {"hub": through_hub})["hub"]
            claims.prepare()
            theirs += interleaved(1, {"bare": barely})["bare"]
        claims.agree()
        claims.close()
        note = f"{cpu(ours) * 1000:.0f} to {cpu(theirs) * 1000:.0f} µs CPU"
        yield Figure(f"{what}: CPU", cpu(ours) / cpu(theirs), "x", "the same rows by bare sqlite3", 3.0, note=note)
        note = f"{wall(ours) * 1000:.0f} to {wall(theirs) * 1000:.0f} µs"
        yield Figure(f"{what}: time", wall(ours) / wall(theirs), "x", "the same rows by bare sqlite3", 3.0, note=note)
