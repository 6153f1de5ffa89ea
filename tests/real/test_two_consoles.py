"""Two people at one file, each at a terminal: what one does the other sees within a second, without a key and without a jump."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hubconsole.domain import commands as c
from hubconsole.hub.local import LocalHub
from tests.real import tour
from tests.real.hostile import Planted, harmless, plant
from tests.real.terminal import Terminal, console, environment

SECOND = 1.0
"""Seconds within which a change must be on the other screen, at the 95th percentile."""


@pytest.fixture
def calm(tmp_path: Path) -> Planted:
    """Three replies in review, eighteen new enquiries, and more."""
    return plant(tmp_path / "hub.db", harmless(18))


class Pair:
    """A service agent's console on one enquiry, and a lawyer's."""

    def __init__(self, agent: Terminal, lawyer: Terminal) -> None:
        self.agent = agent
        self.lawyer = lawyer


@pytest.fixture
def pair(calm: Planted, home: Path) -> Iterator[Pair]:
    """Both consoles, up and drawn."""
    store = ("--store", str(calm.path))
    with ExitStack() as stack:
        agent = stack.enter_context(console("enquiry", "E-4", "--as", "agent1", *store, env=environment(home), size=(120, 36)))
        lawyer = stack.enter_context(console("legal", "--as", "lex", *store, env=environment(home), size=(160, 45)))
        agent.shows("╭─ E-4 ")
        lawyer.shows("╭─ E-1 reply")
        agent.still()
        lawyer.still(0.6)
        yield Pair(agent, lawyer)


def took(terminal: Terminal, words: str, since: float) -> float:
    """Seconds from ``since`` until the screen holds the words."""
    terminal.shows(words)
    return time.monotonic() - since


@pytest.mark.slow
def test_a_reply_is_drafted_in_one_console_and_approved_in_the_other(calm: Planted, pair: Pair) -> None:
    agent, lawyer = pair.agent, pair.lawyer
    agent.keys("d")
    agent.writing()
    agent.send("We are looking into it.")
    agent.shows("We are looking into it.")
    agent.keys("f2")
    agent.shows("in review")
    begun = time.monotonic()
    seen = took(lawyer, "1 new, R to show", begun)
    assert "╭─ E-1 reply" in lawyer.text(), "the lawyer's selection moved by itself"
    lawyer.keys("R")
    lawyer.until(lambda text: re.search(r"│ . E-4 ", text), "E-4 in the queue")
    assert "╭─ E-1 reply" in lawyer.text(), "the lawyer's selection moved when the new one came in"
    while "╭─ E-4 reply" not in lawyer.text():
        before = lawyer.text().split("╭─ E-")[1][:6]
        lawyer.keys("j")
        lawyer.until(lambda text, old=before: text.split("╭─ E-")[1][:6] != old, "the next reply")  # type: ignore[misc]
    lawyer.keys("a")
    lawyer.shows("EXACTLY THESE WORDS")
    assert "We are looking into it." in lawyer.text()
    begun = _confirm(lawyer)
    agent.until(lambda text: re.search(r"╭─ E-4 .* · ready", text), "READY at the agent's")
    ready = time.monotonic() - begun
    assert agent.text().count("╭─ E-4 ") == 1
    print(f"\nseen by the lawyer after {seen * 1000:.0f} ms, READY at the agent's after {ready * 1000:.0f} ms")
    assert seen < SECOND
    assert ready < SECOND
    assert "draft.saved" in (kinds := tour.kinds_after(calm.path, 0))
    assert kinds[-1] == "reply.ready" or "review.decided" in kinds


def _confirm(lawyer: Terminal) -> float:
    """Press the confirming key until it counts (each early press makes the guard wait anew); when the last was pressed."""
    for _ in range(40):
        lawyer.still(0.4)
        begun = time.monotonic()
        lawyer.keys("y")
        try:
            lawyer.lacks("EXACTLY THESE WORDS", 0.5)
        except AssertionError:
            continue
        return begun
    raise AssertionError(f"never confirmed\n{lawyer.text()}")


def _overdue(text: str, key: str) -> bool | None:
    """Whether an enquiry's row says that it is over its target by hours, as a more pressing one is; None where no row says."""
    found = re.search(rf" {key} +\S +\+(\d+):\d\d ", text)
    return int(found[1]) >= 2 if found else None


