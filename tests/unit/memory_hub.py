"""A hub in memory for tests of what runs on top of one: the real rules, no store."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import SYSTEM, Actor, Enquiry
from hubconsole.domain.policy import ALL_LEGAL, Policy, parse_policy
from hubconsole.domain.terms import Function, SendState, State, Verdict
from hubconsole.domain.workflow import decide, evolve
from hubconsole.errors import Conflict, Unreachable
from hubconsole.hub.port import Receipt
from hubconsole.store.rows import DueRow, OutgoingRow


@dataclass
class MemoryHub:
    """Implements the worker's port. ``die_after`` kinds of commands raise Unreachable after they were carried out."""

    clock: FrozenClock
    policy: Policy = field(default_factory=lambda: parse_policy(ALL_LEGAL))
    members: dict[str, frozenset[Function]] = field(
        default_factory=lambda: {"ada": frozenset({Function.SERVICE}), "lex": frozenset({Function.LEGAL})}
    )
    states: dict[str, Enquiry] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    leases: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    die_after: set[str] = field(default_factory=set)
    overtook: str = ""
    """What :meth:`overtaken` says."""

    def execute(
        self, command: c.Command, *, actor: str, via: str = "api", command_id: str | None = None, fence: tuple[str, int] | None = None
    ) -> Receipt:
        assert isinstance(command, c.EnquiryCommand)
        if fence is not None and self.leases[fence[0]][1] != fence[1]:
            raise Conflict("fenced", f"The lease has been taken by {self.leases[fence[0]][0]}.")
        eid = command.enquiry_id
        state = self.states.get(eid) or Enquiry(eid, number=len(self.states) + 1)
        who = SYSTEM if actor == "system" else Actor(actor, self.members[actor])
        events = decide(state, command, who, self.policy, self.clock())
        for event in events:
            state = evolve(state, event, by=actor, at=self.clock())
            self.log.append(event.kind)
        self.states[eid] = state
        if command.kind in self.die_after:
            raise Unreachable("killed", "The process died here.")
        kinds = tuple(event.kind for event in events)
        return Receipt("", eid, f"E-{state.number}", kinds, len(self.log), state.state, state.version, False)

    def due(self, now: int) -> Sequence[DueRow]:
        found = []
        for eid, state in self.states.items():
            sending = state.sending
            if sending is None:
                continue
            if sending.state is SendState.DELIVERING or (sending.state is SendState.QUEUED and sending.not_before <= now):
                found.append(DueRow(sending.id, eid, sending.state, sending.via))
        return found

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        for state in self.states.values():
            if state.sending and state.sending.id == send_id and state.draft:
                return OutgoingRow(
                    send_id=send_id,
                    enquiry_id=state.id,
                    key=f"E-{state.number}",
                    channel=state.channel,
                    account=state.account,
                    recipient=state.recipient,
                    visibility=state.draft.visibility,
                    in_reply_to="",
                    answers=state.sending.answers or state.last_in,
                    subject=state.subject,
                    text=state.draft.text,
                    attachments=state.draft.attachments,
                    digest=state.sending.digest,
                    policy_version=self.policy.version,
                )
        return None

    def overtaken(self, send_id: str) -> str:
        return self.overtook

    def expiring(self, now: int) -> Sequence[str]:
        return [eid for eid, state in self.states.items() if any(r.verdict and 0 < r.expires_at <= now for r in state.reviews)]

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        now = self.clock()
        owner, token, until = self.leases.get(name, ("", 0, 0))
        if owner != holder and now < until:
            return None
        token = token if owner == holder else token + 1
        self.leases[name] = (holder, token, now + ttl)
        return token

    def ready(self, eid: str = "e1", *, text: str = "Thank you, we are on it.", via: str = "outbox", send: bool = True) -> str:
        """An enquiry brought to an approved (and queued) reply; the send's id."""
        do = self.execute
        do(c.Receive(enquiry_id=eid, channel="email", text="help", customer="cy@example.net", account="care@bank.example"), actor="ada")
        do(c.SaveDraft(enquiry_id=eid, text=text, base=0), actor="ada")
        do(c.Submit(enquiry_id=eid), actor="ada")
        digest = self.states[eid].digest(self.policy.version)
        do(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
        assert self.states[eid].state is State.READY
        if send:
            do(c.Send(enquiry_id=eid, via=via, now=True), actor="ada")
        sending = self.states[eid].sending
        return sending.id if sending else ""
