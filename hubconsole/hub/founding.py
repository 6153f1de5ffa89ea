"""Making a hub: the file, and the first events of its journal."""

from pathlib import Path

from hubconsole.clock import Clock
from hubconsole.domain.hub import HubState, evolve_hub, founding
from hubconsole.domain.terms import Function
from hubconsole.errors import Conflict
from hubconsole.ids import new_id
from hubconsole.store import reads, sqlite
from hubconsole.store.journal import GENESIS, HUB_STREAM, Stamp, advance, append
from hubconsole.store.projections import project_hub

_HUB = "INSERT INTO hub (hub_id, name, created_at, last_seq, last_number, head, policy, policy_version) VALUES (?, ?, ?, 0, 0, ?, ?, ?)"


def found(path: str | Path, name: str, policy: str, members: tuple[tuple[str, tuple[Function, ...]], ...], clock: Clock) -> str:
    """Make a hub at ``path`` and return its id. Nothing is written unless name, policy and members will do.

    Raises UsageProblem for those, Conflict ``hub_exists`` when a hub is there already, StoreProblem for the file.
    """
    now = clock()
    hub_id = new_id(now)
    events = founding(hub_id, name, policy, members)
    state = HubState()
    for event in events:
        state = evolve_hub(state, event)
    sqlite.create(path)
    conn = sqlite.connect(path)
    try:
        with sqlite.write(conn):
            there = reads.hub_row(conn)
            if there:
                raise Conflict("hub_exists", f"{path} already holds the hub {there.name!r}.", "Open it, or name another file with --store.")
            conn.execute(_HUB, (hub_id, state.name, now, GENESIS, policy, len(events)))
            stamp = Stamp(hub_id, now, members[0][0], "start", new_id(now), "founding")
            written, head = append(conn, HUB_STREAM, 0, events, stamp, 0, GENESIS)
            advance(conn, hub_id, 0, written[-1].seq, 0, head)
            for _, event in written:
                project_hub(conn, hub_id, event)
    finally:
        conn.close()
    return hub_id
