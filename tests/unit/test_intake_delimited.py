"""CSV and its kin: true line numbers, and a reason for everything that is not taken in."""

from pathlib import Path

import pytest

from hubconsole.domain.terms import Direction, Visibility
from hubconsole.errors import UsageProblem
from hubconsole.intake.delimited import Delimited
from hubconsole.intake.encoding import Encoding, guess
from hubconsole.intake.records import Incoming, Reject
from hubconsole.intake.rows import id_list, normal_id


def read(path: Path, data: bytes, mapping: dict[str, str] | None = None) -> tuple[list[Incoming], list[Reject]]:
    path.write_bytes(data)
    file = Delimited(path)
    found = list(file.records(file.layout(mapping)))
    return [one for one in found if isinstance(one, Incoming)], [one for one in found if isinstance(one, Reject)]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_record_is_numbered_by_the_physical_line_it_starts_on(csv: Path) -> None:
    taken, rejected = read(csv, b'id,text\n1,"two\r\nlines\n"\n\n2,plain\n3,"a ""quote"""\n4\n')
    assert [(one.line, one.external_id, one.text) for one in taken] == [
        (2, "1", "two\r\nlines\n"),
        (6, "2", "plain"),
        (7, "3", 'a "quote"'),
    ]
    assert [(one.line, one.reason) for one in rejected] == [(8, "it has 1 of 2 columns")]


def test_a_last_record_that_breaks_off_is_one_reject_with_its_text(csv: Path) -> None:
    taken, rejected = read(csv, b'id,text\n1,whole\n2,"cut off\nin the middle')
    assert [one.external_id for one in taken] == ["1"]
    assert rejected == [Reject(3, "file.csv", "the file ends inside a quoted field", '2,"cut off\nin the middle')]


def test_a_stray_quote_costs_its_own_line_only(csv: Path) -> None:
    rows = b"".join(b"%d,row %d\n" % (n, n) for n in range(3, 60))
    taken, rejected = read(csv, b'id,text\n1,good\n2,"never closed\n' + rows)
    assert [one.line for one in rejected] == [3]
    assert [one.external_id for one in taken] == ["1", *map(str, range(3, 60))]
    assert [one.line for one in taken[1:]] == list(range(4, 61))


def test_a_bare_carriage_return_outside_quotes_is_a_reject(csv: Path) -> None:
    taken, rejected = read(csv, b"id,text\n1,good\n2,broken \r\rhere\n3,good\n")
    assert [one.line for one in taken] == [2, 4]
    assert [(one.line, one.reason) for one in rejected] == [(3, "a carriage return outside quotes breaks the record off")]


def test_nul_bytes_long_fields_and_foreign_bytes_are_rejects_and_the_rest_is_taken_in(csv: Path) -> None:
    long = b"x" * 200_000
    data = "id,text\n1,é\n2,a\0b\n".encode() + b"3," + long + b"\n4,\xff\xfe\n5,text" + b"\n6,   \n7,\xc3\xa9 last\n"
    taken, rejected = read(csv, data)
    assert [one.external_id for one in taken] == ["1", "5", "7"]
    assert [(one.line, one.reason) for one in rejected] == [
        (3, "it holds a NUL byte"),
        (4, "a field is longer than 131,072 characters"),
        (5, "it holds bytes that are not text in the file's encoding"),
        (7, "there is no text"),
    ]


def test_a_line_of_megabytes_is_a_reject_and_the_next_line_is_found_again(csv: Path) -> None:
    taken, rejected = read(csv, b"id,text\n1," + b"a," * 2_000_000 + b"\n2,good\n")
    assert [(one.line, one.external_id) for one in taken] == [(3, "2")]
    assert [one.line for one in rejected] == [2]


def test_delimiters_at_the_end_of_a_line_do_not_make_it_ragged(csv: Path) -> None:
    taken, rejected = read(csv, b"id,text\n1,one,\n2,two,,\n3,three,x\n")
    assert [one.text for one in taken] == ["one", "two"]
    assert [one.line for one in rejected] == [4]


def test_a_date_that_cannot_be_read_is_a_reject(csv: Path) -> None:
    taken, rejected = read(csv, b"id,date,text\n1,2025-01-01,x y\n2,soon,x y\n3,,x y\n4,2025-01-04,x y\n5,2025-01-05,z\n6,2025-01-06,z\n")
    assert [one.external_id for one in taken] == ["1", "3", "4", "5", "6"]
    assert [(one.line, one.reason) for one in rejected] == [(3, "'soon' is not a date that can be read")]


