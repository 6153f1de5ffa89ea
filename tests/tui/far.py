"""A hub far away for the console's tests: a real one on this machine behind a line that can be cut, slowed and mended.

While the line is cut, reads are answered from a copy made at that moment, as a console's mirror answers them; nothing is carried out.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from hubconsole.domain.commands import Command
from hubconsole.domain.query import Query
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Connection, HubInfo, Receipt
from hubconsole.store.rows import EnquiryView, Page
from tests.driver import SOON

PLACE = "https://hub.bank.example"
GONE = "The line to hub.bank.example was lost: reset by peer."

_WRITES = frozenset({"look", "execute_all", "search", "verify", "journal"})


class FarHub:
    """See the module's text."""

    def __init__(self, hub: LocalHub, clock: Callable[[], int]) -> None:
        self.local = hub
        self.clock = clock
        self.state: Literal["connecting", "live", "offline"] = "live"
        self.since = self.as_of = clock()
        self.skew_ms = 0
        self.error = ""
        self.only: str = ""
        self.free = threading.Event()
        """Cleared, it holds back the answers to commands."""
        self.free.set()
        self.swallows = False
        """Whether the next command is carried out and its answer lost."""
        self.unread = False
        """Whether nothing at all was kept for the time without the hub."""
        self.lacks: set[str] = set()
        """What was never asked of the hub, so that the copy does not have it."""
        self.short = 0
        """Rows that the copy counts and does not have."""
        self.hurried = 0
        self._copies: list[LocalHub] = []
        self._seen: set[str] = set()

    def connection(self) -> Connection:
        return Connection(self.state, self.since, self.clock() if self.state == "live" else self.as_of, self.skew_ms, self.error)

    def reconnect(self) -> None:
        self.hurried += 1

    def cut(self, error: str = GONE, state: Literal["connecting", "offline"] = "offline") -> None:
        """From now on the hub cannot be reached; what was there is still shown."""
        path = Path(self.local.path).with_name(f"mirror{len(self._copies)}.db")
        with closing(sqlite3.connect(self.local.path)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
        self._copies.append(LocalHub.open(path, clock=self.clock))
        self.since, self.as_of, self.error, self.state = self.clock(), self.clock(), error, state

    def mend(self) -> None:
        """The hub is there again."""
        self.since, self.error, self.state = self.clock(), "", "live"

    def info(self) -> HubInfo:
        return self._shown.info()._replace(location=PLACE)

    def wait(self, after: int, timeout: float) -> bool:
        if self.state == "live":
            return self.local.wait(after, timeout)
        time.sleep(SOON / 10)
        raise Unreachable("offline", self.error, "The console keeps trying.")

    def execute(self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None) -> Receipt:
        self.free.wait(10)
        if self.state != "live":
            raise Unreachable("offline", self.error, "What is done needs the hub; nothing was done.")
        receipt = self.local.execute(command, actor=actor, via=via, command_id=command_id, seen=seen)
        if self.swallows:
            self.swallows = False
            raise Unreachable("line_lost", "The line was lost before the answer came: whether it was done is not known.")
        return receipt

    def page(self, query: Query, **where: Any) -> Page:
        found: Page = self.__getattr__("page")(query, **where)
        return found._replace(rows=found.rows[: -self.short]) if self.state != "live" and self.short else found

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        if self.state != "live" and key not in self._seen:
            raise Unreachable("offline", f"{self.error} {key} was not opened here while there was a line.", "Check the network.")
        view = self._shown.enquiry(key, viewer=viewer)
        self._seen |= {view.row.key, view.row.id}
        return view

    @property
    def _shown(self) -> LocalHub:
        return self.local if self.state == "live" else self._copies[-1]

    def __getattr__(self, name: str) -> Any:
        if self.state != "live" and (name in _WRITES or name in self.lacks or self.unread):
            raise Unreachable("offline", self.error, "The console keeps trying.")
        return getattr(self._shown, name)

    def close(self) -> None:
        for hub in (self.local, *self._copies):
            try:
                hub.close()
            except HubError:
                continue
