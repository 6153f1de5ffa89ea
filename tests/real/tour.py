"""A walk through every screen of a hub, noting what stands on each; the same walk over harmless and over hostile words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.real.hostile import Planted
from tests.real.terminal import Terminal, console
from tests.real.wire import Spoken, spoken

_BORDERS = frozenset("│╭╮╰╯├┤─")
_ROW = re.compile(r"^│ (\S) +([a-z ]+?) +(E-\d+) ")
_TITLE = re.compile(r"╭─ (E-\d+)[ ·]")


class Sight(NamedTuple):
    """What stood on a screen."""

    place: str
    """Which screen it was."""
    key: str
    """Which enquiry it was about; empty for none."""
    cells: list[list[str]]


class Walk(NamedTuple):
    """What one console showed and wrote."""

    sights: list[Sight]
    said: Spoken
    raw: bytes
    code: int
    """Exit code at the end."""


def newest(path: Path) -> int:
    """Place of the newest event in a hub's journal."""
    with sqlite3.connect(path) as conn:
        return int(conn.execute("SELECT max(seq) FROM event").fetchone()[0])


def kinds_after(path: Path, seq: int) -> list[str]:
    """Kinds of the events after a place in the journal."""
    with sqlite3.connect(path) as conn:
        return [str(row[0]) for row in conn.execute("SELECT kind FROM event WHERE seq > ? ORDER BY seq", (seq,))]


def opened(path: Path, gate: str) -> set[str]:
    """Keys of the enquiries whose reply was opened by a reviewer of the gate and waits for the decision."""
    with sqlite3.connect(path) as conn:
        return {
            f"E-{number}"
            for (number,) in conn.execute(
                "SELECT enquiry.number FROM review JOIN enquiry ON enquiry.id = review.enquiry_id "
                "WHERE review.state = 'opened' AND review.gate = ?",
                (gate,),
            )
        }


class Walker:
    """One console on a walk."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.sights: list[Sight] = []

    def note(self, place: str, key: str = "") -> None:
        """Remember what stands there."""
        self.sights.append(Sight(place, key, self.terminal.cells()))

    def command(self, text: str) -> None:
        """Type a command line."""
        self.line(":", text)
        self.terminal.keys("enter")

    def line(self, sign: str, text: str, settled: Callable[[str], object] | None = None) -> None:
        """Open the line at the bottom and put words into it, once it is there."""
        terminal = self.terminal
        terminal.keys(sign)
        terminal.until(lambda said: f"\n {sign} " in said or f"\n {sign}\n" in said or said.endswith(f"\n {sign}"), f"the {sign} line")
        terminal.send(text)
        terminal.until(settled or (lambda said: text.strip() in said), f"{text!r} in the line")

    def press(self, key: str, holds: Callable[[str], object]) -> None:
        """Press a key that turns something over until the screen says that it was."""
        for _ in range(5):
            before = self.terminal.mark()
            self.terminal.keys(key)
            self.terminal.until(lambda _, old=before: len(self.terminal.raw) > old + 40, f"{key} to draw something")  # type: ignore[misc]
            self.terminal.still(0.25)
            if holds(self.terminal.text()):
                return
        raise AssertionError(f"{key} does nothing\n{self.terminal.text()}")

    def go(self, key: str, words: str) -> None:
        """Press the key of a screen and wait for its words."""
        self.terminal.keys(key)
        self.terminal.shows(words)
        self.terminal.still(0.06)

    def title(self) -> str:
        """Key of the enquiry in a pane's title."""
        found = _TITLE.search(self.terminal.text())
        return found[1] if found else ""

    def on(self, key: str) -> None:
        """Wait until a pane is about this enquiry."""
        self.terminal.until(lambda said: re.search(rf"╭─ {key}[ ·]", said), f"a pane about {key}")


def board(planted: Planted, env: Mapping[str, str], size: tuple[int, int], *, steps: int, visits: int) -> Walk:
    """The board by steps and by pages, enquiries each with versions and what is known, panes, dialogs."""
    with console("board", "--as", "agent1", "--store", str(planted.path), env=env, size=size) as terminal:
        walk = Walker(terminal)
        terminal.shows("E-1")
        terminal.still()
        wide = size[0] >= 160
        if not wide:
            walk.go("p", "╭─ E-1 ")
            _step_through(walk, steps)
            terminal.keys("p")
            terminal.lacks("╭─ E-")
            terminal.keys("g")
        for _ in range(5 if wide else 6):
            terminal.still(0.1)
            if wide:
                _step_through(walk, steps)
            else:
                _page_through(walk, "list")
            terminal.keys("l")
        walk.go("4", "SERVICE")
        _page_through(walk, "service")
        walk.go("5", "To review" if planted.branded else "Nothing waits for brand")
        walk.note("marketing")
        for key in planted.reviewed[:visits]:
            terminal.keys("1")
            terminal.until(lambda said: "╭─ OPEN" in said or "╭─ NEW" in said, "the board")
            walk.command(key)
            walk.on(key)
            terminal.still(0.08)
            walk.note("enquiry", key)
            for pressed in ("[", "pageup", "pageup", "pageup", "pageup"):
                terminal.keys(pressed)
                terminal.still(0.05)
                walk.note("enquiry", key)
            if size[0] < 90:
                walk.press("tab", lambda said: "╭─ Known" in said)
                walk.note("known", key)
                walk.press("tab", lambda said: "╭─ Known" not in said)
                walk.on(key)
        terminal.keys("1")
        terminal.until(lambda said: "╭─ OPEN" in said or "╭─ NEW" in said, "the board")
        terminal.still()
        for _ in range(4 if wide else 0):
            terminal.keys("h")
            terminal.still(0.1)
        for opened, words in _DIALOGS:
            walk.go(opened, words)
            walk.note("dialog")
            terminal.keys("escape")
            terminal.lacks(words)
        return _end(walk)