@pytest.mark.slow
def test_changes_of_others_are_on_the_screen_within_a_second(calm: Planted, home: Path) -> None:
    with console("board", "--as", "agent1", "--store", str(calm.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.keys("j", "j")
        terminal.shows("╭─ E-3 ")
        terminal.still(1.2)
        hub = LocalHub.open(calm.path)
        rows = [hub.enquiry(key).row for key in ("E-1", "E-2", "E-4", "E-7", "E-10")]
        times: list[float] = []
        for n in range(20):
            row = rows[n % len(rows)]
            now = 2 if n // len(rows) % 2 == 0 else 3
            begun = time.monotonic()
            hub.execute(c.SetPriority(enquiry_id=row.id, priority=now), actor="sue")
            terminal.until(lambda text, key=row.key, now=now: _overdue(text, key) == (now == 2), f"{row.key} at P{now}")  # type: ignore[misc]
            times.append(time.monotonic() - begun)
            assert "╭─ E-3 " in terminal.text(), "the selection moved"
            terminal.still(0.1)
        hub.close()
    times.sort()
    print(
        f"\n20 changes by another process: p50 {times[9] * 1000:.0f} ms, p95 {times[18] * 1000:.0f} ms, slowest {times[19] * 1000:.0f} ms"
    )
    assert times[18] < SECOND


@pytest.mark.slow
@pytest.mark.parametrize(
    "burst", ["\r" * 60, "a" * 60, "a\r" * 40, "ay" * 40, "ayay\r" * 20], ids=["enter", "a", "a-enter", "a-y", "a-y-enter"]
)
def test_keys_that_repeat_never_approve(calm: Planted, home: Path, burst: str) -> None:
    before = tour.newest(calm.path)
    with console("legal", "--as", "lex", "--store", str(calm.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 reply")
        terminal.still(0.6)
        for n in range(0, len(burst), 2):  # about the rate of a held key
            terminal.send(burst[n : n + 2])
            terminal.still(0.02, 0.04)
        terminal.still(0.5)
        assert terminal.alive
        assert terminal.process.isalive()
    assert "review.decided" not in tour.kinds_after(calm.path, before)


@pytest.mark.slow
def test_a_killed_console_loses_at_most_two_seconds_of_typing(calm: Planted, home: Path) -> None:
    arguments = ("enquiry", "E-4", "--as", "agent1", "--store", str(calm.path))
    typed: list[tuple[float, int]] = []
    with console(*arguments, env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-4 ")
        terminal.keys("d")
        terminal.writing()
        count = 0
        while not typed or typed[-1][0] < typed[0][0] + 3.5:
            word = f"w{count:04d} "
            terminal.send(word)
            terminal.shows(word.strip())
            count += 1
            typed.append((time.monotonic(), count))
        terminal.signal(signal.SIGKILL)
        killed = time.monotonic()
        terminal.ended()
    with console(*arguments, env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-4 ")
        terminal.shows("not saved")
        terminal.keys("d")
        terminal.shows("restore")
        terminal.keys("r")
        text = terminal.shows("w0000")
        terminal.still()
        text = terminal.text()
    kept = 1 + max(int(number) for number in re.findall(r"\bw(\d{4})\b", text))
    owed = max((n for at, n in typed if at <= killed - 2.0), default=0)
    lost_since = next((at for at, n in typed if n == kept), killed)
    print(f"\n{count} words typed, {kept} kept: {killed - lost_since:.2f} s of typing lost")
    assert owed > 0, "too little was typed for this to say anything"
    assert kept >= owed
