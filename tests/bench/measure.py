"""Measuring on a machine that others use too: CPU time beside wall time, interleaved rounds, medians, ratios."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class CannotMeasure(Exception):
    """Something that a section needs is not to be had, or does not answer as it must; the words say what and why."""


class Sample(NamedTuple):
    """What one piece of work took, in milliseconds for each unit of it."""

    cpu: float
    """User and system time of the process."""
    wall: float


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    """What was measured."""
    value: float
    unit: str
    """``x`` for a ratio; else ms, /s, MB ..."""
    against: str
    """What the ratio is to; empty for an absolute figure."""
    budget: float | None = None
    """What it may be at most (or at least, see ``floor``); None for what is only told."""
    floor: bool = False
    """Whether the budget is the least allowed."""
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the budget holds."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.floor else self.value <= self.budget

    def facts(self) -> dict[str, Any]:
        """The figure for a JSON file."""
        return {**asdict(self), "kept": self.kept}


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    quick: bool
    small: int
    """Enquiries in the small store."""
    middle: int
    """Enquiries in the store for scrolling."""
    large: int
    """Enquiries in the large store."""
    rounds: int
    """Times that each program is started."""


def timed(work: Callable[[], int]) -> Sample:
    """Run ``work``, which says how many units it did."""
    cpu, wall = time.process_time(), time.perf_counter()
    units = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Sample(cpu * 1000 / units, wall * 1000 / units)


def interleaved(rounds: int, works: Mapping[str, Callable[[], int]]) -> dict[str, list[Sample]]:
    """Every work once in each round, in turn, so that what else the machine does meets all of them alike."""
    found: dict[str, list[Sample]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(timed(work))
    return found


def middle(values: Iterable[float]) -> float:
    """The median; NaN for nothing."""
    listed = list(values)
    return statistics.median(listed) if listed else float("nan")


def high(values: Iterable[float]) -> float:
    """The 95th percentile; NaN for nothing."""
    listed = sorted(values)
    return listed[min(len(listed) - 1, int(len(listed) * 0.95))] if listed else float("nan")


def cpu(samples: Iterable[Sample]) -> float:
    """Median CPU milliseconds."""
    return middle(sample.cpu for sample in samples)


def wall(samples: Iterable[Sample]) -> float:
    """Median wall milliseconds."""
    return middle(sample.wall for sample in samples)
