"""Times as people type them, and numbers with their nouns."""

from __future__ import annotations

from datetime import datetime

import pytest

from hubconsole.clock import DAY, HOUR, MINUTE
from hubconsole.errors import UsageProblem
from hubconsole.tui.times import clock_words, moment
from hubconsole.tui.wording import either, enquiries, sentence, thousands, within


def _at(*parts: int) -> int:
    return round(datetime(*parts).timestamp() * 1000)  # type: ignore[arg-type]


NOW = _at(2026, 11, 21, 14, 0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("45m", NOW + 45 * MINUTE),
        ("2h", NOW + 2 * HOUR),
        ("1w", NOW + 7 * DAY),
        ("14:30", _at(2026, 11, 21, 14, 30)),
        ("13:30", _at(2026, 11, 22, 13, 30)),
        ("Tomorrow  09:00", _at(2026, 11, 22, 9, 0)),
        ("tomorrow", _at(2026, 11, 22, 9, 0)),
        ("2026-11-25 10:00", _at(2026, 11, 25, 10, 0)),
        ("2026-11-25", _at(2026, 11, 25, 9, 0)),
    ],
)
def test_a_time_is_understood_as_people_type_it(text: str, wanted: int) -> None:
    assert moment(text, NOW) == wanted


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01 10:00", "9999999d", "²h", "tomorrow 9", "-5m"])
def test_what_is_no_time_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(UsageProblem, match="is no time"):
        moment(text, NOW)


def test_a_time_that_has_gone_by_is_refused() -> None:
    with pytest.raises(UsageProblem, match="has gone by"):
        moment("2026-11-20 10:00", NOW)


def test_a_time_to_come_is_said_in_few_words() -> None:
    assert clock_words(_at(2026, 11, 21, 14, 30), NOW) == "14:30"
    assert clock_words(_at(2026, 11, 22, 9, 0), NOW) == "tomorrow 09:00"
    assert clock_words(_at(2026, 11, 25, 10, 0), NOW) == "Wed 25 Nov 10:00"


def test_numbers_nouns_and_stops() -> None:
    assert (enquiries(1), enquiries(3080)) == ("1 enquiry", "3\N{NO-BREAK SPACE}080 enquiries")
    assert thousands(999) == "999"
    assert sentence("no such case.") == "No such case."
    assert sentence("let E-1 stand (praise):") == "Let E-1 stand (praise)."
    assert (within("Sending E-57"), within("E-57 leaves")) == ("sending E-57", "E-57 leaves")
    assert (either(("legal",)), either(("a", "b", "c"))) == ("legal", "a, b or c")
