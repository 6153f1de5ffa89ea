"""The banks of :mod:`tests.tui.hubs` and the desk of :mod:`tests.tui.desk`, for every test of the console."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.desk import Desk
from tests.tui.far import FarHub
from tests.tui.hubs import Bank, bank, empty_bank

__all__ = ["bank", "desk", "empty_bank"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A hub without an enquiry, whose replies legal reads."""
    return Desk(tmp_path)


@pytest.fixture
def far(bank: Bank) -> Iterator[FarHub]:
    """The small bank behind a line that can be cut."""
    hub = FarHub(bank.local, bank.clock)
    yield hub
    hub.close()


@pytest.fixture
def far_desk(desk: Desk) -> Iterator[FarHub]:
    """The desk behind a line that can be cut."""
    hub = FarHub(desk.hub, desk.clock)
    yield hub
    hub.close()
