"""What a newcomer meets in the first hour: who one is, where a reply can go, and messages that name the next step."""

import json
import time
from pathlib import Path

import pytest

from hubconsole import config
from hubconsole.cli import opening, output
from hubconsole.cli.session import standing
from hubconsole.clock import system_clock
from hubconsole.demo.run import screen_for
from hubconsole.store.rows import MemberRow
from tests.cli.conftest import Run, in_review, taken_in

# --- who one is ------------------------------------------------------------------------------------


@pytest.fixture
def own(run: Run, home: Path) -> Run:
    """The program with a hub where commands find one by themselves."""
    made = run("start", "--yes", "--member", "ana:service", "--member", "lee:legal")
    assert made.code == 0, made.err
    assert "Here you are ana" in made.out and "2 members" in made.out
    assert "--as ana" not in made.out
    return run


def test_start_keeps_who_one_is_and_the_next_commands_need_no_name(own: Run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("customer,text\nMaria,My card is blocked\n", "utf-8")
    assert own("import", str(file), "--yes").code == 0
    assert own("claim", "E-1").code == 0
    assert "ana" in own("list", "--query", "owner:me").out
    assert own("board", "--screenshot", str(tmp_path / "out.svg"), "--size", "120x36").code == 0
    assert own("claim", "E-1", "--as", "lee").code == 4


def test_who_one_is_in_ones_own_hub_is_not_in_the_way_in_another(own: Run, tmp_path: Path) -> None:
    alone, several = str(tmp_path / "alone.db"), str(tmp_path / "several.db")
    assert own("start", "--yes", "--member", "solo:service", "--store", alone).code == 0
    assert own("add", "--customer", "C", "--text", "T", "--store", alone).code == 0
    made = own("start", "--yes", "--member", "x:service", "--member", "y:legal", "--store", several)
    assert "--as x" in made.out
    assert own("add", "--customer", "C", "--text", "T", "--store", several).code == 0
    assert own("claim", "E-1", "--store", several).code == 2
    assert config.load().member == "ana"


def test_a_name_that_is_set_already_is_kept(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_AS", "zoe")
    made = run("start", "--yes", "--member", "ana:service", "--member", "zoe:legal", "--json")
    assert made.json["member"] is None
    monkeypatch.delenv("HUBCONSOLE_AS")
    assert config.load().member == ""


def test_a_hub_named_for_the_occasion_keeps_no_name(bank: Run) -> None:
    assert config.load().member == ""


def test_a_dry_run_needs_nobody(bank: Run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("customer,text\nMaria,My card is blocked\n", "utf-8")
    assert bank("import", str(file), "--dry-run", "--json").json["created"] == 1
    assert bank("import", str(file), "--yes").code == 0
    assert bank("claim", "E-1").code == 2


@pytest.mark.parametrize(("place", "why"), [("proc", ""), ("file", "not a folder")])
def test_a_place_where_no_hub_can_be_is_said_in_a_sentence(run: Run, tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    path = Path("/proc/none/hub.db") if place == "proc" else tmp_path / "file" / "hub.db"
    made = run("start", "--yes", "--member", "ana:service", "--store", str(path))
    assert (made.code, made.out) == (5, "")
    assert str(path.parent) in made.err and why in made.err and "--store" in made.err


def test_letting_the_only_lawyer_go_says_what_will_no_longer_work(bank: Run) -> None:
    assert "!" not in bank("members", "remove", "agent2", "--as", "lead1").out
    assert "nobody here holds legal" in bank("members", "remove", "lawyer1", "--as", "lead1").out
    assert bank("members", "add", "lawyer1:legal", "--as", "lead1").code == 0
    gone = bank("members", "remove", "lawyer1", "--as", "lead1", "--json").json
    assert len(gone["advice"]) == 1 and gone["events"]


# --- where a reply can go --------------------------------------------------------------------------


def test_a_reply_by_mail_to_nobody_is_warned_about_and_does_not_count_as_sent(bank: Run, home: Path) -> None:
    added = bank("add", "--as", "agent1", "--channel", "email", "--customer", "Zed", "--text", "Hello?")
    assert "'Zed' is no mail address" in added.out and "--handle" in added.out
    bank("draft", "E-1", "--as", "agent1", "--text", "We are looking into it.")
    submitted = bank("submit", "E-1", "--as", "agent1", "--json").json
    assert submitted["warnings"] == ["'Zed' is no mail address: the reply can be sent by hand only (give one: hubconsole address)."]
    assert "no mail address" in bank("show", "E-1").out
    digest = bank("show", "E-1", "--json").json["drafts"][-1]["digest"]
    bank("approve", "E-1", "--as", "lawyer1", "--digest", digest)
    sent = bank("send", "E-1", "--as", "agent1", "--via", "outbox", "--now", "--json")
    assert sent.code == 0
    assert bank("show", "E-1", "--json").json["sends"][-1]["state"] == "handed_over"
    assert len(list(home.rglob("*.eml"))) == 1
    assert bank("sent", "E-1", "--as", "agent1").code == 0
    assert bank("show", "E-1", "--json").json["state"] == "sent"


def test_a_reply_by_mail_with_an_address_is_warned_about_by_nobody(bank: Run) -> None:
    key, _ = in_review(bank, "email")
    assert bank("submit", key, "--as", "agent1", "--json").json["warnings"] == []
    assert "no mail address" not in bank("show", key).out


# --- messages that name the next step --------------------------------------------------------------


def test_submitting_before_writing_says_to_write(bank: Run) -> None:
    key = taken_in(bank)
    refused = bank("submit", key, "--as", "agent1")
    assert (refused.code, "no reply to submit" in refused.err, "Write one first" in refused.err) == (3, True, True)
    assert "Write a reply and submit it first" in bank("send", key, "--as", "agent1", "--now").err


def test_what_comes_first_is_said_where_something_is_not_possible_yet(bank: Run) -> None:
    key = taken_in(bank)
    for line, hint in (("resolve", "Triage it first"), ("reopen", "It is open already")):
        refused = bank(line, key, "--as", "agent1", "--json")
        assert refused.error["code"] == "wrong_state" and refused.error["hint"].startswith(hint)
    other, _ = in_review(bank)
    assert bank("triage", other, "spam", "--as", "agent1", "--json").error["hint"] == "Withdraw the reply first."


def test_an_empty_list_tells_a_hub_that_sleeps_from_one_that_is_new(bank: Run) -> None:
    assert "hubconsole add" in bank("list").out
    key = taken_in(bank)
    assert bank("snooze", key, "--for", "2h", "--as", "agent1").code == 0
    assert "1 enquiry asleep" in bank("list").out
    assert key in bank("list", "--query", "is:snoozed").out


def test_a_shortened_digest_is_told_from_another_one(bank: Run) -> None:
    key, digest = in_review(bank)
    short = bank("approve", key, "--as", "lawyer1", "--digest", digest[:12], "--json")
    assert (short.code, short.error["code"], short.error["hint"]) == (3, "digest_mismatch", "Give all 64 digits.")
    other = bank("approve", key, "--as", "lawyer1", "--digest", "0" * 64, "--json")
    assert (other.error["code"], "not the one you were shown" in other.error["message"]) == ("digest_mismatch", True)


def test_a_theme_that_does_not_exist_is_answered_with_those_there_are(bank: Run, tmp_path: Path) -> None:
    picture = ["--screenshot", str(tmp_path / "out.svg"), "--size", "80x24", "--as", "agent1"]
    wrong = bank("board", "--theme", "nope", *picture)
    assert wrong.code == 2 and "'nope'" in wrong.err and "mono" in wrong.err
    assert not (tmp_path / "out.svg").exists()
    assert bank("board", "--theme", "light", *picture).code == 0


def test_a_duplicate_repeats_an_enquiry_that_exists_and_does_not_repeat_it_back(bank: Run) -> None:
    one, two = taken_in(bank), taken_in(bank)
    assert bank("triage", one, "duplicate", "--of", "E-9", "--as", "agent1").code == 2
    assert bank("triage", one, "duplicate", "--of", two, "--as", "agent1").code == 0
    back = bank("triage", two, "duplicate", "--of", one, "--as", "agent1", "--json")
    assert (back.code, back.error["code"]) == (3, "circular_duplicate")
    assert bank("reopen", one, "--as", "agent1").code == 0
    assert bank("triage", two, "duplicate", "--of", one, "--as", "agent1").code == 0


# --- words for people ------------------------------------------------------------------------------


def test_one_and_many_are_told_apart() -> None:
    assert [output.count(n, "member") for n in (0, 1, 2)] == ["0 members", "1 member", "2 members"]
    assert output.count(2, "enquiry", "enquiries") == "2 enquiries"


def test_where_it_stands_is_not_said_twice(bank: Run) -> None:
    assert (standing("resolved", "is resolved"), standing("in_review", "is submitted")) == (".", ". Now in review.")
    assert standing("waiting_customer", "waits for the customer") == "."
    key = taken_in(bank)
    assert bank("triage", key, "engage", "--as", "agent1").out.endswith("Now working.\n")
    assert bank("resolve", key, "--as", "agent1").out == f"{key} is resolved.\n"


def test_people_read_local_times_and_programs_utc(bank: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        bank("add", "--as", "agent1", "--customer", "M", "--text", "Hi", "--posted-at", "2026-01-05T23:14:29Z")
        assert "6 Jan 2026 08:14" in bank("show", "E-1").out
        assert json.loads(bank("show", "E-1", "--json").out)["messages"][0]["at"] == "2026-01-05T23:14:29.000Z"
    finally:
        monkeypatch.undo()
        time.tzset()


# --- the demonstration -----------------------------------------------------------------------------


def test_the_demonstration_opens_on_what_ones_function_has_to_do() -> None:
    members = [MemberRow("ilse", ("legal",), True), MemberRow("kim", ("marketing", "sales"), True), MemberRow("nadia", ("service",), True)]
    assert [screen_for(members, name) for name in ("ilse", "kim", "nadia", "nobody")] == ["legal", "marketing", "board", "board"]


def test_a_demonstration_from_another_day_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = ["--store", str(tmp_path / "demo.db"), "--screenshot", str(tmp_path / "out.svg"), "--size", "80x24", "--as", "legal"]
    fresh = run("demo", *picture)
    assert fresh.code == 0 and "another day" not in fresh.err
    later = system_clock() + 13 * 3_600_000
    monkeypatch.setattr(opening, "system_clock", lambda: later)
    assert "--reset" in run("demo", *picture).err
