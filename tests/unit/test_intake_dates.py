"""Dates in files: every style, the order of day and month, naive times."""

from datetime import UTC, datetime

import pytest

from hubconsole.errors import UsageProblem
from hubconsole.intake.dates import disagree, guess_style, reader, zone_named


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("cell", "style", "expected"),
    [
        ("2017-10-31T22:10:47Z", "iso", ms(2017, 10, 31, 22, 10, 47)),
        ("2017-10-31 22:10:47+02:00", "iso", ms(2017, 10, 31, 20, 10, 47)),
        ("2017-10-31", "iso", ms(2017, 10, 31)),
        ("2017-10-31 22:10:47 UTC", "iso", ms(2017, 10, 31, 22, 10, 47)),
        ("2017-10-31T22:10:47.250Z", "iso", ms(2017, 10, 31, 22, 10, 47) + 250),
        ("Tue Oct 31 22:10:47 +0000 2017", "tweet", ms(2017, 10, 31, 22, 10, 47)),
        ("Tue Oct 31 22:10:47 -0330 2017", "tweet", ms(2017, 11, 1, 1, 40, 47)),
        ("Tue, 31 Oct 2017 22:10:47 +0100", "mail", ms(2017, 10, 31, 21, 10, 47)),
        ("1509487847", "epoch", ms(2017, 10, 31, 22, 10, 47)),
        ("1509487847250", "epoch", ms(2017, 10, 31, 22, 10, 47) + 250),
        ("31/10/2017 22:10", "dmy", ms(2017, 10, 31, 22, 10)),
        ("31.10.17", "dmy", ms(2017, 10, 31)),
        ("10/31/2017 10:10:47 PM", "mdy", ms(2017, 10, 31, 22, 10, 47)),
        ("2017/10/31 22:10", "dmy", ms(2017, 10, 31, 22, 10)),
        ("31 Oct 2017 22:10", "words", ms(2017, 10, 31, 22, 10)),
        ("Oct 31, 2017 12:10 AM", "words", ms(2017, 10, 31, 0, 10)),
        ("31. Dezember 2017", "words", ms(2017, 12, 31)),
    ],
)
def test_a_date_is_read_to_the_millisecond_in_the_style_its_column_is_guessed_to_have(cell: str, style: str, expected: int) -> None:
    assert guess_style([cell]) is not None
    assert reader(style)(cell) == expected


def test_one_day_above_twelve_decides_the_order_for_the_whole_column() -> None:
    american = ["03/04/2025 10:00", "03/25/2025 10:00"]
    european = ["03/04/2025 10:00", "25/03/2025 10:00"]
    assert guess_style(american) == "mdy"
    assert guess_style(european) == "dmy"
    assert reader("mdy")("03/04/2025") == ms(2025, 3, 4)
    assert reader("dmy")("03/04/2025") == ms(2025, 4, 3)


def test_an_undecided_order_is_european_unless_the_clock_has_twelve_hours() -> None:
    assert not disagree(["03/04/2025", "05/06/2025"])
    assert guess_style(["03/04/2025"]) == "dmy"
    assert guess_style(["03/04/2025 01:00 PM"]) == "mdy"


def test_a_naive_time_is_utc_unless_a_zone_is_given() -> None:
    assert reader("iso")("2025-07-01 12:00") == ms(2025, 7, 1, 12)
    assert reader("iso", zone_named("Europe/Zurich"))("2025-07-01 12:00") == ms(2025, 7, 1, 10)
    assert reader("iso", zone_named("Europe/Zurich"))("2025-07-01 12:00Z") == ms(2025, 7, 1, 12)


def test_an_unknown_zone_is_a_usage_problem_that_names_it() -> None:
    for name in ("Europe/Atlantis", "../../etc/passwd", "", "\0"):
        with pytest.raises(UsageProblem) as problem:
            zone_named(name)
        assert problem.value.code == "unknown_timezone"


@pytest.mark.parametrize("cell", ["yesterday", "32/01/2025", "2025-13-01", "99/99/9999", "1850-01-01", "9" * 30, "25:61", "\0", "Oct"])
def test_what_is_no_date_is_refused_with_a_reason(cell: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        reader("dmy")(cell)


def test_an_empty_cell_has_no_time() -> None:
    assert reader("iso")("  ") is None


def test_day_and_month_are_never_swapped_from_row_to_row() -> None:
    with pytest.raises(ValueError, match="not a date"):
        reader("dmy")("03/25/2025")


def test_numbers_count_as_times_only_where_the_column_may_hold_times() -> None:
    assert guess_style(["1509487847", "1509487848"]) == "epoch"
    assert guess_style(["1509487847", "1509487848"], numbers=False) is None
