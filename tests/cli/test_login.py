"""Logging in to a hub elsewhere by its code, and out again: the four outcomes, what is kept, and that no secret is shown."""

import getpass
import io
import os
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole import credentials
from hubconsole.cli import login
from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Scope
from hubconsole.errors import Unreachable
from hubconsole.hub import access
from hubconsole.hub.access import Grant, digest_of
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote import client, transport
from hubconsole.hub.remote.place import mirror_path
from hubconsole.ids import new_id
from tests.cli.conftest import Run
from tests.contract.asgi import Running, ToApp
from tests.contract.hubs import MEMBERS

URL = "http://127.0.0.1:8750"


class Elsewhere:
    """A hub behind its API, and somebody there who answers logins."""

    def __init__(self, path: Path, clock: FrozenClock) -> None:
        self.clock = clock
        self.hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
        self.answer: Callable[[str], object] = lambda code: None
        self.broken = 0

    def codes(self) -> list[str]:
        with self.hub.store.reading() as conn:
            return [code for (code,) in conn.execute("SELECT user_code FROM device WHERE state = 'waiting'").fetchall()]

    def wait(self, seconds: float) -> None:
        """Time goes by on both machines, and somebody may answer."""
        self.clock.advance(round(seconds * 1000))
        for code in self.codes():
            self.answer(code)

    def says(self, who: str, approve: bool) -> None:
        """From now on this member answers whatever waits."""
        self.answer = lambda code: access.device_answer(self.hub, code, who, approve)

    def opens(self, secret: str | None) -> str:
        found = access.lookup(self.hub, digest_of(secret or ""))
        return f"{found.member}/{found.scope}" if isinstance(found, Grant) else found.code


