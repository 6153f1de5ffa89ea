"""The program on a hub in PostgreSQL: made where it was asked for, and its password shown to nobody."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from hubconsole.hub.local import LocalHub
from tests import pg
from tests.cli.conftest import Ran, Run

pytestmark = pytest.mark.slow

SECRET = "s3cret#pw"


@pytest.fixture
def url() -> Iterator[str]:
    """A database without tables, named by a URL with a password."""
    with pg.database() as made:
        yield locked(made)


def locked(url: str) -> str:
    """The URL with a password."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0] or 'postgres'}:{SECRET}@{host}"))


def silent(ran: Ran) -> Ran:
    """The run, which showed no password and left no folder named after an address."""
    assert SECRET not in ran.out + ran.err and SECRET.partition("#")[0] not in ran.out + ran.err
    assert not list(Path.cwd().rglob("postgres*"))
    return ran


MEMBERS = ("--member", "lead:supervisor", "--member", "lex:legal", "--member", "kim:marketing")


@pytest.mark.parametrize("json", [False, True])
def test_start_makes_the_hub_in_the_database(run: Run, url: str, json: bool) -> None:
    made = silent(run("start", "--yes", "--name", "Bank", *MEMBERS, "--store", url, *(["--json"] if json else [])))
    assert made.code == 0, made.err
    hub = LocalHub.open(url)
    assert (hub.info().name, len(hub.members()), hub.verify().ok) == ("Bank", 3, True)
    hub.close()
    assert silent(run("token", "issue", "--store", url, "--as", "lead")).code == 0


def test_start_by_the_environment_names_commands_that_work_as_they_stand(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBCONSOLE_STORE", url)
    made = silent(run("start", "--yes", "--name", "Bank", *MEMBERS))
    assert "hubconsole board --as lead\n" in made.out
    assert silent(run("members", "list")).code == 0


def test_start_asks_its_questions_over_a_database_too(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["Bank", "lead:supervisor lex:legal", "1", "n"])
    monkeypatch.setattr("builtins.input", lambda _: next(said))
    monkeypatch.setattr("hubconsole.cli.session.Session.interactive", True)
    assert silent(run("start", "--store", url)).code == 0
    assert [member["name"] for member in run("members", "list", "--store", url, "--json").json] == ["lead", "lex"]


def test_a_second_start_is_refused_and_another_name_makes_another_hub(run: Run, url: str) -> None:
    assert run("start", "--yes", "--name", "Bank", *MEMBERS, "--store", url).code == 0
    again = silent(run("start", "--yes", *MEMBERS, "--store", url))
    assert again.code == 3 and "?hub=NAME" in again.err
    other = f"{url}{'&' if '?' in url else '?'}hub=South"
    wrong = silent(run("start", "--yes", "--name", "North", *MEMBERS, "--store", other))
    assert wrong.code == 2 and "'North'" in wrong.err
    assert silent(run("start", "--yes", *MEMBERS, "--store", other)).code == 0
    assert silent(run("start", "--yes", *MEMBERS, "--store", other)).code == 3
    hub = LocalHub.open(other)
    assert hub.info().name == "South"
    hub.close()


def test_what_works_on_the_store_shows_no_password(run: Run, url: str, tmp_path: Path) -> None:
    kept = str(tmp_path / "kept.db")
    assert run("start", "--yes", *MEMBERS, "--store", url).code == 0
    assert silent(run("rebuild", "--store", url, "--json")).json["store"].startswith("postgresql://")
    assert silent(run("backup", kept, "--store", url)).code == 0
    with pg.database() as empty:
        again = locked(empty)
        back = silent(run("restore", kept, "--store", again, "--as", "lead", "--json"))
        assert back.code == 0 and back.json["store"].startswith("postgresql://"), back.err
        assert silent(run("restore", "--store", again, "--as", "lead")).code == 0
        third = silent(run("backup", again, "--store", url))
        assert third.code == 4, third.err
    taken = silent(run("serve", "--await-push", "--store", url))
    assert taken.code == 4 and "already holds" in taken.err
    assert silent(run("push", str(tmp_path / "moved.db"), "--store", url, "--as", "lead")).code == 0
    elsewhere = silent(run("push", str(tmp_path / "third.db"), "--store", url, "--as", "lead"))
    assert elsewhere.code == 4 and "moved.db" in elsewhere.err
