"""Starting a hub: member specs, policy presets, and never touching a hub that is there."""

from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL, parse_policy
from hubconsole.domain.terms import Function
from hubconsole.errors import Refused, UsageProblem
from hubconsole.setup import DEFAULT_POLICY, advice, default_members, parse_member, parse_members, preset, presets, start


@pytest.mark.parametrize(
    ("spec", "name", "functions"),
    [
        ("agent1:service", "agent1", ("service",)),
        ("kim:marketing+sales", "kim", ("marketing", "sales")),
        (" Zoë : Legal , supervisor ", "Zoë", ("legal", "supervisor")),
        ("a.b-c_d:law+law", "a.b-c_d", ("legal",)),
    ],
)
def test_a_member_is_read_with_functions(spec: str, name: str, functions: tuple[str, ...]) -> None:
    assert parse_member(spec) == (name, functions)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "name"),
        (":service", "name"),
        ("two words:service", "name"),
        ("-x:service", "name"),
        ("x\x1b[2J:service", "name"),
        ("x" * 33 + ":service", "name"),
        ("kim", "does"),
        ("kim:", "does"),
        ("kim:juggler", "juggler"),
        ("kim:service+", "no function"),
        ("kim:system", "system"),
        ("system:service", "worker"),
    ],
)
def test_a_member_spec_that_is_wrong_is_named(spec: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said) as problem:
        parse_member(spec)
    assert problem.value.code == "bad_member"
    assert problem.value.hint


def test_a_name_said_twice_is_refused() -> None:
    with pytest.raises(UsageProblem, match="twice"):
        parse_members(["kim:sales", "Kim:legal"])


@pytest.mark.parametrize("user", ["maria", "root", "", "sys tem", "system", "ann@host", "\x1b]0;x\x07", "лена"])
def test_the_defaults_always_make_members_that_a_hub_accepts(user: str, tmp_path: Path, clock: FrozenClock) -> None:
    hub = start(tmp_path / "hub.db", user=user, clock=clock)
    assert {f for member in hub.members() for f in member.functions} == {"service", "supervisor", "legal"}
    assert advice(default_members(user), hub.policy()) == ()
    hub.close()


def test_every_preset_parses_is_called_by_its_file_name_and_says_what_it_is() -> None:
    found = presets()
    assert found[0].name == DEFAULT_POLICY
    assert {p.name for p in found} == {"all-legal", "public-legal", "brand-and-legal", "flagged-legal", "tiny-team", "none"}
    for one in found:
        assert parse_policy(one.text, one.name).name == one.name
        assert one.about.endswith(".")


def test_the_default_preset_means_the_same_as_the_built_in_policy() -> None:
    assert parse_policy(preset(DEFAULT_POLICY).text).version == parse_policy(ALL_LEGAL).version


def modes(name: str, channel: str, visibility: str, flags: tuple[str, ...] = ()) -> dict[str, str]:
    return {d.gate: d.mode for d in parse_policy(preset(name).text).demands(channel, visibility, flags)}


@pytest.mark.parametrize(
    ("name", "visibility", "flags", "expected"),
    [
        ("all-legal", "public", (), {"legal": "pre_approve"}),
        ("all-legal", "private", (), {"legal": "pre_approve"}),
        ("public-legal", "public", (), {"legal": "pre_approve"}),
        ("public-legal", "private", (), {"legal": "sample_after"}),
        ("brand-and-legal", "public", (), {"legal": "pre_approve", "brand": "pre_approve"}),
        ("brand-and-legal", "private", (), {"legal": "pre_approve"}),
        ("flagged-legal", "public", (), {"legal": "sample_after"}),
        ("flagged-legal", "public", ("guarantee",), {"legal": "pre_approve"}),
        ("flagged-legal", "public", ("privacy_ask",), {"legal": "pre_approve"}),
        ("none", "public", ("guarantee",), {"legal": "none"}),
    ],
)
def test_a_preset_asks_what_it_says(name: str, visibility: str, flags: tuple[str, ...], expected: dict[str, str]) -> None:
    assert modes(name, "x", visibility, flags) == expected


def test_only_the_small_team_presets_let_authors_approve_their_own_words() -> None:
    assert {p.name for p in presets() if parse_policy(p.text).tiny_team} == {"tiny-team", "none"}


def test_an_unknown_preset_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageProblem, match="all-legal"):
        preset("strict")


def test_a_hub_is_made_with_its_name_members_and_policy(tmp_path: Path, clock: FrozenClock) -> None:
    members = parse_members(["agent1:service", "lawyer1:legal", "lead1:supervisor"])
    hub = start(tmp_path / "new" / "hub.db", "Bank", members, "public-legal", clock=clock)
    assert (hub.info().name, hub.info().policy_name) == ("Bank", "public-legal")
    assert [(m.name, m.functions) for m in hub.members()] == [("agent1", ("service",)), ("lawyer1", ("legal",)), ("lead1", ("supervisor",))]
    assert hub.verify().ok
    hub.close()


def test_a_hub_that_is_there_stays_as_it_is_and_the_answer_says_what_to_do(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "hub.db"
    start(path, "First", clock=clock).close()
    before = path.read_bytes()
    with pytest.raises(Refused) as problem:
        start(path, "Second", clock=clock)
    assert problem.value.code == "hub_exists"
    assert "hubconsole board" in problem.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "policy"), [("", "all-legal"), ("two\nlines", "all-legal"), ("x" * 200, "all-legal"), ("Bank", "no-such")]
)
def test_nothing_is_made_when_an_answer_will_not_do(name: str, policy: str, tmp_path: Path, clock: FrozenClock) -> None:
    with pytest.raises(UsageProblem):
        start(tmp_path / "hub.db", name, policy_name=policy, clock=clock)
    assert list(tmp_path.iterdir()) == []


def test_advice_names_a_gate_that_nobody_can_decide_and_a_lawyer_who_is_alone() -> None:
    policy = parse_policy(preset("brand-and-legal").text)
    assert advice([("ann", (Function.SERVICE,)), ("lex", (Function.LEGAL,))], policy) == (
        "Replies will wait for brand, and nobody here holds marketing: add a member, for example ann:marketing.",
    )
    alone = advice([("ann", (Function.SERVICE, Function.LEGAL))], parse_policy(ALL_LEGAL))
    assert len(alone) == 1 and "tiny-team" in alone[0]
    assert advice([("ann", (Function.SERVICE, Function.LEGAL))], parse_policy(preset("tiny-team").text)) == ()
    assert "send" in advice([("lex", (Function.LEGAL,))], parse_policy(preset("none").text))[0]
