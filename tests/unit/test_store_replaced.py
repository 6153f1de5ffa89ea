"""A store file that is replaced, removed or renamed while it is open: nothing is read from it or written to it any more."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import parse
from hubconsole.errors import HubError, StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.writing import Writer
from tests.contract import acts
from tests.contract.hubs import MEMBERS

SIDES = ("", "-wal", "-shm")


def made(path: Path, clock: FrozenClock) -> LocalHub:
    return LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    """An open hub with one enquiry, of which a copy was kept."""
    hub = made(tmp_path / "hub.db", clock)
    acts.receive(hub)
    with sqlite3.connect(hub.path) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
        source.backup(copy)
    yield hub
    hub.close()


def removed(path: Path) -> None:
    """All files of the store are deleted."""
    for side in SIDES:
        Path(f"{path}{side}").unlink()


def removed_alone(path: Path) -> None:
    """The file is deleted, its log left behind."""
    path.unlink()


def renamed(path: Path) -> None:
    """The store is moved away with its log."""
    for side in SIDES:
        os.rename(f"{path}{side}", f"{path.with_name('away.db')}{side}")


def restored(path: Path) -> None:
    """A copy is put in its place."""
    removed(path)
    shutil.copy(path.with_name("copy.db"), path)


def swapped(path: Path) -> None:
    """A copy takes its place in one step."""
    os.replace(path.with_name("copy.db"), path)


def overwritten(path: Path) -> None:
    """A copy is written over it, and the log thrown away."""
    shutil.copy(path.with_name("copy.db"), path)
    for side in SIDES[1:]:
        Path(f"{path}{side}").unlink()


def begun_anew(path: Path) -> None:
    """Another hub is made under the same name."""
    removed(path)
    made(path, FrozenClock()).close()


def folder_gone(path: Path) -> None:
    """The folder is moved away."""
    path.parent.rename(path.parent.with_name("elsewhere"))


MISHAPS = [removed, removed_alone, renamed, restored, swapped, overwritten, begun_anew, folder_gone]


@pytest.mark.parametrize("mishap", MISHAPS)
def test_nothing_is_read_or_written_once_another_file_has_the_name(hub: LocalHub, mishap: Callable[[Path], None]) -> None:
    row = hub.page(parse("")).rows[0]
    mishap(hub.path)
    calls: tuple[Callable[[], object], ...] = (
        hub.info,
        hub.counts,
        lambda: hub.page(parse("")),
        lambda: hub.wait(0, 0.0),
        lambda: hub.changes(0),
        lambda: hub.enquiry("E-1"),
        lambda: list(hub.journal()),
        hub.verify,
        hub.rebuild,
        lambda: hub.look("ada", "s", row.id),
        lambda: hub.lease("worker", "me", 1000),
        lambda: hub.execute(c.Claim(enquiry_id=row.id), actor="ada"),
        lambda: hub.execute_all([c.Claim(enquiry_id=row.id)], actor="ada"),
    )
    for call in calls:
        with pytest.raises(StoreProblem) as problem:
            call()
        assert problem.value.code == "store_replaced"
        assert problem.value.message == f"{hub.path} was replaced or removed while it was open; what stands here is from before."
        assert problem.value.hint == "Leave and open it again."


def in_a_thread(work: Callable[[], object]) -> list[HubError]:
    """The error of ``work`` in a thread of its own."""
    met: list[HubError] = []

    def run() -> None:
        try:
            work()
        except HubError as error:
            met.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return met


def test_a_thread_that_comes_later_opens_no_other_file(hub: LocalHub) -> None:
    assert in_a_thread(hub.counts) == []
    restored(hub.path)
    assert [error.code for error in in_a_thread(hub.counts)] == ["store_replaced"]
    assert not Path(f"{hub.path}-wal").exists()


def test_a_thread_whose_file_comes_at_the_moment_of_opening_is_told(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubconsole.store import sqlite

    connect = sqlite.connect

    def late(path: str | Path, *, readonly: bool = False) -> sqlite3.Connection:
        restored(hub.path)
        return connect(path, readonly=readonly)

    monkeypatch.setattr(sqlite, "connect", late)
    assert [error.code for error in in_a_thread(hub.counts)] == ["store_replaced"]


def test_a_write_that_the_replacement_overtakes_is_not_acknowledged(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    row = hub.page(parse("")).rows[0]
    execute = Writer.execute

    def slow(self: Writer, *given: object) -> object:
        receipt = execute(self, *given)  # type: ignore[arg-type]
        swapped(hub.path)
        return receipt

    monkeypatch.setattr(Writer, "execute", slow)
    with pytest.raises(StoreProblem, match="was replaced or removed"):
        hub.execute(c.Claim(enquiry_id=row.id), actor="ada")


def test_one_that_waits_for_changes_notices_within_a_second(hub: LocalHub) -> None:
    timer = threading.Timer(0.1, swapped, (hub.path,))
    timer.start()
    with pytest.raises(StoreProblem) as problem:
        hub.wait(hub.info().seq, 1.0)
    timer.join()
    assert problem.value.code == "store_replaced"


def test_a_store_that_is_put_back_can_be_used_again(hub: LocalHub) -> None:
    renamed(hub.path)
    with pytest.raises(StoreProblem):
        hub.counts()
    for side in SIDES:
        os.rename(f"{hub.path.with_name('away.db')}{side}", f"{hub.path}{side}")
    acts.receive(hub)
    assert sum(count.n for count in hub.counts()) == 2


def test_leaving_does_no_harm_to_what_took_its_place(hub: LocalHub, clock: FrozenClock) -> None:
    begun_anew(hub.path)
    with closing(LocalHub.open(hub.path, clock=clock)) as other:
        eid = acts.receive(other)
        hub.close()
        assert Path(f"{hub.path}-wal").exists(), "the log belongs to the other"
        acts.receive(other)
        assert other.enquiry(eid).row.key == "E-1"
    with closing(LocalHub.open(hub.path, clock=clock)) as again:
        assert sum(count.n for count in again.counts()) == 2


def test_leaving_folds_no_old_log_into_a_backup_written_over_the_store(hub: LocalHub, clock: FrozenClock) -> None:
    acts.receive(hub)
    overwritten(hub.path)
    hub.close()
    assert hub.path.read_bytes() == hub.path.with_name("copy.db").read_bytes()


def test_others_who_come_and_go_and_fold_the_log_in_are_no_replacement(hub: LocalHub, clock: FrozenClock) -> None:
    for _ in range(2):
        other = LocalHub.open(hub.path, clock=clock)
        acts.receive(other)
        other._conn().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()
        acts.receive(hub)
    assert hub.rebuild() > 0
    assert sum(count.n for count in hub.counts()) == 5


def test_a_store_opened_for_reading_notices_too(hub: LocalHub, clock: FrozenClock) -> None:
    reading = LocalHub.open(hub.path, clock=clock, readonly=True)
    assert len(reading.page(parse("")).rows) == 1
    swapped(hub.path)
    with pytest.raises(StoreProblem, match="replaced"):
        reading.counts()
    reading.close()
