"""Noticing that a store was put back from a backup by other means than ours.

The worker remembers, outside the store, how far the journal went and the hash there. A store that ends before that place, or
has another event at it, is not the one that the worker sent from: its outbox is shut until a person has looked.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import MINUTE, Clock
from hubconsole.config import load
from hubconsole.domain.commands import ShutOutbox
from hubconsole.errors import StoreProblem
from hubconsole.hub.restoring import moment
from hubconsole.hub.transfer import HubSide
from hubconsole.private_files import write_private
from hubconsole.worker.ports import SYSTEM, VIA

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_log = logging.getLogger(__name__)


class Watermark:
    """One hub's high-water mark in a file of this machine; looked at when the worker starts and moved on each minute."""

    def __init__(self, hub: LocalHub, clock: Clock, folder: Path | None = None, *, every: int = MINUTE) -> None:
        self.hub = hub
        self.clock = clock
        self.every = every
        info = hub.info()
        # By its place too: somebody who looks at an old copy of a hub must not raise the alarm in the real one.
        place = hashlib.sha256(info.location.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.path = (folder or load().recovery.parent / "heads") / f"{info.id}-{place}.mark"
        self._side = HubSide(hub)
        self._next = 0
        self._unkept: tuple[int, str] | None = None
        """The newest mark, while it cannot be written to the file."""

    def tick(self) -> bool:
        """Compare and move on; True when the outbox was shut now. Raises Unreachable when the hub is away."""
        now = self.clock()
        if now < self._next:
            return False
        self._next = now + self.every
        end, seen = self._side.end(self.hub.hub_id), self._unkept or self._seen()
        if end is None:
            raise StoreProblem("no_hub", f"The hub in {self._side.place} is gone.", "Restore a backup.")
        behind = seen is not None and self._side.hash_at(end.hub_id, seen[0]) != seen[1]
        if behind:
            assert seen is not None
            self._shut(seen[0], end.seq)
        self._keep(end.seq, end.hash)
        return behind

    def _shut(self, seen: int, seq: int) -> None:
        if self.hub.saved("standing").get("shut"):
            return  # somebody was quicker, or put it back with our own tool
        when = moment(self.clock())
        reason = f"seen at {when}: replies left from a journal with event {seen}, and this one, which ends with {seq}, is another"
        self.hub.execute(ShutOutbox(reason=reason), actor=SYSTEM, via=VIA)

    def _seen(self) -> tuple[int, str] | None:
        try:
            seq, head = json.loads(self.path.read_text("utf-8"))
            return (seq, head) if isinstance(seq, int) and isinstance(head, str) and seq > 0 else None
        except (OSError, ValueError, TypeError):
            return None

    def _keep(self, seq: int, head: str) -> None:
        """Write the mark; where that cannot be done, the one in the file still holds, and replies must not wait for the disk."""
        try:
            write_private(self.path, json.dumps([seq, head]).encode())
        except OSError as error:
            if self._unkept is None:
                _log.warning("How far the journal went cannot be kept in %s: %s.", self.path, error.strerror or error)
            self._unkept = (seq, head)
        else:
            self._unkept = None
