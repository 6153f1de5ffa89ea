"""From a key to its paint, and what a stream of changes costs."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Figure, Scale, high, middle
from tests.bench.start import READY, ROW
from tests.bench.stores import filled
from tests.bench.terminal import Terminal

FRAME_MS = 1000 / 60
RATE = 1000
"""Changes a second."""


class Paints:
    """Keys pressed in one program, each until the new position stands in the border."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.at = 1

    def press(self, key: bytes, to: int) -> float:
        """Milliseconds from the key to the position ``to`` in the border."""
        pressed = self.terminal.press(key)
        # Thousands are set apart by a space on the board.
        digits = "".join(f"{digit} ?" for digit in str(to)).encode()
        shown = self.terminal.until(re.compile(rb"(?<![0-9])(?<![0-9] )" + digits + rb"of "), 10)
        self.at = to
        return (shown - pressed) * 1000

    def sway(self, times: int) -> list[float]:
        """Down and up again."""
        took = []
        for n in range(times):
            took.append(self.press(b"jk"[n % 2 : n % 2 + 1], self.at + (1, -1)[n % 2]))
            self.terminal.watch(0.01)
        return took

    def walk(self, times: int) -> list[float]:
        """Always down, so that the list scrolls."""
        return [self.press(b"j", self.at + 1) for _ in range(times)]


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Top, scrolling, middle and end of a long list; then idle and under changes."""
    store = filled(folder, scale.middle)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    times = 40 if scale.quick else 80
    new = _new(store)
    middle_key = f"E-{_middle(store)}"
    ours: dict[str, list[float]] = {place: [] for place in ("top", "scrolling", "middle", "end", "busy")}
    theirs: dict[str, list[float]] = {"top": [], "scrolling": []}
    idle: dict[int, list[float]] = {0: [], RATE: []}
    for _ in range(max(3, scale.rounds // 2)):
        with_list = Terminal([sys.executable, "-m", "tests.bench.programs", "list", str(scale.middle)], home)
        try:
            with_list.until(re.compile(rb"1 of"))
            with_list.settle(0.2)
            paints = Paints(with_list)
            theirs["top"] += paints.sway(times)
            theirs["scrolling"] += paints.walk(times)
        finally:
            with_list.close()
        board = [sys.executable, "-m", "hubconsole", "board"]
        whose = ["--as", "agent1", "--store", str(store)]
        for place, command in (("top", [*board, *whose]), ("middle", [*board, middle_key, *whose])):
            terminal = Terminal(command, home)
            try:
                terminal.until(ROW)
                terminal.settle(0.3)
                paints = Paints(terminal)
                if place == "middle":
                    paints.at = _position(terminal)
                ours[place] += paints.sway(times)
                if place == "top":
                    ours["scrolling"] += paints.walk(times)
                    paints.press(b"G", new)
                    terminal.settle(0.3)
                    paints.press(b"k", new - 1)
                    paints.press(b"k", new - 2)
                    ours["end"] += paints.sway(times)
            finally:
                terminal.close()
        for rate in (0, RATE):
            terminal = Terminal([sys.executable, "-m", "tests.bench.programs", "board", str(store), str(rate)], home)
            try:
                terminal.until(ROW)
                terminal.watch(1.0)
                before = terminal.cpu()
                terminal.watch(3.0)
                idle[rate].append((terminal.cpu() - before) / 30)
                if rate:
                    ours["busy"] += Paints(terminal).sway(times)
            finally:
                terminal.close()
    base = middle(theirs["top"])
    for place in ("top", "middle", "end"):
        note = f"{middle(ours[place]):.1f} to {base:.1f} ms; p95 {high(ours[place]):.1f}"
        yield Figure(f"key in view, {place} of {scale.middle}", middle(ours[place]) / base, "x", "a minimal Textual list", 1.5, note=note)
    note = f"median {middle(ours['scrolling']):.1f}; the minimal list {middle(theirs['scrolling']):.1f}, p95 {high(theirs['scrolling']):.1f}"
    yield Figure(f"key while scrolling {scale.middle}: p95", high(ours["scrolling"]), "ms", "", FRAME_MS, note=note)
    note = f"{middle(ours['busy']):.1f} to {middle(ours['top']):.1f} ms; p95 {high(ours['busy']):.1f}"
    yield Figure(f"key under {RATE} changes a second", middle(ours["busy"]) / middle(ours["top"]), "x", "the same without changes", 1.5, note=note)
    yield Figure(f"CPU under {RATE} changes a second", middle(idle[RATE]), "% of a core", "", 10)
    yield Figure("CPU when nothing happens", middle(idle[0]), "% of a core", "")


def _new(store: Path) -> int:
    from hubconsole.hub.local import LocalHub

    hub = LocalHub.open(store)
    try:
        return sum(count.n for count in hub.counts() if count.state == "new")
    finally:
        hub.close()


def _middle(store: Path) -> int:
    from hubconsole.domain.query import parse
    from hubconsole.hub.local import LocalHub

    hub = LocalHub.open(store)
    try:
        return hub.page_at(parse("state:new"), _new(store) // 2, 1).rows[0].number
    finally:
        hub.close()


def _position(terminal: Terminal) -> int:
    """Where the cursor stands, as the border tells once it moves."""
    terminal.press(b"j")
    terminal.settle(0.3)
    raise NotImplementedError
