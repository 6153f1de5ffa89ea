"""A console's copy of the board: it only moves forward, and whatever becomes of its file, it is made anew."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from hubconsole.domain.query import parse
from hubconsole.errors import Unreachable
from hubconsole.hub.remote import mirror as mirrors
from hubconsole.hub.remote.mirror import HUB, NOTHING, Mirror, Position
from hubconsole.store import reads
from hubconsole.store.rows import Count
from tests.unit.scripted_hub import row

NOW = 1_763_474_400_000


def at(seq: int) -> Position:
    """A whole copy up to a place."""
    return Position(seq, NOW, True, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "hub.db"


@pytest.fixture
def mirror(file: Path) -> Mirror:
    return Mirror(file)


def numbers(mirror: Mirror, query: str = "state:open") -> list[int]:
    """The rows that a query finds, by number."""
    with mirror.reading() as conn:
        return [one.number for one in reads.page(conn, HUB, parse(query), now=NOW).rows]


def test_a_new_copy_knows_nothing_and_is_for_its_owner_alone(mirror: Mirror, file: Path) -> None:
    assert (mirror.info(), mirror.members(), mirror.counts(), mirror.position()) == (None, (), (), NOTHING)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_was_loaded_stands_at_the_next_start(mirror: Mirror, file: Path) -> None:
    one, two = row(1), row(2, state="working")
    moved = mirror.load([two, one], [Count("new", "service", 1), Count("working", "service", 1)], at(5), 0, None)
    assert moved == (frozenset({one.row.id, two.row.id}),) * 2
    mirror.close()
    again = Mirror(file)
    assert numbers(again) == [1, 2]
    assert again.position() == at(5)
    assert again.counts() == (Count("new", "service", 1), Count("working", "service", 1))
    with again.reading() as conn:
        assert reads.rows(conn, HUB, [two.row.id]) == (two.row,)
        assert reads.total(conn, HUB, parse("state:working"), now=NOW) == 1
        assert reads.oldest_wait(conn, HUB, NOW) == one.row.waiting_since


def test_a_row_never_goes_back(mirror: Mirror) -> None:
    new = row(1, version=3, words="new")
    mirror.load([new], [], at(5), 0, None)
    mirror.put([new._replace(row=new.row._replace(version=2, words="old"))], 4)
    assert mirror.everything() == [new.row]
    mirror.apply([new._replace(row=new.row._replace(words="same version, another policy"))], [], at(6))
    assert mirror.everything()[0].words == "same version, another policy"


def test_what_an_answer_brought_outlives_a_snapshot_from_before_it(mirror: Mirror) -> None:
    mine = row(1, version=2, state="working")
    mirror.put([mine], 9)
    mirror.load([row(1, id=mine.row.id), row(2)], [], at(8), 0, None)
    assert [(one.number, one.version) for one in mirror.everything()] == [(1, 2), (2, 1)]


def test_what_came_to_rest_while_nobody_looked_is_gone_and_told(mirror: Mirror) -> None:
    left, stays = row(1), row(2)
    mirror.load([left, stays], [], at(5), 0, None)
    moved = mirror.load([stays], [], at(9), 5, frozenset({left.row.id}))
    assert moved == (frozenset({left.row.id}), frozenset())
    assert numbers(mirror) == [2]


def test_rows_at_rest_stay_as_long_as_they_are_known_to_be_good(mirror: Mirror) -> None:
    still, moved = row(1, state="closed"), row(2, state="closed")
    mirror.load([], [], at(5), 0, None)
    mirror.put([still, moved], 5)
    mirror.load([], [], at(9), 5, frozenset({moved.row.id}))
    assert mirror.everything() == [still.row]
    mirror.load([], [], at(12), 9, None)
    assert mirror.everything() == []


def test_what_another_console_wrote_meanwhile_is_told(mirror: Mirror, file: Path) -> None:
    one = row(1)
    mirror.load([one], [], at(5), 0, None)
    newer = one._replace(row=one.row._replace(version=2))
    Mirror(file).apply([newer], [], at(7))
    assert mirror.load([newer], [], at(7), 5, frozenset()).ids == {one.row.id}


def test_counts_of_a_console_that_lags_behind_do_not_win(mirror: Mirror, file: Path) -> None:
    mirror.load([], [Count("new", "service", 7)], at(9), 0, None)
    Mirror(file).apply([], [Count("new", "service", 3)], at(8))
    assert (mirror.counts(), mirror.position().seq) == ((Count("new", "service", 7),), 9)


def test_rows_at_rest_and_views_are_bounded(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "MOST_AT_REST", 3)
    monkeypatch.setattr(mirrors, "MOST_VIEWS", 3)
    for n in range(1, 8):
        mirror.apply([row(n, state="closed")], [], at(n))
        mirror.keep_view(row(n).row, "ada", f'"{n}"', n)
    assert [one.number for one in mirror.everything()] == [5, 6, 7]
    assert [mirror.view(f"E-{n}", "ada") for n in range(4, 8)] == ["", '"5"', '"6"', '"7"']


def test_views_that_are_forgotten_leave_no_trace_on_the_disk(mirror: Mirror, file: Path) -> None:
    for n, who in ((1, "ada"), (2, "lex"), (3, "lex")):
        mirror.keep_view(row(n).row, who, f'"for {who} alone"', n)
    mirror.forget_views(["lex"])
    assert [mirror.view(f"E-{n}", who) for n, who in ((1, "ada"), (2, "lex"), (3, "lex"))] == ['"for ada alone"', "", ""]
    mirror.forget_views()
    assert mirror.view("E-1", "ada") == ""
    assert not any(b"alone" in part.read_bytes() for part in file.parent.glob(f"{file.name}*"))


def test_a_view_is_found_by_key_and_id_and_by_whom_it_was_read(mirror: Mirror) -> None:
    one = row(7)
    mirror.keep_view(one.row, "lex", "{}", 1)
    assert [mirror.view(key, "lex") for key in ("E-7", "7", one.row.id, one.row.id.upper())] == ["{}"] * 4
    assert [mirror.view("E-7", "ada"), mirror.view("E-8", "lex"), mirror.view("", "lex"), mirror.view("\ud800", "lex")] == [""] * 4


@pytest.mark.parametrize("content", [b"no database", b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_made_anew(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    mirror = Mirror(file)
    assert mirror.position() == NOTHING
    mirror.load([row(1)], [], at(1), 0, None)
    mirror.close()
    assert numbers(Mirror(file)) == [1]


def test_a_file_of_another_version_is_made_anew(mirror: Mirror, file: Path) -> None:
    mirror.load([row(1)], [], at(1), 0, None)
    mirror.close()
    conn = sqlite3.connect(file)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    assert Mirror(file).position() == NOTHING


def test_where_nothing_can_be_kept_a_copy_lasts_as_long_as_the_console(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    mirror = Mirror(tmp_path / "file" / "hub.db")
    mirror.load([row(1)], [], at(1), 0, None)
    assert numbers(mirror) == [1]
    place = mirror.path
    mirror.close()
    assert not place.exists()


@pytest.mark.parametrize("facts", [{"rank": 2**70}, {"words": "\ud800"}, {"number": -(2**64)}])
def test_what_no_table_can_hold_is_the_hubs_fault(mirror: Mirror, facts: dict[str, Any]) -> None:
    one = row(1)
    with pytest.raises(Unreachable) as problem:
        mirror.apply([one._replace(row=one.row._replace(**facts))], [], at(1))
    assert problem.value.code == "bad_answer"
    assert mirror.position() == NOTHING


def test_a_closed_copy_says_so_and_waits_for_whoever_reads(mirror: Mirror) -> None:
    mirror.load([row(1)], [], at(1), 0, None)
    reading, closed = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with mirror.reading() as conn:
            reading.set()
            closed.wait(5)
            found.append(conn.execute("SELECT count(*) FROM enquiry").fetchone()[0])

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait(5)
    mirror.close(timeout=0.01)
    closed.set()
    thread.join()
    assert found == [1], "a connection is never closed under its reader"
    with pytest.raises(Unreachable) as problem:
        mirror.position()
    assert problem.value.code == "closed"


def test_several_consoles_may_begin_at_once(file: Path) -> None:
    made: list[Mirror] = []
    threads = [threading.Thread(target=lambda: made.append(Mirror(file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made[0].load([row(1)], [], at(1), 0, None)
    assert [numbers(one) for one in made] == [[1]] * 8
