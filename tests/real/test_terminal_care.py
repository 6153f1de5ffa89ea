"""Good manners on a terminal: what it cannot show is refused in words, and it is given back as it was found."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.hostile import Planted, harmless, plant
from tests.real.terminal import Terminal, console, environment
from tests.real.tour import kinds_after, newest
from tests.real.wire import spoken

GREY = re.compile(r"[34]8;2;(\d+);(\d+);(\d+)")


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A small hub."""
    return plant(tmp_path_factory.mktemp("calm") / "hub.db", harmless(12))


def board(calm: Planted) -> tuple[str, ...]:
    """The arguments of a board on it."""
    return ("board", "--as", "agent1", "--store", str(calm.path))


def given_back(terminal: Terminal) -> bool:
    """Whether the alternate screen was left, the cursor is shown, and what was switched on is off, in what was written last."""
    said = bytes(terminal.raw).decode("utf-8", "replace")
    pairs = [
        ("\x1b[?1049l", "\x1b[?1049h"),
        ("\x1b[?25h", "\x1b[?25l"),
        ("\x1b[?1003l", "\x1b[?1003h"),
        ("\x1b[?2004l", "\x1b[?2004h"),
        ("\x1b[<u", "\x1b[>"),
    ]
    return all(said.rfind(off) > said.rfind(on) for off, on in pairs)


def whole(path: Path) -> None:
    """The hub's file is sound."""
    with sqlite3.connect(path) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert not list(path.parent.rglob("*.part"))


def test_a_dumb_terminal_is_refused_with_a_way_on(calm: Planted, home: Path) -> None:
    with console(*board(calm), env=environment(home, TERM="dumb"), size=(80, 24)) as terminal:
        assert terminal.ended() == 2
        said = bytes(terminal.raw).decode()
        assert "TERM is dumb" in said
        assert "hubconsole list" in said
        assert "\x1b" not in said


