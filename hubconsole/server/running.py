"""Running a server process: the socket, the loop, the worker beside it, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, Protocol

import uvicorn

from hubconsole.errors import HubError, Unreachable
from hubconsole.server import logs
from hubconsole.server.app import create_app
from hubconsole.server.protocol import careful
from hubconsole.server.settings import Settings

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub
    from hubconsole.server.service import Service

GRACE = 10
"""Seconds that requests at hand are given when the server is being stopped."""

LINGER = 0.5
"""Seconds that open connections are still listened to when the server is being stopped: a request that is on its way is answered, and
its connection closed by that answer, instead of the connection being closed under it."""

_QUICK = 30.0
"""Seconds within which a process that ends had something wrong with it from the beginning."""


class Beside(Protocol):
    """What runs in a thread beside the server: the worker."""

    def start(self) -> None:
        """Begin."""

    def stop(self, timeout: float = 5.0) -> bool:
        """End; False when that took longer than ``timeout`` seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a server is to run."""

    host: str = "127.0.0.1"
    port: int = 8750
    cert: str = ""
    """File with the certificate (chain); empty for plain HTTP behind a proxy, or on this machine."""
    key: str = ""
    forwarded: str = ""
    """Addresses of proxies whose word about who asks is taken; empty for none."""
    settings: Settings = field(default_factory=Settings)

    @property
    def url(self) -> str:
        """Where it will be found."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.cert else 'http'}://{host}:{self.port}"


class Server(uvicorn.Server):
    """Uvicorn's, which tells the feed's readers first that it ends, hangs up on nobody, and ends without a signal to itself."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None, service: Service | None = None) -> None:
        super().__init__(config)
        self.linger = LINGER
        self._ready = ready
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        if self.started and self._ready:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody new, say a last word to every reader, hear those who are speaking, then finish what is at hand."""
        if self._service:
            for server in self.servers:
                server.close()
            for sock in sockets or []:
                sock.close()
            self._service.leaving = True
            await self._service.feed.stop()
            end = time.monotonic() + self.linger
            while self.server_state.connections and time.monotonic() < end:  # noqa: ASYNC110  a set, which tells nobody that it shrinks
                await asyncio.sleep(0.01)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop for the usual signals, and put back what they did before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def listen(plan: Plan) -> socket.socket:
    """A socket at the plan's address. Raises Unreachable ``cannot_listen``."""
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((plan.host, plan.port))
        made.set_inheritable(True)
        return made
    except OSError as error:
        made.close()
        why = f"Nothing can be served at {plan.host} port {plan.port}: {error.strerror or error}."
        raise Unreachable("cannot_listen", why, "Choose another --port, or stop what is there.") from error


def run(
    hub: LocalHub, plan: Plan, sock: socket.socket, log: logs.Log, beside: list[Beside], ready: Callable[[], None] | None = None
) -> None:
    """Serve ``hub`` on ``sock`` until a signal says to stop; ``ready`` is called when it answers. The hub stays the caller's to close."""
    server = make_server(hub, plan, log, ready)
    for one in beside:
        one.start()
    log({"what": "started", "url": plan.url, "pid": os.getpid(), "worker": bool(beside)})
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(server.serve([sock]))
    finally:
        for one in beside:
            one.stop(30.0)
        log({"what": "stopped", "pid": os.getpid()})


def wait_for_hub(place: str, code: str, plan: Plan, sock: socket.socket, ready: Callable[[], None]) -> bool:
    """Serve nothing but the arrival of a hub in the store at ``place``; whether one came before a signal said to stop."""
    from hubconsole.server.awaiting import create_waiting

    came = False

    def arrived() -> None:
        nonlocal came
        came = server.should_exit = True

    logs.hear("uvicorn.error", logs.to())
    server = Server(_config(create_waiting(place, code, plan.settings, arrived), plan, lifespan="off"), ready)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve([sock]))
    return came


def make_server(hub: LocalHub, plan: Plan, log: logs.Log = logs.nowhere, ready: Callable[[], None] | None = None) -> Server:
    """Uvicorn over the hub's application, set up but not started."""
    logs.hear("uvicorn.error", log)
    app = create_app(hub, plan.settings, log)
    gc.collect()
    gc.freeze()  # what a server is made of stays; looking through it again and again costs every request
    return Server(_config(app, plan, lifespan="on"), ready, app.state.service)


def _config(app: Any, plan: Plan, *, lifespan: Literal["on", "off"]) -> uvicorn.Config:
    """How uvicorn is set up."""
    return uvicorn.Config(
        app,
        host=plan.host,
        port=plan.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=careful(plan.settings),
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(plan.forwarded),
        forwarded_allow_ips=plan.forwarded or "",
        ssl_certfile=plan.cert or None,
        ssl_keyfile=plan.key or None,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
        backlog=2048,
    )


def several(workers: int, work: Callable[[int], int]) -> int:
    """Run ``work(n)`` in so many processes; one that dies is started again, and a signal to stop goes to all of them.

    None of them goes on when this process is gone, however that came about.
    """
    children: dict[int, tuple[int, float]] = {}
    stopping = False
    minded, minding = os.pipe()
    signals = (signal.SIGINT, signal.SIGTERM)

    def start(place: int) -> None:
        # No signal finds a child that is not in the list yet, or one that would pass it on.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(minding)
                for sig in signals:
                    signal.signal(sig, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
                threading.Thread(target=_end_with, args=(minded,), name="hubconsole-minded", daemon=True).start()
                code = work(place)
            except HubError as error:
                print(error, file=sys.stderr)  # noqa: T201  the process has no other place to say it
                code = error.exit_code
            finally:
                os._exit(code)
        children[pid] = (place, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

    def stop(sig: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for pid in children:
            os.kill(pid, signal.SIGTERM)

    for sig in signals:
        signal.signal(sig, stop)
    for place in range(workers):
        if not stopping:
            start(place)
    quick_ends, ends_with = 0, 0
    while children:
        pid, status = os.wait()
        place, since = children.pop(pid)
        if stopping:
            continue
        quick_ends = quick_ends + 1 if time.monotonic() - since < _QUICK else 0
        if quick_ends > 20 * workers or os.waitstatus_to_exitcode(status) == Unreachable.exit_code:
            stop(signal.SIGTERM, None)
            ends_with = Unreachable.exit_code
            continue
        threading.Event().wait(0.5)
        if not stopping:
            start(place)
    os.close(minding)
    os.close(minded)
    return ends_with


def _end_with(minded: int) -> None:
    """Stop this process, as a signal would, when the other end of the pipe is gone."""
    os.read(minded, 1)
    os.kill(os.getpid(), signal.SIGTERM)
