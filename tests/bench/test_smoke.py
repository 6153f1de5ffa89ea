"""The sections about the hub API, as small as they can be: they cannot rot unseen, and their checks bite."""

import json
from collections.abc import Iterable
from math import isfinite
from pathlib import Path

import pytest

from tests.bench import api, feed, peers
from tests.bench.feed import Room
from tests.bench.listeners import Crowd, Listener
from tests.bench.measure import Scale

SMALL = Scale(True, 120, 120, 120, 1)
ROOM = Room(readers=6, rate=40, seconds=1.5, cuts=2, away=0.2)


@pytest.mark.slow
def test_both_sides_of_the_hub_api_are_asked_and_measured(tmp_path: Path) -> None:
    found = api.measure(tmp_path, SMALL, rounds=1, block=32)
    loads = [load for sides in found.values() for side in sides.values() for load in side]
    assert len(loads) == 6
    assert all(load.cpu > 0 and load.rate > 0 and isfinite(load.cpu) for load in loads)


@pytest.mark.slow
def test_readers_of_the_feed_miss_nothing_though_they_are_cut_off(tmp_path: Path) -> None:
    found = feed.measure(tmp_path, SMALL, ROOM)
    heard = found.heard
    assert found.events > 0
    assert heard["deliveries"] == found.events * ROOM.readers
    assert (heard["lost"], heard["doubled"], heard["disordered"]) == (0, 0, 0)
    assert heard["reconnects"] == ROOM.readers * ROOM.cuts
    assert found.cpu > 0


@pytest.mark.bench
def test_other_trackers_are_filled_and_asked(tmp_path: Path) -> None:
    figures = list(peers.run(tmp_path, SMALL))
    assert {figure.against for figure in figures} == {peers.ROUNDUP, peers.HELPDESK}
    assert all(figure.value > 0 and isfinite(figure.value) for figure in figures)


@pytest.mark.parametrize(
    ("frames", "lost", "doubled", "disordered"),
    [
        ([[11, 12], [13], [14, 15]], 0, 0, 0),
        ([[11, 12], [14, 15]], 1, 0, 0),
        ([[11, 12], [13], [14]], 1, 0, 0),
        ([[11, 12], [12, 13], [14, 15]], 0, 1, 0),
        ([[11, 12], [14], [13], [15]], 0, 0, 1),
        ([[11], [13, 14, 15], [11]], 1, 1, 0),
    ],
)
def test_what_a_reader_lost_or_had_twice_is_counted(frames: list[list[int]], lost: int, doubled: int, disordered: int) -> None:
    crowd = Crowd({"port": 0, "tokens": ["x"], "after": 10, "readers": 1, "seconds": 1, "cuts": 0, "away": 0})
    reader = crowd.readers[0]
    for frame in frames:
        _hear(reader, frame)
    outcome = crowd.outcome(15)
    assert (outcome["lost"], outcome["doubled"], outcome["disordered"]) == (lost, doubled, disordered)
    assert outcome["deliveries"] == sum(map(len, frames))


def test_chunks_may_end_anywhere() -> None:
    crowd = Crowd({"port": 0, "tokens": ["x"], "after": 0, "readers": 1, "seconds": 1, "cuts": 0, "away": 0})
    reader = crowd.readers[0]
    reader.begin(0.0)
    said = _frame([1, 2]) + b": still here\n\n" + _frame([3])
    wire = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%b\r\n" % (len(part), part) for part in (said[:7], said[7:90], said[90:])
    )
    for n in range(len(wire)):
        reader.take(wire[n : n + 1], 1.0)
    assert reader.last == 3
    assert crowd.deliveries == 3
    assert crowd.listening == 1


def _hear(reader: Listener, seqs: Iterable[int]) -> None:
    frame = _frame(seqs)
    reader.begin(0.0)
    reader.take(b"HTTP/1.1 200 OK\r\n\r\n%x\r\n%b\r\n" % (len(frame), frame), 1.0)


def _frame(seqs: Iterable[int]) -> bytes:
    listed = list(seqs)
    events = [[seq, "claim.taken", f"enquiry-{seq}", "agent1", seq] for seq in listed]
    return b"id: %d\nevent: changes\ndata: %b\n\n" % (listed[-1], json.dumps({"events": events}).encode())
