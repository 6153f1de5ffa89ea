"""One enquiry whole: the conversation, the reply being written, and everything the hub knows around it.

Words are saved to the hub as versions (``^s``, on leaving the editor, on submitting) and, while they are typed, to a local
recovery file. What is saved never overwrites what somebody else saved: both texts are shown, and both stay.
"""

from __future__ import annotations

import contextlib
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from hubconsole.errors import HubError, Unreachable
from hubconsole.store.rows import BoardRow, DraftRow, EnquiryView
from hubconsole.text import one_line
from hubconsole.tui.bindings import ENQUIRY, EVERYWHERE, bindings_for
from hubconsole.tui.messages import ActDone, Changed
from hubconsole.tui.screens.bare import Bare
from hubconsole.tui.screens.knowing import Knowing
from hubconsole.tui.widgets.conversation import Conversation
from hubconsole.tui.widgets.customer_box import CustomerBox
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import badge, counter, draft_visibility
from hubconsole.tui.widgets.flags_view import FlagsView, look_over
from hubconsole.tui.widgets.gates_view import GatesView
from hubconsole.tui.widgets.lines import ACCENT, ALARM, CARE, DIM, GOOD, LABEL, STRONG, label, stamp
from hubconsole.tui.widgets.redline_view import RedlineView
from hubconsole.tui.widgets.review_pane import Words
from hubconsole.tui.widgets.row_paint import STATE_WORDS, clock_of
from hubconsole.tui.widgets.signs import DOT, drawn
from hubconsole.tui.widgets.timeline import Timeline
from hubconsole.tui.widgets.trail import Trail
from hubconsole.tui.widgets.versions import Versions, earlier
from hubconsole.tui.work import while_here

if TYPE_CHECKING:
    from hubconsole.hub.port import Viewer

STYLE = files("hubconsole.tui.screens").joinpath("enquiry.tcss").read_text("utf-8")
"""The sheet beside this file; a default one, so that it holds for the first screen as well."""

_PANES = ("#talk", "#reading", "#known")
"""The panes, in the order in which Tab goes through them."""

GLANCE = 3.0
"""Seconds between two looks at who else is here."""


