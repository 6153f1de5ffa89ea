"""The one door: which rule answers which command."""

from collections.abc import Callable
from typing import Any

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import Actor, Enquiry
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Function, ReviewState, SendState, State
from hubconsole.domain.workflow import drafting, intake, review, revoking, sending, triage
from hubconsole.domain.workflow.steps import Checker, Measure, Steps
from hubconsole.errors import UsageProblem


def no_flags(text: str, channel: str, visibility: str) -> tuple[str, ...]:
    """A checker that finds nothing."""
    return ()


def no_limit(text: str, channel: str, visibility: str) -> tuple[int, int | None]:
    """A measure without a limit."""
    return len(text), None


def decide(
    state: Enquiry,
    command: c.EnquiryCommand,
    actor: Actor,
    policy: Policy,
    now: int,
    *,
    check: Checker = no_flags,
    measure: Measure = no_limit,
    owner_function: str = "",
) -> tuple[e.Event, ...]:
    """What ``command`` makes happen to ``state``, asked by ``actor`` at ``now`` (ms) under ``policy``.

    ``check`` looks texts over, ``measure`` measures them against their channel, ``owner_function`` is the first
    function of the member named in an Assign. No events mean that nothing needed to change.
    Raises Refused, Conflict or UsageProblem.
    """
    steps = Steps(state, actor, policy, now, check, measure)
    if isinstance(command, c.Receive):
        intake.receive(steps, command)
    elif not state.exists:
        raise UsageProblem("unknown_enquiry", f"There is no enquiry {command.enquiry_id}.", "Look it up on the board.")
    elif isinstance(command, c.Assign):
        triage.assign(steps, command, owner_function)
    else:
        rule = _RULES.get(type(command))
        if rule is None:
            raise UsageProblem("unknown_command", f"Nothing answers the command {command.kind!r}.")
        rule(steps, command)
    return tuple(steps.events)


def expire(s: Steps, cmd: c.Expire) -> None:
    """Let run out what has: approvals too old or given under another policy are asked for again.

    What waits for a person (an author's acceptance, a look at what the customer wrote since) goes on waiting for her.
    """
    s.need((Function.SYSTEM,), "let things expire")
    triage.quiet(s)
    state = s.state
    leaving = state.sending is not None and state.sending.on_its_way
    if state.state not in (State.IN_REVIEW, State.READY) or state.draft is None or leaving:
        return
    reviews = state.current_reviews()
    if any(r.state is ReviewState.SUSPENDED for r in reviews):
        return  # somebody has to read what came in first; resuming asks every gate anew, under the policy of then
    run_out = [r for r in reviews if r.verdict is not None and not r.acceptance and 0 < r.expires_at <= s.now]
    moved = any(r.policy != s.policy.version for r in reviews) or (
        state.state is State.READY and state.ready != state.digest(s.policy.version)
    )
    if run_out or moved:
        if state.sending and state.sending.state is SendState.QUEUED:
            why = "the approval ran out" if run_out else "the policy changed"
            s.say(e.SendCancelled(send_id=state.sending.id, because=why))
        for old in run_out:
            s.say(e.ReviewExpired(review_id=old.id))
        drafting.put_forward(s, by_clock=True)


_RULES: dict[type[c.Command], Callable[[Steps, Any], None]] = {
    c.RecordMessage: intake.record_message,
    c.AddNote: intake.add_note,
    c.SetRecipient: drafting.set_recipient,
    c.Triage: triage.triage,
    c.Claim: triage.claim,
    c.Release: triage.release,
    c.SetPriority: triage.set_priority,
    c.Snooze: triage.snooze,
    c.Wake: triage.wake,
    c.SaveDraft: drafting.save_draft,
    c.Submit: drafting.submit,
    c.Withdraw: drafting.withdraw,
    c.OpenReview: review.open_review,
    c.Decide: review.decide,
    c.Revoke: revoking.revoke,
    c.AcceptAmendment: review.accept_amendment,
    c.AskAuthor: review.ask_author,
    c.Resume: review.resume,
    c.Send: sending.send,
    c.UndoSend: sending.undo_send,
    c.ClaimSend: sending.claim_send,
    c.FinishSend: sending.finish_send,
    c.MarkSent: sending.mark_sent,
    c.MarkNotSent: sending.mark_not_sent,
    c.AwaitCustomer: triage.await_customer,
    c.Resolve: triage.resolve,
    c.Close: triage.close,
    c.Reopen: triage.reopen,
    c.Expire: expire,
}
