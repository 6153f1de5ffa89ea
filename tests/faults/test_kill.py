"""kill -9 in mid-command: nothing acknowledged is lost, nothing is torn, the chain is whole, and asking again has one effect."""

import random
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.hub.local import LocalHub
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.faults.killing import POINTS, Asked, Death, run_and_kill, some_work
from tests.property.tables import dump

pytestmark = pytest.mark.faults

EACH = 14
"""Kills at each named point; with the ones at random instants 200 in all."""
AT_RANDOM = 116
PER_HUB = 20
"""Kills suffered by one hub before a new one is made, so that its journal stays short."""


def a_hub(folder: Path, clock: FrozenClock, n: int) -> tuple[Path, list[str]]:
    """A hub with three enquiries, closed again: a fork must not inherit an open database."""
    hub = LocalHub.create(folder / f"hub{n}.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    ids = [acts.receive(hub) for _ in range(3)]
    hub.close()
    return hub.path, ids


def events_of(hub: LocalHub, work: list[Asked]) -> dict[int, list[int]]:
    """Places in the journal of what each command wrote."""
    conn = hub._conn()
    rows = {
        n: [seq for (seq,) in conn.execute("SELECT seq FROM event WHERE command_id = ? ORDER BY n", (asked.command_id,))]
        for n, asked in enumerate(work)
    }
    return {n: seqs for n, seqs in rows.items() if seqs}


def check(path: Path, clock: FrozenClock, work: list[Asked], death: Death) -> None:
    """Everything that must be true of a hub whose user was killed."""
    hub = LocalHub.open(path, clock=clock)
    answer = hub.verify()
    assert answer.ok, answer.problems
    assert answer.events == hub.info().seq
    before = dump(path)
    hub.rebuild()
    assert dump(path) == before, "torn: what was projected is not what the journal says"
    written = events_of(hub, work)
    for n, seq in death.acknowledged.items():
        assert written[n][-1] == seq, "an acknowledged command is lost"
    assert set(written) - set(death.acknowledged) <= {death.begun - 1}, "something was written that nobody had begun"
    for n in range(len(death.acknowledged), death.begun):
        asked, seq = work[n], hub.info().seq
        first = hub.execute(asked.command, actor=asked.actor, command_id=asked.command_id)
        assert first.repeated == (n in written)
        assert (hub.info().seq == seq) == first.repeated
        again = hub.execute(asked.command, actor=asked.actor, command_id=asked.command_id)
        assert again.repeated and (again.seq, again.events, again.version) == (first.seq, first.events, first.version)
        assert len(events_of(hub, work)[n]) == len(first.events)
    assert hub.verify().ok
    hub.close()


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(tmp_path: Path, clock: FrozenClock, point: str) -> None:
    rng = random.Random(point)
    path, ids = a_hub(tmp_path, clock, 0)
    for _ in range(EACH):
        work = some_work(rng, ids, 2)
        death = run_and_kill(path, clock, work, point=point, at=rng.randint(1, len(work)))
        assert death.killed
        written_unanswered = point == "after commit"
        assert death.begun == len(death.acknowledged) + 1
        hub = LocalHub.open(path, clock=clock)
        assert (death.begun - 1 in events_of(hub, work)) == written_unanswered
        hub.close()
        check(path, clock, work, death)


LATE = 20
"""So many blows at most may come when all the work is done already: the machine may have other things to do."""


def test_killed_at_any_instant(tmp_path: Path, clock: FrozenClock, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(11)
    killed = unanswered = acknowledged = 0
    for n in range(AT_RANDOM + LATE):
        if killed == AT_RANDOM:
            break
        if n % PER_HUB == 0:
            path, ids = a_hub(tmp_path, clock, n)
        work = some_work(rng, ids, 60)
        death = run_and_kill(path, clock, work, after=rng.uniform(0, 0.05))
        killed += death.killed
        acknowledged += len(death.acknowledged)
        unanswered += death.begun - len(death.acknowledged)
        check(path, clock, work, death)
    with capsys.disabled():
        print(
            f"\n{killed} of {AT_RANDOM} killed at random, {unanswered} of them inside a command; {acknowledged} answered commands, 0 lost"
        )
    assert killed == AT_RANDOM, "some blows came too late"
    assert unanswered >= AT_RANDOM * 0.5
