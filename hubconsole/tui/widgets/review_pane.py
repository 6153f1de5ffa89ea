"""One reply as its reviewer reads it: the customer, what changed, the redline, flags, facts, keys, trail, what an approval binds."""

from __future__ import annotations

from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from hubconsole.store.rows import DraftRow, EnquiryView, MessageRow, ReviewRow
from hubconsole.text import one_line, visible
from hubconsole.tui.widgets.customer_box import CustomerBox
from hubconsole.tui.widgets.decision_bar import Choice, DecisionBar
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import badge, counter, grouped
from hubconsole.tui.widgets.flags_view import Flagged, FlagsView, Looked
from hubconsole.tui.widgets.gates_view import review_at, standing
from hubconsole.tui.widgets.lines import ACCENT, CARE, DIM, LABEL, STRONG, Lines, fit, hang, label, plain_signs, stamp
from hubconsole.tui.widgets.redline_view import RedlineView
from hubconsole.tui.widgets.signs import ALERT, DOT, drawn
from hubconsole.tui.widgets.trail import Trail
from hubconsole.tui.widgets.versions import earlier

_OFFERED = 4
"""How many of the latest messages of the conversation are shown."""


class Shown(NamedTuple):
    """What a reviewer's pane shows at a time."""

    view: EnquiryView
    gate: str
    at: int
    """Index of the draft version on the screen."""
    looked: Looked
    before: Looked | None
    """Of the version before, to tell what was cleared."""
    now: int
    me: str
    choices: tuple[Choice, ...]
    visibility: str
    """Who would be able to read the version on the screen."""

    @property
    def draft(self) -> DraftRow:
        """The version on the screen."""
        return self.view.drafts[self.at]

    @property
    def previous(self) -> DraftRow | None:
        """The version that the redline compares with."""
        return earlier(self.view, self.at)

    @property
    def review(self) -> ReviewRow | None:
        """This gate's newest review."""
        return review_at(self.view, self.gate)

    @property
    def newest(self) -> bool:
        """Whether the version under review, the newest unless it is looked at after sending, is on the screen."""
        if (review := self.review) is not None and review.after:
            return self.draft.version == review.version
        return self.at == len(self.view.drafts) - 1


