"""Rules for triage and for who has it: dispositions, claims, owners, priority, snooze, closing."""

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.terms import CLOSING, OPEN_STATES, PRIORITIES, Disposition, Function, SendState, State
from hubconsole.domain.workflow.steps import ACT, Steps
from hubconsole.errors import Conflict, Refused, UsageProblem


def triage(s: Steps, cmd: c.Triage) -> None:
    """What is to become of it. Closing dispositions need a new or working enquiry without a reply under way."""
    s.need(ACT, "triage")
    s.need_state("triage", State.NEW, State.WORKING)
    s.need_unclaimed()
    if cmd.disposition in (Disposition.LET_STAND, Disposition.TRANSFER) and not cmd.reason.strip():
        what = "a reason" if cmd.disposition is Disposition.LET_STAND else "where to"
        raise UsageProblem("no_reason", f"{cmd.disposition.value.replace('_', ' ')} needs {what}.", "Say it in a word.")
    if cmd.disposition is Disposition.DUPLICATE and cmd.duplicate_of in ("", s.state.id):
        raise UsageProblem("no_original", "A duplicate needs the other enquiry that it repeats.", "Give its key.")
    same = s.state.disposition is cmd.disposition
    if same and cmd.disposition not in CLOSING and s.state.state is State.WORKING:
        return
    s.say(e.EnquiryTriaged(disposition=cmd.disposition, reason=cmd.reason, duplicate_of=cmd.duplicate_of))
    if s.state.state is State.WORKING and not s.state.owner:
        own(s, s.actor.name)


def own(s: Steps, owner: str, function: str = "") -> None:
    """Make ``owner`` responsible. ``function`` defaults to the actor's first one."""
    function = function or next((f.value for f in Function if f in s.actor.functions), "")
    s.say(e.EnquiryAssigned(owner=owner, function=function if owner else "", before=s.state.owner))


def claim(s: Steps, cmd: c.Claim) -> None:
    """A soft lock with a lease; one's own is renewed, another's live one wins unless a supervisor takes over."""
    s.need(ACT, "claim")
    if s.state.state is State.CLOSED:
        raise Refused("wrong_state", f"E-{s.state.number} is closed.", "Reopen it first.")
    holder = s.state.claimed(s.now)
    other = holder if holder != s.actor.name else ""
    if other and not (cmd.take_over and s.actor.holds(Function.SUPERVISOR)):
        if cmd.take_over:
            raise Refused("not_permitted", f"{s.actor.name} may not take over from {other}: that takes supervisor.")
        s.need_unclaimed()
    s.say(e.EnquiryClaimed(until=s.now + s.policy.claim_ms, from_whom=other))
    if not s.state.owner and s.state.state in OPEN_STATES:
        own(s, s.actor.name)


def hold(s: Steps) -> None:
    """Working on it renews one's claim, or takes it when nobody is on it."""
    s.need_unclaimed()
    until = s.now + s.policy.claim_ms
    # Renewing on every saved version would double the journal; half a lease left is enough.
    if s.state.claimed_until - s.now < s.policy.claim_ms // 2:
        s.say(e.EnquiryClaimed(until=until, from_whom=""))
    if not s.state.owner:
        own(s, s.actor.name)


def release(s: Steps, cmd: c.Release) -> None:
    """Only the holder gives a claim back; a dead claim needs nothing."""
    holder = s.state.claimed(s.now)
    if not holder:
        return
    if holder != s.actor.name:
        raise Conflict("claimed", f"The claim on E-{s.state.number} is {holder}'s.", winner=holder, version=s.state.version)
    s.say(e.EnquiryReleased())


