"""Moves to and from an address, and a worker for one: what is said to whoever lacks the code, the login or the token."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests.api.test_transfer import Waiting
from tests.cli.conftest import Run
from tests.contract.remotes import quiet, served

MEMBERS = (("ada", (Function.SERVICE,)), ("sue", (Function.SUPERVISOR,)))
WRONG = "The code is wrong or missing; serve --await-push prints it."


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_CREDENTIALS", "file")
    for variable in ("HUBCONSOLE_HUB", "HUBCONSOLE_TOKEN"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A hub elsewhere; nobody is logged in there."""
    hub = LocalHub.create(tmp_path / "far.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    with served(hub) as url:
        yield url
    quiet()
    hub.close()


@pytest.fixture
def waiting(tmp_path: Path) -> Waiting:
    """A server that waits for a hub; the code is ``secret``."""
    return Waiting(str(tmp_path / "there.db"), "secret")


@pytest.mark.slow
@pytest.mark.parametrize("login", ["", "lead1", "agent1"])
@pytest.mark.parametrize("code", [(), ("--code", ""), ("--code", "wrong")])
def test_a_push_without_the_right_code_says_where_that_is(
    bank: Run, waiting: Waiting, tmp_path: Path, code: tuple[str, ...], login: str
) -> None:
    if login:
        credentials.keep(waiting.url, login, "hct_" + "x" * 43, "01a2019c-4546-7e73-b77c-a4d4dbb41001")
    refused = bank("push", waiting.url, *code, "--as", "lead1", "--json")
    assert (refused.code, refused.error["code"], refused.error["message"]) == (3, "bad_code", WRONG)
    assert "--code CODE" in refused.error["hint"] and "login" not in refused.err
    assert not (tmp_path / "there.db").exists()
    assert bank("push", waiting.url, "--code", "secret", "--as", "lead1").code == 0
    waiting.thread.join(20)


@pytest.mark.slow
def test_a_token_of_the_environment_is_not_blamed_for_a_missing_code(bank: Run, waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_TOKEN", "hct_" + "x" * 43)
    refused = bank("push", waiting.url, "--as", "lead1", "--json")
    assert (refused.code, refused.error["message"]) == (3, WRONG)
    assert bank("push", waiting.url, "--code", "secret", "--as", "lead1").code == 0
    waiting.thread.join(20)


@pytest.mark.parametrize("who", [(), ("--as", "sue")])
def test_a_pull_without_a_login_says_how_to_log_in(run: Run, url: str, tmp_path: Path, who: tuple[str, ...]) -> None:
    home = tmp_path / "home.db"
    refused = run("pull", url, "--store", str(home), *who, "--json")
    assert (refused.code, refused.error["code"]) == (2, "who")
    assert refused.error["message"] == f"Nobody is logged in at {url} on this machine."
    assert refused.error["hint"] == f"Log in: hubconsole login {url}" and "Bearer" not in refused.err
    assert not home.exists()


def test_a_pull_as_somebody_else_than_who_is_logged_in_says_so(run: Run, url: str, tmp_path: Path) -> None:
    credentials.keep(url, "ada", "hct_" + "x" * 43, "01a2019c-4546-7e73-b77c-a4d4dbb41001")
    refused = run("pull", url, "--store", str(tmp_path / "home.db"), "--as", "sue", "--json")
    assert (refused.code, refused.error["code"]) == (3, "no_token")
    assert "There is no token for sue" in refused.error["message"] and "--member sue" in refused.error["hint"]


@pytest.mark.parametrize("login", [False, True])
def test_a_worker_without_a_token_is_told_who_issues_one(run: Run, url: str, tmp_path: Path, login: bool) -> None:
    if login:
        far = LocalHub.open(str(tmp_path / "far.db"))
        issued = access.issue(far, "ada", Scope.MEMBER, label="desk")
        far.close()
        credentials.keep(url, "ada", issued.secret, issued.token.id)
    refused = run("worker", "--once", "--hub", url, "--json")
    assert (refused.code, refused.error["code"]) == (3, "no_token")
    hint = refused.error["hint"]
    assert "supervisor" in hint and "hubconsole token issue --scope worker" in hint and f"hubconsole login {url} --token" in hint
    assert "HUBCONSOLE_TOKEN" in hint and "--member" not in hint
