"""The section about growth: its simulation is the same in every run and means what it says, and its programs still run."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.bench import scale, scale_people, scale_sizes
from tests.bench.measure import Scale
from tests.bench.scale_people import Cost, answered, carried
from tests.bench.scale_places import durable

SMALL = Scale(True, 1, 1, 1, 1)
COST = Cost(0.004, 0.001)


def test_whoever_comes_alone_waits_for_one_commit() -> None:
    median, high = answered(COST, 1)
    assert median == pytest.approx(0.005)
    assert high < 2 * 0.005


def test_many_people_share_commits_and_wait_longer() -> None:
    waits = [answered(COST, people)[1] for people in (10, 1_000, 10_000)]
    assert waits == sorted(waits)
    assert waits == [answered(COST, people)[1] for people in (10, 1_000, 10_000)], "the same dice in every run"
    alone = Cost(COST.commit + COST.command, 0.0)
    assert answered(COST, 10_000)[1] < answered(alone._replace(command=COST.commit), 10_000)[1]


def test_what_costs_less_carries_more_and_not_more_than_its_commands_allow() -> None:
    assert carried(Cost(0.002, 0.0005)) > carried(COST)
    assert carried(COST) < scale_people.PACE / COST.command


@pytest.mark.slow
def test_the_section_runs(tmp_path: Path) -> None:
    # Not below pytest's own folders: another run of pytest on this machine closes those to the database's user.
    with TemporaryDirectory(prefix="hcscale-") as made, durable(Path(made) / "pg") as database:
        figures = [*scale.heard(database.url, SMALL), *scale_sizes.run(tmp_path, database.url, SMALL)]
    assert len(figures) == 7
    assert all(figure.value > 0 for figure in figures)
