"""Verbs on a hub behind an address: the same answers as on its store, and who acts there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.clock import HOUR, MINUTE, system_clock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.worker.dispatcher import LEASE
from tests.cli.conftest import Run
from tests.contract import acts
from tests.contract.remotes import quiet, served

MEMBERS = (("ada", (Function.SERVICE,)), ("lex", (Function.LEGAL,)), ("sue", (Function.SUPERVISOR,)))


@pytest.fixture
def hub(store: Path) -> Iterator[LocalHub]:
    """A hub with one enquiry."""
    hub = LocalHub.create(store, name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    hub.execute(c.Receive(enquiry_id=new_id(), channel="x", text="Where is my card?", customer="@maria"), actor="ada")
    yield hub
    quiet()
    hub.close()


@pytest.fixture
def url(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; ada and lex are logged in there."""
    monkeypatch.setenv("HUBCONSOLE_CREDENTIALS", "file")
    for variable in ("HUBCONSOLE_HUB", "HUBCONSOLE_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    with served(hub) as url:
        for name in ("ada", "lex"):
            issued = access.issue(hub, name, Scope.MEMBER, label="test")
            credentials.keep(url, name, issued.secret, issued.token.id)
        yield url


def test_verbs_answer_as_on_the_store(run: Run, url: str, store: Path, hub: LocalHub) -> None:
    far, near = ("--hub", url, "--as", "ada"), ("--store", str(store), "--as", "ada")
    for verb in (
        ("list", "--json"), ("list", "--query", "card", "--json"), ("show", "E-1"), ("search", "card"), ("members", "list"),
        ("policy", "show"),
        ("shift", "show"), ("audit", "verify", "--json"), ("audit", "show", "--json"), ("export", "--format", "csv"),
    ):  # fmt: skip
        there, here = run(*verb, *far), run(*verb, *near)
        assert (there.code, there.out) == (here.code, here.out), verb
    claimed = run("claim", "E-1", *far, "--json")
    assert (claimed.code, claimed.json["events"]) == (0, ["enquiry.claimed", "enquiry.assigned"])
    assert hub.enquiry("E-1").row.on_it == "ada"
    refused = run("approve", "E-1", *far, "--digest", "0" * 64, "--json")
    assert refused.code in (3, 4)


def test_a_reply_that_no_worker_takes_says_what_is_missing(
    run: Run, url: str, hub: LocalHub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubconsole.cli.sending.OTHERS_PATIENCE", 0.0)
    acts.ready(hub)
    there = run("send", "E-2", "--via", "outbox", "--now", "--hub", url, "--as", "ada")
    assert there.code == 5 and "no worker at the hub has come to it" in there.err and "hubconsole worker there" in there.err
    assert hub.lease(LEASE, "another", 60_000)
    acts.ready(hub)
    here = run("send", "E-3", "--via", "outbox", "--now", "--store", str(store), "--as", "ada")
    assert here.code == 5 and "another console or worker is sending" in here.err


def test_a_command_id_makes_it_once(run: Run, url: str) -> None:
    once = ("--command-id", new_id(), "--hub", url, "--as", "ada", "--json")
    first, again = (run("note", "E-1", "--text", "hello", *once) for _ in range(2))
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    assert first.json["seq"] == again.json["seq"]


def test_the_address_may_come_from_the_environment_and_a_named_store_wins(
    run: Run, url: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBCONSOLE_HUB", url)
    assert "E-1" in run("list", "--as", "lex").out
    assert run("rebuild", "--as", "ada", "--json").error["code"] == "needs_store"
    assert run("rebuild", "--store", str(store)).code == 0
    assert run("list", "--hub", url, "--store", str(store), "--json").error["code"] == "hub_or_store"


def test_who_acts_is_whoever_is_logged_in(run: Run, url: str) -> None:
    unclear = run("claim", "E-1", "--hub", url, "--json").error
    assert (unclear["code"], "ada, lex" in unclear["hint"]) == ("who", True)
    credentials.forget(url, "lex")
    assert run("claim", "E-1", "--hub", url).code == 0
    stranger = run("claim", "E-1", "--hub", url, "--as", "zoe", "--json").error
    assert (stranger["code"], "hubconsole login" in stranger["hint"]) == ("no_token", True)
    credentials.forget(url, "ada")
    nobody = run("list", "--hub", url, "--json").error
    assert (nobody["code"], "hubconsole login" in nobody["hint"]) == ("who", True)


def test_a_token_of_the_environment_needs_no_login(run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", access.issue(hub, "sue", Scope.MEMBER, label="script").secret)
    assert run("priority", "E-1", "1", "--hub", url, "--as", "sue").code == 0
    assert hub.enquiry("E-1").trail[-1].actor == "sue"


def test_nobody_acts_as_somebody_else_unawares(run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", access.issue(hub, "sue", Scope.MEMBER, label="script").secret)
    before = hub.info().seq
    for verb in (("priority", "E-1", "1"), ("list",), ("show", "E-1"), ("audit", "verify"), ("token", "list")):
        refused = run(*verb, "--hub", url, "--as", "lex", "--json")
        assert (refused.code, refused.error["code"]) == (3, "other_member"), verb
        assert "sue's" in refused.error["message"] and "lex" in refused.error["message"], verb
    assert hub.info().seq == before
    picture = run("board", "--hub", url, "--as", "lex", "--screenshot", "no.svg")
    assert (picture.code, "sue's" in picture.err) == (3, True) and not Path("no.svg").exists()


def test_a_board_that_was_lexs_before_is_not_shown_to_the_holder_of_anothers_token(
    run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("board", "--hub", url, "--as", "lex", "--screenshot", "one.svg").code == 0
    monkeypatch.setenv("HUBCONSOLE_TOKEN", access.issue(hub, "sue", Scope.MEMBER, label="script").secret)
    again = run("board", "--hub", url, "--as", "lex", "--screenshot", "two.svg")
    assert (again.code, "sue's" in again.err, Path("two.svg").exists()) == (3, True, False)


def test_a_token_of_the_environment_says_by_itself_whose_it_is(run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", access.issue(hub, "sue", Scope.MEMBER, label="script").secret)
    assert run("note", "E-1", "--text", "seen", "--hub", url).code == 0
    assert hub.enquiry("E-1").trail[-1].actor == "sue"


@pytest.mark.parametrize(
    ("scope", "what"),
    [(Scope.READ, "for reading"), (Scope.WALL, "on a wall"), (Scope.INTAKE, "taking messages in"), (Scope.WORKER, "own worker")],
)
def test_a_token_that_does_not_let_its_member_act_says_what_it_is(
    run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch, scope: Scope, what: str
) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", access.issue(hub, "sue", scope, label="script").secret)
    for who, code in (("sue", "out_of_scope"), ("lex", "other_member")):
        refused = run("token", "issue", "--hub", url, "--as", who, "--json").error
        assert (refused["code"], what in refused["message"]) == (code, True), refused


@pytest.mark.parametrize(("said", "code"), [("http://hub.example.org", "hub_url"), ("nonsense", "hub_url"), ("http://127.0.0.1:9", "who")])
def test_what_is_no_hub_is_said(run: Run, said: str, code: str) -> None:
    assert run("list", "--hub", said, "--json").error["code"] == code


def test_a_hub_that_does_not_answer_is_unreachable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", "hct_x")
    gone = run("list", "--hub", "http://127.0.0.1:9", "--as", "ada", "--json")
    assert (gone.code, gone.error["code"]) == (5, "no_connection")


def test_a_picture_is_of_the_board_as_it_is_now(run: Run, url: str, hub: LocalHub, tmp_path: Path) -> None:
    picture = ("board", "--hub", url, "--as", "ada", "--size", "160x45", "--screenshot")
    assert run(*picture, str(tmp_path / "one.svg")).code == 0
    hub.execute(c.Receive(enquiry_id=new_id(), channel="x", text="And mine?", customer="@zebra"), actor="ada")
    assert run(*picture, str(tmp_path / "two.svg")).code == 0
    assert "zebra" not in (tmp_path / "one.svg").read_text()
    assert "zebra" in (tmp_path / "two.svg").read_text()


def test_waits_and_snoozes_go_by_the_hubs_clock(run: Run, url: str, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubconsole.clock.system_clock", lambda: system_clock() + HOUR)
    far = ("--hub", url, "--as", "ada")
    assert "  0:00   " in run("list", *far).out
    assert "waits     0:00 " in run("show", "E-1", *far).out
    assert run("snooze", "E-1", "--for", "30m", *far).code == 0
    assert 29 * MINUTE < hub.enquiry("E-1").row.snoozed_until - system_clock() <= 30 * MINUTE


def test_an_empty_address_or_store_is_no_other_one(run: Run, url: str, store: Path) -> None:
    for place in ("--hub", "--store"):
        asked = run("add", place, "", "--channel", "phone", "--customer", "Maria", "--text", "Hi", "--as", "ada")
        assert (asked.code, asked.out) == (2, "") and f"{place} names no" in asked.err


def test_what_needs_the_store_names_the_variable_that_says_otherwise(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_HUB", url)
    refused = run("rebuild")
    assert refused.code == 2 and f"(HUBCONSOLE_HUB is {url})" in refused.err
