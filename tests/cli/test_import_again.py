"""The same id again: with the same words it is skipped, with other ones it is never lost."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hubconsole.domain.commands import Decide, Receive, SaveDraft, Send, Submit, Triage
from hubconsole.domain.terms import Disposition, Verdict
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.cli.conftest import Run
from tests.cli.test_import import counts, hub, take
from tests.contract import acts

__all__ = ["hub"]


def test_another_customers_message_under_a_known_id_is_rejected_and_never_lost(bank: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("id,author,text\n1,Maria,Where is my card?\n2,Ola,I was charged twice.\n")
    two.write_text("id,author,text\n2,Ola,I was charged twice.\n1,Zed,Close my account.\n")
    assert bank("import", str(one), "--channel", "chat", "--yes", "--json").json["created"] == 2
    again = bank("import", str(two), "--channel", "chat", "--yes", "--json").json
    reason = "the id 1 was taken in before with other words (E-1)"
    assert again == {"created": 0, "updated": 0, "skipped": 1, "rejected": [{"line": 3, "reason": reason}]}
    (kept,) = [json.loads(line) for line in Path("two.csv.rejects.jsonl").read_text().splitlines()]
    assert (kept["line"], kept["reason"], kept["raw"]) == (3, reason, "Close my account.")
    assert bank("import", str(two), "--channel", "chat", "--dry-run", "--json").json == again
    assert bank("import", str(two), "--channel", "x", "--yes", "--json").json["created"] == 2


@pytest.mark.parametrize(
    ("row", "rejected"),
    [
        ("1,Maria K,@maria,Where is my card?", ""),
        ("1,MARIA,@maria,  Where is my card?  ", ""),
        ("1,@maria,,Where is my card?", ""),
        ("1,Maria,@maria,Where is my...", "with other words"),
        ("1,Maria,@maria,Where is my card? Edited.", "with other words"),
        ("1,Zed,@zed,Where is my card?", "from another author"),
        ("1,,,Where is my card?", "from another author"),
    ],
)
def test_a_message_that_comes_again_is_the_same_by_words_and_author(hub: LocalHub, tmp_path: Path, row: str, rejected: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,author,handle,text\n1,Maria,@maria,Where is my card?\n")
    assert counts(take(hub, file, channel="x")) == (1, 0, 0, 0)
    file.write_text(f"id,author,handle,text\n{row}\n")
    report = take(hub, file, channel="x")
    assert counts(report) == (0, 0, int(not rejected), int(bool(rejected)))
    assert not rejected or rejected in report.rejected[0].reason
    assert len(hub.enquiry("E-1").messages) == 1


def test_what_answers_a_strangers_message_does_not_join_the_enquiry_that_has_its_id(hub: LocalHub, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,reply_to,author,text\n1,,Maria,Where is my card?\n")
    take(hub, file, channel="x")
    file.write_text("id,reply_to,author,text\n1,,Zed,Close my account.\n2,1,Zed,Please hurry.\n")
    assert counts(take(hub, file, channel="x")) == (1, 0, 0, 1)
    assert [found.text for found in hub.enquiry("E-1").messages] == ["Where is my card?"]
    assert [found.text for found in hub.enquiry("E-2").messages] == ["Please hurry."]
    file.write_text("id,reply_to,author,text\n1,,Maria,Where is my new card?\n3,1,Maria,It is blue.\n")
    assert counts(take(hub, file, channel="x")) == (0, 1, 0, 1)
    assert {found.text for found in hub.enquiry("E-1").messages} == {"Where is my card?", "It is blue."}


def test_our_own_reply_in_an_export_is_known_by_its_words_whoever_sent_it(hub: LocalHub, tmp_path: Path) -> None:
    eid = new_id()
    hub.execute_all(
        [
            Receive(enquiry_id=eid, channel="x", text="Where is my card?", customer="Maria", external_id="1"),
            Triage(enquiry_id=eid, disposition=Disposition.ENGAGE),
            SaveDraft(enquiry_id=eid, text="On its way,\ntruly.", base=0),
            Submit(enquiry_id=eid),
        ],
        actor="kim",
    )
    digest = hub.enquiry(eid).drafts[-1].digest
    hub.execute(Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
    hub.execute(Send(enquiry_id=eid, via="outbox", now=True), actor="kim")
    acts.claim_send(hub, eid)
    acts.finish_send(hub, eid, external_id="r1")
    file = tmp_path / "a.csv"
    file.write_text("id,reply_to,author,text\n1,,Maria,Where is my card?\nr1,1,ExampleBank,On its way; truly.\n")
    assert counts(take(hub, file, channel="x")) == (0, 0, 1, 1)
    file.write_text('id,reply_to,author,text\n1,,Maria,Where is my card?\nr1,1,ExampleBank,"On its way, truly."\n')
    assert counts(take(hub, file, channel="x")) == (0, 0, 2, 0)


def test_words_taken_in_by_somebody_else_meanwhile_are_compared_too(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,author,text\n1,Maria,Where is my card?\n2,Ola,Hello?\n")
    assert counts(take(hub, file, channel="x")) == (2, 0, 0, 0)
    file.write_text("id,author,text\n1,Zed,Close my account.\n2,Ola,Hello?\n")
    known, blind = hub.known, [True]

    def late(channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        return {} if blind and blind.pop() else known(channel, external_ids)

    monkeypatch.setattr(hub, "known", late)
    report = take(hub, file, channel="x")
    assert counts(report) == (0, 0, 1, 1)
    assert report.rejected[0].reason == "the id 1 was taken in before with other words (E-1)"
