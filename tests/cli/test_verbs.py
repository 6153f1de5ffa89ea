"""The other verbs on a real hub: export, work, rest, policy, members, import, words from files."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run, in_review, taken_in


def test_export_makes_formula_cells_harmless_and_keeps_snoozed_enquiries(bank: Run) -> None:
    bank("add", "--as", "agent1", "--customer", "=HYPERLINK(1)", "--text", "+1 @x", "--json")
    assert bank("snooze", "E-1", "--for", "2h", "--as", "agent1").code == 0
    assert bank("list", "--json").json == []
    table = bank("export").out.splitlines()
    assert table[0].startswith("key,state,channel,visibility,customer,")
    assert "'=HYPERLINK(1)" in table[1] and "'+1 @x" in table[1]
    (row,) = bank("export", "--json").json
    assert row["customer"] == "=HYPERLINK(1)"
    (full,) = [json.loads(line) for line in bank("export", "--jsonl", "--full").out.splitlines()]
    assert full["messages"][0]["text"] == "+1 @x"
    assert bank("export", "--csv", "--jsonl").code == 2


def test_hostile_words_reach_neither_the_terminal_nor_the_json_as_controls(bank: Run) -> None:
    bank("add", "--as", "agent1", "--customer", "E\x1b[2Jve\u202e", "--text", "\x1b]52;c;eA==\x07 line\nnext \x9b31m", "--json")
    for line in ("list", "show E-1", "search line", "list --json", "show E-1 --json", "audit show --json"):
        out = bank(*line.split()).out
        assert not {char for char in out if not char.isprintable() and char != "\n"}, line
    assert bank("show", "E-1", "--json").json["messages"][0]["text"] == "\x1b]52;c;eA==\x07 line\nnext \x9b31m"


def test_the_other_verbs_of_work(bank: Run) -> None:
    key = taken_in(bank)
    for line in (
        f"claim {key} --as agent1", f"release {key} --as agent1", f"priority {key} P1 --as agent1", f"snooze {key} --for 1d --as agent1",
        f"wake {key} --as agent1", f"note {key} --text hello --as agent1", f"assign {key} - --as lead1",
        f"triage {key} let-stand --reason praise --as agent1", f"reopen {key} --as agent1",
    ):  # fmt: skip
        done = bank(*line.split(), "--json")
        assert done.code == 0, (line, done.err)
    assert bank("show", key, "--json").json["priority"] == 1
    assert bank("triage", key, "shout", "--as", "agent1").code == 2
    assert bank("priority", key, "9", "--as", "agent1").code == 2
    assert bank("snooze", key, "--as", "agent1").code == 2


def test_after_the_reply_the_enquiry_comes_to_rest_and_back(bank: Run) -> None:
    key, digest = in_review(bank)
    assert bank("withdraw", key, "--as", "agent1", "--json").json["state"] == "working"
    assert bank("submit", key, "--as", "agent1", "--version", "1").code == 0
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest, "--condition", "valid_until:2000-01-01").code == 2
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest, "--condition", "valid_until:2999-01-01T10:00Z").code == 0
    assert bank("sent", key, "--as", "agent1").code == 3
    assert bank("send", key, "--as", "agent1", "--now").code == 0
    assert bank("not-sent", key, "--as", "agent1", "--reason", "The page is down.").code == 0
    assert bank("send", key, "--as", "agent1", "--now").code == 0
    assert bank("sent", key, "--as", "agent1").code == 0
    for verb, state in (("wait", "waiting_customer"), ("resolve", "resolved"), ("close", "closed"), ("reopen", "working")):
        done = bank(verb, key, "--as", "agent1", "--json")
        assert (done.code, done.json["state"]) == (0, state), (verb, done.err)


def test_a_customer_who_writes_again_suspends_the_reply_until_somebody_says_it_is_still_right(bank: Run) -> None:
    key, digest = in_review(bank)
    assert bank("add", "--to", key, "--text", "And my PIN?", "--as", "agent1", "--json").json["key"] == key
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest).code == 3
    first = bank("show", key, "--json").json["messages"][0]["id"]
    assert bank("resume", key, "--as", "agent1", "--message", first).code == 3
    assert bank("resume", key, "--as", "agent1").code == 0
    fresh = bank("show", key, "--json").json["drafts"][-1]["digest"]
    assert fresh != digest
    assert bank("approve", key, "--as", "lawyer1", "--digest", digest).code == 3
    assert bank("approve", key, "--as", "lawyer1", "--digest", fresh).code == 0


def test_where_the_policy_says_so_the_author_accepts_the_amendment(bank: Run, tmp_path: Path) -> None:
    policy = tmp_path / "accept.toml"
    policy.write_text(
        'amend = "author_accepts"\n' + re.sub(r"(?m)^amend = .*$", "", bank("policy", "show", "--json").json["text"]), "utf-8"
    )
    assert bank("policy", "adopt", str(policy), "--as", "lead1").code == 0
    key, digest = in_review(bank)
    assert bank("amend", key, "--as", "lawyer1", "--digest", digest, "--text", "Better words.", "--json").json["state"] == "in_review"
    amended = bank("show", key, "--json").json["drafts"][-1]["digest"]
    assert bank("accept", key, "--as", "agent2", "--digest", amended).code == 3
    assert bank("accept", key, "--as", "agent1", "--digest", amended, "--json").json["state"] == "ready"


def test_policies_and_members_can_be_looked_at_and_changed(bank: Run) -> None:
    names = [preset["name"] for preset in bank("policy", "list", "--json").json]
    assert names[0] == "all-legal" and len(names) > 2
    assert bank("policy", "adopt", "none", "--as", "lead1").code == 0
    assert bank("policy", "show", "--json").json["name"] == "none"
    assert bank("policy", "adopt", "no-such", "--as", "lead1").code == 2
    assert bank("members", "add", "mara:marketing+sales", "--as", "lead1").code == 0
    assert {"name": "mara", "functions": ["marketing", "sales"], "active": True} in bank("members", "list", "--json").json
    assert bank("members", "remove", "mara", "--as", "lead1").code == 0
    assert bank("members", "add", "mara:wizard", "--as", "lead1").code == 2


def test_a_rebuild_gives_the_same_rows(bank: Run) -> None:
    key, _ = in_review(bank)
    before = bank("show", key, "--json").json
    assert bank("rebuild", "--json").json["events"] > 3
    assert bank("show", key, "--json").json == before


def test_a_store_is_not_started_twice(bank: Run, store: Path) -> None:
    again = bank("start", "--yes", "--name", "Other", "--json")
    assert again.code in (2, 3), again.err
    assert "Bank" in bank("show", taken_in(bank)).out


def test_import_tells_what_it_did(bank: Run, tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("tweet_id,author_id,text\n1,maria,My card is blocked\n2,tom,Where is my money\n", "utf-8")
    wanted = ["import", str(file), "--channel", "x", "--map", "customer=author_id", "--yes", "--as", "agent1", "--json"]
    assert bank(*wanted, "--dry-run").json["created"] == 2
    assert bank("list", "--json").json == []
    assert bank(*wanted).json == {"created": 2, "updated": 0, "skipped": 0, "rejected": []}
    assert bank(*wanted).json["skipped"] == 2
    assert {row["customer"] for row in bank("list", "--json").json} == {"maria", "tom"}
    assert bank("import", str(tmp_path / "none.csv"), "--as", "agent1").code == 2
    assert bank("import", str(file), "--map", "customer", "--as", "agent1").code == 2


def test_words_come_from_files_and_pipes_byte_for_byte(bank: Run, tmp_path: Path) -> None:
    key = taken_in(bank)
    file = tmp_path / "reply.txt"
    file.write_bytes(b"Dear Maria,\r\n\r\nall is well. \n")
    assert bank("draft", key, "--file", str(file), "--as", "agent1").code == 0
    assert bank("show", key, "--json").json["drafts"][-1]["text"] == "Dear Maria,\r\n\r\nall is well. "
    assert bank("draft", key, "--as", "agent1").code == 2
    assert bank("draft", key, "--as", "agent1", "--text", "a", "--file", str(file)).code == 2
    assert bank("draft", key, "--as", "agent1", "--file", str(tmp_path / "none")).code == 2


def test_a_shift_is_started_shown_and_ended_by_a_supervisor(bank: Run) -> None:
    assert bank("shift", "--json").json == {"shift": None, "lead": None, "since": None}
    assert "No shift" in bank("shift").out
    assert bank("shift", "B", "--as", "agent1").code == 3
    assert bank("shift", "B", "--as", "lead1", "--json").json["events"] == ["shift.started"]
    assert bank("shift", "C", "--lead", "agent1", "--as", "lead1").code == 0
    shown = bank("shift", "--json").json
    assert (shown["shift"], shown["lead"]) == ("C", "agent1") and shown["since"].endswith("Z")
    assert "led by agent1" in bank("shift").out
    for wrong in (("D", "--end"), ("--lead", "agent1"), ("D", "--lead", "nobody")):
        assert bank("shift", *wrong, "--as", "lead1").code == 2
    assert bank("shift", "--end", "--as", "lead1").out == "The shift is over.\n"
    assert bank("shift", "--end", "--as", "lead1").out == "No shift is on (nothing had to change).\n"
    assert bank("shift", "--json").json["shift"] is None


def test_an_order_is_no_name_for_a_shift(bank: Run) -> None:
    for word in ("start", "Begin", "end", "stop", "on", "OFF"):
        refused = bank("shift", word, "--as", "lead1")
        assert refused.code == 2 and "--end" in refused.err
    assert bank("shift", "--json").json["shift"] is None


def test_a_refusal_by_state_is_a_plain_sentence_and_a_missing_reason_names_its_option(bank: Run) -> None:
    key = taken_in(bank)
    said = bank("resolve", key, "--as", "agent1", "--json").error["message"]
    assert said == f"{key} is new; resolving needs it working, sent or waiting for the customer."
    assert bank("send", key, "--as", "agent1", "--json").error["message"] == f"{key} is new; sending needs it ready."
    assert "--reason" in bank("triage", key, "let-stand", "--as", "agent1").err
    assert "--of" in bank("triage", key, "duplicate", "--as", "agent1").err


@pytest.mark.parametrize("line", [("list",), ("list", "--query", "owner:me"), ("show", "E-1"), ("search", "card"), ("audit", "show")])
def test_nobody_looks_as_somebody_who_is_no_member(bank: Run, line: tuple[str, ...]) -> None:
    taken_in(bank)
    looked = bank(*line, "--as", "ghost")
    assert (looked.code, looked.out) == (3, "") and "ghost is no member of this hub" in looked.err
