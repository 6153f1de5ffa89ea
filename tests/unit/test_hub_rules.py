"""Members, policy and settings: who may change them, and how nobody gives themselves the lawyer's key."""

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import SYSTEM, Actor
from hubconsole.domain.hub import HubState, decide_hub, evolve_hub, founding
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.errors import Conflict, HubError, UsageProblem
from hubconsole.ids import new_id

S, L, M, V, N = Function.SERVICE, Function.LEGAL, Function.MARKETING, Function.SUPERVISOR, Function.ANALYTICS
OTHER = ALL_LEGAL.replace("all-legal", "other")
ROOM: dict[str, tuple[Function, ...]] = {"ada": (S,), "lex": (L,), "mia": (M,), "sue": (V,), "ana": (N,)}


def hub(members: dict[str, tuple[Function, ...]]) -> HubState:
    state = HubState()
    for event in founding("h", "Bank", ALL_LEGAL, tuple(members.items())):
        state = evolve_hub(state, event)
    return state


ADAS = new_id()
"""Ada's token."""


def with_a_token(state: HubState) -> HubState:
    """The hub after ada has logged in somewhere."""
    return evolve_hub(
        state,
        e.TokenIssued(
            token_id=ADAS, member="ada", scope=Scope.MEMBER, label="laptop", digest="a" * 64, issued_at=0, issued_by="ada",
            expires_at=9, replaces="", overlap_until=0,
        ),
    )  # fmt: skip


def token(member: str, scope: Scope) -> c.IssueToken:
    return c.IssueToken(token_id=new_id(), member=member, scope=scope, label="desk", digest="b" * 64, expires_at=9)


def refused(state: HubState, command: c.HubCommand, who: str) -> str:
    """The code of the refusal; empty when it is allowed."""
    actor = state.member(who) if who != "system" else SYSTEM
    assert actor is not None
    try:
        decide_hub(state, command, actor)
    except HubError as no:
        return no.code
    return ""


HUB_MATRIX: list[tuple[str, c.HubCommand]] = [
    ("sue", c.AddMember(name="kim", functions=(S,))),
    ("sue", c.RemoveMember(name="mia")),
    ("sue lex", c.AdoptPolicy(policy=OTHER)),
    ("ada lex mia sue ana", c.SaveSetting(setting="view", name="mine", value="{}")),
    ("sue", c.StartShift(name="B", lead="ada")),
    ("sue", c.EndShift()),
    ("lex", token("lex", Scope.MEMBER)),
    ("ada", token("ada", Scope.READ)),
    ("sue", token("lex", Scope.WALL)),
    ("sue", token("ada", Scope.INTAKE)),
    ("sue", token("sue", Scope.WORKER)),
    ("ada sue", c.RevokeToken(token_id=ADAS)),
    ("sue", c.MoveHub(to="https://hub.example.org")),
    ("", c.ArriveHub(place="here")),  # it never moved
    ("sue lex", c.ShutOutbox(reason="drill")),
    ("sue", c.OpenOutbox()),
    ("", c.CreateHub(name="Other", policy=ALL_LEGAL)),
]


def test_the_table_speaks_of_every_command_about_the_hub() -> None:
    assert {type(command) for _, command in HUB_MATRIX} == {cls for cls in c.COMMANDS.values() if issubclass(cls, c.HubCommand)}


@pytest.mark.parametrize("who", ROOM)
@pytest.mark.parametrize(("allowed", "command"), HUB_MATRIX, ids=[command.kind for _, command in HUB_MATRIX])
def test_who_may_change_the_hub(allowed: str, command: c.HubCommand, who: str) -> None:
    assert (refused(with_a_token(hub(ROOM)), command, who) == "") is (who in allowed.split())


# --- nobody comes by the lawyer's function alone ---


@pytest.mark.parametrize("functions", [(S, L), (S, V), (L,)])
def test_without_a_supervisor_the_lawyer_keeps_the_list_of_members(functions: tuple[Function, ...]) -> None:
    room = hub({"ada": (S,), "lex": (L,)})
    assert refused(room, c.AddMember(name="ada", functions=functions), "ada") == "not_permitted"
    assert refused(room, c.AddMember(name="puppet", functions=functions), "ada") == "not_permitted"
    assert refused(room, c.RemoveMember(name="lex"), "ada") == "not_permitted"
    assert refused(room, c.AddMember(name="kim", functions=(L,)), "lex") == ""


