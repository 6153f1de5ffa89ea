"""A hub in PostgreSQL behind PgBouncer, as it is configured by default and as others configure it: the same promises, nothing to set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Verdict
from hubconsole.errors import Conflict, Refused
from hubconsole.hub.local import LocalHub
from hubconsole.store.postgres import PostgresStore
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.faults.pooler import pooler

pytestmark = pytest.mark.faults

WRITERS = 6
EACH = 20


@pytest.fixture(scope="module", params=["transaction", "session", "transaction, options dropped"])
def pooled(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a hub through a pooler."""
    mode, _, dropped = request.param.partition(",")
    with pooler(mode, drops_options=bool(dropped)) as before, pg.database() as direct:
        url = pg.database_url(urlsplit(direct).path.lstrip("/"), before)
        LocalHub.create(url, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=FrozenClock()).close()
        yield url


def opened(url: str) -> LocalHub:
    return LocalHub.open(url, clock=FrozenClock())


def test_many_writers_through_a_pooler_lose_nothing_and_the_journal_verifies(pooled: str) -> None:
    hub = opened(pooled)
    before, failed = hub.info().seq, []

    def write() -> None:
        own = opened(pooled)
        try:
            for n in range(EACH):
                acts.receive(own, text=f"message {n}")
        except Exception as error:  # noqa: BLE001  told below
            failed.append(error)
        finally:
            own.close()

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert failed == []
    seqs = [entry.seq for entry in hub.journal(before)]
    assert seqs == list(range(before + 1, before + len(seqs) + 1))
    assert len({entry.stream for entry in hub.journal(before)}) == WRITERS * EACH
    assert hub.verify().ok
    hub.close()


def test_the_gate_holds_and_a_stale_look_is_told_so(pooled: str) -> None:
    hub = opened(pooled)
    enquiry = acts.submitted(hub)
    with pytest.raises(Refused):
        hub.execute(c.Send(enquiry_id=enquiry, via="outbox", now=True), actor="ada")
    seen = hub.enquiry(enquiry).row.version
    acts.write_again(hub, enquiry)
    digest = hub.enquiry(enquiry).drafts[-1].digest
    with pytest.raises(Conflict):
        hub.execute(c.Decide(enquiry_id=enquiry, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex", seen=seen)
    assert acts.sent(hub) and hub.verify().ok
    hub.close()


def test_each_write_has_its_limits_and_leaves_nothing_on_a_connection_that_others_use(pooled: str) -> None:
    store = PostgresStore(pooled)
    with store.reading() as conn, store.touch(conn):
        (lock, asleep) = conn.execute(
            "SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
        ).fetchone()
    assert (lock, asleep) == ("15s", "10s")
    with store.reading() as conn:
        for _ in range(12):  # more often than it takes until a statement would be prepared
            assert conn.execute("SELECT 1").fetchone() == (1,)
    store.close()
    for _ in range(3):
        with psycopg.connect(pooled) as other:
            left = other.execute("SELECT current_setting('lock_timeout'), (SELECT count(*) FROM pg_prepared_statements)").fetchone()
            assert left == ("0", 0)


def test_what_another_writes_is_seen_within_the_second_that_is_promised(pooled: str) -> None:
    here, there = opened(pooled), opened(pooled)
    seq = here.info().seq
    heard: list[bool] = []
    waits = threading.Thread(target=lambda: heard.append(here.wait(seq, 5.0)))
    waits.start()
    acts.receive(there)
    waits.join()
    assert heard == [True]
    here.close()
    there.close()
