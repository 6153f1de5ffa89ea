"""The reviewer's pane: what waits for a gate, longest wait first, and the one reply under the cursor, ready to be decided.

One class serves every gate; :class:`LegalScreen` is it for ``legal``. A decision goes key, reason or condition where one is
needed, the exact text, another key; then on to the next reply.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer

from hubconsole.domain.query import parse
from hubconsole.errors import HubError
from hubconsole.store.rows import EnquiryView
from hubconsole.text import one_line
from hubconsole.tui import filters
from hubconsole.tui.bindings import EVERYWHERE, LEGAL, bindings_for
from hubconsole.tui.messages import Changed
from hubconsole.tui.screens.filtering import Filtering, no_match
from hubconsole.tui.screens.knowing import Knowing
from hubconsole.tui.screens.looking import GLANCE, Looking
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import draft_visibility
from hubconsole.tui.widgets.flags_view import FlagsView, Looked, look_over
from hubconsole.tui.widgets.gates_view import review_at, what_changed
from hubconsole.tui.widgets.lines import STRONG
from hubconsole.tui.widgets.queue_moves import Opened, Selected
from hubconsole.tui.widgets.queue_rows import QueueRows, Slice
from hubconsole.tui.widgets.review_pane import Checklist, ReviewPane, Shown
from hubconsole.tui.widgets.review_queue import ReviewQueue
from hubconsole.tui.widgets.signs import TICK
from hubconsole.tui.widgets.versions import earlier
from hubconsole.tui.work import while_here

if TYPE_CHECKING:
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.panes import Pane

STYLE = files("hubconsole.tui.screens").joinpath("legal.tcss").read_text("utf-8")
"""The sheet beside this file; a default one, so that it holds for the first screen as well."""

SETTLE = 0.08
"""Seconds for which the cursor must rest before the reply under it is read."""

_GATE_TERM = re.compile(r"\bgates?:([\w-]+)")


class ReviewScreen(Knowing, Looking, Filtering):
    """See the module's text."""

    WHERE = LEGAL
    TITLE_WORD: ClassVar[str] = "To review"
    DEFAULT_CSS = STYLE
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (90, "-middle"), (150, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (42, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(EVERYWHERE, LEGAL),
        Binding("tab", "other_pane", "other pane", show=False),
    ]

    def __init__(self, gate: str = "legal") -> None:
        super().__init__()
        self.GATE = gate
        self.shown: Shown | None = None
        """What is on the screen."""
        self.changed = ""
        """What others changed about the shown reply since it was looked at; decisions wait until it was acknowledged."""
        self._wanted = ""
        self._pinned = ""
        """Key or id of a reply that was asked for by name; what the queue's cursor happens to stand on does not replace it."""
        self._beside = ""
        self._settle: Timer | None = None

    # --- body -------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """Queue and checklist at the left, the reply at the right."""
        with Horizontal(id="review"):
            with Vertical(id="review-left"):
                yield ReviewQueue(self.session, self._slice(), id="queue")
                yield Checklist(id="checklist")
            yield ReviewPane(id="pane")

    def _slice(self) -> Slice:
        """The replies that wait for this gate, narrowed by the person's filter."""
        extra = self.session.filter
        return Slice(
            f"review-{self.GATE}", self.TITLE_WORD, filters.combined(self.base(), extra, self.session.member),
            empty=no_match() if extra else self._nothing(), chips=filters.chips(extra),
        )  # fmt: skip

    def _nothing(self) -> str:
        if self.policy is not None and not any(rule.gate == self.GATE and rule.mode != "none" for rule in self.policy.rules):
            return f"The policy in force asks\nnothing of {self.GATE}.\n\n1 goes to the board."
        return f"Nothing waits for {self.GATE}.\n\nReplies appear here\nonce somebody submits them.\n\n1 goes to the board."

    def base(self) -> str:
        """What waits for this gate, as a filter, before the person narrows it."""
        states = "in_review"
        if self.policy is not None and any(rule.gate == self.GATE and rule.mode == "sample_after" for rule in self.policy.rules):
            states = "open|sent|waiting_customer|resolved"  # a sample waits on what has gone out, whatever came after
        return f"state:{states} gate:{self.GATE}"

    def on_mount(self) -> None:
        """Focus the queue; the policy says who decides this gate."""
        queue = self.query_one(ReviewQueue)
        queue.set_look(self.console_app.palette, self.console_app.glyphs)
        queue.focus()
        self.query_one(ReviewPane).show_nothing("reading …")
        self.set_interval(GLANCE, self.glance)
        if self._pinned:
            self.start(self._load(self._pinned, point=True), "load")
        self.learn()

    async def policy_learnt(self) -> None:
        """Who decides what is known now; the reply on the screen is looked over with it."""
        queue, piece = self.query_one(ReviewQueue), self._slice()
        if (piece.query, piece.empty) != (queue.piece.query, queue.piece.empty):
            queue.set_piece(piece)
        if self.shown is not None and not self.amending:
            await self._put(self.shown.view, self.shown.at)

    def show(self, key: str) -> None:
        """Show the enquiry with this key, whether or not it is in the queue."""
        self._pinned, self._beside = key, ""
        if self.is_mounted:
            self.start(self._load(key, point=True), "load")

    def hub_is_back(self) -> None:
        """What could not be read is read now."""
        self.learn()
        row = self.query_one(ReviewQueue).selected
        if self.shown is None and row is not None:
            self.start(self._load(self._pinned or row.id), "load")

    # --- the reply under the cursor -----------------------------------------------------------------

    @on(Selected)
    def _moved(self, event: Selected) -> None:
        row = event.row
        if self.amending:
            return
        if row is None:
            if event.queue.total == 0 and not event.queue.loading_first and not self._pinned:
                self._wanted, self.shown, self.unread = "", None, ""
                self.start(self._say_empty(), "load")
                self.query_one(Checklist).show("", (), ())
                self.refresh_frame()
            return
        if self._pinned:
            if self._pinned not in (row.id, row.key) and self._beside in ("", row.id):
                self._beside = row.id
                return
            self._pinned = ""
        if row.id == self._wanted:
            return  # what changed about it comes by the feed, which keeps the version being read
        self._wanted = row.id
        if self._settle is not None:
            self._settle.stop()
        self._settle = self.set_timer(SETTLE if self.shown else 0.001, lambda: self.start(self._load(row.id), "load"))

    async def _say_empty(self) -> None:
        """Nothing is in the queue: say so, and whether only the filter hides what waits."""
        waiting = 0
        if self.session.filter:
            waiting = await self.session.call(self.session.hub.total, filters.combined(self.base(), "", self.session.member))
        if self.shown is None and not self._wanted:
            said = f"No match; {waiting} wait; Esc shows all." if waiting else f"{TICK} Nothing waits for {self.GATE}."
            self.query_one(ReviewPane).show_nothing(said)

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        """Enter goes from the queue to the reply (the only one of the two that a narrow screen shows)."""
        if self.has_class("-narrow") and not self.has_class("-reading"):
            self.changed = ""  # what changed while it was hidden behind the queue is read now
        self.open_reply()

    async def _load(self, key: str, point: bool = False) -> None:
        try:
            view = await self.session.call(self.session.hub.enquiry, key)
        except HubError:
            self._wanted = ""
            if not self.session.away:
                raise
            # What is under the cursor cannot be read: nothing else may stand where a key would decide it.
            self.shown, self.unread = None, self.not_at_hand(key)
            self.query_one(ReviewPane).show_nothing(self.unread)
            self.refresh_frame()
            return
        self._wanted, self.unread = view.row.id, ""
        if point:
            queue = self.query_one(ReviewQueue)
            queue.cursor_id = view.row.id
            queue.reload()
        await self._put(view)

    async def _put(self, view: EnquiryView, at: int | None = None) -> None:
        """Show a version of this enquiry's reply; the newest unless ``at`` says which."""
        if not view.drafts:
            self.shown = None
            self.query_one(ReviewPane).show_nothing(f"{view.row.key} has no reply yet.")
            self.refresh_frame()
            return
        review = review_at(view, self.GATE)
        asked = [n for n, one in enumerate(view.drafts) if review is not None and review.after and one.version == review.version]
        index = (asked[0] if asked else len(view.drafts) - 1) if at is None else max(0, min(at, len(view.drafts) - 1))
        draft, before = view.drafts[index], earlier(view, index)

        def look() -> tuple[Looked, Looked | None]:
            old = look_over(self.policy, before.text, view.row.channel, draft_visibility(view, before, self.policy)) if before else None
            return look_over(self.policy, draft.text, view.row.channel, draft_visibility(view, draft, self.policy)), old

        looked, old = await self.session.call(look)
        if self._wanted != view.row.id:
            return
        same = self.shown is not None and self.shown.view.row.id == view.row.id
        if not same:
            self.changed = ""
        self.looks_again(view.row.key)
        if not same:
            self.query_one(FlagsView).chosen = -1
            self.query_one(ReviewPane).scroll_home(animate=False)
        self.shown = Shown(
            view, self.GATE, index, looked, old, self.session.now(), self.session.member, (), draft_visibility(view, draft, self.policy)
        )
        self.session.last_opened = view.row.key
        self._repaint()
        self.begin_reading()
        await self.seen_again(view.row.id)

    def overtaken(self, view: EnquiryView) -> bool:
        """Whether the screen shows something else by now, or this enquiry as it was later."""
        now = self.shown.view.row if self.shown else None
        return now is None or now.id != view.row.id or now.version > view.row.version

    def _repaint(self) -> None:
        if self.shown is None or not self.is_mounted:
            return
        self.shown = self.shown._replace(now=self.session.now(), choices=self.choices())
        if not self.amending:
            pane, row = self.query_one(ReviewPane), self.shown.view.row
            pane.show(self.shown)
            mark = self.session.doing.unsettled(row.id)
            pane.border_subtitle = Content.styled(f"{self.console_app.glyphs.pending} {one_line(mark.long, 100)}", STRONG) if mark else ""
        from hubconsole.domain.flags import core_pack

        pack = core_pack()
        self.query_one(Checklist).show(
            pack.title.partition(":")[0], tuple((rule.id, rule.title) for rule in pack.rules), self.shown.looked.flags
        )
        self.refresh_frame()

    def retouch(self) -> None:
        """A minute went by or the theme changed: paint all again."""
        queue = self.query_one(ReviewQueue)
        queue.set_look(self.console_app.palette, self.console_app.glyphs)
        queue.retitle()
        self._repaint()

    # --- what others do -----------------------------------------------------------------------------

    @while_here
    async def on_changed(self, message: Changed) -> None:
        """Paint what moved; when it is the reply on the screen, say so and let it be read again before deciding."""
        if message.hub_changed:
            self.learn()
        queue = self.query_one(ReviewQueue)
        rows = await self.session.call(self.session.hub.rows, list(message.ids)) if message.ids else ()
        queue.apply(rows, self.session.now())
        if self.shown is not None and self.shown.view.row.id in message.ids:
            before = self.shown.view
            view = await self.session.call(self.session.hub.enquiry, before.row.id)
            self.settle_lost(view)
            if self.overtaken(view):
                return
            said = what_changed(before, view, self.GATE, self.session.member)
            if said:
                self.changed = said
                self.drop_questions(said)
            elif self.amending:
                self.shown = self.shown._replace(view=view)
                return
            await self._put(view, None if said else self.shown.at)

    # --- keys ---------------------------------------------------------------------------------------

    def act_later(self) -> None:
        """Leave it and go to the next."""
        self.query_one(ReviewQueue).act_down()

    def act_next_mine(self) -> None:
        """The next reply that waits."""
        self.query_one(ReviewQueue).act_down()

    def act_older_version(self) -> None:
        """The version before."""
        self._walk(-1)

    def act_newer_version(self) -> None:
        """The version after."""
        self._walk(1)

    def _walk(self, by: int) -> None:
        if self.shown is not None and not self.amending:
            to = self.shown.at + by
            if 0 <= to < len(self.shown.view.drafts):
                self.start(self._put(self.shown.view, to), "load")
            else:
                self.toast("That is the newest version." if by > 0 else "That is the first version.")

    def act_next_flag(self) -> None:
        """Point at the next flag, in the list and in the words."""
        flags = self.query_one("#flags", FlagsView)
        if self.shown is None or not flags.flags:
            self.toast("No flags on these words.")
            return
        flags.choose((flags.chosen + 1) % len(flags.flags))
        self.query_one(ReviewPane).show_redline(self.shown)

    def sliced(self) -> list[tuple[QueueRows, Slice]]:
        """The queue, narrowed by the filter in force."""
        return [(queue, self._slice()) for queue in self.query(ReviewQueue)]

    def act_refresh(self) -> None:
        """Read the queue anew."""
        self.query_one(ReviewQueue).reload()

    def act_back(self) -> None:
        """One step back: amending, reading, the filter. The pane itself stays: on the board the same keys mean something else."""
        if self.amending:
            self.keep_typing()
            self.leave_amending()
        elif self.has_class("-reading"):
            self.remove_class("-reading")
            self.query_one(ReviewQueue).focus()
        elif self.session.filter:
            self.set_filter("")
        else:
            self.toast(f"{self.console_app.keys.sign('go_board')} goes to the board.")

    def on_descendant_focus(self) -> None:
        """Queue and reply answer to different keys."""
        self.refresh_frame()

    def action_other_pane(self) -> None:
        """Between queue and reply."""
        pane = self.query_one(ReviewPane)
        (self.query_one(ReviewQueue) if pane.has_focus else pane).focus()

    def act_amended(self) -> None:
        """On from the amended words to the confirmation."""
        if self.amending:
            self.propose_amendment(self.query_one("#amend", DraftEditor))

    @work(exclusive=True, group="next")
    async def go_on(self, decided: BoardRow) -> None:
        """After a decision: the next reply in the queue, or the calm of an empty one."""
        queue, self._pinned = self.query_one(ReviewQueue), ""
        if queue.cursor_id == decided.id:
            queue.move_to(queue.cursor + 1 if queue.cursor + 1 < queue.total else queue.cursor - 1)
        queue.reload()
        queue.focus()


def gate_of(pane: Pane) -> str:
    """The gate that a pane of the review layout decides."""
    named = _GATE_TERM.search(pane.filter)
    return named[1] if named else "legal"


class LegalScreen(ReviewScreen):
    """The review layout of a pane: the gate is the one that the pane's filter names, ``legal`` without a pane."""

    def __init__(self, pane: Pane | None = None) -> None:
        super().__init__(gate_of(pane) if pane else "legal")
        self.pane = pane

    def base(self) -> str:
        """What waits for the gate, narrowed by the pane's own filter beyond the gate and the state that every such pane has."""
        own = [term.text for term in parse(self.pane.filter).terms] if self.pane else []
        usual = {f"gate:{self.GATE}", "state:review", "state:in_review"}
        return " ".join([super().base(), *(text for text in own if text not in usual)])

    def shown_keys(self) -> tuple[str, ...]:
        """The pane's own keys come first."""
        ids = super().shown_keys()
        first = tuple(key for key in self.pane.keys if key in ids) if self.pane else ()
        return (*first, *(key for key in ids if key not in first))

    @property
    def tab(self) -> str:
        """The pane's own tab."""
        return self.pane.id if self.pane else "legal"
