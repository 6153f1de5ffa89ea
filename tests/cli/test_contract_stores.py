"""What every verb says about a file that is no hub: code 5, one line of JSON on standard error, nothing on standard output, no touch."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

VERBS = (
    ("list",),
    ("show", "E-1"),
    ("search", "card"),
    ("export",),
    ("audit", "verify"),
    ("audit", "head"),
    ("audit", "show"),
    ("members", "list"),
    ("policy", "show"),
    ("rebuild",),
    ("claim", "E-1", "--as", "agent1"),
    ("draft", "E-1", "--text", "Hello.", "--as", "agent1"),
    ("approve", "E-1", "--digest", "0" * 64, "--as", "lawyer1"),
    ("send", "E-1", "--now", "--as", "agent1"),
    ("add", "--channel", "phone", "--customer", "Maria K.", "--text", "Hello.", "--as", "agent1"),
)


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another_database(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE guests (name TEXT)")
    conn.commit()
    conn.close()


def from_the_future(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE hub (hub_id TEXT)")
    conn.execute("PRAGMA user_version = 99")
    conn.commit()
    conn.close()


def folder(path: Path) -> None:
    path.mkdir()


def nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (garbage, "not_a_store"),
        (empty, "no_store"),
        (another_database, "no_store"),
        (from_the_future, "schema_too_new"),
        (folder, "store_is_folder"),
        (nothing, "no_store"),
    ],
)
def test_what_is_no_hub_is_not_reachable_and_left_as_it_is(
    run: Run, store: Path, make: Callable[[Path], None], code: str, verb: tuple[str, ...]
) -> None:
    make(store)
    before = (sorted(os.listdir(store.parent)), store.read_bytes() if store.is_file() else b"")
    done = run(*verb, "--store", str(store), "--json")
    assert (done.code, done.out, done.error["code"]) == (5, "", code)
    assert (sorted(os.listdir(store.parent)), store.read_bytes() if store.is_file() else b"") == before
