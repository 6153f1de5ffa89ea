"""The program, run inside the test: arguments in; exit code, output and errors out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hubconsole.__main__ import main


class Ran(NamedTuple):
    """One run of the program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that was printed as JSON."""
        found: dict[str, Any] = json.loads(self.err)["error"]
        return found


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the program with these arguments, in a folder of its own: what an import rejects is written there."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the hub of this test is to be."""
    return tmp_path / "hub.db"


@pytest.fixture
def bank(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program on a fresh hub with four members."""
    monkeypatch.setenv("HUBCONSOLE_STORE", str(store))
    members = [f"--member={who}" for who in ("agent1:service", "agent2:service", "lawyer1:legal", "lead1:supervisor")]
    made = run("start", "--yes", "--name", "Bank", *members, "--json")
    assert made.code == 0, made.err
    return run


def taken_in(run: Run, channel: str = "phone") -> str:
    """The key of a new enquiry."""
    address = ["--handle", "maria@example.net"] if channel == "email" else []
    made = run("add", "--as", "agent1", "--channel", channel, "--customer", "Maria K.", *address, "--text", "My card is blocked.", "--json")
    assert made.code == 0, made.err
    return str(made.json["key"])


def in_review(run: Run, channel: str = "phone") -> tuple[str, str]:
    """Key and digest of an enquiry whose reply waits for the lawyer."""
    key = taken_in(run, channel)
    assert run("draft", key, "--as", "agent1", "--text", "We are looking into it.").code == 0
    done = run("submit", key, "--as", "agent1", "--json")
    assert (done.code, done.json["state"]) == (0, "in_review"), done.err
    return key, str(run("show", key, "--json").json["drafts"][-1]["digest"])
