"""Unsaved typing survives, privately, and goes away once it is saved."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hubconsole.tui.recovery import Kept, Recovery, RecoveryWriter

ENQUIRY = "0198c0de-0000-7000-8000-000000000001"
OTHER = "0198c0de-0000-7000-8000-000000000002"


def kept(text: str, enquiry_id: str = ENQUIRY, base: int = 2) -> Kept:
    return Kept(enquiry_id, "agent1", text, base, 1_763_474_400_000)


@pytest.fixture
def recovery(tmp_path: Path) -> Recovery:
    return Recovery(tmp_path / "recovery", "hub-1", "agent1")


@pytest.mark.parametrize("text", ["", "plain", "two\r\nlines\n", "\x1b[31m\x00\u202e\U000e0041", "\ud800 lone", "é" * 5000])
def test_every_text_comes_back_exactly(recovery: Recovery, text: str) -> None:
    recovery.keep(kept(text))
    assert recovery.find(ENQUIRY) == kept(text)


def test_the_newest_text_replaces_the_older_one_and_leaves_no_other_file(recovery: Recovery) -> None:
    recovery.keep(kept("first"))
    recovery.keep(kept("second"))
    found = recovery.find(ENQUIRY)
    assert found is not None and found.text == "second"
    assert len(list(recovery.folder.iterdir())) == 1


def test_only_the_owner_can_read_it(recovery: Recovery) -> None:
    recovery.keep(kept("for my eyes"))
    assert stat.S_IMODE(recovery.path(ENQUIRY).stat().st_mode) == 0o600
    assert stat.S_IMODE(recovery.folder.stat().st_mode) == 0o700


def test_hubs_members_and_enquiries_do_not_see_each_others_text(recovery: Recovery) -> None:
    recovery.keep(kept("mine"))
    assert recovery.find(OTHER) is None
    assert Recovery(recovery.folder, "hub-2", "agent1").find(ENQUIRY) is None
    assert Recovery(recovery.folder, "hub-1", "agent2").find(ENQUIRY) is None


def test_a_forgotten_text_is_gone(recovery: Recovery) -> None:
    recovery.keep(kept("saved by now"))
    recovery.forget(ENQUIRY)
    recovery.forget(ENQUIRY)
    assert recovery.find(ENQUIRY) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"v":1}', b'{"v":99}', b"\xff\xfe"])
def test_a_damaged_file_is_no_text(recovery: Recovery, content: bytes) -> None:
    recovery.keep(kept("whole"))
    recovery.path(ENQUIRY).write_bytes(content)
    assert recovery.find(ENQUIRY) is None


def test_a_file_of_another_enquiry_under_this_name_is_not_taken(recovery: Recovery) -> None:
    recovery.keep(kept("elsewhere", OTHER))
    recovery.path(OTHER).rename(recovery.path(ENQUIRY))
    assert recovery.find(ENQUIRY) is None


def test_flushing_writes_the_newest_of_many_notes(recovery: Recovery) -> None:
    writer = RecoveryWriter(recovery, delay=60)
    for n in range(50):
        writer.note(kept("x" * n))
    writer.flush()
    found = recovery.find(ENQUIRY)
    writer.close()
    assert found is not None and found.text == "x" * 49


def test_moving_to_another_enquiry_writes_the_one_left_behind(recovery: Recovery) -> None:
    writer = RecoveryWriter(recovery, delay=60)
    writer.note(kept("first enquiry"))
    writer.note(kept("second enquiry", OTHER))
    first = recovery.find(ENQUIRY)
    writer.close()
    second = recovery.find(OTHER)
    assert first is not None and first.text == "first enquiry"
    assert second is not None and second.text == "second enquiry"


def test_text_forgotten_before_it_was_written_never_appears(recovery: Recovery) -> None:
    writer = RecoveryWriter(recovery, delay=60)
    writer.note(kept("already saved"))
    writer.forget(ENQUIRY)
    writer.close()
    assert recovery.find(ENQUIRY) is None


def test_a_folder_that_cannot_be_written_is_said_and_typing_goes_on(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file, not a folder")
    writer = RecoveryWriter(Recovery(tmp_path / "in-the-way", "hub-1", "agent1"), delay=60)
    writer.note(kept("words"))
    writer.flush()
    writer.close()
    assert "in-the-way" in writer.problem


_TYPIST = """
import sys
from pathlib import Path
from hubconsole.tui.recovery import Kept, Recovery, RecoveryWriter
writer = RecoveryWriter(Recovery(Path(sys.argv[1]), "hub-1", "agent1"))
writer.note(Kept(sys.argv[2], "agent1", "sorry to hear", 0, 1))
writer.note(Kept(sys.argv[2], "agent1", "sorry to hear that", 0, 2))
print("typed", flush=True)
sys.stdin.read()
"""


def test_killing_the_terminal_loses_less_than_two_seconds_of_typing(recovery: Recovery) -> None:
    command = [sys.executable, "-c", _TYPIST, str(recovery.folder), ENQUIRY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as typist:
        assert typist.stdout is not None and typist.stdout.readline() == "typed\n"
        typed_at = time.monotonic()
        while recovery.find(ENQUIRY) is None and time.monotonic() - typed_at < 2:
            os.sched_yield()
        typist.send_signal(signal.SIGKILL)
        typist.wait()
    found = recovery.find(ENQUIRY)
    assert found is not None and found.text == "sorry to hear that"
