"""Folding events into the enquiry. No rule is checked here: what happened, happened."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hubconsole.domain import events as e
from hubconsole.domain.enquiry import Answered, Draft, Enquiry, Review, Sending
from hubconsole.domain.provenance import remember
from hubconsole.domain.terms import CLOSING, UNDONE, Direction, Disposition, ReviewState, SendState, State, Verdict

WORDS = 200
"""How many characters of the newest customer message a board row carries."""

_AWAKE: dict[str, Any] = {"snoozed_until": 0}
"""What needs somebody's eyes comes back to the queues."""

FINISHED = {"delivered": SendState.DELIVERED, "failed": SendState.FAILED, "in_doubt": SendState.IN_DOUBT}


def evolve(state: Enquiry, event: e.Event, *, by: str, at: int) -> Enquiry:
    """The enquiry after ``event``, which ``by`` caused at ``at`` (ms)."""
    changes = _FOLDS[type(event)](state, event, by, at) if type(event) in _FOLDS else {}
    return state.but(version=state.version + 1, **changes)


def fold(state: Enquiry, happened: Iterable[tuple[e.Event, str, int]]) -> Enquiry:
    """Fold (event, by, at) triples in order."""
    for event, by, at in happened:
        state = evolve(state, event, by=by, at=at)
    return state


def _received(s: Enquiry, ev: e.EnquiryReceived, by: str, at: int) -> dict[str, Any]:
    return {
        "exists": True,
        "number": ev.number,
        "channel": ev.channel,
        "account": ev.account,
        "visibility": ev.visibility,
        "recipient": ev.handle or ev.customer,
        "customer": ev.customer,
        "priority": ev.priority,
        "received_at": min(ev.posted_at, at),
        "taken_in_at": at,
        "waiting_since": at,
        "last_in": ev.message_id,
        "last_in_at": min(ev.posted_at, at),
        "subject": ev.subject,
        "thread": ev.thread,
        "words": ev.text[:WORDS],
    }


def _message(s: Enquiry, ev: e.MessageRecorded, by: str, at: int) -> dict[str, Any]:
    if ev.direction is Direction.IN:
        since = at if s.waiting_since is None else s.waiting_since
        written = max(s.last_in_at, min(ev.posted_at, at))
        changes: dict[str, Any] = {"last_in": ev.message_id, "last_in_at": written, "waiting_since": since, "words": ev.text[:WORDS]}
        changes |= {"waited_since": None, "received_at": min(s.received_at, ev.posted_at)}
        changes |= _AWAKE
        if s.state in (State.SENT, State.WAITING_CUSTOMER):
            # Nobody here has had it yet when all that went before is history: then it is still to be triaged.
            changes["state"] = State.WORKING if s.owner or s.draft else State.NEW
        elif s.state in (State.RESOLVED, State.CLOSED):
            put_away = s.draft is None and s.disposition in CLOSING
            disposition = None if s.disposition in CLOSING else s.disposition
            changes |= {"state": State.NEW if put_away else State.WORKING, "reopened": s.reopened + 1, "disposition": disposition}
        return changes
    if ev.direction is Direction.OUT:
        if ev.posted_at < s.last_in_at:
            return {"replied": True}  # history: the customer has written since, and that is still unanswered
        rests = s.state in (State.NEW, State.WORKING) and s.draft is None
        return {"waiting_since": None, "replied": True, "rested_at": at, **({"state": State.SENT} if rests else {})}
    return {}


def _recipient(s: Enquiry, ev: e.RecipientSet, by: str, at: int) -> dict[str, Any]:
    return {"recipient": ev.recipient}


def _triaged(s: Enquiry, ev: e.EnquiryTriaged, by: str, at: int) -> dict[str, Any]:
    if ev.disposition in CLOSING:
        rest = {"state": State.CLOSED, "waiting_since": None, "rested_at": at, "claimed_by": "", "claimed_until": 0}
        return {"disposition": ev.disposition, "waited_since": s.waiting_since, **rest}
    if ev.disposition is Disposition.TRANSFER:
        return {"disposition": ev.disposition, "state": State.NEW, "owner": "", "owner_function": "", "claimed_by": "", "claimed_until": 0}
    return {"disposition": ev.disposition, "state": State.WORKING}


def _claimed(s: Enquiry, ev: e.EnquiryClaimed, by: str, at: int) -> dict[str, Any]:
    return {"claimed_by": by, "claimed_until": ev.until}


def _released(s: Enquiry, ev: e.EnquiryReleased, by: str, at: int) -> dict[str, Any]:
    return {"claimed_by": "", "claimed_until": 0}


def _assigned(s: Enquiry, ev: e.EnquiryAssigned, by: str, at: int) -> dict[str, Any]:
    return {"owner": ev.owner, "owner_function": ev.function}


def _prioritised(s: Enquiry, ev: e.EnquiryPrioritised, by: str, at: int) -> dict[str, Any]:
    return {"priority": ev.priority}


def _snoozed(s: Enquiry, ev: e.EnquirySnoozed, by: str, at: int) -> dict[str, Any]:
    return {"snoozed_until": ev.until}


