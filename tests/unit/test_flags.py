"""What the rules find in a reply, and which rule packs are accepted."""

import re
import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.detectors import card_number, hidden_characters, iban, mixed_script_host, passes_luhn
from hubconsole.domain.flags import MAX_FINDINGS, MAX_TEXT, UNCHECKED, Pack, Rule, check, core_pack, find, flag_words, load_pack
from hubconsole.domain.pattern_guard import MAX_PATTERN, compile_pattern
from hubconsole.domain.terms import Severity, Visibility
from hubconsole.errors import UsageProblem

RULES = core_pack().rules
PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
REPLY = (
    "We are sorry your card payment did not go through, we will look into it with the card team and be back to you here "
    "as soon as we know more about what happened to the payment that you tried to make at the shop in Springfield on "
    "Saturday morning, please bear with us a little while."
)


def found(rule: Rule, text: str) -> list[str]:
    """The words that one rule points at."""
    return [text[f.start : f.end] for f in check(text, visibility=rule.where or PUBLIC) if f.rule == rule.id]


def one_rule(**changed: str) -> str:
    """A pack of one rule, with these keys set otherwise; empty text leaves the key out."""
    keys = {"id": "'x_rule'", "title": "'X'", "severity": "'warn'", "where": "'any'", "pattern": "'abc'", "message": "'m'"} | changed
    body = "\n".join(f"{key} = {value}" for key, value in keys.items() if value)
    return f"id = 'p'\ntitle = 'P'\nversion = 1\n[[rule]]\n{body}\n"


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule in RULES for text in rule.yes], ids=lambda v: ascii(getattr(v, "id", v)))
def test_the_core_rules_find_their_examples(rule: Rule, text: str) -> None:
    assert found(rule, text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule in RULES for text in rule.no], ids=lambda v: ascii(getattr(v, "id", v)))
def test_the_core_rules_leave_their_counter_examples_alone(rule: Rule, text: str) -> None:
    assert found(rule, text) == []


def test_every_core_rule_has_examples_both_ways_and_says_what_to_do() -> None:
    assert [rule.id for rule in RULES if not (rule.yes and rule.no and rule.suggestion)] == []


def test_flags_are_in_order_and_name_their_words() -> None:
    text = "It was our fault. We will refund the fee by Friday."
    flags = check(text, visibility=PUBLIC)
    assert [(f.rule, text[f.start : f.end]) for f in flags] == [
        ("admission", "our fault"),
        ("promise", "We will refund"),
        ("fee", "fee"),
        ("promise_date", "by Friday"),
    ]
    assert flags[0].id == "admission@7-16"
    assert flags[0].severity is Severity.WARN


def test_rules_speak_only_where_they_apply() -> None:
    text = "Please send us your account number"
    assert [f.rule for f in check(text, visibility=PUBLIC)] == ["privacy_ask"]
    assert check(text, visibility=PRIVATE) == ()
    number = "GB29 NWBK 6016 1331 9268 19"
    assert [(f.rule, f.severity) for f in check(number, visibility=PUBLIC)] == [("iban_public", Severity.BLOCK)]
    assert [(f.rule, f.severity) for f in check(number, visibility=PRIVATE)] == [("iban", Severity.WARN)]


def test_typographic_characters_do_not_hide_a_promise() -> None:
    assert [f.rule for f in check("We’ll\u00a0refund it", visibility=PUBLIC)] == ["promise"]
    assert "card_number" in [f.rule for f in check("４１１１１１１１１１１１１１１１", visibility=PUBLIC)]


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("We gu\u0430rantee a refund", "guarantee", "gu\u0430rantee"),
        ("W\u0435 pr\u043emise a refund", "promise", "W\u0435 pr\u043emise"),
        ("We guaran\u00adtee it", "guarantee", "guaran\u00adtee"),
        ("We gua\u200brantee it", "guarantee", "gua\u200brantee"),
        ("\U0001d5d6 \U0001d420uaranteed", "guarantee", "\U0001d420uaranteed"),
        ("It was our\nfault", "admission", "our\nfault"),
        ("We\tpromise", "promise", "We\tpromise"),
    ],
)
def test_a_promise_in_other_letters_is_still_a_promise(text: str, rule: str, words: str) -> None:
    assert [text[f.start : f.end] for f in check(text, visibility=PRIVATE) if f.rule == rule] == [words]


