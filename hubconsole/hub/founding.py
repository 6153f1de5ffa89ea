"""Making a hub: the file or the tables, and the first events of its journal."""

from collections.abc import Sequence
from pathlib import Path

from hubconsole.clock import Clock
from hubconsole.domain.events import Event
from hubconsole.domain.hub import HubState, evolve_hub, founding
from hubconsole.domain.terms import Function
from hubconsole.errors import Conflict
from hubconsole.ids import new_id
from hubconsole.store import reads
from hubconsole.store.engine import Connection
from hubconsole.store.journal import GENESIS, HUB_STREAM, Stamp, advance, append
from hubconsole.store.opening import engine, is_database
from hubconsole.store.projections import project_hub

_HUB = "INSERT INTO hub (hub_id, name, created_at, last_seq, last_number, head, policy, policy_version) VALUES (?, ?, ?, 0, 0, ?, ?, ?)"


_Members = tuple[tuple[str, tuple[Function, ...]], ...]


def found(place: str | Path, name: str, policy: str, members: _Members, clock: Clock) -> str | Path:
    """Make a hub at a path or in a database and say where it can be opened. Nothing is written unless name, policy and members will do.

    A database may hold several hubs; a further one is made when its URL says ``?hub=`` with a name that none there has.
    Raises UsageProblem for name, policy and members, Conflict ``hub_exists`` when a hub is there already, StoreProblem for the place.
    """
    now = clock()
    hub_id = new_id(now)
    events = founding(hub_id, name, policy, members)
    if is_database(place):
        postgres = engine()
        with postgres.founding(str(place)) as (conn, another):
            _begin(conn, hub_id, events, members[0][0], policy, now)
        return str(postgres.with_hub(str(place), hub_id)) if another else place
    from hubconsole.store import sqlite

    sqlite.create(place)
    conn = sqlite.connect(place)
    try:
        with sqlite.write(conn):
            there = reads.hub_row(conn)
            if there:
                why = f"{place} already holds the hub {there.name!r}."
                raise Conflict("hub_exists", why, "Open it, or name another file with --store.")
            _begin(conn, hub_id, events, members[0][0], policy, now)
    finally:
        conn.close()
    return place


def _begin(conn: Connection, hub_id: str, events: Sequence[Event], founder: str, policy: str, now: int) -> None:
    """The hub's row and its first events, inside the caller's transaction."""
    state = HubState()
    for event in events:
        state = evolve_hub(state, event)
    conn.execute(_HUB, (hub_id, state.name, now, GENESIS, policy, len(events)))
    stamp = Stamp(hub_id, now, founder, "start", new_id(now), "founding")
    written, head = append(conn, HUB_STREAM, 0, events, stamp, 0, GENESIS)
    advance(conn, hub_id, 0, written[-1].seq, 0, head)
    for _, event in written:
        project_hub(conn, hub_id, event)
