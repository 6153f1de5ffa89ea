"""The board: columns by state on a wide screen, a list with the enquiry beside it on a middling one, one pane below.

A role pane is the same screen with its own filter and columns.
"""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer

from hubconsole.errors import HubError
from hubconsole.store.rows import BoardRow, EnquiryView
from hubconsole.tui import filters
from hubconsole.tui.bindings import BOARD, EVERYWHERE, bindings_for
from hubconsole.tui.messages import ActDone, Changed
from hubconsole.tui.panes import COLUMN_NAMES, Pane
from hubconsole.tui.screens.acts import Acts
from hubconsole.tui.screens.entry import EntryActs
from hubconsole.tui.screens.filtering import Place, no_match
from hubconsole.tui.screens.narrowing import Narrowing
from hubconsole.tui.screens.parts import OPEN as OPEN
from hubconsole.tui.screens.parts import PARTS as PARTS
from hubconsole.tui.screens.parts import Part
from hubconsole.tui.widgets.peek import CustomerBox, Peek
from hubconsole.tui.widgets.queue_list import QueueList
from hubconsole.tui.widgets.queue_moves import Opened, Selected
from hubconsole.tui.widgets.queue_rows import QueueRows, Slice
from hubconsole.tui.work import while_here

WIDE, MIDDLE = 160, 90
"""Columns from which on the board shows columns by state, or a list with the enquiry beside it."""

RESTS = 0.07
"""Seconds for which the cursor must rest before the enquiry under it is read."""


