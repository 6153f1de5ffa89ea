"""What screens read from the large store, against bare sqlite3 reading the same rows."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from hubconsole.domain.query import parse
from hubconsole.hub.local import LocalHub
from hubconsole.store import reads, sqlite
from hubconsole.store.rows import Cursor
from tests.bench.measure import Figure, Scale, cpu, interleaved, wall
from tests.bench.stores import filled

PAGE = 50
TIMES = 20
SEARCHES = ("refund", "transfer", "exchange rate", "marmalade", "card zeppelin")
"""Common words, two of them, a rare one, and one of each."""


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """A page of 50 at both ends and in the middle, the counts, and searches."""
    path = filled(folder, scale.large)
    size = f"{scale.large:,}".replace(",", " ")
    hub, bare = LocalHub.open(path), sqlite.connect(path, readonly=True)
    rounds = 10 if scale.quick else 30
    try:
        for name, where, text in (("open", "open = 1", "state:open"), ("new", "state = 'new'", "state:new")):
            far = f"SELECT rank, number FROM enquiry WHERE hub_id = ? AND {where} ORDER BY rank, number LIMIT 1 OFFSET ?"
            edge = Cursor(*bare.execute(far, (hub.hub_id, scale.large // 4)).fetchone())
            query = parse(text)
            sql = f"SELECT {reads.COLUMNS} FROM enquiry WHERE hub_id = ? AND {where}"
            order = f" ORDER BY rank, number LIMIT {PAGE}"
            pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
                "first": (lambda query=query: hub.page(query, limit=PAGE), _bare(bare, sql + order, hub.hub_id)),  # type: ignore[misc]
                "middle": (
                    lambda query=query, edge=edge: hub.page(query, after=edge, limit=PAGE),  # type: ignore[misc]
                    _bare(bare, f"{sql} AND (rank, number) > (?, ?){order}", hub.hub_id, *edge),
                ),
            }
            for place, (ours, theirs) in pairs.items():
                found = interleaved(rounds, {"hub": _many(ours), "bare": _many(theirs)})
                ratio = cpu(found["hub"]) / cpu(found["bare"])
                note = f"{cpu(found['hub']):.3f} to {cpu(found['bare']):.3f} ms CPU"
                yield Figure(f"{place} page of {PAGE} of {size} ({name}): CPU", ratio, "x", "bare sqlite3", 3.0, note=note)
        found = interleaved(rounds, {"counts": _many(hub.counts)})
        yield Figure(f"counts of {size}", cpu(found["counts"]), "ms CPU", "", 0.1, note=f"{wall(found['counts']):.3f} ms")
        for words in SEARCHES:
            hits = len(hub.search(words))
            found = interleaved(rounds, {"search": _many(lambda words=words: hub.search(words), 5)})  # type: ignore[misc]
            yield Figure(f"search of {size} for {words!r}", cpu(found["search"]), "ms CPU", "", 2.0, note=f"{hits} found")
    finally:
        hub.close()
        bare.close()


def _bare(conn: sqlite3.Connection, sql: str, *values: object) -> Callable[[], object]:
    return lambda: conn.execute(sql, values).fetchall()


def _many(work: Callable[[], object], times: int = TIMES) -> Callable[[], int]:
    def again() -> int:
        for _ in range(times):
            work()
        return times

    return again
