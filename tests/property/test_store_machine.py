"""People, a customer, a dispatcher and a clock on one store, in any order; the hub must hold at every step.

After each step the kept counts equal a recount, every board row equals a fresh fold of its journal, and an oracle that
reads the journal alone finds nothing that left without approval. At the end the chain is whole and a rebuild changes nothing.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hubconsole.clock import DAY, HOUR, MINUTE, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import Enquiry
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.domain.terms import Direction, Disposition, Verdict, Visibility
from hubconsole.domain.workflow import evolve
from hubconsole.errors import Conflict, HubError
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.ids import new_id
from hubconsole.store.journal import event_of, read_stream
from hubconsole.store.projections.enquiry import row_of, stored_row
from tests.contract.hubs import MEMBERS
from tests.property.oracle import Oracle, Rules
from tests.property.tables import dump, recounted

_TWO = '[gates]\nlegal = "legal"\nbrand = "marketing"\n[[rule]]\ngate = "legal"\n[[rule]]\ngate = "brand"\n'
POLICIES = {
    "one": 'name = "one"\n[[rule]]\ngate = "legal"\n',
    "two": f'name = "two"\namend = "author_accepts"\napproval_hours = 1\n{_TWO}',
    "moved": 'name = "moved"\n[gates]\nlegal = "supervisor"\n[[rule]]\ngate = "legal"\n[targets]\nfirst_reply = [1, 2, 3, 4]\n',
}
RULES = {
    "one": Rules({"legal": "legal"}, 24 * HOUR),
    "two": Rules({"legal": "legal", "brand": "marketing"}, HOUR, amends_at_once=False),
    "moved": Rules({"legal": "supervisor"}, 24 * HOUR),
}
DECIDERS = {"legal": "lex", "brand": "ben", "supervisor": "sue"}
OUTCOMES = ("delivered", "failed", "in_doubt", "handed_over")

people = st.sampled_from([name for name, _ in MEMBERS])
which = st.integers(0, 3)


class StoreMachine(RuleBasedStateMachine):
    """Two consoles on one file, used by five people and the worker."""

    claims: ClassVar[int] = 0
    """Replies that left, over all runs; a run in which nothing leaves proves nothing."""
    repeats: ClassVar[int] = 0
    revoked: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hub-machine-"))
        self.clock = FrozenClock()
        first = LocalHub.create(self.folder / "hub.db", name="Bank", policy=POLICIES["one"], members=MEMBERS, clock=self.clock)
        self.consoles = [first, LocalHub.open(first.path, clock=self.clock)]
        self.hub = first
        self.ids: list[str] = []
        self.words = 0
        self.done: list[tuple[c.Command, str, str, str, Receipt]] = []
        self.oracle = Oracle(RULES)
        self.policies: list[tuple[int, Policy]] = []
        self.touched: set[str] = set()

    # --- asking ---

    def ask(self, command: c.Command, actor: str, via: str = "api") -> bool:
        """Ask on one console or the other; whether it was done. Only the hub's own errors may come back."""
        self.words += 1
        command_id = new_id()
        try:
            receipt = self.consoles[self.words % 2].execute(command, actor=actor, via=via, command_id=command_id)
        except HubError:
            return False
        if receipt.events:
            self.done.append((command, actor, via, command_id, receipt))
        return bool(receipt.events)

    def worker(self, command: c.Command) -> bool:
        """The hub's own worker asks."""
        return self.ask(command, "system", "worker")

    def one(self, n: int) -> str:
        """The n-th newest enquiry."""
        return self.ids[-1 - n % len(self.ids)]

    def text(self, eid: str, who: str, keep: int) -> str:
        """The present words, some of them gone, and one of ``who``'s own."""
        drafts = self.hub.enquiry(eid).drafts
        old = drafts[-1].text.split() if drafts else []
        self.words += 1
        return " ".join([*(word for n, word in enumerate(old[-6:]) if keep >> n & 1), f"{who}-{self.words}"])

    @initialize()
    def begin(self) -> None:
        """There is always an enquiry."""
        self.receive(3, Visibility.PUBLIC)

    # --- rules ---

    @precondition(lambda self: len(self.ids) < 5)
    @rule(priority=st.sampled_from((1, 2, 3, 4)), visibility=st.sampled_from(Visibility))
    def receive(self, priority: int, visibility: Visibility) -> None:
        """A first message."""
        eid = new_id()
        received = c.Receive(
            enquiry_id=eid,
            channel="email",
            text="help",
            customer="cy",
            handle="cy@example.net",
            account="@bank",
            priority=priority,
            visibility=visibility,
        )
        assert self.ask(received, "ada")
        self.ids.append(eid)

    @rule(n=which, out=st.booleans())
    def message(self, n: int, out: bool) -> None:
        """The customer interrupts, or somebody answered by another door."""
        direction = Direction.OUT if out else Direction.IN
        assert self.ask(c.RecordMessage(enquiry_id=self.one(n), direction=direction, text="more", author="cy"), "ada")

    @rule(n=which, who=people, keep=st.integers(0, 63))
    def draft(self, n: int, who: str, keep: int) -> None:
        """A new version."""
        eid = self.one(n)
        self.ask(c.SaveDraft(enquiry_id=eid, text=self.text(eid, who, keep), base=self.hub.enquiry(eid).row.draft), who)

    @rule(n=which, who=people, version=st.integers(0, 7))
    def paste_back(self, n: int, who: str, version: int) -> None:
        """Somebody puts in what stood there before; whose words those are does not change by that."""
        view = self.hub.enquiry(self.one(n))
        if view.drafts:
            old = view.drafts[version % len(view.drafts)]
            self.ask(c.SaveDraft(enquiry_id=view.row.id, text=old.text, base=view.row.draft), who)

    @rule(n=which, who=people, name=st.sampled_from(("cy", "kim")))
    def readdress(self, n: int, who: str, name: str) -> None:
        """Replies go somewhere else."""
        self.ask(c.SetRecipient(enquiry_id=self.one(n), recipient=f"{name}@example.net"), who)

    @rule(n=which, who=people, back=st.booleans())
    def submit(self, n: int, who: str, back: bool) -> None:
        """Put forward, or take back."""
        self.ask(c.Withdraw(enquiry_id=self.one(n)) if back else c.Submit(enquiry_id=self.one(n)), who)

    @rule(
        n=which,
        who=people,
        verdict=st.sampled_from(Verdict),
        gate=st.sampled_from(("legal", "brand")),
        stale=st.booleans(),
        keep=st.integers(0, 63),
    )
    def decide(self, n: int, who: str, verdict: Verdict, gate: str, stale: bool, keep: int) -> None:
        """Any decision by anybody, also on a digest of yesterday."""
        eid = self.one(n)
        view = self.hub.enquiry(eid)
        if not view.drafts:
            return
        digest = view.reviews[0].digest if stale and view.reviews else view.drafts[-1].digest
        conditions = ("dm_only",) if verdict is Verdict.APPROVE_WITH_CONDITIONS else ()
        text = self.text(eid, who, keep) if verdict is Verdict.AMEND else ""
        self.ask(c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, reason="facts", conditions=conditions, text=text), who)

    @rule(
        n=which,
        stage=st.sampled_from((2, 3, 4, 5, 6, 6, 6)),
        keep=st.integers(0, 63),
        outcome=st.sampled_from(OUTCOMES),
        author=st.sampled_from(("ada", "ben")),
    )
    def forward(self, n: int, stage: int, keep: int, outcome: str, author: str) -> None:
        """Drive one reply forward, as far as ``stage``: write, put forward, approve, queue, claim, finish."""
        eid = self.one(n)
        row = self.hub.enquiry(eid).row
        if row.on_it != author and row.on_it_until > self.clock.now:
            self.ask(c.Claim(enquiry_id=eid, take_over=True), "sue")
            self.ask(c.Release(enquiry_id=eid), "sue")
        if row.state in ("resolved", "closed"):
            self.ask(c.Reopen(enquiry_id=eid), author)
        self.ask(c.SaveDraft(enquiry_id=eid, text=self.text(eid, author, keep), base=row.draft), author)
        if stage > 1:
            self.ask(c.Submit(enquiry_id=eid), author)
        for review in self.hub.enquiry(eid).reviews if stage > 2 else ():
            if review.state == "requested":
                function = self.hub.policy().decides(review.gate)
                who = DECIDERS["brand"] if function == "marketing" else "sue" if function == "supervisor" else "lex"
                self.ask(c.Decide(enquiry_id=eid, gate=review.gate, verdict=Verdict.APPROVE, digest=review.digest), who)
        if stage > 3:
            self.ask(c.Send(enquiry_id=eid, via="outbox", now=True), author)
        if stage > 4:
            self.dispatch(outcome, False, finish=stage > 5)

    @rule(who=people)
    def revoke(self, who: str) -> None:
        """Whatever is approved and still here: one of the approvals is taken back, by whoever."""
        for eid in self.ids:
            view = self.hub.enquiry(eid)
            given = [review for review in view.reviews if review.state == "decided" and review.version == view.row.draft]
            for review in given[: 1 if view.row.state in ("ready", "in_review") else 0]:
                if self.ask(c.Revoke(enquiry_id=eid, gate=review.gate, digest=review.digest), who):
                    StoreMachine.revoked += 1

    @rule(
        n=which,
        between=st.sampled_from(("hour", "day", "message", "policy", "revoked", "address", "nothing")),
        author=st.sampled_from(("ada", "ben")),
    )
    def late(self, n: int, between: str, author: str) -> None:
        """A reply that is due, and what may come in between before the worker gets to it."""
        self.forward(n, 4, 63, "delivered", author)
        if between == "message":
            self.message(n, False)
        elif between == "address":
            self.readdress(n, author, "kim")
        elif between == "revoked":
            self.revoke("sue")
        elif between == "policy":
            self.adopt(sorted(POLICIES)[n % len(POLICIES)])
        elif between != "nothing":
            self.clock.advance(HOUR if between == "hour" else DAY)
        self.dispatch("delivered", False)

    @rule(n=which, who=people, what=st.sampled_from((c.Send, c.UndoSend, c.MarkSent, c.MarkNotSent)))
    def send(self, n: int, who: str, what: type[c.EnquiryCommand]) -> None:
        """Queue, take back, or say what became of it."""
        eid = self.one(n)
        self.ask(c.Send(enquiry_id=eid, via="outbox") if what is c.Send else what(enquiry_id=eid), who)

    @rule(outcome=st.sampled_from(OUTCOMES), wrong=st.booleans())
    def dispatch(self, outcome: str, wrong: bool, finish: bool = True) -> None:
        """The worker claims what is due, at times with other bytes, and finishes what it claimed."""
        for due in self.hub.due(self.clock.now):
            if due.state == "queued":
                row = self.hub.outgoing(due.send_id)
                assert row is not None
                wire = "0" * 64 if wrong else row.digest
                self.worker(c.ClaimSend(enquiry_id=due.enquiry_id, send_id=due.send_id, wire_digest=wire))
            if finish:
                self.worker(c.FinishSend(enquiry_id=due.enquiry_id, send_id=due.send_id, outcome=outcome))

    @rule(n=which, who=people)
    def carry_on(self, n: int, who: str) -> None:
        """Still right after all; or the author takes the amended words."""
        eid = self.one(n)
        view = self.hub.enquiry(eid)
        if not self.ask(c.Resume(enquiry_id=eid, seen_message=view.in_reply_to), who) and view.drafts:
            self.ask(c.AcceptAmendment(enquiry_id=eid, digest=view.drafts[-1].digest), who)

    @rule(n=which, who=people, what=st.sampled_from(("claim", "take", "release", "spam", "engage", "resolve", "reopen", "close", "snooze")))
    def work(self, n: int, who: str, what: str) -> None:
        """Everything around the reply."""
        eid = self.one(n)
        command: dict[str, c.EnquiryCommand] = {
            "claim": c.Claim(enquiry_id=eid),
            "take": c.Claim(enquiry_id=eid, take_over=True),
            "release": c.Release(enquiry_id=eid),
            "spam": c.Triage(enquiry_id=eid, disposition=Disposition.SPAM),
            "engage": c.Triage(enquiry_id=eid, disposition=Disposition.ENGAGE),
            "resolve": c.Resolve(enquiry_id=eid),
            "reopen": c.Reopen(enquiry_id=eid),
            "close": c.Close(enquiry_id=eid),
            "snooze": c.Snooze(enquiry_id=eid, until=self.clock.now + HOUR),
        }
        self.ask(command[what], who)

    @rule(name=st.sampled_from(sorted(POLICIES)))
    def adopt(self, name: str) -> None:
        """Another policy."""
        self.ask(c.AdoptPolicy(policy=POLICIES[name]), "sue")

    @rule(ms=st.sampled_from((1, SECOND, 10 * SECOND, 6 * MINUTE, HOUR, DAY, 8 * DAY)), lets=st.booleans())
    def time(self, ms: int, lets: bool) -> None:
        """Time goes by, and perhaps the clock lets things run out."""
        self.clock.advance(ms)
        for eid in self.hub.expiring(self.clock.now) if lets else ():
            self.worker(c.Expire(enquiry_id=eid))

    @precondition(lambda self: self.done)
    @rule(n=st.integers(0, 20), other=st.booleans())
    def repeat(self, n: int, other: bool) -> None:
        """The same command once more: the first answer, and nothing written. From somebody else: refused."""
        command, actor, via, command_id, first = self.done[-1 - n % len(self.done)]
        seq = self.hub.info().seq
        if other:
            try:
                self.hub.execute(command, actor="lou" if actor != "lou" else "ada", command_id=command_id)
            except Conflict as conflict:
                assert conflict.code == "command_id_reused"
            else:
                raise AssertionError("somebody else's command id was taken")
        else:
            again = self.consoles[n % 2].execute(command, actor=actor, via=via, command_id=command_id)
            assert (again.events, again.seq, again.version, again.repeated) == (first.events, first.seq, first.version, True)
        assert self.hub.info().seq == seq
        StoreMachine.repeats += 1

    # --- what must hold ---

    @invariant()
    def everything_holds(self) -> None:
        """In this order: the journal says what moved."""
        self.nothing_left_that_should_not_have()
        self.kept_counts_equal_a_recount()
        self.board_rows_equal_a_fresh_fold()

    def nothing_left_that_should_not_have(self) -> None:
        """P1-P5, P7, P9, P13 from the journal alone."""
        for entry in self.hub.journal(after=self.oracle.seq):
            self.oracle.read([entry])
            if entry.kind == "policy.adopted":
                self.policies.append((entry.seq, parse_policy(str(entry.body["text"]))))
            if entry.stream != "hub":
                self.touched.add(entry.stream)

    def kept_counts_equal_a_recount(self) -> None:
        """Per state and function."""
        kept, counted = recounted(self.hub.path)
        assert kept == counted

    def board_rows_equal_a_fresh_fold(self) -> None:
        """Of every enquiry that moved, under the policy that was in force when it did."""
        conn = sqlite3.connect(self.hub.path)
        for eid in self.touched:
            state, rows = Enquiry(eid), list(read_stream(conn, self.hub.hub_id, eid))
            for row in rows:
                state = evolve(state, event_of(conn, self.hub.hub_id, row), by=row.actor, at=row.at)
            first = next(row.seq for row in rows if row.command_id == rows[-1].command_id)
            policy = [policy for seq, policy in self.policies if seq < first][-1]
            fresh = row_of(state, policy, rows[-1].at)
            assert stored_row(conn, self.hub.hub_id, eid) == fresh
        conn.close()
        self.touched.clear()

    def teardown(self) -> None:
        """At the end what was done last is asked once more; the chain is whole, and a rebuild changes nothing."""
        for n in range(min(3, len(self.done))):
            self.repeat(n, other=n == 2)
        answer = self.hub.verify()
        assert answer.ok, answer.problems
        before = dump(self.hub.path)
        self.hub.rebuild()
        assert dump(self.hub.path) == before
        StoreMachine.claims += self.oracle.claims
        for hub in self.consoles:
            hub.close()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("lives", [16, pytest.param(60, marks=pytest.mark.slow)])
def test_the_hub_holds_whatever_people_do(lives: int) -> None:
    StoreMachine.claims = StoreMachine.repeats = StoreMachine.revoked = 0
    run_state_machine_as_test(StoreMachine, settings=settings(max_examples=lives, stateful_step_count=40))
    assert StoreMachine.claims >= lives // 3, "too few replies left for the run to mean anything"
    assert StoreMachine.repeats >= lives
    assert StoreMachine.revoked >= lives // 30
