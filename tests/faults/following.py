"""A reader of the live feed that comes back by itself, and notes each event with when it came."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from hubconsole.hub.remote import sse
from tests.api.serving import bearer
from tests.faults.servers import until

_SOON = 0.1


class Heard(NamedTuple):
    """One event of the journal as it was told."""

    seq: int
    kind: str
    enquiry_id: str
    at: float
    """Monotonic seconds."""


class Follower:
    """Reads the feed of a hub at one of several addresses, the next one whenever the line breaks, from the place it had reached."""

    def __init__(self, urls: Sequence[str], token: str, after: int) -> None:
        self.heard: list[Heard] = []
        self.after = after
        self.lines = 0
        """How often a line was made."""
        self.refused: list[int] = []
        """Answers that were no feed."""
        self._urls = itertools.cycle(urls)
        self._token = token
        self._left = threading.Event()
        self._response: httpx.Response | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self.lines, what="the feed being read")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._left.set()
        self._thread.join(10)

    @property
    def place(self) -> int:
        """The last event that was heard of."""
        return self.heard[-1].seq if self.heard else self.after

    def reach(self, seq: int, seconds: float = 30.0) -> None:
        """Wait until the event ``seq`` has been heard of."""
        until(lambda: self.place >= seq, seconds, f"hearing of {seq} (at {self.place}, {self.lines} lines, refused {self.refused})")

    def in_order(self, until_seq: int) -> None:
        """Fail unless every event from the start to ``until_seq`` was told once, in order."""
        assert [one.seq for one in self.heard] == list(range(self.after + 1, until_seq + 1)), "lost, doubled or out of order"

    def _run(self) -> None:
        while not self._left.is_set():
            try:
                self._read(next(self._urls))
            except httpx.HTTPError:
                self._left.wait(_SOON)

    def _read(self, url: str) -> None:
        headers = {**bearer(self._token), "accept": "text/event-stream", "last-event-id": str(self.place)}
        with httpx.stream("GET", f"{url}/v1/changes", headers=headers, params={"heartbeat": 0.5}, timeout=5.0) as response:
            if response.status_code != 200:
                self.refused.append(response.status_code)
                self._left.wait(_SOON)
                return
            self.lines += 1
            for event in sse.events(response.iter_raw()):
                if self._left.is_set():
                    return
                if event.name == "changes":
                    self._take(json.loads(event.data), int(event.id))

    def _take(self, data: Any, id: int) -> None:
        now = time.monotonic()
        for seq, kind, enquiry_id, _, _ in data["events"]:
            self.heard.append(Heard(seq, kind, enquiry_id, now))
        assert self.place == id