def _draft_saved(s: Enquiry, ev: e.DraftSaved, by: str, at: int) -> dict[str, Any]:
    draft = Draft(ev.version, ev.text, by, ev.blame, ev.visibility, ev.attachments, ev.flags)
    samples = tuple(review for review in s.reviews if review.after)
    return {
        "draft": draft,
        "ledger": remember(s.ledger, s.draft.text, s.draft.blame) if s.draft else (),
        "reviews": samples,
        "ready": "",
        "waived": False,
        "state": State.WORKING,
        "disposition": s.disposition or Disposition.ENGAGE,
    }


def _submitted(s: Enquiry, ev: e.DraftSubmitted, by: str, at: int) -> dict[str, Any]:
    samples = tuple(review for review in s.reviews if review.after)
    return {"reviews": samples, "ready": "", "waived": False, "submitted_at": at, "state": State.IN_REVIEW, **_AWAKE}


def _back_to_author(s: Enquiry, ev: e.Event, by: str, at: int) -> dict[str, Any]:
    samples = tuple(review for review in s.reviews if review.after)
    changes: dict[str, Any] = {"reviews": samples, "ready": "", "waived": False, "state": State.WORKING, **_AWAKE}
    if isinstance(ev, e.ReplyReturned) and ev.rejected:
        changes["rejected"] = s.rejected | {ev.rejected}
    return changes


def _requested(s: Enquiry, ev: e.ReviewRequested, by: str, at: int) -> dict[str, Any]:
    review = Review(ev.review_id, ev.gate, ev.version, ev.digest, ev.policy, ReviewState.REQUESTED, ev.after)
    if ev.after:
        return {"reviews": (*s.reviews, review.but(writers=s.draft.contributors if s.draft else frozenset()))}
    others = tuple(r for r in s.reviews if r.gate != ev.gate or r.after)
    answered = tuple(one for one in s.answered if one.gate != ev.gate)
    if ev.amends:
        answered = (*answered, Answered(ev.gate, ev.amends, Verdict.AMEND, by, at))
    return {"reviews": (*others, review), "answered": answered, "state": State.IN_REVIEW, "ready": "", "waived": False}


def _change(s: Enquiry, review_id: str, **changes: Any) -> tuple[Review, ...]:
    return tuple(r.but(**changes) if r.id == review_id else r for r in s.reviews)


def _opened(s: Enquiry, ev: e.ReviewOpened, by: str, at: int) -> dict[str, Any]:
    return {"reviews": _change(s, ev.review_id, state=ReviewState.OPENED)}


def _decided(s: Enquiry, ev: e.ReviewDecided, by: str, at: int) -> dict[str, Any]:
    draft, at_once = s.draft, ev.verdict is Verdict.AMEND and ev.four_eyes and not ev.acceptance
    if draft and at_once and (draft.version, draft.author) == (ev.version, by):
        draft = replace(draft, amended=ev.gate)
    # What the review is about came of an amendment: whoever still looks at the words before it is told of that.
    before = tuple(one for one in s.answered if one.gate != ev.gate or (one.verdict is Verdict.AMEND and one.shown != ev.shown))
    return {
        "draft": draft,
        "answered": (*before, Answered(ev.gate, ev.shown, Verdict(ev.verdict), by, at)),
        "reviews": _change(
            s,
            ev.review_id,
            state=ReviewState.DECIDED,
            verdict=Verdict(ev.verdict),
            digest=ev.digest,
            decided_by=by,
            decided_at=at,
            expires_at=ev.expires_at,
            acceptance=ev.acceptance,
        ),
    }


def _revoked(s: Enquiry, ev: e.ReviewRevoked, by: str, at: int) -> dict[str, Any]:
    nothing: dict[str, Any] = {"verdict": None, "decided_by": "", "decided_at": 0, "expires_at": 0, "acceptance": ""}
    reviews = _change(s, ev.review_id, state=ReviewState.REQUESTED, **nothing)
    answered = tuple(one for one in s.answered if one.gate != ev.gate)
    return {"reviews": reviews, "answered": answered, "ready": "", "waived": False, "state": State.IN_REVIEW, **_AWAKE}


def _accepted(s: Enquiry, ev: e.AmendmentAccepted, by: str, at: int) -> dict[str, Any]:
    return {"reviews": _change(s, ev.review_id, acceptance="")}


def _suspended(s: Enquiry, ev: e.ReviewSuspended, by: str, at: int) -> dict[str, Any]:
    return {
        "reviews": _change(s, ev.review_id, state=ReviewState.SUSPENDED, because=ev.because),
        "ready": "",
        "waived": False,
        "state": State.IN_REVIEW,
        **_AWAKE,
    }


def _void(s: Enquiry, ev: e.ReviewWithdrawn | e.ReviewExpired, by: str, at: int) -> dict[str, Any]:
    left = tuple(r for r in s.reviews if r.id != ev.review_id)
    return {"reviews": left, "ready": "", "waived": False, "state": State.IN_REVIEW if s.state is State.READY else s.state}


