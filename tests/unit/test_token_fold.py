"""Very many token events are folded as if one by one, in a time that grows with their number alone."""

import time
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hubconsole.domain import events as e
from hubconsole.domain.access import Token, Tokens, ending
from hubconsole.domain.hub import HubState, evolve_hub, fold_hub
from hubconsole.domain.terms import Function, Scope

NAMES = ("ada", "lex", "sue")
_facts = st.tuples(
    st.sampled_from(("issue", "issue", "rotate", "revoke", "other")),
    st.sampled_from(NAMES),
    st.integers(0, 40),
    st.integers(0, 30),
    st.integers(0, 10),
)


def events(facts: Sequence[tuple[str, str, int, int, int]]) -> list[e.Event]:
    """A history of tokens: each fact is what happens, to whom, with which older token, for how long, and how long after the last."""
    made: list[e.Event] = []
    now = 0
    for what, who, which, lasting, later in facts:
        now += later
        n = len(made)
        if what == "revoke":
            made.append(e.TokenRevoked(token_id=f"t{which}", member=who, label="x", reason="", revoked_at=now))
        elif what == "other":
            made.append(e.MemberAdded(name=who, functions=(Function.SERVICE,)))
        else:
            made.append(
                e.TokenIssued(
                    token_id=f"t{n}", member=who, scope=Scope.MEMBER, label="x", digest=f"d{n}", issued_at=now, issued_by="sue",
                    expires_at=now + lasting, replaces=f"t{which}" if what == "rotate" else "", overlap_until=now + lasting // 2,
                )
            )  # fmt: skip
    return made


def plainly(tokens: Tokens, happened: Sequence[e.Event]) -> Tokens:
    """The tokens after each event in turn, without anything that makes it fast."""
    for event in happened:
        if not isinstance(event, e.TokenIssued | e.TokenRevoked):
            continue
        held = dict(tokens)
        own = held.get(event.member, ())
        if isinstance(event, e.TokenRevoked):
            held[event.member] = tuple(replace(token, revoked=True) if token.id == event.token_id else token for token in own)
        else:
            kept = (ending(token, event) for token in own if token.expires_at > event.issued_at)
            facts = (
                event.token_id,
                event.member,
                event.scope,
                event.label,
                event.digest,
                event.issued_by,
                event.expires_at,
                event.replaces,
            )
            held[event.member] = (*kept, Token(*facts))
        tokens = tuple(held.items())
    return tokens


def one_by_one(state: HubState, happened: Sequence[e.Event]) -> HubState:
    for event in happened:
        state = evolve_hub(state, event)
    return state


@settings(max_examples=300)
@given(st.lists(_facts, max_size=60), st.integers(0, 60))
def test_it_is_as_if_one_by_one_from_wherever_it_begins(facts: list[tuple[str, str, int, int, int]], known: int) -> None:
    happened = events(facts)
    begun = one_by_one(HubState(), happened[:known])
    assert fold_hub(begun, iter(happened[known:])) == one_by_one(begun, happened[known:])
    assert one_by_one(begun, happened[known:]).tokens == plainly(begun.tokens, happened[known:])


def test_the_time_grows_with_the_number_of_events() -> None:
    def seconds(n: int) -> float:
        happened: list[e.Event] = []
        for one in events([("issue", "ada", 0, 10**9, 1)] * n):
            assert isinstance(one, e.TokenIssued)
            happened += [one, e.TokenRevoked(token_id=one.token_id, member="ada", label="x", reason="", revoked_at=one.issued_at)]
        begun = time.process_time()
        fold_hub(HubState(), happened)
        return time.process_time() - begun

    few, many = min(seconds(2_000) for _ in range(3)), seconds(20_000)
    assert many < 40 * few, f"{few:.3f} s for 4,000 events, {many:.3f} s for 40,000"
