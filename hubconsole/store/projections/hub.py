"""Members, settings and the policy in force."""

import json
import sqlite3

from hubconsole.domain import events as e


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
        key = (hub_id, event.setting, event.owner, event.name)
        if event.value:
            conn.execute(
                "INSERT INTO setting (hub_id, kind, owner, name, value) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (hub_id, kind, owner, name) DO UPDATE SET value = excluded.value",
                (*key, event.value),
            )
        else:
            conn.execute("DELETE FROM setting WHERE hub_id = ? AND kind = ? AND owner = ? AND name = ?", key)
