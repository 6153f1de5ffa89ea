"""Logging in to a hub elsewhere by its code, and out again: the four outcomes, what is kept, and that no secret is shown."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole import credentials
from hubconsole.cli import login
from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import Unreachable
from hubconsole.hub import access
from hubconsole.hub.access import Grant, digest_of
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote import transport
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
        def __init__(self, url: str, *, ca: str = "") -> None:
            super().__init__(url, ca=ca, transport=ToApp(running))

        def ask(self, question: transport.Question) -> Any:
            if place.broken:
                place.broken -= 1
                raise Unreachable("no_connection", "The hub cannot be reached.", "Check the network.")
            return super().ask(question)

    monkeypatch.setattr(transport, "Line", Here)
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
    assert run("logout", URL).code == 2


def test_logging_out_without_the_hub_says_what_is_left_to_do(far: Elsewhere, run: Run) -> None:
    far.says("lex", True)
    run("login", URL, "--read-only")
    token = credentials.token_id(URL, "lex")
    far.broken = 1
    ran = run("logout", URL)
    assert ran.code == 0 and f"hubconsole token revoke {token}" in ran.err
    assert credentials.logins() == ()


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
