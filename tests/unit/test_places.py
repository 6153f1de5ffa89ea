"""Places of hubs: shown without passwords, told apart, and understood tomorrow."""

import os
from pathlib import Path

import pytest

from hubconsole.hub.places import lasting, same_place
from hubconsole.store.opening import shown, split_hub

DB = "postgresql://hub@db.example.org/hubs"


@pytest.mark.parametrize("password", ["pw", "p#w", "p?w", "p/w", "p[w", "p@w", "p%23w", ""])
def test_no_password_is_shown_whatever_signs_it_has(password: str) -> None:
    assert shown(f"postgresql://hub:{password}@db.example.org/hubs?hub=a&sslpassword=x") == f"{DB}?hub=a"


@pytest.mark.parametrize("sign", "#?[]/")
def test_a_password_with_signs_of_an_address_reaches_the_database(sign: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    url, hub = split_hub(f"postgresql://hub:p{sign}w@db.example.org/hubs?hub=a")
    said = psycopg.conninfo.conninfo_to_dict(url)
    assert (hub, said) == ("a", {"user": "hub", "password": f"p{sign}w", "host": "db.example.org", "dbname": "hubs"})


@pytest.mark.parametrize("url", ["postgresql:///hubs?host=%2Frun%2Fpg", "postgresql:///hubs", "postgresql://?host=%2Frun", DB])
def test_an_address_without_a_host_stays_one(url: str) -> None:
    assert split_hub(url)[0] == shown(url) == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (DB, "postgres://lead@DB.example.org:5432/hubs?hub=Bank", True),
        (DB, "postgresql://hub@db.example.org/others", False),
        (DB, "postgresql://hub@db.example.org:5433/hubs", False),
        ("postgresql:///hubs?host=/run/pg", "postgresql://u@/hubs?host=%2Frun%2Fpg", True),
        ("postgresql:///hubs?host=/run/pg", "postgresql:///hubs?host=/run/other", False),
        ("postgresql:///hubs?host=/run/pg&port=5433", "postgresql:///hubs?host=/run/pg", False),
        ("https://hub.example.org", "https://hub.example.org/", True),
        ("http://127.0.0.1:8750", "http://127.0.0.1:8751", False),
        (DB, "https://db.example.org", False),
        (DB, "hub.db", False),
        ("hub.db", "./hub.db", True),
        ("hub.db", "other/hub.db", False),
    ],
)
def test_two_names_of_one_place(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same_place(other, one) is same


def test_a_file_is_written_down_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert lasting("hub.db") == os.path.join(os.getcwd(), "hub.db")
    assert lasting(DB) == DB and lasting("https://hub.example.org") == "https://hub.example.org"
