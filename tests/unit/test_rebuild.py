"""The journal alone is the truth: what is made again from it equals what was written along with it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.events import EVENTS
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import parse
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.history import History
from tests.property.tables import dump, recounted


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_table_is_the_same_after_a_rebuild(hub: LocalHub, clock: FrozenClock, seed: int) -> None:
    History(hub, clock, seed).run(700)
    before = dump(hub.path)
    assert hub.rebuild() == hub.info().seq
    after = dump(hub.path)
    for table, rows in before.items():
        assert after[table] == rows, table
    kept, counted = recounted(hub.path)
    assert kept == counted
    assert hub.verify().ok


def test_the_histories_that_are_rebuilt_hold_every_kind_of_event(hub: LocalHub, clock: FrozenClock) -> None:
    for seed in range(1, 13):
        History(hub, clock, seed).run(500)
        if {entry.kind for entry in hub.journal()} == set(EVENTS):
            break
    assert {entry.kind for entry in hub.journal()} == set(EVENTS)


def test_a_rebuild_repairs_what_was_damaged(hub: LocalHub, clock: FrozenClock) -> None:
    History(hub, clock, 4).run(200)
    good = dump(hub.path)
    with sqlite3.connect(hub.path) as conn:
        for damage in (
            "UPDATE enquiry SET state = 'closed', customer = 'nobody', rank = 7",
            "DELETE FROM enquiry WHERE number = 1",
            "DELETE FROM message",
            "UPDATE tally SET n = n + 3",
            "INSERT INTO tally VALUES ((SELECT hub_id FROM hub), 'limbo', 'none', 9)",
            "UPDATE review SET verdict = 'approve', state = 'decided'",
            "UPDATE draft SET text = 'Something else', digest = ''",
            "DELETE FROM intake",
            "DELETE FROM search",
            "UPDATE member SET active = 0",
            "UPDATE hub SET name = 'x', last_number = 0, policy = '', policy_version = 1",
        ):
            conn.execute(damage)
    assert dump(hub.path) != good
    hub.rebuild()
    assert dump(hub.path) == good


def test_the_first_to_use_a_thread_or_message_id_keeps_it_whatever_order_ids_sort_in(hub: LocalHub, clock: FrozenClock) -> None:
    late, early = new_id(clock.now + 1_000_000), new_id(clock.now - 1_000_000)
    first = acts.queued(hub, enquiry_id=late, thread="t")
    second = acts.queued(hub, enquiry_id=early, thread="t")
    for eid in (first, second):
        acts.claim_send(hub, eid)
        acts.finish_send(hub, eid, external_id="r")
    assert hub.known("x", ["r"]) == {"r": first}
    before = dump(hub.path)
    assert [row[-1] for row in before["thread"]] == [first]
    hub.rebuild()
    assert dump(hub.path) == before


def test_a_rebuild_changes_nothing_in_the_journal(hub: LocalHub, clock: FrozenClock) -> None:
    History(hub, clock, 5).run(100)
    head, entries = hub.head(), list(hub.journal())
    hub.rebuild()
    assert list(hub.journal()) == entries
    assert hub.verify(head).ok
    acts.ready(hub)
    assert hub.verify(head).ok


def test_another_console_goes_on_after_a_rebuild(hub: LocalHub, clock: FrozenClock) -> None:
    eid = acts.submitted(hub)
    other = LocalHub.open(hub.path, clock=clock)
    seen = other.enquiry(eid)
    hub.rebuild()
    assert other.enquiry(eid) == seen
    acts.decide(other, eid)
    assert acts.state(hub, eid) == "ready"
    other.close()


def test_a_book_for_a_name_does_not_stand_in_every_row(hub: LocalHub) -> None:
    hub.execute(c.Receive(enquiry_id=new_id(), channel="x", text="hello", customer="M" * 10_000), actor="ada")
    assert hub.page(parse("state:open")).rows[0].customer == "M" * 500
    assert hub.verify().problems == ()
