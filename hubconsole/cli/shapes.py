"""The JSON that the command line promises (docs/cli.md): one function per shape. Times are ISO 8601 in UTC."""

from hubconsole.clock import iso
from hubconsole.hub.port import JournalEntry, Receipt
from hubconsole.store.rows import BoardRow, DraftRow, EnquiryView, MemberRow, MessageRow, ReviewRow, SendRow, TrailRow

Json = dict[str, object]


def time_of(ms: int | None) -> str | None:
    """A time, or None where the hub keeps none (0)."""
    return iso(ms) if ms else None


def gates_of(row: BoardRow) -> list[dict[str, str]]:
    """The gates of the current draft in policy order: ``{"gate": "legal", "state": "requested"}``."""
    pairs = (word.partition(":") for word in row.gates.split())
    return [{"gate": gate, "state": state} for gate, _, state in pairs]


def listed(row: BoardRow) -> Json:
    """One enquiry in ``list`` and ``search``: exactly these keys."""
    return {
        "key": row.key,
        "state": row.state,
        "channel": row.channel,
        "visibility": row.visibility,
        "customer": row.customer,
        "priority": row.priority,
        "owner": row.owner or None,
        "gates": gates_of(row),
        "due_at": time_of(row.due_at),
        "received_at": time_of(row.received_at),
    }


def exported(row: BoardRow) -> Json:
    """One enquiry in ``export``: what ``list`` has, and the rest of the board's row."""
    return listed(row) | {
        "words": row.words,
        "flags": row.flags.split(),
        "disposition": row.disposition or None,
        "draft": row.draft,
        "last_author": row.last_author or None,
        "reopened": row.reopened,
        "waiting_since": time_of(row.waiting_since),
        "updated_at": time_of(row.updated_at),
        "snoozed_until": time_of(row.snoozed_until),
        "version": row.version,
        "id": row.id,
    }


def shown(view: EnquiryView, agrees: bool | None = None) -> Json:
    """One enquiry in ``show``; ``agrees`` is whether the newest draft's digest follows from what is shown of it."""
    return exported(view.row) | {
        "account": view.account,
        "recipient": view.recipient,
        "in_reply_to": view.in_reply_to,
        "subject": view.subject,
        "messages": [_message(message) for message in view.messages],
        "drafts": [_draft(draft, agrees if draft is view.drafts[-1] else None) for draft in view.drafts],
        "reviews": [_review(review) for review in view.reviews],
        "decisions": [_decision(review) for review in view.reviews if review.verdict],
        "sends": [send_of(send) for send in view.sends],
        "trail": [_trail(line) for line in view.trail],
        "why": list(view.why),
        "others": [row.key for row in view.others],
    }


def receipt_of(receipt: Receipt) -> Json:
    """The answer to a verb that changed something."""
    return {
        "key": receipt.key or None,
        "state": receipt.state or None,
        "version": receipt.version,
        "events": list(receipt.events),
        "seq": receipt.seq,
        "command_id": receipt.command_id,
        "repeated": receipt.repeated,
    }


def member_of(member: MemberRow) -> Json:
    """One member of the hub."""
    return {"name": member.name, "functions": list(member.functions), "active": member.active}


def entry_of(entry: JournalEntry) -> Json:
    """One event of the journal."""
    return entry._asdict() | {"at": iso(entry.at)}


def _message(message: MessageRow) -> Json:
    return message._asdict() | {"at": iso(message.at)}


def _draft(draft: DraftRow, agrees: bool | None) -> Json:
    more = {"contributors": list(draft.contributors), "flags": draft.flags.split(), "digest_follows": agrees}
    return draft._asdict() | {"at": iso(draft.at), **more}


def _review(review: ReviewRow) -> Json:
    return review._asdict() | {
        "requested_at": time_of(review.requested_at),
        "opened_at": time_of(review.opened_at),
        "decided_at": time_of(review.decided_at),
        "expires_at": time_of(review.expires_at),
        "conditions": review.conditions.split(),
    }


def _decision(review: ReviewRow) -> Json:
    return {
        "gate": review.gate,
        "version": review.version,
        "verdict": review.verdict,
        "by": review.decided_by,
        "at": time_of(review.decided_at),
        "reason": review.reason,
        "note": review.note,
        "conditions": review.conditions.split(),
        "digest": review.digest,
        "expires_at": time_of(review.expires_at),
        "standing": review.state,
    }


def send_of(send: SendRow) -> Json:
    """One send."""
    return send._asdict() | {
        "not_before": time_of(send.not_before),
        "queued_at": time_of(send.queued_at),
        "finished_at": time_of(send.finished_at),
    }


def _trail(line: TrailRow) -> Json:
    return line._asdict() | {"at": iso(line.at)}
