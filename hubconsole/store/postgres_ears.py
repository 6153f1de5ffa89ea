"""Waiting for a hub's journal to move: PostgreSQL's notifications as a hint, a look each second as the truth.

However many threads of a process wait, one of them listens on one connection and wakes the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from hubconsole.store.postgres_conn import Raw

LOOK_SECONDS = 1.0
"""Without a hint one looks this often."""

DEAF_SECONDS = 0.05
"""Where there never are hints (a standby refuses to listen) one looks this often."""


def channel(hub_id: str) -> str:
    """The name under which a hub's writers notify."""
    return "hub_" + "".join(char for char in hub_id if char.isalnum())


class Ears:
    """One listening connection for all who wait in this process."""

    def __init__(self, connect: Callable[[], Raw]) -> None:
        self._connect = connect
        self._raw: Raw | None = None
        self._listening: set[str] = set()
        self._ear = threading.Lock()
        self._heard = threading.Condition()
        self._times = 0
        self._closed = False
        self._deaf = False

    def wait(self, hub_id: str, past: Callable[[], bool], timeout: float) -> bool:
        """Block until ``past`` says so (True) or ``timeout`` seconds have gone by (False)."""
        until = time.monotonic() + timeout
        if past():
            return True
        while (left := until - time.monotonic()) > 0:
            if self._deaf:
                threading.Event().wait(min(left, DEAF_SECONDS))
            else:
                self._pause(hub_id, past, min(left, LOOK_SECONDS))
            if past():
                return True
        return False

    def _pause(self, hub_id: str, past: Callable[[], bool], seconds: float) -> None:
        """Until something is heard, or ``seconds`` have gone by."""
        if not self._ear.acquire(blocking=False):
            with self._heard:
                times = self._times
                self._heard.wait_for(lambda: self._times != times, seconds)
            return
        try:
            self._listen(hub_id, past, seconds)
        except psycopg.errors.ReadOnlySqlTransaction:
            self._deaf = True
            self._drop()
        except psycopg.Error:
            self._drop()
            if not self._closed:
                threading.Event().wait(seconds)  # no hints for now: one looks
        finally:
            if self._closed:
                self._drop()
            self._ear.release()
            with self._heard:
                self._times += 1
                self._heard.notify_all()

    def _listen(self, hub_id: str, past: Callable[[], bool], seconds: float) -> None:
        if self._raw is None or self._raw.closed:
            self._listening.clear()
            self._raw = self._connect()
        name = channel(hub_id)
        if name not in self._listening:
            self._raw.execute(f"LISTEN {name}".encode())
            self._listening.add(name)
            if past():  # it moved before anybody listened
                return
        for _ in self._raw.notifies(timeout=seconds, stop_after=1):
            pass

    def _drop(self) -> None:
        raw, self._raw = self._raw, None
        self._listening.clear()
        if raw is not None:
            with suppress(psycopg.Error):
                raw.close()

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        if self._ear.acquire(blocking=False):  # else whoever listens lets go when they have done so
            self._drop()
            self._ear.release()
