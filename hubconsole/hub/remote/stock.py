"""What a console lays in while the line is up and nothing is to be done: the policy, and the enquiries of its member's own queue.

So a line that is lost finds the reviewer's next replies at hand, although nobody has opened them here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from hubconsole.errors import HubError

if TYPE_CHECKING:
    from hubconsole.hub.remote.live import LiveHub
    from hubconsole.store.rows import BoardRow

MOST = 20
"""Enquiries that are laid in: a page of one's own queue."""

FIRST = 2.0
"""Seconds after the line is up before anything is laid in: what the screens ask comes first."""

EVERY = 60.0
"""Seconds between two goes; only what has moved is read again."""

APART = 0.1
"""Seconds between two enquiries."""


class Stock:
    """The thread. It asks one thing at a time, and stops asking when the line is lost."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hubconsole-remote-stock", daemon=True)

    def start(self) -> None:
        """Begin, once the line has been asked for."""
        if self._hub.only != "wall":
            self._thread.start()

    def stop(self, timeout: float = 0.2) -> None:
        """End; a thread that hangs in a question is left behind, and does nothing any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        after, done = FIRST, -1
        while not self._stop.wait(after):
            place = self._hub.heard.place
            after = FIRST
            if self._hub.heard.state == "live" and place != done:
                begun = time.monotonic()
                with suppress(HubError):
                    self.lay_in()
                    done = place
                after = max(FIRST, EVERY - (time.monotonic() - begun))

    def lay_in(self) -> int:
        """Read the policy, and whatever of one's own queue is not in the copy as it is now; how many were read. Raises Unreachable."""
        hub, read = self._hub, 0
        hub.policy()
        for row in self.own():
            kept = hub.mirror.view(row.id, hub.member)
            if kept and json.loads(kept)["row"]["version"] == row.version:
                continue
            if (read and self._stop.wait(APART)) or hub.heard.state != "live":
                break
            hub.enquiry(row.id)
            read += 1
        return read

    def own(self) -> tuple[BoardRow, ...]:
        """The first rows of the member's own queue: what waits for a gate that they decide, else what is theirs."""
        from hubconsole.domain.query import parse

        found: dict[str, BoardRow] = {}
        for words in self._queues():
            for row in self._hub.page(parse(words), limit=MOST).rows:
                found.setdefault(row.id, row)
        return tuple(found.values())[:MOST]

    def _queues(self) -> Iterator[str]:
        functions = next((row.functions for row in self._hub.members() if row.name == self._hub.member), ())
        for gate, function in self._hub.policy().gates:
            if function in functions:
                yield f"state:in_review gate:{gate}"
        yield f"state:open owner:{self._hub.member}"
