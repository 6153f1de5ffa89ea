"""A long, seeded, varied history of one hub: every command, by people who may and people who may not."""

import random
from collections.abc import Callable
from typing import Any

from hubconsole.clock import DAY, HOUR, MINUTE, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import CONDITIONS, PRIORITIES, Direction, Disposition, Function, Scope, Verdict, Visibility
from hubconsole.errors import HubError
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import WorkedHub

PEOPLE = ("ada", "ben", "lex", "lou", "sue")
TEXTS = ("It is on its way.", "We promise a refund.", "Thank you.", "We look into it; thank you.", "Please write to us.")
_IN_REVIEW = parse("state:review")
_CLAIMED = parse("is:claimed")
_APPROVED = parse("state:ready")
POLICIES = (
    'name = "one"\n[[rule]]\ngate = "legal"\n',
    'name = "two"\namend = "author_accepts"\n[gates]\nlegal = "legal"\nbrand = "marketing"\n'
    '[[rule]]\ngate = "legal"\n[[rule]]\ngate = "brand"\n',
    'name = "moved"\n[gates]\nlegal = "supervisor"\n[[rule]]\ngate = "legal"\n[targets]\nfirst_reply = [1, 2, 3, 4]\n',
    'name = "sampled"\n[[rule]]\ngate = "legal"\nmode = "sample_after"\n[[rule]]\ngate = "legal"\nvisibility = "public"\n',
)


