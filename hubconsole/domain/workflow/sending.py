"""Rules for letting a reply out: queue, undo, claim (with the gate checked once more), outcome."""

import hashlib

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import CLOCKS_APART, Enquiry, Sending
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Function, ReviewState, SendState, State
from hubconsole.domain.workflow.drafting import demands, put_forward, request
from hubconsole.domain.workflow.intake import suspend
from hubconsole.domain.workflow.steps import RELEASE, Steps
from hubconsole.errors import Conflict, Refused, UsageProblem

_OUTCOMES = ("delivered", "failed", "in_doubt", "handed_over")

_BEFORE = {
    State.NEW: "Write a reply and submit it first.",
    State.WORKING: "Submit the reply first; it can leave once it is approved.",
    State.IN_REVIEW: "It can leave once its reviews have approved it.",
}
"""The step that comes before sending, by the state in which somebody tries."""


def gate_says(state: Enquiry, policy: Policy, now: int) -> str:
    """Why the present reply may not leave at ``now``; empty when it may. The one place where this is decided."""
    draft = state.draft
    if state.state is not State.READY or draft is None or not state.ready:
        return "it is not ready"
    digest = state.digest(policy.version)
    if digest != state.ready:
        return "the reply, its address or the policy has changed since it was approved"
    ids = tuple(flag.rpartition(":")[0] for flag in draft.flags)
    for demand in policy.demands(state.channel, draft.visibility, ids):
        if demand.mode != "pre_approve":
            continue
        review = next((r for r in state.current_reviews() if r.gate == demand.gate), None)
        if review is None or review.state is not ReviewState.DECIDED:
            return f"{demand.gate} has not approved it"
        if review.digest != digest or review.version != draft.version:
            return f"{demand.gate} approved something else"
        if not review.lets_through(now):
            if review.decided_at > now + CLOCKS_APART:
                return f"the {demand.gate} approval is dated in the future; a clock was wrong"
            return f"the {demand.gate} approval has expired" if now >= review.expires_at else f"{demand.gate} has not approved it"
    return ""


def send(s: Steps, cmd: c.Send) -> None:
    """Queue what was approved."""
    s.need(RELEASE, "send")
    s.need_unclaimed()
    sending, draft = s.state.sending, s.state.draft
    if draft and draft.version in s.state.published:
        open_ended = sending is not None and sending.on_its_way
        hint = "Say whether it went out: mark it sent or not sent." if open_ended else "Write a new version for a further reply."
        raise Conflict("already_sent", f"Version {draft.version} on E-{s.state.number} has been sent.", hint, version=s.state.version)
    s.need_state("sending", State.READY, hint=_BEFORE.get(s.state.state, ""))
    assert draft is not None
    if sending and sending.state is SendState.QUEUED:
        raise Conflict("already_queued", f"The reply to E-{s.state.number} is already queued.", "Undo it, or let it leave.")
    if cmd.digest and cmd.digest != s.state.ready:
        raise Refused("digest_mismatch", "The approved reply is not the one you were shown.", "Read it again as it stands now.")
    no = gate_says(s.state, s.policy, s.now)
    if no:
        raise Refused("gate_closed", f"The reply to E-{s.state.number} may not leave: {no}.", "Submit it again.")
    if not cmd.via.strip():
        raise UsageProblem("no_channel", "Say by which way it leaves.", "For example manual or outbox.")
    not_before = s.now if cmd.now else s.now + s.policy.undo_ms
    s.say(e.SendQueued(send_id=s.child(), version=draft.version, digest=s.state.ready, via=cmd.via, not_before=not_before))


def undo_send(s: Steps, cmd: c.UndoSend) -> None:
    """Take it back while it is still queued."""
    s.need(RELEASE, "take a send back")
    sending = s.state.sending
    if sending is None or sending.state is not SendState.QUEUED:
        state = sending.state if sending else "not queued"
        raise Refused("too_late", f"The reply to E-{s.state.number} is {state}; it cannot be taken back.")
    s.say(e.SendCancelled(send_id=sending.id, because=f"{s.actor.name} took it back"))


