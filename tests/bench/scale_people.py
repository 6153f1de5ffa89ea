"""How many people one hub carries: the cost of a commit and of a command in it is measured, the queue before it simulated.

People act at random, each once in so many seconds on average; whatever waits when the writer is free goes into one commit, 64 at
most. The dice are the same in every run, so the figures differ only as the measured costs do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from hubconsole.domain.commands import Claim, Release
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.hub.requests import Request
from tests.bench.measure import Figure, Scale, middle
from tests.bench.scale_places import Place, founded, named

PACE = 20.0
"""Seconds between two commands of one person, on average: a busy hour."""
GROUP = 64
WAIT = 0.1
"""Seconds within which 99 of 100 commands must be answered."""
COMMANDS = 20_000


class Cost(NamedTuple):
    """Seconds that a commit takes, and each command in it."""

    commit: float
    command: float

    def of(self, commands: int) -> float:
        """So many in one commit."""
        return self.commit + commands * self.command


def run(folder: Path, url: str, scale: Scale) -> Iterator[Figure]:
    """For a file and for PostgreSQL."""
    for engine, place in (("SQLite", founded(str(folder / "people.db"), 2)), ("PostgreSQL", founded(named(url), 2))):
        cost = costs(place, 10 if scale.quick else 40)
        most = carried(cost)
        note = f"a commit {cost.commit * 1000:.1f} ms and {cost.command * 1000:.2f} ms a command (measured); "
        note += ", ".join(f"{people} people: {answered(cost, people)[1] * 1000:.0f} ms" for people in (100, 1000, 5000))
        what = f"{engine}: people with a command each {PACE:.0f} s, 99 % answered in {WAIT * 1000:.0f} ms (simulated)"
        yield Figure(what, most, "people", "", note=note)


def costs(place: Place, rounds: int) -> Cost:
    """Commits of one command and of 64, in turn."""
    hub = LocalHub.open(place.at)
    ids = sum(place.ids, ())[: GROUP + 1]
    took: dict[int, list[float]] = {1: [], GROUP: []}
    try:
        for kind in (Claim, Release) * rounds:
            asked = [Request(kind(enquiry_id=one), "agent1", "bench") for one in ids]
            for some in (asked[:1], asked[1:]):
                begun = time.perf_counter()
                answers = hub.execute_many(some)
                took[len(some)].append(time.perf_counter() - begun)
                assert all(isinstance(one, Receipt) and one.events for one in answers)
    finally:
        hub.close()
    one, many = middle(took[1]), middle(took[GROUP])
    command = max(0.0, many - one) / (GROUP - 1)
    return Cost(max(0.0, one - command), command)


def answered(cost: Cost, people: int) -> tuple[float, float]:
    """Median and 99th percentile (s) of the time from asking to being answered."""
    dice, clock, free, asked, waits = Random(11), 0.0, 0.0, [], []
    for _ in range(COMMANDS):
        clock += dice.expovariate(people / PACE)
        asked.append(clock)
    at = 0
    while at < COMMANDS:
        begins = max(free, asked[at])
        end = at
        while end < COMMANDS and end - at < GROUP and asked[end] <= begins:
            end += 1
        free = begins + cost.of(end - at)
        waits += [free - one for one in asked[at:end]]
        at = end
    waits.sort()
    return waits[COMMANDS // 2], waits[COMMANDS * 99 // 100]


def carried(cost: Cost) -> int:
    """The most people for whom the wait is kept, to a hundred."""
    few, many = 0, 100
    while answered(cost, many)[1] <= WAIT and many < 1_000_000:
        few, many = many, many * 2
    while many - few > 100:
        half = (few + many) // 2
        few, many = (half, many) if answered(cost, half)[1] <= WAIT else (few, half)
    return few
