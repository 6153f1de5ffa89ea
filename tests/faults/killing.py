"""Children that are killed: each runs commands on a hub, says on a pipe what was answered, and dies at a named point or instant."""

import os
import random
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.hub import writing
from hubconsole.hub.local import LocalHub
from hubconsole.hub.writing import Writer
from hubconsole.ids import new_id


class Asked(NamedTuple):
    """One command that a child carries out, made before it was born, so that its parent can ask the same again."""

    command: c.Command
    actor: str
    command_id: str


class Death(NamedTuple):
    """What is left of a child."""

    acknowledged: dict[int, int]
    """Place in the list of each command that was answered, with the place in the journal that the answer gave."""
    begun: int
    """How many commands it began."""
    killed: bool
    """False when it did all its work before the blow fell."""


POINTS = ("before begin", "after begin", "after insert", "after children", "before commit", "after commit")
"""Where in a command a child can be told to die."""


def die() -> NoReturn:
    """kill -9, by one's own hand."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _deadly(real: Callable[..., Any], at: int, before: bool) -> Callable[..., Any]:
    calls = 0

    def call(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and before:
            die()
        answer = real(*args, **more)
        if calls == at:
            die()
        return answer

    return call


def _arm_step(name: str, at: int) -> None:
    setattr(writing, name, _deadly(getattr(writing, name), at, before=False))


def arm(point: str, at: int) -> None:
    """Make this process die at ``point`` of its ``at``-th command."""
    if point == "before begin":
        Writer.execute = _deadly(Writer.execute, at, before=True)  # type: ignore[method-assign]
    elif point == "after begin":
        Writer._one = _deadly(Writer._one, at, before=True)  # type: ignore[method-assign]
    elif point == "after insert":
        _arm_step("append", at)
    elif point == "after children":
        _arm_step("project_children", at)
    elif point == "before commit":
        Writer._one = _deadly(Writer._one, at, before=False)  # type: ignore[method-assign]
    elif point == "after commit":
        Writer.execute = _deadly(Writer.execute, at, before=False)  # type: ignore[method-assign]
    else:
        raise ValueError(point)


def run_and_kill(path: Path | str, clock: FrozenClock, work: Sequence[Asked], *, point: str = "", at: int = 1, after: float = 0.0) -> Death:
    """Fork a child that does ``work``; it dies at a point, or (``point`` empty) ``after`` seconds from its first word."""
    said, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(said)
            _live(path, clock, work, point, at, say)
        finally:
            os._exit(3)
    os.close(say)
    heard = _listen(said, pid, "" if point else "any", after)
    _, status = os.waitpid(pid, 0)
    os.close(said)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and os.waitstatus_to_exitcode(status) != 0:
        raise AssertionError(f"the child failed by itself: {heard!r}")
    lines = [line.split() for line in heard.decode().splitlines(keepends=True) if line.endswith("\n")]
    acknowledged = {int(line[1]): int(line[2]) for line in lines if line[0] == "done"}
    return Death(acknowledged, sum(line[0] == "begin" for line in lines), killed)


def _live(path: Path | str, clock: FrozenClock, work: Sequence[Asked], point: str, at: int, say: int) -> None:
    if point:
        arm(point, at)
    hub = LocalHub.open(path, clock=clock)
    for n, asked in enumerate(work):
        os.write(say, f"begin {n}\n".encode())
        receipt = hub.execute(asked.command, actor=asked.actor, command_id=asked.command_id)
        os.write(say, f"done {n} {receipt.seq}\n".encode())
    os._exit(0)


def _listen(said: int, pid: int, mode: str, after: float) -> bytes:
    heard = b""
    deadline: float | None = None
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([said], [], [], left)
        if not ready:
            os.kill(pid, signal.SIGKILL)
            deadline = None
            continue
        chunk = os.read(said, 65536)
        if not chunk:
            return heard
        heard += chunk
        if mode == "any" and deadline is None and heard.count(b"begin") == 1:
            deadline = time.monotonic() + after


def some_work(rng: random.Random, ids: Sequence[str], n: int) -> list[Asked]:
    """Commands of several events each, that always succeed in this order."""
    work: list[Asked] = []
    for _ in range(n):
        eid = new_id()
        text = f"words {rng.randrange(1000)}"
        work += [
            Asked(c.Receive(enquiry_id=eid, channel="x", text=text, customer="cy", external_id=eid), "ada", new_id()),
            Asked(c.SaveDraft(enquiry_id=eid, text=text, base=0), "ada", new_id()),
            Asked(c.Submit(enquiry_id=eid), "ada", new_id()),
            Asked(c.AddNote(enquiry_id=rng.choice(ids), text=text), "lex", new_id()),
            Asked(c.Withdraw(enquiry_id=eid), "ada", new_id()),
        ]
    return work
