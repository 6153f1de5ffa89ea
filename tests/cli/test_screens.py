"""The way from the command line to a screen, and what runs beside it."""

import threading
from pathlib import Path

import pytest

from hubconsole.cli.background import Beside, Runner, worker
from hubconsole.cli.dispatching import channels_here
from hubconsole.cli.opening import size_of
from hubconsole.cli.session import open_hub
from hubconsole.errors import UsageProblem
from tests.cli.conftest import Run


@pytest.mark.parametrize("screen", ["board", "legal", "service"])
def test_a_screen_can_be_had_as_a_picture(bank: Run, tmp_path: Path, screen: str) -> None:
    bank("add", "--as", "agent1", "--customer", "Maria", "--text", "My card is blocked")
    picture = tmp_path / "out.svg"
    done = bank(screen, "--screenshot", str(picture), "--size", "120x36", "--as", "lawyer1")
    assert (done.code, done.err) == (0, "")
    assert picture.read_text("utf-8").startswith("<svg")


def test_a_screen_needs_a_terminal_a_size_a_member_and_a_key_that_exist(bank: Run, tmp_path: Path) -> None:
    picture = ["--screenshot", str(tmp_path / "out.svg")]
    assert "needs a terminal" in bank("board", "--as", "agent1").err
    for line in (
        "board --size 160",
        "enquiry --as agent1",
        "enquiry E-9 --as agent1",
        "board --as agent1 E-9",
        "board",
    ):
        assert bank(*line.split(), *picture).code == 2, line
    assert bank("board", "--as", "nobody", *picture).code == 3
    assert not (tmp_path / "out.svg").exists()


def test_sizes_are_columns_by_rows() -> None:
    assert size_of("160x45") == (160, 45)
    for wrong in ("160", "x45", "0x0", "160x45x2", "-1x5", "1e3x45"):
        with pytest.raises(UsageProblem):
            size_of(wrong)


class Recorder:
    """A runner that remembers what happened to it."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.stopped = False

    def start(self) -> None:
        self.began.set()

    def stop(self, timeout: float = 5.0) -> bool:
        self.stopped = True
        return True


def test_what_runs_beside_a_screen_begins_after_it_and_ends_with_it() -> None:
    runner = Recorder()
    runners: list[Runner] = [runner]
    with Beside(lambda: runners, delay=0.01):
        assert runner.began.wait(5)
    assert runner.stopped


def test_a_screen_that_is_left_at_once_starts_nothing() -> None:
    made: list[str] = []

    def make() -> list[Runner]:
        made.append("made")
        return []

    with Beside(make, delay=60):
        pass
    assert made == []


def test_an_open_console_sends_what_a_command_only_queued(bank: Run, store: Path, home: Path) -> None:
    bank("policy", "adopt", "none", "--as", "lead1")
    bank("add", "--as", "agent1", "--channel", "email", "--customer", "m@example.invalid", "--text", "Hello")
    bank("draft", "E-1", "--as", "agent1", "--text", "Good day.")
    assert bank("submit", "E-1", "--as", "agent1", "--json").json["state"] == "ready"
    assert bank("send", "E-1", "--as", "agent1", "--now", "--no-wait", "--json").json["send"]["state"] == "queued"
    hub = open_hub(str(store))
    try:
        (background,) = worker(hub, channels_here)
        background.start()
        assert hub.wait(hub.info().seq + 1, 10)
        background.stop()
    finally:
        hub.close()
    assert bank("show", "E-1", "--json").json["state"] == "sent"
    assert len(list(home.rglob("*.eml"))) == 1


def test_the_demonstration_stands_apart_and_can_be_had_as_a_picture(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.db"
    monkeypatch.setenv("HUBCONSOLE_STORE", str(own))
    picture = tmp_path / "demo.svg"
    place = str(tmp_path / "demo.db")
    done = run("demo", "--store", place, "--as", "legal", "--screenshot", str(picture), "--size", "160x45", "--still")
    assert done.code == 0, done.err
    assert picture.read_text("utf-8").startswith("<svg")
    assert not own.exists()
    assert run("audit", "verify", "--store", place, "--json").json["ok"] is True
