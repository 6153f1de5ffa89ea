"""The rows of a queue of any length: a Line API list over keyset pages, in which selection and marks follow ids.

The order stays as it was read until a refresh: changed rows are painted anew in their places, rows that no
longer match stay there dimmed with their new state, and rows that are new are only counted for the border.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hubconsole.clock import MINUTE, age
from hubconsole.errors import HubError
from hubconsole.store.rows import BoardRow, Page
from hubconsole.tui.colours import Palette
from hubconsole.tui.glyphs import Glyphs
from hubconsole.tui.line import as_of
from hubconsole.tui.session import Session
from hubconsole.tui.widgets.kept import Kept
from hubconsole.tui.widgets.pages import PAGE, Pages, cursor_of
from hubconsole.tui.widgets.queue_moves import Selected
from hubconsole.tui.widgets.row_paint import Look, columns_for, paint_card, paint_line
from hubconsole.tui.widgets.slices import Slice as Slice
from hubconsole.tui.widgets.slices import absent
from hubconsole.tui.wording import thousands
from hubconsole.tui.work import begin

GATHERED = 0.5
"""Seconds for which changes of rows that are not at hand are gathered before the query is counted."""

STRIPS_KEPT = 1024
"""Painted rows kept for the next frame."""


class QueueRows(Kept, ScrollView):
    """See the module's text."""

    DEFAULT_CSS = "QueueRows { overflow: hidden; scrollbar-size: 0 0; }"

    def __init__(
        self, session: Session, piece: Slice, *, seed: Page | None = None, total: int | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.session = session
        self.piece = piece
        self.pages = Pages()
        self.cursor = 0
        self.cursor_id = ""
        self.marks: dict[str, BoardRow] = {}
        self.gone: set[str] = set()
        self.news: set[str] = set()
        self._maybe: set[str] = set()
        self._joined = 0
        self._recounting = False
        self._read_at = session.now()
        self.loading_first = seed is None
        self.problem = ""
        self.range_from: int | None = None
        self._epoch = 0
        self._asked: set[int] = set()
        self._strips: OrderedDict[tuple[object, ...], tuple[Strip, ...]] = OrderedDict()
        self._names: tuple[str, ...] = ()
        self._palette: Palette | None = None
        self._glyphs = Glyphs()
        self._title: tuple[object, ...] = ()
        self._standing: int | None = None
        if seed is not None:
            self.pages.clear(len(seed.rows) if total is None else max(total, len(seed.rows)))
            self.pages.put(0, seed.rows)
            self._settle()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def row_height(self) -> int:
        """Lines of a row."""
        return 4 if self.piece.card else 1

    @property
    def total(self) -> int:
        """Rows of the query as of the last refresh."""
        return self.pages.total

    @property
    def standing(self) -> int:
        """Rows that the query has now: as the hub counted them last, else what was read with what came and went since."""
        return self._standing if self._standing is not None else max(0, self.total - len(self.gone) + self.fresh)

    @property
    def fresh(self) -> int:
        """Rows that have joined the query since it was read."""
        return len(self.news) + self._joined

    def counted(self, standing: int | None) -> None:
        """Take the hub's present count of the query; None where it was not asked."""
        if standing != self._standing:
            self._standing = standing
            self.retitle()

    @property
    def selected(self) -> BoardRow | None:
        """The row under the cursor, None while its page is on the way or the list is empty."""
        row = self.pages.row(self.cursor) if self.cursor < self.total else None
        return row if row is not None and row.id == self.cursor_id else None

    def set_look(self, palette: Palette, glyphs: Glyphs) -> None:
        """Take the theme's styles and the signs."""
        self._palette, self._glyphs = palette, glyphs
        self._strips.clear()
        self.refresh()

    def set_piece(self, piece: Slice) -> None:
        """Show another query; the selected enquiry stays selected where it is in it."""
        self.piece = piece
        self._standing = None
        self.marks.clear()
        self.range_from = None
        self._resize()
        self.reload()

    def say_empty(self, words: str) -> None:
        """Say something else while the list is empty."""
        self.piece.empty = words
        self.refresh()

    def on_mount(self) -> None:
        """Measure, and fetch the rows if none came along."""
        self._resize()
        self.retitle()
        if self.loading_first:
            self.reload()

    def on_resize(self, _: events.Resize) -> None:
        """Another width, another layout of the line."""
        self._resize()
        self.reveal()
        if self._glyphs.ascii_only:
            self.retitle()

    def _resize(self) -> None:
        self._names = columns_for(self.piece.columns, self.size.width)
        self._strips.clear()
        self.virtual_size = Size(self.size.width, self.total * self.row_height)
        self.refresh()

    def on_focus(self) -> None:
        """The border brightens by style; the row lights up here."""
        self.touch(self.cursor)
        self.post_message(Selected(self, self.selected))

    def on_blur(self) -> None:
        """The row loses its light."""
        self.touch(self.cursor)

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        index, line = divmod(self.scroll_offset.y + y, self.row_height)
        width = self.size.width
        if index >= self.total or self._palette is None:
            return self._void(y, width)
        row = self.row_at(index)
        if row is None:
            said = absent(self.session, self.problem, self.pages.has(index // PAGE), self._glyphs)
            text = self._glyphs.one_line(f"  {self._glyphs.dot}  {said}", width) if line == 0 else ""
            palette = self._palette
            return Strip([Segment(text.ljust(width)[:width], palette.text_dim + palette.ground)], width)
        return self._painted(row, index == self.cursor and self.has_focus, width)[line]

    def _void(self, y: int, width: int) -> Strip:
        palette = self._palette
        if palette is None:
            return Strip.blank(width)
        said = ""
        if self.total == 0:
            lines = (self.problem or (f"reading {self._glyphs.more}" if self.loading_first else self.piece.empty)).split("\n")
            said = lines[y - 1] if 1 <= y <= len(lines) else ""
        return Strip([Segment(("  " + said).ljust(width)[:width], palette.text_dim + palette.ground)], width)

    def _painted(self, row: BoardRow, lit: bool, width: int) -> tuple[Strip, ...]:
        now = self.session.now()
        mark = self.session.doing.mark(row.id, row.version)
        said = mark.short if mark is not None else ""
        key = (row.id, row.version, lit, width, now // MINUTE, row.id in self.marks, row.id in self.gone, said)
        strips = self._strips.get(key)
        if strips is None:
            assert self._palette is not None
            look = Look(width, now, lit, row.id in self.marks, row.id in self.gone, self._palette, self._glyphs, said)
            strips = self._strips[key] = self.paint(row, look)
            if len(self._strips) > STRIPS_KEPT:
                self._strips.popitem(last=False)
        return strips

    def paint(self, row: BoardRow, look: Look) -> tuple[Strip, ...]:
        """The lines of one row, ``row_height`` of them; kept until something in ``look`` or the row changes."""
        return paint_card(row, look) if self.piece.card else paint_line(row, look, self._names)

    def row_at(self, index: int) -> BoardRow | None:
        """The row at an index; its page is asked for when it is not here."""
        row = self.pages.row(index)
        if row is None and not self.pages.has(index // PAGE):
            self._want(index // PAGE)
        return row

    # --- fetching -------------------------------------------------------------------------------

    def _want(self, number: int) -> None:
        if number not in self._asked and self.is_mounted and not self.problem:
            self._asked.add(number)
            begin(self, partial(self._fetch, number, self._epoch), f"page-{number}")

    async def _fetch(self, number: int, epoch: int) -> None:
        try:
            page = await self.session.call(self.pages.plan(self.session.hub, self.piece.query, number))
        except HubError as error:
            self._fail(error)
            return
        finally:
            self._asked.discard(number)
        if epoch == self._epoch:
            self.pages.put(number, page.rows)
            if self.cursor // PAGE == number:
                self._settle()
                self.post_message(Selected(self, self.selected))
            self.refresh()

    def _fail(self, error: HubError) -> None:
        self.problem = f"{error.message}\n{error.hint}\nR tries again."
        self.loading_first = False
        self.refresh()

    def reload(self) -> None:
        """Read the query anew. The selected enquiry stays selected and on its line; if it left, its successor is selected."""
        begin(self, self._reload, "reload", exclusive=True)

    async def _reload(self) -> None:
        hub, query, wanted, at = self.session.hub, self.piece.query, self.cursor_id, self.cursor
        me, now = self.session.member, self.session.now()

        def read() -> tuple[int, int, int, Page]:
            total = hub.total(query)
            position = at
            for row in hub.rows([wanted]) if wanted else ():
                if query.matches(row, me=me, now=now):
                    position = hub.position(query, cursor_of(row))
            position = max(0, min(position, total - 1))
            number = position // PAGE
            page = hub.page(query, limit=PAGE) if number == 0 else hub.page_at(query, number * PAGE, PAGE)
            return total, position, number, page

        try:
            total, position, number, page = await self.session.call(read)
        except HubError as error:
            self._fail(error)
            return
        if self.cursor_id != wanted:
            self.reload()
            return
        line = self.cursor * self.row_height - self.scroll_offset.y
        self._epoch += 1
        self._asked.clear()
        self.loading_first, self.problem = False, ""
        self.pages.clear(total)
        self.pages.put(number, page.rows)
        self.gone.clear()
        self.news.clear()
        self._maybe.clear()
        self._joined, self._read_at = 0, now
        self._standing = total
        found = self.pages.index(wanted) if wanted else None
        self.cursor = found if found is not None else position
        self._settle()
        self.marks = {key: row for key, row in self.marks.items() if self.pages.index(key) is not None}
        self.virtual_size = Size(self.size.width, total * self.row_height)
        self.scroll_to(y=max(0, self.cursor * self.row_height - line), animate=False, force=True, immediate=True)
        self.reveal()
        self.retitle()
        self.refresh()
        self.post_message(Selected(self, self.selected))

    def _settle(self) -> None:
        """Bind the selection to the id that stands under the cursor."""
        row = self.pages.row(self.cursor) if self.total else None
        self.cursor_id = row.id if row is not None else ""

    # --- changes by others ----------------------------------------------------------------------

    def apply(self, rows: Iterable[BoardRow], now: int) -> None:
        """Newer forms of enquiries: those in this list are painted in place, those that would join it are counted."""
        touched: list[Region] = []
        titled = unsure = False
        for row in rows:
            index = self.pages.replace(row)
            fits = self.fits(row, now, here=index is not None)
            if index is None:
                # Of a row that is not at hand only the hub's count tells whether it was in the list already.
                surely = self.pages.whole or row.received_at >= self._read_at or row.id in self.news
                known = self.news if surely else self._maybe
                if fits != (row.id in known):
                    (known.add if fits else known.discard)(row.id)
                    titled |= surely
                    unsure |= not surely
                continue
            if fits is (row.id in self.gone):
                (self.gone.discard if fits else self.gone.add)(row.id)
                titled = True
            if row.id in self.marks:
                self.marks[row.id] = row
            top = index * self.row_height - self.scroll_offset.y
            if -self.row_height < top < self.size.height:
                touched.append(Region(0, top, self.size.width, self.row_height))
            if index == self.cursor:
                self.post_message(Selected(self, self.selected))
        if touched:
            self.refresh(*touched)
        if self.news and self.total == 0 and not self.loading_first:
            self.reload()
        elif titled:
            self.retitle()
        if unsure and not self._recounting:
            self._recounting = True
            begin(self, self._recount, "recount")

    def fits(self, row: BoardRow, now: int, here: bool = False) -> bool:
        """Whether a row belongs to the query. Of a row that is ``here`` already its words were found by the store, so they still fit."""
        query = self.piece.query
        if here and query.needs_store:
            query = query._replace(terms=tuple(term for term in query.terms if not query._replace(terms=(term,)).needs_store))
        return query.matches(row, me=self.session.member, now=now)

    async def _recount(self) -> None:
        """How many of the changed rows that are not at hand have joined: never more than the count has grown by."""
        await asyncio.sleep(GATHERED)
        self._recounting = False
        epoch = self._epoch
        try:
            count = await self.session.call(self.session.hub.total, self.piece.query)
        except HubError:
            return  # the next count, or the lost connection itself, is told elsewhere
        joined = max(0, min(len(self._maybe), count - self.total + len(self.gone) - len(self.news)))
        if epoch == self._epoch and joined != self._joined:
            self._joined = joined
            self.retitle()

    # --- the border -----------------------------------------------------------------------------

    def retitle(self) -> None:
        """Set title, chips, counts and news into the border."""
        dot = f" {self._glyphs.dot} "
        parts = [f"{self.piece.title} {thousands(self.standing)}"]
        waits = [row.waiting_since for row in self.pages.rows() if row.waiting_since is not None and row.id not in self.gone]
        if waits and self.total <= PAGE and self.piece.aged and not self.piece.chips:
            parts.append("oldest " + age(self.session.now() - min(waits)))
        if self.piece.chips and not self.piece.bare:
            parts.append(self.piece.chips)
        told = [f"{len(self.marks)} marked"] if self.marks else []
        line = self.session.line
        if line is not None and line.state != "live":
            told.append(as_of(line, self.session.clock()))
        if self.fresh:
            told.append(f"{thousands(self.fresh)} new" + ("" if self.marks else ", R to show"))
        elif self.total > PAGE:
            told.append(f"{thousands(self.cursor + 1)} of {thousands(self.total)}")
        below = dot.join(told)
        title = dot.join(parts)
        key = title, below, self._glyphs.ascii_only and self.size.width
        if key != self._title:
            self._title = key
            plain = self._glyphs.ascii_only and self.size.width > 2
            self.border_title = Content(self._glyphs.one_line(title, self.size.width - 2) if plain else title)
            self.border_subtitle = Content(below)

    # --- the view -------------------------------------------------------------------------------

    def touch(self, index: int) -> None:
        """Paint one row again."""
        self.refresh_lines(index * self.row_height, self.row_height)

    def reveal(self) -> None:
        """Bring the cursor's row into view."""
        top, height, view = self.cursor * self.row_height, self.row_height, self.size.height
        offset = self.scroll_offset.y
        lines = height - 1 if self.piece.card else height
        if view and not offset <= top <= offset + view - min(lines, view):
            half = max(height, (view // 2) // height * height)
            wanted = top - half if top > offset else top - view + height + half
            if abs(top - offset) > 2 * view:
                wanted = top - half
            most = max(0, self.total * height - view)
            self.scroll_to(y=max(0, min(wanted, most)), animate=False, force=True, immediate=True)
