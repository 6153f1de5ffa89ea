"""A journal as lines: what goes out comes in as it was, and damage of any kind is noticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.transfer import HubSide
from hubconsole.hub.transfer_lines import lines, read
from tests.contract import acts
from tests.contract.hubs import MEMBERS


@pytest.fixture
def side(tmp_path: Path, clock: FrozenClock) -> Iterator[HubSide]:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.receive(hub, text="NUL \0, \x10, \u2028 and\na line")
    acts.queued(hub)
    yield HubSide(hub)
    hub.close()


def whole(side: HubSide) -> bytes:
    end = side.end("")
    assert end is not None
    return b"".join(lines(end, side.rows(end.hub_id, 0)))


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_it_comes_back_as_it_was_however_it_is_cut(side: HubSide, size: int) -> None:
    raw = whole(side)
    end, rows = read(raw[at : at + size] for at in range(0, len(raw), size))
    assert end == side.end("")
    assert list(rows) == list(side.rows(end.hub_id, 0))


def test_it_is_cut_off(side: HubSide) -> None:
    raw = whole(side)
    for cut in (0, 10, len(raw) - 1):
        with pytest.raises(StoreProblem) as no:
            list(read([raw[:cut]])[1])
        assert no.value.code == "journal_broken"


@given(st.binary(min_size=1, max_size=80))
def test_anything_else_is_no_journal(noise: bytes) -> None:
    with pytest.raises(StoreProblem) as no:
        list(read([noise, b"\n"])[1])
    assert no.value.code == "journal_broken"
