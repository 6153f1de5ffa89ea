"""What outgoing text may hold, and how long it is on its channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.domain.outgoing import length, limit, measure, problems
from hubconsole.domain.terms import CHANNELS, Visibility

PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE


@pytest.mark.parametrize("text", ["", "Hello,\nwe look into it.", "Größe 漢字 שלום", "Thanks ❤\ufe0f", "https://bank.example/a?b=c"])
def test_plain_text_has_no_problems(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "name", "span"),
    [
        ("Cafe\u0301", "not_normal", (3, 5)),
        ("a\tb", "control_character", (1, 2)),
        ("a\r\nb", "control_character", (1, 2)),
        ("a\x1b[2J", "control_character", (1, 2)),
        ("a\u2028b", "control_character", (1, 2)),
        ("a\udc00", "control_character", (1, 2)),
        ("a\u202eb", "format_character", (1, 2)),
        ("👩\u200d👧", "format_character", (1, 2)),
        ("see b\u0430nk.example now", "mixed_script_host", (4, 16)),
    ],
)
def test_each_problem_is_named_with_its_place(text: str, name: str, span: tuple[int, int]) -> None:
    [problem] = problems(text)
    assert (problem.id, (problem.start, problem.end)) == (name, span)


@pytest.mark.parametrize(
    "text",
    ["https://bank.example/x", "HTTPS://WWW.Bank.Example", "see www.bank.example.", "write to help@else.example", "no link at all. Really"],
)
def test_links_to_allowed_hosts_and_their_subdomains_pass(text: str) -> None:
    assert problems(text, links=["bank.example"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/", "https://notbank.example", "https://bank.example@evil.example/", "https://bank.example.evil.com",
        "see evil.com", "ftp://evil.example/x", "https:///nothing", "http://[::1]/",
    ],
)  # fmt: skip
def test_links_elsewhere_are_problems(text: str) -> None:
    assert [problem.id for problem in problems(text, links=["bank.example"])] == ["link_not_allowed"]


def test_without_a_list_every_host_passes_and_with_an_empty_one_none() -> None:
    assert problems("https://else.example/") == ()
    assert [problem.id for problem in problems("https://else.example/", links=())] == ["link_not_allowed"]


@given(st.text(max_size=60))
def test_problems_stay_inside_the_text(text: str) -> None:
    assert all(0 <= p.start < p.end <= len(text) for p in problems(text, links=()))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 0),
        ("hello", 5),
        ("Größe", 5),
        ("“quoted” — so", 13),
        ("漢字", 4),
        ("한글", 4),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨\u200d👩\u200d👧\u200d👦", 2),
        ("🇩🇪🇬🇧", 4),
        ("1\ufe0f\u20e3", 2),
        ("❤\ufe0f", 2),
        ("e\u0301", 1),
        ("https://bank.example/" + "a" * 200, 23),
        ("see https://a.example and http://b.example", 4 + 23 + 5 + 23),
        ("see bank.com", 4 + 23),
        ("me@bank.com", 11),
    ],
)
def test_x_counts_links_emoji_and_wide_characters_in_its_own_way(text: str, units: int) -> None:
    assert length(text, "x") == units


@pytest.mark.parametrize(("text", "units"), [("a" * 160, 160), ("€", 2), ("[x]", 5), ("漢" * 70, 160), ("漢" * 71, 163), ("👍", 5)])
def test_an_sms_is_measured_in_the_alphabet_that_it_needs(text: str, units: int) -> None:
    assert length(text, "sms") == units


def test_other_channels_count_characters_after_normalisation() -> None:
    assert length("Cafe\u0301 👍", "facebook") == 6


def test_limits_follow_the_channel_and_who_can_read() -> None:
    assert limit("x", PUBLIC) == 280
    assert limit("x", PRIVATE) == 10_000
    assert limit("facebook", PUBLIC) == 8_000
    assert limit("instagram", PUBLIC) == 2_200
    assert limit("sms", PRIVATE) == 160
    assert limit("email", PRIVATE) is None
    assert limit("pigeon", PUBLIC) is None
    assert measure("hello", "x", "public") == (5, 280)


@given(st.text(max_size=300), st.sampled_from([*CHANNELS, "sms"]))
def test_length_is_never_negative_and_the_same_for_both_spellings(text: str, channel: str) -> None:
    import unicodedata

    assert length(text, channel) >= 0
    assert length(text, channel) == length(unicodedata.normalize("NFD", text), channel)
