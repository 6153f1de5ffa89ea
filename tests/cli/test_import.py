"""Importing into a real hub: files in, enquiries out, the same again without a trace."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.intake.preview import preview
from hubconsole.intake.records import ImportReport
from hubconsole.intake.run import import_files
from tests.cli.conftest import Run

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "import"


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    members = (("kim", (Function.SERVICE,)), ("anna", (Function.ANALYTICS,)), ("lex", (Function.LEGAL,)))
    made = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=members, clock=clock)
    yield made
    made.close()


def take(hub: LocalHub, *paths: Path, **options: object) -> ImportReport:
    settings: dict[str, object] = {"actor": "kim", "rejects": hub.path.parent / "rejects.jsonl"} | options
    return import_files(hub, list(paths), **settings)  # type: ignore[arg-type]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.skipped, len(report.rejected)


def test_a_table_in_another_language_and_encoding_needs_no_help(hub: LocalHub) -> None:
    report = take(hub, SAMPLES / "enquiries_semicolon.csv", channel="email", timezone="Europe/Zurich")
    assert counts(report) == (3, 0, 0, 0)
    first = hub.enquiry("E-1")
    assert (first.row.customer, first.row.channel, first.row.visibility) == ("Änne Weißhaupt", "email", "private")
    assert first.recipient == "aenne@post.example"
    assert first.messages[0].text == "Guten Tag,\r\nmeine Karte wurde am Bahnhof eingezogen. Was muss ich tun?"
    assert first.messages[0].at == 1_762_154_100_000
    assert hub.enquiry("E-2").messages[0].text.endswith("5 €?")


def test_json_lines_thread_and_a_named_brand_is_history(hub: LocalHub) -> None:
    report = take(hub, SAMPLES / "conversation.jsonl", channel="x", brand=("@examplebank",))
    assert counts(report) == (2, 0, 0, 1)
    assert report.rejected[0].line == 5
    thread = hub.enquiry("E-1")
    assert [(found.direction, found.author) for found in thread.messages] == [
        ("in", "Tomasz Ż."),
        ("out", "Example Bank"),
        ("in", "Tomasz Ż."),
    ]
    assert [found.at for found in thread.messages] == [1_762_156_800_000, 1_762_158_000_000, 1_762_158_660_000]
    assert thread.account == "examplebank"
    assert thread.sends == ()
    assert hub.enquiry("E-2").row.state == "new"


def test_an_mbox_becomes_conversations_and_our_address_is_told_by_the_account(hub: LocalHub) -> None:
    report = take(hub, SAMPLES / "mailbox.mbox", account="service@examplebank.example")
    assert counts(report) == (1, 0, 0, 0)
    thread = hub.enquiry("E-1")
    assert (thread.row.customer, thread.row.state, thread.row.channel) == ("Inês Prado", "sent", "email")
    assert thread.messages[0].text.endswith("\n\nFrom what I see, March is empty too.")
    assert thread.messages[1].text.endswith("here (https://examplebank.example/statements).")


def test_a_folder_of_mail_threads_over_its_files(hub: LocalHub) -> None:
    assert counts(take(hub, SAMPLES / "mail")) == (1, 0, 0, 0)
    thread = hub.enquiry("E-1")
    assert (thread.row.customer, thread.recipient, len(thread.messages)) == ("Okonkwo, Ada", "ada@mail.example", 2)
    assert "> I have moved." in thread.messages[1].text


def test_several_files_are_one_import_and_rejects_name_their_file(hub: LocalHub) -> None:
    report = take(hub, SAMPLES / "mail" / "first.eml", SAMPLES / "mail" / "second.eml", SAMPLES / "conversation.jsonl")
    assert report.created == 3
    assert report.rejected[0].reason.startswith(str(SAMPLES / "conversation.jsonl") + ": it is not JSON")


def test_the_same_file_again_is_skipped_and_a_longer_one_updates(hub: LocalHub, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    rows = "id,reply_to,author,inbound,date,text\n1,,ann,1,2025-11-03 08:00,My card is gone\n2,1,bank,0,2025-11-03 08:05,We will look\n"
    file.write_text(rows)
    assert counts(take(hub, file, channel="x")) == (1, 0, 0, 0)
    assert hub.enquiry("E-1").row.state == "sent"
    assert counts(take(hub, file, channel="x")) == (0, 0, 2, 0)
    file.write_text(rows + "3,2,ann,1,2025-11-03 08:30,And?\n4,,bob,1,2025-11-03 08:31,When do you open?\n")
    assert counts(take(hub, file, channel="x")) == (1, 1, 2, 0)
    assert [found.external_id for found in hub.enquiry("E-1").messages] == ["1", "2", "3"]
    assert hub.enquiry("E-1").row.state == "new"
    assert hub.verify().ok


def test_rows_without_ids_are_known_again_by_their_content(hub: LocalHub, tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text("text,category\nWhere is my card?,card\nWhere is my card?,card\nWhy the fee?,fees\n")
    assert counts(take(hub, file, channel="email")) == (3, 0, 0, 0)
    assert counts(take(hub, file, channel="email")) == (0, 0, 3, 0)
    assert hub.enquiry("E-1").row.customer == "unknown"
    assert hub.enquiry("E-1").row.received_at == hub.clock()


def test_a_customer_message_found_later_joins_its_answer(hub: LocalHub, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    head = "id,reply_to,author,inbound,date,text\n"
    answer = "2,1,bank,0,2025-11-03 08:05,@ann We will look\n"
    file.write_text(head + answer)
    assert counts(take(hub, file, channel="x")) == (1, 0, 0, 0)
    assert hub.enquiry("E-1").row.customer == "ann"
    file.write_text(head + "1,,ann,1,2025-11-03 08:00,My card is gone\n" + answer)
    assert counts(take(hub, file, channel="x")) == (0, 1, 1, 0)
    assert "My card is gone" in [found.text for found in hub.enquiry("E-1").messages]


def test_a_dry_run_tells_the_same_and_writes_nothing(hub: LocalHub, tmp_path: Path) -> None:
    before = hub.info().seq
    file = tmp_path / "posts.jsonl"
    file.write_bytes((SAMPLES / "conversation.jsonl").read_bytes())
    report = take(hub, file, channel="x", brand=("examplebank",), dry_run=True, rejects=None)
    assert counts(report) == (2, 0, 0, 1)
    assert hub.info().seq == before
    assert report.rejects_file is None
    assert [found.name for found in tmp_path.glob("*.rejects.*")] == []
    assert counts(take(hub, file, channel="x", brand=("examplebank",))) == counts(report)


def test_a_mapping_that_was_told_once_is_remembered_for_the_header(hub: LocalHub, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("a,b,c\nann,it does not work,extra words that are longer than the others by far\n")
    two.write_text("a,b,c\nbob,the fee is wrong,extra words that are longer than the others by far\n")
    take(hub, one, mapping={"customer": "a", "text": "b"})
    take(hub, two)
    row = hub.enquiry("E-2")
    assert (row.row.customer, row.messages[0].text) == ("bob", "the fee is wrong")
    shown = preview(two, saved=hub.saved("mapping"))
    assert shown.remembered
    assert (shown.fields["customer"], shown.fields["text"]) == ("a", "b")


def test_rejects_are_written_to_the_working_folder_with_line_reason_and_raw_text(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, here = tmp_path / "source", tmp_path / "here"
    source.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    file = source / "posts.csv"
    file.write_bytes(b"id,text\n1,good one\n2\n3,\x1b]0;title\x07\0\n")
    report = take(hub, file, rejects=None)
    assert report.rejects_file == here / "posts.csv.rejects.jsonl"
    assert [found.name for found in source.iterdir()] == ["posts.csv"]
    data = report.rejects_file.read_bytes()
    assert not any(byte < 32 and byte != 10 for byte in data)
    assert [json.loads(line) for line in data.splitlines()] == [
        {"line": 3, "file": "posts.csv", "reason": "it has 1 of 2 columns", "raw": "2\n"},
        {"line": 4, "file": "posts.csv", "reason": "it holds a NUL byte", "raw": "3,\x1b]0;title\x07\0\n"},
    ]
    assert report.as_json() == {
        "created": 1,
        "updated": 0,
        "skipped": 0,
        "rejected": [{"line": 3, "reason": "it has 1 of 2 columns"}, {"line": 4, "reason": "it holds a NUL byte"}],
    }


def test_where_the_working_folder_takes_no_file_the_rejects_go_beside_the_source(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    (here / "posts.csv.rejects.jsonl").mkdir(parents=True)
    monkeypatch.chdir(here)
    file = tmp_path / "posts.csv"
    file.write_bytes(b"id,text\n1,good one\n2\n")
    assert take(hub, file, rejects=None).rejects_file == tmp_path / "posts.csv.rejects.jsonl"


def test_nothing_rejected_leaves_no_reject_file(hub: LocalHub, tmp_path: Path) -> None:
    report = take(hub, SAMPLES / "mail", rejects=tmp_path / "none.jsonl")
    assert report.rejects_file is None
    assert not (tmp_path / "none.jsonl").exists()


def test_who_may_not_take_enquiries_in_is_refused_once_and_not_row_by_row(hub: LocalHub) -> None:
    with pytest.raises(Refused):
        take(hub, SAMPLES / "conversation.jsonl", actor="nobody")
    assert hub.counts() == () or all(count.n == 0 for count in hub.counts())


def test_a_pipe_is_refused_at_once(hub: LocalHub, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UsageProblem) as problem:
        take(hub, tmp_path / "pipe.csv")
    assert problem.value.code == "not_importable"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("missing.csv", None, "no_such_file"),
        ("empty.csv", b"", "empty_file"),
        ("book.xlsx", b"PK\x03\x04....", "not_importable"),
        ("list.json", b'[{"text": "x"}]', "not_importable"),
        ("numbers.csv", b"a,b\n1,2\n", "no_text_column"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why_before_anything_is_taken_in(
    hub: LocalHub, tmp_path: Path, name: str, data: bytes | None, code: str
) -> None:
    before = hub.info().seq
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageProblem) as problem:
        take(hub, SAMPLES / "conversation.jsonl", tmp_path / name)
    assert problem.value.code == code
    assert hub.info().seq == before


def test_progress_goes_forward_to_the_end(hub: LocalHub) -> None:
    seen: list[tuple[int, int]] = []
    take(hub, SAMPLES / "conversation.jsonl", SAMPLES / "mailbox.mbox", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        pytest.param(
            {
                "customer": "author_id",
                "id": "tweet_id",
                "text": "text",
                "time": "created_at",
                "inbound": "inbound",
                "reply_to": "in_response_to_tweet_id",
                "replies": "response_tweet_id",
            },
            marks=pytest.mark.slow,
        ),
    ],
    ids=["guessed", "mapped"],
)
def test_the_tweets_become_threads_with_customers_times_and_past_replies(hub: LocalHub, corpora: Path, mapping: dict[str, str]) -> None:
    file = corpora / "social" / "twcs_sample_5000.csv"
    report = take(hub, file, channel="x", mapping=mapping)
    assert counts(report) == (1_312, 0, 0, 1)
    assert report.messages == 4_999
    assert report.rejected[0].line == 2_589
    assert {count.state: count.n for count in hub.counts() if count.n} == {"sent": 1_115, "new": 197}
    thread = hub.enquiry(next(iter(hub.known("x", ["8"]).values())))
    assert (thread.row.customer, thread.account) == ("115712", "sprintcare")
    by_id = {found.external_id: found for found in thread.messages}
    assert (by_id["6"].direction, by_id["6"].at) == ("out", 1_509_486_384_000)
    assert (by_id["8"].direction, by_id["8"].at) == ("in", 1_509_486_310_000)
    assert [found.at for found in thread.messages] == sorted(found.at for found in thread.messages)
    assert counts(take(hub, file, channel="x")) == (0, 0, 4_999, 1)
    assert hub.verify().ok


def test_questions_without_name_or_date_become_mail_enquiries(hub: LocalHub, corpora: Path) -> None:
    file = corpora / "banking" / "banking77_test.csv"
    assert preview(file).channel == "email"
    assert counts(take(hub, file)) == (3_080, 0, 0, 0)
    assert counts(take(hub, file)) == (0, 0, 3_080, 0)
    first = hub.enquiry("E-1")
    assert (first.row.customer, first.row.channel, first.row.state) == ("unknown", "email", "new")
    assert first.messages[0].text == "How do I locate my card?"


def test_a_cut_off_file_loses_its_last_record_only(hub: LocalHub, corpora: Path) -> None:
    report = take(hub, corpora / "banking" / "cfpb_complaints_sample.csv")
    assert counts(report) == (2_067, 0, 0, 1)
    assert report.rejected[0].reason == "the file ends inside a quoted field"


def test_an_imported_enquiry_was_received_when_the_customer_wrote_and_is_due_from_now(bank: Run, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_text("text,author,created_at\nWhere is my card?,Maria,2019-05-04T10:00:00Z\nLate?,Ola,2999-01-01T00:00:00Z\n")
    started = datetime.now(UTC)
    assert bank("import", str(file), "--channel", "x", "--yes", "--json").code == 0
    rows = {row["customer"]: row for row in bank("list", "--json").json}
    assert rows["Maria"]["received_at"] == "2019-05-04T10:00:00.000Z"
    assert all(datetime.fromisoformat(row["due_at"]) > started for row in rows.values())
    assert all(datetime.fromisoformat(row["received_at"]) <= datetime.now(UTC) for row in rows.values())


# --- the channel of a table ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "channel"),
    [
        ("text,category\nHello?,cards\n", "email"),
        ("text,name\nHello?,Ann\n", "web"),
        ("text,kanal\nHello?,x\n", "web"),
        ("text,tweet_id\nHello?,7\n", "x"),
    ],
)
def test_a_table_that_tells_neither_a_channel_nor_who_wrote_is_mail(tmp_path: Path, table: str, channel: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(table)
    assert preview(file).channel == channel
