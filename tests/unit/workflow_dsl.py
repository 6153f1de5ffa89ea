"""Given, when, then over the pure rules: a story about one enquiry, told by who does what."""

from dataclasses import replace
from typing import Any

from hubconsole.clock import DAY, MINUTE
from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import SYSTEM, Actor, Enquiry, Review
from hubconsole.domain.events import Event
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.domain.terms import Direction, Function, ReviewState, State, Verdict
from hubconsole.domain.workflow import decide, evolve
from hubconsole.errors import HubError

EID = "01890000-0000-7000-8000-000000000001"
START = 1_763_474_400_000
LIFE = DAY
"""How long an approval holds under the policies of these tests."""
LEASE = 5 * MINUTE
UNDO = 10_000

PEOPLE = {
    "ada": Actor("ada", frozenset({Function.SERVICE})),
    "bo": Actor("bo", frozenset({Function.SERVICE})),
    "lex": Actor("lex", frozenset({Function.LEGAL})),
    "lou": Actor("lou", frozenset({Function.LEGAL})),
    "mia": Actor("mia", frozenset({Function.MARKETING})),
    "sal": Actor("sal", frozenset({Function.SALES})),
    "sue": Actor("sue", frozenset({Function.SUPERVISOR})),
    "ana": Actor("ana", frozenset({Function.ANALYTICS})),
    "duo": Actor("duo", frozenset({Function.SERVICE, Function.LEGAL})),
    "system": SYSTEM,
}