def test_where_there_is_neither_anybody_may_begin() -> None:
    assert refused(hub({"ada": (S,)}), c.AddMember(name="ada", functions=(S, L)), "ada") == ""


@pytest.mark.parametrize("function", [L, M])
def test_a_supervisor_does_not_make_herself_a_reviewer_where_others_review(function: Function) -> None:
    assert refused(hub(ROOM), c.AddMember(name="sue", functions=(V, function)), "sue") == "not_permitted"
    assert refused(hub(ROOM), c.AddMember(name="kim", functions=(function,)), "sue") == ""


def test_a_supervisor_may_take_up_what_nobody_reviews_and_what_decides_no_gate() -> None:
    assert refused(hub({"sue": (V,), "ada": (S,)}), c.AddMember(name="sue", functions=(V, L)), "sue") == ""
    assert refused(hub(ROOM), c.AddMember(name="sue", functions=(V, S)), "sue") == ""
    assert refused(hub({"sue": (V, L), "lex": (L,)}), c.AddMember(name="sue", functions=(V, L, S)), "sue") == ""


def after(state: HubState, *steps: tuple[str, c.HubCommand]) -> HubState:
    """The hub after commands that are all allowed."""
    for who, command in steps:
        actor = state.member(who)
        assert actor is not None
        for event in decide_hub(state, command, actor):
            state = evolve_hub(state, event)
    return state


@pytest.mark.parametrize(
    "away",
    [
        (("sue", c.RemoveMember(name="lex")),),
        (("sue", c.AddMember(name="lex", functions=(S,))),),
        (("sue", c.RemoveMember(name="lex")), ("sue", c.AddMember(name="lex", functions=(S,)))),
        tuple(("sue", c.RemoveMember(name=name)) for name in ROOM if name != "sue"),
    ],
    ids=["removed", "stripped", "removed and back without it", "everybody removed"],
)
def test_sending_the_lawyer_away_does_not_make_the_supervisor_one(away: tuple[tuple[str, c.HubCommand], ...]) -> None:
    state = after(hub(ROOM), *away)
    assert refused(state, c.AddMember(name="sue", functions=(V, L)), "sue") == "not_permitted"
    assert refused(state, c.AddMember(name="kim", functions=(L,)), "sue") == "", "the hub is not locked out"


def test_where_the_keepers_of_the_list_went_the_others_do_not_help_themselves_either() -> None:
    state = after(hub({"ada": (S,), "lex": (L,)}), ("lex", c.RemoveMember(name="lex")))
    assert refused(state, c.AddMember(name="ada", functions=(S, L)), "ada") == "not_permitted"
    assert refused(state, c.AddMember(name="kim", functions=(L,)), "ada") == ""


def test_whoever_is_alone_may_do_everything_where_the_policy_says_so_openly() -> None:
    tiny = ALL_LEGAL.replace('"all-legal"', '"tiny"\ntiny_team = true')
    left = after(hub({"sue": (V,), "lex": (L,)}), ("sue", c.RemoveMember(name="lex")))
    assert refused(left, c.AddMember(name="sue", functions=(V, L)), "sue") == "not_permitted"
    assert refused(after(left, ("sue", c.AdoptPolicy(policy=tiny))), c.AddMember(name="sue", functions=(V, L)), "sue") == ""


def test_another_supervisor_may_give_it() -> None:
    state = after(hub(ROOM), ("sue", c.RemoveMember(name="lex")), ("sue", c.AddMember(name="tom", functions=(V,))))
    assert refused(state, c.AddMember(name="sue", functions=(V, L)), "tom") == ""


# --- names ---


