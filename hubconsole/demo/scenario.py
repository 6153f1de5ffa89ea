"""Building the demonstration hub: every enquiry's story is acted out by real commands, in the order of their times."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.clock import HOUR, MINUTE
from hubconsole.demo.content import Content, Told
from hubconsole.demo.story import CUSTOMER, StoryStep, split_word
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Disposition, Function, SendState, Verdict, Visibility
from hubconsole.errors import HubError, UsageProblem
from hubconsole.hub.port import Hub, Receipt
from hubconsole.hub.requests import Fence
from hubconsole.ids import new_id
from hubconsole.store.rows import EnquiryView, SendRow
from hubconsole.worker.ports import SYSTEM, WorkHub
from hubconsole.worker.ports import VIA as WORKER_DOOR

VIA = "demo"
"""The door recorded for what members did in the demonstration's past."""


SHIFT = "B"
"""The shift that is on in the demonstration, led by its first supervisor."""

SHIFT_AGE_MS = 2 * HOUR
"""How long it has been on when the demonstration begins."""


class MovableClock(Protocol):
    """A clock that the scenario moves through the past; the hub must have been opened with the same one."""

    now: int

    def __call__(self) -> int:
        """Milliseconds since the Unix epoch."""


class DemoHub(Hub, WorkHub, Protocol):
    """What building the demonstration asks of a hub."""

    def execute(
        self, command: c.Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None,
        fence: Fence | None = None,
    ) -> Receipt:  # fmt: skip
        """Carry out one command, as both ports say."""


class _Moment(NamedTuple):
    """One thing that happens: an arrival (no step), or a step of a story."""

    at: int
    place: int
    step: StoryStep | None


def build(hub: DemoHub, clock: MovableClock, content: Content) -> None:
    """Act out all stories so that the last of them ends at ``clock.now``; the clock is there again afterwards.

    The members must have been added before. Raises UsageProblem ``bad_story`` with the step that a rule refused.
    """
    now = clock.now
    stage = _Stage(hub, clock, content)
    begins = now - SHIFT_AGE_MS
    try:
        for moment in _moments(content, now):
            if begins and moment.at >= begins:
                clock.now, begins = begins, 0
                stage.begin_shift()
            clock.now = moment.at
            stage.play(moment)
    finally:
        clock.now = now


def _moments(content: Content, now: int) -> Iterator[_Moment]:
    """Everything that happens, oldest first."""
    moments = []
    for place, told in enumerate(content.enquiries):
        arrival = now - told.age
        moments.append(_Moment(arrival, place, None))
        for step in told.story:
            if arrival + step.after > now:
                raise UsageProblem("bad_story", f"A step of {told.customer}'s story is still to come: {step.verb} {step.words[:40]}")
            moments.append(_Moment(arrival + step.after, place, step))
    return iter(sorted(moments, key=lambda m: m.at))


class _Stage:
    """Turns moments into commands."""

    def __init__(self, hub: DemoHub, clock: MovableClock, content: Content) -> None:
        self.hub = hub
        self.clock = clock
        self.content = content
        self.ids: dict[int, str] = {}

    def begin_shift(self) -> None:
        """The supervisor begins the shift; a demonstration without one has none."""
        lead = next((name for name, functions in self.content.members if Function.SUPERVISOR in functions), "")
        if lead:
            self.hub.execute(c.StartShift(name=SHIFT, lead=lead), actor=lead, via=VIA)

    def play(self, moment: _Moment) -> None:
        """Let one moment happen. Raises UsageProblem ``bad_story``."""
        told = self.content.enquiries[moment.place]
        try:
            if moment.step is None:
                self._arrive(moment.place, told)
            else:
                self._act(self.ids[moment.place], told, moment.step)
        except HubError as problem:
            if problem.code == "bad_story":
                raise
            step = moment.step or StoryStep(0, CUSTOMER, "arrival", "")
            raise UsageProblem("bad_story", f"{told.customer}, {step.who} {step.verb} {step.words[:40]!r}: {problem}") from problem

    def _arrive(self, place: int, told: Told) -> None:
        self.ids[place] = new_id(self.clock.now)
        self._do(
            c.Receive(
                enquiry_id=self.ids[place],
                channel=told.channel,
                text=told.text,
                customer=told.customer,
                handle=told.handle,
                account=self.content.account(told.channel),
                visibility=told.visibility,
                subject=told.subject,
                external_id=f"demo-{place}",
                thread=f"demo-{place}",
                priority=told.priority,
            ),
            SYSTEM,
        )

    def _do(self, command: c.Command, who: str) -> None:
        self.hub.execute(command, actor=who, via=WORKER_DOOR if who == SYSTEM else VIA)

    def _act(self, eid: str, told: Told, step: StoryStep) -> None:
        if step.verb == "customer":
            text = c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text=step.words, author=told.customer)
            self._do(text, SYSTEM)
        elif step.verb in ("deliver", "doubt", "handover", "fail"):
            self._leave(eid, step)
        elif step.verb in ("open", "ask", "amend", "resume") or step.verb in _VERDICTS:
            self._review(eid, step)
        else:
            self._do(_PLAIN[step.verb](self, eid, step.words), step.who)

    def _review(self, eid: str, step: StoryStep) -> None:
        view = self.hub.enquiry(eid)
        if step.verb == "resume":
            self._do(c.Resume(enquiry_id=eid, seen_message=_newest_in(view)), step.who)
            return
        gate = self._gate(step.who)
        words = step.words
        if step.verb not in ("ask", "amend", "return", "reject"):
            gate, words = split_word(step.words, "gate")
        digest = view.drafts[-1].digest
        if not any(r.gate == gate and r.state == "opened" for r in view.reviews):
            self._do(c.OpenReview(enquiry_id=eid, gate=gate, digest=digest), step.who)
        if step.verb == "ask":
            self._do(c.AskAuthor(enquiry_id=eid, gate=gate, text=words), step.who)
        elif step.verb != "open":
            self._do(_decision(eid, gate, step.verb, digest, words), step.who)

    def _gate(self, member: str) -> str:
        """The gate that a member decides."""
        functions = dict(self.content.members)[member]
        for gate, function in self.hub.policy().gates:
            if function in functions:
                return gate
        raise UsageProblem("bad_story", f"{member} decides no gate of the demonstration's policy.")

    def _leave(self, eid: str, step: StoryStep) -> None:
        """The worker's part: the send is claimed, and the channel's answer recorded."""
        send = _live_send(self.hub.enquiry(eid))
        if send.state == SendState.QUEUED:
            row = self.hub.outgoing(send.id)
            if row is None:
                raise UsageProblem("bad_story", f"The send {send.id} has nothing to go out.")
            self._do(c.ClaimSend(enquiry_id=eid, send_id=send.id, wire_digest=wire_digest(outgoing_from(row))), SYSTEM)
        outcome = {"deliver": "delivered", "doubt": "in_doubt", "handover": "handed_over", "fail": "failed"}[step.verb]
        self._do(c.FinishSend(enquiry_id=eid, send_id=send.id, outcome=outcome, reason=step.words), SYSTEM)


