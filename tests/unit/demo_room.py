"""The demonstration hub as the tests of it have it: built once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.demo.run import prepare
from hubconsole.domain.query import parse
from hubconsole.hub.local import LocalHub
from hubconsole.store.rows import BoardRow, EnquiryView

SNOOZED = "is:snoozed"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as first built."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    prepare(path, clock=FrozenClock()).close()
    return path


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copy(built, tmp_path / "demo.db"))


@pytest.fixture
def hub(path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    """The demonstration, open."""
    opened = prepare(path, clock=clock)
    yield opened
    opened.close()


def everything(hub: LocalHub) -> list[BoardRow]:
    """Every enquiry's row, the snoozed ones too."""
    return [*hub.page(parse(""), limit=500).rows, *hub.page(parse(SNOOZED), limit=500).rows]


def views(hub: LocalHub) -> list[EnquiryView]:
    """Every enquiry."""
    return [hub.enquiry(row.id) for row in everything(hub)]


def of(hub: LocalHub, customer: str) -> EnquiryView:
    """The enquiry of this customer."""
    return next(hub.enquiry(row.id) for row in everything(hub) if row.customer == customer)
