"""Every implementation of the hub, opened for the contract suite. A later one adds an entry to IMPLEMENTATIONS and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Hub
from hubconsole.store.rows import DueRow, OutgoingRow

MEMBERS: tuple[tuple[str, tuple[Function, ...]], ...] = (
    ("ada", (Function.SERVICE,)),
    ("ben", (Function.SERVICE, Function.MARKETING)),
    ("lex", (Function.LEGAL,)),
    ("lou", (Function.LEGAL,)),
    ("sue", (Function.SUPERVISOR,)),
)


class WorkedHub(Hub, Protocol):
    """A hub with what the worker asks of it as well."""

    def due(self, now: int) -> Sequence[DueRow]:
        """Sends that are due or in delivery."""

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        """The reply of a send as it is to leave."""

    def expiring(self, now: int) -> Sequence[str]:
        """Enquiries in which something has run out."""

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        """Take or renew a lease."""


class Opened(Protocol):
    """A hub that was just made, and further consoles on the same one."""

    hub: WorkedHub

    def another(self) -> WorkedHub:
        """The same hub, as another console has it."""


class _Local:
    def __init__(self, path: Path, clock: FrozenClock, policy: str) -> None:
        self.path, self.clock = path, clock
        self.hub: WorkedHub = LocalHub.create(path, name="Bank", policy=policy, members=MEMBERS, clock=clock)
        self.opened: list[WorkedHub] = [self.hub]

    def another(self) -> WorkedHub:
        hub = LocalHub.open(self.path, clock=self.clock)
        self.opened.append(hub)
        return hub


@contextmanager
def local(folder: Path, clock: FrozenClock, policy: str) -> Iterator[Opened]:
    """A hub on a file."""
    place = _Local(folder / "hub.db", clock, policy)
    yield place
    for hub in place.opened:
        hub.close()


IMPLEMENTATIONS: dict[str, Callable[[Path, FrozenClock, str], AbstractContextManager[Opened]]] = {"local": local}
"""Opens a new hub with MEMBERS in a folder, under a clock and a policy."""


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Opened]:
    """One hub of every implementation; ``@pytest.mark.parametrize("policy", [...])`` chooses another policy."""
    policy = request.node.callspec.params.get("policy", ALL_LEGAL)
    with IMPLEMENTATIONS[request.param](tmp_path, clock, policy) as opened:
        yield opened


@pytest.fixture
def hub(place: Opened) -> WorkedHub:
    """The hub of ``place``."""
    return place.hub
