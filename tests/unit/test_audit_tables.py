"""The audit holds every table against the journal: whoever changes what screens show is found, and nothing is written."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.hub.rebuilding import rebuild
from hubconsole.store.projections import PROJECTIONS
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.history import History
from tests.property.tables import columns, dump


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a long history in which every table has rows."""
    path = tmp_path_factory.mktemp("original") / "hub.db"
    clock = FrozenClock()
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.sent(hub)
    acts.receive(hub, thread="t", external_id="m")
    History(hub, clock, 3).run(250)
    # What the tests change is there, whatever the history came to.
    hub.execute(c.OpenOutbox(), actor="sue")
    hub.execute(c.SaveSetting(setting="view", name="mine", value='"x"'), actor="sue")
    hub.execute(c.AdoptPolicy(policy=ALL_LEGAL), actor="sue")
    access.issue(hub, "sue", Scope.WALL, label="wall")
    hub.close()
    return path


@pytest.fixture
def hub(original: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    shutil.copy(original, tmp_path / "hub.db")
    opened = LocalHub.open(tmp_path / "hub.db", clock=clock)
    yield opened
    opened.close()


FIRST = "SELECT id FROM enquiry WHERE number = 1"


def tamper(hub: LocalHub, *steps: str) -> tuple[str, ...]:
    """Change the file behind the hub's back, then what the audit says; the chain itself must stay whole."""
    with sqlite3.connect(hub.path) as conn:
        for step in steps:
            assert conn.execute(step).rowcount != 0, f"the attack must hit something: {step}"
    conn.close()
    assert hub.verify(tables=False).ok
    answer = hub.verify()
    assert answer.ok is (not answer.problems)
    return answer.problems


def test_an_honest_hub_is_in_order_table_by_table(hub: LocalHub) -> None:
    assert tamper(hub) == ()
    filled = {table: rows for table, rows in dump(hub.path).items() if rows}
    assert set(PROJECTIONS) <= set(filled), "or the comparison compares nothing"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (f"UPDATE draft SET text = 'EVIL' WHERE enquiry_id = ({FIRST})", "draft: the row 1 of E-1 differs from the journal in text"),
        ("UPDATE draft SET digest = '0'", "draft: the row 1 of E-1 differs from the journal in digest"),
        ("UPDATE enquiry SET recipient = '@e', subject = 'x' WHERE number = 2", "E-2 differs from the journal in recipient and subject"),
        ("UPDATE enquiry SET state = 'ready' WHERE number = 2", "differs from the journal in state"),
        ("UPDATE enquiry SET number = 777 WHERE number = 2", "of E-2 differs from the journal in number"),
        ("UPDATE send SET via = 'pigeon'", "send: the row"),
        ("UPDATE review SET verdict = 'reject' WHERE verdict = 'approve'", "review: the row"),
        ("UPDATE message SET external_id = 'evil'", "message: the row"),
        ("UPDATE message SET text = upper(text)", "in text"),
        ("UPDATE member SET active = 0 WHERE name = 'lex'", "member: the row lex differs from the journal in active"),
        ("INSERT INTO member SELECT hub_id, 'eve', functions, 1 FROM member WHERE name = 'lex'", "the row eve is in no event of"),
        ("DELETE FROM draft WHERE version = 1", "is missing; the journal has it"),
        ("DELETE FROM enquiry WHERE number = 2", "enquiry: the row of E-2 is missing"),
        ("INSERT INTO thread SELECT hub_id, 'email', 'z', id FROM enquiry WHERE number = 1", "the row email z of E-1 is in no event"),
        ("UPDATE tally SET n = n + 1", "tally: the row"),
        ("UPDATE search SET text = 'nothing'", "search: the row"),
        ("UPDATE hub SET name = 'Evil bank'", "hub: the row differs from the journal in name"),
        ("UPDATE hub SET policy = replace(policy, 'all-legal', 'none')", "in policy"),
        ("UPDATE hub SET last_number = 1", "in last_number"),
        ("UPDATE draft SET text = x'4556494c'", "in text"),
        ("UPDATE enquiry SET due_at = NULL WHERE due_at IS NOT NULL", "in due_at"),
    ],
)  # fmt: skip
def test_one_change_to_a_table_is_found_and_named(hub: LocalHub, what: str, says: str) -> None:
    problems = tamper(hub, what)
    assert any(says in problem for problem in problems), problems
    assert all(problem.endswith("hubconsole rebuild makes it again.") for problem in problems)
    hub.rebuild()
    assert hub.verify().ok


