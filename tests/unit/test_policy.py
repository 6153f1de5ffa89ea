"""Policies: what they demand, and what a broken one is told."""

import pytest

from hubconsole import resources
from hubconsole.domain.policy import ALL_LEGAL, parse_policy
from hubconsole.domain.terms import Function
from hubconsole.errors import UsageProblem

GATES = '[gates]\nlegal = "legal"\nbrand = "marketing"\n'


def demanded(text: str, channel: str = "x", visibility: str = "public", flags: tuple[str, ...] = ()) -> dict[str, str]:
    return {d.gate: d.mode for d in parse_policy(GATES + text).demands(channel, visibility, flags)}


def rule(**keys: object) -> str:
    return "[[rule]]\n" + "".join(f"{k} = {repr(v).replace(chr(39), chr(34))}\n" for k, v in {"gate": "legal", **keys}.items())


def test_by_default_every_reply_needs_legal() -> None:
    policy = parse_policy(ALL_LEGAL)
    for channel in ("x", "email", "a channel of our own"):
        for visibility in ("public", "private"):
            assert [(d.gate, d.mode) for d in policy.demands(channel, visibility)] == [("legal", "pre_approve")]
    assert not policy.tiny_team and policy.amend == "at_once"


@pytest.mark.parametrize("entry", sorted(p.name for p in resources.fixtures().joinpath("policies").iterdir() if p.name.endswith(".toml")))
def test_every_policy_that_ships_is_read(entry: str) -> None:
    text = resources.read_text(resources.fixtures(), "policies", entry)
    assert parse_policy(text, entry).gates


def test_the_last_rule_that_matches_speaks_for_its_gate() -> None:
    text = rule() + rule(id="b", mode="none", channel="email") + rule(id="c", mode="sample_after", channel="email", visibility="private")
    assert demanded(text) == {"legal": "pre_approve"}
    assert demanded(text, "email") == {"legal": "none"}
    assert demanded(text, "email", "private") == {"legal": "sample_after"}


def test_gates_are_asked_in_their_own_order_whatever_the_rules() -> None:
    assert list(demanded(rule(gate="brand") + rule(id="b"))) == ["legal", "brand"]


@pytest.mark.parametrize(("flags", "asked"), [((), False), (("promise.now",), True), (("tone",), False), (("tone", "promise"), True)])
def test_a_rule_may_speak_of_flagged_replies_only(flags: tuple[str, ...], asked: bool) -> None:
    assert bool(demanded(rule(flags=["promise"]), flags=flags)) is asked


def test_the_version_is_the_meaning_not_the_layout() -> None:
    a, b = parse_policy(ALL_LEGAL), parse_policy("# a remark\n\n" + ALL_LEGAL)
    assert a.version == b.version and a == b and a.text != b.text


@pytest.mark.parametrize(
    "change",
    ["approval_hours = 12", "undo_seconds = 0", "claim_minutes = 6", "quiet_days = 8", 'amend = "second_lawyer"', "tiny_team = true"],
)
def test_every_setting_is_part_of_the_version(change: str) -> None:
    assert parse_policy(change + "\n" + ALL_LEGAL).version != parse_policy(ALL_LEGAL).version


@pytest.mark.parametrize(
    "change",
    [rule(mode="none"), rule(channel="x"), rule(visibility="public"), rule(flags=["a"]), rule(sample_percent=1), "[limits]\nx = 9\n"],
)
def test_every_rule_and_limit_is_part_of_the_version(change: str) -> None:
    assert (
        parse_policy(GATES + rule(id="z") + change.replace("[[rule]]", '[[rule]]\nid = "y"')).version
        != parse_policy(GATES + rule(id="z") + '[[rule]]\nid = "y"\ngate = "legal"\n').version
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name = ", "TOML"),
        ("colour = 1", "colour"),
        ("name = 3", "name"),
        ("approval_hours = 0", "approval_hours"),
        ("approval_hours = nan", "approval_hours"),
        ("approval_hours = inf", "approval_hours"),
        ("undo_seconds = -1", "undo_seconds"),
        ("undo_seconds = true", "undo_seconds"),
        ('claim_minutes = "5"', "claim_minutes"),
        ('amend = "never"', "amend"),
        ('tiny_team = "yes"', "tiny_team"),
        ('[gates]\nlegal = "system"', "gates.legal"),
        ('[gates]\nlegal = ["legal"]', "gates.legal"),
        ('[gates]\n"legal team" = "legal"', "legal team"),
        ('[gates]\n"legal:x" = "legal"', "legal:x"),
        ("gates = 3", "gates"),
        ("rule = 3", "rule"),
        (rule(gate="tax"), "rule"),
        (rule(mode="later"), "mode"),
        (rule(visibility="secret"), "visibility"),
        (rule(whom="me"), "whom"),
        (rule(sample_percent=101), "sample_percent"),
        (rule(flags="promise"), "flags"),
        (rule(id="a") + rule(id="a"), "same id"),
        ("[targets]\nfirst_reply = [1, 2, 3]", "first_reply"),
        ("[targets]\nlast_reply = [1, 2, 3, 4]", "last_reply"),
        ("[limits]\nx = 0", "limits.x"),
    ],
)
def test_a_broken_policy_is_told_where(text: str, named: str) -> None:
    with pytest.raises(UsageProblem) as told:
        parse_policy(GATES + text if text.startswith("[[rule]]") else text)
    assert told.value.code == "bad_policy" and named in told.value.message


def test_a_gate_is_decided_by_its_function_and_an_unknown_one_by_nobody() -> None:
    policy = parse_policy(GATES)
    assert (policy.decides("brand"), policy.decides("tax")) == (Function.MARKETING, None)


def test_without_rules_nothing_is_demanded() -> None:
    assert demanded("") == {}


@pytest.mark.parametrize("channel", ["x", "X", " x ", "\uff58"])
@pytest.mark.parametrize("said", ["x", "X"])
def test_a_rule_about_a_channel_speaks_of_it_however_it_is_written(said: str, channel: str) -> None:
    assert demanded(rule(mode="none") + rule(id="b", channel=said), channel) == {"legal": "pre_approve"}
