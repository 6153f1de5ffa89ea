"""From the command to the first board with rows from the store, against the smallest Textual application."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench.measure import Figure, Scale, middle
from tests.bench.stores import filled
from tests.bench.terminal import Terminal

READY = re.compile(rb"READY")
ROW = re.compile(rb"E-[0-9]+[ \x1b]")
"""A key of an enquiry and whatever follows it, which may be another colour."""


class Started(NamedTuple):
    """One start."""

    time: float
    cpu: float
    """Milliseconds of CPU when the first rows stood."""
    memory: float
    """Megabytes, a second later."""


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """The three programs in turn, round by round."""
    small, large = filled(folder, scale.small), filled(folder, scale.large)
    programs = {
        "app": ([sys.executable, "-m", "tests.bench.programs", "app"], READY),
        "small": ([sys.executable, "-m", "hubconsole", "board", "--as", "agent1", "--store", str(small)], ROW),
        "large": ([sys.executable, "-m", "hubconsole", "board", "--as", "agent1", "--store", str(large)], ROW),
    }
    found: dict[str, list[Started]] = {name: [] for name in programs}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for turn in range(scale.rounds + 1):
        for name, (command, marker) in programs.items():
            one = _start(command, marker, home)
            if turn:  # the first round only brings the files into memory
                found[name].append(one)
    time_, cpu, memory = ({name: middle(one[n] for one in starts) for name, starts in found.items()} for n in range(3))
    for name, size in (("small", scale.small), ("large", scale.large)):
        many = f"{size:,}".replace(",", " ")
        note = f"{time_[name]:.0f} to {time_['app']:.0f} ms"
        yield Figure(f"first board of {many}: time", time_[name] / time_["app"], "x", "a minimal Textual app", 1.5, note=note)
        note = f"{cpu[name]:.0f} to {cpu['app']:.0f} ms CPU"
        yield Figure(f"first board of {many}: CPU", cpu[name] / cpu["app"], "x", "a minimal Textual app", note=note)
    what = f"{scale.large:,} against {scale.small:,} enquiries".replace(",", " ")
    yield Figure(f"first board, {what}: time", time_["large"] / time_["small"], "x", "the small store", 1.1)
    yield Figure(f"first board, {what}: CPU", cpu["large"] / cpu["small"], "x", "the small store", 1.1)
    note = f"{memory['large']:.0f} to {memory['small']:.0f} MB; the minimal app {memory['app']:.0f}"
    yield Figure(f"first board, {what}: memory", memory["large"] / memory["small"], "x", "the small store", 1.25, note=note)


def _start(command: list[str], marker: re.Pattern[bytes], home: Path) -> Started:
    terminal = Terminal(command, home)
    try:
        took = terminal.until(marker) - terminal.begun
        cpu = terminal.cpu()
        terminal.watch(1.0)
        return Started(took * 1000, cpu, terminal.peak())
    finally:
        terminal.close()
        time.sleep(0.05)
