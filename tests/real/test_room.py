"""A short room: every change is seen by all, every reply is gated, though the server is killed twice in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import pg
from tests.real.room import Plan, run

pytestmark = pytest.mark.slow


def test_a_room_whose_server_is_killed_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pg.database() as url:
        room = run(Plan(seconds=40, pace=(0.5, 2.0), arrivals=0.7), url, tmp_path, say=False)
    with capsys.disabled():
        print()
        for name, figure in room.figures.items():
            print(f"{name:<52} {figure}")
    assert room.compared == 20 and room.figures["consoles back"] == 40
    assert room.figures["replies left"] > 0 and room.figures["suspended by a message"] > 0
    assert room.figures["line noticed lost s, most"] < 3
