"""Carrying out a decision that was confirmed, or queueing it; where its answer was lost, it is settled later.

Mixed into the screens that decide.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.screen import Screen

from hubconsole.domain.terms import Verdict
from hubconsole.errors import Conflict, HubError, Refused, Unreachable, UsageProblem
from hubconsole.ids import new_id
from hubconsole.tui.messages import ActDone
from hubconsole.tui.moved import what_moved
from hubconsole.tui.screens.queueing import Asked
from hubconsole.tui.screens.revoking import Revoking

if TYPE_CHECKING:
    from hubconsole.domain.commands import Decide
    from hubconsole.store.rows import BoardRow, EnquiryView
    from hubconsole.tui.widgets.review_pane import Shown

FOUND = "Only the answer was lost; it is done."
"""Said before what was done when its answer never came and the hub shows that it was."""

_DONE = {
    Verdict.APPROVE: "Approved {}", Verdict.APPROVE_WITH_CONDITIONS: "Approved {} under conditions", Verdict.AMEND: "Amended {}",
    Verdict.RETURN: "Returned {}", Verdict.REJECT: "Rejected {}", Verdict.NOT_REQUIRED: "Said that {} needs no such review",
}  # fmt: skip


class _Lost(NamedTuple):
    """A decision whose answer never came."""

    question: Screen[Any]
    """Asks whether to ask again."""
    decide: Decide
    shown: Shown

    def taken(self, view: EnquiryView, member: str) -> bool:
        """Whether the enquiry shows that the member decided this review as asked."""
        was = self.shown.review
        return was is not None and any(
            (review.id, review.state, review.verdict, review.decided_by) == (was.id, "decided", self.decide.verdict, member)
            for review in view.reviews
        )


class Deciding(Revoking):
    """See the module's text."""

    GATE = "legal"
    """The gate whose queue this is."""
    shown: Shown | None
    amending = False
    """Whether the reviewer's own words are being written."""
    _lost: _Lost | None = None

    def go_on(self, decided: BoardRow) -> Any:
        """Show the next reply."""
        raise NotImplementedError

    def leave_amending(self) -> None:
        """Back to the words as they were submitted."""
        raise NotImplementedError

    def amendment(self) -> str:
        """The name under which a reviewer's own words on this reply are kept."""
        return f"{self.shown.view.row.id if self.shown else ''} amended for {self.GATE}"

    async def put_decision_aside(self, asked: Asked, shown: Shown) -> None:
        """Keep a decision until the hub is back, and go on; nothing is decided yet."""
        if await self.put_aside([asked]):
            if self.amending:
                self.leave_amending()
            self.remove_class("-reading")
            self.go_on(shown.view.row)

    async def decide(self, decide: Decide, shown: Shown, asked: Asked) -> None:
        """Put a confirmed decision to the hub; where its answer is lost, ask whether to ask again."""
        from hubconsole.domain.commands import OpenReview

        row, review, command_id = shown.view.row, shown.review, new_id()
        try:
            if review is not None and review.state == "requested":
                await self.session.execute(OpenReview(enquiry_id=row.id, gate=self.GATE, digest=decide.digest))
            receipt = await self.session.execute(decide, command_id=command_id)
        except Unreachable as gone:
            if self.session.far is None:
                raise
            self.offer_queue([asked._replace(command_id=command_id)], lost=gone.message)
            self._lost = _Lost(self.app.screen, decide, shown)
            if not self.session.away:  # the feed may have told of it before its answer was given up
                with suppress(HubError):
                    self.settle_lost(await self.session.call(self.session.hub.enquiry, row.id))
            return
        except (Refused, Conflict, UsageProblem) as error:
            error.message = await what_moved(self.session, error, row.id)
            self.report(error)
            self.show(row.key)
            return
        await self._decided(decide, shown, receipt.state)

    def settle_lost(self, view: EnquiryView) -> None:
        """A question about a decision whose answer was lost closes by itself once the hub shows that it was taken."""
        lost = self._lost
        if lost is None or lost.question not in self.app.screen_stack:
            self._lost = None
            return
        if lost.question.is_active and lost.taken(view, self.session.member):
            self._lost = None
            lost.question.dismiss(None)
            self.start(self._decided(lost.decide, lost.shown, view.row.state, FOUND), "decided")

    async def _decided(self, decide: Decide, shown: Shown, state: str, lead: str = "") -> None:
        """The hub has it: say so, keep it for undo, and go on to the next reply."""
        row, review = shown.view.row, shown.review
        done = _DONE[decide.verdict].format(row.key)
        if review is not None and review.after:
            done = f"Found {row.key} {'right' if decide.verdict is Verdict.APPROVE else 'wanting'}"
        back = await self.remember_decision(done, decide, shown)
        self.post_message(ActDone(row.id, done))
        self.toast(" ".join(part for part in (lead, f"{done}.", _next_step(decide, state, shown), back) if part))
        if self.amending:
            self.writer.forget(self.amendment())
            self.leave_amending()
        self.remove_class("-reading")
        self.go_on(row)


def _next_step(decide: Decide, state: str, shown: Shown) -> str:
    """What happens next, in a sentence."""
    if shown.review is not None and shown.review.after:
        return ""
    if decide.verdict in (Verdict.RETURN, Verdict.REJECT):
        return f"{shown.draft.author} has it back."
    if state == "ready":
        return "It is ready to send."
    return "It waits for the others." if state == "in_review" else ""
