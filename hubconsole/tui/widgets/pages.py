"""The rows of one query as pages of 128, at most 16 of them kept: what a virtual list reads its rows from.

No widget and no thread in here: the list asks :meth:`plan` how to fetch a page, and puts the answer in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from hubconsole.store.rows import BoardRow, Cursor, Page

if TYPE_CHECKING:
    from hubconsole.domain.query import Query
    from hubconsole.hub.port import Hub

PAGE = 128
"""Rows of a page."""

KEPT = 16
"""Pages kept; the least recently used goes first."""


def cursor_of(row: BoardRow) -> Cursor:
    """The keyset cursor of a row."""
    return Cursor(row.rank, row.number)


class Pages:
    """A cache of pages by number, and where each cached row stands."""

    def __init__(self) -> None:
        self.total = 0
        self._pages: OrderedDict[int, list[BoardRow]] = OrderedDict()
        self._where: dict[str, int] = {}

    def clear(self, total: int) -> None:
        """Forget everything; the query has ``total`` rows now."""
        self.total = total
        self._pages.clear()
        self._where.clear()

    def put(self, number: int, rows: Iterable[BoardRow]) -> None:
        """Keep a page, and let the oldest go when there are too many."""
        page = list(rows)[:PAGE]
        self._pages[number] = page
        for offset, row in enumerate(page):
            self._where[row.id] = number * PAGE + offset
        while len(self._pages) > KEPT:
            old, gone = self._pages.popitem(last=False)
            for row in gone:
                if self._where.get(row.id, -1) // PAGE == old:
                    del self._where[row.id]

    def has(self, number: int) -> bool:
        """Whether the page is here."""
        return number in self._pages

    def row(self, index: int) -> BoardRow | None:
        """The row at an index, None when its page is not here or is shorter."""
        number, offset = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            return None
        if next(reversed(self._pages)) != number:
            self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

    def index(self, enquiry_id: str) -> int | None:
        """Where a cached row stands."""
        return self._where.get(enquiry_id)

    def replace(self, row: BoardRow) -> int | None:
        """Put a newer form of a row in its place; the place is returned, None when it is not cached."""
        index = self._where.get(row.id)
        if index is not None:
            number, offset = divmod(index, PAGE)
            self._pages[number][offset] = row
        return index

    @property
    def whole(self) -> bool:
        """Whether all rows of the query are here."""
        return len(self._where) >= self.total

    @property
    def short(self) -> bool:
        """Whether a cached page has fewer rows than the total says: they were not at hand, or have left since they were counted."""
        return any(len(page) < min(PAGE, self.total - number * PAGE) for number, page in self._pages.items())

    def rows(self) -> Iterator[BoardRow]:
        """All cached rows, in queue order."""
        for number in sorted(self._pages):
            yield from self._pages[number]

    def plan(self, hub: Hub, query: Query, number: int) -> Callable[[], Page]:
        """How to fetch a page: by keyset from a neighbour or an end where there is one, else by position."""
        before, behind = self._pages.get(number - 1), self._pages.get(number + 1)
        if number == 0:
            return lambda: hub.page(query, limit=PAGE)
        if before is not None and len(before) == PAGE:
            after = cursor_of(before[-1])
            return lambda: hub.page(query, after=after, limit=PAGE)
        if number == (self.total - 1) // PAGE:
            rest = self.total - number * PAGE
            return lambda: hub.page(query, last=True, limit=rest)
        if behind:
            edge = cursor_of(behind[0])
            return lambda: hub.page(query, before=edge, limit=PAGE)
        return lambda: hub.page_at(query, number * PAGE, PAGE)