class BoardScreen(Acts, Narrowing, EntryActs):
    """See the module's text."""

    WHERE = BOARD
    TAB = "board"
    BINDINGS = bindings_for(EVERYWHERE, BOARD)
    BLANK = True
    VERTICAL_BREAKPOINTS = [(0, "-low"), (50, "-tall")]

    def __init__(self, pane: Pane | None = None) -> None:
        super().__init__()
        self.pane = pane
        self.part = 0
        self._peek_timer: Timer | None = None
        self._peek_on = True
        self._view: EnquiryView | None = None
        self._seen: BoardRow | None = None
        self._footer_key: tuple[object, ...] = ()

    # --- layout ---------------------------------------------------------------------------------

    @property
    def tab(self) -> str:
        """The board's own tab, or the pane's."""
        return self.pane.id if self.pane else "board"

    def _layout_for(self, width: int) -> str:
        if width >= WIDE and self.pane is None:
            return "columns"
        return "beside" if width >= MIDDLE else "single"

    def parts(self) -> tuple[Part, ...]:
        """The slices that left and right go through in the list layouts."""
        if self.pane:
            return (
                Part(self.pane.id, self.pane.title.upper(), self.pane.filter, "Nothing here needs you now.\n1 goes to the whole board."),
            )
        return (OPEN, *PARTS)

    def slice_of(self, part: Part, card: bool) -> Slice:
        """The part, narrowed by the person's filter."""
        extra = self.session.filter
        columns = self.pane.columns if self.pane else COLUMN_NAMES
        query = filters.combined(part.filter, extra, self.session.member)
        empty = no_match() if extra else part.empty
        title = part.title.replace("·", self.console_app.glyphs.dot)
        return Slice(part.id, title, query, card, columns, empty, filters.chips(extra), aged=part.id != "done", bare=card)

    @property
    def filter_above(self) -> bool:
        """Whether the header shows the filter in force: the columns are too narrow for it."""
        return self.layout_name == "columns"

    def compose_body(self) -> ComposeResult:
        """The layout for the width at hand, straight in the screen: every box around a list costs time at each key."""
        self._lay_out(self._layout_for(self.app.size.width))
        if self.layout_name == "columns":
            for part in PARTS:
                yield self._list(part, card=True)
        else:
            yield self._list(self.parts()[self.part], card=False)
        yield Peek(id="peek")
        yield CustomerBox(id="customer")

    def _lay_out(self, name: str) -> None:
        self.layout_name = name
        for other in ("columns", "beside", "single"):
            self.set_class(other == name, "-" + other)

    def _list(self, part: Part, card: bool) -> QueueList:
        piece = self.slice_of(part, card)
        seed = self.console_app.take_seed(piece.query)
        queue = QueueList(self.session, piece, seed=seed.page if seed else None, total=seed.total if seed else None, id=f"q-{part.id}")
        queue.set_look(self.console_app.palette, self.console_app.glyphs)
        return queue

    def on_mount(self) -> None:
        """Put the focus where there is something to do, and begin to look."""
        self.set_class(self.console_app.glyphs.ascii_only, "-ascii")
        self._peek_timer = self.set_interval(RESTS, self._read_view, pause=True)
        self.settle_focus()

    def settle_focus(self) -> None:
        """Focus the first queue that has rows."""
        queues = self.lists()
        wanted = next((queue for queue in queues if queue.total), queues[0] if queues else None)
        if wanted is not None:
            wanted.focus(scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """Crossing a width changes the layout; the selected enquiry stays selected."""
        wanted = self._layout_for(self.app.size.width)
        if wanted != self.layout_name and self.is_mounted:
            self.start(self._relayout(wanted), "layout")

    async def _relayout(self, wanted: str) -> None:
        row = self.queue.selected if self.queue else None
        await self.recompose()
        if self._peek_timer is None:
            self.on_mount()
        for queue in self.lists():
            if row is not None and (wanted != "columns" or queue.piece.query.matches(row, me=self.session.member, now=self.session.now())):
                queue.cursor_id = row.id
                queue.focus(scroll_visible=False)
                queue.reload()
                return
        self.settle_focus()

    # --- the peek -------------------------------------------------------------------------------

    @on(Selected)
    def _selected(self, message: Selected) -> None:
        message.stop()
        if message.queue is not self.queue:
            return
        row = message.row
        if row is not None and (self._seen is None or self._seen.id != row.id):
            self._seen = row
        if self._peek_timer is not None:
            self._peek_timer.reset()
            self._peek_timer.resume()
        mine = row is not None and row.on_it == self.session.member
        key = (row.state, mine, row.snoozed_until > 0) if row else ()
        if key != self._footer_key:
            self._footer_key = key
            self.refresh_frame()

    def _read_view(self) -> None:
        """The cursor has rested: show what is under it."""
        if self._peek_timer is not None:
            self._peek_timer.pause()
        queue = self.queue
        row = queue.selected if queue else None
        if queue is not None:
            queue.retitle()
        self._paint_peek(row, self._view if self._view and row and self._view.row.id == row.id else None)
        self.start(self._fetch_view(row), "peek")

    def still_here(self) -> None:
        """Tell the others again what is under the cursor."""
        if self._peek_timer is not None:
            self._peek_timer.resume()

    async def _fetch_view(self, row: BoardRow | None) -> None:
        session = self.session
        if session.member and self.console_app.opening.live and not session.away:
            await session.call(session.hub.look, session.member, session.id, row.id if row else "")
        if row is None or session.only == "wall":
            return
        try:
            view = await session.call(session.hub.enquiry, row.id)
        except HubError:
            if session.away:
                return  # it was not open here before the line was lost; what its row says is shown
            raise
        current = self.queue.selected if self.queue else None
        if current is not None and current.id == view.row.id:
            self._view = view
            self._paint_peek(view.row, view)

    def _paint_peek(self, row: BoardRow | None, view: EnquiryView | None) -> None:
        app, now = self.console_app, self.session.now()
        for peek in self.query(Peek):
            peek.show(row, view, now, app.glyphs, first_run=not self.session.counts)
        for box in self.query(CustomerBox):
            box.show(row, view, now, app.glyphs, app.viewers, self.session.member)

    def act_peek(self) -> None:
        """Show or hide the enquiry; on a narrow screen it takes the list's place."""
        self._peek_on = not self._peek_on
        self.set_class(not self._peek_on, "-toggled")

    # --- what is meant --------------------------------------------------------------------------

    def targets(self) -> list[BoardRow]:
        """The marked rows, else the one under the cursor."""
        queue = self.queue
        if queue is None:
            return []
        return list(queue.marks.values()) or ([queue.selected] if queue.selected else [])

    def seen_row(self, row: BoardRow) -> BoardRow:
        """The row as it stood there when the cursor came to it."""
        return self._seen if self._seen is not None and self._seen.id == row.id else row

    def accept_version(self, row: BoardRow) -> None:
        """After the person was told what changed."""
        self._seen = row
        for queue in self.lists():
            queue.apply([row], self.session.now())

    def after_many(self) -> None:
        """The marks have done their work."""
        for queue in self.lists():
            queue.act_unmark()

    # --- changes --------------------------------------------------------------------------------

    @while_here
    async def on_changed(self, message: Changed) -> None:
        """Others acted: paint what is here, count what is new."""
        rows = await self.session.call(self.session.hub.rows, list(message.ids))
        now = self.session.now()
        for queue in self.lists():
            queue.apply(rows, now)
        if self._view is not None and self._view.row.id in message.ids and self._peek_timer is not None:
            self._peek_timer.resume()

    @on(ActDone)
    @while_here
    async def _acted(self, message: ActDone) -> None:
        """One's own act, too, leaves the list at hand as it is, so that the next key meets the enquiry that stands there."""
        self._seen = None
        ids = (message.enquiry_id,) if message.enquiry_id else self.acted
        try:
            rows = await self.session.call(self.session.hub.rows, list(ids))
        except HubError as error:
            self.report(error)
            return
        here, now = self.queue, self.session.now()
        for queue in self.lists():
            joins = [row for row in rows if queue.pages.index(row.id) is None and queue.fits(row, now)]
            queue.apply(rows, now)
            steady = queue is not here or (bool(joins) and queue.cursor_id not in queue.gone)
            if steady and not queue.marks:
                queue.reload()
        self.console_app.refresh_counts()

    def refresh_lists(self) -> None:
        """Read all queues anew."""
        for queue in self.lists():
            queue.reload()
        self.console_app.refresh_counts()

    # --- keys -----------------------------------------------------------------------------------

    def shown_keys(self) -> tuple[str, ...]:
        """A pane's own keys come first."""
        ids = super().shown_keys()
        if self.layout_name == "columns":
            ids = tuple(key for key in ids if key != "peek")
        ids = tuple(key for key in ids if key != "mark_sent" or not self.blocked(key))
        first = tuple(key for key in self.pane.keys if key in ids) if self.pane else ()
        return (*first, *(key for key in ids if key not in first))

    def act_right(self) -> None:
        """The next column, or the next slice of the list."""
        self._sideways(1)

    def act_left(self) -> None:
        """The column before."""
        self._sideways(-1)

    def _sideways(self, step: int) -> None:
        queues = self.lists()
        if self.layout_name == "columns" and self.queue in queues:
            index = queues.index(self.queue) + step
            if 0 <= index < len(queues):
                queues[index].focus(scroll_visible=False)
        elif queues and len(self.parts()) > 1:
            self.part = (self.part + step) % len(self.parts())
            queues[0].set_piece(self.slice_of(self.parts()[self.part], card=False))

    @on(Opened)
    def _open(self, message: Opened) -> None:
        message.stop()
        self.console_app.open_enquiry(message.row.key)

    def act_draft(self) -> None:
        """Open the enquiry in its editor."""
        for row in self.targets()[:1]:
            self.console_app.open_enquiry(row.key, then="draft")

    def act_send(self) -> None:
        """Sending is done where the words are seen."""
        for row in self.targets()[:1]:
            self.console_app.open_enquiry(row.key, then="send")

    def act_mark_sent(self) -> None:
        """The same."""
        for row in self.targets()[:1]:
            self.console_app.open_enquiry(row.key, then="mark_sent")

    def arrive(self, row: BoardRow) -> None:
        """Put the cursor on an enquiry, in whichever queue holds it."""
        if not self.put_cursor_on(row):
            self.toast(f"{row.key} is not among what is shown; Esc drops the filter.", "warning")

    def put_cursor_on(self, row: BoardRow) -> bool:
        """The same; False where no queue holds it."""
        for queue in self.lists():
            if queue.piece.query.matches(row, me=self.session.member, now=self.session.now()):
                queue.focus(scroll_visible=False)
                index = queue.pages.index(row.id)
                if index is not None:
                    queue.move_to(index)
                else:
                    queue.cursor_id = row.id
                    queue.reload()
                return True
        return False

    def act_refresh(self) -> None:
        """Bring in what is new."""
        self.refresh_lists()

    # --- the filter -----------------------------------------------------------------------------

    def sliced(self) -> list[tuple[QueueRows, Slice]]:
        """Each list with its column or slice, narrowed by the filter in force."""
        parts = {part.id: part for part in (*PARTS, *self.parts())}
        return [(queue, self.slice_of(parts[queue.piece.id], queue.piece.card)) for queue in self.lists()]

    def other_places(self, queue: QueueRows) -> list[Place]:
        """The other columns, or the other slices of the list with the keys that lead there; from a pane the whole board."""
        sign = self.console_app.keys.sign
        if self.pane:
            return [Place("open on the board", OPEN.filter, f"{sign('go_board')} goes there")]
        if self.layout_name == "columns":
            return [Place(part.title.lower(), part.filter, "") for part in PARTS if part.id != queue.piece.id]
        parts = self.parts()
        here = next((at for at, part in enumerate(parts) if part.id == queue.piece.id), 0)
        found = []
        for at in range(1, len(parts)):
            right, left = (at - here) % len(parts), (here - at) % len(parts)
            steps = " ".join([sign("right")] * right if right <= left else [sign("left")] * left)
            if steps:
                found.append(Place(parts[at].title.lower(), parts[at].filter, f"{steps} goes there"))
        return found

    def act_back(self) -> None:
        """Marks, then the filter, then back to the board."""
        queue = self.queue
        if queue is not None and (queue.marks or queue.range_from is not None):
            queue.act_unmark()
        elif self.session.filter:
            self.set_filter("")
        elif self.layout_name == "single" and not self._peek_on:
            self.act_peek()
        elif self.pane is not None:
            self.console_app.go("board")

    def retouch(self) -> None:
        """A minute went by, the theme or the signs changed: paint all again."""
        self.set_class(self.console_app.glyphs.ascii_only, "-ascii")
        for queue, piece in self.sliced():
            queue.piece.title = piece.title
            queue.set_look(self.console_app.palette, self.console_app.glyphs)
            queue.retitle()
        row = self.queue.selected if self.queue else None
        self._paint_peek(row, self._view if self._view and row and self._view.row.id == row.id else None)
