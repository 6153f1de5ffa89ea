"""The way of an enquiry on a real hub, as docs/cli.md promises it."""

import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Run, in_review, taken_in

LIST_KEYS = ["key", "state", "channel", "visibility", "customer", "priority", "owner", "gates", "due_at", "received_at"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_an_enquiry_goes_all_the_way_from_a_call_to_a_reply_and_a_journal_that_verifies(bank: Run, tmp_path: Path) -> None:
    key = taken_in(bank)
    assert key == "E-1"
    assert bank("claim", key, "--as", "agent1").code == 0
    assert bank("triage", key, "engage", "--as", "agent1", "--json").json["state"] == "working"
    assert bank("draft", key, "--as", "agent1", "--text", "We have unblocked it.", "--json").json["draft"] == 1
    assert bank("submit", key, "--as", "agent1").code == 0
    digest = bank("show", key, "--json").json["drafts"][0]["digest"]
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest, "--json").json["state"] == "ready"
    sent = bank("send", key, "--as", "agent1", "--now", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["send"]["via"] == "manual"
    assert Path(sent.json["file"]).read_text("utf-8") == "We have unblocked it."
    assert bank("sent", key, "--as", "agent1", "--link", "https://example.invalid/1", "--json").json["state"] == "sent"
    head = tmp_path / "head.txt"
    head.write_text(bank("audit", "head").out, "utf-8")
    proof = bank("audit", "verify", "--head", str(head), "--json")
    assert (proof.code, proof.json["ok"]) == (0, True)
    assert proof.json["events"] > 6
    assert len(bank("audit", "show", "--json").json) == proof.json["events"]


def test_list_and_show_have_the_keys_that_are_promised(bank: Run) -> None:
    key, digest = in_review(bank)
    (row,) = bank("list", "--json").json
    assert list(row) == LIST_KEYS
    assert row["gates"] == [{"gate": "legal", "state": "requested"}]
    assert (row["key"], row["channel"], row["customer"], row["priority"], row["visibility"]) == (key, "phone", "Maria K.", 3, "private")
    assert TIME.fullmatch(row["received_at"]) and TIME.fullmatch(row["due_at"])
    bank("return", key, "--as", "lawyer1", "--reason", "promise")
    shown = bank("show", key, "--json").json
    assert {"key", "state", "messages", "drafts", "reviews", "decisions", "sends"} <= set(shown)
    assert {"version", "text", "author", "digest"} <= set(shown["drafts"][0])
    (decision,) = shown["decisions"]
    assert (decision["verdict"], decision["by"], decision["reason"], decision["digest"]) == ("return", "lawyer1", "promise", digest)
    assert shown["messages"][0]["text"] == "My card is blocked."


def test_list_filters_limits_and_searches(bank: Run) -> None:
    keys = [taken_in(bank, channel) for channel in ("phone", "x", "x")]
    assert {row["key"] for row in bank("list", "--query", "state:new channel:x", "--json").json} == set(keys[1:])
    assert len(bank("list", "--limit", "2", "--json").json) == 2
    bank("assign", keys[0], "agent1", "--as", "lead1")
    assert [row["key"] for row in bank("list", "--query", "owner:me", "--as", "agent1", "--json").json] == [keys[0]]
    assert len(bank("search", "blocked", "--json").json) == 3
    wrong = bank("list", "--query", "colour:red", "--json")
    assert (wrong.code, wrong.out, wrong.error["code"]) == (2, "", "bad_query")


def test_another_digest_than_the_live_one_is_refused(bank: Run) -> None:
    key, digest = in_review(bank)
    for wrong in ("0" * 64, digest[:12], digest[:-1], digest.upper()):
        done = bank("approve", key, "--as", "lawyer1", "--digest", wrong, "--json")
        assert (done.code, done.out) == (3, ""), wrong
        amended = bank("amend", key, "--as", "lawyer1", "--digest", wrong, "--text", "Other words.")
        assert amended.code == 3, wrong
    assert bank("show", key, "--json").json["state"] == "in_review"


def test_a_stale_writer_is_told_who_was_first(bank: Run) -> None:
    key = taken_in(bank)
    seen = bank("show", key, "--json").json["version"]
    assert bank("draft", key, "--as", "agent1", "--text", "First.").code == 0
    late = bank("draft", key, "--as", "agent2", "--text", "Second.", "--base", "0", "--json")
    assert (late.code, late.error["winner"]) == (4, "agent1")
    stale = bank("priority", key, "1", "--as", "agent2", "--seen", str(seen), "--json")
    assert (stale.code, stale.error["winner"]) == (4, "agent1")
    assert len(bank("show", key, "--json").json["drafts"]) == 1


def test_only_a_lawyer_who_wrote_none_of_it_approves(bank: Run) -> None:
    key, digest = in_review(bank)
    for member in ("agent1", "agent2", "lead1"):
        assert bank("approve", key, "--as", member, "--digest", digest).code == 3, member
    assert bank("members", "add", "both:service+legal", "--as", "lead1").code == 0
    own = str(bank("add", "--as", "both", "--customer", "C", "--text", "T", "--json").json["key"])
    bank("draft", own, "--as", "both", "--text", "Mine.")
    bank("submit", own, "--as", "both")
    mine = bank("show", own, "--json").json["drafts"][0]["digest"]
    assert bank("approve", own, "--as", "both", "--digest", mine, "--json").error["code"] == "own_words"
    assert bank("approve", own, "--as", "lawyer1", "--digest", mine).code == 0


def test_the_next_step_that_is_shown_names_what_has_to_be_confirmed(bank: Run) -> None:
    key = taken_in(bank)
    bank("draft", key, "--as", "agent1", "--text", "Your card 4111 1111 1111 1111 is on its way.")
    bank("submit", key, "--as", "agent1")
    step = next(line.split() for line in bank("show", key).out.splitlines() if line.strip().startswith("hubconsole approve"))
    assert bank(*step[1:5], "--as", "lawyer1", "--json").error["code"] == "unconfirmed"
    assert bank(*step[1:], "--as", "lawyer1").code == 0


def test_an_amendment_is_the_lawyers_version_and_a_condition_is_kept(bank: Run) -> None:
    key, digest = in_review(bank, "x")
    done = bank("amend", key, "--as", "lawyer1", "--digest", digest, "--text", "We will look into it.", "--json")
    assert (done.code, done.json["state"]) == (0, "ready"), done.err
    newest = bank("show", key, "--json").json["drafts"][-1]
    assert (newest["version"], newest["author"], newest["text"]) == (2, "lawyer1", "We will look into it.")
    other, digest = in_review(bank, "x")
    assert bank("approve", other, "--as", "lawyer1", "--digest", digest, "--condition", "dm_only").code == 0
    shown = bank("show", other, "--json").json
    assert shown["decisions"][0]["conditions"] == ["dm_only"]
    assert shown["decisions"][0]["verdict"] == "approve_with_conditions"


def test_reject_and_not_required_and_ask(bank: Run) -> None:
    key, _ = in_review(bank)
    assert bank("ask", key, "--as", "lawyer1", "--text", "Who said so?").code == 0
    assert bank("reject", key, "--as", "lawyer1", "--reason", "no comment", "--json").json["state"] == "working"
    assert bank("submit", key, "--as", "agent1").code == 3
    other, digest = in_review(bank)
    assert bank("not-required", other, "--as", "lawyer1", "--digest", digest, "--json").json["state"] == "ready"


@pytest.mark.parametrize("verb", [["approve"], ["not-required"], ["amend", "--text", "Other words."]], ids=lambda verb: verb[0])
@pytest.mark.parametrize("digest", ["", " ", "abc"])
def test_nothing_is_approved_by_a_digest_that_was_not_shown(bank: Run, verb: list[str], digest: str) -> None:
    key, _ = in_review(bank)
    done = bank(*verb, key, "--as", "lawyer1", "--digest", digest, "--json")
    assert done.code == (3 if digest.strip() else 2)
    assert bank("show", key, "--json").json["state"] == "in_review"


def test_the_same_command_id_is_carried_out_once(bank: Run) -> None:
    key = taken_in(bank)
    again = ["--as", "agent1", "--command-id", "01890a5d-ac96-774b-bcce-b302099a8057", "--json"]
    first = bank("note", key, "--text", "Called back.", *again).json
    second = bank("note", key, "--text", "Called back.", *again).json
    assert (first["repeated"], second["repeated"], first["seq"]) == (False, True, second["seq"])
    assert len(bank("show", key, "--json").json["messages"]) == 2


def test_an_email_reply_goes_to_the_outbox_once(bank: Run, home: Path) -> None:
    key, digest = in_review(bank, "email")
    bank("approve", key, "--as", "lawyer1", "--digest", digest)
    sent = bank("send", key, "--as", "agent1", "--now", "--json")
    assert (sent.code, sent.json["state"], sent.json["send"]["state"]) == (0, "sent", "delivered"), sent.err
    assert len(list(home.rglob("*.eml"))) == 1
    assert bank("send", key, "--as", "agent1", "--now").code in (3, 4)
    assert len(list(home.rglob("*.eml"))) == 1


def test_a_queued_reply_can_be_taken_back_and_an_unapproved_one_cannot_leave(bank: Run, home: Path) -> None:
    key, digest = in_review(bank)
    assert bank("send", key, "--as", "agent1", "--now").code == 3
    bank("approve", key, "--as", "lawyer1", "--digest", digest)
    assert bank("send", key, "--as", "agent1", "--no-wait", "--json").json["send"]["state"] == "queued"
    assert bank("undo-send", key, "--as", "agent1", "--json").json["state"] == "ready"
    assert bank("send", key, "--as", "agent1", "--via", "pigeon").code == 2
    assert not list(home.rglob("*.txt"))


def test_without_now_the_undo_window_passes_first(bank: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tmp_path / "quick.toml"
    quick.write_text(bank("policy", "show", "--json").json["text"].replace("undo_seconds = 10", "undo_seconds = 1"), "utf-8")
    assert bank("policy", "adopt", str(quick), "--as", "lead1").code == 0
    key, digest = in_review(bank)
    bank("approve", key, "--as", "lawyer1", "--digest", digest)
    sent = bank("send", key, "--as", "agent1", "--json")
    assert (sent.code, sent.json["send"]["state"]) == (0, "handed_over")
    assert "leaves in 1 s" in sent.err


def test_ctrl_c_during_the_undo_window_takes_the_reply_back(bank: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    key, digest = in_review(bank)
    bank("approve", key, "--as", "lawyer1", "--digest", digest)
    monkeypatch.setattr("hubconsole.cli.sending.time.sleep", interrupted)
    assert bank("send", key, "--as", "agent1").code == 130
    shown = bank("show", key, "--json").json
    assert (shown["state"], shown["sends"][-1]["state"]) == ("ready", "cancelled")
    assert not list(home.rglob("*.txt"))


def test_a_tampered_journal_does_not_verify(bank: Run, store: Path, tmp_path: Path) -> None:
    taken_in(bank)
    head = tmp_path / "head.txt"
    head.write_text(bank("audit", "head").out, "utf-8")
    taken_in(bank)
    assert bank("audit", "verify", "--head", str(head)).code == 0
    connection = sqlite3.connect(store)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("UPDATE event SET actor = 'nobody' WHERE seq = 3")
    connection.commit()
    connection.close()
    broken = bank("audit", "verify", "--json")
    assert (broken.code, broken.json["ok"]) == (3, False)
    assert broken.json["problems"]
    assert bank("audit", "verify").code == 3


def test_an_approval_is_taken_back_before_the_reply_leaves(bank: Run) -> None:
    key, digest = in_review(bank)
    assert bank("revoke", key, "--as", "lawyer1", "--json").error["code"] == "not_approved"
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest).code == 0
    assert bank("revoke", key, "--as", "agent1").code == 3
    assert bank("revoke", key, "--as", "lawyer1", "--digest", "0" * 64).code == 3
    done = bank("revoke", key, "--as", "lawyer1", "--reason", "facts", "--json")
    assert (done.code, done.json["state"], done.json["events"]) == (0, "in_review", ["review.revoked"])
    shown = bank("show", key, "--json").json
    assert shown["gates"] == [{"gate": "legal", "state": "requested"}] and shown["decisions"] == []
    assert bank("send", key, "--as", "agent1", "--now").code == 3
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest).code == 0
    assert bank("revoke", key, "--as", "lead1", "--gate", "legal").code == 0


def test_an_enquiry_gets_the_address_that_it_came_without(bank: Run) -> None:
    made = bank("add", "--as", "agent1", "--channel", "email", "--customer", "Maria K.", "--text", "My card is blocked.", "--json")
    key = made.json["key"]
    assert bank("address", key, "not an address", "--as", "agent1").code == 2
    assert bank("address", key, "maria@example.net", "--as", "agent1", "--json").json["events"] == ["recipient.set"]
    assert bank("show", key, "--json").json["recipient"] == "maria@example.net"
    assert bank("draft", key, "--as", "agent1", "--text", "Hello.").code == 0
    assert bank("submit", key, "--as", "agent1", "--json").json["warnings"] == []
