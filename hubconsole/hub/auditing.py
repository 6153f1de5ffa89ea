"""Checking the journal: chain, counters, private texts, a signed head that was kept elsewhere, and the tables made from it.

A hash chain finds edited, deleted and swapped rows. It cannot find a tail that was cut off or a chain that was
computed anew from some point on; only a head kept outside the store can. The head is signed with a key that is
kept outside the store too (HMAC-SHA256), so that a forged head is not taken for one of ours.
"""

import hashlib
import hmac
import os
import re
import sqlite3
from pathlib import Path
from typing import Any

from hubconsole.clock import iso
from hubconsole.config import load, private_folder
from hubconsole.domain.events import EVENTS
from hubconsole.errors import UsageProblem
from hubconsole.hub.port import JournalEntry, Verification
from hubconsole.store import reads
from hubconsole.store.engine import Connection, Store
from hubconsole.store.journal import ERASED, GENESIS, Stored, commitment, event_hash, private_of, read_all, read_page

_MOST_PROBLEMS = 50
_HEAD = re.compile(r"hubconsole-head v1 hub=(\S+) seq=(\d+) hash=([0-9a-f]{64}) at=(\S+) sig=([0-9a-f]{64})")


def entries(conn: Connection, hub_id: str, after: int, stream: str | None, limit: int) -> list[JournalEntry]:
    """Up to ``limit`` events after a place, in order, private text put back in place."""
    import json

    found: list[JournalEntry] = []
    for row in read_page(conn, hub_id, after, stream, limit):
        body: dict[str, Any] = json.loads(row.body)
        known = EVENTS.get(row.kind)
        private = private_of(conn, hub_id, row.seq) if known and known.PRIVATE else {}
        for name in known.PRIVATE if known else ():
            if isinstance(body.get(name), dict):
                body[name] = private.get(name, ERASED)
        found.append(JournalEntry(row.seq, row.id, row.stream, row.version, row.at, row.actor, row.via, row.kind, body, row.hash))
    return found


def verify(store: Store, hub_id: str, head: str | None = None, *, tables: bool = True) -> Verification:
    """Check a hub in one snapshot of its store, without writing to it; ``tables`` also compares the tables with the journal.

    Every problem found is one sentence; at most 50 are listed.
    """
    from hubconsole.hub import comparing

    with store.apart() as conn:
        try:
            walk = _walked(conn, hub_id)
        except sqlite3.OperationalError:  # bytes that are no text where we write text: read them as well as may be
            assert isinstance(conn, sqlite3.Connection)
            conn.text_factory = lambda raw: raw.decode("utf-8", "replace")
            walk = _walked(conn, hub_id)
        if tables and walk.problems:
            walk.say("The tables were not compared with the journal, which is not whole itself.")
        elif tables:
            walk.problems += comparing.differences(store, conn, hub_id, _MOST_PROBLEMS)
    if head is not None:
        _check_head(walk, hub_id, head)
    return Verification(not walk.problems, walk.events, walk.hash, tuple(walk.problems[:_MOST_PROBLEMS]))


def _walked(conn: Connection, hub_id: str) -> "_Walk":
    walk = _Walk(conn, hub_id)
    for row in read_all(conn, hub_id):
        walk.step(row)
    hub = reads.hub_row(conn, hub_id)
    if hub and (hub.last_seq != walk.seq or hub.head != walk.hash):
        walk.say(f"The journal ends at {walk.seq}, but the hub counted {hub.last_seq}: its tail was cut off or replaced.")
    if hub and walk.seq == 0:
        walk.say("The journal is empty; a hub has at least its own creation.")
    return walk


