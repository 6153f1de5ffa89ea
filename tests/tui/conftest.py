"""The banks of :mod:`tests.tui.hubs` and the desk of :mod:`tests.tui.desk`, for every test of the console."""

from pathlib import Path

import pytest

from tests.tui.desk import Desk
from tests.tui.hubs import bank, empty_bank

__all__ = ["bank", "desk", "empty_bank"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A hub without an enquiry, whose replies legal reads."""
    return Desk(tmp_path)
