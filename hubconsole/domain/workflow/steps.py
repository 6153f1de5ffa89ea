"""What every rule is given, and how it says what happens."""

from collections.abc import Callable, Sequence

from hubconsole.domain.enquiry import Actor, Enquiry
from hubconsole.domain.events import Event
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Function, State
from hubconsole.domain.workflow.folding import evolve
from hubconsole.errors import Conflict, Refused

Checker = Callable[[str, str, str], tuple[str, ...]]
"""Looks a text over: (text, channel, visibility) -> ``rule_id:severity`` words."""

Measure = Callable[[str, str, str], tuple[int, int | None]]
"""Measures a text on a channel: (text, channel, visibility) -> (length, limit or None)."""

ACT = (Function.SERVICE, Function.MARKETING, Function.SALES, Function.LEGAL, Function.SUPERVISOR)
"""Functions that triage, claim and draft."""

RELEASE = (Function.SERVICE, Function.MARKETING, Function.SALES, Function.SUPERVISOR)
"""Functions that submit and send. Legal decides, and so never sends."""


_FIRST = {
    State.NEW: "Triage it first: engage, if it is to be answered.",
    State.IN_REVIEW: "Withdraw the reply first.",
    State.READY: "Send the reply first, or withdraw it.",
    State.RESOLVED: "Reopen it first.",
    State.CLOSED: "Reopen it first.",
}
"""The step that usually comes first, by the state in which something is not possible yet."""


class Steps:
    """One command at work: the state as it moves, and the events so far.

    ``state`` always includes the events already said, so that a rule can look at what it has just done.
    """

    __slots__ = ("actor", "check", "events", "measure", "now", "policy", "state")

    def __init__(self, state: Enquiry, actor: Actor, policy: Policy, now: int, check: Checker, measure: Measure) -> None:
        self.state = state
        self.actor = actor
        self.policy = policy
        self.now = now
        self.check = check
        self.measure = measure
        self.events: list[Event] = []

    def say(self, event: Event) -> None:
        """This happens."""
        self.events.append(event)
        self.state = evolve(self.state, event, by=self.actor.name, at=self.now)

    def child(self) -> str:
        """The id of a child (message, review, send) that the next event makes; the same on every replay."""
        return f"{self.state.id}/{self.state.version + 1}"

    def need(self, functions: tuple[Function, ...], what: str) -> None:
        """Refuse unless the actor holds one of ``functions``."""
        if not self.actor.holds(*functions):
            names = ", ".join(functions)
            raise Refused(
                "not_permitted", f"{self.actor.name} may not {what}: that takes {names}.", "Ask somebody who holds that function."
            )

    def need_state(self, what: str, *states: State, hint: str = "") -> None:
        """Refuse unless the enquiry is in one of ``states``; ``hint`` is the next step, when the rule knows one."""
        if self.state.state not in states:
            raise Refused(
                "wrong_state",
                f"E-{self.state.number} is {word(self.state.state)}; {what} needs it {either([word(s) for s in states])}.",
                hint or _FIRST.get(self.state.state, ""),
            )

    def need_unclaimed(self) -> None:
        """Conflict when somebody else is on it right now."""
        holder = self.state.claimed(self.now)
        if holder and holder != self.actor.name:
            own = self.actor.holds(Function.SUPERVISOR)
            raise Conflict(
                "claimed",
                f"{holder} is on E-{self.state.number}.",
                f"Wait for the release, or {'take it over first' if own else 'have a supervisor take it over'}.",
                winner=holder,
                at=self.state.claimed_until,
                version=self.state.version,
            )


def word(state: State) -> str:
    """The state inside a sentence: ``in review``."""
    return "waiting for the customer" if state is State.WAITING_CUSTOMER else state.value.replace("_", " ")


def either(words: Sequence[str]) -> str:
    """Alternatives inside a sentence: ``new, working or ready``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