class _Walk:
    """The state of one pass over the journal."""

    def __init__(self, conn: Connection, hub_id: str) -> None:
        self.conn = conn
        self.hub_id = hub_id
        self.seq = 0
        self.hash = GENESIS
        self.events = 0
        self.versions: dict[str, int] = {}
        self.hashes: dict[int, str] = {}
        self.problems: list[str] = []

    def say(self, problem: str) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)

    def step(self, row: Stored) -> None:
        if {type(row.seq), type(row.version)} != {int}:
            self.say(f"There is an event whose place is no number ({str(row.seq)[:40]}, {str(row.version)[:40]}).")
            return
        if row.seq != self.seq + 1:
            self.say(f"Event {self.seq + 1} is missing; the next one is {row.seq}.")
        if row.prev_hash != self.hash:
            self.say(f"Event {row.seq} does not follow the one before it.")
        if not _is_its_hash(row, self.hub_id):
            self.say(f"Event {row.seq} ({row.kind}) was changed after it was written.")
        if row.version != self.versions.get(row.stream, 0) + 1:
            self.say(f"Event {row.seq} is out of order in its enquiry.")
        self.versions[row.stream] = row.version
        self._private(row)
        self.seq, self.hash = row.seq, row.hash
        self.hashes[row.seq] = row.hash
        self.events += 1

    def _private(self, row: Stored) -> None:
        known = EVENTS.get(row.kind)
        if known is None:
            self.say(f"Event {row.seq} is of the unknown kind {row.kind!r}.")
            return
        if not known.PRIVATE:
            return
        import json

        try:
            body = json.loads(row.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self.say(f"Event {row.seq} ({row.kind}) holds nothing that can be read.")
            return
        found = self.conn.execute("SELECT field, salt, value FROM private WHERE hub_id = ? AND seq = ?", (self.hub_id, row.seq))
        committed = {name for name in known.PRIVATE if isinstance(body.get(name), dict)}
        for name, salt, value in found:
            held = body.get(name)
            if not isinstance(held, dict) or held.get("sha256") != commitment(str(salt), str(value)):
                self.say(f"The text {name!r} beside event {row.seq} is not the one that was written.")
            committed.discard(name)
        for name in sorted(committed):
            self.say(f"The text {name!r} beside event {row.seq} is gone, and no event says that it was erased.")


def _is_its_hash(row: Stored, hub_id: str) -> bool:
    """Whether the row's hash is the hash of what the row holds; a row of other types than we write holds something else."""
    try:
        return event_hash(row.prev_hash, hub_id, row) == row.hash
    except (TypeError, ValueError):
        return False


def _check_head(walk: _Walk, hub_id: str, head: str) -> None:
    match = _HEAD.fullmatch(head.strip())
    if not match:
        raise UsageProblem("bad_head", "That is not a head of a journal.", "Give the line that 'hubconsole audit head' printed.")
    hub, seq, digest, _, signature = match.groups()
    key = _key(hub_id, make=False)
    if hub != hub_id:
        walk.say(f"The head is of another hub ({hub}).")
        return
    if key is None:
        walk.say("The head's signature cannot be checked: the key that signed it is not on this machine.")
    elif not hmac.compare_digest(_sign(key, head.strip().rpartition(" sig=")[0]), signature):
        walk.say("The head's signature is wrong: it was not made with this hub's key, or the line was changed.")
    held = walk.hashes.get(int(seq))
    if held is None:
        walk.say(f"The head names event {seq}, but the journal ends at {walk.seq}: its tail was cut off.")
    elif held != digest:
        walk.say(f"Event {seq} is not the one that the head names: the journal was written anew.")


def signed_head(conn: Connection, hub_id: str, now: int) -> str:
    """One line that names the newest event and its hash, signed."""
    hub = reads.hub_row(conn, hub_id)
    assert hub is not None
    line = f"hubconsole-head v1 hub={hub_id} seq={hub.last_seq} hash={hub.head} at={iso(now)}"
    key = _key(hub_id, make=True)
    assert key is not None
    return f"{line} sig={_sign(key, line)}"


def _sign(key: bytes, line: str) -> str:
    return hmac.new(key, line.encode(), hashlib.sha256).hexdigest()


def _key(hub_id: str, *, make: bool) -> bytes | None:
    """The signing key of a hub on this machine, kept beside the recovery files and never in the store."""
    path: Path = load().recovery.parent / "heads" / f"{hub_id}.key"
    if path.exists():
        return bytes.fromhex(path.read_text().strip())
    if not make:
        return None
    private_folder(path.parent)
    key = os.urandom(32)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text().strip())
    with os.fdopen(handle, "w") as file:
        file.write(key.hex() + "\n")
    return key
