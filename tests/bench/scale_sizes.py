"""What a hub's journal and tables weigh, for each enquiry that went the whole way and for each event."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.bench.api import WORDS
from tests.bench.measure import Figure, Scale
from tests.contract import acts
from tests.contract.hubs import MEMBERS

if TYPE_CHECKING:
    import psycopg

ANSWER = (
    "Thank you for writing. The till asked twice and the second payment was declined, so nothing has left your account. "
    "A new card is on its way to the address that we have; until it comes you can pay with the one in your phone."
)
_SIZES = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
JOURNAL = ("event", "private", "hub")
"""What is the truth; everything else is made from it."""


def run(folder: Path, url: str, scale: Scale) -> Iterator[Figure]:
    """Bytes for each enquiry on both engines."""
    from hubconsole.store.postgres import with_hub

    enquiries = 100 if scale.quick else 500
    hub = LocalHub.create(folder / "sizes.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    events = _live(hub, enquiries)
    hub.close()
    yield from _told("SQLite", _of_file(folder / "sizes.db"), events, enquiries)
    hub = LocalHub.create(with_hub(url, new_id()), name="Sizes", policy=ALL_LEGAL, members=MEMBERS)
    with _psycopg(url) as conn:
        before, log = _of_database(conn), _log(conn)
        events = _live(hub, enquiries)
        written = _log(conn) - log
        conn.execute("VACUUM")
        after = _of_database(conn)
    hub.close()
    yield from _told("PostgreSQL", {name: after[name] - before.get(name, 0) for name in after}, events, enquiries)
    note = f"{written / enquiries / 1024:.1f} KiB an enquiry"
    yield Figure("PostgreSQL: write-ahead log for each event", written / events, "B", "", note=note)


def _live(hub: LocalHub, enquiries: int) -> int:
    """Enquiries that are answered, approved and sent; how many events that made."""
    before = hub.info().seq
    for n in range(enquiries):
        who = {"customer": f"Ola Nordmann {n}", "handle": f"@ola{n}", "external_id": f"18446744073709{n:06d}"}
        eid = acts.receive(hub, text=f"{WORDS} ({n})", **who)
        hub.execute(c.Claim(enquiry_id=eid), actor="ada")
        acts.draft(hub, eid, f"{ANSWER} ({n})")
        hub.execute(c.Submit(enquiry_id=eid), actor="ada")
        acts.decide(hub, eid)
        hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
        acts.claim_send(hub, eid)
        acts.finish_send(hub, eid)
    return hub.info().seq - before


def _told(engine: str, sizes: dict[str, int], events: int, enquiries: int) -> Iterator[Figure]:
    journal = sum(size for name, size in sizes.items() if name in JOURNAL)
    whole = sum(sizes.values())
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:5]
    note = "indexes included; the largest: " + ", ".join(f"{name} {size / enquiries / 1024:.2f}" for name, size in largest)
    yield Figure(f"{engine}: journal for each event", journal / events, "B", "", note=f"{events / enquiries:.1f} events an enquiry")
    yield Figure(f"{engine}: everything for each enquiry", whole / enquiries / 1024, "KiB", "", note=note)


def _of_file(path: Path) -> dict[str, int]:
    """Bytes of every table of a file with its indexes."""
    sizes: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("VACUUM")
        owner = dict(conn.execute("SELECT name, tbl_name FROM sqlite_master"))
        for name, size in conn.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = owner.get(name, name).removesuffix("_data").removesuffix("_content").removesuffix("_docsize")
            sizes[table] = sizes.get(table, 0) + size
    return sizes


def _psycopg(url: str) -> psycopg.Connection[Any]:
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _of_database(conn: psycopg.Connection[Any]) -> dict[str, int]:
    """Bytes of every table of a database with its indexes."""
    return dict(conn.execute(_SIZES).fetchall())


def _log(conn: psycopg.Connection[Any]) -> int:
    """How far the write-ahead log is."""
    (far,) = conn.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone() or (0,)
    return int(far)
