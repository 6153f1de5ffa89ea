"""A hub that is served: in process for most tests, by a real uvicorn in a thread where streams and sockets matter."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hubconsole.clock import Clock, system_clock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.server import logs
from hubconsole.server.running import Plan, Server, make_server
from hubconsole.server.service import Service
from hubconsole.server.settings import Settings

MEMBERS: tuple[tuple[str, tuple[Function, ...]], ...] = (
    ("ada", (Function.SERVICE,)),
    ("ben", (Function.SERVICE, Function.MARKETING)),
    ("lex", (Function.LEGAL,)),
    ("sue", (Function.SUPERVISOR,)),
)

QUIET = Settings(token_rate=1e6, token_burst=10**6, address_rate=1e6, address_burst=10**6)
"""Limits that no test meets unless it means to."""


def make_hub(folder: Path, clock: Clock = system_clock) -> LocalHub:
    """A hub with MEMBERS."""
    return LocalHub.create(folder / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)


def tokens_of(hub: LocalHub) -> dict[str, str]:
    """A token for everybody (scope ``member``) by name, and one of each other scope by the scope's."""
    made = {name: access.issue(hub, name, Scope.MEMBER, label=f"desk of {name}").secret for name, _ in MEMBERS}
    made["read"] = access.issue(hub, "ada", Scope.READ, label="a screen").secret
    for scope in (Scope.WALL, Scope.INTAKE, Scope.WORKER):
        made[scope.value] = access.issue(hub, "sue", scope, label="a machine").secret
    return made


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"authorization": f"Bearer {token}"}


class Served:
    """A hub behind a real server at ``url``."""

    def __init__(self, hub: LocalHub, tokens: Mapping[str, str], server: Server, port: int) -> None:
        self.hub = hub
        self.tokens = tokens
        self.server = server
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def service(self) -> Service:
        """What the server stands on."""
        app: Any = self.server.config.app
        service: Service = app.state.service
        return service

    def client(self, who: str = "ada") -> httpx.Client:
        """A client with somebody's token."""
        return httpx.Client(base_url=self.url, headers=bearer(self.tokens[who]), timeout=20.0)


@contextmanager
def served(
    hub: LocalHub, settings: Settings = QUIET, log: logs.Log = logs.nowhere, *, tokens: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Serve ``hub`` until the end of the block; ``tokens`` where there are some already."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = make_server(hub, Plan(port=port, settings=settings), log)
    thread = threading.Thread(target=lambda: server.run(sockets=[sock]), daemon=True)
    held = tokens_of(hub) if tokens is None else tokens
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive() and time.monotonic() < end, "the server did not start"
        time.sleep(0.01)
    try:
        yield Served(hub, held, server, port)
    finally:
        server.should_exit = True
        thread.join(20)