def _mine(s: Steps, send_id: str, *states: SendState) -> Sending:
    s.need((Function.SYSTEM,), "deliver")
    sending = s.state.sending
    if sending is None or sending.id != send_id or sending.state not in states:
        raise Conflict("not_that_send", f"The send {send_id} has moved on.", version=s.state.version)
    return sending


def claim_send(s: Steps, cmd: c.ClaimSend) -> None:
    """Everything is checked again, here, in the transaction that claims: what was approved is what leaves."""
    sending = _mine(s, cmd.send_id, SendState.QUEUED)
    if s.now < sending.not_before:
        raise Refused("too_early", "Its undo window is still open.")
    no = gate_says(s.state, s.policy, s.now)
    if not no and not cmd.wire_digest == sending.digest == s.state.ready:
        no = "what would go on the wire is not what was approved"
    if not no and sending.version in s.state.published:
        no = "this version has been sent before"
    if no:
        s.say(e.SendBlocked(send_id=sending.id, because=no))
        if s.state.state is State.READY:
            put_forward(s, by_clock=True)
        return
    s.say(e.SendClaimed(send_id=sending.id, version=sending.version, digest=sending.digest))


def finish_send(s: Steps, cmd: c.FinishSend) -> None:
    """What the channel said."""
    sending = _mine(s, cmd.send_id, SendState.DELIVERING)
    if cmd.outcome not in _OUTCOMES:
        raise UsageProblem("bad_outcome", f"{cmd.outcome!r} is no outcome of a send.", f"Use {', '.join(_OUTCOMES)}.")
    if cmd.outcome == "handed_over":
        s.say(e.SendHandedOver(send_id=sending.id, link=cmd.link))
        return
    finish(s, sending, cmd.outcome, cmd.external_id, cmd.link, cmd.reason)


def finish(s: Steps, sending: Sending, outcome: str, external_id: str, link: str, reason: str) -> None:
    """Say what became of it; a delivered reply may be sampled for a look afterwards."""
    s.say(e.SendFinished(send_id=sending.id, version=sending.version, outcome=outcome, external_id=external_id, link=link, reason=reason))
    if outcome == "failed":
        look_again(s, sending)
    draft = s.state.draft
    if outcome == "delivered" and draft and draft.version == sending.version:
        for demand in demands(s, draft):
            if demand.mode == "sample_after" and sampled(s.state.id, sending.version, demand.sample_percent):
                request(s, demand.gate, demand.rule, sent=sending.digest)


def look_again(s: Steps, sending: Sending) -> None:
    """A reply that did not go out after all: what the customer wrote meanwhile suspends its approval now."""
    if s.state.state is State.READY and sending.answers != s.state.last_in:
        suspend(s, "the customer wrote again", s.state.last_in)


def sampled(enquiry_id: str, version: int, percent: int) -> bool:
    """Whether this reply falls into the sample: the same answer for everybody, at every replay."""
    return int(hashlib.sha256(f"{enquiry_id}/{version}".encode()).hexdigest()[:8], 16) % 100 < percent


def _by_a_person(s: Steps) -> Sending:
    s.need(RELEASE, "say what became of a send")
    sending = s.state.sending
    if sending is None or sending.state not in (SendState.HANDED_OVER, SendState.IN_DOUBT):
        raise Refused("nothing_open", f"No send of E-{s.state.number} waits for a person's word.", "Only one handed over or in doubt does.")
    return sending


def mark_sent(s: Steps, cmd: c.MarkSent) -> None:
    """A named person saw it published."""
    sending = _by_a_person(s)
    finish(s, sending, "delivered", "", cmd.link, f"{s.actor.name} says it was published")


def mark_not_sent(s: Steps, cmd: c.MarkNotSent) -> None:
    """A named person knows that it was not published; it may be sent again."""
    sending = _by_a_person(s)
    reason = f": {cmd.reason}" if cmd.reason else ""
    s.say(e.SendCancelled(send_id=sending.id, because=f"{s.actor.name} says it was not published{reason}"))
    look_again(s, sending)
