"""What a person gives to a command has a limit: endless files, huge numbers, stores that may only be read."""

import os
import shutil
from pathlib import Path

import pytest

from hubconsole.cli.given import MOST, MOST_BYTES, text_of
from hubconsole.cli.session import Session, Shared
from hubconsole.errors import StoreProblem, UsageProblem
from tests.cli.conftest import Run, in_review


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--limit"], ["search", "card", "--limit"], ["audit", "show", "--limit"], ["audit", "show", "--after"],
        ["claim", "E-1", "--as", "agent1", "--seen"], ["draft", "E-1", "--as", "agent1", "--text", "x", "--base"],
        ["submit", "E-1", "--as", "agent1", "--version"],
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_numbers_beyond_what_a_store_holds_are_wrong_usage(bank: Run, arguments: list[str]) -> None:
    in_review(bank)
    assert bank(*arguments, str(2**70)).code == 2
    assert bank(*arguments, str(MOST)).code in ((2,) if "--base" in arguments else (0, 3, 4))


def test_a_file_without_end_is_not_read_for_ever(bank: Run) -> None:
    for arguments in (["policy", "adopt", "/dev/zero", "--as", "lead1"], ["draft", "E-1", "--file", "/dev/zero", "--as", "agent1"]):
        done = bank(*arguments, "--json")
        assert (done.code, done.error["code"]) == (2, "file")
        assert "larger than" in str(done.error["message"])


def test_a_file_at_the_limit_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_bytes(b"\xef\xbb\xbf" + b"a" * (MOST_BYTES - 3))
    assert len(text_of(str(file))) == MOST_BYTES - 3
    file.write_bytes(b"a" * (MOST_BYTES + 1))
    with pytest.raises(UsageProblem, match="larger than"):
        text_of(str(file))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "/", "a\0b"])
def test_what_cannot_be_read_is_told(name: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        text_of(name)


def test_a_store_that_may_only_be_read_can_be_looked_at_and_verified(bank: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_review(bank)
    evidence = store.parent / "evidence"
    evidence.mkdir()
    copy = evidence / "hub.db"
    shutil.copy(store, copy)
    # Whoever may do everything may write to a protected file, too; so the permission is taken away where it is asked for.
    allowed = os.access
    protected = lambda path, mode: allowed(path, mode) and not (mode & os.W_OK and str(path).startswith(str(evidence)))  # noqa: E731
    monkeypatch.setattr("hubconsole.store.sqlite.os.access", protected)
    for arguments in (["list"], ["show", "E-1"], ["search", "card"], ["export", "--csv"], ["audit", "verify"], ["audit", "show"]):
        assert bank(*arguments, "--store", str(copy)).code == 0, arguments
    refused = bank("claim", "E-1", "--as", "agent1", "--store", str(copy), "--json")
    assert (refused.code, refused.error["code"]) == (5, "store_read_only")


def test_any_other_trouble_with_the_store_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem) as problem, Session(Shared(str(tmp_path / "none.db"), None, False)) as session:
        session.hub.info()
    assert problem.value.code == "no_store"
