"""What a person does not wait for: the heavy libraries stay out until the first rows stand on the screen."""

import json
import os
import sys
from pathlib import Path

import pytest
from ptyprocess import PtyProcess

from hubconsole.domain.commands import Receive
from hubconsole.domain.query import Query
from hubconsole.domain.terms import Function
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote.mirror import Mirror, Position
from hubconsole.hub.remote.place import mirror_path
from hubconsole.hub.wire import WireRow
from hubconsole.ids import new_id

HEAVY = (
    "sqlmodel", "sqlalchemy", "pydantic", "httpx", "alembic", "typer", "fastapi", "psycopg", "keyring",
    "hubconsole.domain.workflow", "hubconsole.hub.remote.client", "hubconsole.hub.wire",
)  # fmt: skip

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


def modules_at_the_first_rows(tmp_path: Path, *arguments: str) -> list[str]:
    """What is imported when the first row is handed to the terminal."""
    report = tmp_path / "modules"
    command = [sys.executable, "-c", STOPPED, str(report), *arguments]
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
    return [name for name in loaded if name.startswith(tuple(f"{heavy}." for heavy in HEAVY)) or name in HEAVY]


@pytest.mark.parametrize("screen", ["board", "service"])
def test_the_first_rows_wait_for_nothing_heavy(screen: str, store: Path, tmp_path: Path) -> None:
    assert modules_at_the_first_rows(tmp_path, screen, "--as", "agent1", "--store", str(store)) == []


@pytest.mark.parametrize("screen", ["board", "service"])
def test_the_first_rows_of_a_hub_far_away_wait_for_no_network(screen: str, store: Path, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    hub = LocalHub.open(store)
    mirror = Mirror(mirror_path(url, "agent1"))
    rows = [WireRow(row, "service", True) for row in hub.page(Query()).rows]
    mirror.load(rows, hub.counts(), Position(hub.info().seq, 1, True, None), 0, None)
    mirror.keep(info=json.dumps(hub.info()), members=json.dumps(hub.members()))
    mirror.close()
    hub.close()
    assert modules_at_the_first_rows(tmp_path, screen, "--as", "agent1", "--hub", url) == []