def policy(*rules: str, **settings: str) -> Policy:
    """A policy from rules such as ``legal``, ``legal sample_after`` or ``legal pre_approve x``."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    lines += ["[gates]", 'legal = "legal"', 'brand = "marketing"']
    for place, rule in enumerate(rules, 1):
        words = rule.split()
        gate, mode, channel = (*words, *("", "pre_approve", "*")[len(words) :])
        lines += ["[[rule]]", f'id = "r{place}"', f'gate = "{gate}"', f'mode = "{mode}"', f'channel = "{channel}"']
    return parse_policy("\n".join(lines))


LEGAL = policy("legal")
BOTH = policy("legal", "brand")
NOBODY = policy("legal none")
SAMPLE = policy("legal sample_after")


def check(text: str, channel: str, visibility: str) -> tuple[str, ...]:
    """``BLOCK`` and ``HIDDEN`` (the latter in private only) stop an approval, ``maybe`` is questioned."""
    found = ["banned:block"] if "BLOCK" in text else []
    found += ["secret:block"] if "HIDDEN" in text and visibility == "private" else []
    return tuple(sorted(found + (["unsure:warn"] if "maybe" in text else [])))


def measure(text: str, channel: str, visibility: str) -> tuple[int, int | None]:
    """60 characters in public, 40 in private."""
    return len(text), 60 if visibility == "public" else 40


class Story:
    """One enquiry, one policy, one clock. What a step said is in ``said``; all of it in ``told``."""

    def __init__(self, rules: Policy = LEGAL) -> None:
        self.rules = rules
        self.now = START
        self.q = Enquiry(EID, number=1)
        self.said: tuple[Event, ...] = ()
        self.told: list[str] = []

    def does(self, who: str, command: type[c.EnquiryCommand], *, owner_function: str = "", **facts: Any) -> tuple[str, ...]:
        """``who`` asks for it; the kinds of what happened. Raises what the rules raise."""
        self.said = self.decided(PEOPLE[who], command(enquiry_id=EID, **facts), owner_function)
        for event in self.said:
            self.q = evolve(self.q, event, by=who, at=self.now)
            self.told.append(event.kind)
        return tuple(event.kind for event in self.said)

    def decided(self, who: Actor, command: c.EnquiryCommand, owner_function: str = "") -> tuple[Event, ...]:
        """What the rules answer, without letting it happen."""
        return decide(self.q, command, who, self.rules, self.now, check=check, measure=measure, owner_function=owner_function)

    def no(self, who: str, command: type[c.EnquiryCommand], **facts: Any) -> HubError:
        """``who`` asks for it and is told no; the refusal. Nothing changed."""
        before = self.q
        try:
            kinds = self.does(who, command, **facts)
        except HubError as refusal:
            assert self.q is before
            return refusal
        raise AssertionError(f"{who} may {command.kind}: {kinds}")

    def later(self, ms: int) -> "Story":
        """Time goes by."""
        self.now += ms
        return self

    # --- given ---

    def new(self, **facts: Any) -> "Story":
        """A customer's first message has come in."""
        self.does("ada", c.Receive, **{"channel": "x", "text": "Where is my card?", "customer": "Maria", "handle": "@maria"} | facts)
        return self

    def draft(self, text: str = "It is on its way.", who: str = "ada", **facts: Any) -> "Story":
        """A further version is saved (the enquiry comes in if it has not)."""
        if not self.q.exists:
            self.new()
        holder = self.q.claimed(self.now)
        if holder and holder != who:
            self.does(holder, c.Release)
        self.does(who, c.SaveDraft, text=text, base=self.version, **facts)
        return self

    def submitted(self, text: str = "It is on its way.", who: str = "ada", **facts: Any) -> "Story":
        """A version is saved and put forward."""
        self.draft(text, who, **facts).does(who, c.Submit)
        return self

    def approved(self, text: str = "It is on its way.", **facts: Any) -> "Story":
        """The reply is ready, by legal."""
        self.submitted(text, **facts)
        self.verdict()
        return self

    def queued(self, **facts: Any) -> "Story":
        """The reply is about to leave, at once."""
        if self.q.state is not State.READY:
            self.approved(**facts)
        self.does("ada", c.Send, via="manual", now=True)
        return self

    def delivering(self) -> "Story":
        """The worker has it."""
        self.queued()
        self.claim()
        return self

    def open_ended(self, outcome: str = "handed_over") -> "Story":
        """It is with a person, or in doubt."""
        self.delivering().finish(outcome)
        return self

    def sent(self) -> "Story":
        """It has gone out."""
        self.delivering().finish("delivered")
        return self

    # --- when ---

    def verdict(self, verdict: Verdict = Verdict.APPROVE, who: str = "lex", gate: str = "legal", **facts: Any) -> tuple[str, ...]:
        """A decision about what is live."""
        return self.does(who, c.Decide, **{"gate": gate, "verdict": verdict, "digest": self.live} | facts)

    def no_verdict(self, verdict: Verdict = Verdict.APPROVE, who: str = "lex", gate: str = "legal", **facts: Any) -> HubError:
        """A decision that the rules refuse."""
        return self.no(who, c.Decide, **{"gate": gate, "verdict": verdict, "digest": self.live} | facts)

    def amended(self, text: str = "It left our house today.", who: str = "lex", **facts: Any) -> tuple[str, ...]:
        """Legal puts it in other words."""
        return self.verdict(Verdict.AMEND, who, text=text, **facts)

    def writes_again(self, text: str = "And?", **facts: Any) -> tuple[str, ...]:
        """The customer writes once more."""
        return self.does("ada", c.RecordMessage, direction=Direction.IN, text=text, author="@maria", **facts)

    def answered_elsewhere(self, **facts: Any) -> tuple[str, ...]:
        """A reply of ours is recorded that left by another door."""
        return self.does("ada", c.RecordMessage, direction=Direction.OUT, text="Sorry!", author="@bank", **facts)

    def claim(self, wire: str | None = None) -> tuple[str, ...]:
        """The worker claims the send with the digest of what it would put on the wire."""
        return self.does("system", c.ClaimSend, send_id=self.send_id, wire_digest=self.live if wire is None else wire)

    def finish(self, outcome: str) -> tuple[str, ...]:
        """The channel says what became of it."""
        return self.does("system", c.FinishSend, send_id=self.send_id, outcome=outcome)

    def under(self, rules: Policy) -> "Story":
        """Another policy is put in force; the hub lets everything under way feel it."""
        self.rules = rules
        self.does("system", c.Expire)
        return self

    # --- then ---

    @property
    def live(self) -> str:
        """The digest of the reply as it stands."""
        return self.q.digest(self.rules.version)

    @property
    def version(self) -> int:
        """The newest draft version."""
        return self.q.draft.version if self.q.draft else 0

    @property
    def send_id(self) -> str:
        """The present send."""
        assert self.q.sending is not None
        return self.q.sending.id

    @property
    def send_state(self) -> str:
        """Where the present send stands; empty when there is none."""
        return self.q.sending.state.value if self.q.sending else ""

    @property
    def gates(self) -> dict[str, ReviewState]:
        """The present reviews by gate."""
        return {review.gate: review.state for review in self.q.current_reviews()}

    @property
    def samples(self) -> tuple[Review, ...]:
        """What is to be looked at afterwards."""
        return tuple(review for review in self.q.reviews if review.after)

    @property
    def claimable(self) -> bool:
        """Whether the send would leave now."""
        wire = c.ClaimSend(enquiry_id=EID, send_id=self.send_id, wire_digest=self.live)
        return [event.kind for event in self.decided(SYSTEM, wire)] == ["send.claimed"]

    def copy(self) -> "Story":
        """The same story, to be told on in another way."""
        other = Story(self.rules)
        other.now, other.q, other.told = self.now, replace(self.q), list(self.told)
        return other
