"""Secrets on the client: in the keyring, else in a file for its owner alone; never listed, never half written."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hubconsole import credentials
from hubconsole.errors import Unreachable

URL, OTHER = "https://hub.example.org", "https://other.example.org"
SECRET = "hct_canary"


@pytest.fixture(autouse=True)
def _no_desktop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(credentials.VARIABLE, "file")


def test_the_certificates_that_a_login_needed_are_kept_with_it() -> None:
    credentials.keep(URL, "lex", SECRET, ca="/srv/own.pem")
    credentials.keep(URL, "ada", "second")
    credentials.keep(OTHER, "lex", "third")
    assert (credentials.ca(URL), credentials.ca(OTHER)) == ("/srv/own.pem", "")
    credentials.forget(URL, "lex")
    assert credentials.ca(URL) == ""


class Ring:
    """A keyring that can be told to fail."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> None:
        if self.locked:
            raise RuntimeError("the keyring is locked")

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._open()
        self.held[service, name] = secret

    def get_password(self, service: str, name: str) -> str | None:
        self._open()
        return self.held.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        self._open()
        del self.held[service, name]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = Ring()
    monkeypatch.setattr(credentials, "_ring", lambda: made)
    return made


def test_a_secret_is_kept_by_hub_and_member() -> None:
    assert credentials.keep(URL, "lex", SECRET, "t1") == "file"
    credentials.keep(URL, "ada", "second")
    credentials.keep(OTHER, "lex", "third")
    assert [credentials.secret(*who) for who in ((URL, "lex"), (URL, "ada"), (OTHER, "lex"), (OTHER, "ada"))] == [
        SECRET, "second", "third", None,
    ]  # fmt: skip
    assert (credentials.token_id(URL, "lex"), credentials.token_id(OTHER, "ada")) == ("t1", "")
    assert credentials.logins(URL) == ((URL, "ada", "file"), (URL, "lex", "file"))
    assert len(credentials.logins()) == 3
    assert SECRET not in repr(credentials.logins())


def test_a_new_secret_takes_the_place_of_the_old_and_one_can_be_forgotten() -> None:
    credentials.keep(URL, "lex", "old")
    credentials.keep(URL, "lex", SECRET)
    assert credentials.secret(URL, "lex") == SECRET
    assert "old" not in credentials.path().read_text()
    assert credentials.forget(URL, "lex") and not credentials.forget(URL, "lex")
    assert SECRET not in credentials.path().read_text()


def test_the_file_is_for_its_owner_alone() -> None:
    credentials.keep(URL, "lex", SECRET)
    assert stat.S_IMODE(credentials.path().stat().st_mode) == 0o600
    assert [file.name for file in credentials.path().parent.iterdir()] == ["credentials.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_may_open_is_refused(mode: int) -> None:
    credentials.keep(URL, "lex", SECRET)
    credentials.path().chmod(mode)
    with pytest.raises(Unreachable, match="open to others"):
        credentials.secret(URL, "lex")


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"hubs": 1}', '{"hubs": {"a": 1}}', '{"hubs": {"a": {"url": 1, "member": "x"}}}', "\xff"]
)
def test_a_damaged_file_is_told_and_never_guessed_at(damage: str) -> None:
    credentials.keep(URL, "lex", SECRET)
    credentials.path().write_bytes(damage.encode("latin-1"))
    with pytest.raises(Unreachable, match="damaged"):
        credentials.secret(URL, "lex")


def test_the_keyring_keeps_the_secret_and_the_file_only_the_name(ring: Ring) -> None:
    assert credentials.keep(URL, "lex", SECRET, "t1") == "keyring"
    assert SECRET not in credentials.path().read_text()
    assert credentials.secret(URL, "lex") == SECRET
    assert credentials.logins() == ((URL, "lex", "keyring"),)
    credentials.forget(URL, "lex")
    assert ring.held == {}


def test_a_keyring_that_fails_leaves_it_to_the_file(ring: Ring) -> None:
    ring.locked = True
    assert credentials.keep(URL, "lex", SECRET) == "file"
    assert credentials.secret(URL, "lex") == SECRET
    ring.locked = False
    credentials.keep(URL, "lex", SECRET)
    ring.locked = True
    assert credentials.secret(URL, "lex") is None
    assert credentials.forget(URL, "lex")


def test_the_module_is_cheap_to_import() -> None:
    code = "import sys, hubconsole.credentials; print([m for m in ('keyring', 'platformdirs', 'httpx', 'tempfile') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_real_keyring_of_a_machine_without_a_desktop_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.VARIABLE)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    import keyring

    keyring.core.init_backend()
    assert credentials.keep(URL, "lex", SECRET) == "file"
