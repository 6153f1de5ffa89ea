"""One parser for every time that people type."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.clock import DAY, HOUR, MINUTE
from hubconsole.errors import UsageProblem
from hubconsole.times import END_OF_DAY, MIDNIGHT, clock_words, coming, length_of, moment

NOW_AT = datetime(2026, 11, 22, 15, 0)
NOW = round(NOW_AT.timestamp() * 1000)


def ms(*parts: int) -> int:
    """A local time."""
    return round(datetime(*parts).timestamp() * 1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "ahead", "back"),
    [
        ("45m", NOW + 45 * MINUTE, NOW - 45 * MINUTE),
        (" 2 H ", NOW + 2 * HOUR, NOW - 2 * HOUR),
        ("3 days", NOW + 3 * DAY, NOW - 3 * DAY),
        ("1w", NOW + 7 * DAY, NOW - 7 * DAY),
        ("14:30", ms(2026, 11, 23, 14, 30), ms(2026, 11, 22, 14, 30)),
        ("15:00", ms(2026, 11, 23, 15, 0), ms(2026, 11, 22, 15, 0)),
        ("9:05", ms(2026, 11, 23, 9, 5), ms(2026, 11, 22, 9, 5)),
        ("23:59", ms(2026, 11, 22, 23, 59), ms(2026, 11, 21, 23, 59)),
        ("tomorrow", ms(2026, 11, 23, 9, 0), ms(2026, 11, 23, 9, 0)),
        ("Tomorrow 07:15", ms(2026, 11, 23, 7, 15), ms(2026, 11, 23, 7, 15)),
        ("yesterday 07:15", ms(2026, 11, 21, 7, 15), ms(2026, 11, 21, 7, 15)),
        ("25 Nov", ms(2026, 11, 25, 9, 0), ms(2025, 11, 25, 9, 0)),
        ("1. january 16:30", ms(2027, 1, 1, 16, 30), ms(2026, 1, 1, 16, 30)),
        ("22 nov 2026, 16:30", ms(2026, 11, 22, 16, 30), ms(2026, 11, 22, 16, 30)),
        ("29 feb", ms(2028, 2, 29, 9, 0), ms(2024, 2, 29, 9, 0)),
        ("2026-11-25", ms(2026, 11, 25, 9, 0), ms(2026, 11, 25, 9, 0)),
        ("2026-11-25 10:00", ms(2026, 11, 25, 10, 0), ms(2026, 11, 25, 10, 0)),
        ("2026-11-25t10:00:05", ms(2026, 11, 25, 10, 0, 5), ms(2026, 11, 25, 10, 0, 5)),
    ],
)
def test_what_people_type_is_what_they_mean(text: str, ahead: int, back: int) -> None:
    assert moment(text, NOW) == ahead
    assert moment(text, NOW, back=True) == back


def test_a_zone_is_taken_at_its_word() -> None:
    meant = round(datetime(2026, 11, 25, 10, 0, tzinfo=UTC).timestamp() * 1000)
    assert moment("2026-11-25T10:00Z", NOW) == moment("2026-11-25 12:00+02:00", NOW) == meant


def test_a_day_alone_means_what_the_caller_says() -> None:
    assert moment("2026-11-25", NOW, day=END_OF_DAY) == ms(2026, 11, 25, 23, 59)
    assert moment("25 nov", NOW, day=MIDNIGHT) == ms(2026, 11, 25, 0, 0)


@pytest.mark.parametrize(
    "text",
    ["", " ", "soon", "25:00", "12:60", "0m", "m", "-2h", "2.5h", "31 feb", "30 feb 2027", "2026-13-01", "٣m", "1 m m", "tomorrow x"],
)
def test_what_is_no_time_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(UsageProblem) as no:
        moment(text, NOW)
    assert no.value.code == "bad_time" and "14:30" in no.value.hint


def test_what_has_gone_by_is_no_time_to_come() -> None:
    assert coming("15:01", NOW) == NOW + MINUTE
    for text in ("2026-11-22 15:00", "yesterday", "2000-01-01", "today 14:59"):
        with pytest.raises(UsageProblem) as no:
            coming(text, NOW)
        assert no.value.code == "past_time", text


def test_lengths_are_lengths_only() -> None:
    assert (length_of("30m"), length_of("1 week")) == (30 * MINUTE, 7 * DAY)
    for text in ("0h", "14:30", "tomorrow", "1y"):
        with pytest.raises(UsageProblem):
            length_of(text)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_usage_problem(text: str) -> None:
    for back in (False, True):
        try:
            assert isinstance(moment(text, NOW, back=back), int)
        except UsageProblem as no:
            assert no.code == "bad_time"


@pytest.mark.parametrize("text", ["14:30", "tomorrow 09:00", "25 nov 10:00", "3 mar 2028 10:00"])
def test_what_is_shown_can_be_typed(text: str) -> None:
    at = coming(text, NOW)
    shown = clock_words(at, NOW)
    assert coming(shown.partition(" ")[2] if shown[:3].isalpha() and shown[3] == " " else shown, NOW) == at
