"""Messages, drafts, reviews, sends, search: one small writer for each event."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from hubconsole.domain import events as e
from hubconsole.domain.enquiry import Enquiry
from hubconsole.domain.terms import Direction, ReviewState, SendState
from hubconsole.domain.workflow.folding import FINISHED
from hubconsole.store.dialect import dialect_of
from hubconsole.store.engine import Connection
from hubconsole.store.journal import Written


class Place(NamedTuple):
    """Where an event happened."""

    hub_id: str
    enquiry_id: str
    seq: int
    at: int
    actor: str
    state: Enquiry
    """The enquiry after the whole command."""


def project_children(conn: Connection, hub_id: str, after: Enquiry, written: list[Written], policy: str, at: int, actor: str) -> None:
    """Write what these events mean for the tables under the enquiry. ``policy`` is the version in force."""
    for seq, event in written:
        writer = _WRITERS.get(type(event))
        if writer:
            writer(conn, Place(hub_id, after.id, seq, at, actor, after), event)
    if after.draft:
        envelope = (after.digest(policy), after.draft.visibility.value)
        conn.execute(_ENVELOPE, (*envelope, hub_id, after.id, after.draft.version, *envelope))


_ENVELOPE = (
    "UPDATE draft SET digest = ?, visibility = ? WHERE hub_id = ? AND enquiry_id = ? AND version = ? AND (digest <> ? OR visibility <> ?)"
)
# Whoever was first has it, also when a rebuild comes to the streams in another order than they were written in.
_THREAD = (
    "INSERT INTO thread (hub_id, channel, thread, enquiry_id) VALUES (:hub, :channel, :name, :enquiry) "
    "ON CONFLICT (hub_id, channel, thread) DO UPDATE SET enquiry_id = excluded.enquiry_id "
    "WHERE :seq < (SELECT min(m.seq) FROM message m "
    "WHERE m.hub_id = thread.hub_id AND m.enquiry_id = thread.enquiry_id)"
)
_INTAKE = (
    "INSERT INTO intake (hub_id, channel, external_id, enquiry_id) VALUES (:hub, :channel, :name, :enquiry) "
    "ON CONFLICT (hub_id, channel, external_id) DO UPDATE SET enquiry_id = excluded.enquiry_id "
    "WHERE :seq < (SELECT min(m.seq) FROM message m "
    "WHERE m.hub_id = intake.hub_id AND m.enquiry_id = intake.enquiry_id AND m.external_id = intake.external_id)"
)


def _insert(conn: Connection, table: str, **values: Any) -> None:
    marks = ", ".join("?" * len(values))
    conn.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _words(conn: Connection, p: Place, *texts: str) -> None:
    dialect_of(conn).keep_words(conn, p.hub_id, p.seq, p.enquiry_id, "\n".join(t for t in texts if t))


def _message(conn: Connection, p: Place, message_id: str, direction: str, text: str, author: str, at: int, **more: Any) -> None:
    _insert(
        conn, "message", hub_id=p.hub_id, id=message_id, enquiry_id=p.enquiry_id, seq=p.seq, direction=direction,
        channel=p.state.channel, author=author, text=text, at=at, **more,
    )  # fmt: skip


def _taken_in(conn: Connection, p: Place, external_id: str) -> None:
    if external_id:
        _first_has_it(conn, _INTAKE, p, external_id)


def _first_has_it(conn: Connection, sql: str, p: Place, name: str) -> None:
    conn.execute(sql, {"hub": p.hub_id, "channel": p.state.channel, "name": name, "enquiry": p.enquiry_id, "seq": p.seq})


def _received(conn: Connection, p: Place, ev: e.EnquiryReceived) -> None:
    _message(conn, p, ev.message_id, "in", ev.text, ev.customer, ev.posted_at, visibility=ev.visibility.value, external_id=ev.external_id)
    _taken_in(conn, p, ev.external_id)
    if ev.thread:
        _first_has_it(conn, _THREAD, p, ev.thread)
    _words(conn, p, ev.customer, ev.handle if ev.handle != ev.customer else "", ev.subject, ev.text)


def _recorded(conn: Connection, p: Place, ev: e.MessageRecorded) -> None:
    way, seen_by = ev.direction.value, ev.visibility.value
    _message(conn, p, ev.message_id, way, ev.text, ev.author, ev.posted_at, visibility=seen_by, external_id=ev.external_id)
    _taken_in(conn, p, ev.external_id)
    _words(conn, p, ev.author if ev.direction is Direction.IN else "", ev.text)


def _recipient(conn: Connection, p: Place, ev: e.RecipientSet) -> None:
    _words(conn, p, ev.recipient)


def _note(conn: Connection, p: Place, ev: e.NoteAdded) -> None:
    _message(conn, p, ev.message_id, "internal", ev.text, p.actor, p.at, visibility="private", privileged=int(ev.privileged))
    if not ev.privileged:
        _words(conn, p, ev.text)


def _asked(conn: Connection, p: Place, ev: e.AuthorAsked) -> None:
    _message(conn, p, ev.message_id, "internal", ev.text, p.actor, p.at, visibility="private")


def _draft(conn: Connection, p: Place, ev: e.DraftSaved) -> None:
    people = sorted({p.actor}.union(*(touched for _, touched in ev.blame)))
    _insert(
        conn, "draft", hub_id=p.hub_id, enquiry_id=p.enquiry_id, version=ev.version, text=ev.text, author=p.actor,
        contributors=json.dumps(people), at=p.at, base=ev.base, flags=" ".join(ev.flags), visibility=ev.visibility.value, digest=ev.digest,
    )  # fmt: skip
    _words(conn, p, ev.text)


def _requested(conn: Connection, p: Place, ev: e.ReviewRequested) -> None:
    _insert(
        conn, "review", hub_id=p.hub_id, id=ev.review_id, enquiry_id=p.enquiry_id, gate=ev.gate, version=ev.version,
        state=ReviewState.REQUESTED.value, digest=ev.digest, requested_at=p.at, requested_by=p.actor, after=int(ev.after),
    )  # fmt: skip


def _review(conn: Connection, p: Place, review_id: str, **values: Any) -> None:
    sets = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"UPDATE review SET {sets} WHERE hub_id = ? AND id = ?", (*values.values(), p.hub_id, review_id))


def _opened(conn: Connection, p: Place, ev: e.ReviewOpened) -> None:
    _review(conn, p, ev.review_id, state=ReviewState.OPENED.value, opened_by=p.actor, opened_at=p.at)


def _decided(conn: Connection, p: Place, ev: e.ReviewDecided) -> None:
    _review(
        conn, p, ev.review_id, state=ReviewState.DECIDED.value, verdict=ev.verdict.value, digest=ev.digest, decided_by=p.actor,
        decided_at=p.at, reason=ev.reason, note=ev.note, conditions=" ".join(ev.conditions), expires_at=ev.expires_at,
        because=f"waits for {ev.acceptance} to accept" if ev.acceptance else "",
    )  # fmt: skip


def _revoked(conn: Connection, p: Place, ev: e.ReviewRevoked) -> None:
    why = f": {ev.reason.replace('_', ' ')}" if ev.reason else ""
    nothing: dict[str, Any] = {
        "verdict": "",
        "decided_by": "",
        "decided_at": 0,
        "reason": "",
        "note": "",
        "conditions": "",
        "expires_at": 0,
    }
    _review(conn, p, ev.review_id, state=ReviewState.REQUESTED.value, because=f"{p.actor} took the approval back{why}", **nothing)


def _accepted(conn: Connection, p: Place, ev: e.AmendmentAccepted) -> None:
    _review(conn, p, ev.review_id, because=f"accepted by {p.actor}")


def _suspended(conn: Connection, p: Place, ev: e.ReviewSuspended) -> None:
    _review(conn, p, ev.review_id, state=ReviewState.SUSPENDED.value, because=ev.because)


def _withdrawn(conn: Connection, p: Place, ev: e.ReviewWithdrawn) -> None:
    _review(conn, p, ev.review_id, state=ReviewState.WITHDRAWN.value, because=ev.because)


def _expired(conn: Connection, p: Place, ev: e.ReviewExpired) -> None:
    _review(conn, p, ev.review_id, state=ReviewState.EXPIRED.value, because="the approval ran out")


def _queued(conn: Connection, p: Place, ev: e.SendQueued) -> None:
    _insert(
        conn, "send", hub_id=p.hub_id, id=ev.send_id, enquiry_id=p.enquiry_id, version=ev.version, digest=ev.digest,
        state=SendState.QUEUED.value, via=ev.via, not_before=ev.not_before, queued_by=p.actor, queued_at=p.at,
    )  # fmt: skip


def _send(conn: Connection, p: Place, send_id: str, state: SendState, **values: Any) -> None:
    sets = ", ".join(["state = ?", *(f"{name} = ?" for name in values)])
    conn.execute(f"UPDATE send SET {sets} WHERE hub_id = ? AND id = ?", (state.value, *values.values(), p.hub_id, send_id))


def _cancelled(conn: Connection, p: Place, ev: e.SendCancelled) -> None:
    _send(conn, p, ev.send_id, SendState.CANCELLED, finished_at=p.at, reason=ev.because)


def _claimed(conn: Connection, p: Place, ev: e.SendClaimed) -> None:
    _send(conn, p, ev.send_id, SendState.DELIVERING)


def _blocked(conn: Connection, p: Place, ev: e.SendBlocked) -> None:
    _send(conn, p, ev.send_id, SendState.BLOCKED, finished_at=p.at, reason=ev.because)


def _handed_over(conn: Connection, p: Place, ev: e.SendHandedOver) -> None:
    _send(conn, p, ev.send_id, SendState.HANDED_OVER, link=ev.link)


def _finished(conn: Connection, p: Place, ev: e.SendFinished) -> None:
    _send(
        conn, p, ev.send_id, FINISHED[ev.outcome], finished_at=p.at, link=ev.link, reason=ev.reason, external_id=ev.external_id
    )  # fmt: skip
    if ev.outcome == "delivered":
        text, visibility = conn.execute(
            "SELECT text, visibility FROM draft WHERE hub_id = ? AND enquiry_id = ? AND version = ?", (p.hub_id, p.enquiry_id, ev.version)
        ).fetchone()
        author = conn.execute("SELECT queued_by FROM send WHERE hub_id = ? AND id = ?", (p.hub_id, ev.send_id)).fetchone()[0]
        _message(conn, p, ev.send_id, "out", text, author, p.at, visibility=visibility, external_id=ev.external_id)
        _taken_in(conn, p, ev.external_id)


_WRITERS: dict[type[e.Event], Callable[[Connection, Place, Any], None]] = {
    e.EnquiryReceived: _received,
    e.MessageRecorded: _recorded,
    e.RecipientSet: _recipient,
    e.NoteAdded: _note,
    e.AuthorAsked: _asked,
    e.DraftSaved: _draft,
    e.ReviewRequested: _requested,
    e.ReviewOpened: _opened,
    e.ReviewDecided: _decided,
    e.ReviewRevoked: _revoked,
    e.AmendmentAccepted: _accepted,
    e.ReviewSuspended: _suspended,
    e.ReviewWithdrawn: _withdrawn,
    e.ReviewExpired: _expired,
    e.SendQueued: _queued,
    e.SendCancelled: _cancelled,
    e.SendClaimed: _claimed,
    e.SendBlocked: _blocked,
    e.SendHandedOver: _handed_over,
    e.SendFinished: _finished,
}
