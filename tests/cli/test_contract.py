"""What docs/cli.md promises, on a real hub: the way of an enquiry, the JSON, the exit codes."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

LIST_KEYS = ["key", "state", "channel", "visibility", "customer", "priority", "owner", "gates", "due_at", "received_at"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def taken_in(run: Run, channel: str = "phone") -> str:
    """The key of a new enquiry."""
    made = run("add", "--as", "agent1", "--channel", channel, "--customer", "Maria K.", "--text", "My card is blocked.", "--json")
    assert made.code == 0, made.err
    return str(made.json["key"])


def in_review(run: Run, channel: str = "phone") -> tuple[str, str]:
    """Key and digest of an enquiry whose reply waits for the lawyer."""
    key = taken_in(run, channel)
    assert run("draft", key, "--as", "agent1", "--text", "We are looking into it.").code == 0
    done = run("submit", key, "--as", "agent1", "--json")
    assert (done.code, done.json["state"]) == (0, "in_review"), done.err
    return key, str(run("show", key, "--json").json["drafts"][-1]["digest"])


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
    other, _ = in_review(bank)
    assert bank("not-required", other, "--as", "lawyer1", "--json").json["state"] == "ready"


def test_what_does_not_exist_is_a_usage_error(bank: Run) -> None:
    assert bank("show", "E-99", "--json").error["code"] == "unknown_enquiry"
    for line in ("show E-99", "claim E-99 --as agent1", "claim nonsense --as agent1", "nonsense", "approve E-1", "list --nonsense", "show"):
        assert bank(*line.split()).code == 2, line
    assert "hubconsole approve --help" in bank("approve", "E-1").err
    assert "Missing command" in bank("audit").err


def test_nothing_at_all_shows_the_help(run: Run) -> None:
    alone = run()
    assert (alone.code, alone.err) == (0, "")
    assert alone.out == run("--help").out and "hubconsole start" in alone.out
    assert run("--version").out.startswith("hubconsole ")


def test_it_must_be_clear_who_acts(bank: Run, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = taken_in(bank)
    unclear = bank("claim", key, "--json")
    assert (unclear.code, unclear.error["code"]) == (2, "who")
    assert "agent1" in unclear.error["hint"]
    monkeypatch.setenv("HUBCONSOLE_AS", "agent2")
    assert bank("claim", key).code == 0
    monkeypatch.delenv("HUBCONSOLE_AS")
    alone = str(tmp_path / "alone.db")
    assert run("start", "--yes", "--member", "solo:service", "--store", alone).code == 0
    assert run("add", "--customer", "C", "--text", "T", "--store", alone).code == 0


@pytest.mark.parametrize("line", ["list", "show E-1", "claim E-1 --as a", "audit verify", "board --screenshot x.svg --as a"])
def test_a_hub_that_is_not_there_is_not_reachable(run: Run, tmp_path: Path, line: str) -> None:
    missing = tmp_path / "missing" / "hub.db"
    done = run(*line.split(), "--store", str(missing))
    assert done.code == 5, done.err
    assert not missing.exists()


@pytest.mark.parametrize("line", ["list", "show E-1", "claim E-1 --as agent1", "audit verify", "rebuild", "export"])
def test_a_file_that_is_no_hub_is_not_reachable_and_stays_as_it_is(run: Run, tmp_path: Path, line: str) -> None:
    for name, content in (("text.db", b"Dear diary, " * 500), ("empty.db", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        done = run(*line.split(), "--store", str(file), "--json")
        assert (done.code, done.out) == (5, ""), name
        assert done.error["message"] and file.read_bytes() == content
    assert run(*line.split(), "--store", str(tmp_path)).code == 5


def test_somebody_who_is_no_member_is_refused(bank: Run) -> None:
    key = taken_in(bank)
    refused = bank("claim", key, "--as", "stranger", "--json")
    assert (refused.code, refused.out) == (3, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_cannot_be_written_is_told(bank: Run) -> None:
    taken_in(bank)
    for verb in ("list", "export"):
        done = subprocess.run(["bash", "-c", f"{sys.executable} -m hubconsole {verb} > /dev/full"], capture_output=True, text=True)
        assert done.returncode == 5
        assert done.stderr.startswith("hubconsole: The output could not be written")


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


def test_help_and_list_import_nothing_heavy(bank: Run, store: Path) -> None:
    taken_in(bank)
    heavy = {"textual", "rich", "sqlalchemy", "sqlmodel", "pydantic", "httpx", "alembic", "fastapi"}
    for arguments in (["--help"], ["list"], ["list", "--json"], ["show", "E-1"]):
        code = (
            "import sys; from hubconsole.__main__ import main; code = main(sys.argv[1:]); "
            f"sys.stderr.write(repr((code, sorted({heavy!r} & set(sys.modules)))))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env={**os.environ, "HUBCONSOLE_STORE": str(store)}
        )
        assert done.stderr == "(0, [])", arguments


def test_the_real_program_speaks_utf_8_and_survives_a_reader_that_leaves(bank: Run, store: Path) -> None:
    bank("add", "--as", "agent1", "--customer", "Zoë 日本", "--text", "ñ")
    env = {**os.environ, "HUBCONSOLE_STORE": str(store), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-m", "hubconsole", "list"], capture_output=True, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Zoë 日本" in done.stdout.decode("utf-8")
    for n in range(40):
        bank("add", "--as", "agent1", "--customer", f"C{n}", "--text", "word " * 400)
    piped = f"{sys.executable} -m hubconsole export --full --json | head -c 10"
    left = subprocess.run(["bash", "-o", "pipefail", "-c", piped], capture_output=True, text=True, env=env)
    assert (left.returncode, left.stderr) == (0, "")


def test_json_errors_of_the_real_program_stand_on_standard_error(bank: Run, store: Path) -> None:
    command = [sys.executable, "-m", "hubconsole", "claim", "E-7", "--as", "agent1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HUBCONSOLE_STORE": str(store)})
    assert (done.returncode, done.stdout) == (2, "")
    assert set(json.loads(done.stderr)["error"]) == {"code", "message", "hint"}