@pytest.mark.parametrize("table", PROJECTIONS)
def test_no_column_of_any_table_can_be_changed_unseen(hub: LocalHub, table: str) -> None:
    with sqlite3.connect(hub.path) as conn:
        keys = {row[1] for row in conn.execute(f"PRAGMA table_info({table})") if row[5]}
        rest = [name for name in columns(conn, table) if name not in keys]
        (row,) = conn.execute(f"SELECT {', '.join(sorted(keys)) or 'rowid'} FROM {table} LIMIT 1").fetchall()
        which = " AND ".join(f"{name} = ?" for name in sorted(keys) or ["rowid"])
        conn.execute(f"UPDATE {table} SET {', '.join(f'{name} = -7' for name in rest)} WHERE {which}", row)
        conn.commit()
        (problem,) = hub.verify().problems
        assert problem.endswith(f" differs from the journal in {' and '.join(rest)}; hubconsole rebuild makes it again.")
        hub.rebuild()
        conn.execute(f"UPDATE {table} SET {sorted(keys - {'hub_id'})[0] if keys else 'rowid'} = -7 WHERE {which}", row)
        conn.commit()
        moved = hub.verify().problems
        assert any("is missing" in problem for problem in moved) and any("in no event" in problem for problem in moved)
    conn.close()


def test_a_change_in_letter_case_is_seen_even_when_the_column_was_told_to_overlook_it(hub: LocalHub) -> None:
    with sqlite3.connect(hub.path) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_master SET sql = replace(sql, 'text TEXT', 'text TEXT COLLATE NOCASE') WHERE name = 'draft'")
    conn.close()
    assert any("in text" in problem for problem in tamper(hub, "UPDATE draft SET text = upper(text)"))


def test_differences_are_told_up_to_a_bound(hub: LocalHub) -> None:
    for _ in range(60):
        acts.receive(hub)
    assert len(tamper(hub, "UPDATE enquiry SET customer = 'x'")) == 50


def test_checking_writes_nothing_and_works_where_nothing_may_be_written(hub: LocalHub, clock: FrozenClock) -> None:
    hub.close()
    with sqlite3.connect(hub.path) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    before = hub.path.read_bytes()
    os.chmod(hub.path, 0o400)
    reading = LocalHub.open(hub.path, clock=clock, readonly=True)
    assert reading.verify().ok
    assert [table for (table,) in reading._conn().execute("SELECT name FROM temp.sqlite_master")] == []
    reading.close()
    assert hub.path.read_bytes() == before


def test_others_go_on_writing_while_the_tables_are_compared(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LocalHub.open(hub.path, clock=hub.clock)

    def busy(conn: sqlite3.Connection, hub_id: str) -> int:
        acts.receive(other)
        return rebuild(conn, hub_id)

    monkeypatch.setattr("hubconsole.hub.comparing.rebuild", busy)
    assert hub.verify().ok
    other.close()


def test_a_journal_that_is_not_whole_is_not_compared_with_the_tables(hub: LocalHub) -> None:
    with sqlite3.connect(hub.path) as conn:
        conn.execute("DROP TRIGGER event_no_update")
        conn.execute("UPDATE event SET at = at + 1 WHERE seq = 9")
        conn.execute("UPDATE draft SET text = 'EVIL'")
    conn.close()
    assert hub.verify().problems[-1] == "The tables were not compared with the journal, which is not whole itself."
