"""What the worker reads: sends that are due, the reply of each exactly as it is to leave, and approvals that ran out."""

import json
import sqlite3

from hubconsole.store.rows import RESTING, DueRow, OutgoingRow

_DUE = (
    "SELECT id, enquiry_id, state, via FROM send WHERE hub_id = ? AND state IN ('queued', 'delivering') "
    "AND (state = 'delivering' OR not_before <= ?) ORDER BY not_before, id"
)
_OUTGOING = (
    "SELECT s.id, e.id, 'E-' || e.number, e.channel, e.account, e.recipient, d.visibility, e.subject, d.text, s.digest, "
    "(SELECT json_extract(v.body, '$.attachments') FROM event v WHERE v.hub_id = s.hub_id AND v.stream = s.enquiry_id "
    "AND v.kind = 'draft.saved' AND json_extract(v.body, '$.version') = s.version) "
    "FROM send s JOIN enquiry e ON e.hub_id = s.hub_id AND e.id = s.enquiry_id "
    "JOIN draft d ON d.hub_id = s.hub_id AND d.enquiry_id = s.enquiry_id AND d.version = s.version WHERE s.hub_id = ? AND s.id = ?"
)
_SENDING = "SELECT enquiry_id, digest FROM send WHERE hub_id = ? AND id = ?"
_CLAIMED = (
    "SELECT seq, json_extract(body, '$.digest') FROM event WHERE hub_id = ? AND stream = ? AND kind = 'send.claimed' "
    "AND json_extract(body, '$.send_id') = ? ORDER BY seq DESC LIMIT 1"
)
_CUT_OFF = (
    "SELECT EXISTS (SELECT 1 FROM message WHERE hub_id = :hub AND enquiry_id = :id AND direction = 'in' AND seq > :claimed), "
    "EXISTS (SELECT 1 FROM review WHERE hub_id = :hub AND enquiry_id = :id AND digest = :digest AND after = 0 "
    "AND expires_at > 0 AND expires_at <= :now)"
)
_ANSWERED = (
    "SELECT id, external_id FROM message WHERE hub_id = :hub AND enquiry_id = :id AND direction = 'in' "
    "AND (:before IS NULL OR seq < :before) ORDER BY seq DESC LIMIT 1"
)
_PUT_FORWARD = (
    "SELECT json_extract(body, '$.policy') FROM event WHERE hub_id = ? AND stream = ? AND kind = 'draft.submitted' AND seq < ? "
    "ORDER BY seq DESC LIMIT 1"
)
_EXPIRING = (
    "SELECT DISTINCT r.enquiry_id FROM review r JOIN enquiry e ON e.hub_id = r.hub_id AND e.id = r.enquiry_id WHERE r.hub_id = ? "
    "AND e.state IN ('in_review', 'ready') AND r.state = 'decided' AND r.expires_at > 0 AND r.expires_at <= ? "
    "AND NOT EXISTS (SELECT 1 FROM send s WHERE s.hub_id = r.hub_id AND s.enquiry_id = r.enquiry_id "
    "AND s.state IN ('delivering', 'handed_over', 'in_doubt')) "
    "UNION SELECT id FROM enquiry WHERE hub_id = ? AND state = 'resolved' AND rank >= ?"
)


def due(conn: sqlite3.Connection, hub_id: str, now: int) -> tuple[DueRow, ...]:
    """Sends whose undo window is over, and those that somebody began to deliver, oldest first."""
    return tuple(map(DueRow._make, conn.execute(_DUE, (hub_id, now))))


def outgoing(conn: sqlite3.Connection, hub_id: str, send_id: str, policy: str) -> OutgoingRow | None:
    """The reply of a send, inside the caller's snapshot; ``policy`` is the version in force. None without such a send."""
    row = conn.execute(_OUTGOING, (hub_id, send_id)).fetchone()
    if row is None:
        return None
    *facts, digest, attachments = row
    # What was claimed is what it was then, whatever came in, was decided or was done to the tables since.
    claimed, digest = conn.execute(_CLAIMED, (hub_id, facts[1], send_id)).fetchone() or (None, digest)
    answered = conn.execute(_ANSWERED, {"hub": hub_id, "id": facts[1], "before": claimed}).fetchone() or ("", "")
    if claimed is not None:
        (policy,) = conn.execute(_PUT_FORWARD, (hub_id, facts[1], claimed)).fetchone()
    facts.insert(7, answered[1])
    return OutgoingRow._make((*facts, tuple(json.loads(attachments or "[]")), digest, policy, answered[0]))


def overtaken(conn: sqlite3.Connection, hub_id: str, send_id: str, now: int) -> str:
    """Why a reply whose delivery was cut off must not be delivered anew by itself: what happened since it was claimed."""
    row = conn.execute(_SENDING, (hub_id, send_id)).fetchone()
    if row is None:
        return "There is no such send."
    enquiry_id, digest = row
    claimed, digest = conn.execute(_CLAIMED, (hub_id, enquiry_id, send_id)).fetchone() or (0, digest)
    facts = {"hub": hub_id, "id": enquiry_id, "digest": digest, "claimed": claimed, "now": now}
    wrote, expired = conn.execute(_CUT_OFF, facts).fetchone()
    if wrote:
        return "The customer has written again since."
    return "Its approval has run out since." if expired else ""


def expiring(conn: sqlite3.Connection, hub_id: str, now: int, quiet_ms: int) -> tuple[str, ...]:
    """Enquiries with an approval or a quiet period of ``quiet_ms`` that ran out by ``now``."""
    return tuple(row[0] for row in conn.execute(_EXPIRING, (hub_id, now, hub_id, RESTING - (now - quiet_ms))))
