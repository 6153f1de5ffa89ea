"""Rules for what comes in: first messages, further messages, notes."""

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.channel_names import channel_name, usual_visibility
from hubconsole.domain.terms import PRIORITIES, Direction, Function, SendState, State
from hubconsole.domain.workflow.steps import ACT, Steps
from hubconsole.errors import Conflict, Refused, UsageProblem

_TAKE_IN = (*ACT, Function.ANALYTICS, Function.SYSTEM)
_EVERYBODY = tuple(Function)


def receive(s: Steps, cmd: c.Receive) -> None:
    """A first message makes the enquiry; it needs words and somebody to answer.

    ``posted_at`` is when the customer wrote and may be long past (an import): the enquiry's ``received_at``. Its targets
    run from the hub's time.
    """
    s.need(_TAKE_IN, "take enquiries in")
    if s.state.exists:
        raise Conflict("exists", f"E-{s.state.number} is already there.", version=s.state.version)
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "An enquiry needs the customer's words; there are none.", "Give the text.")
    channel = channel_name(cmd.channel)
    if not cmd.customer.strip():
        raise UsageProblem("no_customer", "An enquiry needs a customer: a name, a handle or an address.", 'Give one, or "unknown".')
    if cmd.priority not in PRIORITIES:
        raise UsageProblem("bad_priority", f"Priority {cmd.priority} does not exist.", "Use 1 (most urgent) to 4.")
    s.say(
        e.EnquiryReceived(
            number=s.state.number,
            message_id=s.child(),
            channel=channel,
            account=cmd.account,
            visibility=cmd.visibility or usual_visibility(channel),
            customer=cmd.customer,
            handle=cmd.handle or cmd.customer,
            text=cmd.text,
            subject=cmd.subject,
            posted_at=s.now if cmd.posted_at is None else cmd.posted_at,
            external_id=cmd.external_id,
            thread=cmd.thread,
            priority=cmd.priority,
        )
    )


def record_message(s: Steps, cmd: c.RecordMessage) -> None:
    """A further message. While a reply is in review or ready, it suspends what was asked and approved.

    A reply of ours that was posted before the customer's newest message is history: it leaves that message unanswered.
    """
    s.need(_TAKE_IN, "record messages")
    if cmd.direction is Direction.INTERNAL:
        raise UsageProblem("internal_message", "An internal message is a note.", "Use a note.")
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "The message has no words.", "Give the text.")
    message_id = s.child()
    s.say(
        e.MessageRecorded(
            message_id=message_id,
            direction=cmd.direction,
            visibility=cmd.visibility or s.state.visibility,
            author=cmd.author,
            text=cmd.text,
            posted_at=s.now if cmd.posted_at is None else cmd.posted_at,
            external_id=cmd.external_id,
        )
    )
    if s.state.state in (State.IN_REVIEW, State.READY):
        suspend(s, "the customer wrote again" if cmd.direction is Direction.IN else "somebody answered by another door", message_id)


def suspend(s: Steps, because: str, message_id: str) -> None:
    """The stale guard: nothing that was asked or approved before ``message_id`` counts until somebody looks again."""
    sending = s.state.sending
    if sending and sending.on_its_way and s.state.state is State.READY:
        return  # it is already leaving; the message waits on the board as unanswered
    if sending and sending.state is SendState.QUEUED:
        s.say(e.SendCancelled(send_id=sending.id, because=because))
    reviews = s.state.current_reviews()
    for review in reviews:
        s.say(e.ReviewSuspended(review_id=review.id, because=because, message_id=message_id))
    if not reviews:
        s.say(e.ReplyReturned(because=because, rejected=""))


def add_note(s: Steps, cmd: c.AddNote) -> None:
    """Everybody may note; only legal and supervisors write privileged notes."""
    s.need(_EVERYBODY, "add notes")
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "The note is empty.", "Write something, or leave it.")
    if cmd.privileged and not s.actor.holds(Function.LEGAL, Function.SUPERVISOR):
        raise Refused("not_permitted", f"{s.actor.name} may not write privileged notes: that takes legal or supervisor.")
    s.say(e.NoteAdded(message_id=s.child(), text=cmd.text, privileged=cmd.privileged))
