"""The versions of a reply: who wrote each, when, and what a reviewer said of it."""

from textual.content import Content

from hubconsole.store.rows import DraftRow, EnquiryView
from hubconsole.text import one_line
from hubconsole.tui.widgets.gates_view import words_for
from hubconsole.tui.widgets.lines import DIM, KEY, PLAIN, STRONG, Lines, fit, newest, stamp
from hubconsole.tui.widgets.signs import POINT

_SAID = {"return": "returned", "reject": "rejected", "approve": "approved", "approve_with_conditions": "approved", "amend": "amended"}

_MOST = 8
"""How many versions are listed."""


def published(view: EnquiryView) -> frozenset[int]:
    """Numbers of the versions that went out to the customer."""
    return frozenset(send.version for send in view.sends if send.state == "delivered")


def earlier(view: EnquiryView, index: int) -> DraftRow | None:
    """The version to compare with: the one before, unless that went out already and this is another answer."""
    before = view.drafts[index - 1] if 0 < index < len(view.drafts) else None
    return None if before is None or before.version in published(view) else before


class Versions(Lines):
    """One line for each of the newest versions; the one being read is pointed at."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: EnquiryView | None = None
        self._shown = 0
        self._now = 0

    def show(self, view: EnquiryView | None, shown: int, now: int) -> None:
        """List the versions of this reply; ``shown`` is the number of the one on the screen."""
        self._view, self._shown, self._now = view, shown, now
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """One line a version."""
        if self._view is None:
            return []
        drafts, before = newest(self._view.drafts, _MOST)
        rows = [Content.styled(f"{before} earlier", DIM)] if before else []
        rows += [fit(self._line(draft), width) for draft in drafts]
        return rows or [Content.styled("no words yet", DIM)]

    def _line(self, draft: DraftRow) -> Content:
        here = draft.version == self._shown
        head = (f"{POINT if here else ' '} v{draft.version:<3}", KEY if here else STRONG)
        others = [name for name in draft.contributors if name != draft.author]
        by = f"{one_line(draft.author, 16)}{' with ' + one_line(', '.join(others), 24) if others else ''}"
        return Content.assemble(head, (f"{stamp(draft.at, self._now)}  ", DIM), (by, PLAIN), (f"  {self._verdict(draft)}", DIM))

    def _verdict(self, draft: DraftRow) -> str:
        """What was said of it; by whom, where it needs more than one yes: that of one gate must not be taken for all of them."""
        view = self._view
        reviews = [review for review in (view.reviews if view else ()) if review.version == draft.version]
        several = len({review.gate for review in reviews}) > 1
        said = [
            f"{review.gate + ' ' if several else ''}{_SAID.get(review.verdict, review.verdict.replace('_', ' '))}"
            f"{': ' + words_for(review.reason) if review.reason else ''}"
            for review in reviews
            if review.verdict
        ]
        if view is not None and draft.version in published(view):
            said.append("sent")
        return ", ".join(said)
