"""The approval gate, searched: every world of a small scope, under an oracle of its own."""

from dataclasses import replace

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.enquiry import Actor
from hubconsole.domain.terms import Function, SendState, State
from tests.property import scope
from tests.property.scope import ANOTHER_APPROVES, ONE_GATE, TWO_GATES, World, moves, search, step, surroundings


class Searched:
    """One exhaustive search of the small world, and what it met on its way."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.doubtful: list[World] = []
        self.expanded, self.tried = search(ONE_GATE, watch=self.watch)
        self.seen |= {kind.kind for kind in scope.met}

    def watch(self, world: World) -> None:
        """Note what matters of a world that is met for the first time."""
        q, seen = world.enquiry, self.seen
        seen.add(f"state {q.state}")
        seen.update(f"review {r.state}" for r in q.reviews)
        seen.update(f"verdict {r.verdict}" for r in q.reviews if r.verdict)
        if q.sending:
            seen.add(f"send {q.sending.state}")
            if q.sending.state in (SendState.DELIVERING, SendState.IN_DOUBT):
                self.doubtful.append(world)
        if any(r.acceptance for r in q.reviews):
            seen.add("waiting for acceptance")
        if world.now and world.approvals and world.now >= world.approvals[0].at + scope.LIFE:
            seen.add("expired approval")


@pytest.fixture(scope="module")
def searched() -> Searched:
    """Searched once for all tests here: it takes seconds."""
    return Searched()


def test_no_reachable_state_of_a_small_world_breaks_an_invariant(searched: Searched) -> None:
    """P1 to P7, P9, P10 and P13 hold in all of them, and the search was exhaustive."""
    assert searched.expanded >= 10_000
    assert searched.tried >= 10 * searched.expanded


def test_with_two_gates_nothing_leaves_on_one_approval() -> None:
    expanded, _ = search(TWO_GATES)
    assert expanded >= 1_500


def test_where_another_approves_what_was_amended_the_loser_is_told_too() -> None:
    """P10 and all the others, where an amendment is no decision about its own words."""
    expanded, _ = search(ANOTHER_APPROVES)
    assert expanded >= 500


def test_without_somebody_from_legal_nothing_is_ever_ready() -> None:
    """P13, with every function except legal in one pair of hands."""
    everything_else = frozenset(f for f in Function if f not in (Function.LEGAL, Function.SYSTEM))
    people = (Actor("wren", everything_else), Actor("lou", everything_else))
    reached: list[World] = []

    def watch(world: World) -> None:
        if world.enquiry.state in (State.READY, State.SENT) or world.out:
            reached.append(world)

    expanded, _ = search(replace(ONE_GATE, people=people), watch=watch)
    assert expanded > 100
    assert not reached


def test_every_reply_that_is_ready_can_still_come_to_an_end() -> None:
    """P8: from every world with a reply ready or on its way there is a way to sent, blocked, or back to its author."""
    found: list[World] = []

    def watch(world: World) -> None:
        sending = world.enquiry.sending
        if world.enquiry.state is State.READY or (sending and sending.on_its_way):
            found.append(world)

    search(replace(ONE_GATE, ticks=0, messages=1), watch=watch)
    assert found
    for world in found:
        assert _comes_to_an_end(world), world.enquiry


def _comes_to_an_end(world: World, depth: int = 4) -> bool:
    sending = world.enquiry.sending
    over = sending is None or not (sending.on_its_way or sending.state is SendState.QUEUED)
    if over and world.enquiry.state in (State.SENT, State.WORKING, State.IN_REVIEW):
        return True
    if depth == 0:
        return False
    after = [reached for who, command in moves(world, False) if (reached := step(world, who, command)) is not None]
    return any(_comes_to_an_end(reached, depth - 1) for reached in (*after, *surroundings(world)))


def test_the_search_sees_the_things_it_is_about(searched: Searched) -> None:
    """A search that never met an amendment, a stale approval or a doubtful send would prove nothing."""
    wanted = {
        "state ready", "state sent", "review suspended", "verdict amend", "verdict approve", "send delivering", "send in_doubt",
        "send handed_over", "send.cancelled", "review.revoked", "waiting for acceptance", "expired approval",
    }  # fmt: skip
    assert wanted <= searched.seen


def test_a_crash_between_claim_and_outcome_never_frees_the_version(searched: Searched) -> None:
    """P7: whoever restarts the dispatcher finds the version taken."""
    assert searched.doubtful
    for world in searched.doubtful[::7]:
        for who in scope.PEOPLE:
            assert step(world, who, c.Send(enquiry_id=scope.ENQUIRY, via="outbox", now=True)) is None
