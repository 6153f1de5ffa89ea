"""The proof proves something: each of these defects, planted into the rules, is found by the search."""

from collections.abc import Callable
from typing import Any

import pytest

from hubconsole.domain import enquiry as domain_enquiry
from hubconsole.domain import events as e
from hubconsole.domain.commands import AcceptAmendment, Revoke
from hubconsole.domain.digest import Envelope, approval_digest
from hubconsole.domain.enquiry import Actor, Draft, Enquiry, Review
from hubconsole.domain.terms import ReviewState, SendState, State
from hubconsole.domain.workflow import drafting, folding, intake, review, revoking, rules, sending
from hubconsole.domain.workflow.steps import Steps
from hubconsole.errors import Conflict, Refused
from tests.property import scope
from tests.property.scope import ONE_GATE, TWO_GATES, Broken, Scope, search

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def _digest_without(field: str) -> Mutant:
    def mutant(patch: Patch) -> None:
        def digest(text: str, envelope: Envelope) -> str:
            values = {name: getattr(envelope, name) for name in Envelope.__dataclass_fields__}
            if field == "text":
                return approval_digest("", envelope)
            return approval_digest(text, Envelope(**{**values, field: ""}))

        patch.setattr(domain_enquiry, "approval_digest", digest)

    return mutant


def _gate_never_rechecked(patch: Patch) -> None:
    patch.setattr(sending, "gate_says", lambda state, policy, now: "")


def _wire_not_compared(patch: Patch) -> None:
    """Neither what is on the wire nor what stands in the record is looked at when a send is claimed or queued."""
    patch.setattr(sending, "gate_says", lambda state, policy, now: "" if state.state is State.READY else "not ready")
    patch.setattr(intake, "suspend", lambda *args: None)


def _edit_keeps_approval(patch: Patch) -> None:
    fold = folding._FOLDS[e.DraftSaved]

    def saved(s: Enquiry, ev: Any, by: str, at: int) -> dict[str, Any]:
        changes = fold(s, ev, by, at)
        return {**changes, "reviews": s.reviews, "ready": s.ready, "state": s.state} if s.ready else changes

    patch.setitem(folding._FOLDS, e.DraftSaved, saved)
    patch.setattr(sending, "gate_says", lambda state, policy, now: "" if state.state is State.READY else "not ready")
    patch.setitem(folding._FOLDS, e.ReviewWithdrawn, lambda s, ev, by, at: {})


def _only_the_last_author_counts(patch: Patch) -> None:
    patch.setattr(Draft, "contributors", property(lambda self: frozenset({self.author})))


def _no_four_eyes(patch: Patch) -> None:
    patch.setattr(review, "four_eyes", lambda s, draft: None)


def _own_amendment_under_any_policy(patch: Patch) -> None:
    """Her own amended words are approved by herself also where the author accepts or a second lawyer approves."""
    patch.setattr(review, "own_amendment", lambda s, draft, cmd: (draft.amended, draft.author) == (cmd.gate, s.actor.name))


def _own_draft_taken_for_an_amendment(patch: Patch) -> None:
    patch.setattr(review, "own_amendment", lambda s, draft, cmd: s.policy.amend == "at_once" and draft.author == s.actor.name)


def _amendment_at_any_gate(patch: Patch) -> None:
    patch.setattr(review, "own_amendment", lambda s, draft, cmd: bool(draft.amended) and draft.author == s.actor.name)


def _expiry_ignored(patch: Patch) -> None:
    patch.setattr(Review, "lets_through", lambda self, now: self.state is ReviewState.DECIDED and not self.acceptance)


def _acceptance_ignored(patch: Patch) -> None:
    def lets_through(self: Review, now: int) -> bool:
        return self.state is ReviewState.DECIDED and self.verdict in domain_enquiry.APPROVING and now < self.expires_at

    patch.setattr(Review, "lets_through", lets_through)


def _anybody_accepts(patch: Patch) -> None:
    def accept(s: Steps, cmd: Any) -> None:
        waiting = next((r for r in s.state.current_reviews() if r.acceptance), None)
        if waiting:
            s.say(e.AmendmentAccepted(review_id=waiting.id, digest=cmd.digest))
            review.settle(s)

    patch.setitem(rules._RULES, AcceptAmendment, accept)


