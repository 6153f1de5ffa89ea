"""What the worker reads: sends that are due, the reply of each exactly as it is to leave, and approvals that ran out."""

import json
from typing import Any

from hubconsole.store.engine import Connection
from hubconsole.store.rows import RESTING, DueRow, OutgoingRow

_DUE = (
    "SELECT id, enquiry_id, state, via FROM send WHERE hub_id = ? AND state IN ('queued', 'delivering') "
    "AND (state = 'delivering' OR not_before <= ?) "
    "AND NOT EXISTS (SELECT 1 FROM setting WHERE hub_id = ? AND kind = 'standing') ORDER BY not_before, id"
)
_SHUT_SINCE = "SELECT 1 FROM event WHERE hub_id = ? AND stream = 'hub' AND kind = 'outbox.shut' AND seq > ? LIMIT 1"
_OUTGOING = (
    "SELECT s.id, e.id, 'E-' || e.number, e.channel, e.account, e.recipient, d.visibility, e.subject, d.text, s.digest, s.version "
    "FROM send s JOIN enquiry e ON e.hub_id = s.hub_id AND e.id = s.enquiry_id "
    "JOIN draft d ON d.hub_id = s.hub_id AND d.enquiry_id = s.enquiry_id AND d.version = s.version WHERE s.hub_id = ? AND s.id = ?"
)
_SENDING = "SELECT enquiry_id, digest FROM send WHERE hub_id = ? AND id = ?"
_BODIES = "SELECT seq, body FROM event WHERE hub_id = ? AND stream = ? AND kind = ? ORDER BY version DESC"
_CUT_OFF = (
    "SELECT EXISTS (SELECT 1 FROM message WHERE hub_id = :hub AND enquiry_id = :id AND direction = 'in' AND seq > :claimed), "
    "EXISTS (SELECT 1 FROM review WHERE hub_id = :hub AND enquiry_id = :id AND digest = :digest AND after = 0 "
    "AND expires_at > 0 AND expires_at <= :now)"
)
_ANSWERED = (
    "SELECT id, external_id FROM message WHERE hub_id = :hub AND enquiry_id = :id AND direction = 'in' "
    "AND seq < :before ORDER BY seq DESC LIMIT 1"
)
_NEVER = 1 << 62
"""A place in the journal after all others."""
_EXPIRING = (
    "SELECT DISTINCT r.enquiry_id FROM review r JOIN enquiry e ON e.hub_id = r.hub_id AND e.id = r.enquiry_id WHERE r.hub_id = ? "
    "AND e.state IN ('in_review', 'ready') AND r.state = 'decided' AND r.expires_at > 0 AND r.expires_at <= ? "
    "AND NOT EXISTS (SELECT 1 FROM send s WHERE s.hub_id = r.hub_id AND s.enquiry_id = r.enquiry_id "
    "AND s.state IN ('delivering', 'handed_over', 'in_doubt')) "
    "UNION SELECT id FROM enquiry WHERE hub_id = ? AND state = 'resolved' AND rank >= ?"
)


def due(conn: Connection, hub_id: str, now: int) -> tuple[DueRow, ...]:
    """Sends whose undo window is over, and those that somebody began to deliver, oldest first; none while the outbox is shut
    or the hub has moved."""
    return tuple(map(DueRow._make, conn.execute(_DUE, (hub_id, now, hub_id))))


def outgoing(conn: Connection, hub_id: str, send_id: str, policy: str) -> OutgoingRow | None:
    """The reply of a send, inside the caller's snapshot; ``policy`` is the version in force. None without such a send."""
    row = conn.execute(_OUTGOING, (hub_id, send_id)).fetchone()
    if row is None:
        return None
    *facts, digest, version = row
    enquiry_id = facts[1]
    saved = _newest(conn, hub_id, enquiry_id, "draft.saved", version=version)
    # What was claimed is what it was then, whatever came in, was decided or was done to the tables since.
    claim = _newest(conn, hub_id, enquiry_id, "send.claimed", send_id=send_id)
    claimed = claim[0] if claim else _NEVER
    answered = conn.execute(_ANSWERED, {"hub": hub_id, "id": enquiry_id, "before": claimed}).fetchone() or ("", "")
    if claim:
        digest = claim[1]["digest"]
        forward = _newest(conn, hub_id, enquiry_id, "draft.submitted", before=claimed)
        assert forward is not None
        policy = forward[1]["policy"]
    facts.insert(7, answered[1])
    return OutgoingRow._make((*facts, tuple(saved[1]["attachments"] if saved else ()), digest, policy, answered[0]))


def overtaken(conn: Connection, hub_id: str, send_id: str, now: int) -> str:
    """Why a reply whose delivery was cut off must not be delivered anew by itself: what happened since it was claimed."""
    row = conn.execute(_SENDING, (hub_id, send_id)).fetchone()
    if row is None:
        return "There is no such send."
    enquiry_id, digest = row
    claim = _newest(conn, hub_id, enquiry_id, "send.claimed", send_id=send_id)
    claimed, digest = (claim[0], claim[1]["digest"]) if claim else (0, digest)
    facts = {"hub": hub_id, "id": enquiry_id, "digest": digest, "claimed": claimed, "now": now}
    wrote, expired = conn.execute(_CUT_OFF, facts).fetchone()
    if wrote:
        return "The customer has written again since."
    if expired:
        return "Its approval has run out since."
    return "The outbox has been shut since." if conn.execute(_SHUT_SINCE, (hub_id, claimed)).fetchone() else ""


def _newest(conn: Connection, hub_id: str, stream: str, kind: str, before: int = _NEVER, **held: Any) -> tuple[int, dict[str, Any]] | None:
    """Place and body of the newest event of a kind that holds these values."""
    for seq, text in conn.execute(_BODIES, (hub_id, stream, kind)):
        body = json.loads(text)
        if seq < before and all(body.get(name) == value for name, value in held.items()):
            return seq, body
    return None


def expiring(conn: Connection, hub_id: str, now: int, quiet_ms: int) -> tuple[str, ...]:
    """Enquiries with an approval or a quiet period of ``quiet_ms`` that ran out by ``now``."""
    return tuple(row[0] for row in conn.execute(_EXPIRING, (hub_id, now, hub_id, RESTING - (now - quiet_ms))))
