"""A reader of the live feed in a thread, as a console would be one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import httpx

from tests.api.serving import bearer


class Place(Protocol):
    """Where a hub is served, and by which tokens one comes in."""

    @property
    def url(self) -> str: ...

    @property
    def tokens(self) -> Mapping[str, str]: ...


class Told(NamedTuple):
    """One event of the stream; a comment has the name ``:``."""

    name: str
    id: int | None
    data: Any
    at: float


class Listener:
    """Collects what the feed tells until it ends or the block is left."""

    def __init__(self, place: Place, who: str = "ada", *, after: int | None = None, heartbeat: float = 0.5) -> None:
        self.told: list[Told] = []
        self.ended = threading.Event()
        self.opened = threading.Event()
        self.status = 0
        self.body = b""
        self.broken = False
        """Whether the stream broke off instead of coming to an end."""
        self._leave = threading.Event()
        self._more = threading.Condition()
        headers = {**bearer(place.tokens[who]), "accept": "text/event-stream"}
        if after is not None:
            headers["last-event-id"] = str(after)
        self._request = {"url": f"{place.url}/v1/changes", "headers": headers, "params": {"heartbeat": heartbeat}}
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self.opened.wait(10), "the stream did not open"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._leave.set()
        self._thread.join(10)

    def frames(self) -> list[Told]:
        """The events ``changes`` so far."""
        return [one for one in self.told if one.name == "changes"]

    def seqs(self) -> list[int]:
        """The places of all events told so far, in the order told."""
        return [event[0] for frame in self.frames() for event in frame.data["events"]]

    def until(self, fulfilled: Any, seconds: float = 10.0) -> bool:
        """Wait until ``fulfilled(self)``; whether it came to that."""
        end = time.monotonic() + seconds
        with self._more:
            while not fulfilled(self):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._more.wait(min(left, 0.2))
        return True

    def _listen(self) -> None:
        try:
            with httpx.stream("GET", timeout=httpx.Timeout(5.0), **self._request) as response:  # type: ignore[arg-type]
                self.status = response.status_code
                if response.status_code != 200:
                    self.body = response.read()
                    return
                name, id, data = "", None, ""
                for line in response.iter_lines():
                    self.opened.set()
                    if self._leave.is_set():
                        return
                    if line.startswith(":"):
                        self._add(Told(":", None, line[1:].strip(), time.monotonic()))
                    elif line.startswith("event:"):
                        name = line[6:].strip()
                    elif line.startswith("id:"):
                        id = int(line[3:])
                    elif line.startswith("data:"):
                        data += line[5:]
                    elif not line and data:
                        self._add(Told(name, id, json.loads(data), time.monotonic()))
                        name, id, data = "", None, ""
        except httpx.TransportError:
            self.broken = True
        finally:
            self.ended.set()
            self.opened.set()
            with self._more:
                self._more.notify_all()

    def _add(self, told: Told) -> None:
        with self._more:
            self.told.append(told)
            self._more.notify_all()
