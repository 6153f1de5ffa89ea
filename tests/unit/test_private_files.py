"""Private files: whole or as they were, their owner's alone, and changed by one at a time."""

import errno
import stat
import threading
from pathlib import Path

import pytest

from hubconsole.private_files import locked, make_folder, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "file.json"
    write_private(place, b"first")
    write_private(place, b"second")
    assert place.read_bytes() == b"second"
    assert [mode(one) for one in (place, place.parent, place.parent.parent)] == [0o600, 0o700, 0o700]
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
def test_a_write_that_fails_leaves_the_file_as_it_was_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    place = tmp_path / "file.json"
    write_private(place, b"before")
    monkeypatch.setattr(step, full)
    with pytest.raises(OSError, match="No space"):
        write_private(place, b"after")
    assert place.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [place]


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "taken")


def test_one_at_a_time_is_let_in(tmp_path: Path) -> None:
    inside, most = 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(50):
            with locked(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                (tmp_path / "work").write_bytes(b"")  # lets the others run
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert mode(tmp_path / "lock") == 0o600
