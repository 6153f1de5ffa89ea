"""The exhaustive search of the small world around the approval gate."""

from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Figure, Scale, timed
from tests.property.scope import ONE_GATE, search


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Every world of one gate, once."""
    worlds = tried = 0

    def all_of_it() -> int:
        nonlocal worlds, tried
        worlds, tried = search(ONE_GATE)
        return 1

    took = timed(all_of_it)
    yield Figure("worlds of the gate searched", worlds, "worlds", "", 10_000, floor=True, note=f"{tried:,} moves".replace(",", " "))
    yield Figure("search of the gate, all of it", took.cpu / 1000, "s CPU", "", 5.0, note=f"{took.wall / 1000:.1f} s by the clock")