class EnquiryScreen(Knowing, Bare):
    """See the module's text."""

    WHERE = ENQUIRY
    TAB = "enquiry"
    DEFAULT_CSS = STYLE
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (90, "-middle"), (150, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(EVERYWHERE, ENQUIRY),
        Binding("enter,e", "do('draft')", "write", show=False),
        Binding("tab", "other_pane", "other pane", show=False),
        Binding("j,down", "scroll_talk(1)", show=False),
        Binding("k,up", "scroll_talk(-1)", show=False),
        Binding("pagedown", "scroll_talk(10)", show=False),
        Binding("pageup", "scroll_talk(-10)", show=False),
    ]

    _looked_at: tuple[str, int] = ("", 0)
    """The enquiry and version whose flags are shown."""

    # --- body -------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """Conversation and reply at the left, what is known at the right."""
        with Horizontal(id="enquiry"):
            with Vertical(id="talk-and-reply"):
                with VerticalScroll(id="talk"):
                    yield Conversation(id="conversation")
                with Vertical(id="reply"):
                    yield Words(id="notice")
                    with VerticalScroll(id="reading"):
                        yield RedlineView(id="version")
                        yield FlagsView(id="version-flags")
                    yield DraftEditor(id="editor")
            with VerticalScroll(id="known"):
                yield Words(id="here")
                yield CustomerBox(id="customer-box")
                yield Words(id="gates-label")
                yield GatesView(id="gates")
                yield Words(id="versions-label")
                yield Versions(id="versions")
                yield Words(id="time-label")
                yield Timeline(id="timeline")
                yield Words(id="trail-label")
                yield Trail(12, id="trail")

    def on_mount(self) -> None:
        """Show the enquiry last opened, if there is one."""
        self.query_one("#talk").focus()
        self.query_one("#known").border_title = Content("Known")
        self.query_one("#known").border_subtitle = Content.styled("j k scroll, Esc back", DIM)
        self.query_one("#version").display = self.query_one("#version-flags").display = False
        self._say_nothing()
        self.set_interval(GLANCE, self._glance)
        self.set_interval(1.0, self._tick)
        self.learn()
        if self.session.last_opened and not self.wanted and self.view is None:
            self.show(self.session.last_opened)
        self.call_after_refresh(self.retouch)  # what is at hand may have been read before there was anything to draw it on

    async def policy_learnt(self) -> None:
        """What was shown without it is looked over again."""
        self.editor.policy = self.policy
        self.paint()

    def show(self, key: str) -> None:
        """Show the enquiry with this key, from its newest version on."""
        if self.view is not None and key not in (self.view.row.key, self.view.row.id):
            self.keep_typing()
            self.put_down()
        self.wanted = key
        if self.is_mounted and self.view is None:
            self._say_nothing()
        self.start(self._load(key), "load")

    async def _load(self, key: str) -> None:
        try:
            view = await self.session.call(self.session.hub.enquiry, key)
        except HubError as error:
            self.console_app.release_keys()
            self._then = ""
            if (
                self.session.far is not None
                and isinstance(error, Unreachable)
                and (self.view is None or key not in (self.view.row.key, self.view.row.id))
            ):
                await self.show_bare(key)
                return
            self.wanted = self.view.row.key if self.view else ""
            if self.view is None:
                said = f"{one_line(key, 40)} could not be read. 1 goes to the board; Enter opens one there."
                self.query_one("#notice", Words).show((Content(""), Content.styled(said, DIM)))
            raise
        if self.wanted not in (view.row.key, view.row.id):
            return
        fresh = self.view is None or self.view.row.id != view.row.id
        self.take(view)
        self.missing, self.bare = "", None
        self.session.last_opened = view.row.key
        if fresh or (self.kept is None and not self.editing):
            self.kept = await self.session.call(self.recovery.find, view.row.id)
        if fresh:
            self.query_one("#talk", VerticalScroll).scroll_end(animate=False)
            await self._announce()
        self.paint()
        await self.seen_again(view.row.id)
        await self.opened()

    def _say_nothing(self) -> None:
        """Nothing has been read yet: say what is being read, or that nothing is to be."""
        key = one_line(self.wanted or self.session.last_opened, 40)
        self.query_one("#talk").border_title = Content("Enquiry")
        said = f"reading {key} …" if key else "No enquiry is open. 1 goes to the board; Enter opens one there."
        self.query_one("#notice", Words).show((Content(""), Content.styled(said, DIM)))

    # --- painting ---------------------------------------------------------------------------------

    def paint(self) -> None:
        """Draw everything anew from the view at hand."""
        view = self.view
        if view is None or not self.is_mounted:
            return
        now = self.session.now()
        self.query_one("#talk").border_title = self._title(view.row, now)
        self.query_one("#talk").border_subtitle = Content.styled("Tab: reply, what is known", DIM) if self.has_class("-narrow") else ""
        self.query_one(Conversation).show(view, now)
        self.query_one("#customer-box", CustomerBox).show(view, now)
        self.query_one("#gates-label", Words).show(
            (label("GATES"), Content.styled(f"  for v{view.row.draft}" if view.drafts else "  for this reply", DIM))
        )
        self.query_one(GatesView).show(view, now)
        self.query_one("#versions-label", Words).show((label("VERSIONS"), Content("")))
        self.query_one("#time-label", Words).show((label("TIME"), Content("")))
        functions = {member.name: member.functions[0] for member in self.session.members if member.functions}
        self.query_one(Timeline).show(view, functions, now)
        self.query_one("#trail-label", Words).show((label("TRAIL"), Content("")))
        self.query_one("#trail", Trail).show(view, now, self.session.member)
        self.paint_reply()
        self.paint_here()
        self.refresh_frame()

    def paint_reply(self) -> None:
        """Draw the reply: its notice, and the version being read or the words being written."""
        view = self.view
        if view is None:
            return
        self.set_class(self.editing, "-editing")
        self.set_class(self.clash is not None, "-clash")
        draft = self.draft
        self.query_one(Versions).show(view, draft.version if draft else 0, self.session.now())
        self.query_one("#reply").border_title = self._reply_title(view, draft)
        self.query_one("#reply").border_subtitle = self._hint(view)
        self.query_one("#notice", Words).show(*self.notices())
        if self.editing:
            self.paint_clash()
            return
        version = self.query_one(RedlineView)
        flags = self.query_one("#version-flags", FlagsView)
        version.display = draft is not None
        flags.display = draft is not None and self._looked_at == (view.row.id, draft.version)
        if draft is None:
            return
        before = earlier(view, self.index)
        title = f"v{before.version} to v{draft.version}" if before else f"v{draft.version}"
        version.show(title, before.text if before else None, draft.text, hint="[ ] versions" if len(view.drafts) > 1 else "")
        self.start(self._look_over(view, draft), "look-over")

    def paint_clash(self) -> None:
        """What somebody else saved against the words being written: both whole, neither lost."""
        if self.clash is not None:
            title = f"v{self.clash.version} by {one_line(self.clash.author, 20)} struck, yours underlined"
            version = self.query_one(RedlineView)
            version.display = True
            version.show(title, self.clash.text, self.editor.text)
            self.query_one("#version-flags").display = False

    async def _look_over(self, view: EnquiryView, draft: DraftRow) -> None:
        looked = await self.session.call(look_over, self.policy, draft.text, view.row.channel, draft_visibility(view, draft, self.policy))
        if self.view is view and self.draft == draft:
            self.looked, self._looked_at = looked, (view.row.id, draft.version)
            flags = self.query_one("#version-flags", FlagsView)
            flags.show(looked.flags)
            flags.display = not self.editing
            self.query_one("#reply").border_title = self._reply_title(view, draft)

    def _title(self, row: BoardRow, now: int) -> Content:
        clock, level = clock_of(row, now)
        style = {"amber": CARE, "red": ALARM}.get(level, LABEL)
        over = "over target" if clock.startswith("+") else "left" if row.due_at is not None else "no clock runs"
        dot = Content.styled(f" {DOT} ", DIM)
        sign = f"{self.console_app.glyphs.alarm} " if level in ("amber", "red") else ""
        said = f"{sign}{clock.lstrip('+')} {over}" if row.due_at is not None else over
        parts = [
            Content.assemble((row.key, STRONG), " ", (one_line(row.customer, 24), STRONG)),
            Content.styled(STATE_WORDS.get(row.state, row.state), LABEL),
            Content.styled(f"P{row.priority}", LABEL),
            Content.styled(said, style),
            Content.styled(f"owner {one_line(row.owner, 16)}" if row.owner else "nobody's yet", LABEL),
        ]
        return drawn(dot.join(parts), self.console_app.glyphs.ascii_only)

    def _reply_title(self, view: EnquiryView, draft: DraftRow | None) -> Content:
        dot = Content.styled(f" {DOT} ", DIM)
        editor = self.query_one(DraftEditor)
        visibility = editor.visibility if self.editing else draft_visibility(view, draft, self.policy)
        parts = [Content.assemble(("Your reply" if self.editing else f"Reply v{draft.version}" if draft else "No reply yet", STRONG))]
        parts.append(badge(view.row.channel, visibility))
        if not self.editing and draft is not None:
            parts.append(counter(self.looked.length, self.looked.limit))
            parts.append(
                Content.assemble(("by ", LABEL), (one_line(draft.author, 20), STRONG), (f" {stamp(draft.at, self.session.now())}", LABEL))
            )
            if self.index + 1 < len(view.drafts):
                parts.append(Content.styled(f"v{view.drafts[-1].version} is the newest", CARE))
        return drawn(dot.join(parts), self.console_app.glyphs.ascii_only)

    def _hint(self, view: EnquiryView) -> Content:
        typing = [viewer.member for viewer in self.others if viewer.doing == "typing"]
        if typing:
            return Content.assemble((f"{self.console_app.glyphs.alarm} {one_line(', '.join(typing), 40)} is typing here", CARE))
        keys = self.console_app.keys
        if self.editing:
            return Content.styled("Esc saves and leaves", DIM)
        return Content.styled(f"{keys.keys_of('draft').split(',')[0]} or Enter writes", DIM) if not self.blocked("draft") else Content("")

    def paint_here(self) -> None:
        """Who else has this enquiry open."""
        glyph = self.console_app.glyphs.here
        said = [f"{one_line(viewer.member, 20)} {'is typing' if viewer.doing == 'typing' else 'is looking'}" for viewer in self.others]
        words = Content.styled(", ".join(said), ACCENT) if said else Content.styled("nobody else is on this enquiry", DIM)
        sign = Content.styled(f"{glyph} ", ACCENT if said else GOOD)
        self.query_one("#here", Words).show((Content.assemble(label("HERE", 9), sign), words))

    # --- others -----------------------------------------------------------------------------------

    def _glance(self) -> None:
        if self.view is not None and self.in_front and self.session.member:
            self.start(self._announce(), "glance")

    async def _announce(self) -> None:
        view, me = self.view, self.session.member
        if view is None or not me or self.session.away:
            return
        doing = "typing" if self.editing else "viewing"

        def both() -> tuple[Viewer, ...]:
            if self.console_app.opening.live:  # nobody sits before a picture
                self.session.hub.look(me, self.session.id, view.row.id, doing)
            return self.session.hub.viewers()

        seen = await self.session.call(both)
        others = tuple(viewer for viewer in seen if viewer.enquiry_id == view.row.id and viewer.member != me)
        if others != self.others:
            self.others = others
            self.paint_here()
            self.query_one("#reply").border_subtitle = self._hint(view)

    @while_here
    async def on_changed(self, message: Changed) -> None:
        """Somebody changed this enquiry: show it as it is, without touching what is being typed."""
        if message.hub_changed:
            self.learn()
        if self.view is None or self.view.row.id not in message.ids:
            return
        before = self.view
        view = await self.session.call(self.session.hub.enquiry, before.row.id)
        if self.overtaken(view):
            return
        self.take(view)
        self.hand_over(before)
        self.tell_verdict(before, view)
        if len(view.messages) > len(before.messages):
            self.query_one("#talk", VerticalScroll).scroll_end(animate=False)
        if len(view.drafts) > len(before.drafts) and view.drafts[-1].author != self.session.member and self.meets(view):
            newest = view.drafts[-1]
            self.toast(f"{newest.author} saved v{newest.version} while you write. Both texts are shown; nothing is lost.", "warning")
        self.paint()

    @on(ActDone)
    def _acted(self, message: ActDone) -> None:
        if self.view is not None and message.enquiry_id in ("", self.view.row.id):
            self.show(self.view.row.id)

    def accept_version(self, row: BoardRow) -> None:
        """Others changed it and the person was told: read it anew."""
        self.show(row.id)

    def hub_is_back(self) -> None:
        """What could not be read is read now."""
        self.learn()
        if self.view is None and (key := self.wanted or self.missing or self.session.last_opened):
            self.show(key)

    def marked_anew(self, enquiry_id: str) -> None:
        """What is under way for this enquiry has changed."""
        if self.view is not None and self.view.row.id == enquiry_id:
            self.query_one("#notice", Words).show(*self.notices())

    def retouch(self) -> None:
        """A minute went by, or the theme changed."""
        self.paint()
        self.paint_bare()

    def _tick(self) -> None:
        """The countdown of a queued send."""
        if self.view is not None and self.queued is not None:
            self.query_one("#notice", Words).show(*self.notices())

    def on_screen_suspend(self) -> None:
        """Going elsewhere keeps what is being typed; nobody is on this enquiry any more."""
        self.keep_typing()
        if self.session.member and not isinstance(self.app.screen, ModalScreen):
            self.start(self._look_away(), "glance")

    async def _look_away(self) -> None:
        with contextlib.suppress(HubError):
            await self.session.call(self.session.hub.look, self.session.member, self.session.id, "")

    # --- moving about -----------------------------------------------------------------------------

    def action_scroll_talk(self, lines: int) -> None:
        """Scroll the pane that has the focus; the conversation when none has."""
        pane = self.focused if self.focused in (self.query_one("#reading"), self.query_one("#known")) else self.query_one("#talk")
        pane.scroll_relative(y=lines, animate=False)

    def action_other_pane(self) -> None:
        """Conversation, reply, what is known, and round again (a narrow screen shows the last alone)."""
        panes = [pane for pane in (self.query_one(name) for name in _PANES) if pane.id != "reading" or self.draft is not None]
        at = panes.index(self.focused) if self.focused in panes else 0
        following = panes[(at + 1) % len(panes)]
        self.set_class(following.id == "known", "-knowing")
        following.focus()

    def act_back(self) -> None:
        """One step back: the editor (saving), the pane, the screen."""
        if self.editing:
            self.follow(self.leave_editor())
        elif self.has_class("-knowing"):
            self.remove_class("-knowing")
            self.query_one("#talk").focus()
        else:
            self.console_app.go("board")
