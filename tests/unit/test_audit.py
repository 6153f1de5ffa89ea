"""The audit finds what was done to a journal behind the hub's back; an attacker here has the whole file in their hands."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.events import EVENTS
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Verification
from hubconsole.hub.rebuilding import rebuild
from hubconsole.store.journal import COLUMNS, GENESIS, Stored, event_hash
from hubconsole.store.sqlite import connect
from tests.contract import acts
from tests.contract.hubs import MEMBERS

Attack = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a little history, made once; nobody writes to this one."""
    path = tmp_path_factory.mktemp("original") / "hub.db"
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=FrozenClock())
    acts.sent(hub)
    acts.submitted(hub, text="Another reply.")
    hub.close()
    return path


@pytest.fixture
def hub(original: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    shutil.copy(original, tmp_path / "hub.db")
    opened = LocalHub.open(tmp_path / "hub.db", clock=clock)
    yield opened
    opened.close()


def attack(hub: LocalHub, *steps: str | Attack) -> Verification:
    """Do things to the file past every guard, then verify."""
    conn = sqlite3.connect(hub.path)
    conn.execute("DROP TRIGGER event_no_update")
    conn.execute("DROP TRIGGER event_no_delete")
    for step in steps:
        if callable(step):
            step(conn)
        else:
            assert conn.execute(step).rowcount != 0, f"the attack must hit something: {step}"
    conn.commit()
    conn.close()
    return hub.verify()


def rehash(conn: sqlite3.Connection) -> None:
    """What a careful attacker does last: compute the chain and the hub's counters anew."""
    (hub_id,) = conn.execute("SELECT hub_id FROM hub").fetchone()
    head, seq = GENESIS, 0
    for row in map(Stored._make, conn.execute(f"SELECT {COLUMNS} FROM event ORDER BY seq").fetchall()):
        digest, seq = event_hash(head, hub_id, row), row.seq
        conn.execute("UPDATE event SET prev_hash = ?, hash = ? WHERE seq = ?", (head, digest, row.seq))
        head = digest
    conn.execute("UPDATE hub SET last_seq = ?, head = ?", (seq, head))


def retable(conn: sqlite3.Connection) -> None:
    """And what the most careful one does then: make the tables agree with the journal as it is now."""
    rebuild(conn, conn.execute("SELECT hub_id FROM hub").fetchone()[0])


CUT = "DELETE FROM event WHERE seq > (SELECT max(seq) - 2 FROM event)"
FORGED = 'UPDATE event SET body = replace(body, \'"verdict":"approve"\', \'"verdict":"reject"\') WHERE kind = \'review.decided\''


def test_an_honest_journal_is_in_order(hub: LocalHub) -> None:
    answer = hub.verify()
    assert answer.ok and answer.problems == ()
    assert answer.events == hub.info().seq == len(list(hub.journal()))
    assert answer.head == list(hub.journal())[-1].hash


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (FORGED, "was changed"),
        ("UPDATE event SET actor = 'lou' WHERE actor = 'lex'", "was changed"),
        ("UPDATE event SET at = at - 60000 WHERE seq = 9", "was changed"),
        ("UPDATE event SET via = 'cli' WHERE seq = 9", "was changed"),
        ("UPDATE event SET kind = 'enquiry.released' WHERE kind = 'send.claimed'", "was changed"),
        ("UPDATE event SET kind = 'nonsense' WHERE seq = 9", "unknown kind"),
        ("UPDATE event SET body = '{nonsense' WHERE kind = 'enquiry.received'", "was changed"),
        ("UPDATE event SET body = '[]' WHERE kind = 'enquiry.received'", "was changed"),
        ("UPDATE event SET body = x'ff00' WHERE seq = 7", "was changed"),
        ("UPDATE event SET actor = CAST(x'ff' AS TEXT) WHERE seq = 7", "was changed"),
        ("UPDATE event SET kind = x'00' WHERE seq = 7", "unknown kind"),
        ("UPDATE event SET version = 'x' WHERE seq = 7", "is no number"),
        ("UPDATE event SET seq = x'07' WHERE seq = 7", "is no number"),
        ("UPDATE event SET id = '01900000-0000-7000-8000-000000000001' WHERE seq = 9", "was changed"),
        ("UPDATE event SET fingerprint = '' WHERE seq = 9", "was changed"),
        ("UPDATE event SET hash = prev_hash WHERE seq = 9", "does not follow"),
        ("DELETE FROM event WHERE seq = 1", "is missing"),
        ("DELETE FROM event WHERE seq = 9", "Event 9 is missing"),
        ("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)", "tail was cut off"),
        (CUT, "tail was cut off"),
        ("DELETE FROM event", "empty"),
        ("UPDATE private SET value = 'We pay you 1000.' WHERE field = 'text'", "is not the one that was written"),
        ("UPDATE private SET value = x'00ff' WHERE field = 'text'", "is not the one that was written"),
        ("UPDATE private SET salt = '' WHERE field = 'text'", "is not the one that was written"),
        ("INSERT INTO private SELECT hub_id, seq, 'channel', '', 'email' FROM event WHERE kind = 'enquiry.received'", "is not the one"),
        ("UPDATE hub SET last_seq = last_seq + 1", "tail was cut off"),
        ("UPDATE hub SET head = 'x'", "tail was cut off"),
    ],
)  # fmt: skip
def test_one_change_to_the_file_is_found_and_named(hub: LocalHub, what: str, says: str) -> None:
    answer = attack(hub, what)
    assert not answer.ok
    assert any(says in problem for problem in answer.problems), answer.problems