@pytest.mark.slow
def test_without_colour_nothing_has_a_hue(calm: Planted, home: Path) -> None:
    with console(*board(calm), env=environment(home, NO_COLOR="1"), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.keys("2")
        terminal.shows("To review")
        terminal.still()
        assert terminal.leave() == 0
        hues = {match for match in GREY.findall(bytes(terminal.raw).decode()) if len(set(match)) > 1}
        assert hues == set()
        assert not re.search(r"\x1b\[(?:3[1-6]|4[1-6]|9[1-6]|10[1-6]|[34]8;5)(?:;[\d;]*)?m", bytes(terminal.raw).decode())


@pytest.mark.slow
def test_a_terminal_that_is_too_small_says_so_and_recovers(calm: Planted, home: Path) -> None:
    with console(*board(calm), env=environment(home), size=(59, 17)) as terminal:
        terminal.shows("Terminal too small")
        terminal.shows("have 59x17, need 60x18")
        terminal.resize(100, 30)
        terminal.shows("╭─ OPEN")
        terminal.lacks("too small")
        terminal.keys("j")
        terminal.resize(59, 17)
        terminal.shows("Terminal too small")
        terminal.resize(160, 45)
        terminal.shows("╭─ NEW")
        terminal.still()
        assert "too small" not in terminal.text()
        assert terminal.leave() == 0


def _fills(columns: int, rows: int) -> Callable[[str], bool]:
    """Whether the board fills a screen of that size: below the two lines at the top and above the keys, borders at both edges."""

    def fills(text: str) -> bool:
        lines = text.split("\n")
        panes = lines[2:-1]
        return (
            len(lines) == rows
            and lines[2].startswith("╭─ OPEN")
            and all(len(line) == columns and line[0] in "│╭╰" and line[-1] in "│╮╯" for line in panes)
        )

    return fills


@pytest.mark.slow
def test_a_storm_of_resizes_leaves_a_whole_screen(calm: Planted, home: Path) -> None:
    with console(*board(calm), env=environment(home), size=(160, 45)) as terminal:
        terminal.shows("╭─ NEW")
        for n in range(41):
            terminal.resize(*((80, 24), (59, 17), (160, 45), (120, 36), (89, 20), (200, 60))[n % 6])
        terminal.resize(120, 36)  # not the size before: a terminal that keeps its size tells the program nothing
        terminal.until(_fills(120, 36), "the board at its last size, with nothing left of another")
        terminal.still(0.4)
        assert _fills(120, 36)(terminal.text()), terminal.text()
        assert "too small" not in terminal.text()
        terminal.keys("2")
        terminal.shows("To review")
        assert terminal.leave() == 0
        assert spoken(bytes(terminal.raw)).faults == ()


def _quit(terminal: Terminal) -> None:
    terminal.keys("ctrl+q")


def _term(terminal: Terminal) -> None:
    terminal.signal(signal.SIGTERM)


def _hang_up(terminal: Terminal) -> None:
    terminal.signal(signal.SIGHUP)


@pytest.mark.slow
@pytest.mark.parametrize("end", [_quit, _term, _hang_up], ids=["quit", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_given_back(calm: Planted, home: Path, end: Callable[[Terminal], None]) -> None:
    with console(*board(calm), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.still()
        end(terminal)
        terminal.ended()
        assert given_back(terminal), bytes(terminal.raw)[-200:]
    whole(calm.path)


@pytest.mark.slow
@pytest.mark.parametrize("end", [_term, _hang_up], ids=["SIGTERM", "SIGHUP"])
def test_words_being_written_outlive_a_signal(tmp_path: Path, home: Path, end: Callable[[Terminal], None]) -> None:
    calm = plant(tmp_path / "hub.db", harmless(6))
    with console("enquiry", calm.reviewed[0], *board(calm)[1:], env=environment(home), size=(120, 36)) as terminal:
        terminal.shows(f"╭─ {calm.reviewed[0]} ")
        terminal.keys("d")
        terminal.writing()
        terminal.send("half a thought")
        terminal.shows("half a thought")
        end(terminal)
        terminal.ended()
    whole(calm.path)
    kept = [path.read_text("utf-8") for path in home.rglob("*.json")]
    assert any("half a thought" in text for text in kept)


@pytest.mark.slow
def test_a_terminal_that_goes_away_ends_the_console(calm: Planted, home: Path) -> None:
    terminal = Terminal(board(calm), environment(home), (120, 36))
    try:
        terminal.shows("╭─ E-1 ")
        terminal.still()
        os.close(terminal.process.fd)
        assert terminal.gone()
    finally:
        terminal.close()
    whole(calm.path)


@pytest.mark.slow
@pytest.mark.parametrize("line", [":E-3\r", ":open E-3\r", "jj:E-3\r"])
def test_a_line_that_comes_all_at_once_is_carried_out_whole(calm: Planted, home: Path, line: str) -> None:
    with console(*board(calm), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.still(0.5)
        terminal.send(line)
        terminal.until(lambda text: re.search(r"╭─ E-3 .*(new|closed|sent) · P3", text), "E-3 on its own screen", 8.0)


def test_a_pipe_instead_of_a_keyboard_is_refused(calm: Planted, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hubconsole", *board(calm)],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert b"needs a terminal" in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["C", "POSIX"])
def test_a_locale_without_utf8_works(calm: Planted, home: Path, lang: str) -> None:
    with console(*board(calm), env=environment(home, LANG=lang, LC_ALL=lang), size=(120, 36)) as terminal:
        terminal.shows("╭─ OPEN")
        terminal.still()
        assert terminal.leave() == 0
        assert spoken(bytes(terminal.raw)).faults == ()
    with console(
        "list", "--store", str(calm.path), "--as", "agent1", env=environment(home, LANG=lang, LC_ALL=lang), size=(120, 36)
    ) as terminal:
        assert terminal.ended() == 0
        assert "E-1" in bytes(terminal.raw).decode("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("who", "pane"), [("agent1", ""), ("lex", "2")])
def test_pasted_escapes_press_no_key(calm: Planted, home: Path, who: str, pane: str) -> None:
    before = newest(calm.path)
    with console("board", "--as", who, "--store", str(calm.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ ")
        if pane:
            terminal.keys(pane)
            terminal.shows("To review")
        shown = terminal.still(0.8)
        for keys in ("?", "a", ":", "1", "z", "A", "y", "Ay", "r", "\r", "[21~", "\x11"):
            terminal.paste(f"\x1b{keys}\x1b{keys}")
        assert _panes(terminal.still()) == _panes(shown)
        assert terminal.leave() == 0
    assert set(kinds_after(calm.path, before)) <= ({"review.opened"} if pane else set())


def _panes(text: str) -> list[str]:
    """What stands below the header, whose clocks and counts of people move by themselves, with its own clocks stopped."""
    return [re.sub(r"\d:\d\d", "0:00", line) for line in text.split("\n")[2:]]