def test_the_order_of_day_and_month_is_settled_by_a_row_far_below_the_sample(csv: Path) -> None:
    ambiguous = b"".join(b"%d,03/04/2025,text\n" % n for n in range(3_000))
    taken, _ = read(csv, b"id,date,text\n" + ambiguous + b"9999,03/25/2025,text\n")
    assert taken[0].posted_at == 1_741_046_400_000  # 4 March
    assert len(taken) == 3_001


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf-8", "id,text\n1,Grüße 🎈\n".encode()),
        ("utf-8-sig", "id,text\n1,Grüße 🎈\n".encode("utf-8-sig")),
        ("utf-16", "id,text\n1,Grüße 🎈\n".encode("utf-16")),
        ("utf-16-le", "id,text\n1,Grüße 🎈\n".encode("utf-16-le")),
        ("utf-16-be", "id,text\n1,Grüße 🎈\n".encode("utf-16-be")),
    ],
)
def test_unicode_encodings_are_told_apart(csv: Path, name: str, data: bytes) -> None:
    taken, rejected = read(csv, data)
    assert guess(csv).name == name
    assert ([one.text for one in taken], rejected) == (["Grüße 🎈"], [])


def test_windows_1252_is_recognised_even_when_the_first_accent_comes_late(csv: Path) -> None:
    taken, rejected = read(csv, b"id,text\n" + b"1,plain\n" * 200_000 + "2,Überweisung für 5 €\n".encode("cp1252"))
    assert guess(csv) == Encoding("cp1252", "\n")
    assert taken[-1].text == "Überweisung für 5 €"
    assert rejected == []


def test_a_file_whose_lines_end_with_carriage_returns_may_have_line_feeds_in_its_cells(csv: Path) -> None:
    taken, _ = read(csv, b'id,text\r1,one\r2,"two\nlines"\r3,three\r')
    assert [(one.line, one.text) for one in taken] == [(2, "one"), (3, "two\nlines"), (4, "three")]


def test_flags_and_words_tell_the_direction_and_the_visibility(csv: Path) -> None:
    taken, _ = read(csv, b"id,inbound,private,text\n1,True,1,a b\n2,False,0,a b\n3,agent,,a b\n4,?,,a b\n")
    assert [one.direction for one in taken] == [Direction.IN, Direction.OUT, Direction.OUT, None]
    assert [one.visibility for one in taken] == [Visibility.PRIVATE, Visibility.PUBLIC, None, None]


def test_a_column_called_outbound_means_the_opposite_of_inbound(csv: Path) -> None:
    taken, _ = read(csv, b"id,outbound,text\n1,true,a b\n2,false,a b\n", {"direction": "outbound"})
    assert [one.direction for one in taken] == [Direction.OUT, Direction.IN]


@pytest.mark.parametrize("data", [b"", b"\n\n \n"])
def test_a_file_without_records_is_refused(csv: Path, data: bytes) -> None:
    with pytest.raises(UsageProblem) as problem:
        read(csv, data)
    assert problem.value.code == "empty_file"


@pytest.mark.parametrize(
    ("cell", "expected"), [("3.0", "3"), (" 7 ", "7"), ("nan", ""), ("None", ""), ("<a@b>", "a@b"), ("3.14", "3.14"), ("", ""), ("0", "0")]
)
def test_ids_are_compared_in_one_form(cell: str, expected: str) -> None:
    assert normal_id(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("9,6,10,", ("9", "6", "10")), ('["a", "b"]', ("a", "b")), ("", ()), ("3.0", ("3",)), ("nan", ()), ("5;7", ("5", "7"))],
)
def test_lists_of_ids_come_in_many_forms(cell: str, expected: tuple[str, ...]) -> None:
    assert id_list(cell) == expected


def test_progress_ends_at_the_size_of_the_file(csv: Path) -> None:
    csv.write_bytes(b"id,text\n" + b"1,hello there\n" * 2_000)
    file = Delimited(csv)
    seen: list[tuple[int, int]] = []
    list(file.records(file.layout(), progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (file.size, file.size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
