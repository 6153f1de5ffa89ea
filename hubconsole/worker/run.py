"""The worker as a background thread of a console, or in the foreground of a command."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hubconsole.errors import HubError
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher, Step
from hubconsole.worker.watermark import Watermark


class Background:
    """Runs the dispatcher and the clockwork every ``interval`` seconds until stopped.

    A ``watermark`` is looked at before each round, so that nothing leaves from a store that was put back unseen.
    ``told`` is called in the thread with what was done about each send; the screen must pass it on to its own
    loop. A hub that is away is tried again at a growing distance, at most ``patience`` seconds.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clockwork: Clockwork,
        *,
        told: Callable[[list[Step]], None] | None = None,
        watermark: Watermark | None = None,
        interval: float = 1.0,
        patience: float = 30.0,
    ) -> None:
        self.dispatcher = dispatcher
        self.clockwork = clockwork
        self.told = told
        self.watermark = watermark
        self.interval = interval
        self.patience = patience
        self.problem: HubError | None = None
        """Why the last round failed; None when it went well."""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a second call while it runs does nothing."""
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._loop, name="hubconsole-worker", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """End after the send at hand; False when that took longer than ``timeout`` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def once(self) -> list[Step]:
        """One round in the calling thread. Raises Unreachable when the hub is away."""
        if self.watermark is not None:
            self.watermark.tick()
        steps = self.dispatcher.tick()
        self.clockwork.tick()
        return steps

    def _loop(self) -> None:
        """Rounds until stopped."""
        pause = self.interval
        while not self._stop.is_set():
            try:
                steps = self.once()
                self.problem, pause = None, self.interval
                if steps and self.told is not None:
                    self.told(steps)
            except HubError as problem:
                self.problem, pause = problem, min(pause * 2, self.patience)
            except Exception as defect:  # noqa: BLE001  a worker that dies unseen would leave replies lying
                said = f"The worker met a defect: {type(defect).__name__}: {defect}."
                self.problem, pause = HubError("worker_defect", said, "Report it; replies wait meanwhile."), self.patience
            self._stop.wait(pause)
