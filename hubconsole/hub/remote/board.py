"""The lists of a console far away: out of its copy of the board where that has every row, else from the hub."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from hubconsole.domain.terms import OPEN_STATES
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub.remote.mirror import HUB
from hubconsole.store import reads
from hubconsole.store.rows import BoardRow, Cursor, Page

if TYPE_CHECKING:
    from hubconsole.domain.query import Query, Term
    from hubconsole.hub import bodies
    from hubconsole.hub.remote.client import RemoteHub
    from hubconsole.hub.remote.heard import Heard
    from hubconsole.hub.remote.mirror import Mirror
    from hubconsole.hub.wire import WireRow

T = TypeVar("T")

_OPEN = frozenset({"open", *(state.value for state in OPEN_STATES)})


class BoardPart(ABC):
    """The part of :class:`hubconsole.hub.remote.live.LiveHub` that reads lists."""

    mirror: Mirror
    """The copy."""
    heard: Heard
    """What has been heard of the hub."""

    @property
    @abstractmethod
    def remote(self) -> RemoteHub:
        """The hub itself."""

    @property
    @abstractmethod
    def started(self) -> bool:
        """Whether the line has been asked for; before that nothing goes to the hub that the copy can say."""

    def _ask(self, ask: Callable[[], T], otherwise: Callable[[], T]) -> T:
        """What the hub answers or, while it cannot be reached, what the copy has to say."""
        if self.heard.state != "offline":
            try:
                return ask()
            except Unreachable:
                if self.heard.state == "live":
                    raise
        return otherwise()

    def page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> Page:
        """Rows that match, in queue order (see :class:`hubconsole.hub.port.Hub`)."""

        def here() -> Page:
            with self.mirror.reading() as conn:
                return reads.page(conn, HUB, query, now=self.heard.now, after=after, before=before, last=last, limit=limit)

        def by_words() -> Page:
            rows = self._matching(query)
            if after is not None and not last:
                rows = [row for row in rows if (row.rank, row.number) > after]
            if before is not None and not last:
                rows = [row for row in rows if (row.rank, row.number) < before]
            backwards = last or (before is not None and after is None)
            return Page(tuple(rows[-limit:] if backwards else rows[:limit]), len(rows) > limit)

        def there() -> Page:
            return self._keep_rows(self.remote.wire_page(query, after=after, before=before, last=last, limit=limit))

        return self._list(query, there, here, by_words)

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        """Rows from an absolute position."""

        def here() -> Page:
            with self.mirror.reading() as conn:
                return reads.page_at(conn, HUB, query, offset, limit, now=self.heard.now)

        def by_words() -> Page:
            rows = self._matching(query)[max(0, offset) :]
            return Page(tuple(rows[:limit]), len(rows) > limit)

        return self._list(query, lambda: self._keep_rows(self.remote.wire_page_at(query, offset, limit)), here, by_words)

    def total(self, query: Query) -> int:
        """How many rows match."""

        def here() -> int:
            with self.mirror.reading() as conn:
                return reads.total(conn, HUB, query, now=self.heard.now)

        return self._list(query, lambda: self.remote.total(query), here, lambda: len(self._matching(query)))

    def position(self, query: Query, cursor: Cursor) -> int:
        """How many matching rows come before the cursor."""

        def here() -> int:
            with self.mirror.reading() as conn:
                return reads.position(conn, HUB, query, cursor, now=self.heard.now)

        def by_words() -> int:
            return sum((row.rank, row.number) < cursor for row in self._matching(query))

        return self._list(query, lambda: self.remote.position(query, cursor), here, by_words)

    def _list(self, query: Query, there: Callable[[], T], here: Callable[[], T], by_words: Callable[[], T]) -> T:
        """From the copy when it has every row that the query can find, else from the hub.

        Before the line is started, and while it is lost, the copy says what it can: what it has by its tables, or for searches,
        which it has no index for, by the words of its rows.
        """
        worded = any(term.field in ("text", "phrase") for term in query.terms)
        if not worded and self.mirror.position().whole and any(_only_open(term) for term in query.terms):
            return here()
        kept = by_words if worded else here
        return kept() if not self.started else self._ask(there, kept)

    def _keep_rows(self, page: bodies.WirePage) -> Page:
        """A page from the hub; its rows are kept for when the line is lost, and for the next start."""
        from hubconsole.hub.remote.client import board_page

        with suppress(HubError):
            self.mirror.put(page.rows, page.seq)
        return board_page(page)

    def at_hand(self, key: str) -> bool:
        """Whether the copy holds the enquiry with this key or id."""
        with self.mirror.reading() as conn:
            return reads.find_enquiry(conn, HUB, key) is not None

    def _matching(self, query: Query) -> list[BoardRow]:
        """The rows at hand that match as far as their own words tell."""
        now = self.heard.now
        return [row for row in self.mirror.everything() if query.matches(row, me="", now=now)]

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        """The present rows of these enquiries."""
        with self.mirror.reading() as conn:
            found = {row.id: row for row in reads.rows(conn, HUB, ids)}
        missing = [one for one in dict.fromkeys(ids) if one not in found]
        if missing and self.started:
            nothing: tuple[WireRow, ...] = ()
            seq = self.heard.seq
            came = self._ask(lambda: self.remote.wire_rows(missing), lambda: nothing)
            with suppress(HubError):
                self.mirror.put(came, seq)
            found |= {one.row.id: one.row for one in came}
        return tuple(found[one] for one in dict.fromkeys(ids) if one in found)

    def search(self, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
        """Full-text search; while the line is lost, in what the board itself shows."""

        def here() -> tuple[BoardRow, ...]:
            from hubconsole.domain.query import Query, Term

            words = [word for word in text.split() if any(char.isalnum() for char in word)]
            rows = self._matching(Query(tuple(Term("text", ":", (word,)) for word in words))) if words else []
            return tuple(sorted(rows, key=lambda row: -row.number)[:limit])

        return self._ask(lambda: self.remote.search(text, limit), here)


def _only_open(term: Term) -> bool:
    """Whether the term leaves nothing but open enquiries."""
    return term.field == "state" and not term.negated and set(term.values) <= _OPEN
