"""Taking an approval back while the reply has not left."""

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import APPROVING, Review
from hubconsole.domain.terms import Function, ReviewState, SendState, State
from hubconsole.domain.workflow.review import shortened
from hubconsole.domain.workflow.steps import Steps
from hubconsole.errors import Refused, UsageProblem

_GONE = "What has left cannot be called back; answer once more if it was wrong."


def revoke(s: Steps, cmd: c.Revoke) -> None:
    """The approval no longer counts and the same review waits again, at its old place; a queued send is cancelled.

    Whoever gave it may, whoever decides that gate, and a supervisor. A reply that was claimed for delivery is out of reach.
    """
    review = _approved(s, cmd)
    sending = s.state.sending
    if sending and sending.state is SendState.QUEUED:
        s.say(e.SendCancelled(send_id=sending.id, because=f"{s.actor.name} took the {cmd.gate} approval back"))
    s.say(
        e.ReviewRevoked(
            review_id=review.id, gate=review.gate, version=review.version, digest=review.digest, reason=cmd.reason, whose=review.decided_by
        )
    )


def _approved(s: Steps, cmd: c.Revoke) -> Review:
    """The approval that is meant. Raises when there is none, it is somebody else's business, or the reply is leaving."""
    function = s.policy.decides(cmd.gate)
    if function is None:
        raise UsageProblem("unknown_gate", f"The policy has no gate {cmd.gate!r}.", f"It has {', '.join(g for g, _ in s.policy.gates)}.")
    key = f"E-{s.state.number}"
    review = next((r for r in s.state.current_reviews() if r.gate == cmd.gate), None)
    if review is None or review.decided_by != s.actor.name:
        s.need((function, Function.SUPERVISOR), f"take a {cmd.gate} approval back")
    sending, draft = s.state.sending, s.state.draft
    if sending and sending.on_its_way and s.state.state is State.READY:
        raise Refused("too_late", f"The reply to {key} is {sending.state.value.replace('_', ' ')}; its approval has been used.", _GONE)
    if s.state.state not in (State.IN_REVIEW, State.READY) and draft and draft.version in s.state.published:
        raise Refused("too_late", f"Version {draft.version} of the reply to {key} has gone out; its approval has been used.", _GONE)
    s.need_state("taking an approval back", State.IN_REVIEW, State.READY, hint="Only an approval of a reply that is still here can be.")
    if review is not None and review.state is ReviewState.SUSPENDED:
        raise Refused("suspended", f"The review of {key} is suspended: {review.because}.", "No approval of it counts; nothing can leave.")
    if review is None or review.state is not ReviewState.DECIDED or review.verdict not in APPROVING:
        raise Refused("not_approved", f"There is no {cmd.gate} approval on {key} to take back.", "Look at it again; it has moved on.")
    if review.digest != cmd.digest:
        shortened(cmd.digest, review.digest)
        raise Refused(
            "digest_mismatch",
            f"What {cmd.gate} approved on {key} is not the reply you were shown (yours {cmd.digest[:12]}, live {review.digest[:12]}).",
            "Read it again as it stands now.",
        )
    return review
