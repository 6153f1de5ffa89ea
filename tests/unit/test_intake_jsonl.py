"""JSON Lines: nested names, and a line number for every bad line."""

from pathlib import Path

import pytest

from hubconsole.errors import UsageProblem
from hubconsole.intake.jsonl import JsonLines
from hubconsole.intake.records import Incoming, Reject


def read(path: Path, text: str, mapping: dict[str, str] | None = None) -> tuple[list[Incoming], list[Reject]]:
    path.write_bytes(text.encode())
    file = JsonLines(path)
    found = list(file.records(file.layout(mapping)))
    return [one for one in found if isinstance(one, Incoming)], [one for one in found if isinstance(one, Reject)]


def test_nested_fields_and_lists_of_ids_are_found(tmp_path: Path) -> None:
    text = (
        '{"id": 1, "user": {"name": "Ann", "screen_name": "ann"}, "text": "first words", "replies": [2, 3], "created_at": 1509487847}\n'
        '\n{"id": 2, "user": {"name": "Bob"}, "text": "second words", "in_reply_to_id": 1.0}\n'
    )
    taken, rejected = read(tmp_path / "a.jsonl", text)
    assert rejected == []
    assert [(one.line, one.external_id, one.author, one.handle) for one in taken] == [(1, "1", "Ann", "ann"), (3, "2", "Bob", "")]
    assert taken[0].replies == ("2", "3")
    assert taken[0].posted_at == 1_509_487_847_000
    assert taken[1].reply_to == "1"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "it is not JSON"),
        ("[1, 2]", "it is not a JSON object"),
        ("3", "it is not a JSON object"),
        ('{"text": ""}', "there is no text"),
        ('{"text": "\\u0000"}', "NUL"),
        ('{"text": "half \\ud83d a pair"}', "not text"),
        ('{"text": "' + "x" * 140_000 + '"}', "longer than"),
        ("[" * 200_000, "nested too deeply"),
        ('{"text": ' + "9" * 5_000 + "}", ""),
    ],
)
def test_a_bad_line_is_a_reject_with_its_number_and_its_neighbours_are_taken_in(tmp_path: Path, line: str, reason: str) -> None:
    taken, rejected = read(tmp_path / "a.jsonl", '{"text": "good one"}\n' + line + '\n{"text": "another"}\n')
    assert [one.line for one in taken] == [1, 3]
    assert [one.line for one in rejected] == [2]
    assert reason in rejected[0].reason


def test_a_mapping_reaches_nested_names(tmp_path: Path) -> None:
    taken, _ = read(tmp_path / "a.jsonl", '{"a": {"b": "the words"}, "text": "other"}\n', {"text": "a.b"})
    assert taken[0].text == "the words"


def test_a_file_without_any_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as problem:
        read(tmp_path / "a.jsonl", "x\ny\n")
    assert problem.value.code == "empty_file"