class Words(Lines):
    """A labelled block of content lines: the label in the first line, the rest as given."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._blocks: tuple[tuple[Content, Content], ...] = ()

    def show(self, *blocks: tuple[Content, Content]) -> None:
        """Each block is what stands in front and what hangs beside it."""
        self._blocks = blocks
        self.set_class(not blocks, "-void")
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """The blocks, one under another."""
        return [row for head, body in self._blocks for row in hang(head, body, width)]


class ReviewPane(VerticalScroll):
    """See the module's text."""

    BINDINGS = [Binding("j,down", "lines(1)", show=False), Binding("k,up", "lines(-1)", show=False)]

    DEFAULT_CSS = """
    ReviewPane { padding: 0 1; scrollbar-size-vertical: 1; }
    ReviewPane > * { margin: 0 1 1 0; }
    ReviewPane > .-void { display: none; }
    ReviewPane > #facts-label, ReviewPane > #decide-label, ReviewPane > #trail-label { margin-bottom: 0; }
    ReviewPane > #amend { height: 14; display: none; border-left: outer $line-focus; padding-left: 1; }
    ReviewPane.-amending > #amend { display: block; }
    ReviewPane.-amending > .-aside { display: none; }
    ReviewPane.-empty > * { display: none; }
    ReviewPane.-empty > #banner { display: block; }
    """

    def compose(self) -> ComposeResult:
        """The blocks, in the order in which a reviewer reads."""
        yield Words(id="banner")
        yield Words(id="customer")
        yield RedlineView(id="redline")
        yield DraftEditor(id="amend")
        yield FlagsView(id="flags", classes="-aside")
        yield Words(id="facts-label", classes="-aside")
        yield CustomerBox(compact=True, id="facts", classes="-aside")
        yield Words(id="decide-label", classes="-aside")
        yield DecisionBar(id="decide", classes="-aside")
        yield Words(id="binds", classes="-aside")
        yield Words(id="trail-label")
        yield Trail(6, id="trail")

    def action_lines(self, lines: int) -> None:
        """Scroll at once, so that held keys keep their pace."""
        self.scroll_relative(y=lines, animate=False)

    def show_nothing(self, said: str) -> None:
        """No reply is on the screen; say why, and what to do."""
        self.border_title = self.border_subtitle = Content("")
        self.add_class("-empty")
        self.query_one("#banner", Words).show((Content(""), Content.styled(said, DIM)))

    def show(self, shown: Shown) -> None:
        """Show a reply."""
        self.remove_class("-empty")
        view, now = shown.view, shown.now
        self.border_title = drawn(title_of(shown), plain_signs(self))
        self.query_one("#banner", Words).show(*banner(shown))
        self.query_one("#customer", Words).show(*customer_words(view, now, new_since(shown)))
        self.show_redline(shown)
        cleared = () if shown.before is None else _cleared(shown.before.flags, shown.looked.flags)
        flags = self.query_one("#flags", FlagsView)
        flags.show(shown.looked.flags, cleared, f"v{shown.draft.version}")
        self.query_one("#facts-label", Words).show((label("FACTS"), Content.styled("  what this hub knows", DIM)))
        self.query_one("#facts", CustomerBox).show(view, now)
        self.query_one("#decide-label", Words).show((label("DECIDE"), Content("")))
        self.query_one("#decide", DecisionBar).show(shown.choices)
        self.query_one("#trail-label", Words).show((label("TRAIL"), Content("")))
        self.query_one("#trail", Trail).show(view, now, shown.me)
        self.query_one("#binds", Words).show(binding(shown))

    def show_redline(self, shown: Shown, amended: str | None = None) -> None:
        """The redline alone; ``amended`` compares the words being typed with those submitted."""
        flags = self.query_one("#flags", FlagsView)
        span = None
        if 0 <= flags.chosen < len(shown.looked.flags):
            flag = shown.looked.flags[flags.chosen]
            span = (flag.start, flag.end)
        view = self.query_one("#redline", RedlineView)
        if amended is not None:
            view.show(f"REDLINE  v{shown.draft.version} to your words", shown.draft.text, amended, hint="^s goes on   Esc leaves")
            return
        before = shown.previous
        another = shown.at > 0 and before is None
        alone = "a new answer" if another else "as it went out" if shown.review and shown.review.after else "first submission"
        title = f"REDLINE  v{before.version} to v{shown.draft.version}" if before else f"REPLY  v{shown.draft.version}, {alone}"
        hint = "[ ] versions" if len(shown.view.drafts) > 1 else ""
        if not shown.newest:
            hint = f"v{shown.view.drafts[-1].version} is the newest   ] goes there"
        view.show(title, before.text if before else None, shown.draft.text, hint=hint, flagged=span)


def title_of(shown: Shown) -> Content:
    """``E-1027 reply v2 · X PUBLIC · 217 of 280 · to @lenny · by agent3 14:21``."""
    view, draft = shown.view, shown.draft
    dot = Content.styled(f" {DOT} ", DIM)
    to = Content.assemble(("to ", LABEL), (one_line(view.recipient or view.row.customer, 24), STRONG))
    by = Content.assemble(("by ", LABEL), (one_line(draft.author, 20), STRONG), (f" {stamp(draft.at, shown.now)}", LABEL))
    head = Content.assemble((f"{view.row.key} reply v{draft.version}", STRONG))
    where = badge(view.row.channel, shown.visibility)
    return dot.join([head, where, counter(shown.looked.length, shown.looked.limit), to, by])


def new_since(shown: Shown) -> tuple[MessageRow, ...]:
    """What the customer wrote after a review that this suspended was asked for."""
    review = shown.review
    if review is None or review.state != "suspended":
        return ()
    return tuple(message for message in shown.view.messages if message.direction == "in" and message.at >= review.requested_at)


