"""What runs beside a screen: the worker that sends and lets time take effect, and the demonstration's colleagues."""

import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hubconsole.channels.base import Channel
    from hubconsole.hub.local import LocalHub
    from hubconsole.worker.dispatcher import Step
    from hubconsole.worker.ports import WorkHub
    from hubconsole.worker.run import Background

AFTER_FIRST_FRAME = 1.0
"""Seconds to leave to the first screen before anything else is imported."""


class Runner(Protocol):
    """Something that runs in a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self, timeout: float = 5.0) -> bool:
        """End; False when that took longer than ``timeout`` seconds."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Nothing is searched for garbage while a screen is imported and built, for nearly all of it stays; :class:`Beside` ends that."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Beside:
    """Runs what ``make`` gives, a second after it was entered and until it is left; the collector works again from then on."""

    def __init__(self, make: Callable[[], list[Runner]], delay: float = AFTER_FIRST_FRAME) -> None:
        self._make = make
        self._runners: list[Runner] = []
        self._left = threading.Event()
        self._timer = threading.Timer(delay, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._timer.cancel()
        self._timer.join(5.0)
        for runner in self._runners:
            runner.stop()

    def _begin(self) -> None:
        if self._left.is_set():
            return
        gc.freeze()  # what the screen is made of stays: it is set aside from every later search
        gc.enable()
        self._runners = self._make()
        for runner in self._runners:
            runner.start()


def worker(hub: "LocalHub", channels: "Callable[[], Mapping[str, Channel]]") -> list[Runner]:
    """The worker of this console."""
    return [working(hub, channels(), "console")]


def working(
    hub: "WorkHub", channels: "Mapping[str, Channel]", kind: str, told: "Callable[[list[Step]], None] | None" = None
) -> "Background":
    """The dispatcher and the clockwork of this process; over all processes of a hub one at a time sends.

    Of a hub in a store it is remembered how far its journal went; a server does that for those far away.
    """
    from hubconsole.clock import system_clock
    from hubconsole.hub.local import LocalHub
    from hubconsole.worker.clockwork import Clockwork
    from hubconsole.worker.dispatcher import Dispatcher
    from hubconsole.worker.run import Background
    from hubconsole.worker.watermark import Watermark

    mark = Watermark(hub, system_clock) if isinstance(hub, LocalHub) else None
    return Background(Dispatcher(hub, channels, system_clock, holder(kind)), Clockwork(hub, system_clock), told=told, watermark=mark)


def holder(kind: str) -> str:
    """The name under which this process holds the dispatcher's lease."""
    import socket

    return f"{kind}-{socket.gethostname()}-{os.getpid()}"
