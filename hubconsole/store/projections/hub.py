"""Members, settings, the shift and the policy in force."""

import json
import sqlite3

from hubconsole.domain import events as e
from hubconsole.store.rows import SHIFT


def project_hub(conn: sqlite3.Connection, hub_id: str, event: e.Event) -> None:
    """Write what an event of the hub's own stream means for its tables."""
    if isinstance(event, e.HubCreated):
        conn.execute("UPDATE hub SET name = ? WHERE hub_id = ?", (event.name, hub_id))
    elif isinstance(event, e.MemberAdded):
        conn.execute(
            "INSERT INTO member (hub_id, name, functions, active) VALUES (?, ?, ?, 1) "
            "ON CONFLICT (hub_id, name) DO UPDATE SET functions = excluded.functions, active = 1",
            (hub_id, event.name, json.dumps([f.value for f in event.functions])),
        )
    elif isinstance(event, e.MemberRemoved):
        conn.execute("UPDATE member SET active = 0 WHERE hub_id = ? AND name = ?", (hub_id, event.name))
    elif isinstance(event, e.PolicyAdopted):
        conn.execute("UPDATE hub SET policy = ? WHERE hub_id = ?", (event.text, hub_id))
    elif isinstance(event, e.SettingSaved):
        _set(conn, (hub_id, event.setting, event.owner, event.name), event.value)
    elif isinstance(event, e.ShiftStarted):
        _set(conn, (hub_id, *SHIFT), json.dumps([event.name, event.lead, event.since]))
    elif isinstance(event, e.ShiftEnded):
        _set(conn, (hub_id, *SHIFT), "")


def _set(conn: sqlite3.Connection, key: tuple[str, str, str, str], value: str) -> None:
    """Keep a setting; an empty value takes it away."""
    if value:
        conn.execute(
            "INSERT INTO setting (hub_id, kind, owner, name, value) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (hub_id, kind, owner, name) DO UPDATE SET value = excluded.value",
            (*key, value),
        )
    else:
        conn.execute("DELETE FROM setting WHERE hub_id = ? AND kind = ? AND owner = ? AND name = ?", key)
