"""Members, settings, the shift, the policy in force, tokens, and where the hub lives."""

import json

from hubconsole.domain import events as e
from hubconsole.store.engine import Connection
from hubconsole.store.rows import MOVED_TO, SHIFT, SHUT


def project_hub(conn: Connection, hub_id: str, event: e.Event) -> None:
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
    elif isinstance(event, e.TokenIssued):
        _issue(conn, hub_id, event)
    elif isinstance(event, e.TokenRevoked):
        conn.execute("UPDATE token SET revoked_at = ? WHERE hub_id = ? AND id = ?", (event.revoked_at, hub_id, event.token_id))
    elif isinstance(event, e.HubMoved | e.HubArrived):
        _set(conn, (hub_id, *MOVED_TO), event.to if isinstance(event, e.HubMoved) else "")
    elif isinstance(event, e.OutboxShut | e.OutboxOpened):
        _set(conn, (hub_id, *SHUT), event.reason if isinstance(event, e.OutboxShut) else "")


def _set(conn: Connection, key: tuple[str, str, str, str], value: str) -> None:
    """Keep a setting; an empty value takes it away."""
    if value:
        conn.execute(
            "INSERT INTO setting (hub_id, kind, owner, name, value) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (hub_id, kind, owner, name) DO UPDATE SET value = excluded.value",
            (*key, value),
        )
    else:
        conn.execute("DELETE FROM setting WHERE hub_id = ? AND kind = ? AND owner = ? AND name = ?", key)


def _issue(conn: Connection, hub_id: str, event: e.TokenIssued) -> None:
    """Keep a token; the rules see to it that no live one has its id or digest, so only a dead one can stand in its place."""
    conn.execute("DELETE FROM token WHERE hub_id = ? AND (id = ? OR digest = ?)", (hub_id, event.token_id, event.digest))
    conn.execute(
        "INSERT INTO token (hub_id, id, digest, member, scope, label, issued_at, issued_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            hub_id, event.token_id, event.digest, event.member, event.scope.value, event.label, event.issued_at, event.issued_by,
            event.expires_at,
        ),
    )  # fmt: skip
    if event.replaces:
        conn.execute(
            "UPDATE token SET expires_at = ? WHERE hub_id = ? AND id = ? AND expires_at > ?",
            (event.overlap_until, hub_id, event.replaces, event.overlap_until),
        )