class History:
    """Grows a hub's history step by step; the same seed asks for the same things."""

    def __init__(self, hub: WorkedHub, clock: FrozenClock, seed: int) -> None:
        self.hub = hub
        self.clock = clock
        self.seed = seed
        self.rng = random.Random(seed)
        self.ids: list[str] = []
        self.tokens: list[str] = [new_id()]
        self.refused = 0

    def run(self, steps: int) -> "History":
        """That many steps; what is refused is counted and is no harm."""
        for n in range(steps):
            self.clock.advance(self.rng.choice((0, 1, SECOND, MINUTE)))
            if n % 37 == 36:
                self.clock.advance(self.rng.choice((HOUR, DAY, 8 * DAY)))
            try:
                self.rng.choice(_STEPS)(self)
            except HubError:
                self.refused += 1
        return self

    def do(self, command: c.Command, actor: str | None = None, **more: Any) -> None:
        """Ask for one thing."""
        self.hub.execute(command, actor=actor or self.rng.choice(PEOPLE), **more)

    def worker(self, command: c.Command) -> None:
        """The hub's own clock or dispatcher asks."""
        self.hub.execute(command, actor="system", via="worker")

    def one(self) -> str:
        """Some enquiry, mostly one of the newest."""
        if not self.ids:
            self.receive()
        return self.rng.choice(self.ids[-4:] if self.rng.random() < 0.7 else self.ids)

    def waiting(self) -> str:
        """Some enquiry in review; any other when there is none."""
        rows = self.hub.page(_IN_REVIEW, limit=8).rows
        return self.rng.choice(rows).id if rows else self.one()

    def receive(self) -> None:
        """A first message."""
        rng, n = self.rng, len(self.ids)
        eid = new_id(self.clock.now + rng.choice((-DAY, 0, DAY)))
        acts.receive(
            self.hub, enquiry_id=eid, channel=rng.choice(("x", "email")), external_id=f"m{self.seed}-{n}",
            thread=rng.choice(("", "t1", f"t{n}")),
            priority=rng.choice(PRIORITIES), visibility=rng.choice(tuple(Visibility)), handle=f"c{n % 5}@example.net", subject="A card",
        )  # fmt: skip
        self.ids.append(eid)

    def message(self) -> None:
        """A further message, in or out."""
        direction = self.rng.choice((Direction.IN, Direction.IN, Direction.OUT))
        number = f"f{self.rng.randrange(40)}" if self.rng.random() < 0.5 else ""
        self.do(c.RecordMessage(enquiry_id=self.one(), direction=direction, text="More words.", author="c", external_id=number))

    def note(self) -> None:
        """A note, privileged or not."""
        self.do(c.AddNote(enquiry_id=self.one(), text="Noted.", privileged=self.rng.random() < 0.5))

    def triage(self) -> None:
        """Any disposition."""
        disposition = self.rng.choice((*Disposition, Disposition.ENGAGE, Disposition.ENGAGE, Disposition.ENGAGE))
        self.do(c.Triage(enquiry_id=self.one(), disposition=disposition, reason="praise", duplicate_of=self.ids[0]))

    def hold(self) -> None:
        """Claims, owners, priorities, snoozes."""
        eid, rng = self.one(), self.rng
        until = self.clock.now + rng.choice((MINUTE, DAY))
        if rng.random() < 0.2:
            claimed = self.hub.page(_CLAIMED, limit=8).rows
            return self.do(c.Release(enquiry_id=claimed[0].id), claimed[0].on_it) if claimed else None
        self.do(
            rng.choice(
                (
                    c.Claim(enquiry_id=eid, take_over=rng.random() < 0.5),
                    c.Release(enquiry_id=eid),
                    c.Snooze(enquiry_id=eid, until=until),
                    c.Assign(enquiry_id=eid, owner=rng.choice(("", *PEOPLE))),
                    c.SetPriority(enquiry_id=eid, priority=rng.choice(PRIORITIES)),
                    c.Wake(enquiry_id=eid),
                )
            )
        )

    def draft(self) -> None:
        """A new version by whoever."""
        eid = self.one()
        acts.draft(self.hub, eid, self.rng.choice(TEXTS), actor=self.rng.choice(PEOPLE), visibility=self.rng.choice((None, *Visibility)))

    def submit(self) -> None:
        """Put forward or take back."""
        if self.rng.random() < 0.2:
            self.do(c.Withdraw(enquiry_id=self.waiting()))
        else:
            self.do(c.Submit(enquiry_id=self.one()))

    def decide(self) -> None:
        """Any verdict, mostly approval."""
        eid, rng = self.waiting(), self.rng
        reviews = [r for r in self.hub.enquiry(eid).reviews if r.state in ("requested", "opened")]
        if not reviews:
            return
        review = rng.choice(reviews)
        verdict = rng.choice((*Verdict, Verdict.APPROVE, Verdict.APPROVE))
        conditions = (rng.choice(("dm_only", *CONDITIONS)),) if verdict is Verdict.APPROVE_WITH_CONDITIONS else ()
        actor = rng.choice(("lex", "lou", "ben", "sue"))
        if rng.random() < 0.3:
            self.do(c.OpenReview(enquiry_id=eid, gate=review.gate, digest=review.digest), actor)
        if rng.random() < 0.1:
            self.do(c.AskAuthor(enquiry_id=eid, gate=review.gate, text="Is that so?"), actor)
        confirm = tuple(w.rpartition(":")[0] for w in self.hub.enquiry(eid).row.flags.split())
        facts = {"reason": "facts", "note": "seen", "text": f"Amended words {rng.randrange(99)}."}
        acts.decide(
            self.hub, eid, verdict, actor=actor, gate=review.gate, digest=review.digest, conditions=conditions, confirm=confirm, **facts
        )

    def carry_on(self) -> None:
        """Still right after the customer wrote; or the author accepts."""
        accepting = [row.id for row in self.hub.page(_IN_REVIEW, limit=50).rows if "accepting" in row.gates]
        eid = self.rng.choice(accepting) if accepting else self.waiting()
        view = self.hub.enquiry(eid)
        if accepting:
            self.do(c.AcceptAmendment(enquiry_id=eid, digest=view.drafts[-1].digest), view.drafts[-2].author)
        else:
            self.do(c.Resume(enquiry_id=eid, seen_message=view.in_reply_to))

    def amended(self) -> None:
        """A lawyer amends and, where the policy waits for that, the author accepts."""
        eid = self.waiting()
        view = self.hub.enquiry(eid)
        review = next((r for r in view.reviews if r.gate == "legal" and r.state in ("requested", "opened")), None)
        if review is not None:
            confirm = tuple(word.rpartition(":")[0] for word in view.row.flags.split())
            acts.decide(self.hub, eid, Verdict.AMEND, actor="lex", digest=review.digest, text="Her own words.", confirm=confirm)
            now = self.hub.enquiry(eid)
            if "accepting" in now.row.gates:
                self.do(c.AcceptAmendment(enquiry_id=eid, digest=now.drafts[-1].digest), view.drafts[-1].author)

    def readdress(self) -> None:
        """Replies go somewhere else."""
        self.do(c.SetRecipient(enquiry_id=self.one(), recipient=f"c{self.rng.randrange(9)}@example.net"))

    def revoke(self) -> None:
        """An approval is taken back, also while the reply is queued."""
        rows = self.hub.page(_APPROVED, limit=8).rows
        if rows:
            row = self.rng.choice(rows)
            given = next((r for r in self.hub.enquiry(row.id).reviews if r.state == "decided" and r.version == row.draft), None)
            if given is not None:
                reason = self.rng.choice(("", "facts"))
                self.do(c.Revoke(enquiry_id=row.id, gate=given.gate, digest=given.digest, reason=reason), self.rng.choice(("lex", "sue")))

    def forward(self) -> None:
        """Drive one reply as far as it goes: submit, approve at every gate, send."""
        eid = self.one()
        view = self.hub.enquiry(eid)
        if not view.drafts:
            acts.draft(self.hub, eid, self.rng.choice(TEXTS))
        if self.hub.enquiry(eid).row.state == "working":
            self.do(c.Submit(enquiry_id=eid), self.rng.choice(("ada", "sue")))
        flags = tuple(w.rpartition(":")[0] for w in self.hub.enquiry(eid).row.flags.split())
        for review in self.hub.enquiry(eid).reviews:
            if review.state in ("requested", "opened"):
                who = {"brand": "ben", "legal": self.rng.choice(("lex", "lou", "sue"))}[review.gate]
                acts.decide(self.hub, eid, actor=who, gate=review.gate, digest=review.digest, confirm=flags)
        self.do(c.Send(enquiry_id=eid, via="outbox", now=self.rng.random() < 0.7), self.rng.choice(("ada", "sue")))

    def dispatch(self) -> None:
        """The worker: claim what is due (at times with the wrong bytes), finish what is in delivery, expire."""
        for due in self.hub.due(self.clock.now)[:2]:
            if due.state == "queued":
                row = self.hub.outgoing(due.send_id)
                assert row is not None
                wire = "0" * 64 if self.rng.random() < 0.15 else row.digest
                self.worker(c.ClaimSend(enquiry_id=due.enquiry_id, send_id=due.send_id, wire_digest=wire))
            else:
                outcome = self.rng.choice(("delivered", "delivered", "failed", "in_doubt", "handed_over"))
                number = f"f{self.rng.randrange(40)}" if outcome == "delivered" else ""
                self.worker(c.FinishSend(enquiry_id=due.enquiry_id, send_id=due.send_id, outcome=outcome, external_id=number))

    def mark(self) -> None:
        """A person says what became of a send, or takes it back."""
        self.do(self.rng.choice((c.UndoSend, c.MarkSent, c.MarkNotSent))(enquiry_id=self.one()))

    def expire(self) -> None:
        """Let run out what has."""
        for eid in self.hub.expiring(self.clock.now):
            self.worker(c.Expire(enquiry_id=eid))

    def rest(self) -> None:
        """Put away and take up again."""
        eid = self.one()
        self.do(self.rng.choice((c.AwaitCustomer, c.Resolve, c.Close, c.Reopen))(enquiry_id=eid))

    def around(self) -> None:
        """Members, policy, settings."""
        rng = self.rng
        self.do(
            rng.choice(
                (
                    c.AdoptPolicy(policy=rng.choice(POLICIES)),
                    c.AddMember(name="kim", functions=(Function.SALES,)),
                    c.RemoveMember(name="kim"),
                    c.StartShift(name=rng.choice("ABC"), lead=rng.choice(("ada", "kim"))),
                    c.EndShift(),
                    c.SaveSetting(setting="view", name="a", value=rng.choice(("", '"x"'))),
                )
            ),
            "sue",
        )

    def doors(self) -> None:
        """Tokens come, take over from each other, and go."""
        rng, who = self.rng, self.rng.choice(PEOPLE)
        if rng.random() < 0.3:
            return self.do(c.RevokeToken(token_id=rng.choice(self.tokens), reason=rng.choice(("", "lost"))), who)
        scope, ends = rng.choice(tuple(Scope)), self.clock.now + rng.choice((HOUR, DAY, 60 * DAY))
        replaces = rng.choice(("", "", self.tokens[-1]))
        token_id = new_id()
        self.do(
            c.IssueToken(
                token_id=token_id, member=who, scope=scope, label="desk", digest=f"{rng.getrandbits(256):064x}", expires_at=ends,
                replaces=replaces,
            ),
            rng.choice((who, "sue")),
        )  # fmt: skip
        self.tokens.append(token_id)

    def stand(self) -> None:
        """The outbox is shut and opened, the hub moves and comes back; sometimes a step lies between."""
        between = self.rng.choice((History.forward, History.dispatch, History.decide, History.note))
        for before, after in self.rng.choice(_STANDINGS):
            self.do(before, "sue")
            try:
                between(self)
            except HubError:
                self.refused += 1
            self.do(after, "sue")


_STANDINGS = (
    ((c.ShutOutbox(reason="drill"), c.OpenOutbox()),),
    ((c.MoveHub(to="there"), c.ArriveHub(place="here")),),
    ((c.ShutOutbox(reason="a restore"), c.MoveHub(to="there")), (c.ArriveHub(place="here"), c.OpenOutbox())),
)

_STEPS: tuple[Callable[[History], None], ...] = (
    History.receive, History.message, History.note, History.triage, History.hold, History.hold, History.draft, History.draft,
    History.submit, History.decide, History.decide, History.decide, History.carry_on, History.amended, History.revoke, History.readdress,
    History.forward, History.forward, History.forward,
    History.dispatch, History.dispatch, History.dispatch, History.mark, History.expire, History.rest, History.around, History.doors,
    History.stand,
)  # fmt: skip