_VERDICTS = {
    "approve": Verdict.APPROVE,
    "return": Verdict.RETURN,
    "reject": Verdict.REJECT,
    "amend": Verdict.AMEND,
    "not_required": Verdict.NOT_REQUIRED,
}


def _decision(eid: str, gate: str, verb: str, digest: str, words: str) -> c.Decide:
    """A reviewer's decision from the words of a step."""
    verdict = _VERDICTS[verb]
    if verb == "amend":
        return c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, text=words)
    if verb == "return":
        reason, note = split_word(words, "reason")
        return c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, reason=reason, note=note)
    if verb == "approve" and words:
        conditions = tuple(words.split())
        return c.Decide(enquiry_id=eid, gate=gate, verdict=Verdict.APPROVE_WITH_CONDITIONS, digest=digest, conditions=conditions)
    return c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, reason=words)


def _newest_in(view: EnquiryView) -> str:
    return [m.id for m in view.messages if m.direction == Direction.IN][-1]


def _live_send(view: EnquiryView) -> SendRow:
    for send in view.sends:
        if send.state in (SendState.QUEUED, SendState.DELIVERING):
            return send
    raise UsageProblem("bad_story", f"{view.row.key} has no send under way.")


def _triage(stage: _Stage, eid: str, words: str) -> c.Command:
    disposition, rest = split_word(words, "disposition")
    if disposition == Disposition.DUPLICATE:
        channel, _, handle = rest.partition(":")
        first = next(i for i, t in enumerate(stage.content.enquiries) if (t.channel, t.handle) == (channel, handle))
        return c.Triage(enquiry_id=eid, disposition=Disposition.DUPLICATE, duplicate_of=stage.ids[first])
    return c.Triage(enquiry_id=eid, disposition=Disposition(disposition), reason=rest)


def _draft(stage: _Stage, eid: str, text: str, visibility: Visibility | None = None) -> c.Command:
    base = stage.hub.enquiry(eid).row.draft
    return c.SaveDraft(enquiry_id=eid, text=text, base=base, visibility=visibility)


_PLAIN: dict[str, Callable[[_Stage, str, str], c.Command]] = {
    "triage": _triage,
    "claim": lambda _, eid, words: c.Claim(enquiry_id=eid),
    "release": lambda _, eid, words: c.Release(enquiry_id=eid),
    "assign": lambda _, eid, words: c.Assign(enquiry_id=eid, owner=words),
    "priority": lambda _, eid, words: c.SetPriority(enquiry_id=eid, priority=int(words)),
    "snooze": lambda stage, eid, words: c.Snooze(enquiry_id=eid, until=stage.clock.now + round(float(words) * MINUTE)),
    "note": lambda _, eid, words: c.AddNote(enquiry_id=eid, text=words),
    "privileged": lambda _, eid, words: c.AddNote(enquiry_id=eid, text=words, privileged=True),
    "draft": _draft,
    "dm": lambda stage, eid, words: _draft(stage, eid, words, Visibility.PRIVATE),
    "submit": lambda _, eid, words: c.Submit(enquiry_id=eid),
    "withdraw": lambda _, eid, words: c.Withdraw(enquiry_id=eid),
    "send": lambda _, eid, words: c.Send(enquiry_id=eid, via=words),
    "sent": lambda _, eid, words: c.MarkSent(enquiry_id=eid, link=words),
    "await": lambda _, eid, words: c.AwaitCustomer(enquiry_id=eid),
    "resolve": lambda _, eid, words: c.Resolve(enquiry_id=eid),
    "close": lambda _, eid, words: c.Close(enquiry_id=eid),
    "reopen": lambda _, eid, words: c.Reopen(enquiry_id=eid, reason=words),
}