_DIALOGS = (
    ("?", "Keys of this place"),
    ("ctrl+p", "Every act"),
    (",", "Settings"),
    ("v", "Go to the view"),
    ("x", "Assign"),
    ("f9", "Who is here"),
)


def _step_through(walk: Walker, steps: int) -> None:
    """Down the list, waiting for each enquiry to stand beside it."""
    for _ in range(steps):
        before = walk.title()
        walk.note("board", before)
        walk.terminal.keys("j")
        try:
            walk.terminal.until(lambda said, old=before: (match := _TITLE.search(said)) and match[1] != old, "the next enquiry", 1.5)  # type: ignore[misc]
        except AssertionError:
            return


def _page_through(walk: Walker, place: str) -> None:
    """Down the list by pages, to its end."""
    before: list[str] = []
    while (now := walk.terminal.lines()[3:-2]) != before:
        walk.note(place)
        before = now
        walk.terminal.keys("pagedown")
        walk.terminal.still(0.1)


def legal(planted: Planted, env: Mapping[str, str], size: tuple[int, int]) -> Walk:
    """The legal pane over every reply, and for each the last look before an approval, left without deciding."""
    return _deciding(planted, env, size, "legal", "lex", planted.reviewed)


def marketing(planted: Planted, env: Mapping[str, str], size: tuple[int, int]) -> Walk:
    """The marketing pane over every public reply, in the same way."""
    return _deciding(planted, env, size, "marketing", "kim", planted.branded)


def _deciding(planted: Planted, env: Mapping[str, str], size: tuple[int, int], screen: str, member: str, keys: list[str]) -> Walk:
    gate = "legal" if screen == "legal" else "brand"
    with console(screen, "--as", member, "--store", str(planted.path), env=env, size=size) as terminal:
        walk = Walker(terminal)
        terminal.shows("To review")
        terminal.shows(keys[0])  # before its first rows are there, Enter has nothing to open
        terminal.still()
        narrow = size[0] < 90
        for number, key in enumerate(keys):
            if number:
                terminal.keys("j")
            if narrow:
                terminal.keys("enter")
            walk.on(key)
            terminal.until(lambda _, key=key: key in opened(planted.path, gate), f"the hub to learn that {key} is being read")  # type: ignore[misc]
            walk.note("review", key)
            terminal.keys("a")
            terminal.shows("EXACTLY THESE WORDS")
            walk.note("confirm", key)
            for _ in range(2):
                terminal.keys("pagedown")
                terminal.still(0.05)
                walk.note("confirm", key)
            terminal.keys("escape")
            terminal.lacks("nothing is decided")
            if narrow:
                terminal.keys("escape")
                terminal.shows("To review")
        return _end(walk)


def _end(walk: Walker) -> Walk:
    code = walk.terminal.leave()
    raw = bytes(walk.terminal.raw)
    return Walk(walk.sights, spoken(raw), raw, code)


# --- what is compared -------------------------------------------------------------------------------


def frames(walk: Walk) -> dict[str, set[int]]:
    """Columns that are a pane's border on every line between header and footer, by place, over all its sights."""
    found: dict[str, set[int]] = {}
    for sight in walk.sights:
        body = sight.cells[2:-1]
        columns = {x for x in range(len(body[0])) if all(line[x] in _BORDERS for line in body)}
        found[sight.place] = found[sight.place] & columns if sight.place in found else columns
    return found


def broken(walk: Walk, standard: Mapping[str, set[int]]) -> list[str]:
    """Places where a border is not where the harmless walk has it."""
    wrong: list[str] = []
    for sight in walk.sights:
        for number, line in enumerate(sight.cells[2:-1], 3):
            moved = [x for x in standard.get(sight.place, ()) if line[x] not in _BORDERS]
            if moved:
                wrong.append(f"{sight.place} {sight.key} line {number}, columns {moved}: {''.join(line).rstrip()}")
    return wrong


def rows(walk: Walk) -> dict[str, tuple[str, str]]:
    """By key, what a list says left of the words: state and key, then everything up to the owner; digits of clocks masked."""
    found: dict[str, tuple[str, str]] = {}
    for sight in walk.sights:
        for line in sight.cells:
            said = "".join(cell or " " for cell in line)
            match = _ROW.match(said)
            if match:
                found[match[3]] = (
                    f"{match[1]} {match[2]}",
                    re.sub(r"\d", "0", said[: match.end()].replace(match[3], "K".ljust(len(match[3])))),
                )
    return found
