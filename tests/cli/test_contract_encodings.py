"""The same two enquiries in every encoding, line end and delimiter that an export comes in."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROWS = 'id,customer,text\n1,Jörg Müller,Größe?\n2,Bob,"He said ""hi"" and left"\n'
WANTED = [("Jörg Müller", "Größe?"), ("Bob", 'He said "hi" and left')]

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252")
DIALECTS = [(delimiter, end) for delimiter in (",", "\t", "|", ";") for end in ("\n", "\r\n", "\r")]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"), [*((one, ",", "\n") for one in ENCODINGS), *(("cp1252", *one) for one in DIALECTS[1:])]
)
def test_a_table_gives_the_same_enquiries_however_it_was_written(
    bank: Run, tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(ROWS.replace(",", delimiter).replace("\n", end).encode(encoding))
    done = bank("import", str(file), "--channel", "email", "--yes", "--json")
    assert done.json == {"created": 2, "updated": 0, "skipped": 0, "rejected": []}
    shown = [bank("show", row["key"], "--json").json for row in bank("list", "--json").json]
    assert [(one["customer"], one["messages"][0]["text"]) for one in shown] == WANTED
    again = bank("import", str(file), "--channel", "email", "--yes", "--json")
    assert again.json == {"created": 0, "updated": 0, "skipped": 2, "rejected": []}
