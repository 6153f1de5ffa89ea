"""From a key to its paint, and what a stream of changes costs."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubconsole.domain.query import parse
from hubconsole.hub.local import LocalHub
from tests.bench.measure import Figure, Scale, high, middle
from tests.bench.start import ROW
from tests.bench.stores import filled
from tests.bench.terminal import Terminal

PLACES = {"top": 0.0, "middle": 0.5, "end": 1.0}
FRAME_MS = 1000 / 60
RATE = 1000
"""Changes a second."""
PACE = 0.03
"""Seconds between a paint and the next key: a key held down repeats about thirty times a second."""


class Paints:
    """Keys pressed in one program, each until the row that the cursor is now on has been painted again."""

    def __init__(self, terminal: Terminal, rows: list[int]) -> None:
        self.terminal = terminal
        self.rows = rows
        """The numbers in the keys of the rows, from where the cursor stands."""
        self.at = 0

    def press(self, by: int) -> float:
        """Milliseconds from ``j`` or ``k`` to the row's new paint."""
        self.at += by
        row = re.compile(rb"E-%d\b" % self.rows[self.at])
        pressed = self.terminal.press(b"j" if by > 0 else b"k")
        return (self.terminal.until(row, 10) - pressed) * 1000

    def sway(self, times: int) -> list[float]:
        """Down and up again, at the pace of a held key."""
        took = []
        for n in range(times):
            took.append(self.press((1, -1)[n % 2]))
            self.terminal.watch(PACE)
        return took

    def walk(self, times: int) -> list[float]:
        """Always down, so that the list scrolls."""
        took = []
        for _ in range(times):
            took.append(self.press(1))
            self.terminal.watch(PACE)
        return took


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Top, scrolling, middle and end of a long list; then idle and under changes."""
    store = filled(folder, scale.middle)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    times = 40 if scale.quick else 80
    keys = {place: _numbers(store, part, times + 2) for place, part in PLACES.items()}
    ours: dict[str, list[float]] = {place: [] for place in ("top", "scrolling", "middle", "end", "busy")}
    theirs: dict[str, list[float]] = {"top": [], "scrolling": []}
    spent: dict[str, list[float]] = {"list": [], "board": []}
    idle: dict[int, list[float]] = {0: [], RATE: []}
    for _ in range(max(3, scale.rounds // 2)):
        with _program(home, "list", scale.middle) as terminal:
            terminal.until(re.compile(rb"E-0 "))
            terminal.settle(0.3)
            paints = Paints(terminal, list(range(times + 2)))
            before = terminal.cpu()
            theirs["top"] += paints.sway(times)
            spent["list"].append((terminal.cpu() - before) / times)
            theirs["scrolling"] += paints.walk(times)
        for place, (index, numbers) in keys.items():
            with _program(home, "board", store, 0, index) as terminal:
                terminal.until(ROW)
                terminal.watch(1.5)
                paints = Paints(terminal, numbers)
                before = terminal.cpu()
                ours[place] += paints.sway(times)
                if place == "top":
                    spent["board"].append((terminal.cpu() - before) / times)
                    ours["scrolling"] += paints.walk(times)
        for rate in (0, RATE):
            with _program(home, "board", store, rate, 0) as terminal:
                terminal.until(ROW)
                terminal.watch(1.5)
                before = terminal.cpu()
                terminal.watch(3.0)
                idle[rate].append((terminal.cpu() - before) / 30)
                if rate:
                    ours["busy"] += Paints(terminal, keys["top"][1]).sway(times)
    base = middle(theirs["top"])
    length = f"{scale.middle:,}".replace(",", " ")
    for place in ("top", "middle", "end"):
        note = f"{middle(ours[place]):.1f} to {base:.1f} ms; p95 {high(ours[place]):.1f}"
        yield Figure(f"key in view, {place} of {length}", middle(ours[place]) / base, "x", "a minimal Textual list", 1.5, note=note)
    note = f"{middle(spent['board']):.1f} to {middle(spent['list']):.1f} ms CPU"
    yield Figure("key in view, top: CPU", middle(spent["board"]) / middle(spent["list"]), "x", "a minimal Textual list", note=note)
    theirs_high, ours_high = high(theirs["scrolling"]), high(ours["scrolling"])
    note = f"median {middle(ours['scrolling']):.1f}; the minimal list {middle(theirs['scrolling']):.1f}, p95 {theirs_high:.1f}"
    yield Figure(f"key while scrolling {length}: p95", ours_high, "ms", "", FRAME_MS, note=note)
    ratio = middle(ours["busy"]) / middle(ours["top"])
    note = f"{middle(ours['busy']):.1f} to {middle(ours['top']):.1f} ms; p95 {high(ours['busy']):.1f}"
    yield Figure(f"key under {RATE} changes a second", ratio, "x", "the same without changes", 1.5, note=note)
    yield Figure(f"CPU under {RATE} changes a second", middle(idle[RATE]), "% of a core", "", 10)
    yield Figure("CPU when nothing happens", middle(idle[0]), "% of a core", "")


def _numbers(store: Path, part: float, many: int) -> tuple[int, list[int]]:
    """A place in NEW at this part of its length, and the numbers of the enquiries from there on."""
    hub = LocalHub.open(store)
    try:
        query = parse("state:new")
        index = int((hub.total(query) - 3) * part)
        return index, [row.number for row in hub.page_at(query, index, many).rows]
    finally:
        hub.close()


@contextmanager
def _program(home: Path, *arguments: object) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "tests.bench.programs", *map(str, arguments)], home)
    try:
        yield terminal
    finally:
        terminal.close()
