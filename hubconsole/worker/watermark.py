"""Noticing that a store was put back from a backup by other means than ours.

The worker remembers, outside the store, how far the journal went and the hash there. A store that ends before that place, or
has another event at it, is not the one that the worker sent from: its outbox is shut until a person has looked.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import MINUTE, Clock, iso
from hubconsole.config import load, private_folder
from hubconsole.domain.commands import ShutOutbox
from hubconsole.worker.ports import SYSTEM, VIA

if TYPE_CHECKING:
    from hubconsole.hub.port import Hub


class Watermark:
    """One hub's high-water mark in a file of this machine; looked at when the worker starts and moved on each minute."""

    def __init__(self, hub: Hub, clock: Clock, folder: Path | None = None, *, every: int = MINUTE) -> None:
        self.hub = hub
        self.clock = clock
        self.every = every
        info = hub.info()
        # By its place too: somebody who looks at an old copy of a hub must not raise the alarm in the real one.
        place = hashlib.sha256(info.location.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.path = (folder or load().recovery.parent / "heads") / f"{info.id}-{place}.mark"
        self._next = 0

    def tick(self) -> bool:
        """Compare and move on; True when the outbox was shut now. Raises Unreachable when the hub is away."""
        now = self.clock()
        if now < self._next:
            return False
        self._next = now + self.every
        info, seen = self.hub.info(), self._seen()
        behind = seen is not None and not self._same(seen, info.seq)
        if behind:
            assert seen is not None
            self._shut(seen[0], info.seq)
        entry = next(self.hub.journal(info.seq - 1), None)
        if entry is not None:
            self._keep(entry.seq, entry.hash)
        return behind

    def _same(self, seen: tuple[int, str], seq: int) -> bool:
        if seq < seen[0]:
            return False
        entry = next(self.hub.journal(seen[0] - 1), None)
        return entry is not None and (entry.seq, entry.hash) == seen

    def _shut(self, seen: int, seq: int) -> None:
        if self.hub.saved("standing").get("shut"):
            return  # somebody was quicker, or put it back with our own tool
        reason = (
            f"seen at {iso(self.clock())}: replies left from a journal with event {seen}, and this one, which ends with {seq}, is another"
        )
        self.hub.execute(ShutOutbox(reason=reason), actor=SYSTEM, via=VIA)

    def _seen(self) -> tuple[int, str] | None:
        try:
            seq, head = json.loads(self.path.read_text("utf-8"))
            return (seq, head) if isinstance(seq, int) and isinstance(head, str) and seq > 0 else None
        except (OSError, ValueError, TypeError):
            return None

    def _keep(self, seq: int, head: str) -> None:
        private_folder(self.path.parent)
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        scratch.write_text(json.dumps([seq, head]), "utf-8")
        scratch.replace(self.path)
