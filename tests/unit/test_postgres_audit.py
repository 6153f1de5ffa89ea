"""Verify and rebuild on PostgreSQL: what was changed behind the hub's back is found and named, and made again."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.hub.local import LocalHub
from hubconsole.hub.rebuilding import rebuild
from hubconsole.ids import new_id
from hubconsole.store.postgres import with_hub
from hubconsole.store.projections import PROJECTIONS
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.history import History

pytestmark = pytest.mark.slow

HUB_ROW = "name, last_seq, last_number, head, policy, policy_version"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with a hub that has seen a good deal, and another hub beside it; tests copy it."""
    with pg.database(pg.migrated()) as made:
        clock = FrozenClock()
        hub = LocalHub.create(made, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
        History(hub, clock, 7).run(160)
        for word in ("\0\x10", "card"):
            acts.sent(hub) if hasattr(acts, "sent") else acts.submitted(hub)
            acts.receive(hub, text=f"words {word}")
        hub.close()
        clock.advance(1)
        other = LocalHub.create(with_hub(made, "Other"), name="Other", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
        acts.submitted(other)
        other.close()
        yield made


@pytest.fixture
def copy(url: str) -> Iterator[str]:
    name = url.partition("?")[0].rpartition("/")[2]
    with pg.database(name) as made:
        yield made


@pytest.fixture
def hub(copy: str, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = LocalHub.open(copy, clock=clock)
    yield opened
    opened.close()


def attack(copy: str, what: str) -> None:
    with psycopg.connect(copy, autocommit=True) as conn:
        assert conn.execute(what.encode()).rowcount != 0, "the attack must hit something"


def dump(copy: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every projection of both hubs, sorted, with the hubs' own rows."""
    with psycopg.connect(copy) as conn:
        found = {table: sorted(conn.execute(f"SELECT * FROM {table}".encode()).fetchall(), key=repr) for table in PROJECTIONS}
        return {**found, "hub": conn.execute(f"SELECT {HUB_ROW} FROM hub ORDER BY name".encode()).fetchall()}


def test_an_honest_hub_is_in_order_and_rebuilding_changes_nothing(hub: LocalHub, copy: str) -> None:
    before = dump(copy)
    assert hub.verify().problems == () and len(before["message"]) > 20 and len(before["search"]) > 20
    assert hub.rebuild() == hub.info().seq
    assert dump(copy) == before


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("UPDATE draft SET text = 'EVIL'", "differs from the journal in text"),
        ("UPDATE enquiry SET recipient = '@e', subject = 'x' WHERE number = 2", "E-2 differs from the journal in recipient and subject"),
        ("UPDATE enquiry SET due_at = 5 WHERE due_at IS NULL", "in due_at"),
        ("UPDATE message SET text = upper(text)", "in text"),
        ("INSERT INTO member SELECT hub_id, 'eve', functions, 1 FROM member WHERE name = 'lex'", "the row eve is in no event of"),
        ("DELETE FROM draft WHERE version = 1", "is missing; the journal has it"),
        ("UPDATE tally SET n = n + 1", "tally: the row"),
        ("UPDATE search SET text = 'nothing'", "search: the row"),
        ("UPDATE search SET words = '''evil'':1'", "differs from the journal in words"),
        ("INSERT INTO search SELECT hub_id, seq, 7, enquiry_id, text, words FROM search", "is in no event of the journal"),
        ("UPDATE hub SET policy = policy || ' '", "in policy"),
        ("UPDATE hub SET last_number = 1", "in last_number"),
        ("UPDATE private SET value = 'other'", "is not the one that was written"),
        ("UPDATE hub SET last_seq = last_seq + 1", "its tail was cut off or replaced"),
        ("ALTER TABLE event DISABLE TRIGGER ALL; UPDATE event SET at = at + 1 WHERE seq = 9", "Event 9"),
        ("ALTER TABLE event DISABLE TRIGGER ALL; DELETE FROM event WHERE seq = 9", "Event 9 is missing"),
    ],
)  # fmt: skip
def test_a_change_behind_the_hubs_back_is_found_and_named(hub: LocalHub, copy: str, what: str, says: str) -> None:
    for step in what.split("; "):
        attack(copy, step)
    answer = hub.verify()
    assert not answer.ok and any(says in problem for problem in answer.problems), answer.problems
    if all(problem.endswith("hubconsole rebuild makes it again.") for problem in answer.problems):
        hub.rebuild()
        assert hub.verify().ok


def test_others_go_on_writing_while_the_tables_are_compared(hub: LocalHub, copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LocalHub.open(copy, clock=hub.clock)

    def busy(conn: Any, hub_id: str) -> int:
        acts.receive(other)
        return rebuild(conn, hub_id)

    monkeypatch.setattr("hubconsole.hub.comparing.rebuild", busy)
    assert hub.verify().ok
    other.close()


def test_a_signed_head_finds_a_tail_that_was_cut_off(hub: LocalHub, copy: str) -> None:
    head = hub.head()
    assert hub.verify(head).ok
    acts.receive(hub)
    assert hub.verify(head).ok
    for step in (
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DELETE FROM event e USING hub h WHERE h.name = 'Bank' AND e.hub_id = h.hub_id AND e.seq >= h.last_seq - 1",
    ):
        attack(copy, step)
    assert any("its tail was cut off" in problem for problem in hub.verify(head).problems)


def test_the_journal_is_read_in_pages_and_by_stream(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubconsole.hub.local._JOURNAL_PAGE", 7)
    whole = list(hub.journal())
    assert [entry.seq for entry in whole] == list(range(1, hub.info().seq + 1))
    stream = whole[-1].stream
    assert list(hub.journal(stream=stream)) == [entry for entry in whole if entry.stream == stream]
    assert list(hub.journal(whole[50].seq, stream)) == [entry for entry in whole[51:] if entry.stream == stream]
    assert new_id() not in {entry.stream for entry in whole}