def _customer_does_not_interrupt(patch: Patch) -> None:
    patch.setattr(intake, "suspend", lambda *args: None)


def _any_digest_will_do(patch: Patch) -> None:
    def find(s: Steps, gate: str, digest: str) -> Review:
        found = next((r for r in s.state.current_reviews() if r.gate == gate and r.pending), None)
        return found or original(s, gate, digest)

    original = review.find
    patch.setattr(review, "find", find)


def _anybody_decides(patch: Patch) -> None:
    patch.setattr(Steps, "need", lambda self, functions, what: None)


def _published_forgotten(patch: Patch) -> None:
    def claimed(s: Enquiry, ev: Any, by: str, at: int) -> dict[str, Any]:
        return {"sending": folding._sending(s, SendState.DELIVERING, answers=s.last_in)}

    patch.setitem(folding._FOLDS, e.SendClaimed, claimed)


def _doubt_taken_for_failure(patch: Patch) -> None:
    fold = folding._FOLDS[e.SendFinished]

    def finished(s: Enquiry, ev: Any, by: str, at: int) -> dict[str, Any]:
        changes = fold(s, ev, by, at)
        return {**changes, "published": s.published - {ev.version}} if ev.outcome == "in_doubt" else changes

    patch.setitem(folding._FOLDS, e.SendFinished, finished)


def _loser_told_nothing(patch: Patch) -> None:
    original = review.find

    def find(s: Steps, gate: str, digest: str) -> Review:
        try:
            return original(s, gate, digest)
        except Conflict as error:
            error.winner = s.actor.name if error.winner != s.actor.name else ""
            raise

    patch.setattr(review, "find", find)


def _second_decision_overwrites(patch: Patch) -> None:
    patch.setattr(Review, "pending", property(lambda self: self.state is not ReviewState.SUSPENDED))


def _worker_may_be_anybody(patch: Patch) -> None:
    def mine(s: Steps, send_id: str, *states: Any) -> Any:
        if s.state.sending is None or s.state.sending.state not in states:
            raise Refused("no", "no")
        return s.state.sending

    patch.setattr(sending, "_mine", mine)


def _policy_change_ignored(patch: Patch) -> None:
    original = Enquiry.envelope

    def envelope(self: Enquiry, policy_version: str, visibility: Any = None) -> Envelope:
        return original(self, "any", visibility)

    patch.setattr(Enquiry, "envelope", envelope)


def _one_approval_is_enough(patch: Patch) -> None:
    def settle(s: Steps) -> None:
        draft, digest = s.state.draft, s.state.digest(s.policy.version)
        if draft and any(r.lets_through(s.now) and r.digest == digest for r in s.state.current_reviews()):
            s.say(e.ReplyReadied(version=draft.version, digest=digest, waived=False))

    patch.setattr(review, "settle", settle)
    patch.setattr(sending, "gate_says", lambda state, policy, now: "" if state.state is State.READY else "not ready")


def _only_the_first_gate_is_asked(patch: Patch) -> None:
    original = drafting.demands
    for module in (drafting, review):
        patch.setattr(module, "demands", lambda s, draft, visibility=None: original(s, draft, visibility)[:1])
    patch.setattr(sending, "gate_says", lambda state, policy, now: "" if state.state is State.READY else "not ready")


def _revocation_ignored_at_claim(patch: Patch) -> None:
    """The approval is gone and the review waits, but the queued send stays and its claim does not look."""

    def revoke(s: Steps, cmd: Any) -> None:
        given = revoking._approved(s, cmd)
        s.say(
            e.ReviewRevoked(
                review_id=given.id, gate=given.gate, version=given.version, digest=given.digest, reason="", whose=given.decided_by
            )
        )

    def revoked(s: Enquiry, ev: Any, by: str, at: int) -> dict[str, Any]:
        return {**fold(s, ev, by, at), "ready": s.ready}

    def says(state: Enquiry, policy: Any, now: int) -> str:
        return "" if state.ready and state.state is State.IN_REVIEW else original(state, policy, now)

    fold, original = folding._FOLDS[e.ReviewRevoked], sending.gate_says
    patch.setitem(rules._RULES, Revoke, revoke)
    patch.setitem(folding._FOLDS, e.ReviewRevoked, revoked)
    patch.setattr(sending, "gate_says", says)
    patch.setattr(scope, "_queued_only_when_ready", lambda q: None)