@pytest.mark.parametrize("name", ["Lex", "l\u0435x", "\uff4cex", "1ex"])
def test_whoever_left_comes_back_only_as_themselves(name: str) -> None:
    state = after(hub(ROOM), ("sue", c.RemoveMember(name="lex")))
    assert refused(state, c.AddMember(name=name, functions=(L,)), "sue") == "bad_name"
    assert refused(state, c.AddMember(name="lex", functions=(L,)), "sue") == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "system",
        "System",
        "SYSTEM",
        "\uff53ystem",
        "two words",
        "-as",
        "a\u200bb",
        "a\u202eb",
        "a\x1bb",
        "a\nb",
        "a" * 65,
        "tab\tbed",
        "\ud800",
        "\u0455ystem",
        "ad\u3164a",
    ],
)
def test_a_name_that_misleads_is_refused(name: str) -> None:
    assert refused(hub(ROOM), c.AddMember(name=name, functions=(S,)), "sue") == "bad_name"


@pytest.mark.parametrize("name", ["Zoë", "李雷", "o'brien", "ada.l", "[bold]", "42"])
def test_a_name_in_any_script_is_accepted(name: str) -> None:
    assert refused(hub(ROOM), c.AddMember(name=name, functions=(S,)), "sue") == ""


@pytest.mark.parametrize("name", ["Lex", "LEX", "\uff4cex", "l\u0435x", "1ex", "le\u03c7"])
def test_nobody_is_named_so_that_they_pass_for_another(name: str) -> None:
    assert refused(hub(ROOM), c.AddMember(name=name, functions=(L,)), "sue") == "bad_name"
    with pytest.raises(Conflict):
        hub({"lex": (L,), name: (S,)})


# --- members ---


def test_a_members_functions_are_changed_not_added_up() -> None:
    state = hub(ROOM)
    (event,) = decide_hub(state, c.AddMember(name="mia", functions=(M, S, M)), Actor("sue", frozenset({V})))
    assert dict(evolve_hub(state, event).members)["mia"] == (M, S)


def test_the_same_member_again_changes_nothing() -> None:
    assert decide_hub(hub(ROOM), c.AddMember(name="mia", functions=(M,)), Actor("sue", frozenset({V}))) == ()


@pytest.mark.parametrize("functions", [(), (Function.SYSTEM,), (S, Function.SYSTEM)])
def test_a_member_holds_a_function_that_people_hold(functions: tuple[Function, ...]) -> None:
    assert refused(hub(ROOM), c.AddMember(name="kim", functions=functions), "sue") == "no_function"


def test_whoever_left_is_no_member_and_the_last_one_stays() -> None:
    state = hub(ROOM)
    (event,) = decide_hub(state, c.RemoveMember(name="mia"), Actor("sue", frozenset({V})))
    assert evolve_hub(state, event).member("mia") is None
    assert refused(state, c.RemoveMember(name="nobody"), "sue") == "unknown_member"
    assert refused(hub({"ada": (S,)}), c.RemoveMember(name="ada"), "ada") == "last_member"


def test_the_first_function_names_the_owner() -> None:
    assert (hub(ROOM).first_function("lex"), hub(ROOM).first_function("nobody")) == ("legal", "")


# --- founding, policy, settings ---


def test_a_hub_needs_a_member_and_a_policy_that_can_be_read() -> None:
    with pytest.raises(UsageProblem):
        founding("h", "Bank", ALL_LEGAL, ())
    with pytest.raises(UsageProblem):
        founding("h", "Bank", "name = ", (("ada", (S,)),))


def test_the_same_policy_again_changes_nothing_and_a_broken_one_is_told() -> None:
    assert refused(hub(ROOM), c.AdoptPolicy(policy="# remark\n" + ALL_LEGAL), "lex") == ""
    assert decide_hub(hub(ROOM), c.AdoptPolicy(policy="# remark\n" + ALL_LEGAL), Actor("lex", frozenset({L}))) == ()
    assert refused(hub(ROOM), c.AdoptPolicy(policy="amend = 1"), "lex") == "bad_policy"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.SaveSetting(setting="colour", name="a", value="1"), "unknown_setting"),
        (c.SaveSetting(setting="view", name="", value="1"), "bad_name"),
        (c.SaveSetting(setting="view", name="a", value="x" * 10_001), "too_long"),
        (c.SaveSetting(setting="view", name="a", value="1", owner="lex"), "not_permitted"),
        (c.SaveSetting(setting="view", name="a", value="", owner="ada"), ""),
    ],
)
def test_settings_are_ones_own_or_everybodys(command: c.SaveSetting, code: str) -> None:
    assert refused(hub(ROOM), command, "ada") == code
