"""The hub far away, for the contract suite: over an application in this process, over a server on a socket, as a console has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hubconsole.clock import FrozenClock
from hubconsole.domain.access import LONGEST
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.remote.live import LiveHub
from hubconsole.store.rows import DueRow, OutgoingRow
from tests.contract.asgi import Running, ToApp

Connect = Callable[[], tuple[str, httpx.BaseTransport | None]]
"""The address to use, and what takes the network's place."""

PATIENCE = 20.0


class Doors:
    """Everybody's tokens at a hub; a member who joins later gets one at the first try."""

    def __init__(self, hub: LocalHub) -> None:
        self.hub = hub
        self._guard = threading.Lock()
        self._secrets = {member.name: self._issue(member.name) for member in hub.members()}
        self._secrets["system"] = access.issue(hub, "sue", Scope.WORKER, label="worker", lasting=LONGEST).secret

    def _issue(self, name: str) -> str:
        return access.issue(self.hub, name, Scope.MEMBER, label="console", lasting=LONGEST).secret

    def __call__(self, name: str) -> str | None:
        """The token of a member; None for whoever is none."""
        with self._guard:
            if name not in self._secrets and any(member.name == name and member.active for member in self.hub.members()):
                self._secrets[name] = self._issue(name)
            return self._secrets.get(name)


class Awaited(LiveHub):
    """A console's hub whose copy has heard of everything before it answers, as it will have a moment later by itself."""

    behind: LocalHub

    def __getattribute__(self, name: str) -> Any:
        if name in _READS:
            object.__getattribute__(self, "catch_up")()
        return object.__getattribute__(self, name)

    def catch_up(self) -> None:
        """Wait until the feed is where the hub is."""
        seq = self.behind.info().seq
        assert self.connect(PATIENCE), self.connection()
        assert self.heard.reach(seq, PATIENCE), (self.heard.seq, seq, self.connection())

    def viewers(self) -> Any:
        """As the hub has it, once the console has heard so."""
        want = [(one.member, one.enquiry_id, one.doing) for one in self.behind.viewers()]
        end = time.monotonic() + PATIENCE
        while [(one.member, one.enquiry_id, one.doing) for one in super().viewers()] != want and time.monotonic() < end:
            threading.Event().wait(0.01)
        return super().viewers()

    def due(self, now: int) -> Sequence[DueRow]:
        return self.remote.due(now)

    def outgoing(self, send_id: str) -> OutgoingRow | None:
        return self.remote.outgoing(send_id)

    def overtaken(self, send_id: str) -> str:
        return self.remote.overtaken(send_id)

    def expiring(self, now: int) -> Sequence[str]:
        return self.remote.expiring(now)

    def lease(self, name: str, holder: str, ttl: int) -> int | None:
        return self.remote.lease(name, holder, ttl)


_READS = frozenset(
    {"info", "members", "policy", "counts", "oldest_wait", "page", "page_at", "total", "position", "rows", "changes", "viewers"}
)


class Far:
    """A hub behind a server, and consoles on it."""

    def __init__(self, behind: LocalHub, connect: Connect, folder: Path | None, clock: FrozenClock) -> None:
        self.behind = behind
        self.doors = Doors(behind)
        self._connect = connect
        self._folder = folder
        self._clock = clock
        self.opened: list[Any] = []
        self.hub = self.another()

    def another(self) -> Any:
        """A console (``folder``: one with a copy of the board) as ben's, with everybody's tokens at hand."""
        url, transport = self._connect()
        if self._folder is None:
            self.opened.append(RemoteHub(url, self.doors, member="ben", transport=transport))
        else:
            Awaited.behind = self.behind
            self.opened.append(
                Awaited(
                    url,
                    self.doors,
                    member="ben",
                    mirror=self._folder / f"mirror{len(self.opened)}.db",
                    clock=self._clock,
                    remote=lambda: RemoteHub(url, self.doors, member="ben", transport=transport),
                )
            )
        return self.opened[-1]

    def close(self) -> None:
        """Let go of all consoles."""
        for one in self.opened:
            one.close()


@contextmanager
def over_asgi(behind: LocalHub, folder: Path, clock: FrozenClock, *, console: bool = False) -> Iterator[Far]:
    """Consoles that speak to the application itself."""
    from hubconsole.server.app import create_app

    running = Running(create_app(behind, generous()))
    far = None
    try:
        far = Far(behind, lambda: ("http://127.0.0.1", ToApp(running)), folder if console else None, clock)
        yield far
    finally:
        if far is not None:
            far.close()
        running.stop()
        quiet()
        behind.close()


@contextmanager
def over_uvicorn(behind: LocalHub, folder: Path, clock: FrozenClock, *, console: bool = False) -> Iterator[Far]:
    """Consoles that speak to a server on a socket."""
    with served(behind) as url:
        far = Far(behind, lambda: (url, None), folder if console else None, clock)
        try:
            yield far
        finally:
            far.close()
    quiet()
    behind.close()


@contextmanager
def served(behind: LocalHub, port: int = 0) -> Iterator[str]:
    """A hub on a socket of this machine; its address."""
    import uvicorn

    from hubconsole.server.app import create_app

    config = uvicorn.Config(create_app(behind, generous()), host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="uvicorn", daemon=True)
    thread.start()
    end = time.monotonic() + PATIENCE
    while not server.started and thread.is_alive() and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert server.started, "the server did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def quiet() -> None:
    """Wait until no thread of a server reads its store any more."""
    for thread in threading.enumerate():
        if thread.name.startswith("hubconsole-feed"):
            thread.join(PATIENCE)


def generous() -> Any:
    """A server's settings with room for a test that asks as fast as it can."""
    from hubconsole.server.settings import Settings

    return Settings(token_rate=1e6, token_burst=1_000_000, address_rate=1e6, address_burst=1_000_000, poll=0.05)


def opener(
    way: Callable[..., Any], make: Callable[[Path, FrozenClock, str], LocalHub], *, console: bool = False
) -> Callable[[Path, FrozenClock, str], Any]:
    """An entry for IMPLEMENTATIONS: ``make`` gives the hub behind the server, ``way`` the server."""

    def opened(folder: Path, clock: FrozenClock, policy: str) -> Any:
        return way(make(folder, clock, policy), folder, clock, console=console)

    return opened


def implementations(make: dict[str, Callable[[Path, FrozenClock, str], LocalHub]]) -> dict[str, Callable[[Path, FrozenClock, str], Any]]:
    """Every way to every engine: ``make`` has the engines' names (``sqlite``) and how a hub on each is made."""
    found: dict[str, Callable[[Path, FrozenClock, str], Any]] = {}
    for engine, one in make.items():
        found[f"asgi-{engine}"] = opener(over_asgi, one)
        found[f"uvicorn-{engine}"] = opener(over_uvicorn, one)
        found[f"console-{engine}"] = opener(over_asgi, one, console=True)
    return found