def test_a_word_of_two_scripts_stops_the_reply_until_it_is_named() -> None:
    text = "We gu\u0430rantee it, Привет"
    (flag,) = [f for f in find(text, "x", "public") if f.rule == "mixed_script_word"]
    assert (text[flag.start : flag.end], flag.severity) == ("gu\u0430rantee", Severity.BLOCK)
    assert flag_words(text, "x", "public") == ("guarantee:warn", "mixed_script_word:block")
    assert flag_words("Привет, спасибо. Γεια σου", "x", "public") == ()
    assert flag_words("see b\u0430nk.example", "x", "public") == ("mixed_script_host:block",)


def test_card_numbers_stand_out_from_the_digits_around_them() -> None:
    text = "12 4111-1111-1111-1111 123"
    assert [text[a:b] for a, b in card_number(text)] == ["4111-1111-1111-1111"]
    assert list(card_number("4" * 61)) == []


@given(st.integers(10**14, 10**15 - 1))
def test_a_wrong_digit_never_passes_as_a_card(stem: int) -> None:
    good = [digit for digit in "0123456789" if passes_luhn(f"{stem}{digit}")]
    assert len(good) == 1


def test_an_iban_is_found_among_words_and_only_with_its_own_length() -> None:
    text = "to DE89 3704 0044 0532 0130 00 please"
    assert [text[a:b] for a, b in iban(text)] == ["DE89 3704 0044 0532 0130 00"]
    assert list(iban("DE8937040044053201300012")) == []
    assert list(iban("XX8937040044053201300012")) == []


def test_hidden_characters_are_reported_as_runs() -> None:
    text = "a\u200b\u200bb\u202ec"
    assert list(hidden_characters(text)) == [(1, 3), (4, 5)]


def test_hosts_in_one_script_are_left_alone() -> None:
    assert list(mixed_script_host("bank.example пример.рф 例え.テスト größe.example")) == []
    assert list(mixed_script_host("b\u0430nk.example")) == [(0, 12)]


def test_what_outgoing_text_may_not_hold_is_a_blocking_flag_once() -> None:
    assert flag_words("a\u200bb\tc", "x", "public") == ("control_character:block", "hidden_characters:block")
    assert [f.rule for f in find("a\u200bb", "x", "public")] == ["hidden_characters"]
    assert flag_words("Thank you.", "x", "public") == ()


def test_flag_words_have_no_space_and_one_colon() -> None:
    words = flag_words("Guaranteed, we will refund the fee by Friday, 3.5 %, \u202e 4111111111111111", "email", "private")
    assert "card_number:block" in words
    assert all(re.fullmatch(r"[a-z_]+:(?:info|warn|block)", word) for word in words)
    assert words == tuple(sorted(set(words)))


def test_what_lies_beyond_the_checked_length_stops_the_reply() -> None:
    flags = check("x" * (MAX_TEXT + 5), visibility=PUBLIC)
    assert [(f.rule, f.start, f.end, f.severity) for f in flags] == [(UNCHECKED, MAX_TEXT, MAX_TEXT + 5, Severity.BLOCK)]


def test_one_rule_raises_a_bounded_number_of_flags() -> None:
    assert len(check("guarantee " * 500, visibility=PUBLIC)) == MAX_FINDINGS


@given(st.text(max_size=200), st.sampled_from(list(Visibility)))
def test_flags_stay_inside_the_text_and_come_out_the_same_again(text: str, visibility: Visibility) -> None:
    flags = check(text, visibility=visibility)
    assert all(0 <= f.start < f.end <= len(text) for f in flags)
    assert list(flags) == sorted(flags, key=lambda f: (f.start, f.end))
    assert len({f.id for f in flags}) == len(flags)
    assert flags == check(text, visibility=visibility)


