"""An enquiry that cannot be read while the hub is away: what its row on the board says stands, and that the rest is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.errors import HubError
from hubconsole.ids import number_of
from hubconsole.text import one_line
from hubconsole.tui.bindings import BY_ID
from hubconsole.tui.screens.steering import Steering
from hubconsole.tui.widgets.conversation import Conversation
from hubconsole.tui.widgets.customer_box import CustomerBox
from hubconsole.tui.widgets.gates_view import GatesView
from hubconsole.tui.widgets.lines import CARE, DIM, STRONG, label
from hubconsole.tui.widgets.review_pane import Words
from hubconsole.tui.widgets.timeline import Timeline
from hubconsole.tui.widgets.trail import Trail
from hubconsole.tui.widgets.versions import Versions

if TYPE_CHECKING:
    from hubconsole.store.rows import BoardRow

_LABELS = ("gates", "versions", "time", "trail")


class Bare(Steering):
    """See the module's text."""

    bare: BoardRow | None = None
    """The row of the enquiry that is wanted and cannot be read now; what is done to it can be queued all the same."""
    missing: str = ""
    """Key or id of the enquiry that cannot be read now."""

    def _title(self, row: BoardRow, now: int) -> Content:
        """Key, customer, state and clock of an enquiry."""
        raise NotImplementedError

    def targets(self) -> list[BoardRow]:
        """This enquiry, as far as it is known."""
        row = self.view.row if self.view is not None else self.bare
        return [row] if row is not None else []

    def blocked(self, key_id: str) -> str:
        """A reply is neither written nor decided without what it answers."""
        reason = super().blocked(key_id)
        if not reason and self.view is None and self.missing and BY_ID[key_id].group in {"Reply", "Review"}:
            return self._said_missing()
        return reason

    def _said_missing(self) -> str:
        key = self.bare.key if self.bare is not None else one_line(self.missing, 40)
        return f"{key} is not at hand: not connected, and it was not read here before. It is read when the hub is back."

    async def show_bare(self, key: str) -> None:
        """The hub is away and ``key`` was never read here: show what the board's copy says of it, and nothing of another."""
        from hubconsole.domain.query import parse

        hub, number = self.session.hub, number_of(key)

        def at_hand() -> tuple[BoardRow, ...]:
            return hub.rows([key]) if number is None else hub.page(parse(f"key:E-{number}"), limit=1).rows

        try:
            rows = await self.session.call(at_hand)
        except HubError:
            rows = ()  # the copy does not have it either
        if self.wanted == key:
            self.view, self.kept, self.others, self.wanted = None, None, (), ""
            self.missing, self.bare = key, rows[0] if rows else None
            self.paint_bare()

    def paint_bare(self) -> None:
        """Draw what is known of an enquiry that is not at hand."""
        if not self.is_mounted or not self.missing:
            return
        row, now = self.bare, self.session.now()
        talk, reply = self.query_one("#talk"), self.query_one("#reply")
        talk.border_title = self._title(row, now) if row is not None else Content("Enquiry")
        reply.border_title = talk.border_subtitle = reply.border_subtitle = Content("")
        self.query_one("#notice", Words).show((Content(""), Content.styled(self._said_missing(), CARE)))
        self.query_one("#version").display = self.query_one("#version-flags").display = False
        self.query_one(Conversation).show_words(row.words if row is not None else "")
        self.query_one("#customer-box", CustomerBox).show(None, now)
        self.query_one(GatesView).show(None, now)
        self.query_one(Versions).show(None, 0, now)
        self.query_one(Timeline).show(None, {}, now)
        self.query_one("#trail", Trail).show(None, now)
        for name in _LABELS:
            self.query_one(f"#{name}-label", Words).show()
        who = Content.styled(one_line(row.customer, 40), STRONG) if row is not None else Content.styled("not at hand", DIM)
        self.query_one("#here", Words).show((label("CUSTOMER", 10), who))
        self.refresh_frame()
