"""P13 through the tokens: people without the lawyer's function try everything that opens a door, and no reply becomes ready.

They hold every secret that any of their calls was answered with, use each for any command that its scope lets through, log
programs in, rotate, revoke, and send the lawyer away and back. Making one of themselves a lawyer is not among the moves: that
a supervisor can, and the journal tells it.
"""

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hubconsole.clock import DAY, MINUTE, FrozenClock
from hubconsole.domain import access as rules
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope, Verdict
from hubconsole.errors import HubError
from hubconsole.hub import access
from hubconsole.hub.access import Grant, Issued, digest_of
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import MEMBERS

LAWYERS = {"lex", "lou", "kim"}
OTHERS = ("ada", "ben", "sue")
everybody = st.sampled_from(("ada", "ben", "lex", "kim", "sue"))
scopes = st.sampled_from(Scope)
which = st.integers(0, 50)


class Doors(RuleBasedStateMachine):
    """Everybody but the lawyers, at the doors of one hub."""

    opened: ClassVar[int] = 0
    """Secrets that opened something, over all runs; doors that nobody opens prove nothing."""
    refused: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hub-doors-"))
        self.clock = FrozenClock()
        self.hub = LocalHub.create(self.folder / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=self.clock)
        self.eid = acts.submitted(self.hub)
        self.digest = self.hub.enquiry(self.eid).drafts[-1].digest
        self.secrets: list[str] = []
        self.logins: list[access.DeviceStart] = []

    @initialize()
    def begin(self) -> None:
        """Each has logged in once; the lawyers too, but theirs is not known here."""
        self.theirs = access.issue(self.hub, "lex", Scope.MEMBER, label="lex's laptop")
        for who in OTHERS:
            self.keep(access.issue(self.hub, who, Scope.MEMBER, label=f"{who}'s laptop"))

    def keep(self, issued: Issued | None) -> None:
        """What was told is known to all of them."""
        if issued is not None:
            self.secrets.append(issued.secret)

    def someone(self, n: int) -> Grant | None:
        """One of the secrets, and what it opens."""
        found = access.lookup(self.hub, digest_of(self.secrets[n % len(self.secrets)]))
        if not isinstance(found, Grant):
            return None
        Doors.opened += 1
        return found

    def ask(self, n: int, command: c.Command) -> None:
        """A command as a server lets it through: by scope, as the token's member, the system only by the worker's door."""
        grant = self.someone(n)
        if grant is None or not grant.permits(command.kind):
            return
        actor, via = ("system", "worker") if grant.scope is Scope.WORKER else (grant.member, "api")
        try:
            self.hub.execute(command, actor=actor, via=via)
        except HubError:
            Doors.refused += 1

    # --- doors ---

    @rule(n=which, whom=everybody, scope=scopes)
    def issue(self, n: int, whom: str, scope: Scope) -> None:
        """A token for anybody."""
        grant = self.someone(n)
        if grant and grant.permits("issue_token"):
            try:
                self.keep(access.issue(self.hub, grant.member, scope, member=whom, label="desk"))
            except HubError:
                Doors.refused += 1

    @rule(n=which, m=which, whose=st.sampled_from(("known", "lex")))
    def rotate(self, n: int, m: int, whose: str) -> None:
        """Take over from a token, also from the lawyer's."""
        grant, old = self.someone(n), self.someone(m)
        token_id = self.theirs.token.id if whose == "lex" or old is None else old.token_id
        if grant and (grant.scope is Scope.MEMBER or grant.token_id == token_id):
            try:
                self.keep(access.rotate(self.hub, grant.member, token_id, by=grant.scope))
            except HubError:
                Doors.refused += 1

    @rule(n=which, whom=everybody, scope=scopes, digest=st.sampled_from(("new", "lex")))
    def issue_by_command(self, n: int, whom: str, scope: Scope, digest: str) -> None:
        """The bare command, with a secret of one's own."""
        secret = access.new_secret()
        self.secrets.append(secret)
        wanted = digest_of(secret) if digest == "new" else digest_of(self.theirs.secret)
        ends = self.clock.now + 30 * DAY
        self.ask(n, c.IssueToken(token_id=new_id(), member=whom, scope=scope, label="x", digest=wanted, expires_at=ends))

    @rule(scope=st.sampled_from((Scope.MEMBER, Scope.READ)))
    def begin_login(self, scope: Scope) -> None:
        """A program asks to be logged in."""
        self.logins.append(access.device_start(self.hub, client="x", place="y", scope=scope))

    @rule(n=which, m=which, approve=st.booleans())
    def answer_login(self, n: int, m: int, approve: bool) -> None:
        """One of them confirms it."""
        grant = self.someone(n)
        if grant and grant.scope is Scope.MEMBER and self.logins:
            try:
                access.device_answer(self.hub, self.logins[m % len(self.logins)].user_code, grant.member, approve)
            except HubError:
                Doors.refused += 1

    @rule(m=which)
    def poll(self, m: int) -> None:
        """The program asks how it stands."""
        if self.logins:
            try:
                self.keep(access.device_poll(self.hub, self.logins[m % len(self.logins)].device_code).issued)
            except HubError:
                Doors.refused += 1

    @rule(n=which, name=st.sampled_from(("lex", "kim")), away=st.booleans())
    def send_away_or_fetch(self, n: int, name: str, away: bool) -> None:
        """A lawyer goes and comes back, or a new one is invented."""
        self.ask(n, c.RemoveMember(name=name) if away else c.AddMember(name=name, functions=(Function.LEGAL,)))

    @rule(ms=st.sampled_from((1, MINUTE, DAY, 40 * DAY)))
    def later(self, ms: int) -> None:
        """Time goes by; whose tokens ran out log in again."""
        self.clock.advance(ms)
        if ms > DAY:
            for who in OTHERS:
                self.keep(access.issue(self.hub, who, Scope.MEMBER, label=f"{who}'s laptop"))

    # --- what they want ---

    @rule(n=which, verdict=st.sampled_from((Verdict.APPROVE, Verdict.NOT_REQUIRED, Verdict.AMEND)))
    def decide(self, n: int, verdict: Verdict) -> None:
        """Approve the reply."""
        self.ask(n, c.Decide(enquiry_id=self.eid, gate="legal", verdict=verdict, digest=self.digest, text="mine", reason="facts"))

    @rule(n=which)
    def send(self, n: int) -> None:
        """Send it, as it is."""
        self.ask(n, c.Send(enquiry_id=self.eid, via="outbox", digest=self.digest, now=True))

    @rule(n=which)
    def deliver(self, n: int) -> None:
        """Claim a delivery, and let things expire."""
        self.ask(n, c.ClaimSend(enquiry_id=self.eid, send_id=new_id(), wire_digest=self.digest))
        self.ask(n, c.Expire(enquiry_id=self.eid))

    # --- what must hold ---

    @invariant()
    def nothing_is_approved(self) -> None:
        """P13."""
        view = self.hub.enquiry(self.eid)
        assert view.row.state == "in_review"
        assert not view.sends and all(review.verdict == "" for review in view.reviews)

    @invariant()
    def nobody_acts_or_reads_as_a_lawyer(self) -> None:
        """No secret that they ever learned opens a lawyer's door."""
        for secret in self.secrets:
            found = access.lookup(self.hub, digest_of(secret))
            if isinstance(found, Grant):
                assert found.member not in LAWYERS or found.scope not in (Scope.MEMBER, Scope.READ)

    def teardown(self) -> None:
        """The chain is whole and the tables are the journal's."""
        assert self.hub.verify().ok
        self.hub.close()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("rooms", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_no_sequence_of_calls_without_the_lawyer_approves_anything(rooms: int) -> None:
    Doors.opened = Doors.refused = 0
    run_state_machine_as_test(Doors, settings=settings(max_examples=rooms, stateful_step_count=40))
    assert Doors.opened > 10 * rooms and Doors.refused > rooms


def test_the_search_finds_a_door_that_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_may_issue", lambda *_: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Doors, settings=settings(max_examples=50, stateful_step_count=30, phases=[Phase.generate]))