def _redirected(s: Enquiry, ev: e.ReplyRedirected, by: str, at: int) -> dict[str, Any]:
    assert s.draft is not None
    return {"draft": replace(s.draft, visibility=ev.visibility, amended="")}


def _readied(s: Enquiry, ev: e.ReplyReadied, by: str, at: int) -> dict[str, Any]:
    return {"ready": ev.digest, "waived": ev.waived, "state": State.READY}


def _queued(s: Enquiry, ev: e.SendQueued, by: str, at: int) -> dict[str, Any]:
    return {"sending": Sending(ev.send_id, ev.version, ev.digest, SendState.QUEUED, ev.via, ev.not_before)}


def _sending(s: Enquiry, state: SendState, **changes: Any) -> Sending | None:
    return s.sending.but(state=state, **changes) if s.sending else None


def _cancelled(s: Enquiry, ev: e.SendCancelled, by: str, at: int) -> dict[str, Any]:
    # A send that a person says was never published may be tried again; only then is its version free once more.
    return {"sending": _sending(s, SendState.CANCELLED), "published": s.published - {s.sending.version if s.sending else 0}}


def _send_claimed(s: Enquiry, ev: e.SendClaimed, by: str, at: int) -> dict[str, Any]:
    return {"sending": _sending(s, SendState.DELIVERING, answers=s.last_in), "published": s.published | {ev.version}}


def _blocked(s: Enquiry, ev: e.SendBlocked, by: str, at: int) -> dict[str, Any]:
    return {"sending": _sending(s, SendState.BLOCKED), **_AWAKE}


def _handed_over(s: Enquiry, ev: e.SendHandedOver, by: str, at: int) -> dict[str, Any]:
    return {"sending": _sending(s, SendState.HANDED_OVER), **_AWAKE}


def _finished(s: Enquiry, ev: e.SendFinished, by: str, at: int) -> dict[str, Any]:
    changes: dict[str, Any] = {"sending": _sending(s, FINISHED[ev.outcome]), **_AWAKE}
    if ev.outcome == "failed":
        changes["published"] = s.published - {ev.version}
    if ev.outcome == "delivered":
        changes["replied"] = True
        if s.sending and s.sending.answers != s.last_in:
            # The customer wrote while it was on its way: that message is still unanswered.
            changes |= {"state": State.WORKING, "ready": "", "waived": False}
        else:
            changes |= {"state": State.SENT, "ready": "", "waiting_since": None, "rested_at": at, "claimed_by": "", "claimed_until": 0}
    return changes


def _awaited(s: Enquiry, ev: e.CustomerAwaited, by: str, at: int) -> dict[str, Any]:
    return {"state": State.WAITING_CUSTOMER, "waiting_since": None, "rested_at": at}


def _resolved(s: Enquiry, ev: e.EnquiryResolved, by: str, at: int) -> dict[str, Any]:
    return {"state": State.RESOLVED, "waiting_since": None, "rested_at": at, "claimed_by": "", "claimed_until": 0}


def _closed(s: Enquiry, ev: e.EnquiryClosed, by: str, at: int) -> dict[str, Any]:
    return {"state": State.CLOSED, "waiting_since": None, "rested_at": at, "claimed_by": "", "claimed_until": 0}


def _reopened(s: Enquiry, ev: e.EnquiryReopened, by: str, at: int) -> dict[str, Any]:
    untouched = s.draft is None and not s.replied
    since = s.waited_since if ev.because == UNDONE and s.waited_since is not None else at
    return {
        "state": State.NEW if untouched else State.WORKING,
        "reopened": s.reopened + 1,
        "waiting_since": since,
        "waited_since": None,
        "disposition": None,
        **_AWAKE,
    }


_FOLDS: dict[type[e.Event], Any] = {
    e.EnquiryReceived: _received,
    e.MessageRecorded: _message,
    e.RecipientSet: _recipient,
    e.EnquiryTriaged: _triaged,
    e.EnquiryClaimed: _claimed,
    e.EnquiryReleased: _released,
    e.EnquiryAssigned: _assigned,
    e.EnquiryPrioritised: _prioritised,
    e.EnquirySnoozed: _snoozed,
    e.DraftSaved: _draft_saved,
    e.DraftSubmitted: _submitted,
    e.DraftWithdrawn: _back_to_author,
    e.ReplyReturned: _back_to_author,
    e.ReviewRequested: _requested,
    e.ReviewOpened: _opened,
    e.ReviewDecided: _decided,
    e.ReviewRevoked: _revoked,
    e.AmendmentAccepted: _accepted,
    e.ReviewSuspended: _suspended,
    e.ReviewWithdrawn: _void,
    e.ReviewExpired: _void,
    e.ReplyRedirected: _redirected,
    e.ReplyReadied: _readied,
    e.SendQueued: _queued,
    e.SendCancelled: _cancelled,
    e.SendClaimed: _send_claimed,
    e.SendBlocked: _blocked,
    e.SendHandedOver: _handed_over,
    e.SendFinished: _finished,
    e.CustomerAwaited: _awaited,
    e.EnquiryResolved: _resolved,
    e.EnquiryClosed: _closed,
    e.EnquiryReopened: _reopened,
}
