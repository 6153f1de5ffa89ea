"""A hub in a file has one server process."""

import os
import signal
from pathlib import Path

import pytest

from hubconsole.errors import StoreProblem
from hubconsole.store.serving import Serving


def test_a_second_server_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with Serving(tmp_path / "hub.db", "http://127.0.0.1:8642"):
        with pytest.raises(StoreProblem) as problem:
            Serving(tmp_path / "hub.db")
        assert problem.value.code == "already_served"
        assert f"process {os.getpid()} on " in problem.value.message and "http://127.0.0.1:8642" in problem.value.message
        Serving(tmp_path / "other.db").release()
    Serving(tmp_path / "hub.db").release()


def test_who_was_killed_holds_nothing(tmp_path: Path) -> None:
    said, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        Serving(tmp_path / "hub.db")
        os.write(say, b"!")
        signal.pause()
        os._exit(0)
    assert os.read(said, 1) == b"!"
    with pytest.raises(StoreProblem):
        Serving(tmp_path / "hub.db")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(said)
    os.close(say)
    with Serving(tmp_path / "hub.db") as mine:
        assert f"process {os.getpid()} " in mine.file.read_text()
        assert mine.file.stat().st_mode & 0o777 == 0o600


def test_where_no_file_can_be_made_nobody_serves(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem) as problem:
        Serving(tmp_path / "nowhere" / "hub.db")
    assert problem.value.code == "cannot_serve"
