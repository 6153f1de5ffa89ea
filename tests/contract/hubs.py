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
from hubconsole.ids import new_id
from hubconsole.store.rows import DueRow, OutgoingRow
from tests import pg
from tests.contract import remotes

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

    def overtaken(self, send_id: str) -> str:
        """Why a reply whose delivery was cut off must not be delivered anew by itself."""

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


class _Postgres:
    def __init__(self, clock: FrozenClock, policy: str) -> None:
        from hubconsole.store.postgres import with_hub

        database = pg.shared_database()
        made = LocalHub.create(with_hub(database, new_id()), name="Bank", policy=policy, members=MEMBERS, clock=clock)
        self.url, self.clock = with_hub(database, made.hub_id), clock
        self.hub: WorkedHub = made
        self.opened: list[WorkedHub] = [made]

    def another(self) -> WorkedHub:
        hub = LocalHub.open(self.url, clock=self.clock)
        self.opened.append(hub)
        return hub


@contextmanager
def postgres(folder: Path, clock: FrozenClock, policy: str) -> Iterator[Opened]:
    """A hub in a database, beside those of other tests."""
    place = _Postgres(clock, policy)
    yield place
    for hub in place.opened:
        hub.close()


def _sqlite_behind(folder: Path, clock: FrozenClock, policy: str) -> LocalHub:
    return LocalHub.create(folder / "hub.db", name="Bank", policy=policy, members=MEMBERS, clock=clock)


def _postgres_behind(folder: Path, clock: FrozenClock, policy: str) -> LocalHub:
    made = _Postgres(clock, policy).hub
    assert isinstance(made, LocalHub)
    return made


IMPLEMENTATIONS: dict[str, Callable[[Path, FrozenClock, str], AbstractContextManager[Opened]]] = {
    "local": local,
    "postgres": postgres,
    **remotes.implementations({"sqlite": _sqlite_behind, "postgres": _postgres_behind}),
}
"""Opens a new hub with MEMBERS in a folder, under a clock and a policy."""

_SOON = ("local", "postgres", "asgi-sqlite")
"""The others take the same tests again with a real server, and over the other engine: they are slow."""


@pytest.fixture(params=[pytest.param(one, marks=[] if one in _SOON else pytest.mark.slow) for one in sorted(IMPLEMENTATIONS)])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Opened]:
    """One hub of every implementation; ``@pytest.mark.parametrize("policy", [...])`` chooses another policy."""
    policy = request.node.callspec.params.get("policy", ALL_LEGAL)
    with IMPLEMENTATIONS[request.param](tmp_path, clock, policy) as opened:
        yield opened


@pytest.fixture
def hub(place: Opened) -> WorkedHub:
    """The hub of ``place``."""
    return place.hub