@pytest.fixture
def far(tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    from hubconsole.server.app import create_app

    place = Elsewhere(tmp_path / "far.db", clock)
    running = Running(create_app(place.hub))

    class Here(transport.Line):
        def __init__(self, url: str, *, ca: str = "", transport: object = None) -> None:
            super().__init__(url, ca=ca, transport=ToApp(running))

        def ask(self, question: transport.Question) -> Any:
            if place.broken:
                place.broken -= 1
                raise Unreachable("no_connection", "The hub cannot be reached.", "Check the network.")
            return super().ask(question)

    monkeypatch.setattr(transport, "Line", Here)
    monkeypatch.setattr(client, "Line", Here)
    monkeypatch.setattr(login, "wait", place.wait)
    monkeypatch.setenv(credentials.VARIABLE, "file")
    yield place
    running.stop()
    place.hub.close()


def test_a_confirmed_login_is_kept_and_told_without_its_secret(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    ran = run("login", f"{URL}/", "--member", "lex")
    assert ran.code == 0, ran.err
    secret = credentials.secret(URL, "lex")
    assert far.opens(secret) == "lex/member"
    assert ran.out.startswith("Logged in to Bank as lex, until ")
    assert secret and secret not in ran.out + ran.err and "for you alone" in ran.err
    (row,) = access.tokens(far.hub, "lex")
    assert row.label.startswith("hubconsole of ") and credentials.token_id(URL, "lex") == row.id


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """This stands on standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_an_issued_token_is_kept_after_the_hub_said_whose_it_is(far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = access.issue(far.hub, "sue", Scope.WALL, label="hall")
    given(monkeypatch, f"  {wall.secret}\n")
    ran = run("login", URL, "--token")
    assert (ran.code, ran.out.startswith("Logged in to Bank as sue (wall only), until ")) == (0, True), ran.err
    assert (credentials.secret(URL, "sue"), credentials.token_id(URL, "sue")) == (wall.secret, wall.token.id)
    assert wall.secret not in ran.out + ran.err
    assert credentials.path().stat().st_mode & 0o077 == 0
    assert run("list", "--hub", URL).code == 0, "nobody has to say who it is"
    assert run("logout", URL).code == 0
    assert (credentials.logins(), far.opens(wall.secret)) == ((), "token_revoked")


def test_a_wall_keeps_no_name_on_the_machine_and_shows_nothing_of_a_login_before(
    far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path(os.environ["XDG_CACHE_HOME"]) / "hubconsole"
    for customer in ("Maria Zebra", "Tom Zebra"):
        text = f"{customer} at zebra@example.org wants it back"
        far.hub.execute(c.Receive(enquiry_id=new_id(), channel="x", text=text, customer=customer), actor="ada")
    given(monkeypatch, access.issue(far.hub, "sue", Scope.MEMBER, label="desk").secret)
    run("login", URL, "--token")
    assert run("board", "--hub", URL, "--screenshot", "desk.svg").code == 0
    assert holding(place, b"ebra") and "Zebra" in Path("desk.svg").read_text()
    given(monkeypatch, access.issue(far.hub, "sue", Scope.WALL, label="hall").secret)
    run("login", URL, "--token")
    assert not holding(place, b"ebra"), "what the login before had seen is gone"
    assert run("board", "--hub", URL, "--screenshot", "wall.svg").code == 0
    shown = Path("wall.svg").read_text()
    assert "E-1" in shown and "ebra" not in shown and not holding(place, b"ebra")
    for verb in (("legal",), ("enquiry", "E-1"), ("marketing",)):
        refused = run(*verb, "--hub", URL, "--screenshot", "no.svg")
        assert (refused.code, Path("no.svg").exists()) == (3, False), verb
    far.broken = 99
    assert run("board", "--hub", URL, "--screenshot", "away.svg").code == 0
    assert "ebra" not in Path("away.svg").read_text()
    run("logout", URL)
    assert not list(place.rglob("*.db*")), "who is not logged in keeps no copy"


def holding(place: Path, words: bytes) -> list[Path]:
    """The files that hold these words."""
    return [file for file in place.rglob("*") if file.is_file() and words in file.read_bytes()]


def test_an_issued_token_is_asked_for_without_an_echo(far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = access.issue(far.hub, "ada", Scope.READ, label="tablet")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda prompt, stream: read.secret)
    told = run("login", URL, "--token", "--json").json
    assert (told["token"]["member"], told["token"]["scope"]) == ("ada", "read")

    def ended(prompt: str, stream: object) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", ended)
    assert run("login", URL, "--token", "--json").error["code"] == "no_token"
    assert credentials.secret(URL, "ada") == read.secret


def test_the_same_token_again_does_not_end_itself_and_another_ends_the_one_before(
    far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (access.issue(far.hub, "sue", Scope.WALL, label=label) for label in ("hall", "kitchen"))
    for _ in range(2):
        given(monkeypatch, first.secret)
        assert run("login", URL, "--token").code == 0
    assert far.opens(first.secret) == "sue/wall"
    given(monkeypatch, second.secret)
    assert "before has ended" in run("login", URL, "--token").err
    assert (far.opens(first.secret), far.opens(second.secret)) == ("token_revoked", "sue/wall")


def test_the_workers_token_is_kept_for_the_worker(far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = access.issue(far.hub, "sue", Scope.WORKER, label="worker")
    given(monkeypatch, worker.secret)
    assert run("login", URL, "--token").code == 0
    assert (credentials.secret(URL, "system"), credentials.secret(URL, "sue")) == (worker.secret, None)
    ran = run("worker", "--once", "--hub", URL)
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("text", "member", "code"),
    [
        ("", "", "no_token"),
        ("hct_wrong", "", "bad_token"),
        ("two words", "", "bad_token"),
        ("{sue}", "lex", "other_member"),
        ("{gone}", "", "bad_token"),
    ],
)  # fmt: skip
def test_what_is_no_token_for_this_is_not_kept(
    far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch, text: str, member: str, code: str
) -> None:
    sue, gone = (access.issue(far.hub, "sue", Scope.READ, label="x") for _ in range(2))
    access.revoke(far.hub, "sue", gone.token.id)
    given(monkeypatch, text.format(sue=sue.secret, gone=gone.secret))
    ran = run("login", URL, "--token", "--member", member, "--json")
    assert (ran.error["code"], ran.code in (2, 3)) == (code, True)
    assert (credentials.logins(), far.opens(sue.secret)) == ((), "sue/read")


def test_the_answer_in_json(far: Elsewhere, run: Run) -> None:
    far.says("ada", True)
    told = run("login", URL, "--read-only", "--json").json
    assert (told["hub"], told["name"], told["kept_in"], told["token"]["scope"]) == (URL, "Bank", "file", "read")
    assert far.opens(credentials.secret(URL, "ada")) == "ada/read"


def test_a_denied_login(far: Elsewhere, run: Run) -> None:
    far.says("lex", False)
    ran = run("login", URL, "--json")
    assert ran.code == 3 and '"denied"' in ran.err.splitlines()[-1]
    assert credentials.logins() == ()


def test_a_login_that_nobody_confirms(far: Elsewhere, run: Run) -> None:
    ran = run("login", URL, "--json")
    assert ran.code == 3 and '"expired"' in ran.err.splitlines()[-1]
    assert credentials.logins() == ()


def test_somebody_elses_confirmation_is_not_taken(far: Elsewhere, run: Run) -> None:
    far.says("sue", True)
    ran = run("login", URL, "--member", "lex")
    assert ran.code == 3 and "sue confirmed this login, not lex" in ran.err
    assert credentials.logins() == () and access.tokens(far.hub, "sue") == (), "the token was ended at once"


def test_a_line_that_breaks_while_waiting_comes_back(far: Elsewhere, run: Run) -> None:
    def breaks_once(code: str) -> None:
        far.broken, far.answer = 2, lambda code: access.device_answer(far.hub, code, "lex", True)

    far.answer = breaks_once
    assert run("login", URL).code == 0
    assert far.opens(credentials.secret(URL, "lex")) == "lex/member"


def test_logging_in_again_ends_the_token_before(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    run("login", URL)
    first = credentials.secret(URL, "lex")
    run("login", URL)
    assert (far.opens(first), far.opens(credentials.secret(URL, "lex"))) == ("token_revoked", "lex/member")


def test_logging_out_ends_the_token_here_and_there(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    run("login", URL)
    secret = credentials.secret(URL, "lex")
    ran = run("logout", URL)
    assert (ran.code, ran.out) == (0, f"lex is logged out of {URL} here.\n")
    assert (far.opens(secret), credentials.logins()) == ("token_revoked", ())
    for words, said in ((("logout", URL), "Nobody is logged in at"), (("logout", URL, "--member", "lex"), "lex is not logged in at")):
        again = run(*words)
        assert again.code == 2 and again.err.startswith(f"hubconsole: {said} {URL}"), again.err


def test_who_confirms_is_told_which_program_asks_and_whom_it_waits_for(far: Elsewhere, run: Run, store: Path) -> None:
    seen: list[str] = []

    def look(code: str) -> None:
        seen.append(access.device_request(far.hub, code).client)
        access.device_answer(far.hub, code, "lex", True)

    far.answer = look
    assert run("login", URL, "--member", "lex").code == 0
    assert run("login", URL).code == 0
    assert seen[0].startswith("hubconsole of ") and seen[0].endswith(" for lex") and len(seen[0]) <= 60
    assert not seen[1].endswith(" for lex")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which files of certificates were asked for, in order; they are not looked into."""
    named: list[str] = []

    def certificates(ca: str) -> ssl.SSLContext:
        named.append(ca)
        return ssl.create_default_context()

    monkeypatch.setattr(transport, "certificates", certificates)
    return named


def test_the_certificates_named_at_the_login_are_found_by_what_comes_later(
    far: Elsewhere, run: Run, trusted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    far.says("lex", True)
    assert run("login", URL, "--ca", "own.pem").code == 0
    kept = str(tmp_path / "own.pem")
    assert credentials.ca(URL) == kept
    monkeypatch.chdir("/")
    trusted.clear()
    assert run("list", "--hub", URL).code == 0 and set(trusted) == {kept}
    trusted.clear()
    assert run("login", URL).code == 0 and credentials.ca(URL) == kept, "the next login needs not be told again"
    trusted.clear()
    assert run("list", "--hub", URL, "--ca", "/typed.pem").code == 0 and set(trusted) == {"/typed.pem"}
    trusted.clear()
    assert run("logout", URL).code == 0 and set(trusted) == {kept}
    assert credentials.ca(URL) == ""


def test_certificates_may_be_named_by_the_environment_or_a_setting(
    far: Elsewhere, run: Run, trusted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.says("lex", True)
    assert run("login", URL).code == 0 and trusted == []
    settings = tmp_path / "config.toml"
    settings.write_text('ca = "bank.pem"\n')
    monkeypatch.setenv("HUBCONSOLE_CONFIG", str(settings))
    assert run("list", "--hub", URL).code == 0 and set(trusted) == {str(tmp_path / "bank.pem")}
    trusted.clear()
    monkeypatch.setenv("HUBCONSOLE_CA", "/environment.pem")
    assert run("list", "--hub", URL).code == 0 and set(trusted) == {"/environment.pem"}
    trusted.clear()
    monkeypatch.setenv("HUBCONSOLE_TOKEN", credentials.secret(URL, "lex") or "")
    assert run("list", "--hub", URL).code == 0 and set(trusted) == {"/environment.pem"}


@pytest.mark.parametrize("words", [(), ("--as", "lex")])
def test_a_revoked_token_of_the_environment_is_told_as_such(
    far: Elsewhere, run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    issued = access.issue(far.hub, "lex", Scope.MEMBER, label="script")
    access.revoke(far.hub, "lex", issued.token.id)
    monkeypatch.setenv("HUBCONSOLE_TOKEN", issued.secret)
    error = run("list", "--hub", URL, *words, "--json").error
    assert error["code"] == "bad_token" and "The token in HUBCONSOLE_TOKEN does not open" in error["message"], error
    assert "HUBCONSOLE_TOKEN" in error["hint"] and issued.secret not in str(error)
    monkeypatch.delenv("HUBCONSOLE_TOKEN")
    credentials.keep(URL, "lex", issued.secret)
    assert "HUBCONSOLE_TOKEN" not in str(run("list", "--hub", URL, "--json").error), "a token that was kept is another matter"


def test_logging_out_without_the_hub_says_what_is_left_to_do(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    run("login", URL, "--read-only")
    token = credentials.token_id(URL, "lex")
    far.broken = 1
    ran = run("logout", URL)
    assert ran.code == 0 and f"hubconsole token revoke {token}" in ran.err
    assert credentials.logins() == ()


@pytest.mark.parametrize("how", ["revoked", "unreachable"])
def test_logging_out_takes_the_copy_along_whether_or_not_the_token_still_opens_anything(far: Elsewhere, run: Run, how: str) -> None:
    far.says("lex", True)
    run("login", URL)
    copies = [mirror_path(URL, "lex", sort) for sort in ("", Scope.WALL)]
    for file in copies:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"Maria")
    if how == "revoked":
        access.revoke(far.hub, "lex", credentials.token_id(URL, "lex"))
    else:
        far.broken = 1
    assert run("logout", URL).code == 0
    assert [file.exists() for file in copies] == [False, False] and credentials.logins() == ()


def test_a_read_only_token_ends_itself_on_logout(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    run("login", URL, "--read-only")
    secret = credentials.secret(URL, "lex")
    assert run("logout", URL, "--json").json == {"hub": URL, "member": "lex", "ended_there": True}
    assert far.opens(secret) == "token_revoked"


def test_two_people_at_one_machine_are_told_apart(far: Elsewhere, run: Run) -> None:
    for who in ("lex", "ada"):
        far.says(who, True)
        run("login", URL)
    assert "ada, lex" in run("logout", URL).err
    assert run("logout", URL, "--member", "ada").code == 0
    assert [one.member for one in credentials.logins()] == ["lex"]


@pytest.mark.parametrize("url", ["http://hub.example.org", "ftp://hub", "hub.example.org", "https://me:pass@hub.example.org", ""])
def test_a_hub_in_the_clear_is_refused(run: Run, url: str) -> None:
    assert run("login", url or "--", "--json").code == 2
