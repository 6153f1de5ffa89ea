"""Making every projection again from the journal: the proof that the journal alone is the truth."""

from bisect import bisect_right
from itertools import groupby

from hubconsole.domain.enquiry import Enquiry
from hubconsole.domain.events import Event
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.domain.workflow import evolve
from hubconsole.store.dialect import dialect_of
from hubconsole.store.engine import Connection
from hubconsole.store.journal import HUB_STREAM, Stored, Written, event_of, read_by_stream, read_stream
from hubconsole.store.projections import PROJECTIONS, project_children, project_enquiry, project_hub, stored_row

_NUMBERED = "UPDATE hub SET last_number = (SELECT coalesce(max(number), 0) FROM enquiry WHERE hub_id = ?) WHERE hub_id = ?"


def rebuild(conn: Connection, hub_id: str) -> int:
    """Inside the caller's write transaction; how many events were folded.

    Streams are independent of each other, so one is folded at a time and memory stays flat. Events of one
    command are projected together, as they were when they were written, under the policy of that time.
    What the hub's own row takes from events (name, policy, running numbers) is set right too; its end of the
    journal is not, for that is what the audit compares.
    """
    dialect_of(conn).take_time(conn)
    for table in PROJECTIONS:
        if table == "search":
            dialect_of(conn).forget_words(conn, hub_id)
        else:
            conn.execute(f"DELETE FROM {table} WHERE hub_id = ?", (hub_id,))
    policies: list[tuple[int, Policy]] = []
    folded = 0
    for row in read_stream(conn, hub_id, HUB_STREAM):
        event = event_of(conn, hub_id, row)
        project_hub(conn, hub_id, event)
        if row.kind == "policy.adopted":
            policies.append((row.seq, parse_policy(event.text)))  # type: ignore[attr-defined]
        folded += 1
    conn.execute("UPDATE hub SET policy_version = ? WHERE hub_id = ?", (folded, hub_id))
    starts = [seq for seq, _ in policies]
    for stream, rows in groupby(read_by_stream(conn, hub_id), key=lambda row: row.stream):
        state = Enquiry(stream)
        for _, group in groupby(rows, key=lambda row: row.command_id):
            batch = [(row, event_of(conn, hub_id, row)) for row in group]
            policy = policies[bisect_right(starts, batch[0][0].seq) - 1][1]
            state = _project(conn, hub_id, state, batch, policy)
            folded += len(batch)
    conn.execute(_NUMBERED, (hub_id, hub_id))
    return folded


def _project(conn: Connection, hub_id: str, before: Enquiry, batch: list[tuple[Stored, Event]], policy: Policy) -> Enquiry:
    after = before
    for row, event in batch:
        after = evolve(after, event, by=row.actor, at=row.at)
    first = batch[0][0]
    was = stored_row(conn, hub_id, after.id) if before.exists else None
    written = [Written(row.seq, event) for row, event in batch]
    project_children(conn, hub_id, after, written, policy.version, first.at, first.actor)
    project_enquiry(conn, hub_id, was, after, policy, first.at)
    return after
