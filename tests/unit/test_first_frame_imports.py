"""What a person does not wait for: the heavy libraries stay out until the first rows stand on the screen."""

import os
import sys
from pathlib import Path

import pytest
from ptyprocess import PtyProcess

from hubconsole.domain.commands import Receive
from hubconsole.domain.terms import Function
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id

HEAVY = ("sqlmodel", "sqlalchemy", "pydantic", "httpx", "alembic", "typer", "fastapi", "hubconsole.domain.workflow")

# The program itself, stopped at the moment when the frame with the first row is handed to the terminal.
STOPPED = """
import os, re, sys
from textual.drivers import _writer_thread
hand_over = _writer_thread.WriterThread.write
def write(self, text):
    hand_over(self, text)
    if re.search(r"E-1\\b", text):
        with open(sys.argv[1], "w") as file:
            file.write(" ".join(sorted(sys.modules)))
        os._exit(0)
_writer_thread.WriterThread.write = write
from hubconsole.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "hub.db"
    policy = 'name = "one"\n[gates]\nlegal = "legal"\n[[rule]]\ngate = "legal"\n'
    hub = LocalHub.create(path, name="Bank", policy=policy, members=[("agent1", (Function.SERVICE,))])
    hub.execute(Receive(enquiry_id=new_id(), channel="x", text="Where is my card? Où est-elle ?", customer="@ola"), actor="agent1")
    hub.close()
    return path


@pytest.mark.parametrize("screen", ["board", "service"])
def test_the_first_rows_wait_for_nothing_heavy(screen: str, store: Path, tmp_path: Path) -> None:
    report = tmp_path / "modules"
    command = [sys.executable, "-c", STOPPED, str(report), screen, "--as", "agent1", "--store", str(store)]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    program = PtyProcess.spawn(command, dimensions=(45, 160), env=environment)
    said = b""
    try:
        while True:
            said = (said + program.read(65536))[-4000:]
    except EOFError:
        program.wait()
    assert report.exists(), said.decode(errors="replace")
    loaded = report.read_text().split()
    assert {"textual", "sqlite3", "hubconsole.tui.launch"} <= set(loaded)
    assert [name for name in loaded if name.startswith(tuple(f"{heavy}." for heavy in HEAVY)) or name in HEAVY] == []
