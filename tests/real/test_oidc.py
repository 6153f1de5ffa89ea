"""Logging in at a real OpenID Connect provider, from the command line to a token of the hub."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.__main__ import main
from hubconsole.cli import login
from hubconsole.cli.provider import Shown, id_token
from hubconsole.clock import system_clock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import Refused
from hubconsole.hub.access import Grant, digest_of, lookup
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote import transport
from hubconsole.server.oidc import OidcSettings, Provider
from hubconsole.server.settings import Settings
from tests.contract.asgi import Running, ToApp
from tests.contract.hubs import MEMBERS
from tests.real.oidc_provider import in_the_browser, running

pytestmark = pytest.mark.slow
URL = "http://127.0.0.1:8750"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running() as address:
        yield address


def settings(issuer: str) -> OidcSettings:
    return OidcSettings(issuer=issuer, client_id="hubconsole", members={"lexa@bank.example": "lex"}, domain="bank.example")


@pytest.fixture
def far(issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub behind its API that sends people to the provider."""
    from hubconsole.server.app import create_app

    hub = LocalHub.create(tmp_path / "far.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    served = Running(create_app(hub, Settings(oidc=settings(issuer))))

    class Here(transport.Line):
        def __init__(self, url: str, *, ca: str = "") -> None:
            super().__init__(url, ca=ca, transport=ToApp(served))

    monkeypatch.setattr(transport, "Line", Here)
    monkeypatch.setenv(credentials.VARIABLE, "file")
    yield hub
    served.stop()
    hub.close()


class Person:
    """Does at the provider what the screen says, when the program first waits."""

    def __init__(self, name: str, agree: bool = True) -> None:
        self.name, self.agree = name, agree
        self.address = ""
        self.seen: list[str] = []

    def show(self, shown: Shown) -> None:
        self.address = shown.whole or shown.address

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        if not self.seen:
            self.seen.append(in_the_browser(self.address, self.name, agree=self.agree))


def log_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, person: Person, *words: str) -> tuple[int, str]:
    """``hubconsole login``, with a person who reads the address off the terminal."""

    def wait(seconds: float) -> None:
        if not person.address:
            found = re.search(r"http://127\.0\.0\.1:\d+/device\?\S+", capsys.readouterr().err)
            assert found is not None
            person.address = found[0]
        person.wait(seconds)

    monkeypatch.setattr(login, "wait", wait)
    code = main(["login", URL, *words])
    out, err = capsys.readouterr()
    return code, out + err


def test_a_person_of_the_provider_is_logged_in_as_the_member(
    far: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person("lexa")
    code, said = log_in(capsys, monkeypatch, person)
    assert person.seen == ["Sign-in Success"]
    assert code == 0 and "Logged in to Bank as lex" in said
    secret = credentials.secret(URL, "lex")
    grant = lookup(far, digest_of(secret or ""))
    assert isinstance(grant, Grant) and (grant.member, grant.scope) == ("lex", "member")
    assert secret and secret not in said


def test_a_person_of_the_domain_is_the_member_of_that_name(
    far: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log_in(capsys, monkeypatch, Person("ada"))[0] == 0
    assert [one.member for one in credentials.logins(URL)] == ["ada"]


@pytest.mark.parametrize(("name", "says"), [("mallory", "no member"), ("new-lex", "not verified")])
def test_a_person_whom_the_hub_does_not_know_stays_out(
    far: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    code, said = log_in(capsys, monkeypatch, Person(name))
    assert code == 3 and says in said and f"{name}@" not in said
    assert credentials.logins() == ()


def test_a_login_that_is_aborted_at_the_provider_is_denied(
    far: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = log_in(capsys, monkeypatch, Person("lexa", agree=False))
    assert code == 3 and "denied at the provider" in said


def test_the_hubs_own_code_goes_beside_the_provider(
    far: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hubconsole.hub import access

    def wait(seconds: float) -> None:
        threading.Event().wait(min(seconds, 0.01))
        with far.store.reading() as conn:
            codes = conn.execute("SELECT user_code FROM device WHERE state = 'waiting'").fetchall()
        for (code,) in codes:
            access.device_answer(far, code, "sue", False)

    monkeypatch.setattr(login, "wait", wait)
    assert main(["login", URL, "--code"]) == 3
    assert "The login was denied." in capsys.readouterr().err


def signed_for(issuer: str, client: str) -> str:
    person = Person("lexa")
    return id_token(issuer, client, "openid email", person.show, person.wait)


def test_what_the_provider_signed_for_another_program_or_for_nobody_is_not_taken(issuer: str) -> None:
    checked = Provider(settings(issuer))
    good = signed_for(issuer, "hubconsole")
    assert checked.member(good) == "lex"
    head, body, signature = good.split(".")

    def spoil(text: str) -> str:
        return text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]

    wrong: list[Callable[[], str]] = [
        lambda: signed_for(issuer, "another"),
        lambda: f"{head}.{spoil(body)}.{signature}",
        lambda: f"{head}.{body}.{spoil(signature)}",
        lambda: f"{head}.{body}.",
    ]
    for make in wrong:
        with pytest.raises(Refused):
            checked.member(make())
    late = Provider(settings(issuer), lambda: system_clock() + 2 * 3_600_000)
    with pytest.raises(Refused, match="too old"):
        late.member(good)
