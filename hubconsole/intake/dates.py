"""Dates in files: a style is guessed over a column, then every value is read in that style."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from hubconsole.errors import UsageProblem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_LATEST = 7_258_118_400_000  # the year 2200: later values are not times of messages
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar janvier enero gennaio ene gen",
            "feb februar fév février febrero febbraio fev",
            "mar mär märz mars marzo mrz",
            "apr april avr avril abril aprile abr",
            "may mai mayo maggio mag",
            "jun juni juin junio giugno giu",
            "jul juli juillet julio luglio lug",
            "aug august août aou agosto ago",
            "sep sept september septembre septiembre settembre set",
            "oct okt oktober octobre octubre ottobre ott",
            "nov november novembre noviembre",
            "dec dez dezember décembre déc diciembre dicembre dic",
        ),
        start=1,
    )
    for name in names.split()
} | {
    name: number
    for number, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"), start=1
    )
}
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_NUMERIC = re.compile(rf"(\d{{1,4}})[/.\-](\d{{1,2}})[/.\-](\d{{1,4}})(?:[ T,]+{_CLOCK})?")
_WORDS = re.compile(
    r"(?:\w+\.?,?\s+)??(?:(\d{1,2})\.?[ \-]([^\W\d_]+)|([^\W\d_]+)\.?[ \-](\d{1,2})),?\.?[ \-](\d{4})" rf"(?:[ T,]+(?:at\s+)?{_CLOCK})?"
)
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")
STYLES = ("iso", "tweet", "mail", "epoch", "dmy", "mdy", "words")
"""The styles that can be guessed or asked for."""


def zone_named(name: str | None) -> tzinfo:
    """The time zone of naive times; None is UTC. Raises UsageProblem ``unknown_timezone``."""
    if name is None or name.upper() in ("UTC", "Z"):
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as problem:  # ZoneInfoNotFoundError is a KeyError on some paths
        raise _no_zone(name) from problem
    except KeyError as problem:
        raise _no_zone(name) from problem


def reader(style: str, zone: tzinfo = UTC) -> Callable[[str], int | None]:
    """A function from a cell to milliseconds (UTC), None for an empty cell; ValueError when it is no date."""
    # a value in another unmistakable style is still read; day and month are never swapped from row to row
    order = [style, *(other for other in ("iso", "tweet", "mail", "epoch", "words") if other != style)]
    parsers = [_PARSERS[name] for name in order]

    def read(cell: str) -> int | None:
        cell = cell.strip()
        if not cell:
            return None
        for parse in parsers:
            try:
                moment = parse(cell)
            except (ValueError, TypeError, IndexError, KeyError, OverflowError):
                continue
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            try:
                ms = (moment - _EPOCH) // _MS
            except OverflowError:
                break
            if 0 <= ms < _LATEST:
                return ms
            break
        raise ValueError(f"'{cell[:40]}' is not a date that can be read")

    return read


def guess_style(cells: Iterable[str], *, numbers: bool = True) -> str | None:
    """The style that reads at least four fifths of the non-empty cells, or None.

    ``numbers`` says whether bare numbers may be epoch times; ids look like them too.
    """
    cells = [cell for cell in (cell.strip() for cell in cells) if cell and cell.lower() not in ("null", "none", "nan")]
    if not cells:
        return None
    best, most = None, 0
    for style in STYLES:
        if style == "epoch" and not numbers:
            continue
        found = sum(_reads(_PARSERS[style], cell) for cell in cells)
        if found > most:
            best, most = style, found
    if best in ("dmy", "mdy") and not disagree(cells) and any(_half_day(cell) for cell in cells):
        best = "mdy"  # a twelve-hour clock with an undecided order: the American form
    return best if most * 5 >= len(cells) * 4 else None


def disagree(cells: Iterable[str]) -> bool:
    """Whether some cell settles the order of day and month, because one of the two is above 12."""
    for cell in cells:
        match = _NUMERIC.match(cell.strip())
        if match and len(match[1]) < 3 and (int(match[1]) > 12 or int(match[2]) > 12):
            return True
    return False


def _no_zone(name: str) -> UsageProblem:
    return UsageProblem("unknown_timezone", f"The time zone '{name[:60]}' is not known.", "Give a name such as Europe/Zurich or UTC.")


def _half_day(cell: str) -> bool:
    match = _NUMERIC.match(cell)
    return bool(match and match[8])


def _reads(parse: Callable[[str], datetime], cell: str) -> bool:
    try:
        return 1970 <= parse(cell).year < 2200
    except (ValueError, TypeError, IndexError, KeyError, OverflowError):
        return False


def _iso(cell: str) -> datetime:
    if len(cell) < 8 or cell.isdigit():
        raise ValueError(cell)
    if cell.endswith(" UTC"):
        cell = cell[:-4] + "+00:00"
    return datetime.fromisoformat(cell)


def _tweet(cell: str) -> datetime:
    _, month, day, clock, zone, year = cell.split()
    hour, minute, second = clock.split(":")
    return datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second), tzinfo=_offset(zone))


def _mail(cell: str) -> datetime:
    if ":" not in cell or (cell[:1].isdigit() and ("/" in cell or "." in cell[:5] or "-" in cell[:5])):
        raise ValueError(cell)
    return parsedate_to_datetime(cell)


def _epoch(cell: str) -> datetime:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(cell)
    value = float(cell)
    while value >= 1e11:  # milliseconds, microseconds, nanoseconds
        value /= 1000
    return _EPOCH + timedelta(milliseconds=round(value * 1000))


def _numeric(day_first: bool) -> Callable[[str], datetime]:
    def parse(cell: str) -> datetime:
        match = _NUMERIC.fullmatch(cell)
        if not match:
            raise ValueError(cell)
        first, second, third = int(match[1]), int(match[2]), int(match[3])
        if len(match[1]) == 4:
            year, month, day = first, second, third
        else:
            year = third if len(match[3]) == 4 else 2000 + third
            day, month = (first, second) if day_first else (second, first)
        return _moment(year, month, day, match.groups()[3:])

    return parse


def _words(cell: str) -> datetime:
    match = _WORDS.fullmatch(cell)
    if not match:
        raise ValueError(cell)
    day, month = match[1] or match[4], match[2] or match[3]
    return _moment(int(match[5]), _MONTHS[month.lower()], int(day), match.groups()[5:])


def _moment(year: int, month: int, day: int, clock: Sequence[str | None]) -> datetime:
    hour, minute, second, fraction, half, zone = clock
    micro = int((fraction or "0").ljust(6, "0")[:6])
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(half)
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return datetime(year, month, day, hours, int(minute or 0), int(second or 0), micro, tzinfo=_offset(zone) if zone else None)


def _offset(zone: str) -> tzinfo:
    if zone in ("+0000", "Z", "UTC", "GMT"):
        return UTC
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


_PARSERS: dict[str, Callable[[str], datetime]] = {
    "iso": _iso,
    "tweet": _tweet,
    "mail": _mail,
    "epoch": _epoch,
    "dmy": _numeric(True),
    "mdy": _numeric(False),
    "words": _words,
}