def assign(s: Steps, cmd: c.Assign, function: str) -> None:
    """Supervisors assign anybody; others take what nobody owns and pass on what is theirs."""
    s.need(ACT, "assign")
    if s.state.state is State.CLOSED:
        raise Refused("wrong_state", f"E-{s.state.number} is closed.", "Reopen it first.")
    mine = s.state.owner in ("", s.actor.name)
    if not mine and not s.actor.holds(Function.SUPERVISOR):
        raise Refused("not_permitted", f"E-{s.state.number} is {s.state.owner}'s; {s.actor.name} may not assign it: that takes supervisor.")
    if cmd.owner != s.state.owner:
        s.say(e.EnquiryAssigned(owner=cmd.owner, function=function if cmd.owner else "", before=s.state.owner))


def set_priority(s: Steps, cmd: c.SetPriority) -> None:
    """Supervisors set any; others set that of unowned enquiries and their own."""
    s.need(ACT, "set the priority")
    if cmd.priority not in PRIORITIES:
        raise UsageProblem("bad_priority", f"Priority {cmd.priority} does not exist.", "Use 1 (most urgent) to 4.")
    if s.state.owner not in ("", s.actor.name) and not s.actor.holds(Function.SUPERVISOR):
        raise Refused("not_permitted", f"E-{s.state.number} is {s.state.owner}'s; only they or a supervisor set its priority.")
    if cmd.priority != s.state.priority:
        s.say(e.EnquiryPrioritised(priority=cmd.priority, before=s.state.priority))


def snooze(s: Steps, cmd: c.Snooze) -> None:
    """Hide it until a time to come. What is in review waits for somebody else and cannot be hidden."""
    s.need(ACT, "snooze")
    s.need_state("snooze", State.NEW, State.WORKING, State.READY, State.WAITING_CUSTOMER, State.SENT)
    s.need_unclaimed()
    if cmd.until <= s.now:
        raise UsageProblem("past_time", "A snooze ends in the future; that time has gone by.", "Give a later time.")
    s.say(e.EnquirySnoozed(until=cmd.until))


def wake(s: Steps, cmd: c.Wake) -> None:
    """End a snooze."""
    s.need(ACT, "wake")
    if s.state.snoozed_until:
        s.say(e.EnquirySnoozed(until=0))


def await_customer(s: Steps, cmd: c.AwaitCustomer) -> None:
    """The customer has the next move; only after something went out."""
    s.need(ACT, "set it waiting")
    if s.state.state is not State.WAITING_CUSTOMER:
        s.need_state("waiting for the customer", State.SENT, State.WORKING)
        s.need_unclaimed()
        if not s.state.replied:
            raise Refused("nothing_sent", f"Nothing has gone out on E-{s.state.number} that could be answered.", "Send a reply first.")
        s.say(e.CustomerAwaited())


def resolve(s: Steps, cmd: c.Resolve) -> None:
    """The need is met. A reply under way is sent or withdrawn first."""
    s.need(ACT, "resolve")
    if s.state.state is not State.RESOLVED:
        s.need_state("resolving", State.WORKING, State.SENT, State.WAITING_CUSTOMER)
        s.need_unclaimed()
        s.say(e.EnquiryResolved())


def close(s: Steps, cmd: c.Close) -> None:
    """Put away what is at rest."""
    s.need((*ACT, Function.SYSTEM), "close")
    if s.state.state is not State.CLOSED:
        s.need_state("closing", State.SENT, State.WAITING_CUSTOMER, State.RESOLVED)
        s.say(e.EnquiryClosed(because="put away"))


def reopen(s: Steps, cmd: c.Reopen) -> None:
    """Take up again what was resolved, closed or at rest."""
    s.need(ACT, "reopen")
    s.need_state("reopening", State.SENT, State.WAITING_CUSTOMER, State.RESOLVED, State.CLOSED, hint="It is open already.")
    s.say(e.EnquiryReopened(because=cmd.reason))


def quiet(s: Steps) -> None:
    """A resolved enquiry closes after the policy's quiet time."""
    sending = s.state.sending
    leaving = sending is not None and (sending.on_its_way or sending.state is SendState.QUEUED)
    if s.state.state is State.RESOLVED and not leaving and s.now >= s.state.rested_at + s.policy.quiet_ms:
        s.say(e.EnquiryClosed(because="quiet since it was resolved"))
