"""Tokens as the rules see them: for whom, by whom, for how long, and what their scopes open."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubconsole.clock import DAY, MINUTE
from hubconsole.domain import access
from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import Actor
from hubconsole.domain.hub import HubState, decide_hub, evolve_hub, founding
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.errors import HubError
from hubconsole.ids import new_id

NOW = 1_763_474_400_000
S, L, V = Function.SERVICE, Function.LEGAL, Function.SUPERVISOR
PEOPLE: dict[str, tuple[Function, ...]] = {"ada": (S,), "lex": (L,), "sue": (V,)}


def hub(members: dict[str, tuple[Function, ...]] | None = None) -> HubState:
    state = HubState()
    for event in founding("h", "Bank", ALL_LEGAL, tuple((members or PEOPLE).items())):
        state = evolve_hub(state, event)
    return state


def issue(member: str = "ada", scope: Scope = Scope.MEMBER, **facts: Any) -> c.IssueToken:
    first: dict[str, Any] = {"token_id": new_id(), "label": "laptop", "digest": new_id().replace("-", "") * 2, "expires_at": NOW + DAY}
    return c.IssueToken(member=member, scope=scope, **(first | facts))


def done(state: HubState, command: c.HubCommand, who: str, now: int = NOW) -> HubState:
    """The hub after the command was carried out."""
    actor = state.member(who)
    assert actor is not None
    for event in decide_hub(state, command, actor, now):
        state = evolve_hub(state, event)
    return state


def refusal(state: HubState, command: c.HubCommand, who: str, now: int = NOW) -> str:
    """The code of the refusal; empty when it is allowed."""
    actor = state.member(who) or Actor(who, frozenset())
    try:
        decide_hub(state, command, actor, now)
    except HubError as no:
        return no.code
    return ""


def live(state: HubState, now: int = NOW) -> list[str]:
    return [token.label for token in access.every(state.tokens) if token.live(now)]


# --- for whom ---


@pytest.mark.parametrize("scope", [Scope.MEMBER, Scope.READ])
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("whom", PEOPLE)
def test_whoever_acts_or_reads_as_a_person_is_that_person(who: str, whom: str, scope: Scope) -> None:
    assert refusal(hub(), issue(whom, scope), who) == ("" if who == whom else "not_permitted")


@pytest.mark.parametrize("scope", [Scope.WALL, Scope.INTAKE, Scope.WORKER])
@pytest.mark.parametrize(
    ("members", "keepers"),
    [
        (PEOPLE, {"sue"}),
        ({"ada": (S,), "lex": (L,)}, {"lex"}),
        ({"ada": (S,), "ben": (S,)}, {"ada", "ben"}),
    ],
)
def test_the_hubs_own_doors_are_opened_by_who_keeps_the_list_of_members(
    members: dict[str, tuple[Function, ...]], keepers: set[str], scope: Scope
) -> None:
    for who in members:
        for whom in members:
            assert (refusal(hub(members), issue(whom, scope), who) == "") is (who in keepers)


def test_nobody_else_than_a_member_has_tokens() -> None:
    assert refusal(hub(), issue("eve", Scope.INTAKE), "sue") == "unknown_member"
    assert refusal(hub(), issue("system", Scope.WORKER), "sue") == "unknown_member"


# --- what a token must be ---


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"expires_at": NOW}, "bad_expiry"),
        ({"expires_at": NOW - 1}, "bad_expiry"),
        ({"expires_at": NOW + 90 * DAY + 1}, "bad_expiry"),
        ({"expires_at": NOW + 90 * DAY}, ""),
        ({"expires_at": NOW + 1}, ""),
        ({"digest": "a" * 63}, "bad_digest"),
        ({"digest": "A" * 64}, "bad_digest"),
        ({"digest": "hct_" + "a" * 60}, "bad_digest"),
        ({"digest": "a" * 64 + "\n"}, "bad_digest"),
        ({"token_id": "1"}, "bad_token_id"),
        ({"label": ""}, "bad_label"),
        ({"label": "a" * 65}, "bad_label"),
        ({"label": "bad\x1b[31m"}, "bad_label"),
        ({"replaces": new_id()}, "unknown_token"),
    ],
)
def test_what_a_token_may_not_be(facts: dict[str, Any], code: str) -> None:
    assert refusal(hub(), issue(**facts), "ada") == code


def test_no_two_tokens_share_an_id_or_a_secret() -> None:
    first = issue()
    state = done(hub(), first, "ada")
    assert refusal(state, issue(token_id=first.token_id), "ada") == "bad_token_id"
    assert refusal(state, issue("lex", digest=first.digest), "lex") == "bad_digest"


def test_one_member_cannot_fill_the_hub_with_tokens() -> None:
    state = hub()
    for _ in range(access.MOST_LIVE):
        state = done(state, issue(), "ada")
    assert refusal(state, issue(), "ada") == "too_many_tokens"
    assert refusal(state, issue("lex"), "lex") == ""
    assert refusal(state, issue(expires_at=NOW + 3 * DAY), "ada", NOW + 2 * DAY) == "", "what has run out does not count"


def test_what_ran_out_is_forgotten_when_the_next_one_is_issued() -> None:
    state = done(hub(), issue(label="old"), "ada")
    state = done(state, issue(label="new", expires_at=NOW + 3 * DAY), "ada", NOW + 2 * DAY)
    assert [token.label for token in access.every(state.tokens)] == ["new"]


# --- the end ---


@pytest.mark.parametrize(("who", "may"), [("ada", True), ("sue", True), ("lex", False)])
def test_who_may_revoke(who: str, may: bool) -> None:
    command = issue()
    state = done(hub(), command, "ada")
    assert (refusal(state, c.RevokeToken(token_id=command.token_id), who) == "") is may


def test_a_revoked_token_opens_nothing_and_is_revoked_once() -> None:
    command = issue()
    state = done(done(hub(), command, "ada"), c.RevokeToken(token_id=command.token_id, reason="lost"), "ada")
    assert live(state) == []
    actor = state.member("ada")
    assert actor and decide_hub(state, c.RevokeToken(token_id=command.token_id), actor, NOW) == ()
    assert refusal(state, c.RevokeToken(token_id=new_id()), "ada") == "unknown_token"


def test_who_was_removed_finds_every_token_dead_also_on_coming_back() -> None:
    state = done(done(hub(), issue("lex", label="laptop"), "lex"), issue("lex", Scope.INTAKE, label="gateway"), "sue")
    state = done(state, issue("ada"), "ada")
    actor = state.member("sue")
    assert actor
    events = decide_hub(state, c.RemoveMember(name="lex"), actor, NOW + 5)
    assert [event.kind for event in events] == ["member.removed", "token.revoked", "token.revoked"]
    for event in events:
        state = evolve_hub(state, event)
    state = done(state, c.AddMember(name="lex", functions=(L,)), "sue")
    assert [token.member for token in access.every(state.tokens) if token.live(NOW)] == ["ada"]


# --- taking over ---


def rotated(state: HubState, old: c.IssueToken, who: str, now: int = NOW, **facts: Any) -> e.TokenIssued:
    actor = state.member(who)
    assert actor
    event = decide_hub(state, issue(old.member, old.scope, replaces=old.token_id, **facts), actor, now)[-1]
    assert isinstance(event, e.TokenIssued)
    return event


@pytest.mark.parametrize(
    ("asked", "ends"),
    [(0, NOW + 15 * MINUTE), (NOW - 1, NOW), (NOW + MINUTE, NOW + MINUTE), (NOW + DAY, NOW + DAY)],
)
def test_the_old_token_goes_on_for_the_overlap(asked: int, ends: int) -> None:
    old = issue(expires_at=NOW + 30 * DAY, label="old")
    state = done(hub(), old, "ada")
    event = rotated(state, old, "ada", overlap_until=asked, label="new", expires_at=NOW + 9 * DAY)
    assert event.overlap_until == ends
    after = evolve_hub(state, event)
    assert live(after, ends - 1) == ["old", "new"]
    assert live(after, ends) == ["new"]


def test_an_overlap_never_makes_a_token_last_longer() -> None:
    old = issue(expires_at=NOW + MINUTE)
    state = done(hub(), old, "ada")
    assert rotated(state, old, "ada").overlap_until == NOW + MINUTE
    first = evolve_hub(state, rotated(state, old, "ada", overlap_until=NOW + 5))
    assert rotated(first, old, "ada").overlap_until == NOW + 5
    assert refusal(state, issue(replaces=old.token_id, overlap_until=NOW + DAY + 1), "ada") == "bad_overlap"


@pytest.mark.parametrize(
    ("change", "who", "code"),
    [
        (lambda old: issue("lex", replaces=old.token_id), "lex", "not_permitted"),
        (lambda old: issue("ada", Scope.READ, replaces=old.token_id), "ada", "not_permitted"),
        (lambda old: issue("ada", Scope.WORKER, replaces=old.token_id), "sue", "not_permitted"),
    ],
)
def test_only_the_like_replaces_a_token(change: Callable[[c.IssueToken], c.IssueToken], who: str, code: str) -> None:
    old = issue()
    assert refusal(done(hub(), old, "ada"), change(old), who) == code


def test_a_token_that_ended_is_not_replaced() -> None:
    old = issue()
    state = done(done(hub(), old, "ada"), c.RevokeToken(token_id=old.token_id), "ada")
    assert refusal(state, issue(replaces=old.token_id), "ada") == "token_ended"


def test_of_one_line_the_newest_and_the_one_before_it_open_something() -> None:
    state, last = hub(), issue("ada", Scope.WALL, label="0")
    state = done(state, last, "sue")
    for n in range(1, 9):
        following = replace(
            issue("ada", Scope.WALL, label=str(n), replaces=last.token_id), overlap_until=NOW + DAY, expires_at=last.expires_at
        )
        state = done(state, following, "ada")
        assert live(state) == [str(n - 1), str(n)]
        last = following


def test_who_did_not_hear_of_a_rotation_makes_another_and_the_one_that_was_lost_ends() -> None:
    old = issue(label="old", expires_at=NOW + DAY)
    state = done(done(hub(), old, "ada"), issue(replaces=old.token_id, label="lost", overlap_until=NOW + MINUTE), "ada")
    assert live(done(state, issue(replaces=old.token_id, label="new"), "ada")) == ["old", "new"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_revocation_ends_the_whole_line_and_no_other(which: int) -> None:
    line = [issue(label="0"), issue(label="other")]
    state = done(done(hub(), line[0], "ada"), line.pop(), "ada")
    for n in (1, 2):
        line.append(issue(replaces=line[-1].token_id, label=str(n)))
        state = done(state, line[-1], "ada")
    assert live(done(state, c.RevokeToken(token_id=line[which].token_id), "ada")) == ["other"]


def test_whom_a_supervisor_gave_a_token_may_renew_its_secret_but_not_its_end() -> None:
    given = issue("ada", Scope.INTAKE, expires_at=NOW + 5 * DAY)
    state = done(hub(), given, "sue")
    assert refusal(state, replace(issue("ada", Scope.INTAKE), replaces=given.token_id, expires_at=NOW + 5 * DAY), "ada") == ""
    assert (
        refusal(state, replace(issue("ada", Scope.INTAKE), replaces=given.token_id, expires_at=NOW + 5 * DAY + 1), "ada") == "not_permitted"
    )
    assert refusal(state, replace(issue("ada", Scope.INTAKE), replaces=given.token_id), "lex") == "not_permitted"
    assert refusal(state, issue("ada", Scope.INTAKE), "ada") == "not_permitted"


# --- scopes ---

KINDS = {
    Scope.MEMBER: set(c.COMMANDS),
    Scope.READ: set(),
    Scope.WALL: set(),
    Scope.INTAKE: {"receive", "record_message"},
    Scope.WORKER: {"claim_send", "finish_send", "expire", "shut_outbox"},
}


@pytest.mark.parametrize("scope", Scope)
def test_which_commands_a_scope_may_bring(scope: Scope) -> None:
    assert {kind for kind in c.COMMANDS if access.permits(scope, kind)} == KINDS[scope]
