"""Taking one's own last decision back at a gate, while the reply is still here: mixed into the screens that decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.domain.terms import Verdict
from hubconsole.errors import Conflict, HubError, Refused, UsageProblem
from hubconsole.tui.messages import ActDone
from hubconsole.tui.screens.keeping import Keeping
from hubconsole.tui.session import Act
from hubconsole.tui.widgets.gates_view import review_at
from hubconsole.tui.wording import sentence, within

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command, Decide
    from hubconsole.tui.session import Session
    from hubconsole.tui.widgets.review_pane import Shown

_STANDS = "The author has it back; decide anew once it is submitted again."


class Revoking(Keeping):
    """See the module's text."""

    def why_not_back(self) -> str:
        """Why the last act is not taken back here, as a sentence; empty when it is. Nothing older is ever reached."""
        last = self.session.acts[-1] if self.session.acts else None
        if last is None:
            return "You have decided nothing yet that could be taken back."
        if last.inverse is None:
            return f"“{last.label}” cannot be taken back. {last.final}".strip()
        if last.inverse.kind != "revoke":
            return f"Your last act was not a decision: “{last.label}”. z takes that back on the board."
        return ""

    async def act_undo(self) -> None:
        """Take the approval given last back: it waits here again, at its old place in the queue."""
        last = self.session.acts[-1]
        if last.inverse is None:
            return
        try:
            receipt = await self.session.execute(last.inverse)
        except (Refused, Conflict, UsageProblem) as error:
            self.report(error)
            return
        said = f"took back: {within(last.label)}"
        # Kept in its place, so that the same key pressed once more does not reach the decision before.
        undone = Act(said, last.key, last.inverse, None, final=f"{last.key} waits for your decision again.")
        self.session.acts = [*(act for act in self.session.acts if act is not last), undone]
        self.toast(f"{sentence(said)} It waits for your decision again; nothing goes out.")
        self.post_message(ActDone(receipt.enquiry_id, said))
        self.show(last.key)

    async def remember_decision(self, done: str, decide: Decide, shown: Shown) -> str:
        """Keep a decision for undo; what is to be said of it: how it is taken back, or nothing."""
        after = shown.review is not None and shown.review.after
        inverse, final = None if after else await revocation(self.session, decide), ""
        if inverse is None:
            final = _STANDS if decide.verdict in (Verdict.RETURN, Verdict.REJECT) else "What was found stays in the record."
        self.session.remember(Act(done, shown.view.row.key, decide, inverse, final=final))
        return "z takes it back." if inverse is not None else ""


async def revocation(session: Session, decide: Command) -> Command | None:
    """What takes a decision back that has just been carried out; None for a refusal, a sample after sending, and other commands."""
    from hubconsole.domain.commands import Decide, Revoke

    if not isinstance(decide, Decide) or decide.verdict in (Verdict.RETURN, Verdict.REJECT):
        return None
    try:
        # A condition or an amendment makes another digest than the one that was decided about.
        view = await session.call(session.hub.enquiry, decide.enquiry_id)
    except HubError:
        return None
    review = review_at(view, decide.gate)
    return Revoke(enquiry_id=decide.enquiry_id, gate=decide.gate, digest=review.digest) if review is not None and not review.after else None