def _revocation_leaves_the_send_queued(patch: Patch) -> None:
    fold = folding._FOLDS[e.SendCancelled]

    def cancelled(s: Enquiry, ev: Any, by: str, at: int) -> dict[str, Any]:
        return {} if "approval back" in ev.because else fold(s, ev, by, at)

    patch.setitem(folding._FOLDS, e.SendCancelled, cancelled)


def _revocation_keeps_the_reply_ready(patch: Patch) -> None:
    patch.setitem(folding._FOLDS, e.ReviewRevoked, lambda s, ev, by, at: {})


def _anybody_revokes(patch: Patch) -> None:
    original = Steps.need

    def need(self: Steps, functions: Any, what: str) -> None:
        if "approval back" not in what:
            original(self, functions, what)

    patch.setattr(Steps, "need", need)


MUTANTS: dict[str, tuple[Mutant, Scope]] = {
    "digest without the text": (_digest_without("text"), ONE_GATE),
    "digest without the message it answers": (_digest_without("in_reply_to"), ONE_GATE),
    "digest without the recipient": (_digest_without("recipient"), ONE_GATE),
    "digest without the visibility": (_digest_without("visibility"), ONE_GATE),
    "digest without the policy": (_policy_change_ignored, ONE_GATE),
    "no check at the claim": (_gate_never_rechecked, ONE_GATE),
    "no check at the claim and no stale guard": (_wire_not_compared, ONE_GATE),
    "approval kept on an edit": (_edit_keeps_approval, ONE_GATE),
    "four eyes look at the last author only": (_only_the_last_author_counts, ONE_GATE),
    "no four eyes": (_no_four_eyes, ONE_GATE),
    "own amendment approved under any policy": (_own_amendment_under_any_policy, ONE_GATE),
    "own draft taken for an amendment": (_own_draft_taken_for_an_amendment, ONE_GATE),
    "an amendment counts at every gate": (_amendment_at_any_gate, TWO_GATES),
    "expiry ignored": (_expiry_ignored, ONE_GATE),
    "acceptance ignored": (_acceptance_ignored, ONE_GATE),
    "anybody accepts an amendment": (_anybody_accepts, ONE_GATE),
    "the customer does not interrupt": (_customer_does_not_interrupt, ONE_GATE),
    "any digest will do": (_any_digest_will_do, ONE_GATE),
    "anybody decides": (_anybody_decides, ONE_GATE),
    "published versions forgotten": (_published_forgotten, ONE_GATE),
    "doubt taken for failure": (_doubt_taken_for_failure, ONE_GATE),
    "the loser is told the wrong winner": (_loser_told_nothing, ONE_GATE),
    "anybody speaks for the channel": (_worker_may_be_anybody, ONE_GATE),
    "revocation ignored at claim": (_revocation_ignored_at_claim, ONE_GATE),
    "a revocation leaves the send queued": (_revocation_leaves_the_send_queued, ONE_GATE),
    "a revocation keeps the reply ready": (_revocation_keeps_the_reply_ready, ONE_GATE),
    "anybody revokes": (_anybody_revokes, ONE_GATE),
    "one approval of two is enough": (_one_approval_is_enough, TWO_GATES),
    "only the first gate is asked": (_only_the_first_gate_is_asked, TWO_GATES),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, where = MUTANTS[name]
    plant(monkeypatch)
    with pytest.raises((Broken, AssertionError)):
        search(where)


def test_the_rules_as_they_are_survive_the_same_search() -> None:
    search(TWO_GATES)


def test_the_actor_of_the_system_cannot_decide() -> None:
    assert Actor("system", domain_enquiry.SYSTEM.functions) == domain_enquiry.SYSTEM
