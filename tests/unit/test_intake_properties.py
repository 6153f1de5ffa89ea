"""Whatever a file holds: no crash, nothing lost, nothing counted twice, and what was written comes back."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubconsole.errors import UsageProblem
from hubconsole.intake.delimited import Delimited
from hubconsole.intake.jsonl import JsonLines
from hubconsole.intake.mail import parse
from hubconsole.intake.records import Incoming, Reject
from hubconsole.intake.sources import open_source
from hubconsole.intake.threads import Threads
from tests.corpora import needed

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
cells = st.sampled_from(
    ["", "x", '"', '""', ",", "\n", "\r\n", "\r", "\0", "é", "a b c d e f g", "2025-01-01", "3.0", "'", "\\", "\x1b[31m"]
)
junk = st.lists(cells, max_size=40).map("".join)


def write(path: Path, rows: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_bytes(buffer.getvalue().encode())


@given(texts=st.lists(words, min_size=1, max_size=12))
@settings(max_examples=150)
def test_every_text_comes_back_exactly_with_the_line_it_stands_on(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a.csv"
    write(path, [["id", "text"], *([str(n), text] for n, text in enumerate(texts))])
    file = Delimited(path)
    found = list(file.records(file.layout()))
    line = 2
    for text, one in zip(texts, found, strict=True):
        assert one.line == line
        line += 1 + text.count("\n")
        if text.strip():
            assert isinstance(one, Incoming)
            assert one.text == text
        else:
            assert isinstance(one, Reject)


@given(body=junk, head=st.sampled_from(["id,text\n", "", "text\n", "1;2\n", "{", "From a\n", "From: a@b\n\n"]))
@settings(max_examples=300)
def test_no_file_makes_the_import_crash(body: str, head: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a"
    path.write_bytes((head + body).encode())
    try:
        source = open_source(path)
        found = list(source.records(source.layout()) if isinstance(source, Delimited | JsonLines) else source.records())
    except UsageProblem:
        return
    lines = [one.line for one in found]
    assert lines == sorted(lines)
    assert all(one.reason for one in found if isinstance(one, Reject))


@given(rows=st.lists(junk, max_size=15))
@settings(max_examples=200)
def test_no_line_starts_two_records(rows: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a.csv"
    lines = [f"{n},{row}\n" for n, row in enumerate(rows)]
    path.write_bytes(("id,text\n" + "".join(lines)).encode())
    file = Delimited(path)
    found = list(file.records(file.layout({"id": "1", "text": "2"} if len(file.columns) > 1 else {"text": "1"})))
    assert len({one.line for one in found}) == len(found)


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_no_bytes_make_the_mail_parser_crash(data: bytes) -> None:
    for head in (b"", b"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n", b"Subject: =?utf-8?"):
        try:
            parse(head + data, 1, "a")
        except ValueError as problem:
            assert str(problem)


links = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.lists(st.integers(0, 12), max_size=3)), max_size=20)


@given(links)
@settings(max_examples=300)
def test_every_message_is_in_exactly_one_conversation_with_all_it_is_tied_to(found: list[tuple[int, int, list[int]]]) -> None:
    threads = Threads()
    there = {one: (one, parent, others) for one, parent, others in reversed(found)}
    for one, parent, others in there.values():
        threads.add(Incoming(1, "f", str(one), external_id=str(one), reply_to=str(parent), replies=tuple(map(str, others))), "x")
    home: dict[str, int] = {}
    for number, conversation in enumerate(threads.conversations(lambda channel, ids: {}, lambda enquiry_id, messages: [])):
        for message in conversation.messages:
            assert message.external_id not in home
            home[message.external_id] = number
    assert set(home) == {str(one) for one in there}
    for one, parent, others in there.values():
        for other in (parent, *others):
            assert home.get(str(other), home[str(one)]) == home[str(one)]


def test_every_naughty_string_passes_through_a_table_unchanged(tmp_path: Path) -> None:
    file = needed("hostile/blns.json")
    payloads = json.loads(needed("hostile/terminal_payloads.json").read_text(encoding="utf-8"))
    strings = json.loads(file.read_text(encoding="utf-8")) + [payload["s"] for payload in payloads]
    strings = [text for text in strings if text.strip() and "\0" not in text and text.encode("utf-8", "ignore").decode() == text]
    assert len(strings) > 400
    path = tmp_path / "a.csv"
    write(path, [["id", "name", "text"], *([f"n{n}", text, text] for n, text in enumerate(strings))])
    table = Delimited(path)
    found = list(table.records(table.layout()))
    assert [one.text for one in found if isinstance(one, Incoming)] == strings