def test_swapped_events_are_found(hub: LocalHub) -> None:
    def swap(conn: sqlite3.Connection) -> None:
        for old, new in ((8, -1), (9, 8), (-1, 9)):
            conn.execute("UPDATE event SET seq = ? WHERE seq = ?", (new, old))

    answer = attack(hub, swap)
    assert {problem.split()[1] for problem in answer.problems} >= {"8", "9"}


def test_an_event_put_in_between_is_found(hub: LocalHub) -> None:
    def copy(conn: sqlite3.Connection) -> None:
        row = conn.execute("SELECT * FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        names = [column[1] for column in conn.execute("PRAGMA table_info(event)")]
        values = dict(zip(names, row, strict=True)) | {"seq": row[names.index("seq")] + 1, "version": 99, "command_id": "other"}
        conn.execute(f"INSERT INTO event VALUES ({', '.join('?' * len(names))})", tuple(values[name] for name in names))

    assert not attack(hub, copy).ok


def test_a_private_text_that_is_gone_without_an_erasure_is_found(hub: LocalHub) -> None:
    texts = sum("text" in event.PRIVATE for event in (EVENTS[entry.kind] for entry in hub.journal()))
    answer = attack(hub, "DELETE FROM private WHERE field = 'text'")
    assert not answer.ok
    assert sum("no event says that it was erased" in problem for problem in answer.problems) == texts > 0
    assert {entry.body["text"] for entry in hub.journal() if entry.kind == "draft.saved"} == {"[erased]"}


def test_a_cut_tail_with_counters_set_right_is_found_by_a_head_kept_outside(hub: LocalHub) -> None:
    head = hub.head()
    assert attack(hub, CUT, rehash, retable).ok, "the file alone cannot know"
    answer = hub.verify(head)
    assert not answer.ok and any("tail was cut off" in problem for problem in answer.problems)


def test_a_chain_computed_anew_is_found_by_a_head_kept_outside(hub: LocalHub) -> None:
    head = hub.head()
    assert attack(hub, FORGED, rehash, retable).ok, "the file alone cannot know"
    answer = hub.verify(head)
    assert not answer.ok and any("written anew" in problem for problem in answer.problems)


def test_a_forgery_that_went_on_growing_past_the_head_is_found(hub: LocalHub, clock: FrozenClock) -> None:
    head = hub.head()
    attack(hub, CUT, rehash, retable)
    fresh = LocalHub.open(hub.path, clock=clock)
    for _ in range(4):
        acts.receive(fresh)
    assert fresh.verify().ok and not fresh.verify(head).ok
    fresh.close()


def test_a_head_still_holds_after_further_events(hub: LocalHub) -> None:
    head = hub.head()
    assert hub.verify(head).ok
    acts.sent(hub)
    assert hub.verify(head).ok
    assert hub.verify(f"  {hub.head()}\n").ok


def forged(head: str) -> Iterator[str]:
    """Heads that somebody might write themselves."""
    yield head[:-1] + ("0" if head[-1] != "0" else "1")
    yield head.replace("seq=", "seq=1")
    before, _, after = head.partition(" at=")
    yield f"{before} at=2001-01-01T00:00:00.000Z {after.partition(' ')[2]}"


def test_a_forged_head_is_not_taken_for_one_of_ours(hub: LocalHub) -> None:
    for line in forged(hub.head()):
        answer = hub.verify(line)
        assert any("signature is wrong" in problem for problem in answer.problems), line


@pytest.mark.parametrize("line", ["", "nonsense", "hubconsole-head v1", "hubconsole-head v2 hub=a seq=1 hash=b at=c sig=d", "\x1b[2J" * 99])
def test_what_is_no_head_is_a_usage_problem(hub: LocalHub, line: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        hub.verify(line)
    assert problem.value.code == "bad_head"


def test_the_head_of_another_hub_is_said_to_be_one(hub: LocalHub, tmp_path: Path, clock: FrozenClock) -> None:
    other = LocalHub.create(tmp_path / "other.db", name="Other", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    answer = hub.verify(other.head())
    assert not answer.ok and "another hub" in answer.problems[0]
    other.close()


def test_without_the_key_a_head_cannot_be_vouched_for(hub: LocalHub, home: Path) -> None:
    head = hub.head()
    (key,) = home.rglob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    answer = hub.verify(head)
    assert not answer.ok and any("cannot be checked" in problem for problem in answer.problems)


def test_the_key_is_not_in_the_store_and_stays_the_same(hub: LocalHub, home: Path) -> None:
    first, second = hub.head(), hub.head()
    assert first == second
    (key,) = home.rglob("*.key")
    secret = key.read_text().strip()
    hub.close()
    assert bytes.fromhex(secret) not in hub.path.read_bytes() and secret.encode() not in hub.path.read_bytes()


def test_problems_are_told_up_to_a_bound(hub: LocalHub) -> None:
    for _ in range(60):
        acts.receive(hub)
    assert len(attack(hub, "UPDATE event SET at = 0").problems) == 50


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET actor = 'x'",
        "DELETE FROM event WHERE seq = 2",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 2",
        "REPLACE INTO event SELECT * FROM event",
        "UPDATE OR REPLACE event SET seq = 3 WHERE seq = 2",
    ],
)
def test_through_our_own_connections_the_journal_only_grows(hub: LocalHub, sql: str) -> None:
    before = list(hub.journal())
    conn = connect(hub.path)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        conn.execute(sql)
    conn.close()
    assert list(hub.journal()) == before


def test_what_the_chain_holds_of_private_text_does_not_give_it_away(hub: LocalHub) -> None:
    acts.receive(hub, text="Sesame", customer="Ali Baba")
    with sqlite3.connect(hub.path) as conn:
        bodies = [row[0] for row in conn.execute("SELECT body FROM event")]
    assert not any("Sesame" in body or "Ali Baba" in body for body in bodies)
    same = [acts.receive(hub, text="Sesame") for _ in range(2)]
    with sqlite3.connect(hub.path) as conn:
        held = [json.loads(conn.execute("SELECT body FROM event WHERE stream = ?", (eid,)).fetchone()[0])["text"] for eid in same]
    assert held[0] != held[1], "equal texts must not look equal"


def test_a_decision_made_on_a_copy_of_the_store_is_missing_from_the_original(hub: LocalHub, tmp_path: Path, clock: FrozenClock) -> None:
    hub.close()
    shutil.copy(hub.path, tmp_path / "copy.db")
    copy, again = LocalHub.open(tmp_path / "copy.db", clock=clock), LocalHub.open(hub.path, clock=clock)
    eid = next(row.id for row in copy.search("card") if row.state == "in_review")
    copy.execute(c.Withdraw(enquiry_id=eid), actor="ada")
    assert not again.verify(copy.head()).ok
    copy.close()
    again.close()