def customer_words(view: EnquiryView, now: int, new: tuple[MessageRow, ...]) -> list[tuple[Content, Content]]:
    """What was said last, by the customer and by us, newest at the bottom; what is ``new`` stands in the banner."""
    everything = [message for message in view.messages if message.direction != "internal" and message not in new]
    blocks: list[tuple[Content, Content]] = []
    for n, message in enumerate(everything[-_OFFERED:]):
        ours = message.direction == "out"
        head = Content.assemble(
            (("CUSTOMER" if not ours else "EARLIER ") if n == 0 else "        ", LABEL), (f"  {stamp(message.at, now)}  ", DIM),
            (one_line(message.author, 40), f"{ACCENT} bold" if ours else STRONG), ("  ours, sent" if ours else "", LABEL),
        )  # fmt: skip
        blocks += [(head, Content("")), (Content("  ") if ours else Content(""), _said(message))]
    return blocks


def banner(shown: Shown) -> list[tuple[Content, Content]]:
    """What stands in the way of deciding, in words; nothing when all is as it should be."""
    review = shown.review
    if review is not None and review.after and review.state in ("requested", "opened"):
        afterwards = "It has gone out. You look at it afterwards: a finds it right, r finds it wanting, with a reason."
        return [(Content.styled(f"{DOT} ", CARE), Content.styled(afterwards, CARE))]
    if review is None or review.state in ("requested", "opened"):
        return []
    if review.state == "suspended":
        told = Content.assemble(
            ("Suspended: ", f"{CARE} bold"), (f"{one_line(review.because, 160)}. The author says whether the reply is still right.", CARE)
        )
        blocks = [(Content.styled(f"{ALERT} ", CARE), told)]
        blocks += [
            (Content.assemble(("  NEW ", CARE), (f"{stamp(message.at, shown.now)}  ", DIM)), _said(message)) for message in new_since(shown)
        ]
        return blocks
    glyph, style, words = standing(review, shown.now)
    return [(Content.styled(f"{glyph} ", style), Content.styled(f"{shown.gate}: {words}", style))]


def binding(shown: Shown) -> tuple[Content, Content]:
    """The digest's first groups, which are never broken, and what an approval of it binds, in words."""
    review, draft = shown.review, shown.draft
    if not shown.newest or review is None:
        return Content(""), Content.styled("Nothing can be approved here: this is not the version under review.", DIM)
    said = "an approval binds these exact words, this channel and this person; any edit reopens the gate"
    if review.after:
        said = "what you find is recorded with these words"
    return Content.assemble((grouped(review.digest or draft.digest), ACCENT), "  "), Content.styled(said, DIM)


def _said(message: MessageRow) -> Content:
    return Content.styled("erased on request", DIM) if message.erased else visible(message.text)


def _cleared(before: tuple[Flagged, ...], after: tuple[Flagged, ...]) -> tuple[str, ...]:
    left = {flag.id for flag in after}
    return tuple(dict.fromkeys(flag.title.lower() for flag in before if flag.id not in left))


class Checklist(Lines):
    """The rules that were looked at, those that found something first."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id)
        self._found: dict[str, str] = {}
        self._rules: tuple[tuple[str, str], ...] = ()
        self._pack = ""

    def show(self, name: str, rules: tuple[tuple[str, str], ...], flags: tuple[Flagged, ...]) -> None:
        """``rules`` are (id, title) of the pack ``name``."""
        self._pack, self._rules, self._found = name, rules, {flag.id: flag.severity for flag in flags}
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """One line for each rule."""
        if not self._rules:
            return []
        rows = [fit(Content.assemble(label("CHECKLIST  "), (self._pack.lower(), DIM)), width)]
        for rule, title in sorted(self._rules, key=lambda pair: pair[0] not in self._found):
            if rule in self._found:
                rows.append(Content.styled(f"{ALERT} {title.lower()}"[:width], CARE))
            else:
                rows.append(Content.styled(f"{DOT} {title.lower()}"[:width], DIM))
        return rows