def test_a_later_pack_replaces_a_rule_by_its_id() -> None:
    own = load_pack(one_rule(id="'fee'", pattern="'pineapple'", severity="'block'"), "own.toml")
    flags = check("a fee for a pineapple", visibility=PUBLIC, packs=(core_pack(), own))
    assert [(f.rule, f.start, f.severity) for f in flags] == [("fee", 12, Severity.BLOCK)]


def test_a_pack_is_read_with_its_rules() -> None:
    pack = load_pack(one_rule(suggestion="'s'", yes="['abc']"), "p.toml")
    assert isinstance(pack, Pack)
    assert (pack.id, pack.version, pack.origin, pack.rules[0].yes, pack.rules[0].where) == ("p", 1, "p.toml", ("abc",), None)


@pytest.mark.parametrize(
    ("toml_text", "says"),
    [
        ("id = ", "not valid TOML"),
        ("id = 'p'\ntitle = 'P'\nversion = 1\n", "no [[rule]]"),
        (one_rule().replace("version = 1", "version = true"), "'version'"),
        (one_rule().replace("version = 1", "version = 1\nsize = 2"), "unknown key 'size'"),
        (one_rule(id="'No Good'"), "rule 1 needs an 'id'"),
        (one_rule(severity="'fatal'"), "'severity'"),
        (one_rule(where="'moon'"), "'where'"),
        (one_rule(pattern=""), "either a 'pattern' or a 'detector'"),
        (one_rule(detector="'iban'"), "either a 'pattern' or a 'detector'"),
        (one_rule(pattern="", detector="'magic'"), "card_number"),
        (one_rule(pattern="'('"), "pattern is not accepted"),
        (one_rule(message="''"), "'message'"),
        (one_rule(yes="'abc'"), "'yes'"),
        (one_rule(colour="'red'"), "unknown key 'colour'"),
        (one_rule() + one_rule().partition("[[rule]]")[1] + one_rule().partition("[[rule]]")[2], "occurs twice"),
    ],
)
def test_a_bad_pack_is_refused_with_its_name_and_the_reason(toml_text: str, says: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        load_pack(toml_text, "mine.toml")
    assert caught.value.code == "bad_pack"
    assert "mine.toml" in caught.value.message
    assert says in caught.value.message


@pytest.mark.parametrize(
    "pattern",
    [
        "a*", "a+b", "a{3,}", ".{0,40}.{0,400}.{0,400}x", "(?:a{1,9}){1,9}b", "(?:a|aa){1,30}b", "(?:a?){30}b", r"(a)\1",
        "(?i)a", "[a", "a" * (MAX_PATTERN + 1), "(?:" * 9 + "a" + ")" * 9, "(?(1)a|b)", "(?:a|a)" * 40,
    ],
)  # fmt: skip
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "bad_pattern"


@pytest.mark.parametrize(
    "pattern",
    ["abc", r"\bwe(?:'ll| will)\b[^.]{0,60}?\brefund", r"[\]*+]{1,5}", "[]*]", "[^]+]", "(?:ab){1,9}", "a{", r"(?P<x>a)?b", r"\*\+"],
)
def test_bounded_patterns_are_accepted(pattern: str) -> None:
    assert compile_pattern(pattern).flags & re.IGNORECASE


@pytest.mark.parametrize("unit", ["a ", "we will ", "1", "4111 ", "send your ", "x.", "http://", "\u0430.", "DE89 ", "free account "])
def test_no_text_takes_the_core_rules_long(unit: str) -> None:
    started = time.process_time()
    check((unit * MAX_TEXT)[:MAX_TEXT], visibility=PUBLIC)
    assert time.process_time() - started < 2


def test_a_short_reply_is_checked_in_about_a_millisecond() -> None:
    check(REPLY, visibility=PUBLIC)
    assert min(timeit.repeat(lambda: check(REPLY, visibility=PUBLIC), number=20, repeat=5)) / 20 < 0.003
