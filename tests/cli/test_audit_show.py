"""What the command line shows of evidence: privileged words to those who may read them, and nothing that was tampered with as true."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Run, in_review, taken_in

SECRET = "Counsel says settle"


@pytest.mark.parametrize(("who", "may"), [("", False), ("agent1", False), ("lawyer1", True), ("lead1", True)])
def test_privileged_notes_are_shown_to_legal_and_supervisors_only(bank: Run, who: str, may: bool) -> None:
    key = taken_in(bank)
    assert bank("note", key, "--as", "lawyer1", "--privileged", "--text", SECRET).code == 0
    assert bank("note", key, "--as", "agent1", "--text", "An open note").code == 0
    shown = bank("audit", "show", "--json", *(["--as", who] if who else []))
    assert shown.code == 0
    assert (SECRET in shown.out) is may
    notes = [entry["body"] for entry in shown.json if entry["kind"] == "note.added"]
    assert [note["privileged"] for note in notes] == [True, False], "that there is one stays visible"
    assert notes[1]["text"] == "An open note"
    assert (SECRET in bank("audit", "show", key, "--json", *(["--as", who] if who else [])).out) is may


def tamper(store: Path, what: str) -> None:
    conn = sqlite3.connect(store)
    assert conn.execute(what).rowcount > 0
    conn.commit()
    conn.close()


@pytest.mark.parametrize(
    "what",
    [
        "UPDATE draft SET text = 'Nice words.'",
        "UPDATE enquiry SET recipient = '@evil'",
        "UPDATE enquiry SET subject = 'Pay here'",
        "UPDATE draft SET digest = 'ab'",
        "UPDATE review SET digest = 'ab'",
        "UPDATE draft SET visibility = 'public'",
    ],
)
def test_a_reply_whose_digest_does_not_follow_from_what_is_shown_is_marked(bank: Run, store: Path, what: str) -> None:
    key, _ = in_review(bank)
    assert bank("show", key, "--json").json["drafts"][-1]["digest_follows"] is True
    assert "do not agree" not in bank("show", key).out
    tamper(store, what)
    assert bank("show", key, "--json").json["drafts"][-1]["digest_follows"] is False
    assert "the tables do not agree with the journal" in bank("show", key).out
    shown = bank("show", key, "--json").json["drafts"][-1]["digest"]
    refused = bank("approve", key, "--digest", shown, "--as", "lawyer1", "--json")
    assert (refused.code, refused.error["code"]) == (3, "tables_differ")


def test_tampered_tables_are_told_apart_from_a_broken_journal(bank: Run, store: Path) -> None:
    in_review(bank)
    assert "the tables agree with it" in bank("audit", "verify").out
    tamper(store, "UPDATE draft SET text = 'Nice words.'")
    found = bank("audit", "verify", "--json")
    assert (found.code, found.json["ok"], set(found.json)) == (3, False, {"ok", "events", "head", "problems"})
    assert found.json["problems"] == ["Table draft: the row 1 of E-1 differs from the journal in text; hubconsole rebuild makes it again."]
    assert "hubconsole rebuild" in bank("audit", "verify").err
    assert bank("audit", "verify", "--chain-only", "--json").json["ok"] is True
    assert bank("rebuild").code == 0
    assert bank("audit", "verify", "--json").json["ok"] is True


def test_a_channel_that_cannot_be_one_is_a_usage_problem(bank: Run, tmp_path: Path) -> None:
    refused = bank("add", "--as", "agent1", "--channel", "x\u200b", "--customer", "M", "--text", "Hi", "--json")
    assert (refused.code, refused.error["code"]) == (2, "bad_channel")
    table = tmp_path / "t.csv"
    table.write_text("id,customer,text,channel\n1,Ann,Hello there,Live Chat\n2,Bob,Hello again,\u5fae\u4fe1\n3,Cy,Hello you, X\n", "utf-8")
    done = bank("import", str(table), "--yes", "--json", "--as", "agent1")
    assert done.json["created"] == 2 and [one["line"] for one in done.json["rejected"]] == [3]
    assert "channel's name" in done.json["rejected"][0]["reason"]
    assert {row["channel"] for row in bank("list", "--json").json} == {"live_chat", "x"}
    assert bank("import", str(table), "--channel", "\u0445", "--yes", "--json", "--as", "agent1").code == 2
